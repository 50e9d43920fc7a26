//! MT940 and MT942 of SWIFT: statements and interim reports as tagged lines.

use csv::ByteRecord;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::columns::Rules;
use super::day;
use super::lines::Lines;
use super::money::{self, DecimalMark};
use super::remittance::remittance;
use super::source::Source;
use super::{ReadOptions, Rows, Step, clear, masked};
use crate::error::{Error, ErrorKind, Problem};
use crate::model::transaction::{Country, Currency, Direction, Transaction};

/// Whether a file is MT940 or MT942.
pub(crate) fn is_mt940(head: &str) -> bool {
    let start: String = head.chars().take(4096).collect();
    let start = start.trim_start();
    let has = |tag: &str| start.starts_with(tag) || start.contains(&format!("\n{tag}"));
    (start.starts_with("{1:") || has(":20:") || has("940"))
        && (has(":25:") || has(":28:") || has(":28C:") || has(":60F:"))
}

/// The entries of all statements of a file.
pub(crate) struct Mt940 {
    name: String,
    lines: Lines,
    rules: Rules,
    statement: Statement,
    /// The tag at hand and its lines.
    next: Option<Tag>,
    problems: Vec<Problem>,
    row_limit: usize,
}

struct Tag {
    name: String,
    text: String,
    line: u64,
}

/// What holds for one statement, and its totals.
#[derive(Default)]
struct Statement {
    account: Option<String>,
    country: Option<Country>,
    currency: Option<Currency>,
    opening: Option<Decimal>,
    sum: Decimal,
    credits: (u64, Decimal),
    debits: (u64, Decimal),
    has_rejects: bool,
}

impl Mt940 {
    pub fn open(source: &mut Source, cr_only: bool, options: &ReadOptions) -> Result<Self, Error> {
        Ok(Self {
            name: source.name.clone(),
            lines: Lines::open(source, cr_only)?,
            rules: options.rules(),
            statement: Statement::default(),
            next: None,
            problems: Vec::new(),
            row_limit: usize::try_from(source.limits().row).unwrap_or(usize::MAX),
        })
    }

    /// The next tag with all its lines.
    fn tag(&mut self) -> Result<Option<Tag>, Error> {
        if let Some(tag) = self.next.take() {
            return Ok(Some(tag));
        }
        let mut tag: Option<Tag> = None;
        while let Some(line) = self.lines.next_text()? {
            let line = line.trim_end();
            // The frame of a SWIFT message: `{1:…}{2:…}{4:` before, `-}` behind.
            let inside = line.rsplit_once("{4:").map_or(line, |(_, inside)| inside);
            let is_end = inside == "-" || inside.starts_with("-}");
            if let Some((name, text)) = tagged(inside) {
                if tag.is_some() {
                    self.lines.hold();
                    break;
                }
                tag = Some(Tag { name: name.to_owned(), text: text.to_owned(), line: self.lines.number() });
                continue;
            }
            if let Some(tag) = &mut tag {
                if is_end {
                    break;
                }
                if tag.text.len() + inside.len() > self.row_limit {
                    let message = format!("a field is longer than {} bytes", self.row_limit);
                    return Err(Error::single(ErrorKind::Input, self.name.clone(), tag.line, message));
                }
                tag.text.push('\n');
                tag.text.push_str(inside);
            }
        }
        Ok(tag)
    }

    fn balance(&mut self, text: &str) -> Option<Decimal> {
        let (sign, rest) = text.split_at_checked(1)?;
        let (_, rest) = rest.split_at_checked(6)?;
        let (currency, amount) = rest.split_at_checked(3)?;
        self.statement.currency = currency.parse().ok().or(self.statement.currency);
        let amount = swift(amount)?;
        Some(if sign == "D" { -amount } else { amount })
    }

    fn closing(&mut self, text: &str, line: u64) {
        let closing = self.balance(text);
        let statement = &self.statement;
        if let (Some(opening), Some(closing), false) = (statement.opening, closing, statement.has_rejects)
            && opening.checked_add(statement.sum) != Some(closing)
        {
            let message = format!(
                "opening balance {opening} and entries {} do not make the closing balance {closing}",
                statement.sum
            );
            self.problems.push(Problem::new(self.name.clone(), line, message));
        }
    }

