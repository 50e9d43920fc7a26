//! How a table of cells is to be read: where its header stands, which columns hold what.

use std::collections::HashMap;

use super::columns::{Columns, Money, Rules};
use super::money::DecimalMark;
use super::{ColumnMap, ReadOptions, infer};
use crate::io::formats::{
    ColumnName, DatePattern, Format, Joined, Recognised, Sign, Signature, by_shape, formats, normal, recognise,
};
use crate::model::transaction::Currency;

/// How far down a header is looked for.
const LINES: usize = 60;
/// How many rows a format without header is told by.
pub(crate) const SAMPLE_ROWS: usize = 200;
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The signs of a table in text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub delimiter: u8,
    pub quote: u8,
}

/// A table as it is to be read.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// What the file was taken for.
    pub label: String,
    /// Whether it is a known format or our own.
    pub is_known: bool,
    pub dialect: Dialect,
    /// Byte of the text where the header stands, or the first row.
    pub start: usize,
    /// Line of that byte, from 1.
    pub line: u64,
    pub has_header: bool,
    /// Names of the columns; numbered where the file names none.
    pub header: Vec<String>,
    pub columns: Columns,
    pub rules: Rules,
    /// Whether rows with fewer cells are no transactions.
    pub short_rows_skip: bool,
    /// Name of an encoding for what is neither UTF-8 nor marked.
    pub encoding: Option<String>,
    /// Formats whose header this is, if the rows did not show that it is theirs.
    pub unproven: Vec<String>,
    /// What was concluded rather than known.
    pub notes: Vec<String>,
}

/// One line of the head under a delimiter.
struct Line {
    start: usize,
    number: u64,
}

