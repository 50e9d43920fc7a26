//! CAMT.052, 053 and 054 of ISO 20022: account reports, statements and notifications.

use csv::ByteRecord;
use rust_decimal::Decimal;

use super::columns::Rules;
use super::money::{self, DecimalMark};
use super::source::Source;
use super::text::Text;
use super::tree::{Node, Part, Walk};
use super::{ReadOptions, Rows, Step, clear};
use crate::error::{Error, ErrorKind, Problem};
use crate::model::transaction::{Currency, Direction, Status, Transaction};

/// Whether a file is CAMT.
pub(crate) fn is_camt(head: &str) -> bool {
    let start: String = head.chars().take(4096).collect();
    start.contains("camt.05")
        || ["BkToCstmrStmt", "BkToCstmrAcctRpt", "BkToCstmrDbtCdtNtfctn"].iter().any(|tag| start.contains(tag))
}

/// The entries of a document, those with several transactions split where their amounts are told.
pub(crate) struct Camt {
    name: String,
    walk: Walk,
    rules: Rules,
    statement: Statement,
    /// Transactions of the entry at hand, last first.
    waiting: Vec<(Transaction, String, u64)>,
    rejected: Option<Step>,
    problems: Vec<Problem>,
}

/// What holds for one statement, and its totals.
#[derive(Default)]
struct Statement {
    account: Option<String>,
    currency: Option<Currency>,
    country: Option<crate::model::transaction::Country>,
    opening: Option<Decimal>,
    closing: Option<Decimal>,
    booked: Decimal,
    count: u64,
    is_whole: bool,
    told_count: Option<u64>,
    told_credit: Option<Decimal>,
    told_debit: Option<Decimal>,
    credit: Decimal,
    debit: Decimal,
    has_rejects: bool,
}

const WHOLE: &[&str] = &["Acct", "Bal", "TxsSummry", "Ntry", "GrpHdr", "StmtPgntn", "RptPgntn"];
const STATEMENTS: [&str; 3] = ["Stmt", "Rpt", "Ntfctn"];

impl Camt {
    pub fn open(source: &mut Source, options: &ReadOptions) -> Result<Self, Error> {
        let text = Text::new(source.open()?, None, None, false);
        Ok(Self {
            name: source.name.clone(),
            walk: Walk::new(text, source.limits().row.max(1 << 16), WHOLE),
            rules: options.rules(),
            statement: Statement::default(),
            waiting: Vec::new(),
            rejected: None,
            problems: Vec::new(),
        })
    }

    fn account(&mut self, node: &Node) {
        let statement = &mut self.statement;
        let id = node.text_at("Id/IBAN").or_else(|| node.text_at("Id/Othr/Id"));
        statement.account = id.map(str::to_owned);
        statement.currency = node.text_at("Ccy").and_then(|code| code.parse().ok());
        statement.country = node.text_at("Id/IBAN").and_then(|iban| iban.get(..2)).and_then(|code| code.parse().ok());
    }

    fn balance(&mut self, node: &Node) {
        let code = node.text_at("Tp/CdOrPrtry/Cd").unwrap_or_default();
        let Some(amount) = signed(node) else { return };
        match code {
            "OPBD" | "PRCD" => self.statement.opening = self.statement.opening.or(Some(amount)),
            "CLBD" => self.statement.closing = Some(amount),
            _ => {}
        }
    }

    fn summary(&mut self, node: &Node) {
        let sum = |path: &str| node.text_at(path).and_then(|text| money::amount(text, DecimalMark::Dot).ok().flatten());
        self.statement.told_count = node.text_at("TtlNtries/NbOfNtries").and_then(|count| count.parse().ok());
        self.statement.told_credit = sum("TtlCdtNtries/Sum");
        self.statement.told_debit = sum("TtlDbtNtries/Sum");
    }

    /// Makes the transactions of an entry.
    fn entry(&mut self, entry: &Node, line: u64) {
        let mut raw = String::new();
        entry.outline(&mut raw);
        self.statement.count += 1;
        let status = entry.text_at("Sts/Cd").or_else(|| entry.text_at("Sts")).unwrap_or("BOOK");
        match self.transactions(entry, status) {
            Ok(transactions) => {
                if let (Some(amount), "BOOK") = (signed(entry), status) {
                    let sum = &mut self.statement;
                    let added = sum.booked.checked_add(amount);
                    sum.booked = added.unwrap_or(sum.booked);
                    let side = if amount.is_sign_negative() { &mut sum.debit } else { &mut sum.credit };
                    *side = side.checked_add(amount.abs()).unwrap_or(*side);
                }
                self.waiting =
                    transactions.into_iter().map(|transaction| (transaction, raw.clone(), line)).rev().collect();
            }
            Err(reason) => {
                self.statement.has_rejects = true;
                self.rejected = Some(Step::Reject { line, raw: raw.into_bytes(), reason });
            }
        }
    }

