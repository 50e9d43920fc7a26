//! Strict reading of format files: every problem, each with its line and what would mend it.

use serde::Deserialize;
use toml::Spanned;

use super::{ColumnName, DatePattern, Format, FormatColumns, Joined, Shape, Sign, Signature, Skip, Test, normal};
use crate::error::{ParseError, Problem};
use crate::model::account::AccountType;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: Vec<Spanned<toml::Table>>,
}

/// A format as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    institution: String,
    #[serde(default)]
    product: String,
    country: Option<String>,
    account_type: Option<String>,
    currency: Option<String>,
    #[serde(default)]
    header: Vec<String>,
    /// Names of the header that may be absent.
    #[serde(default)]
    optional: Vec<String>,
    /// Whether other columns may follow those of the header.
    #[serde(default)]
    more: bool,
    /// Whether the header, without its optional names, is one that anybody may write.
    #[serde(default)]
    common_header: bool,
    #[serde(default)]
    headerless: Vec<String>,
    delimiter: Option<String>,
    quote: Option<String>,
    encoding: Option<String>,
    decimal: Option<String>,
    #[serde(default)]
    minor_units: u32,
    dates: OneOrMore,
    #[serde(default)]
    pending_dates: Vec<String>,
    sign: Option<String>,
    #[serde(default)]
    columns: WrittenColumns,
    #[serde(default)]
    flag: WrittenFlag,
    #[serde(default)]
    status: WrittenStatus,
    #[serde(default)]
    skip: Vec<WrittenSkip>,
    #[serde(default)]
    short_rows: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Place {
    Number(usize),
    Name(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Places {
    One(Place),
    More(Vec<Place>),
}

impl Default for Places {
    fn default() -> Self {
        Self::More(Vec::new())
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WrittenColumns {
    id: Option<Place>,
    account_id: Option<Place>,
    date: Places,
    transacted_at: Option<Place>,
    posted_at: Option<Place>,
    time: Option<Place>,
    amount: Places,
    debit: Option<Place>,
    credit: Option<Place>,
    flag: Option<Place>,
    fee: Option<Place>,
    balance: Option<Place>,
    currency: Option<Place>,
    status: Option<Place>,
    description: Places,
    memo: Places,
    kind: Option<Place>,
    merchant_category_code: Option<Place>,
    check_number: Option<Place>,
    latitude: Option<Place>,
    longitude: Option<Place>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WrittenFlag {
    out: Vec<String>,
    r#in: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WrittenStatus {
    pending: Vec<String>,
    skip: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSkip {
    column: Place,
    #[serde(default)]
    is: Vec<String>,
    #[serde(default)]
    starts: Vec<String>,
    #[serde(default)]
    has: Vec<String>,
    #[serde(default)]
    empty: bool,
}

/// Reads the formats of one file, or tells everything that is wrong with it.
pub(crate) fn load(name: &str, text: &str) -> Result<Vec<Format>, Vec<Problem>> {
    let line_at = |at: usize| 1 + text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count();
    let file: File = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(0, |span| line_at(span.start));
        vec![Problem::new(name, line as u64, error.message())]
    })?;
    let mut formats = Vec::new();
    let mut problems = Vec::new();
    for table in file.format {
        let line = line_at(table.span().start) as u64;
        let written: Written = match table.into_inner().try_into() {
            Ok(written) => written,
            Err(error) => {
                problems.push(Problem::new(name, line, error.message()));
                continue;
            }
        };
        let id = written.id.clone();
        match format(written, (name.to_owned(), line)) {
            Ok(format) => formats.push(format),
            Err(messages) => {
                problems.extend(messages.into_iter().map(|text| Problem::new(name, line, format!("`{id}`: {text}"))));
            }
        }
    }
    if problems.is_empty() { Ok(formats) } else { Err(problems) }
}

fn format(written: Written, at: (String, u64)) -> Result<Format, Vec<String>> {
    let mut faults = Vec::new();
    let signature = match (written.header.is_empty(), written.headerless.is_empty()) {
        (false, true) => header(&written, &mut faults),
        (true, false) => Signature::Shapes(written.headerless.iter().map(|word| shape(word, &mut faults)).collect()),
        _ => {
            faults.push("needs either `header` or `headerless`".into());
            Signature::Shapes(Vec::new())
        }
    };
    let columns = columns(&written.columns);
    let mut known = |place: &ColumnName| {
        let found = match (place, &signature) {
            (ColumnName::Number(number), Signature::Shapes(shapes)) => (1..=shapes.len()).contains(number),
            (ColumnName::Number(number), Signature::Header { names, more, .. }) => {
                *number >= 1 && (*more || *number <= names.len())
            }
            (ColumnName::Name(name), Signature::Header { normal: names, .. }) => names.contains(&normal(name)),
            (ColumnName::Name(_), Signature::Shapes(_)) => false,
        };
        if !found {
            faults.push(match place {
                ColumnName::Name(name) => format!("column `{name}` is not in the header: use a name of it"),
                ColumnName::Number(number) => format!("there is no column {number}: count from 1"),
            });
        }
    };
    columns.each(&mut known);
    for skip in &written.skip {
        known(&place(&skip.column));
    }
    let has_flag = columns.flag.is_some();
    if columns.description.is_empty() {
        faults.push("needs `columns.description`".into());
    }
    if columns.date.is_empty() {
        faults.push("needs `columns.date`".into());
    }
    match (columns.amount.is_empty(), columns.debit.is_some() || columns.credit.is_some()) {
        (true, false) => faults.push("needs `columns.amount`, or `debit` and `credit`".into()),
        (false, true) => faults.push("has both `columns.amount` and `debit` or `credit`: keep one".into()),
        _ => {}
    }
    if has_flag && written.flag.out.is_empty() && written.flag.r#in.is_empty() {
        faults.push("`columns.flag` needs the words of `flag.out` or `flag.in`".into());
    }
    let sign = match written.sign.as_deref() {
        None if has_flag || columns.amount.is_empty() => Sign::OutNegative,
        None => {
            faults.push("needs `sign`: out_negative or out_positive".into());
            Sign::OutNegative
        }
        Some(word) => word.parse().unwrap_or_else(|error: ParseError| {
            faults.push(error.into());
            Sign::OutNegative
        }),
    };
    let decimal_comma = match written.decimal.as_deref() {
        None | Some(".") => false,
        Some(",") => true,
        Some(other) => {
            faults.push(format!("`{other}` is no decimal mark: use \".\" or \",\""));
            false
        }
    };
    let short_rows_skip = match written.short_rows.as_deref() {
        None => false,
        Some("skip") => true,
        Some(other) => {
            faults.push(format!("`short_rows = {other:?}` is not known: use \"skip\" or leave it out"));
            false
        }
    };
    let skip = written.skip.iter().filter_map(|written| skip(written, &mut faults)).collect();
    let result = Format {
        id: written.id,
        institution: written.institution,
        product: written.product,
        country: parsed(written.country.as_deref(), &mut faults),
        account_type: parsed::<AccountType>(written.account_type.as_deref(), &mut faults),
        currency: parsed(written.currency.as_deref(), &mut faults),
        signature,
        common_header: written.common_header,
        delimiter: one_byte(written.delimiter.as_deref(), "delimiter", &mut faults),
        quote: one_byte(written.quote.as_deref(), "quote", &mut faults),
        encoding: written.encoding,
        decimal_comma,
        minor_units: written.minor_units,
        dates: match written.dates {
            OneOrMore::One(word) => vec![date_pattern(word)],
            OneOrMore::More(words) => words.into_iter().map(date_pattern).collect(),
        },
        pending_dates: written.pending_dates,
        sign,
        columns,
        flag_out: written.flag.out,
        flag_in: written.flag.r#in,
        pending_words: written.status.pending,
        skip_words: written.status.skip,
        skip,
        short_rows_skip,
        at,
    };
    if result.dates.is_empty() {
        faults.push("needs `dates`: dmy, mdy, ymd, detect or a pattern".into());
    }
    for pattern in &result.dates {
        if let DatePattern::Pattern(pattern) = pattern
            && !pattern.contains('%')
        {
            faults.push(format!("`{pattern}` is no date pattern: use dmy, mdy, ymd, detect or a pattern with %"));
        }
    }
    if faults.is_empty() { Ok(result) } else { Err(faults) }
}

fn header(written: &Written, faults: &mut Vec<String>) -> Signature {
    for name in &written.optional {
        if !written.header.contains(name) {
            faults.push(format!("optional column `{name}` is not in the header"));
        }
    }
    Signature::Header {
        normal: written.header.iter().map(|name| normal(name)).collect(),
        optional: written.header.iter().map(|name| written.optional.contains(name)).collect(),
        names: written.header.clone(),
        more: written.more,
    }
}

fn shape(word: &str, faults: &mut Vec<String>) -> Shape {
    match word {
        "date" => Shape::Date,
        "amount" => Shape::Amount,
        "amount?" => Shape::MaybeAmount,
        "number" => Shape::Number,
        "text" => Shape::Text,
        "any" => Shape::Any,
        "empty" => Shape::Empty,
        _ => match word.strip_prefix("word:") {
            Some(words) => Shape::Words(words.split('|').map(str::to_owned).collect()),
            None => {
                faults.push(format!(
                    "`{word}` is no shape: use date, amount, amount?, number, text, any, empty or word:A|B"
                ));
                Shape::Any
            }
        },
    }
}

fn date_pattern(word: String) -> DatePattern {
    match word.as_str() {
        "detect" => DatePattern::Detect,
        _ => word.parse().map_or(DatePattern::Pattern(word), DatePattern::Order),
    }
}

fn skip(written: &WrittenSkip, faults: &mut Vec<String>) -> Option<Skip> {
    let mut tests = Vec::new();
    if !written.is.is_empty() {
        tests.push(Test::Is(written.is.clone()));
    }
    if !written.starts.is_empty() {
        tests.push(Test::Starts(written.starts.clone()));
    }
    if !written.has.is_empty() {
        tests.push(Test::Has(written.has.clone()));
    }
    if written.empty {
        tests.push(Test::Empty);
    }
    if tests.len() != 1 {
        faults.push("each `skip` needs one of is, starts, has, empty".into());
        return None;
    }
    tests.pop().map(|test| Skip { column: place(&written.column), test })
}

fn parsed<T: std::str::FromStr<Err = ParseError>>(text: Option<&str>, faults: &mut Vec<String>) -> Option<T> {
    text?.parse().map_err(|error: ParseError| faults.push(error.into())).ok()
}

fn one_byte(text: Option<&str>, what: &str, faults: &mut Vec<String>) -> Option<u8> {
    match text?.as_bytes() {
        [byte] => Some(*byte),
        _ => {
            faults.push(format!("`{what}` is one sign such as \";\""));
            None
        }
    }
}

fn place(written: &Place) -> ColumnName {
    match written {
        Place::Number(number) => ColumnName::Number(*number),
        Place::Name(name) => ColumnName::Name(name.clone()),
    }
}

fn places(written: &Places) -> Vec<ColumnName> {
    match written {
        Places::One(one) => vec![place(one)],
        Places::More(more) => more.iter().map(place).collect(),
    }
}

/// Joined columns; a name with ` | ` lists columns of which the first filled one counts.
fn joined(written: &Places) -> Joined {
    let split = |column: ColumnName| match column {
        ColumnName::Name(name) => name
            .split(" | ")
            .map(|part| part.parse().map_or(ColumnName::Name(part.to_owned()), ColumnName::Number))
            .collect(),
        number @ ColumnName::Number(_) => vec![number],
    };
    places(written).into_iter().map(split).collect()
}

fn columns(written: &WrittenColumns) -> FormatColumns {
    let one = |written: &Option<Place>| written.as_ref().map(place);
    FormatColumns {
        id: one(&written.id),
        account_id: one(&written.account_id),
        date: places(&written.date),
        transacted_at: one(&written.transacted_at),
        posted_at: one(&written.posted_at),
        time: one(&written.time),
        amount: places(&written.amount),
        debit: one(&written.debit),
        credit: one(&written.credit),
        flag: one(&written.flag),
        fee: one(&written.fee),
        balance: one(&written.balance),
        currency: one(&written.currency),
        status: one(&written.status),
        description: joined(&written.description),
        memo: joined(&written.memo),
        kind: one(&written.kind),
        mcc: one(&written.merchant_category_code),
        check_number: one(&written.check_number),
        latitude: one(&written.latitude),
        longitude: one(&written.longitude),
    }
}

impl FormatColumns {
    fn each(&self, take: &mut impl FnMut(&ColumnName)) {
        let single = [
            &self.id,
            &self.account_id,
            &self.transacted_at,
            &self.posted_at,
            &self.time,
            &self.debit,
            &self.credit,
            &self.flag,
            &self.fee,
            &self.balance,
            &self.currency,
            &self.status,
            &self.kind,
            &self.mcc,
            &self.check_number,
            &self.latitude,
            &self.longitude,
        ];
        single.into_iter().flatten().for_each(&mut *take);
        self.date.iter().chain(&self.amount).for_each(&mut *take);
        self.description.iter().chain(&self.memo).flatten().for_each(&mut *take);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_told_with_its_line() {
        let text = r#"
[[format]]
id = "one"
institution = "One"
header = ["Date", "Text", "Amount"]
dates = "dmy"
columns = { date = "Day", description = "Text", amount = "Amount" }

[[format]]
id = "two"
institution = "Two"
headerless = ["date", "words"]
dates = "d/m/y"
sign = "up"
columns = { date = 1, description = 2, amount = 3 }

[[format]]
id = "three"
colour = "red"
"#;
        let problems = load("mine.toml", text).unwrap_err();
        let list: Vec<_> = problems.iter().map(ToString::to_string).collect();
        let all = list.join("\n");
        assert!(all.contains("mine.toml:2: `one`: column `Day` is not in the header"), "{all}");
        assert!(all.contains("mine.toml:2: `one`: needs `sign`"), "{all}");
        assert!(all.contains("mine.toml:9: `two`: `words` is no shape"), "{all}");
        assert!(all.contains("`two`: there is no column 3"), "{all}");
        assert!(all.contains("`two`: `d/m/y` is no date pattern"), "{all}");
        assert!(all.contains("mine.toml:17"), "{all}");
    }
}