    /// `:90D:12EUR1234,56`: number and sum of the debits of an interim report.
    fn totals(&mut self, text: &str, line: u64, is_credit: bool) {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (count, rest) = text.split_at(digits);
        let sum = rest.get(3..).and_then(swift);
        let (Ok(count), Some(sum)) = (count.parse::<u64>(), sum) else { return };
        let read = if is_credit { self.statement.credits } else { self.statement.debits };
        if (count, sum) != read && !self.statement.has_rejects {
            let what = if is_credit { "credits" } else { "debits" };
            let message = format!("the report tells of {count} {what} of {sum} and has {} of {}", read.0, read.1);
            self.problems.push(Problem::new(self.name.clone(), line, message));
        }
    }

    fn fill(&mut self, entry: &Tag, about: Option<&str>, out: &mut Transaction) -> Result<(), String> {
        let line = Line::read(&entry.text)?;
        let known =
            |value: &str| Some(value.trim()).filter(|value| !value.is_empty() && *value != "NONREF").map(str::to_owned);
        out.date = Some(line.booked.unwrap_or(line.valued));
        out.posted_at = line.booked.map(|date| date.to_datetime(jiff::civil::Time::midnight()));
        out.amount = Some(line.amount.abs());
        out.direction =
            (!line.amount.is_zero()).then_some(if line.is_debit { Direction::Debit } else { Direction::Credit });
        out.id = known(line.bank_reference).or_else(|| known(line.reference));
        let told = remittance(about.unwrap_or_default());
        let supplement = known(line.supplement);
        let mut texts = told.party.into_iter().chain(told.text).chain(supplement).chain(known(line.reference));
        out.original_description = texts.next().unwrap_or_default();
        out.memo = texts.next().filter(|memo| *memo != out.original_description);
        out.extended_transaction_type = told.kind.or_else(|| known(line.kind));
        out.currency_code = self.statement.currency.or(self.rules.currency);
        out.account_id = self.statement.account.clone().or_else(|| self.rules.account_id.clone());
        out.account_type = self.rules.account_type;
        out.country = self.rules.country.or(self.statement.country);
        let statement = &mut self.statement;
        let amount = if line.is_debit { -line.amount } else { line.amount };
        statement.sum = statement.sum.checked_add(amount).ok_or("the sum of the statement has too many digits")?;
        let side = if line.is_debit { &mut statement.debits } else { &mut statement.credits };
        *side = (side.0 + 1, side.1.checked_add(line.amount).unwrap_or(side.1));
        Ok(())
    }
}

/// `:61:` as tag and text; tags are two digits and perhaps a letter.
fn tagged(line: &str) -> Option<(&str, &str)> {
    let (name, text) = line.strip_prefix(':')?.split_once(':')?;
    let digits = name.get(..2)?.bytes().all(|byte| byte.is_ascii_digit());
    let letter =
        name.get(2..).is_some_and(|rest| rest.len() <= 1 && rest.bytes().all(|byte| byte.is_ascii_uppercase()));
    (digits && letter).then_some((name, text))
}

/// An amount as SWIFT writes it, `12,` for a whole one; some banks write a dot.
fn swift(text: &str) -> Option<Decimal> {
    let text = text.trim().replace('.', ",");
    money::amount(text.trim_end_matches(','), DecimalMark::Comma).ok()?
}

/// An entry: `2501310131DR12,50NMSCNONREF//B4A31`, and a line for the account owner.
struct Line<'t> {
    valued: Date,
    booked: Option<Date>,
    is_debit: bool,
    amount: Decimal,
    kind: &'t str,
    reference: &'t str,
    bank_reference: &'t str,
    supplement: &'t str,
}

