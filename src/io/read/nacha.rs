//! NACHA files of the American ACH network: entries as the receiver's bank will book them.

use csv::ByteRecord;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::columns::Rules;
use super::day;
use super::lines::Lines;
use super::source::Source;
use super::{ReadOptions, Rows, Step, clear, masked};
use crate::error::{Error, Problem};
use crate::model::account::AccountType;
use crate::model::transaction::{Direction, Transaction};

/// Whether a file is of NACHA: lines of 94 characters, the first a file header.
pub(crate) fn is_nacha(head: &str) -> bool {
    let first = head.lines().next().unwrap_or_default();
    first.starts_with("101") && first.trim_end().len() <= 94 && first.get(34..37) == Some("094")
}

/// The entries of all batches of a file.
pub(crate) struct Nacha {
    name: String,
    lines: Lines,
    rules: Rules,
    batch: Batch,
    problems: Vec<Problem>,
    skipped: u64,
}

#[derive(Default)]
struct Batch {
    company: String,
    company_id: String,
    class: String,
    description: String,
    date: Option<Date>,
    count: u64,
    hash: u64,
    debit: u64,
    credit: u64,
    has_rejects: bool,
}

impl Nacha {
    pub fn open(source: &mut Source, cr_only: bool, options: &ReadOptions) -> Result<Self, Error> {
        Ok(Self {
            name: source.name.clone(),
            lines: Lines::open(source, cr_only)?,
            rules: options.rules(),
            batch: Batch::default(),
            problems: Vec::new(),
            skipped: 0,
        })
    }

    fn begin(&mut self, line: &str) {
        self.batch = Batch {
            company: field(line, 4, 20).to_owned(),
            company_id: field(line, 40, 50).to_owned(),
            class: field(line, 50, 53).to_owned(),
            description: field(line, 53, 63).to_owned(),
            date: day::six_digits(field(line, 69, 75)),
            ..Batch::default()
        };
    }

    fn fill(&mut self, line: &str, addenda: &[String], out: &mut Transaction) -> Result<(), String> {
        let code = field(line, 1, 3);
        let written = field(line, 29, 39);
        let cents = written.parse::<i64>().ok().filter(|_| written.bytes().all(|byte| byte.is_ascii_digit()));
        let cents = cents.ok_or_else(|| format!("amount: `{}` is not ten digits", masked(written)))?;
        // The second digit tells the direction, the first the kind of account.
        let (direction, kind) = match code.as_bytes() {
            [kind, b'1'..=b'4'] => (Direction::Credit, kind),
            [kind, b'5'..=b'9'] => (Direction::Debit, kind),
            _ => return Err(format!("`{}` is no transaction code", masked(code))),
        };
        // Code 55 takes a loan's credit back.
        out.direction = Some(direction);
        out.account_type = self.rules.account_type.or(match kind {
            b'2' => Some(AccountType::Checking),
            b'3' => Some(AccountType::Savings),
            b'5' => Some(AccountType::Loan),
            _ => None,
        });
        out.amount = Some(Decimal::try_new(cents, 2).map_err(|error| error.to_string())?);
        out.date = self.batch.date;
        let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        out.id = known(field(line, 79, 94));
        out.account_id = known(field(line, 12, 29)).or_else(|| self.rules.account_id.clone());
        let batch = &self.batch;
        let parts = [batch.company.as_str(), &batch.description, &batch.class];
        out.original_description = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        if !batch.company_id.is_empty() {
            out.original_description.push_str(" ID: ");
            out.original_description.push_str(&batch.company_id);
        }
        let notes: Vec<_> = addenda.iter().map(|line| field(line, 3, 83)).filter(|text| !text.is_empty()).collect();
        out.memo = (!notes.is_empty()).then(|| notes.join(" "));
        out.extended_transaction_type = known(&batch.class);
        out.currency_code = self.rules.currency.or_else(|| "USD".parse().ok());
        out.country = self.rules.country.or_else(|| "US".parse().ok());
        Ok(())
    }

    /// Adds an entry to the totals of its batch.
    fn count(&mut self, line: &str, addenda: usize) {
        let number = |start, end| field(line, start, end).parse::<u64>().unwrap_or(0);
        let batch = &mut self.batch;
        batch.count += 1 + addenda as u64;
        batch.hash = batch.hash.wrapping_add(number(3, 11));
        let side = match line.as_bytes().get(2) {
            Some(b'5'..=b'9') => &mut batch.debit,
            _ => &mut batch.credit,
        };
        *side = side.saturating_add(number(29, 39));
    }

    fn check(&mut self, line: &str) {
        let batch = std::mem::take(&mut self.batch);
        if batch.has_rejects {
            return;
        }
        let told = |start, end| field(line, start, end).parse::<u64>().ok();
        let cents = |amount: u64| format!("{}.{:02}", amount / 100, amount % 100);
        let mut tell = |message: String| {
            self.problems.push(Problem::new(self.name.clone(), self.lines.number(), message));
        };
        if let Some(count) = told(4, 10).filter(|count| *count != batch.count) {
            tell(format!("the batch tells of {count} entries and addenda and has {}", batch.count));
        }
        if let Some(hash) = told(10, 20).filter(|hash| *hash != batch.hash % 10_000_000_000) {
            tell(format!("the batch's entry hash is {hash}, its entries make {}", batch.hash % 10_000_000_000));
        }
        for (what, told, sum) in [("debits", told(20, 32), batch.debit), ("credits", told(32, 44), batch.credit)] {
            if let Some(told) = told.filter(|told| *told != sum) {
                tell(format!("the batch tells of {what} of {} and has {}", cents(told), cents(sum)));
            }
        }
    }
}

/// Characters of a line from one place to another, without blanks around.
fn field(line: &str, start: usize, end: usize) -> &str {
    line.get(start..end.min(line.len())).unwrap_or_default().trim()
}

impl Rows for Nacha {
    fn next(&mut self, out: &mut Transaction, raw: &mut ByteRecord) -> Result<Step, Error> {
        while let Some(line) = self.lines.next_text()? {
            match line.as_bytes().first() {
                Some(b'5') => self.begin(&line),
                Some(b'8') => self.check(&line),
                Some(b'6') => {
                    let number = self.lines.number();
                    let mut addenda = Vec::new();
                    // More addenda than the standard allows are no addenda.
                    while addenda.len() < 9_999 {
                        match self.lines.next_text()? {
                            Some(next) if next.starts_with('7') => addenda.push(next),
                            Some(_) => {
                                self.lines.hold();
                                break;
                            }
                            None => break,
                        }
                    }
                    self.count(&line, addenda.len());
                    // Codes that end in 3 or 8 only announce what is to come.
                    if matches!(line.as_bytes().get(2), Some(b'3' | b'8')) {
                        self.skipped += 1;
                        continue;
                    }
                    clear(out);
                    if let Err(reason) = self.fill(&line, &addenda, out) {
                        self.batch.has_rejects = true;
                        return Ok(Step::Reject { line: number, raw: line.into_bytes(), reason });
                    }
                    raw.clear();
                    raw.push_field(line.as_bytes());
                    return Ok(Step::Row { line: number });
                }
                _ => {}
            }
        }
        Ok(Step::End)
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }

    fn finish(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }
}