    fn transactions(&self, entry: &Node, status: &str) -> Result<Vec<Transaction>, String> {
        let whole = self.transaction(entry, None, status)?;
        let details: Vec<_> = entry.all("NtryDtls").flat_map(|details| details.all("TxDtls")).collect();
        if let [single] = details[..] {
            return Ok(vec![self.transaction(entry, Some(single), status)?]);
        }
        // A batch is split only if its parts are the whole.
        let amounts: Option<Vec<Decimal>> = details.iter().map(|detail| part(detail)).collect();
        let is_split = amounts.is_some_and(|amounts| {
            let sum = amounts.iter().try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(*amount));
            !amounts.is_empty() && sum == whole.amount
        });
        if !is_split {
            return Ok(vec![whole]);
        }
        details
            .into_iter()
            .enumerate()
            .map(|(at, detail)| {
                let mut transaction = self.transaction(entry, Some(detail), status)?;
                transaction.amount = part(detail);
                // The reference of the entry is that of the whole batch.
                if detail.text_at("Refs/AcctSvcrRef").is_none() {
                    transaction.id = transaction.id.map(|id| format!("{id}/{}", at + 1));
                }
                Ok(transaction)
            })
            .collect()
    }

    fn transaction(&self, entry: &Node, detail: Option<&Node>, status: &str) -> Result<Transaction, String> {
        let amount = entry.child("Amt").ok_or("Amt is missing: an entry needs an amount")?;
        let read = money::amount(&amount.text, DecimalMark::Dot).map_err(|reason| format!("Amt: {reason}"))?;
        let is_credit = match entry.text_at("CdtDbtInd") {
            Some("CRDT") => true,
            Some("DBIT") => false,
            other => {
                let seen = super::masked(other.unwrap_or_default());
                return Err(format!("CdtDbtInd: `{seen}` is neither CRDT nor DBIT"));
            }
        };
        let mut out = Transaction { amount: read.map(|amount| amount.abs()), ..Transaction::default() };
        out.direction = Some(if is_credit { Direction::Credit } else { Direction::Debit });
        out.currency_code = amount
            .attribute("Ccy")
            .and_then(|code| code.parse().ok())
            .or(self.statement.currency)
            .or(self.rules.currency);
        out.account_id = self.statement.account.clone().or_else(|| self.rules.account_id.clone());
        out.account_type = self.rules.account_type;
        out.country = self.rules.country.or(self.statement.country);
        out.status = Some(if status == "PDNG" { Status::Pending } else { Status::Posted });
        let day = |path: &str| match entry.text_at(path) {
            Some(text) => self.rules.day(text).map(Some).map_err(|reason| format!("{path}: {reason}")),
            None => Ok(None),
        };
        let first = |one, other| if let Some(found) = day(one)? { Ok(Some(found)) } else { day(other) };
        let booked = first("BookgDt/Dt", "BookgDt/DtTm")?;
        let valued = first("ValDt/Dt", "ValDt/DtTm")?;
        out.date = booked.or(valued).map(|day| day.date);
        out.posted_at = booked.map(|day| day.date.to_datetime(day.time.unwrap_or_default()));

        let of = |path: &str| detail.and_then(|detail| detail.text_at(path));
        // Who is on the other side: the creditor of a debit, the debtor of a credit, unless the entry is reversed.
        let is_reversed = entry.text_at("RvslInd") == Some("true");
        let side = if is_credit == is_reversed { "Cdtr" } else { "Dbtr" };
        let party = ["", "Ultmt"].iter().rev().find_map(|ultimate| {
            of(&format!("RltdPties/{ultimate}{side}/Nm")).or_else(|| of(&format!("RltdPties/{ultimate}{side}/Pty/Nm")))
        });
        let remittance = detail.and_then(|detail| {
            let lines: Vec<_> = detail.child("RmtInf")?.all("Ustrd").map(|line| line.text.trim()).collect();
            Some(lines.join(" ")).filter(|text| !text.is_empty())
        });
        let told = of("AddtlTxInf").or_else(|| entry.text_at("AddtlNtryInf")).map(str::to_owned);
        let mut texts = party.map(str::to_owned).into_iter().chain(remittance).chain(told);
        out.original_description = texts.next().unwrap_or_default();
        out.memo = texts.next().filter(|memo| *memo != out.original_description);
        out.id = of("Refs/AcctSvcrRef")
            .or_else(|| entry.text_at("AcctSvcrRef"))
            .or_else(|| of("Refs/TxId"))
            .or_else(|| entry.text_at("NtryRef"))
            .map(str::to_owned);
        out.check_number_string = of("Refs/ChqNb").map(str::to_owned);
        out.merchant_category_code =
            [of("CardTx/POI/MrchntCtgyCd"), entry.text_at("CardTx/MrchntCtgyCd"), of("CardTx/Tx/MrchntCtgyCd")]
                .into_iter()
                .flatten()
                .find_map(|code| code.parse().ok());
        let code = |node: &Node| {
            let domain: Vec<_> = ["Domn/Cd", "Domn/Fmly/Cd", "Domn/Fmly/SubFmlyCd"]
                .iter()
                .filter_map(|path| node.at("BkTxCd")?.text_at(path))
                .collect();
            (!domain.is_empty())
                .then(|| domain.join("/"))
                .or_else(|| node.text_at("BkTxCd/Prtry/Cd").map(str::to_owned))
        };
        out.extended_transaction_type = detail.and_then(code).or_else(|| code(entry));
        Ok(out)
    }

    /// Checks the totals of a statement at its end.
    fn check(&mut self) {
        let statement = std::mem::take(&mut self.statement);
        if statement.has_rejects {
            return;
        }
        let line = self.walk.line();
        let mut tell = |message: String| self.problems.push(Problem::new(self.name.clone(), line, message));
        if let (Some(opening), Some(closing), true) = (statement.opening, statement.closing, statement.is_whole)
            && opening.checked_add(statement.booked) != Some(closing)
        {
            tell(format!(
                "opening balance {opening} and entries {} do not make the closing balance {closing}",
                statement.booked
            ));
        }
        if let Some(count) = statement.told_count.filter(|count| *count != statement.count) {
            tell(format!("the statement tells of {count} entries and has {}", statement.count));
        }
        for (what, told, sum) in
            [("credits", statement.told_credit, statement.credit), ("debits", statement.told_debit, statement.debit)]
        {
            if let Some(told) = told.filter(|told| *told != sum) {
                tell(format!("the statement tells of {what} of {told} and has {sum}"));
            }
        }
    }
}