/// Looks at the head of a table in text.
pub(crate) fn plan(head: &str, is_whole: bool, options: &ReadOptions) -> Result<Plan, (u64, String)> {
    let mut told = options.delimiter;
    let mut start = 0;
    let mut first_line = 1;
    // Spreadsheets write the delimiter in a line of its own.
    if let Some(rest) = head.strip_prefix("sep=") {
        told = told.or(rest.bytes().next());
        start = head.find('\n').map_or(head.len(), |at| at + 1);
        first_line = 2;
    }
    let mut lines = Vec::new();
    let (mut at, mut number) = (start, first_line);
    for text in head[start..].split_inclusive('\n').take(LINES) {
        if !text.trim().is_empty() {
            lines.push(Line { start: at, number });
        }
        at += text.len();
        number += 1;
    }
    if lines.is_empty() {
        return Err((0, "this file is empty".into()));
    }
    let delimiters: Vec<u8> = told.map_or_else(|| DELIMITERS.to_vec(), |one| vec![one]);
    let table = |line: &Line, delimiter: u8, quote: u8, most: usize| {
        rows(&head[line.start..], Dialect { delimiter, quote }, most, is_whole)
    };
    let dialect = |delimiter| Dialect { delimiter, quote: options.quote.unwrap_or(b'"') };
    let build = |line: &Line, dialect, has_header, header: Vec<String>| Plan {
        label: String::new(),
        is_known: false,
        dialect,
        start: line.start,
        line: line.number,
        has_header,
        header,
        columns: Columns::default(),
        rules: options.rules(),
        short_rows_skip: false,
        encoding: None,
        unproven: Vec::new(),
        notes: Vec::new(),
    };

    // Our own header.
    let wants_own = options.format.as_deref().is_none_or(|name| name == CANONICAL);
    if wants_own && options.map.is_none() && options.header != Some(false) {
        for &delimiter in &delimiters {
            let cells = table(&lines[0], delimiter, b'"', 1).pop().unwrap_or_default();
            if is_canonical(&cells) {
                let mut plan = build(&lines[0], dialect(delimiter), true, cells);
                canonical(&mut plan);
                told_sign(&mut plan.columns, options);
                return Ok(plan);
            }
        }
    }

    // A known export.
    let own = &options.own_formats;
    let candidates = || own.iter().chain(formats().iter().filter(|format| !own.iter().any(|own| own.id == format.id)));
    let named = match options.format.as_deref().filter(|name| *name != CANONICAL) {
        None => None,
        Some(name) => Some(
            candidates()
                .find(|format| format.id == name)
                .ok_or_else(|| (0, format!("`{name}` is no format: `payee list formats` names them all")))?,
        ),
    };
    let mut unproven = Vec::new();
    if options.map.is_none() && (options.format.is_none() || named.is_some()) {
        let wanted = |format: &&Format| named.is_none_or(|named| std::ptr::eq(named, *format));
        let has_own_quote = candidates().filter(wanted).any(|format| format.quote.is_some());
        let mut found: Vec<(&Line, u8, Vec<Recognised<'_>>)> = Vec::new();
        'lines: for line in &lines {
            for &delimiter in &delimiters {
                let quotes: &[u8] = if has_own_quote { b"\"'" } else { b"\"" };
                for &quote in quotes {
                    let cells = table(line, delimiter, quote, 1).pop().unwrap_or_default();
                    if cells.len() < 2 {
                        continue;
                    }
                    let cells: Vec<_> = cells.iter().map(|cell| normal(cell)).collect();
                    let fitting = candidates()
                        .filter(wanted)
                        .filter(|format| format.quote.unwrap_or(b'"') == quote || has_own_quote && quote == b'"');
                    let mut fitting = recognise(fitting, &cells, delimiter);
                    fitting.retain(|one| one.format.quote.is_none_or(|own| own == quote));
                    if !fitting.is_empty() {
                        found.push((line, delimiter, fitting));
                        break 'lines;
                    }
                }
            }
        }
        if let Some((line, delimiter, fitting)) = found.pop() {
            let quote = fitting[0].format.quote.unwrap_or(b'"');
            let mut sample = table(line, delimiter, quote, SAMPLE_ROWS + 1);
            let header = if sample.is_empty() { Vec::new() } else { sample.remove(0) };
            let filled = header.len() - header.iter().rev().take_while(|cell| cell.trim().is_empty()).count();
            let is_shown = |one: &Recognised<'_>| {
                named.is_some() || !one.format.needs_proof(filled) || infer::proves(one.format, &header, &sample)
            };
            let (fitting, doubtful): (Vec<_>, Vec<_>) = fitting.into_iter().partition(is_shown);
            unproven.extend(doubtful.iter().map(|one| format!("`{}`", one.format.id)));
            if !fitting.is_empty() {
                let (chosen, note) = choose(fitting, &header, &sample).map_err(|message| (line.number, message))?;
                let mut plan = build(line, Dialect { delimiter, quote }, true, header);
                plan.notes.extend(note);
                known(&mut plan, &chosen, options);
                return Ok(plan);
            }
        }
        if options.header != Some(true) {
            for &delimiter in &delimiters {
                let mut fitting = Vec::new();
                let mut sample = Vec::new();
                for quote in [b'"', b'\''] {
                    let formats = candidates().filter(wanted).filter(|format| format.quote.unwrap_or(b'"') == quote);
                    sample = table(&lines[0], delimiter, quote, SAMPLE_ROWS);
                    fitting = by_shape(formats, &sample, delimiter);
                    if !fitting.is_empty() {
                        break;
                    }
                }
                if fitting.is_empty() {
                    continue;
                }
                let width = sample.iter().map(Vec::len).max().unwrap_or(0);
                let header: Vec<_> = (1..=width).map(|number| format!("column_{number}")).collect();
                let quote = fitting[0].format.quote.unwrap_or(b'"');
                let (chosen, note) = choose(fitting, &header, &sample).map_err(|message| (1, message))?;
                let mut plan = build(&lines[0], Dialect { delimiter, quote }, false, header);
                plan.notes.extend(note);
                known(&mut plan, &chosen, options);
                return Ok(plan);
            }
        }
        if let Some(format) = named {
            let expected = match &format.signature {
                Signature::Header { names, .. } => format!("its header is {}", names.join(",")),
                Signature::Shapes(shapes) => format!("its rows have {} columns and no header", shapes.len()),
            };
            return Err((1, format!("this file is not of the format `{}`: {expected}", format.id)));
        }
    }

    // Our own names among others that mean nothing to us.
    if wants_own && options.map.is_none() && options.header != Some(false) {
        for &delimiter in &delimiters {
            let cells = table(&lines[0], delimiter, b'"', 1).pop().unwrap_or_default();
            if cells.iter().any(|cell| matches!(cell.trim(), "description" | "original_description")) {
                let mut plan = build(&lines[0], dialect(delimiter), true, cells);
                canonical(&mut plan);
                told_sign(&mut plan.columns, options);
                return Ok(plan);
            }
        }
    }

    // Conclude from what the columns hold.
    let mut best: Option<(usize, &Line, u8)> = None;
    for &delimiter in &delimiters {
        for line in &lines {
            let sample = table(line, delimiter, b'"', 12);
            let width = sample.first().map_or(0, Vec::len);
            let even = sample.iter().filter(|cells| cells.len() == width).count();
            if width < 2 && delimiters.len() > 1 {
                continue;
            }
            let score = even * 100 + width.min(50);
            if best.as_ref().is_none_or(|(most, ..)| score > *most) {
                best = Some((score, line, delimiter));
            }
        }
    }
    let (_, line, delimiter) = best.unwrap_or((0, &lines[0], delimiters[0]));
    let mut sample = table(line, delimiter, options.quote.unwrap_or(b'"'), SAMPLE_ROWS);
    let has_header = options.header.unwrap_or_else(|| sample.first().is_some_and(|row| infer::is_header(row)));
    let header = match has_header {
        true if !sample.is_empty() => sample.remove(0),
        _ => (1..=sample.first().map_or(0, Vec::len)).map(|number| format!("column_{number}")).collect(),
    };
    let mut plan = build(line, dialect(delimiter), has_header, header);
    plan.unproven = unproven;
    match &options.map {
        Some(map) => mapped(&mut plan, map, &sample, options).map_err(|message| (line.number, message))?,
        None => infer::infer(&mut plan, &sample, options).map_err(|message| (line.number, message))?,
    }
    Ok(plan)
}

