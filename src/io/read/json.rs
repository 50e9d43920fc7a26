//! JSON: lines, arrays, and the documents of aggregation platforms.

use std::borrow::Cow;
use std::fmt;

use csv::ByteRecord;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::columns::{Cells, Columns, Filled, Rules};
use super::limits::document;
use super::lines::Lines;
use super::plan::{Field, own_columns};
use super::shapes::{SHAPES, Shape};
use super::source::Source;
use super::text::Text;
use super::{ReadOptions, Rows, Step};
use crate::error::{Error, ErrorKind};
use crate::model::account::AccountType;
use crate::model::transaction::Transaction;

/// What was found out about a JSON file.
pub(crate) struct Prepared {
    is_lines: bool,
}

/// Whether a file is JSON, and of which kind.
pub(crate) fn prepare(head: &[u8]) -> Option<Prepared> {
    let (text, _) = super::text::head(head, None);
    let text = text.trim_start();
    let inside = text.strip_prefix('{').map(str::trim_start);
    let is_object = inside.is_some_and(|inside| inside.is_empty() || inside.starts_with(['"', '}']));
    if !is_object && !text.starts_with('[') {
        return None;
    }
    let first = text.lines().next().unwrap_or_default();
    // A whole object on a line of its own is a row, unless it holds rows.
    let is_row = |line: &str| match serde_json::from_str::<Document>(line) {
        Ok(document) => !document.holds_rows(),
        // A line longer than the head.
        Err(error) => error.is_eof() && text.len() == line.len(),
    };
    let is_lines = is_object && is_row(first);
    Some(Prepared { is_lines })
}

impl Prepared {
    pub fn label(&self) -> &str {
        if self.is_lines { "json lines" } else { "json" }
    }

    pub fn open(self, source: &mut Source, options: &ReadOptions) -> Result<Box<dyn Rows>, Error> {
        if self.is_lines {
            return Ok(Box::new(JsonLines {
                lines: Lines::open(source, false)?,
                parser: Parser::new(&SHAPES[0], options),
                is_first: true,
                options: options.clone(),
            }));
        }
        let mut text = Text::new(source.open()?, None, None, false);
        let bytes = document(&mut text, source.limits()).map_err(|error| source.error(&error))?;
        Ok(Box::new(parse_document(&source.name, bytes, options)?))
    }
}

/// Turns objects of one shape into transactions.
struct Parser {
    shape: &'static Shape,
    /// Keys in order, with their slots.
    keys: Vec<(&'static str, usize)>,
    /// For each field, the slot and what stands inside it.
    fields: Vec<(Field, usize, &'static str)>,
    columns: Columns,
    rules: Rules,
    cells: ByteRecord,
}

impl Parser {
    fn new(shape: &'static Shape, options: &ReadOptions) -> Self {
        let mut keys: Vec<(&'static str, usize)> = Vec::new();
        let mut fields = Vec::new();
        for (field, paths) in shape.fields {
            for path in *paths {
                let (key, inner) = path.split_once('.').unwrap_or((path, ""));
                let slot = keys.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
                    keys.push((key, keys.len()));
                    keys.len() - 1
                });
                fields.push((*field, slot, inner));
            }
        }
        keys.sort_unstable();
        let places = shape.fields.iter().enumerate().map(|(at, (field, _))| (*field, at)).collect();
        let mut columns = own_columns(&places);
        shape.money(&mut columns.money);
        let mut rules = options.rules();
        rules.canonical = true;
        rules.pending_words = shape.pending.iter().map(|word| (*word).to_owned()).collect();
        rules.canonical = shape.pending.is_empty();
        Self { shape, keys, fields, columns, rules, cells: ByteRecord::new() }
    }

    /// Fills a transaction with an object.
    fn fill(&mut self, json: &str, out: &mut Transaction) -> Result<Filled, String> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let slots =
            Slots(&self.keys).deserialize(&mut deserializer).and_then(|slots| deserializer.end().map(|()| slots));
        let slots = slots.map_err(|error| format!("not a JSON object of this form: {error}"))?;
        self.cells.clear();
        let mut fields = self.fields.iter().peekable();
        let mut has_text = false;
        for (field, _) in self.shape.fields {
            let mut filled = false;
            while let Some((_, slot, inner)) = fields.next_if(|(own, ..)| own == field) {
                if filled {
                    continue;
                }
                let Some(value) = slots.0[*slot] else { continue };
                let text = within(value.get(), inner)?;
                if let Some(mut text) = text {
                    if self.shape.is_epoch && matches!(field, Field::TransactedAt | Field::PostedAt) {
                        // Zero stands for a day that is not known.
                        if text == "0" {
                            continue;
                        }
                        text = Cow::Owned(moment(&text)?);
                    }
                    self.cells.push_field(text.as_bytes());
                    has_text |= *field == Field::Description;
                    filled = true;
                }
            }
            if !filled {
                self.cells.push_field(b"");
            }
        }
        if !has_text && !self.keys.iter().any(|(key, slot)| self.shape.is_text(key) && slots.0[*slot].is_some()) {
            return Err(format!("no description: one of {} is needed", self.shape.text_keys()));
        }
        let cells = Cells::new(&self.cells)?;
        self.columns.fill(&self.rules, &cells, out)
    }
}

