//! How the cells of a row become a transaction.

use csv::ByteRecord;
use jiff::civil::Time;
use rust_decimal::Decimal;

use super::day::{self, DateOrder, Day};
use super::masked;
use super::money::{self, DecimalMark};
use crate::io::formats::{DatePattern, Sign, Test};
use crate::model::account::AccountType;
use crate::model::transaction::{Country, Currency, Direction, Status, Transaction};
use crate::text::trimmed;

/// Where the fields of a transaction stand in a row, by column from 0, and how they are written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    pub id: Option<usize>,
    pub account_id: Option<usize>,
    pub account_type: Option<usize>,
    /// The first that is filled counts.
    pub date: Vec<usize>,
    pub transacted_at: Option<usize>,
    pub posted_at: Option<usize>,
    pub time: Option<usize>,
    pub money: Money,
    pub fee: Option<usize>,
    pub balance: Option<usize>,
    pub currency: Option<usize>,
    pub status: Option<usize>,
    /// Joined with blanks; of each, the first that is filled.
    pub description: Vec<Vec<usize>>,
    pub memo: Vec<Vec<usize>>,
    pub kind: Option<usize>,
    pub mcc: Option<usize>,
    pub check_number: Option<usize>,
    pub country: Option<usize>,
    pub latitude: Option<usize>,
    pub longitude: Option<usize>,
    pub metadata: Option<usize>,
}

/// Where amount and direction stand.
#[derive(Clone, Debug, Default)]
pub(crate) enum Money {
    #[default]
    None,
    /// One signed column; the first that is filled counts.
    Signed(Vec<usize>, Sign),
    /// A column for money out and one for money in.
    Split { debit: Option<usize>, credit: Option<usize> },
    /// Unsigned, with words for the direction in another column. Any other word means the side that has no words.
    Flagged { amount: usize, flag: usize, out: Vec<String>, into: Vec<String> },
    /// Our own form: unsigned with `DEBIT` or `CREDIT`; signed where that is empty.
    Typed { amount: usize, direction: usize },
    /// One column from which nothing tells in from out.
    Unsigned(usize),
    /// A direction without an amount.
    Direction(usize),
}

/// What holds for every row of a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub dates: Vec<DatePattern>,
    /// What day-or-month dates are read as.
    pub order: Option<DateOrder>,
    pub mark: DecimalMark,
    pub minor_units: u32,
    pub pending_dates: Vec<String>,
    pub pending_words: Vec<String>,
    pub skip_words: Vec<String>,
    pub skip: Vec<(usize, Test)>,
    pub account_id: Option<String>,
    pub account_type: Option<AccountType>,
    pub currency: Option<Currency>,
    pub country: Option<Country>,
    /// Whether numbers may stand as `1234.5` whatever the decimal mark: spreadsheets store them so.
    pub plain_numbers: bool,
    /// Whether the status words are our own.
    pub canonical: bool,
}

/// What became of a row.
#[derive(Debug, PartialEq)]
pub(crate) enum Filled {
    Row {
        balance: Option<Decimal>,
    },
    /// Not a transaction, by a rule of the format.
    Skip,
}

/// The cells of a row as text.
pub(crate) struct Cells<'r> {
    record: &'r ByteRecord,
    text: &'r str,
}

impl<'r> Cells<'r> {
    pub fn new(record: &'r ByteRecord) -> Result<Self, String> {
        let text = std::str::from_utf8(record.as_slice()).map_err(|error| {
            let at = error.valid_up_to();
            let column =
                (0..record.len()).find(|column| record.range(*column).is_some_and(|range| range.contains(&at)));
            format!(
                "column {} is not UTF-8: say the encoding, as in `--encoding windows-1252`",
                column.map_or(0, |at| at + 1)
            )
        })?;
        Ok(Self { record, text })
    }