/// The first rows of a text. A row that the end of the text may have cut is left out.
pub(crate) fn rows(text: &str, dialect: Dialect, most: usize, is_whole: bool) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(dialect.delimiter)
        .quote(dialect.quote)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut record = csv::ByteRecord::new();
    while rows.len() < most && reader.read_byte_record(&mut record).unwrap_or(false) {
        if !is_whole && reader.position().byte() as usize >= text.len() {
            break;
        }
        rows.push(record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect());
    }
    rows
}

/// Name of our own form.
pub(crate) const CANONICAL: &str = "payee";

/// Column names of our own form and what they mean; the spellings of the reference record beside the short ones.
const OWN: &[(&str, Field)] = &[
    ("id", Field::Id),
    ("guid", Field::Id),
    ("account_id", Field::AccountId),
    ("account_guid", Field::AccountId),
    ("account_type", Field::AccountType),
    ("date", Field::Date),
    ("transacted_at", Field::TransactedAt),
    ("posted_at", Field::PostedAt),
    ("amount", Field::Amount),
    ("type", Field::Type),
    ("currency_code", Field::Currency),
    ("currency", Field::Currency),
    ("status", Field::Status),
    ("original_description", Field::Description),
    ("description", Field::Description),
    ("memo", Field::Memo),
    ("merchant_category_code", Field::Mcc),
    ("mcc", Field::Mcc),
    ("check_number_string", Field::CheckNumber),
    ("check_number", Field::CheckNumber),
    ("country", Field::Country),
    ("latitude", Field::Latitude),
    ("longitude", Field::Longitude),
    ("extended_transaction_type", Field::Kind),
    ("metadata", Field::Metadata),
];

/// What a column of our own form holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Field {
    Id,
    AccountId,
    AccountType,
    Date,
    TransactedAt,
    PostedAt,
    Amount,
    Type,
    Debit,
    Credit,
    Currency,
    Status,
    Description,
    Memo,
    Mcc,
    CheckNumber,
    Country,
    Latitude,
    Longitude,
    Kind,
    Metadata,
    Balance,
}

impl Field {
    /// The field of a name as `--map` has it.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "debit" => Some(Self::Debit),
            "credit" => Some(Self::Credit),
            "balance" => Some(Self::Balance),
            _ => OWN.iter().find(|(own, _)| *own == name).map(|(_, field)| *field),
        }
    }

    /// Every name that [`named`](Self::named) takes.
    pub fn names() -> String {
        let own = OWN.iter().map(|(name, _)| *name).chain(["debit", "credit", "balance"]);
        own.collect::<Vec<_>>().join(", ")
    }
}

/// Whether a header is our own: it has the description, and nothing but our columns or one that only we would write.
fn is_canonical(cells: &[String]) -> bool {
    let names = || cells.iter().map(|cell| cell.trim());
    let has_text = names().any(|name| matches!(name, "description" | "original_description"));
    let is_ours = |name: &str| OWN.iter().any(|(own, _)| *own == name) || crate::model::record::COLUMNS.contains(&name);
    let ours = names().filter(|name| is_ours(name)).count();
    has_text
        && (ours == cells.len() || names().any(|name| name.contains('_') && is_ours(name)) && ours * 2 >= cells.len())
}