/// Seconds since 1970 as a date and time.
fn moment(seconds: &str) -> Result<String, String> {
    let read = seconds.parse().ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    let moment = read.ok_or_else(|| format!("`{}` is not a time in seconds since 1970", super::masked(seconds)))?;
    Ok(moment.to_zoned(jiff::tz::TimeZone::UTC).datetime().to_string())
}

/// Most keys of a shape.
const SLOTS: usize = 40;

struct Found<'j>([Option<&'j RawValue>; SLOTS]);

/// Picks the wanted keys out of an object.
struct Slots<'k>(&'k [(&'static str, usize)]);

impl<'j> DeserializeSeed<'j> for Slots<'_> {
    type Value = Found<'j>;

    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<Found<'j>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'j> Visitor<'j> for Slots<'_> {
    type Value = Found<'j>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a transaction")
    }

    fn visit_map<A: MapAccess<'j>>(self, mut map: A) -> Result<Found<'j>, A::Error> {
        let mut found = Found([None; SLOTS]);
        while let Some(Key(key)) = map.next_key()? {
            match self.0.binary_search_by(|(own, _)| (*own).cmp(&key)) {
                Ok(at) => {
                    let value: &RawValue = map.next_value()?;
                    found.0[self.0[at].1] = (value.get() != "null").then_some(value);
                }
                Err(_) => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

/// A key, borrowed where it holds no escapes.
struct Key<'j>(Cow<'j, str>);

impl<'j> Deserialize<'j> for Key<'j> {
    fn deserialize<D: Deserializer<'j>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl<'j> Visitor<'j> for KeyVisitor {
            type Value = Key<'j>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, key: &'j str) -> Result<Key<'j>, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E>(self, key: &str) -> Result<Key<'j>, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }

        deserializer.deserialize_str(KeyVisitor)
    }
}

/// The text of a value, or of what stands inside it. Lists of texts are joined with blanks.
fn within<'j>(json: &'j str, path: &str) -> Result<Option<Cow<'j, str>>, String> {
    let fault = |error: serde_json::Error| error.to_string();
    if !path.is_empty() {
        if !json.starts_with('{') {
            return Ok(None);
        }
        let (key, rest) = path.split_once('.').unwrap_or((path, ""));
        let map: std::collections::HashMap<Cow<'_, str>, &RawValue> = serde_json::from_str(json).map_err(fault)?;
        return match map.get(key) {
            Some(value) if value.get() != "null" => within(value.get(), rest),
            _ => Ok(None),
        };
    }
    Ok(match json.as_bytes().first() {
        Some(b'"') => {
            let inner = &json[1..json.len() - 1];
            Some(if inner.contains('\\') {
                Cow::Owned(serde_json::from_str(json).map_err(fault)?)
            } else {
                Cow::Borrowed(inner)
            })
        }
        Some(b'[') => {
            let texts: Vec<String> = serde_json::from_str(json).map_err(fault)?;
            Some(Cow::Owned(texts.join(" ")))
        }
        Some(b'{') => None,
        _ if json == "null" => None,
        _ => Some(Cow::Borrowed(json)),
    }
    .filter(|text| !text.is_empty()))
}

