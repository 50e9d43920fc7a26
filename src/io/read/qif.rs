//! QIF, the interchange form of Quicken: one field a line, `^` between the entries.

use csv::ByteRecord;

use super::columns::Rules;
use super::day::{self, DateOrder};
use super::lines::Lines;
use super::money::{self, DecimalMark};
use super::source::Source;
use super::{ReadOptions, Rows, Step, clear};
use crate::error::{Error, ErrorKind};
use crate::model::account::AccountType;
use crate::model::transaction::Transaction;

/// The entries of a QIF file.
pub(crate) struct Qif {
    lines: Lines,
    rules: Rules,
    section: Section,
    /// Kind of account of the current section.
    kind: Option<AccountType>,
    /// Name of the account that was announced last.
    account: Option<String>,
    skipped: u64,
}

/// What the entries are.
#[derive(Clone, Copy, PartialEq)]
enum Section {
    Transactions,
    Accounts,
    /// Lists of categories, classes, securities and the like.
    Other,
}

/// Whether a file is QIF.
pub(crate) fn is_qif(head: &str) -> bool {
    let first = head.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_ascii_lowercase();
    ["!type:", "!account", "!option:", "!clear:"].iter().any(|start| first.starts_with(start))
}

/// The section an announcement opens, and the kind of account it tells.
fn section(line: &str) -> Option<(Section, Option<AccountType>)> {
    let word = line.strip_prefix('!')?.trim().to_ascii_lowercase();
    if word == "account" {
        return Some((Section::Accounts, None));
    }
    let kind = word.strip_prefix("type:")?.trim();
    let of = |kind| Some((Section::Transactions, kind));
    match kind {
        "bank" => of(Some(AccountType::Checking)),
        "cash" => of(Some(AccountType::Cash)),
        "ccard" => of(Some(AccountType::CreditCard)),
        "oth l" => of(Some(AccountType::Loan)),
        "oth a" => of(None),
        "invst" => of(Some(AccountType::Investment)),
        _ => Some((Section::Other, None)),
    }
}

impl Qif {
    /// Opens a file; goes over it once before to tell the order of dates and the decimal mark.
    pub fn open(source: &mut Source, cr_only: bool, options: &ReadOptions) -> Result<Self, Error> {
        let mut rules = options.rules();
        if rules.order.is_none() || options.decimal_mark.is_none() {
            source.spool()?;
            let mut lines = Lines::open(source, cr_only)?;
            let (order, mark) = survey(&mut lines, &source.name, rules.order)?;
            rules.order = rules.order.or(order);
            rules.mark = options.decimal_mark.unwrap_or(mark);
        }
        let lines = Lines::open(source, cr_only)?;
        Ok(Self { lines, rules, section: Section::Transactions, kind: None, account: None, skipped: 0 })
    }

    fn fill(&self, entry: &Entry, out: &mut Transaction) -> Result<(), String> {
        let text = entry.payee.as_deref().or(entry.memo.as_deref()).or(entry.security.as_deref());
        out.original_description = text.unwrap_or_default().to_owned();
        out.memo = entry.memo.clone().filter(|memo| *memo != out.original_description);
        if let Some(date) = &entry.date {
            out.date = Some(self.rules.day(date).map_err(|reason| format!("date: {reason}"))?.date);
        }
        let amount = entry.amount.as_deref().or(entry.other_amount.as_deref());
        let amount = money::amount(amount.unwrap_or_default(), self.rules.mark);
        if let Some(amount) = amount.map_err(|reason| format!("amount: {reason}"))? {
            out.set_signed_amount(amount);
        }
        if let Some(number) = &entry.number {
            match number.bytes().all(|byte| byte.is_ascii_digit()) {
                true => out.check_number_string = Some(number.clone()),
                false => out.extended_transaction_type = Some(number.clone()),
            }
        }
        out.account_id = self.account.clone().or_else(|| self.rules.account_id.clone());
        out.account_type = self.rules.account_type.or(self.kind);
        out.currency_code = self.rules.currency;
        out.country = self.rules.country;
        Ok(())
    }
}

