//! BAI2, the cash management report of American banks.

use csv::ByteRecord;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::columns::Rules;
use super::day;
use super::lines::Lines;
use super::source::Source;
use super::{ReadOptions, Rows, Step, clear, masked};
use crate::error::{Error, ErrorKind, Problem};
use crate::model::transaction::{Currency, Direction, Transaction};

/// Whether a file is BAI2.
pub(crate) fn is_bai2(head: &str) -> bool {
    let mut lines = head.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.next().is_some_and(|line| line.starts_with("01,") && line.split(',').count() >= 8)
        && lines.next().is_some_and(|line| line.starts_with("02,"))
}

/// The detail records of all accounts of a file.
pub(crate) struct Bai2 {
    name: String,
    lines: Lines,
    rules: Rules,
    date: Option<Date>,
    group_currency: Option<Currency>,
    account: Account,
    problems: Vec<Problem>,
    row_limit: usize,
}

#[derive(Default)]
struct Account {
    number: Option<String>,
    currency: Option<Currency>,
    sum: i128,
    records: u64,
    has_rejects: bool,
}

/// A record with its continuations.
struct Record {
    code: String,
    text: String,
    line: u64,
    lines: u64,
}

impl Bai2 {
    pub fn open(source: &mut Source, cr_only: bool, options: &ReadOptions) -> Result<Self, Error> {
        Ok(Self {
            name: source.name.clone(),
            lines: Lines::open(source, cr_only)?,
            rules: options.rules(),
            date: None,
            group_currency: None,
            account: Account::default(),
            problems: Vec::new(),
            row_limit: usize::try_from(source.limits().row).unwrap_or(usize::MAX),
        })
    }

    fn record(&mut self) -> Result<Option<Record>, Error> {
        let mut record: Option<Record> = None;
        while let Some(line) = self.lines.next_text()? {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            let (code, rest) = line.split_once(',').unwrap_or((line, ""));
            match &mut record {
                None => {
                    let (code, text, line) = (code.to_owned(), rest.to_owned(), self.lines.number());
                    record = Some(Record { code, text, line, lines: 1 });
                }
                Some(record) if code == "88" => {
                    if record.text.len() + rest.len() > self.row_limit {
                        let message = format!("a record is longer than {} bytes", self.row_limit);
                        return Err(Error::single(ErrorKind::Input, self.name.clone(), record.line, message));
                    }
                    // Fields go on where the slash ended the line; text goes on as it is.
                    match record.text.strip_suffix('/') {
                        Some(fields) => record.text = format!("{fields},{rest}"),
                        None => {
                            record.text.push(' ');
                            record.text.push_str(rest);
                        }
                    }
                    record.lines += 1;
                }
                Some(_) => {
                    self.lines.hold();
                    break;
                }
            }
        }
        Ok(record)
    }

    fn begin_account(&mut self, text: &str) {
        let mut fields = text.trim_end_matches('/').split(',');
        self.account = Account::default();
        let mut next = || fields.next().map(str::trim).filter(|field| !field.is_empty());
        self.account.number = next().map(str::to_owned);
        self.account.currency = next().and_then(|code| code.parse().ok());
        // Balances and summaries: code, amount, count, funds type and what that demands.
        let rest: Vec<_> = fields.collect();
        let mut at = 0;
        while at + 1 < rest.len() {
            self.account.sum += rest[at + 1].trim().parse::<i128>().unwrap_or(0);
            at += 3 + funds(&rest, at + 3);
        }
    }