/// JSON Lines, streamed.
struct JsonLines {
    lines: Lines,
    parser: Parser,
    is_first: bool,
    options: ReadOptions,
}

impl Rows for JsonLines {
    fn next(&mut self, out: &mut Transaction, raw: &mut ByteRecord) -> Result<Step, Error> {
        loop {
            let Some(line) = self.lines.next()? else { return Ok(Step::End) };
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            let Ok(text) = std::str::from_utf8(line) else {
                let (raw, reason) = (line.to_vec(), "this line is not UTF-8: save the file as UTF-8".to_owned());
                return Ok(Step::Reject { line: self.lines.number(), raw, reason });
            };
            if std::mem::take(&mut self.is_first)
                && let Some(shape) = Shape::of(text)
            {
                self.parser = Parser::new(shape, &self.options);
            }
            let filled = self.parser.fill(text, out);
            raw.clear();
            raw.push_field(line);
            return Ok(match filled {
                Ok(_) => Step::Row { line: self.lines.number() },
                Err(reason) => {
                    let raw = raw.get(0).unwrap_or_default().to_vec();
                    Step::Reject { line: self.lines.number(), raw, reason }
                }
            });
        }
    }
}

/// The documents that hold rows somewhere inside.
#[derive(Deserialize)]
struct Document<'j> {
    #[serde(borrow)]
    transactions: Option<&'j RawValue>,
    #[serde(borrow)]
    added: Option<&'j RawValue>,
    #[serde(borrow)]
    modified: Option<&'j RawValue>,
    #[serde(borrow)]
    accounts: Option<&'j RawValue>,
    #[serde(borrow)]
    transaction: Option<&'j RawValue>,
    #[serde(borrow)]
    enriched_transactions: Option<&'j RawValue>,
    #[serde(borrow)]
    account_type: Option<&'j RawValue>,
}

impl Document<'_> {
    fn holds_rows(&self) -> bool {
        [self.transactions, self.added, self.modified, self.accounts, self.transaction, self.enriched_transactions]
            .iter()
            .any(Option::is_some)
    }
}

/// An account as platforms list it beside the rows.
#[derive(Deserialize)]
struct AccountEntry<'j> {
    #[serde(borrow, alias = "account_id")]
    id: Option<Cow<'j, str>>,
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'j, str>>,
    #[serde(borrow)]
    subtype: Option<Cow<'j, str>>,
    #[serde(borrow)]
    currency: Option<Cow<'j, str>>,
    #[serde(borrow)]
    transactions: Option<&'j RawValue>,
}

/// The rows of a document, cut out of it.
struct Entries {
    text: String,
    /// Start and end of each row, and the account it is listed under.
    rows: std::vec::IntoIter<(usize, usize, Listed)>,
    parser: Parser,
    /// Kinds of accounts by id.
    accounts: Vec<(String, AccountType)>,
    /// How far lines were counted.
    counted: (usize, u64),
}

/// What a row has from where it is listed.
#[derive(Clone, Default)]
struct Listed {
    account: Option<std::sync::Arc<str>>,
    currency: Option<crate::model::transaction::Currency>,
    is_pending: bool,
}

fn list(json: &RawValue) -> Result<Vec<&RawValue>, serde_json::Error> {
    serde_json::from_str(json.get())
}

