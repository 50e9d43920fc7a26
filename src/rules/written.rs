//! Strict reading of rules files: every problem with its line and what would mend it.

use std::str::FromStr;

use jiff::civil::Date;
use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::condition::{Bounds, Conditions, Field, TextCondition};
use super::dictionary::Dictionary;
use super::pattern::{Kind, Pattern};
use super::rank::specificity;
use super::suggest;
use super::{Action, Rule};
use crate::data::load::line_at;
use crate::data::source::Source;
use crate::data::tables::{At, CategoryRow};
use crate::error::Problem;
use crate::io::masked;
use crate::model::account::AccountType;
use crate::model::flags::{Flag, INTERNATIONAL};
use crate::model::transaction::Mcc;

const RULE_KEYS: &[&str] = &["name", "when", "then"];
const WHEN_KEYS: &[&str] =
    &["text", "clean", "merchant", "amount", "direction", "account", "account_type", "date", "mcc", "country"];
const THEN_KEYS: &[&str] = &["category", "merchant", "description", "flags", "tags"];

/// A parsed file.
pub struct File<'s> {
    pub source: &'s Source,
    /// Its number among the engine's files.
    pub number: u16,
    table: Spanned<DeTable<'s>>,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl<'s> File<'s> {
    /// Parses a file; every error of syntax becomes a problem.
    pub fn parse(source: &'s Source, number: u16, problems: &mut Vec<Problem>) -> Option<Self> {
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        for error in &errors {
            let line = error.span().map_or(1, |span| line_at(&source.text, span.start));
            let message = format!("this is not TOML: {}", error.message());
            problems.push(Problem::new(source.name.clone(), line, message));
        }
        let breaks = source.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        errors.is_empty().then_some(Self { source, number, table, starts })
    }

    /// Reads its `[[category]]` tables into rows behind those that are there; each takes from its parent what it does not say.
    pub fn categories(&self, rows: &mut Vec<CategoryRow>, problems: &mut Vec<Problem>) {
        let mut reader = Reader { file: self, problems };
        let top = reader.fields(self.table.get_ref(), "a rules file", &["category", "rule"]);
        for (table, offset) in reader.tables(&top, "category") {
            let fields = reader.fields(table, "a category", &["path", "name", "description"]);
            let line = reader.line(offset);
            let Some(path) = reader.required(&fields, "path", line) else { continue };
            let named = reader.required(&fields, "name", line);
            let description = fields.find("description").and_then(|value| reader.text(value));
            let path_line = fields.find("path").map_or(line, |value| reader.line(value.span().start));
            if rows.iter().any(|row| row.path == path) {
                reader.problem(path_line, format!("the category `{path}` is there already: choose another path"));
                continue;
            }
            let parent = path.rsplit_once('.').map_or("", |(parent, _)| parent);
            let sound = path.split('.').all(|part| {
                !part.is_empty()
                    && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            });
            let Some(row) = rows.iter().find(|row| row.path == parent).filter(|_| sound).cloned() else {
                let message = if sound {
                    let known = rows.iter().map(|row| row.path.as_str());
                    suggest::unknown(
                        parent,
                        "category to stand under",
                        known,
                        "`payee list categories` shows the parents",
                    )
                } else {
                    format!(
                        "`{path}` is no path: write parts of a-z, 0-9 and _ with dots between, under a category there is"
                    )
                };
                reader.problem(path_line, message);
                continue;
            };
            let Some(name) = named else { continue };
            rows.push(CategoryRow {
                at: At { file: self.number, line: line as u32 },
                path,
                name,
                description: description.unwrap_or_default(),
                ..row
            });
        }
    }

    /// Reads its `[[rule]]` tables.
    pub fn rules(&self, names: &mut Names<'_>, problems: &mut Vec<Problem>) -> Vec<Rule> {
        let mut reader = Reader { file: self, problems };
        // Unknown keys of the file were told when the categories were read.
        let top = Fields(self.table.get_ref());
        reader
            .tables(&top, "rule")
            .into_iter()
            .filter_map(|(table, offset)| reader.rule(table, offset, names))
            .collect()
    }
}

/// What rules can name.
pub struct Names<'n> {
    pub categories: &'n [CategoryRow],
    pub dictionary: Dictionary<'n>,
}

/// The values of a table by key.
struct Fields<'f>(&'f DeTable<'f>);