/// The fields of one entry.
#[derive(Default)]
struct Entry {
    date: Option<String>,
    amount: Option<String>,
    other_amount: Option<String>,
    payee: Option<String>,
    memo: Option<String>,
    number: Option<String>,
    security: Option<String>,
}

impl Entry {
    fn take(&mut self, line: &str) {
        let mut letters = line.chars();
        let Some(code) = letters.next() else { return };
        let value = letters.as_str().trim();
        let slot = match code {
            'D' => &mut self.date,
            'T' => &mut self.amount,
            'U' => &mut self.other_amount,
            'P' => &mut self.payee,
            'M' => &mut self.memo,
            'N' => &mut self.number,
            'Y' => &mut self.security,
            _ => return,
        };
        if slot.is_none() && !value.is_empty() {
            *slot = Some(value.to_owned());
        }
    }
}

impl Rows for Qif {
    fn next(&mut self, out: &mut Transaction, raw: &mut ByteRecord) -> Result<Step, Error> {
        let mut entry = Entry::default();
        let mut text = String::new();
        let mut first = 0;
        loop {
            let line = self.lines.next_text()?;
            let is_end = line.is_none();
            let line = line.unwrap_or_default();
            let line = line.trim_start_matches('\u{feff}').trim_end();
            if line.starts_with('!') {
                if let Some((section, kind)) = section(line) {
                    // A list that no account was announced for belongs to none that is known.
                    if section == Section::Transactions && self.section != Section::Accounts {
                        self.account = None;
                    }
                    (self.section, self.kind) = (section, kind);
                }
                continue;
            }
            if !is_end && !line.starts_with('^') {
                if !line.trim().is_empty() {
                    if first == 0 {
                        first = self.lines.number();
                    }
                    entry.take(line);
                    text.push_str(line);
                    text.push('\n');
                }
                continue;
            }
            if first == 0 {
                if is_end {
                    return Ok(Step::End);
                }
                continue;
            }
            let entry = std::mem::take(&mut entry);
            match self.section {
                Section::Transactions if entry.amount.is_some() || entry.other_amount.is_some() => {}
                Section::Accounts => {
                    self.account = entry.number;
                    (first, text) = (0, String::new());
                    continue;
                }
                // Moves of securities without money, and lists.
                _ => {
                    self.skipped += u64::from(self.section == Section::Transactions);
                    (first, text) = (0, String::new());
                    continue;
                }
            }
            clear(out);
            let text = text.trim_end();
            return Ok(match self.fill(&entry, out) {
                Ok(()) => {
                    raw.clear();
                    raw.push_field(text.as_bytes());
                    Step::Row { line: first }
                }
                Err(reason) => Step::Reject { line: first, raw: text.as_bytes().to_vec(), reason },
            });
        }
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }
}

/// Tells the order of dates, if any date needs it, and the decimal mark.
fn survey(lines: &mut Lines, name: &str, told: Option<DateOrder>) -> Result<(Option<DateOrder>, DecimalMark), Error> {
    let mut orders = day::Orders::default();
    let (mut dot, mut comma) = (0_u64, 0_u64);
    while let Some(line) = lines.next_text()? {
        match line.split_at_checked(1) {
            Some(("D", date)) => orders.see(date, lines.number()),
            Some(("T" | "U" | "$", amount)) => {
                dot += u64::from(money::amount(amount, DecimalMark::Dot).is_err());
                comma += u64::from(money::amount(amount, DecimalMark::Comma).is_err());
            }
            _ => {}
        }
    }
    let mark = if dot > comma { DecimalMark::Comma } else { DecimalMark::Dot };
    if told.is_some() || orders.all_clear() {
        return Ok((None, mark));
    }
    let order = orders.decide().map_err(|(line, message)| Error::single(ErrorKind::Input, name, line, message))?;
    Ok((Some(order), mark))
}