impl<'t> Line<'t> {
    fn read(text: &'t str) -> Result<Self, String> {
        let (first, supplement) = text.split_once('\n').unwrap_or((text, ""));
        let fault = |what: &str| format!(":61: {what} in `{}`", masked(first));
        let number =
            |digits: &str| digits.parse::<i16>().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let date = |year: i16, rest: &str| {
            let (month, day) = rest.split_at_checked(2)?;
            Date::new(year, number(month)? as i8, number(day)? as i8).ok()
        };
        let (day, rest) = first.split_at_checked(6).ok_or_else(|| fault("no date"))?;
        let valued = day::six_digits(day).ok_or_else(|| fault("no date of the form YYMMDD"))?;
        let (booked, rest) = match rest.split_at_checked(4) {
            Some((day, rest)) if number(day).is_some() => {
                // The year is that which brings it nearest to the value date.
                let years = [valued.year(), valued.year() - 1, valued.year() + 1];
                let days = |other: &Date| (valued.until(*other).map_or(i32::MAX, |span| span.get_days())).abs();
                let near = years.into_iter().filter_map(|year| date(year, day)).min_by_key(days);
                (near, rest)
            }
            _ => (None, rest),
        };
        // A reversal takes back what it names.
        let (mark, rest) = rest.split_at(rest.bytes().take_while(u8::is_ascii_alphabetic).count());
        let mark = mark.to_ascii_uppercase();
        let is_debit = match mark.as_bytes() {
            [b'D', ..] | [b'R', b'C', ..] | [b'E', b'D', ..] => true,
            [b'C', ..] | [b'R', b'D', ..] | [b'E', b'C', ..] => false,
            _ => return Err(fault("neither C nor D")),
        };
        let digits = rest.bytes().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b'.')).count();
        let (amount, rest) = rest.split_at(digits);
        let amount = swift(amount).ok_or_else(|| fault("no amount"))?;
        let (kind, rest) = rest.split_at_checked(4).unwrap_or((rest, ""));
        let (reference, bank_reference) = rest.split_once("//").unwrap_or((rest, ""));
        Ok(Self { valued, booked, is_debit, amount, kind, reference, bank_reference, supplement })
    }
}

impl Rows for Mt940 {
    fn next(&mut self, out: &mut Transaction, raw: &mut ByteRecord) -> Result<Step, Error> {
        while let Some(tag) = self.tag()? {
            match tag.name.as_str() {
                "20" => self.statement = Statement::default(),
                "25" => {
                    let account = tag.text.lines().next().unwrap_or_default().trim();
                    let account = account.rsplit_once(' ').map_or(account, |(account, _)| account);
                    let iban = account.rsplit_once('/').map_or(account, |(_, account)| account);
                    self.statement.country =
                        iban.get(..2).filter(|_| iban.len() >= 15).and_then(|code| code.parse().ok());
                    self.statement.account = Some(account.to_owned()).filter(|account| !account.is_empty());
                }
                "60F" | "60M" => {
                    let opening = self.balance(&tag.text);
                    let statement = &mut self.statement;
                    (statement.opening, statement.sum) = (opening, Decimal::ZERO);
                }
                "62F" | "62M" => self.closing(&tag.text, tag.line),
                "90D" => self.totals(&tag.text, tag.line, false),
                "90C" => self.totals(&tag.text, tag.line, true),
                "34F" => self.statement.currency = tag.text.get(..3).and_then(|code| code.parse().ok()),
                "61" => {
                    let about = self.tag()?;
                    let (about, next) = match about {
                        Some(about) if about.name == "86" => (Some(about.text), None),
                        other => (None, other),
                    };
                    self.next = next;
                    clear(out);
                    let text = match &about {
                        Some(about) => format!(":61:{}\n:86:{about}", tag.text),
                        None => format!(":61:{}", tag.text),
                    };
                    if let Err(reason) = self.fill(&tag, about.as_deref(), out) {
                        self.statement.has_rejects = true;
                        return Ok(Step::Reject { line: tag.line, raw: text.into_bytes(), reason });
                    }
                    raw.clear();
                    raw.push_field(text.as_bytes());
                    return Ok(Step::Row { line: tag.line });
                }
                _ => {}
            }
        }
        Ok(Step::End)
    }

    fn finish(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }
}