fn canonical(plan: &mut Plan) {
    let mut fields = HashMap::new();
    // In `OWN` the fuller name of a field stands first; it wins where a file has both.
    for (own, field) in OWN {
        if let Some(at) = plan.header.iter().position(|cell| cell.trim() == *own) {
            fields.entry(*field).or_insert(at);
        }
    }
    // Our own output has the original text and, in `description`, what was made of it; `country` there is the merchant's.
    let is_our_output = plan.header.iter().any(|cell| cell.trim() == "categorized_by");
    if is_our_output {
        fields.remove(&Field::Country);
        fields.remove(&Field::Latitude);
        fields.remove(&Field::Longitude);
    }
    plan.label = CANONICAL.into();
    plan.is_known = true;
    plan.rules.canonical = true;
    plan.columns = own_columns(&fields);
}

/// Columns of fields that were named one by one.
pub(crate) fn own_columns(fields: &HashMap<Field, usize>) -> Columns {
    let of = |field: Field| fields.get(&field).copied();
    let money = match (of(Field::Amount), of(Field::Type), of(Field::Debit), of(Field::Credit)) {
        (None, None, None, None) => Money::None,
        (None, _, debit @ Some(_), credit) | (None, _, debit, credit @ Some(_)) => Money::Split { debit, credit },
        (Some(amount), Some(direction), ..) => Money::Typed { amount, direction },
        (Some(amount), None, ..) => Money::Signed(vec![amount], Sign::OutNegative),
        (None, Some(direction), ..) => Money::Direction(direction),
    };
    let text = |field: Field| of(field).map(|column| vec![column]).into_iter().collect();
    Columns {
        id: of(Field::Id),
        account_id: of(Field::AccountId),
        account_type: of(Field::AccountType),
        date: of(Field::Date).into_iter().collect(),
        transacted_at: of(Field::TransactedAt),
        posted_at: of(Field::PostedAt),
        time: None,
        money,
        fee: None,
        balance: of(Field::Balance),
        currency: of(Field::Currency),
        status: of(Field::Status),
        description: text(Field::Description),
        memo: text(Field::Memo),
        kind: of(Field::Kind),
        mcc: of(Field::Mcc),
        check_number: of(Field::CheckNumber),
        country: of(Field::Country),
        latitude: of(Field::Latitude),
        longitude: of(Field::Longitude),
        metadata: of(Field::Metadata),
    }
}

/// The sign the user told outranks what is known or concluded.
pub(crate) fn told_sign(columns: &mut Columns, options: &ReadOptions) {
    if let (Money::Signed(_, sign), Some(told)) = (&mut columns.money, options.sign) {
        *sign = told;
    }
}

/// Columns as the user named them.
fn mapped(plan: &mut Plan, map: &ColumnMap, sample: &[Vec<String>], options: &ReadOptions) -> Result<(), String> {
    let mut fields = HashMap::new();
    for (field, column) in map.pairs() {
        let by_name = plan.header.iter().position(|cell| normal(cell) == normal(column));
        let at = by_name.or_else(|| {
            let number: usize = column.parse().ok()?;
            (1..=plan.header.len()).contains(&number).then(|| number - 1)
        });
        let at =
            at.ok_or_else(|| format!("there is no column `{column}`: this file has {}", plan.header.join(", ")))?;
        fields.insert(*field, at);
    }
    plan.label = "mapped columns".into();
    plan.columns = own_columns(&fields);
    told_sign(&mut plan.columns, options);
    plan.rules.dates = vec![DatePattern::Detect];
    infer::finish(plan, sample, options.decimal_mark.is_some());
    Ok(())
}

/// Of formats with the same signature, the one whose dates and signs the rows have; and a word on how it was told.
fn choose<'f>(
    fitting: Vec<Recognised<'f>>,
    header: &[String],
    sample: &[Vec<String>],
) -> Result<(Recognised<'f>, Option<String>), String> {
    if fitting.len() == 1 {
        return Ok((fitting.into_iter().next().expect("there is one"), None));
    }
    let all: Vec<_> = fitting.iter().map(|one| one.format.id.clone()).collect();
    let dated: Vec<_> = fitting.iter().filter(|one| infer::dates_fit(one.format, header, sample)).cloned().collect();
    let left = if dated.is_empty() { fitting } else { dated };
    if let [one] = &left[..] {
        return Ok((one.clone(), None));
    }
    // The longest header leaves the least to chance.
    let signed: Vec<_> = left.iter().filter(|one| infer::signs_fit(one.format, header, sample)).cloned().collect();
    if let [one] = &signed[..] {
        let note = format!(
            "the header is that of {}; taken for `{}` by the signs of its amounts: name another with `--format` if that is wrong",
            all.join(" and "),
            one.format.id
        );
        return Ok((one.clone(), Some(note)));
    }
    Err(format!("this may be {}: say which with `--format {}`", all.join(" or "), all[0]))
}