fn parse_document(name: &str, bytes: Vec<u8>, options: &ReadOptions) -> Result<Entries, Error> {
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::single(ErrorKind::Input, name, 0, "this document is not UTF-8: save it as UTF-8"))?;
    let fault = |error: serde_json::Error| {
        Error::single(ErrorKind::Input, name, error.line() as u64, format!("not JSON that can be read: {error}"))
    };
    let none = || {
        let message =
            "this document holds no list of transactions: give an array, JSON Lines, or an object with `transactions`";
        Error::single(ErrorKind::Input, name, 1, message)
    };
    let mut found: Vec<(&str, Listed)> = Vec::new();
    let mut accounts = Vec::new();
    let mut shape = None;
    let mut account_type = None;
    if text.trim_start().starts_with('[') {
        for row in serde_json::from_str::<Vec<&RawValue>>(&text).map_err(fault)? {
            found.push((row.get(), Listed::default()));
        }
    } else {
        let document: Document<'_> = serde_json::from_str(&text).map_err(fault)?;
        if !document.holds_rows() {
            // One object over several lines is one row.
            found.push((text.trim(), Listed::default()));
        }
        account_type = match document.account_type {
            Some(json) => within(json.get(), "").ok().flatten().and_then(|kind| super::shapes::account_type(&kind, "")),
            None => None,
        };
        if let Some(json) = document.accounts {
            for entry in list(json).map_err(fault)? {
                let entry: AccountEntry<'_> = serde_json::from_str(entry.get()).map_err(fault)?;
                let id = entry.id.as_deref().unwrap_or_default();
                let kind = entry.kind.as_deref().unwrap_or_default();
                if let Some(kind) = super::shapes::account_type(kind, entry.subtype.as_deref().unwrap_or_default()) {
                    accounts.push((id.to_owned(), kind));
                }
                if let Some(rows) = entry.transactions {
                    shape = Some(super::shapes::SIMPLE_FIN);
                    let listed = Listed {
                        account: Some(id.into()),
                        currency: entry.currency.as_deref().and_then(|code| code.parse().ok()),
                        is_pending: false,
                    };
                    found.extend(list(rows).map_err(fault)?.into_iter().map(|row| (row.get(), listed.clone())));
                }
            }
        }
        for json in [document.transactions, document.enriched_transactions, document.added, document.modified]
            .into_iter()
            .flatten()
        {
            if json.get().starts_with('{') {
                #[derive(Deserialize)]
                struct Booked<'j> {
                    #[serde(borrow, default)]
                    booked: Vec<&'j RawValue>,
                    #[serde(borrow, default)]
                    pending: Vec<&'j RawValue>,
                }
                let lists: Booked<'_> = serde_json::from_str(json.get()).map_err(fault)?;
                let pending = Listed { is_pending: true, ..Listed::default() };
                found.extend(lists.booked.into_iter().map(|row| (row.get(), Listed::default())));
                found.extend(lists.pending.into_iter().map(|row| (row.get(), pending.clone())));
            } else {
                found.extend(list(json).map_err(fault)?.into_iter().map(|row| (row.get(), Listed::default())));
            }
        }
        if let Some(row) = document.transaction {
            found.push((row.get(), Listed::default()));
        }
    }
    if found.is_empty() && !text.contains(']') {
        return Err(none());
    }
    let shape = shape.or_else(|| found.first().and_then(|(row, _)| Shape::of(row))).unwrap_or(&SHAPES[0]);
    let mut parser = Parser::new(shape, options);
    parser.rules.account_type = parser.rules.account_type.or(account_type);
    // Every row is a part of the text, so its place follows from its address.
    let base = text.as_ptr() as usize;
    let rows: Vec<_> = found
        .into_iter()
        .map(|(row, listed)| {
            let start = row.as_ptr() as usize - base;
            (start, start + row.len(), listed)
        })
        .collect();
    Ok(Entries { rows: rows.into_iter(), text, parser, accounts, counted: (0, 1) })
}

impl Rows for Entries {
    fn next(&mut self, out: &mut Transaction, raw: &mut ByteRecord) -> Result<Step, Error> {
        let Some((start, end, listed)) = self.rows.next() else { return Ok(Step::End) };
        let (at, line) = self.counted;
        let line = match self.text.as_bytes().get(at..start) {
            Some(between) => line + between.iter().filter(|byte| **byte == b'\n').count() as u64,
            None => line,
        };
        self.counted = (start.max(at), line);
        let row = self.text.get(start..end).unwrap_or_default();
        if let Err(reason) = self.parser.fill(row, out) {
            return Ok(Step::Reject { line, raw: row.as_bytes().to_vec(), reason });
        }
        if let (None, Some(account)) = (&out.account_id, listed.account) {
            out.account_id = Some(account.to_string());
        }
        out.currency_code = out.currency_code.or(listed.currency);
        if listed.is_pending {
            out.status = Some(crate::model::transaction::Status::Pending);
        }
        if let (None, Some(account)) = (out.account_type, &out.account_id) {
            out.account_type = self.accounts.iter().find(|(id, _)| id == account).map(|(_, kind)| *kind);
        }
        raw.clear();
        raw.push_field(row.as_bytes());
        Ok(Step::Row { line })
    }
}
