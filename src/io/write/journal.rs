//! Plain-text accounting: the journal of Ledger and hledger, and Beancount.

use std::io::Write as _;

use super::{Renderer, WriteOptions, csv};
use crate::io::read::RawRow;
use crate::model::account::AccountType;
use crate::model::names::Nature;
use crate::model::record::Record;
use crate::model::transaction::{Direction, Status, Transaction};

/// Renders a journal with two postings an entry: the category, and the account it was paid from.
pub(crate) struct Journal {
    dialect: Dialect,
    account: Option<String>,
    currency: String,
}

/// How names and texts are written.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Dialect {
    Ledger,
    Beancount,
}

impl Journal {
    pub fn new(dialect: Dialect, options: &WriteOptions) -> Result<Self, String> {
        let currency = options.currency.map_or_else(|| "USD".to_owned(), |code| code.as_str().to_owned());
        if let Some(account) = &options.account {
            sound_account(account, dialect)?;
        }
        Ok(Self { dialect, account: options.account.clone(), currency })
    }

    /// The account a row belongs to: as told, or named after its kind and the end of its number.
    fn account(&self, record: &Record<'_>) -> String {
        if let Some(account) = &self.account {
            return account.clone();
        }
        let kind = record.transaction.account_type.unwrap_or(AccountType::Any);
        let root = if kind.is_debt() { "Liabilities" } else { "Assets" };
        let kind = match kind {
            AccountType::Any => "bank".to_owned(),
            kind => kind.as_str().to_lowercase(),
        };
        let id = record.transaction.account_id.as_deref().unwrap_or_default();
        let end = if id.contains(|letter: char| letter.is_ascii_digit()) {
            // Numbers in full do not belong into a journal.
            let end: Vec<char> = id.chars().filter(char::is_ascii_alphanumeric).collect();
            end[end.len().saturating_sub(4)..].iter().collect::<String>().to_uppercase()
        } else {
            // Beancount knows names by their capitals, which not every script has.
            let is_sound = |letter: char| match self.dialect {
                Dialect::Ledger => letter.is_alphabetic(),
                Dialect::Beancount => letter.is_ascii_alphabetic(),
            };
            let sound = |letter: char| if is_sound(letter) { letter } else { ' ' };
            self.name(&one_line(&id.chars().map(sound).collect::<String>()).to_lowercase())
        };
        match (self.name(&kind), end) {
            (kind, end) if end.is_empty() || end == kind => format!("{root}:{kind}"),
            // A name says more than that it is some bank's.
            (_, end) if record.transaction.account_type.is_none() && end.starts_with(char::is_alphabetic) => {
                format!("{root}:{end}")
            }
            (kind, end) => format!("{root}:{kind}:{end}"),
        }
    }

    /// The account of a category: what was spent, earned, or moved elsewhere.
    fn category(&self, record: &Record<'_>) -> String {
        let category = record.enriched.category;
        let root = match category.nature() {
            Nature::Income => "Income",
            Nature::Expense => "Expenses",
            Nature::Transfer => "Equity",
            Nature::None if record.transaction.direction == Some(Direction::Credit) => "Income",
            Nature::None => "Expenses",
        };
        let mut out = root.to_owned();
        for part in category.path().split('.') {
            if !part.eq_ignore_ascii_case(root) {
                out.push(':');
                out.push_str(&self.name(part));
            }
        }
        out
    }

    /// A part of an account's name: `fast_food` as `Fast Food`, for Beancount as `Fast-Food`.
    fn name(&self, part: &str) -> String {
        let gap = if self.dialect == Dialect::Beancount { '-' } else { ' ' };
        let mut out = String::with_capacity(part.len());
        let mut is_start = true;
        for letter in part.chars() {
            match letter {
                '_' | ' ' | '-' => {
                    out.push(gap);
                    is_start = true;
                }
                letter if is_start => {
                    out.extend(letter.to_uppercase());
                    is_start = false;
                }
                letter => out.push(letter),
            }
        }
        out
    }

    fn posting(&self, account: &str, amount: rust_decimal::Decimal, record: &Record<'_>, out: &mut Vec<u8>) {
        let currency = record.transaction.currency_code;
        out.extend_from_slice(b"  ");
        out.extend_from_slice(account.as_bytes());
        out.extend_from_slice(b"  ");
        csv::decimal(amount, out);
        out.push(b' ');
        out.extend_from_slice(currency.as_ref().map_or(self.currency.as_str(), |code| code.as_str()).as_bytes());
        out.push(b'\n');
    }