/// Fills a plan with a known format.
fn known(plan: &mut Plan, recognised: &Recognised<'_>, options: &ReadOptions) {
    let format = recognised.format;
    let named: Vec<_> = plan.header.iter().map(|cell| normal(cell)).collect();
    plan.columns = compiled(format, &named);
    told_sign(&mut plan.columns, options);
    plan.label = format.id.clone();
    plan.is_known = true;
    plan.short_rows_skip = format.short_rows_skip;
    plan.encoding = format.encoding.clone();
    let rules = &mut plan.rules;
    rules.dates = format.dates.clone();
    rules.mark = options.decimal_mark.unwrap_or(format.decimal_mark());
    rules.minor_units = format.minor_units;
    rules.pending_dates = format.pending_dates.clone();
    rules.pending_words = format.pending_words.clone();
    rules.skip_words = format.skip_words.clone();
    let skip = format.skip.iter();
    rules.skip = skip.filter_map(|skip| Some((place(&skip.column, &named)?, skip.test.clone()))).collect();
    rules.account_type = rules.account_type.or(format.account_type);
    rules.currency = rules.currency.or(recognised.currency).or(format.currency);
    rules.country = rules.country.or(format.country);
}

/// Number of a column among normal names.
pub(crate) fn place(column: &ColumnName, names: &[String]) -> Option<usize> {
    match column {
        ColumnName::Number(number) => Some(number - 1),
        ColumnName::Name(name) => {
            let name = normal(name);
            names.iter().position(|own| *own == name).or_else(|| {
                let (before, after) = name.split_once("{currency}")?;
                let code = |own: &&String| {
                    own.strip_prefix(before)
                        .and_then(|rest| rest.strip_suffix(after))
                        .is_some_and(|code| code.parse::<Currency>().is_ok())
                };
                names.iter().position(|own| code(&own))
            })
        }
    }
}

/// A format's columns under a header. Optional columns that are absent hold nothing.
pub(crate) fn compiled(format: &Format, names: &[String]) -> Columns {
    let columns = &format.columns;
    let one = |column: &Option<ColumnName>| column.as_ref().and_then(|column| place(column, names));
    let many = |columns: &[ColumnName]| columns.iter().filter_map(|column| place(column, names)).collect::<Vec<_>>();
    let joined = |joined: &Joined| joined.iter().map(|list| many(list)).filter(|list| !list.is_empty()).collect();
    let amounts = many(&columns.amount);
    let money = match (amounts.first(), one(&columns.flag)) {
        (Some(amount), Some(flag)) => {
            Money::Flagged { amount: *amount, flag, out: format.flag_out.clone(), into: format.flag_in.clone() }
        }
        (Some(_), None) => Money::Signed(amounts, format.sign),
        (None, _) => Money::Split { debit: one(&columns.debit), credit: one(&columns.credit) },
    };
    Columns {
        id: one(&columns.id),
        account_id: one(&columns.account_id),
        account_type: None,
        date: many(&columns.date),
        transacted_at: one(&columns.transacted_at),
        posted_at: one(&columns.posted_at),
        time: one(&columns.time),
        money,
        fee: one(&columns.fee),
        balance: one(&columns.balance),
        currency: one(&columns.currency),
        status: one(&columns.status),
        description: joined(&columns.description),
        memo: joined(&columns.memo),
        kind: one(&columns.kind),
        mcc: one(&columns.mcc),
        check_number: one(&columns.check_number),
        country: None,
        latitude: one(&columns.latitude),
        longitude: one(&columns.longitude),
        metadata: None,
    }
}

impl ReadOptions {
    /// What the user said that holds for every row.
    pub(crate) fn rules(&self) -> Rules {
        Rules {
            order: self.date_order,
            mark: self.decimal_mark.unwrap_or_default(),
            account_id: self.account_id.clone(),
            account_type: self.account_type,
            currency: self.currency,
            country: self.country,
            ..Rules::default()
        }
    }
}

impl Format {
    /// The decimal mark of its amounts.
    pub(crate) fn decimal_mark(&self) -> DecimalMark {
        if self.decimal_comma { DecimalMark::Comma } else { DecimalMark::Dot }
    }
}