impl<'f> Fields<'f> {
    fn find(&self, key: &str) -> Option<&'f Spanned<DeValue<'f>>> {
        self.0.get(key)
    }
}

struct Reader<'r, 's> {
    file: &'r File<'s>,
    problems: &'r mut Vec<Problem>,
}

impl Reader<'_, '_> {
    fn line(&self, offset: usize) -> u64 {
        self.file.starts.partition_point(|start| *start <= offset) as u64
    }

    fn problem(&mut self, line: u64, message: impl Into<String>) {
        self.problems.push(Problem::new(self.file.source.name.clone(), line, message));
    }

    fn fault(&mut self, value: &Spanned<DeValue<'_>>, message: impl Into<String>) {
        let line = self.line(value.span().start);
        self.problem(line, message);
    }

    /// A table's values; keys nobody reads are problems.
    fn fields<'f>(&mut self, table: &'f DeTable<'f>, what: &str, known: &[&str]) -> Fields<'f> {
        for key in table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let line = self.line(key.span().start);
            let elsewhere = format!("use {}", known.join(", "));
            let message = suggest::unknown(key.get_ref(), &format!("key of {what}"), known.iter().copied(), &elsewhere);
            self.problem(line, message);
        }
        Fields(table)
    }

    /// The tables of an array of tables, each with its place.
    fn tables<'f>(&mut self, fields: &Fields<'f>, key: &str) -> Vec<(&'f DeTable<'f>, usize)> {
        let Some(value) = fields.find(key) else { return Vec::new() };
        let list = value.get_ref().as_array();
        let tables: Option<Vec<_>> = list
            .map(|list| list.iter().filter_map(|item| Some((item.get_ref().as_table()?, item.span().start))).collect());
        match tables {
            Some(tables) if Some(tables.len()) == list.map(|list| list.len()) => tables,
            _ => {
                self.fault(value, format!("`{key}` is a list of tables: begin each with [[{key}]]"));
                Vec::new()
            }
        }
    }

    fn required(&mut self, fields: &Fields<'_>, key: &str, line: u64) -> Option<String> {
        match fields.find(key) {
            Some(value) => self.text(value),
            None => {
                self.problem(line, format!("`{key}` is missing: add {key} = \"...\""));
                None
            }
        }
    }

    /// A text that says something.
    fn text(&mut self, value: &Spanned<DeValue<'_>>) -> Option<String> {
        match value.get_ref().as_str().map(str::trim) {
            Some(text) if !text.is_empty() => Some(text.to_owned()),
            Some(_) => {
                self.fault(value, "an empty text says nothing: fill or remove it");
                None
            }
            None => {
                let message = format!("this is a {}, not a text: put it in quotes", value.get_ref().type_str());
                self.fault(value, message);
                None
            }
        }
    }

    /// The text of a key, if it is there.
    fn told<'f>(&mut self, fields: &Fields<'f>, key: &str) -> Option<(&'f Spanned<DeValue<'f>>, String)> {
        let value = fields.find(key)?;
        Some((value, self.text(value)?))
    }

    /// One value or a list of values.
    fn list<'f>(&mut self, value: &'f Spanned<DeValue<'f>>) -> Vec<&'f Spanned<DeValue<'f>>> {
        match value.get_ref().as_array() {
            None => vec![value],
            Some(list) => {
                if list.is_empty() {
                    self.fault(value, "an empty list matches nothing: fill or remove it");
                }
                list.iter().collect()
            }
        }
    }

    /// One or several values as they are written, numbers and days without quotes too.
    fn parsed<T: FromStr>(&mut self, value: &Spanned<DeValue<'_>>, what: &str) -> Vec<T> {
        let mut out = Vec::new();
        for item in self.list(value) {
            out.extend(self.scalar(item, what));
        }
        out
    }

    /// A value as it is written: never through a binary number.
    fn scalar<T: FromStr>(&mut self, value: &Spanned<DeValue<'_>>, what: &str) -> Option<T> {
        let written = match value.get_ref() {
            DeValue::String(text) => text.trim().to_owned(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            DeValue::Datetime(time) => time.to_string(),
            _ => String::from(value.get_ref().type_str()),
        };
        let parsed = written.parse().ok();
        if parsed.is_none() {
            self.fault(value, format!("`{}` is not {what}", masked(&written)));
        }
        parsed
    }

    fn rule(&mut self, table: &DeTable<'_>, offset: usize, names: &mut Names<'_>) -> Option<Rule> {
        let before = self.problems.len();
        let line = self.line(offset);
        let fields = self.fields(table, "a rule", RULE_KEYS);
        let name = fields.find("name").and_then(|value| self.text(value));
        let conditions = self.part(&fields, "when", WHEN_KEYS, line).map(|when| self.conditions(&when, names));
        let at = At { file: self.file.number, line: line as u32 };
        let action = self.part(&fields, "then", THEN_KEYS, line).map(|then| self.action(&then, names, at));
        let (conditions, action) = (conditions?, action?);
        if self.problems.len() > before {
            return None;
        }
        if conditions.count() == 0 {
            self.problem(line, "a rule without a condition would take every row: add one to `when`");
            return None;
        }
        if action.is_empty() {
            self.problem(line, "a rule that does nothing: add a category or another action to `then`");
            return None;
        }
        Some(Rule { at, name, specificity: specificity(&conditions), conditions, action })
    }

    fn part<'f>(&mut self, fields: &Fields<'f>, key: &str, known: &[&str], line: u64) -> Option<Fields<'f>> {
        let Some(value) = fields.find(key) else {
            self.problem(line, format!("`{key}` is missing: add {key}.{} = \"...\"", known[0]));
            return None;
        };
        match value.get_ref().as_table() {
            Some(table) => Some(self.fields(table, &format!("`{key}`"), known)),
            None => {
                self.fault(value, format!("`{key}` is a table: write {key}.{} = \"...\"", known[0]));
                None
            }
        }
    }

    fn conditions(&mut self, when: &Fields<'_>, names: &mut Names<'_>) -> Conditions {
        let mut conditions = Conditions::default();
        for (key, field) in [("text", Field::Raw), ("clean", Field::Clean)] {
            if let Some(value) = when.find(key) {
                self.patterns(value, field, &mut conditions.texts);
            }
        }
        if let Some(value) = when.find("merchant") {
            for item in self.list(value) {
                let Some(written) = self.text(item) else { continue };
                match names.dictionary.named(&written) {
                    Ok(name) => conditions.merchants.push(name),
                    Err(message) => self.fault(item, message),
                }
            }
        }
        if let Some(value) = when.find("amount") {
            conditions.amount =
                self.bounds(value, ["min", "max"], "an amount: write digits with a point, such as 9.99");
            let negative = |bound: Option<Decimal>| bound.is_some_and(|amount| amount.is_sign_negative());
            if negative(conditions.amount.from) || negative(conditions.amount.to) {
                self.fault(
                    value,
                    "amounts are unsigned: leave the sign away and add direction = \"debit\" or \"credit\"",
                );
            }
        }
        if let Some(value) = when.find("date") {
            conditions.date = self.bounds::<Date>(value, ["from", "to"], "a day: write it as 2026-01-31");
        }
        if let Some(value) = when.find("direction") {
            conditions.direction = self.scalar(value, "a direction: use debit or credit");
        }
        if let Some(value) = when.find("account") {
            conditions.accounts = self.list(value).into_iter().filter_map(|item| self.text(item)).collect();
        }
        if let Some(value) = when.find("account_type") {
            let names: Vec<&str> = AccountType::ALL.iter().map(|kind| kind.as_str()).collect();
            conditions.account_types = self.parsed(value, &format!("an account type: use one of {}", names.join(", ")));
        }
        if let Some(value) = when.find("mcc") {
            conditions.mccs = self.parsed::<Mcc>(value, "a merchant category code: use four digits");
        }
        if let Some(value) = when.find("country") {
            conditions.countries = self.parsed(value, "a country: use two letters of ISO 3166 such as US");
        }
        conditions
    }

    /// A text condition: words, or a table that names how they are compared. Several comparisons must all hold.
    fn patterns(&mut self, value: &Spanned<DeValue<'_>>, field: Field, out: &mut Vec<TextCondition>) {
        let mut add = |reader: &mut Self, kind: Kind, value: &Spanned<DeValue<'_>>| {
            let mut patterns = Vec::new();
            for item in reader.list(value) {
                // A regex keeps its blanks.
                let written = match kind {
                    Kind::Regex => item.get_ref().as_str().map(str::to_owned),
                    _ => None,
                };
                let Some(written) = written.or_else(|| reader.text(item)) else { continue };
                match Pattern::new(kind, &written) {
                    Ok(pattern) => patterns.push(pattern),
                    Err(message) => reader.fault(item, message),
                }
            }
            if !patterns.is_empty() {
                out.push(TextCondition { field, patterns });
            }
        };
        let Some(table) = value.get_ref().as_table() else { return add(self, Kind::Word, value) };
        let known = Kind::ALL.map(Kind::as_str);
        let fields = self.fields(table, "a text condition", &known);
        if table.is_empty() {
            self.fault(value, format!("an empty table matches nothing: use {}", known.join(", ")));
        }
        for kind in Kind::ALL {
            if let Some(value) = fields.find(kind.as_str()) {
                add(self, kind, value);
            }
        }
    }

    /// One value, or a table of a lowest and a highest one.
    fn bounds<T: FromStr + PartialOrd + Copy>(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        keys: [&str; 2],
        what: &str,
    ) -> Bounds<T> {
        let Some(table) = value.get_ref().as_table() else {
            let only = self.scalar(value, what);
            return Bounds { from: only, to: only };
        };
        let fields = self.fields(table, "a range", &keys);
        let [from, to] = keys.map(|key| fields.find(key).and_then(|value| self.scalar(value, what)));
        if table.is_empty() {
            self.fault(value, format!("an empty range: give {} or {}", keys[0], keys[1]));
        }
        if matches!((from, to), (Some(from), Some(to)) if from > to) {
            self.fault(value, format!("nothing lies between: `{}` is above `{}`, swap them", keys[0], keys[1]));
        }
        Bounds { from, to }
    }

    fn action(&mut self, then: &Fields<'_>, names: &mut Names<'_>, at: At) -> Action {
        let mut action = Action::default();
        if let Some((value, path)) = self.told(then, "category") {
            action.category = names.categories.iter().position(|row| row.path == path).map(|number| number as u16);
            if action.category.is_none() {
                self.fault(value, unknown_category(&path, names.categories));
            }
        }
        if let Some((value, written)) = self.told(then, "merchant") {
            match names.dictionary.named_or_new(&written, action.category, at) {
                Ok(merchant) => action.merchant = Some(merchant),
                Err(message) => self.fault(value, message),
            }
        }
        action.description = self.told(then, "description").map(|(_, text)| text);
        if let Some(value) = then.find("flags") {
            self.flags(value, &mut action);
        }
        if let Some(value) = then.find("tags") {
            for item in self.list(value) {
                match self.text(item) {
                    Some(tag) if tag.contains(['|', '\n']) => {
                        self.fault(
                            item,
                            format!("`{tag}`: a tag holds neither | nor a line break, choose another sign"),
                        );
                    }
                    Some(tag) if action.tags.contains(&tag) => {}
                    tag => action.tags.extend(tag),
                }
            }
        }
        action
    }

    fn flags(&mut self, value: &Spanned<DeValue<'_>>, action: &mut Action) {
        let Some(table) = value.get_ref().as_table() else {
            return self.fault(value, "`flags` is a table: write flags = { subscription = true, fee = false }");
        };
        let known: Vec<&str> = Flag::ALL.iter().map(|flag| flag.as_str()).chain([INTERNATIONAL]).collect();
        let fields = self.fields(table, "`flags`", &known);
        for name in known {
            let Some(value) = fields.find(name) else { continue };
            match value.get_ref().as_bool() {
                None => self.fault(value, format!("`{name}` is on or off: write true or false")),
                Some(on) => match name.parse() {
                    Ok(flag) => action.flags.push((flag, on)),
                    Err(_) => action.international = Some(on),
                },
            }
        }
    }
}

/// The message about a path that is none, with the path that was likely meant.
fn unknown_category(path: &str, rows: &[CategoryRow]) -> String {
    let elsewhere = "`payee list categories` shows all paths";
    match rows.iter().find(|row| row.name.eq_ignore_ascii_case(path)) {
        Some(row) => format!("`{path}` is no path of a category: did you mean `{}`? {elsewhere}", row.path),
        None => suggest::unknown(path, "path of a category", rows.iter().map(|row| row.path.as_str()), elsewhere),
    }
}
