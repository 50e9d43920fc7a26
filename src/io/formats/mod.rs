//! Known exports of banks and apps: data, loaded when the first header turns up that is not our own.

mod load;
mod recognise;

use std::collections::HashMap;
use std::str::FromStr;

use once_cell::sync::Lazy;

use crate::error::{Error, ErrorKind, ParseError};
use crate::model::account::AccountType;
use crate::model::transaction::{Country, Currency};

pub(crate) use load::load;
pub(crate) use recognise::{Recognised, by_shape, normal, recognise};

/// The embedded files of `data/formats/`: name and text.
const SOURCES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/formats.rs"));

static BUILTIN: Lazy<Vec<Format>> = Lazy::new(|| {
    SOURCES
        .iter()
        .flat_map(|(name, text)| load(name, text).expect("the embedded formats are checked by a test"))
        .collect()
});

static MONTHS: Lazy<HashMap<&'static str, u8>> = Lazy::new(|| {
    let text = include_str!("../../../data/formats/months.csv");
    let rows = text.lines().filter_map(|line| line.split_once(','));
    rows.filter_map(|(number, names)| Some((number.parse().ok()?, names)))
        .flat_map(|(number, names): (u8, &str)| names.split('|').map(move |name| (name, number)))
        .collect()
});

/// Every known format of banks and apps, in the order of their ids.
pub fn formats() -> &'static [Format] {
    &BUILTIN
}

/// Reads formats of the user's own, for [`ReadOptions::own_formats`](super::ReadOptions::own_formats).
///
/// # Errors
///
/// Every problem, each with its line and what would mend it.
pub fn parse_formats(name: &str, text: &str) -> Result<Vec<Format>, Error> {
    load(name, text).map_err(|problems| Error::new(ErrorKind::Data, problems))
}

/// The problems of a file of formats; none if it is sound.
pub fn check(name: &str, text: &str) -> Vec<crate::Problem> {
    load(name, text).err().unwrap_or_default()
}

/// The number of a month, 1 to 12, by its name or its usual short form.
pub(crate) fn month_number(name: &str) -> Option<u8> {
    MONTHS.get(name.to_lowercase().trim_end_matches('.')).copied()
}

/// An export of a bank or an app: how it is recognised and how its columns become a transaction.
#[derive(Clone, Debug)]
pub struct Format {
    pub(crate) id: String,
    pub(crate) institution: String,
    pub(crate) product: String,
    pub(crate) country: Option<Country>,
    pub(crate) account_type: Option<AccountType>,
    pub(crate) currency: Option<Currency>,
    pub(crate) signature: Signature,
    /// Whether the header, without its optional names, is one that anybody may write.
    pub(crate) common_header: bool,
    pub(crate) delimiter: Option<u8>,
    pub(crate) quote: Option<u8>,
    pub(crate) encoding: Option<String>,
    pub(crate) decimal_comma: bool,
    pub(crate) minor_units: u32,
    /// Patterns tried in turn.
    pub(crate) dates: Vec<DatePattern>,
    pub(crate) pending_dates: Vec<String>,
    pub(crate) sign: Sign,
    pub(crate) columns: FormatColumns,
    pub(crate) flag_out: Vec<String>,
    pub(crate) flag_in: Vec<String>,
    pub(crate) pending_words: Vec<String>,
    pub(crate) skip_words: Vec<String>,
    pub(crate) skip: Vec<Skip>,
    pub(crate) short_rows_skip: bool,
    pub(crate) at: (String, u64),
}

impl Format {
    /// The id to name it by: `us.chase.card`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The bank or app.
    pub fn institution(&self) -> &str {
        &self.institution
    }

    /// Which of its exports, where there is more than one; may be empty.
    pub fn product(&self) -> &str {
        &self.product
    }

    /// Country of its accounts, if they are of one.
    pub fn country(&self) -> Option<Country> {
        self.country
    }

    /// Kind of account, if the export tells it.
    pub fn account_type(&self) -> Option<AccountType> {
        self.account_type
    }

    /// The header it is recognised by; empty where the export has none.
    pub fn header(&self) -> &[String] {
        match &self.signature {
            Signature::Header { names, .. } => names,
            Signature::Shapes(_) => &[],
        }
    }

    /// Whether a header of so many cells tells too little: the rows must have the dates and signs of the format then.
    pub(crate) fn needs_proof(&self, cells: usize) -> bool {
        let required = match &self.signature {
            Signature::Header { optional, .. } => optional.iter().filter(|optional| !**optional).count(),
            Signature::Shapes(_) => 0,
        };
        self.common_header && cells <= required
    }