    fn fill(&mut self, record: &Record, out: &mut Transaction) -> Result<(), String> {
        let fields: Vec<_> = record.text.split(',').collect();
        let code = fields.first().map_or("", |code| code.trim());
        let written = fields.get(1).map_or("", |amount| amount.trim().trim_end_matches('/'));
        let number: i64 = match written {
            "" => 0,
            _ => written
                .parse()
                .map_err(|_| format!("amount: `{}` is not a whole number of the smallest unit", masked(written)))?,
        };
        self.account.sum += i128::from(number);
        let kind: u16 = code.parse().map_err(|_| format!("`{}` is no type code of three digits", masked(code)))?;
        let direction = match kind {
            100..=399 => Direction::Credit,
            400..=699 => Direction::Debit,
            _ => return Err(format!("type code {kind} is neither a credit (100 to 399) nor a debit (400 to 699)")),
        };
        let currency = self.account.currency.or(self.group_currency).or(self.rules.currency);
        let amount = Decimal::try_new(number, 2).map_err(|error| error.to_string())?;
        out.amount = Some(amount.abs());
        out.direction = Some(direction);
        out.date = self.date;
        out.currency_code = currency.or_else(|| "USD".parse().ok());
        out.account_id = self.account.number.clone().or_else(|| self.rules.account_id.clone());
        out.account_type = self.rules.account_type;
        out.country = self.rules.country;
        out.extended_transaction_type = Some(code.to_owned());
        let after = 3 + funds(&fields, 2).saturating_sub(1);
        let field = |at: usize| {
            fields.get(at).map(|field| field.trim().trim_end_matches('/')).filter(|field| !field.is_empty())
        };
        let bank = field(after);
        let customer = field(after + 1);
        let text = fields.get(after + 2..).map(|rest| rest.join(",")).unwrap_or_default();
        let text = text.trim().trim_end_matches('/').trim();
        out.id = bank.map(str::to_owned);
        out.original_description = if text.is_empty() { customer.unwrap_or_default() } else { text }.to_owned();
        out.check_number_string = customer
            .filter(|_| kind == 475)
            .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
            .map(str::to_owned);
        Ok(())
    }

    fn check_account(&mut self, record: &Record) {
        if self.account.has_rejects {
            return;
        }
        let mut fields = record.text.trim_end_matches('/').split(',').map(str::trim);
        let told = fields.next().and_then(|sum| sum.parse::<i128>().ok());
        if let Some(told) = told.filter(|told| *told != self.account.sum) {
            let message = format!("the account's control total is {told}, its records make {}", self.account.sum);
            self.problems.push(Problem::new(self.name.clone(), record.line, message));
        }
        let count = fields.next().and_then(|count| count.parse::<u64>().ok());
        if let Some(count) = count.filter(|count| *count != self.account.records) {
            let message = format!("the account tells of {count} records and has {}", self.account.records);
            self.problems.push(Problem::new(self.name.clone(), record.line, message));
        }
    }
}

/// How many fields a funds type takes, itself included.
fn funds(fields: &[&str], at: usize) -> usize {
    match fields.get(at).map(|field| field.trim().trim_end_matches('/')) {
        Some("S") => 4,
        Some("V") => 3,
        Some("D") => {
            2 + 2 * fields.get(at + 1).and_then(|count| count.trim().parse::<usize>().ok()).unwrap_or(0).min(99)
        }
        Some(_) => 1,
        None => 0,
    }
}

impl Rows for Bai2 {
    fn next(&mut self, out: &mut Transaction, raw: &mut ByteRecord) -> Result<Step, Error> {
        while let Some(record) = self.record()? {
            self.account.records += record.lines;
            match record.code.as_str() {
                "02" => {
                    let fields: Vec<_> = record.text.trim_end_matches('/').split(',').map(str::trim).collect();
                    self.date = fields.get(3).and_then(|date| day::six_digits(date));
                    self.group_currency = fields.get(5).and_then(|code| code.parse().ok());
                }
                "03" => {
                    self.begin_account(&record.text);
                    self.account.records = record.lines;
                }
                "49" => self.check_account(&record),
                "16" => {
                    clear(out);
                    let text = format!("16,{}", record.text);
                    if let Err(reason) = self.fill(&record, out) {
                        self.account.has_rejects = true;
                        return Ok(Step::Reject { line: record.line, raw: text.into_bytes(), reason });
                    }
                    raw.clear();
                    raw.push_field(text.as_bytes());
                    return Ok(Step::Row { line: record.line });
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