/// The amount of a balance or entry with its sign.
fn signed(node: &Node) -> Option<Decimal> {
    let amount = money::amount(&node.child("Amt")?.text, DecimalMark::Dot).ok()??;
    Some(if node.text_at("CdtDbtInd") == Some("DBIT") { -amount } else { amount })
}

/// The amount of one transaction of an entry.
fn part(detail: &Node) -> Option<Decimal> {
    let text = detail.text_at("Amt").or_else(|| detail.text_at("AmtDtls/TxAmt/Amt"))?;
    money::amount(text, DecimalMark::Dot).ok()?
}

impl Rows for Camt {
    fn next(&mut self, out: &mut Transaction, raw: &mut ByteRecord) -> Result<Step, Error> {
        loop {
            if let Some((transaction, text, line)) = self.waiting.pop() {
                clear(out);
                *out = transaction;
                raw.clear();
                raw.push_field(text.as_bytes());
                return Ok(Step::Row { line });
            }
            if let Some(step) = self.rejected.take() {
                return Ok(step);
            }
            let part = self.walk.next().map_err(|error| {
                Error::single(ErrorKind::Input, self.name.clone(), self.walk.line(), error.to_string())
            })?;
            match part {
                Part::Open(name) if STATEMENTS.contains(&name.as_str()) => {
                    self.statement = Statement { is_whole: true, ..Statement::default() };
                }
                Part::Close(name) if STATEMENTS.contains(&name.as_str()) => self.check(),
                Part::Whole(node) => match node.name.as_str() {
                    "Acct" => self.account(&node),
                    "Bal" => self.balance(&node),
                    "TxsSummry" => self.summary(&node),
                    "Ntry" => self.entry(&node, self.walk.start()),
                    // A page of a statement has balances that its entries alone do not make.
                    "StmtPgntn" | "RptPgntn" => {
                        let is_single = node.text_at("PgNb") == Some("1") && node.text_at("LastPgInd") == Some("true");
                        self.statement.is_whole = is_single;
                    }
                    _ => {}
                },
                Part::Open(_) | Part::Close(_) => {}
                Part::End => return Ok(Step::End),
            }
        }
    }

    fn finish(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }
}