    fn ledger(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        let (transaction, enriched) = (record.transaction, record.enriched);
        if let Some(number) = &enriched.details.check_number {
            put(out, format_args!(" ({})", one_line(number).replace([')', '('], "")));
        }
        put(out, format_args!(" {}\n", payee(&enriched.description)));
        let original = one_line(&transaction.original_description);
        if !original.is_empty() && original != enriched.description {
            put(out, format_args!("  ; {original}\n"));
        }
        if let Some(id) = &transaction.id {
            put(out, format_args!("  ; id: {}\n", one_line(id).replace(',', " ")));
        }
        let tags: Vec<String> = enriched.tags.iter().map(|tag| one_line(tag).replace([' ', ',', ':'], "-")).collect();
        if !tags.is_empty() {
            put(out, format_args!("  ; :{}:\n", tags.join(":")));
        }
    }

    fn beancount(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        let (transaction, enriched) = (record.transaction, record.enriched);
        let quoted = |text: &str| one_line(text).replace('\\', "\\\\").replace('"', "\\\"");
        let narration = quoted(&transaction.original_description);
        put(out, format_args!(" \"{}\" \"{narration}\"", quoted(&enriched.description)));
        for tag in &enriched.tags {
            let name: String =
                tag.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
            put(out, format_args!(" #{name}"));
        }
        out.push(b'\n');
        if let Some(id) = &transaction.id {
            put(out, format_args!("  id: \"{}\"\n", quoted(id)));
        }
        if let Some(number) = &enriched.details.check_number {
            put(out, format_args!("  check: \"{}\"\n", quoted(number)));
        }
    }
}

impl Renderer for Journal {
    fn head(&self, out: &mut Vec<u8>) {
        if self.dialect == Dialect::Beancount {
            // Accounts are opened by the plugin, as they are not known before the last row.
            out.extend_from_slice(b"plugin \"beancount.plugins.auto_accounts\"\n");
        }
    }

    fn row(&self, _: u64, record: &Record<'_>, _: Option<&RawRow>, out: &mut Vec<u8>) {
        let transaction = record.transaction;
        let (Some(date), Some(amount)) = (transaction.date, signed(transaction)) else {
            put(
                out,
                format_args!(
                    "\n; left out, as date, amount or direction is not known: {}\n",
                    one_line(&transaction.original_description)
                ),
            );
            return;
        };
        let mark = if transaction.status == Some(Status::Pending) { '!' } else { '*' };
        put(out, format_args!("\n{date} {mark}"));
        match self.dialect {
            Dialect::Ledger => self.ledger(record, out),
            Dialect::Beancount => self.beancount(record, out),
        }
        self.posting(&self.category(record), -amount, record, out);
        self.posting(&self.account(record), amount, record, out);
    }

    fn tail(&self, _: u64, _: &mut Vec<u8>) {}

    fn leaves_out(&self, transaction: &Transaction) -> bool {
        transaction.date.is_none() || signed(transaction).is_none()
    }
}

/// Refuses names of accounts that the programs would not take.
fn sound_account(account: &str, dialect: Dialect) -> Result<(), String> {
    let in_beancount = |part: &str| {
        part.starts_with(|first: char| first.is_uppercase() || first.is_ascii_digit())
            && part.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
    };
    let is_sound = match dialect {
        Dialect::Ledger => {
            one_line(account) == account && !account.starts_with([';', '(', '[', '*', '!']) && !account.is_empty()
        }
        Dialect::Beancount => {
            let roots = ["Assets", "Liabilities", "Equity", "Income", "Expenses"];
            account
                .split_once(':')
                .is_some_and(|(root, rest)| roots.contains(&root) && rest.split(':').all(in_beancount))
        }
    };
    let example = match dialect {
        Dialect::Ledger => "Assets:Joint Checking",
        Dialect::Beancount => "Assets:Joint-Checking",
    };
    if is_sound { Ok(()) } else { Err(format!("`{account}` is no name of an account: use one such as {example}")) }
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("memory takes all bytes");
}

/// A text on one line, with single blanks.
pub(crate) fn one_line(text: &str) -> String {
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A payee without what would begin a comment or a note.
fn payee(text: &str) -> String {
    let text = one_line(text).replace([';', '|'], ",");
    // A star, a bang or a parenthesis in front would be taken for a mark.
    text.trim_start_matches(['*', '!', '(', ' ']).to_owned()
}

/// The amount with its sign; nothing has none.
pub(crate) fn signed(transaction: &Transaction) -> Option<rust_decimal::Decimal> {
    transaction.signed_amount().or(transaction.amount.filter(rust_decimal::Decimal::is_zero))
}