    /// A cell as it is; empty where there is none.
    pub fn raw(&self, column: usize) -> &'r str {
        self.record.range(column).and_then(|range| self.text.get(range)).unwrap_or("")
    }

    /// A cell without blanks around it.
    fn cell(&self, column: usize) -> &'r str {
        trimmed(self.raw(column))
    }

    fn maybe(&self, column: Option<usize>) -> Option<&'r str> {
        column.map(|column| self.cell(column)).filter(|cell| !cell.is_empty())
    }

    fn first(&self, columns: &[usize]) -> Option<&'r str> {
        columns.iter().map(|column| self.cell(*column)).find(|cell| !cell.is_empty())
    }
}

impl Columns {
    /// Overwrites a transaction with a row. Its buffers are used again.
    pub fn fill(&self, rules: &Rules, cells: &Cells<'_>, out: &mut Transaction) -> Result<Filled, String> {
        for (column, test) in &rules.skip {
            if test.passes(cells.raw(*column)) {
                return Ok(Filled::Skip);
            }
        }
        let mut status = None;
        if let Some(word) = cells.maybe(self.status) {
            status = match rules.status(word)? {
                Some(status) => Some(status),
                None => return Ok(Filled::Skip),
            };
        }
        self.money(rules, cells, out).map_err(|reason| format!("amount: {reason}"))?;
        if self.dates(rules, cells, out).map_err(|reason| format!("date: {reason}"))? {
            status = Some(Status::Pending);
        }
        out.status = status;
        self.texts(rules, cells, &mut out.original_description, &self.description);
        let mut memo = out.memo.take().unwrap_or_default();
        self.texts(rules, cells, &mut memo, &self.memo);
        out.memo = (!memo.is_empty() && memo != out.original_description).then_some(memo);
        if !rules.canonical && !self.date.is_empty() && out.original_description.is_empty() && out.memo.is_none() {
            let is_dated = out.date.is_some() || out.status == Some(Status::Pending);
            if !is_dated {
                return Err("neither date nor description: this may be a line of totals".into());
            }
        }
        set(&mut out.id, cells.maybe(self.id));
        set(
            &mut out.account_id,
            cells.maybe(self.account_id).map(|id| id.trim_matches('\'')).or(rules.account_id.as_deref()),
        );
        set(&mut out.check_number_string, cells.maybe(self.check_number));
        set(&mut out.extended_transaction_type, cells.maybe(self.kind));
        set(&mut out.metadata, cells.maybe(self.metadata));
        out.currency_code = match cells.maybe(self.currency) {
            Some(code) => Some(code.parse().map_err(|_| not(code, "a currency code of three letters"))?),
            None => rules.currency,
        };
        out.country = match cells.maybe(self.country) {
            Some(code) => Some(code.parse().map_err(|_| not(code, "a country code of two letters"))?),
            None => rules.country,
        };
        out.account_type = match cells.maybe(self.account_type) {
            Some(kind) => Some(kind.parse().map_err(|_| not(kind, "an account type such as CHECKING or CREDIT_CARD"))?),
            None => rules.account_type,
        };
        out.merchant_category_code = match cells.maybe(self.mcc) {
            Some(code) if rules.canonical => {
                Some(code.parse().map_err(|_| not(code, "a merchant category code of four digits"))?)
            }
            // Banks put other things where no code is known.
            Some(code) => code.parse().ok(),
            None => None,
        };
        out.latitude = degrees(cells.maybe(self.latitude))?;
        out.longitude = degrees(cells.maybe(self.longitude))?;
        let balance = match cells.maybe(self.balance) {
            // A balance that cannot be read is not checked.
            Some(text) => rules.amount(text).ok().flatten(),
            None => None,
        };
        Ok(Filled::Row { balance })
    }

    fn texts(&self, rules: &Rules, cells: &Cells<'_>, out: &mut String, columns: &[Vec<usize>]) {
        out.clear();
        // In our own form the text is as it was given.
        if let ([single], true) = (columns, rules.canonical)
            && let [column] = single[..]
        {
            out.push_str(cells.raw(column));
            return;
        }
        for alternatives in columns {
            if let Some(text) = cells.first(alternatives) {
                if !out.is_empty() {
                    out.push(' ');
                }
                // Banks put an apostrophe before what a spreadsheet must not take for a number.
                out.push_str(text.strip_prefix('\'').unwrap_or(text));
            }
        }
    }

