//! OFX and QFX, both the SGML of version 1 and the XML of version 2: what matters of both is a stream of `<TAG>value`.

use std::collections::HashSet;

use csv::ByteRecord;

use super::columns::Rules;
use super::lines::Lines;
use super::money::{self, DecimalMark};
use super::source::Source;
use super::{ReadOptions, Rows, Step, clear};
use crate::error::{Error, ErrorKind, Problem};
use crate::model::account::AccountType;
use crate::model::transaction::{Currency, Status, Transaction};

/// Whether a file is OFX.
pub(crate) fn is_ofx(head: &str) -> bool {
    let start = head.trim_start();
    let upper: String = start.chars().take(4096).map(|letter| letter.to_ascii_uppercase()).collect();
    upper.starts_with("OFXHEADER") || upper.contains("<OFX>") || upper.contains("<?OFX")
}

/// The booked and pending entries of all statements of a file.
pub(crate) struct Ofx {
    name: String,
    lines: Lines,
    rules: Rules,
    line: String,
    /// How much of the line is read.
    at: usize,
    /// A piece to be given once more.
    pushed: Option<Piece>,
    statement: Statement,
    /// Ids seen in the current account.
    ids: HashSet<String>,
    problems: Vec<Problem>,
    row_limit: usize,
}

/// What holds for the entries of one statement.
#[derive(Default)]
struct Statement {
    account: Option<String>,
    kind: Option<AccountType>,
    currency: Option<Currency>,
    is_pending: bool,
}

/// A piece of a file.
#[derive(Debug, PartialEq)]
enum Piece {
    Open(String),
    Close(String),
    Text(String),
}

impl Ofx {
    pub fn open(source: &mut Source, cr_only: bool, options: &ReadOptions) -> Result<Self, Error> {
        Ok(Self {
            name: source.name.clone(),
            lines: Lines::open(source, cr_only)?,
            rules: options.rules(),
            line: String::new(),
            at: 0,
            pushed: None,
            statement: Statement::default(),
            ids: HashSet::new(),
            problems: Vec::new(),
            row_limit: usize::try_from(source.limits().row).unwrap_or(usize::MAX),
        })
    }

    /// The next tag, or the text before it on its line.
    fn piece(&mut self) -> Result<Option<Piece>, Error> {
        if let Some(piece) = self.pushed.take() {
            return Ok(Some(piece));
        }
        loop {
            let rest = &self.line[self.at..];
            if rest.trim_start().is_empty() {
                match self.lines.next_text()? {
                    Some(line) => (self.line, self.at) = (line, 0),
                    None => return Ok(None),
                }
                continue;
            }
            self.at += rest.len() - rest.trim_start().len();
            let rest = &self.line[self.at..];
            let Some(inside) = rest.strip_prefix('<') else {
                let end = rest.find('<').unwrap_or(rest.len());
                let text = unescaped(rest[..end].trim());
                self.at += end;
                return Ok(Some(Piece::Text(text)));
            };
            if let Some(text) = inside.strip_prefix("![CDATA[") {
                let end = text.find("]]>").unwrap_or(text.len());
                let piece = Piece::Text(text[..end].to_owned());
                self.at = (self.at + "<![CDATA[".len() + end + "]]>".len()).min(self.line.len());
                return Ok(Some(piece));
            }
            let Some(end) = inside.find('>') else {
                // A tag goes on in the next line.
                let Some(line) = self.lines.next_text()? else { return Ok(None) };
                self.line.drain(..self.at);
                self.at = 0;
                if self.line.len() + line.len() > self.row_limit {
                    let message = format!("a tag is longer than {} bytes", self.row_limit);
                    return Err(Error::single(ErrorKind::Input, self.name.clone(), self.lines.number(), message));
                }
                self.line.push(' ');
                self.line.push_str(&line);
                continue;
            };
            let tag = inside[..end].trim();
            let piece = match tag.strip_prefix('/') {
                Some(tag) => Piece::Close(tag.trim().to_ascii_uppercase()),
                None => Piece::Open(tag.trim_end_matches('/').trim().to_ascii_uppercase()),
            };
            self.at += "<>".len() + end;
            return Ok(Some(piece));
        }
    }

    /// The fields of an entry up to its end.
    fn entry(&mut self) -> Result<Entry, Error> {
        let mut entry = Entry { line: self.lines.number(), ..Entry::default() };
        let mut tag = String::new();
        let mut is_payee = false;
        while let Some(piece) = self.piece()? {
            match piece {
                Piece::Close(end) if end == "STMTTRN" || end == "STMTTRNP" => break,
                // An entry that was never closed.
                Piece::Open(next) if next == "STMTTRN" || next == "STMTTRNP" => {
                    self.pushed = Some(Piece::Open(next));
                    break;
                }
                Piece::Close(end) if end == "BANKTRANLIST" || end == "CCSTMTRS" || end == "STMTRS" => break,
                Piece::Open(next) => {
                    is_payee |= next == "PAYEE";
                    entry.raw.push_str(&format!("<{next}>"));
                    tag = next;
                }
                Piece::Close(end) => {
                    is_payee &= end != "PAYEE";
                    tag.clear();
                }
                Piece::Text(text) => {
                    entry.raw.push_str(&text);
                    if entry.raw.len() > self.row_limit {
                        let message = format!("an entry is longer than {} bytes", self.row_limit);
                        return Err(Error::single(ErrorKind::Input, self.name.clone(), entry.line, message));
                    }
                    entry.take(&tag, text, is_payee);
                }
            }
        }
        Ok(entry)
    }

