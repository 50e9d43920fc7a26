//! CSV and QIF that budgeting programs import.

use std::io::Write as _;

use super::csv::{cell, decimal};
use super::journal::{one_line, signed};
use super::{Renderer, WriteOptions};
use crate::io::read::RawRow;
use crate::model::account::AccountType;
use crate::model::record::Record;
use crate::model::transaction::{Status, Transaction};

/// A program that imports CSV.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Program {
    Actual,
    Firefly,
    Ynab,
}

/// Renders the CSV of a budgeting program; amounts are signed, money out negative. Rows without date or amount are left out.
pub(crate) struct Import {
    program: Program,
    account: Option<String>,
}

impl Import {
    pub fn new(program: Program, options: &WriteOptions) -> Self {
        Self { program, account: options.account.clone() }
    }

    fn columns(&self) -> &'static [&'static str] {
        match self.program {
            Program::Actual => &[
                "Account",
                "Date",
                "Payee",
                "Notes",
                "Category_Group",
                "Category",
                "Amount",
                "Split_Amount",
                "Cleared",
            ],
            Program::Firefly => &[
                "external_id",
                "date",
                "amount",
                "currency_code",
                "description",
                "account",
                "opposing_account",
                "category",
                "tags",
                "notes",
            ],
            Program::Ynab => &["Date", "Payee", "Memo", "Amount"],
        }
    }
}

impl Renderer for Import {
    fn head(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.columns().join(",").as_bytes());
        out.push(b'\n');
    }

    fn row(&self, _: u64, record: &Record<'_>, _: Option<&RawRow>, out: &mut Vec<u8>) {
        if self.leaves_out(record.transaction) {
            return;
        }
        let (transaction, enriched) = (record.transaction, record.enriched);
        let category = enriched.category.project(record.taxonomy, transaction.direction);
        let account = self.account.as_deref().or(transaction.account_id.as_deref()).unwrap_or_default();
        let original = one_line(&transaction.original_description);
        for column in self.columns() {
            match *column {
                "Account" | "account" => cell(account.as_bytes(), out),
                "Date" | "date" => {
                    if let Some(date) = transaction.date {
                        out.write_fmt(format_args!("{date}")).expect("memory takes all bytes");
                    }
                }
                "opposing_account" => {
                    let party = enriched.counterparties.last().map_or(&enriched.description, |party| &party.name);
                    cell(one_line(party).as_bytes(), out);
                }
                "Payee" | "description" => cell(one_line(&enriched.description).as_bytes(), out),
                "Notes" | "Memo" | "notes" => cell(original.as_bytes(), out),
                "Category_Group" => cell(category.top_level.as_bytes(), out),
                "Category" | "category" => cell(category.category.as_bytes(), out),
                "Amount" | "amount" => {
                    if let Some(amount) = signed(transaction) {
                        decimal(amount, out);
                    }
                }
                "Split_Amount" => out.push(b'0'),
                "Cleared" => {
                    let is_pending = transaction.status == Some(Status::Pending);
                    out.extend_from_slice(if is_pending { b"Not cleared" } else { b"Cleared" });
                }
                "external_id" => cell(transaction.id.as_deref().unwrap_or_default().as_bytes(), out),
                "currency_code" => {
                    cell(transaction.currency_code.as_ref().map_or("", |code| code.as_str()).as_bytes(), out);
                }
                "tags" => cell(enriched.tags.join(",").as_bytes(), out),
                _ => {}
            }
            out.push(b',');
        }
        out.pop();
        out.push(b'\n');
    }

    fn tail(&self, _: u64, _: &mut Vec<u8>) {}

    fn leaves_out(&self, transaction: &Transaction) -> bool {
        // No program takes such a row, and some refuse the whole file for it.
        transaction.date.is_none() || signed(transaction).is_none()
    }
}

/// Renders QIF, with categories as `Top:Middle:Leaf` and dates month first.
pub(crate) struct Qif {
    account: Option<String>,
    kind: Option<AccountType>,
}

impl Qif {
    pub fn new(options: &WriteOptions) -> Self {
        Self { account: options.account.clone(), kind: options.account_type }
    }
}

impl Renderer for Qif {
    fn head(&self, out: &mut Vec<u8>) {
        let kind = match self.kind {
            Some(AccountType::CreditCard) => "CCard",
            Some(AccountType::Cash) => "Cash",
            Some(kind) if kind.is_debt() => "Oth L",
            Some(AccountType::Investment | AccountType::Property | AccountType::Insurance) => "Oth A",
            _ => "Bank",
        };
        if let Some(account) = &self.account {
            put(out, format_args!("!Account\nN{}\nT{kind}\n^\n", one_line(account)));
        }
        put(out, format_args!("!Type:{kind}\n"));
    }

    fn row(&self, _: u64, record: &Record<'_>, _: Option<&RawRow>, out: &mut Vec<u8>) {
        if self.leaves_out(record.transaction) {
            return;
        }
        let (transaction, enriched) = (record.transaction, record.enriched);
        let (Some(date), Some(amount)) = (transaction.date, signed(transaction)) else { return };
        put(out, format_args!("D{:02}/{:02}/{:04}\n", date.month(), date.day(), date.year()));
        out.push(b'T');
        decimal(amount, out);
        out.push(b'\n');
        if transaction.status != Some(Status::Pending) {
            out.extend_from_slice(b"C*\n");
        }
        if let Some(number) = &enriched.details.check_number {
            put(out, format_args!("N{}\n", one_line(number)));
        }
        put(out, format_args!("P{}\n", one_line(&enriched.description)));
        let original = one_line(&transaction.original_description);
        if !original.is_empty() && original != enriched.description {
            put(out, format_args!("M{original}\n"));
        }
        put(out, format_args!("L{}\n^\n", category(enriched.category.path())));
    }

    fn tail(&self, _: u64, _: &mut Vec<u8>) {}

    fn leaves_out(&self, transaction: &Transaction) -> bool {
        transaction.date.is_none() || signed(transaction).is_none()
    }
}

/// `food.fast_food` as `Food:Fast Food`.
fn category(path: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    let part = |part: &str| part.split('_').map(word).collect::<Vec<_>>().join(" ");
    path.split('.').map(part).collect::<Vec<_>>().join(":")
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("memory takes all bytes");
}