    /// File and line of its definition.
    pub fn defined_at(&self) -> (&str, u64) {
        (&self.at.0, self.at.1)
    }
}

/// What an export is recognised by.
#[derive(Clone, Debug)]
pub(crate) enum Signature {
    /// Names of columns in order; `normal` forms are compared. `{currency}` in a name stands for a code.
    Header { names: Vec<String>, normal: Vec<String>, optional: Vec<bool>, more: bool },
    /// No header: what every cell of a row looks like.
    Shapes(Vec<Shape>),
}

/// What a cell of a file without header looks like.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    Date,
    Amount,
    /// Amount, or nothing.
    MaybeAmount,
    /// Digits, blanks and masks.
    Number,
    /// At least one letter.
    Text,
    Any,
    Empty,
    /// One of these.
    Words(Vec<String>),
}

/// How dates are written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum DatePattern {
    /// Numbers in an order, whatever stands between them.
    Order(super::DateOrder),
    /// A pattern of `strptime`.
    Pattern(String),
    /// Nothing but the file itself tells day from month.
    Detect,
}

/// Which sign money out has, where amounts stand in one column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sign {
    /// `-5.00` was paid.
    #[default]
    OutNegative,
    /// `5.00` was paid, as many cards export it.
    OutPositive,
}

impl FromStr for Sign {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text.trim() {
            "out_negative" | "out-negative" => Ok(Self::OutNegative),
            "out_positive" | "out-positive" => Ok(Self::OutPositive),
            other => Err(ParseError::new(format!("`{other}` is no sign: use out_negative or out_positive"))),
        }
    }
}

/// Where a column stands: by name or by number from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ColumnName {
    Name(String),
    Number(usize),
}

/// Texts that are joined with a blank; of each, the first that is not empty.
pub(crate) type Joined = Vec<Vec<ColumnName>>;

/// The columns of a format, by what they hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct FormatColumns {
    pub id: Option<ColumnName>,
    pub account_id: Option<ColumnName>,
    pub date: Vec<ColumnName>,
    pub transacted_at: Option<ColumnName>,
    pub posted_at: Option<ColumnName>,
    pub time: Option<ColumnName>,
    pub amount: Vec<ColumnName>,
    pub debit: Option<ColumnName>,
    pub credit: Option<ColumnName>,
    pub flag: Option<ColumnName>,
    pub fee: Option<ColumnName>,
    pub balance: Option<ColumnName>,
    pub currency: Option<ColumnName>,
    pub status: Option<ColumnName>,
    pub description: Joined,
    pub memo: Joined,
    pub kind: Option<ColumnName>,
    pub mcc: Option<ColumnName>,
    pub check_number: Option<ColumnName>,
    pub latitude: Option<ColumnName>,
    pub longitude: Option<ColumnName>,
}

/// Rows that are no transactions: opening balances, totals.
#[derive(Clone, Debug)]
pub(crate) struct Skip {
    pub column: ColumnName,
    pub test: Test,
}

/// What a cell of a skipped row says.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    Is(Vec<String>),
    Starts(Vec<String>),
    Has(Vec<String>),
    Empty,
}

impl Test {
    pub fn passes(&self, cell: &str) -> bool {
        let cell = cell.trim();
        let starts = |word: &String| cell.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        match self {
            Self::Is(words) => words.iter().any(|word| word.eq_ignore_ascii_case(cell)),
            Self::Starts(words) => words.iter().any(starts),
            Self::Has(words) => {
                let cell = cell.to_lowercase();
                words.iter().any(|word| cell.contains(&word.to_lowercase()))
            }
            Self::Empty => cell.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_formats_are_sound() {
        let problems: Vec<_> = SOURCES.iter().flat_map(|(name, text)| check(name, text)).collect();
        assert!(problems.is_empty(), "{problems:#?}");
        let mut ids: Vec<_> = formats().iter().map(Format::id).collect();
        ids.sort_unstable();
        let all = ids.len();
        ids.dedup();
        assert_eq!(all, ids.len(), "an id stands twice");
    }

    #[test]
    fn months_have_one_number_each() {
        let text = include_str!("../../../data/formats/months.csv");
        let names: Vec<_> = text
            .lines()
            .filter_map(|line| line.split_once(',').filter(|(number, _)| number.parse::<u8>().is_ok()))
            .flat_map(|(_, names)| names.split('|'))
            .collect();
        assert_eq!(names.len(), MONTHS.len(), "a month's name stands twice");
        assert_eq!(month_number("Mrt"), Some(3));
        assert_eq!(month_number("DÉC."), Some(12));
        assert_eq!(month_number("Foo"), None);
    }
}