    fn money(&self, rules: &Rules, cells: &Cells<'_>, out: &mut Transaction) -> Result<(), String> {
        let read = |column: usize| -> Result<Option<Decimal>, String> {
            let amount = rules.amount(cells.raw(column))?;
            Ok(match (amount, rules.minor_units) {
                (Some(amount), units @ 1..) => {
                    let scale = amount.scale() + units;
                    Some(
                        Decimal::try_from_i128_with_scale(amount.mantissa(), scale)
                            .map_err(|error| error.to_string())?,
                    )
                }
                (amount, _) => amount,
            })
        };
        let (amount, direction) = match &self.money {
            Money::None => (None, None),
            Money::Signed(columns, sign) => {
                let mut amount = None;
                for column in columns {
                    amount = read(*column)?;
                    if amount.is_some() {
                        break;
                    }
                }
                signed(match sign {
                    Sign::OutNegative => amount,
                    Sign::OutPositive => amount.map(|amount| -amount),
                })
            }
            Money::Split { debit, credit } => {
                let side = |column: &Option<usize>| match column {
                    Some(column) => read(*column),
                    None => Ok(None),
                };
                match (side(debit)?, side(credit)?) {
                    (Some(out), Some(into)) if !out.is_zero() && !into.is_zero() => {
                        return Err("both the debit and the credit column are filled".into());
                    }
                    (Some(out), into) if !out.is_zero() || into.is_none() => {
                        (Some(out.abs()), (!out.is_zero()).then_some(Direction::Debit))
                    }
                    (_, Some(into)) => (Some(into.abs()), (!into.is_zero()).then_some(Direction::Credit)),
                    (_, None) => (None, None),
                }
            }
            Money::Flagged { amount, flag, out, into } => {
                let word = cells.cell(*flag);
                let is_one = |words: &[String]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
                let direction = match () {
                    () if is_one(out) => Direction::Debit,
                    () if is_one(into) => Direction::Credit,
                    () if out.is_empty() => Direction::Debit,
                    () if into.is_empty() => Direction::Credit,
                    () => {
                        let known = [&out[..], &into[..]].concat().join(", ");
                        return Err(format!("`{}` does not tell in from out: it is one of {known}", masked(word)));
                    }
                };
                (read(*amount)?.map(|amount| amount.abs()), Some(direction))
            }
            Money::Typed { amount, direction } => {
                let amount = read(*amount)?;
                match cells.cell(*direction) {
                    "" => match amount {
                        Some(amount) if amount.is_sign_negative() => signed(Some(amount)),
                        amount => (amount, None),
                    },
                    word => {
                        let direction = type_word(word)?;
                        if direction == Direction::Credit && amount.is_some_and(|amount| amount.is_sign_negative()) {
                            return Err("it is negative although the type is CREDIT: leave one of them out".into());
                        }
                        (amount.map(|amount| amount.abs()), Some(direction))
                    }
                }
            }
            Money::Unsigned(column) => (read(*column)?.map(|amount| amount.abs()), None),
            Money::Direction(column) => match cells.cell(*column) {
                "" => (None, None),
                word => (None, Some(type_word(word)?)),
            },
        };
        (out.amount, out.direction) = (amount, direction);
        if let Some(column) = self.fee
            && let Some(fee) = read(column)?.filter(|fee| !fee.is_zero())
        {
            let whole = out.signed_amount().unwrap_or_default() - fee;
            (out.amount, out.direction) = signed(Some(whole));
        }
        Ok(())
    }