    fn fill(&self, entry: &Entry, out: &mut Transaction) -> Result<(), String> {
        let field = |name: &str| entry.field(name);
        let text = field("NAME").or(field("PAYEE")).or(field("MEMO")).unwrap_or_default();
        // The extended name is the whole of what the name cuts short.
        let text = field("EXTDNAME").filter(|long| long.starts_with(text)).unwrap_or(text);
        out.original_description = text.to_owned();
        out.memo = field("MEMO").filter(|memo| *memo != text).map(str::to_owned);
        out.id = field("FITID").map(str::to_owned);
        out.check_number_string = field("CHECKNUM").map(str::to_owned);
        out.extended_transaction_type = field("TRNTYPE").map(str::to_owned);
        out.merchant_category_code = field("SIC").and_then(|code| code.parse().ok());
        let day = |name: &str| match field(name) {
            Some(text) => self.rules.day(text).map(Some).map_err(|reason| format!("{name}: {reason}")),
            None => Ok(None),
        };
        let posted = day("DTPOSTED")?;
        let taken = day("DTUSER")?;
        out.date = taken.or(posted).map(|day| day.date);
        out.transacted_at = taken.map(|day| day.date.to_datetime(day.time.unwrap_or_default()));
        out.posted_at = posted.map(|day| day.date.to_datetime(day.time.unwrap_or_default()));
        let amount = field("TRNAMT").ok_or("TRNAMT is missing: an entry needs an amount")?;
        let mark = if amount.contains(',') && !amount.contains('.') { DecimalMark::Comma } else { DecimalMark::Dot };
        if let Some(amount) = money::amount(amount, mark).map_err(|reason| format!("TRNAMT: {reason}"))? {
            out.set_signed_amount(amount);
        }
        let statement = &self.statement;
        let own = field("CURSYM").and_then(|code| code.parse().ok());
        out.currency_code = own.or(statement.currency).or(self.rules.currency);
        out.account_id = statement.account.clone().or_else(|| self.rules.account_id.clone());
        out.account_type = self.rules.account_type.or(statement.kind);
        out.country = self.rules.country;
        out.status = Some(if statement.is_pending { Status::Pending } else { Status::Posted });
        Ok(())
    }
}

/// The fields of one entry, as they are written.
#[derive(Default)]
struct Entry {
    line: u64,
    fields: Vec<(String, String)>,
    raw: String,
}

impl Entry {
    fn take(&mut self, tag: &str, text: String, is_payee: bool) {
        let tag = match (tag, is_payee) {
            ("NAME", true) => "PAYEE",
            (tag, _) => tag,
        };
        // A value may go on over lines, or be cut by something that looks like a tag.
        match self.fields.last_mut() {
            Some((last, value)) if last == tag => {
                value.push(' ');
                value.push_str(&text);
            }
            _ => self.fields.push((tag.to_owned(), text)),
        }
    }

    fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(tag, _)| tag == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

impl Rows for Ofx {
    fn next(&mut self, out: &mut Transaction, raw: &mut ByteRecord) -> Result<Step, Error> {
        let mut tag = String::new();
        while let Some(piece) = self.piece()? {
            match piece {
                Piece::Open(open) if open == "STMTTRN" || open == "STMTTRNP" => {
                    self.statement.is_pending = open == "STMTTRNP";
                    let entry = self.entry()?;
                    clear(out);
                    let filled = self.fill(&entry, out);
                    if let Err(reason) = filled {
                        return Ok(Step::Reject { line: entry.line, raw: entry.raw.into_bytes(), reason });
                    }
                    if let Some(id) = &out.id
                        && !self.ids.insert(id.clone())
                    {
                        let message =
                            format!("the id `{}` stands twice: an entry may be there twice", super::masked(id));
                        self.problems.push(Problem::new(self.name.clone(), entry.line, message));
                    }
                    raw.clear();
                    raw.push_field(entry.raw.as_bytes());
                    return Ok(Step::Row { line: entry.line });
                }
                Piece::Open(open) => {
                    match &*open {
                        "STMTRS" | "STMTTRNRS" => self.begin(None),
                        "CCSTMTRS" | "CCSTMTTRNRS" => self.begin(Some(AccountType::CreditCard)),
                        "INVSTMTRS" => self.begin(Some(AccountType::Investment)),
                        _ => {}
                    }
                    tag = open;
                }
                Piece::Text(text) => match &*tag {
                    "CURDEF" => self.statement.currency = text.parse().ok(),
                    "ACCTID" if self.statement.account.is_none() => self.statement.account = Some(text),
                    "ACCTTYPE" => self.statement.kind = account_type(&text).or(self.statement.kind),
                    _ => {}
                },
                Piece::Close(_) => tag.clear(),
            }
        }
        Ok(Step::End)
    }

    fn finish(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }
}

impl Ofx {
    fn begin(&mut self, kind: Option<AccountType>) {
        self.statement = Statement { kind, ..Statement::default() };
        self.ids.clear();
    }
}

/// The kinds of accounts of the standard.
fn account_type(word: &str) -> Option<AccountType> {
    Some(match word.to_ascii_uppercase().as_str() {
        "CHECKING" => AccountType::Checking,
        "SAVINGS" | "MONEYMRKT" | "CD" => AccountType::Savings,
        "CREDITLINE" => AccountType::LineOfCredit,
        _ => return None,
    })
}

/// The entities of XML, and those that banks borrow from HTML by number.
fn unescaped(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(10).position(|byte| byte == b';');
        let letter = end.and_then(|end| entity(&rest[1..end]).map(|letter| (letter, end)));
        match letter {
            Some((letter, end)) => {
                out.push(letter);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_read_and_stray_signs_kept() {
        assert_eq!(unescaped("AT&amp;T &#233; &x; R&D &lt;"), "AT&T é &x; R&D <");
        assert_eq!(unescaped("&"), "&");
    }
}