    /// Sets the dates; tells whether the row is one that is not booked yet.
    fn dates(&self, rules: &Rules, cells: &Cells<'_>, out: &mut Transaction) -> Result<bool, String> {
        (out.date, out.transacted_at, out.posted_at) = (None, None, None);
        let mut is_pending = false;
        if let Some(cell) = cells.first(&self.date) {
            if rules.pending_dates.iter().any(|word| word.eq_ignore_ascii_case(cell)) {
                is_pending = true;
            } else {
                let day = rules.day(cell)?;
                out.date = Some(day.date);
                out.transacted_at = day.moment().or_else(|| {
                    let time: Time = cells.maybe(self.time)?.parse().ok()?;
                    Some(day.date.to_datetime(time))
                });
            }
        }
        if let Some(cell) = cells.maybe(self.transacted_at) {
            let day = rules.day(cell)?;
            out.transacted_at = Some(day.date.to_datetime(day.time.unwrap_or_default()));
        }
        if let Some(cell) = cells.maybe(self.posted_at)
            && !rules.pending_dates.iter().any(|word| word.eq_ignore_ascii_case(cell))
        {
            let day = rules.day(cell)?;
            out.posted_at = Some(day.date.to_datetime(day.time.unwrap_or_default()));
        }
        out.date = out.date.or_else(|| out.transacted_at.or(out.posted_at).map(|moment| moment.date()));
        Ok(is_pending)
    }
}

impl Rules {
    /// An amount as the file writes them.
    fn amount(&self, cell: &str) -> Result<Option<Decimal>, String> {
        match money::plain(trimmed(cell).as_bytes()).filter(|_| self.plain_numbers) {
            Some(amount) => Ok(Some(amount)),
            None => money::amount(cell, self.mark),
        }
    }

    /// A date by the patterns of the file.
    pub fn day(&self, cell: &str) -> Result<Day, String> {
        let mut patterns = self.dates.iter();
        let mut fault = None;
        loop {
            let read = match patterns.next() {
                None if fault.is_none() => return day::day(cell, self.order),
                None => break,
                Some(DatePattern::Detect) => day::day(cell, self.order),
                Some(DatePattern::Order(order)) => day::day(cell, Some(*order)),
                Some(DatePattern::Pattern(pattern)) => day::by_pattern(cell, pattern)
                    .ok_or_else(|| format!("`{}` is not a date of the form {pattern}", masked(cell))),
            };
            match read {
                Ok(day) => return Ok(day),
                Err(reason) => fault = fault.or(Some(reason)),
            }
        }
        Err(fault.unwrap_or_default())
    }

    /// What a word says about a row; `None` if it is to be left out.
    fn status(&self, word: &str) -> Result<Option<Status>, String> {
        let is_one = |words: &[String]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
        if self.canonical {
            return word.parse().map(Some).map_err(|_| format!("status: {}", not(word, "POSTED or PENDING")));
        }
        if is_one(&self.skip_words) {
            return Ok(None);
        }
        Ok(Some(if is_one(&self.pending_words) { Status::Pending } else { Status::Posted }))
    }
}

fn signed(amount: Option<Decimal>) -> (Option<Decimal>, Option<Direction>) {
    let direction = amount.filter(|amount| !amount.is_zero()).map(|amount| match amount.is_sign_negative() {
        true => Direction::Debit,
        false => Direction::Credit,
    });
    (amount.map(|amount| amount.abs()), direction)
}

fn type_word(word: &str) -> Result<Direction, String> {
    word.parse().map_err(|_| format!("type: {}", not(word, "CREDIT or DEBIT")))
}

fn not(word: &str, what: &str) -> String {
    format!("`{}` is not {what}", masked(word))
}

fn degrees(cell: Option<&str>) -> Result<Option<f64>, String> {
    let Some(cell) = cell else { return Ok(None) };
    let degrees: f64 = cell.parse().map_err(|_| not(cell, "a number of degrees"))?;
    if degrees.is_finite() && degrees.abs() <= 180.0 {
        Ok(Some(degrees))
    } else {
        Err(not(cell, "a number of degrees"))
    }
}

/// Sets an optional text, using its buffer again.
fn set(slot: &mut Option<String>, text: Option<&str>) {
    match (slot.as_mut(), text) {
        (Some(old), Some(text)) => {
            old.clear();
            old.push_str(text);
        }
        (None, Some(text)) => *slot = Some(text.to_owned()),
        (_, None) => *slot = None,
    }
}
