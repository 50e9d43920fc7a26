//! Streams as a person reads them, and as CSV and JSON Lines.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;

use super::stream::{Kind, PriceChange, Stream};
use super::{Pattern, Status, Streams};
use crate::engine::Engine;
use crate::model::transaction::{Currency, Direction};

/// Columns of the CSV, and keys of the JSON Lines, in order. In JSON `price_changes` and `reasons` are lists, and
/// `rows` holds the members; in CSV lists are joined by a vertical bar, and `rows` is left out.
pub const COLUMNS: &[&str] = &[
    "stream_id",
    "account_id",
    "name",
    "merchant_guid",
    "type",
    "kind",
    "cadence",
    "status",
    "currency_code",
    "payments",
    "first_date",
    "last_date",
    "last_amount",
    "average_amount",
    "min_amount",
    "max_amount",
    "amount_pattern",
    "yearly_amount",
    "next_date",
    "next_earliest",
    "next_latest",
    "next_amount_low",
    "next_amount_high",
    "category_path",
    "confidence",
    "price_changes",
    "reasons",
];

/// Names in the text are cut after this many letters.
const WIDEST_NAME: usize = 32;

/// Price rises of this many days back are told in the text.
const RECENT_DAYS: i32 = 365;

/// One stream with the names of [`COLUMNS`].
#[derive(Serialize)]
struct Line<'s> {
    stream_id: String,
    account_id: Option<&'s str>,
    name: &'s str,
    merchant_guid: Option<String>,
    r#type: Direction,
    kind: Kind,
    cadence: super::Cadence,
    status: Status,
    currency_code: Option<Currency>,
    payments: usize,
    first_date: Date,
    last_date: Date,
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    last_amount: Decimal,
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    average_amount: Decimal,
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    min_amount: Decimal,
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    max_amount: Decimal,
    amount_pattern: Pattern,
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    yearly_amount: Decimal,
    next_date: Option<Date>,
    next_earliest: Option<Date>,
    next_latest: Option<Date>,
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    next_amount_low: Option<Decimal>,
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    next_amount_high: Option<Decimal>,
    category_path: Option<&'s str>,
    confidence: f64,
    price_changes: Vec<Change>,
    reasons: Vec<String>,
    rows: &'s [u32],
}

#[derive(Serialize)]
struct Change {
    date: Date,
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    from: Decimal,
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    to: Decimal,
}

impl<'s> Line<'s> {
    fn of(stream: &'s Stream, engine: &'s Engine) -> Self {
        let next = stream.next;
        Self {
            stream_id: format!("RPT-{}", stream.id),
            account_id: Some(&*stream.account).filter(|id| !id.is_empty()),
            name: &stream.name,
            merchant_guid: stream.merchant.map(|merchant| format!("MCH-{merchant}")),
            r#type: stream.direction,
            kind: stream.kind,
            cadence: stream.cadence,
            status: stream.status,
            currency_code: stream.currency,
            payments: stream.members.len(),
            first_date: stream.first_date,
            last_date: stream.last_date,
            last_amount: stream.last_amount,
            average_amount: stream.average_amount,
            min_amount: stream.min_amount,
            max_amount: stream.max_amount,
            amount_pattern: stream.pattern,
            yearly_amount: stream.yearly_amount(),
            next_date: next.map(|next| next.date),
            next_earliest: next.map(|next| next.earliest),
            next_latest: next.map(|next| next.latest),
            next_amount_low: next.map(|next| next.amount.low),
            next_amount_high: next.map(|next| next.amount.high),
            category_path: engine.categories().get(usize::from(stream.category.0)).map(|category| category.path()),
            confidence: (f64::from(stream.confidence) * 1000.0).round() / 1000.0,
            price_changes: stream
                .changes
                .iter()
                .map(|PriceChange { date, from, to }| Change { date: *date, from: *from, to: *to })
                .collect(),
            reasons: stream.reasons(),
            rows: &stream.members,
        }
    }

    fn cells(&self) -> [String; 27] {
        fn text(value: Option<impl ToString>) -> String {
            value.map_or_else(String::new, |value| value.to_string())
        }
        let changes = self.price_changes.iter().map(|change| format!("{} {} {}", change.date, change.from, change.to));
        [
            self.stream_id.clone(),
            text(self.account_id),
            self.name.to_owned(),
            text(self.merchant_guid.as_deref()),
            self.r#type.as_str().to_owned(),
            self.kind.to_string(),
            self.cadence.to_string(),
            self.status.to_string(),
            text(self.currency_code),
            self.payments.to_string(),
            self.first_date.to_string(),
            self.last_date.to_string(),
            self.last_amount.to_string(),
            self.average_amount.to_string(),
            self.min_amount.to_string(),
            self.max_amount.to_string(),
            self.amount_pattern.as_str().to_owned(),
            self.yearly_amount.to_string(),
            text(self.next_date),
            text(self.next_earliest),
            text(self.next_latest),
            text(self.next_amount_low),
            text(self.next_amount_high),
            text(self.category_path),
            format!("{:.3}", self.confidence),
            changes.collect::<Vec<_>>().join("|"),
            self.reasons.join("|"),
        ]
    }
}

/// Writes a CSV with the header [`COLUMNS`], one stream a row. `engine` is the one that gave the categories.
///
/// # Errors
/// Those of the writer.
pub fn csv(streams: &Streams, engine: &Engine, out: impl Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(COLUMNS)?;
    for stream in streams.all() {
        writer.write_record(Line::of(stream, engine).cells())?;
    }
    writer.flush()
}

/// Writes JSON Lines with the keys of [`COLUMNS`] and `rows`, one stream a line. Amounts are exact numbers; what is not
/// known is `null`. `engine` is the one that gave the categories.
///
/// # Errors
/// Those of the writer.
pub fn jsonl(streams: &Streams, engine: &Engine, mut out: impl Write) -> io::Result<()> {
    for stream in streams.all() {
        serde_json::to_writer(&mut out, &Line::of(stream, engine))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Writes what a person wants to know: the streams of each account, the payments expected up to a day with their sum, what
/// all of it comes to in a year, each subscription's share, and the prices that rose within the last year.
///
/// # Errors
/// Those of the writer.
pub fn text(streams: &Streams, until: Date, mut out: impl Write) -> io::Result<()> {
    let out = &mut out;
    let width = streams.all().iter().map(|stream| stream.name.chars().count()).max().unwrap_or(4).clamp(4, WIDEST_NAME);
    let several =
        streams.all().first().is_some_and(|first| streams.all().iter().any(|other| other.account != first.account));
    writeln!(out, "Recurring payments as of {}", streams.as_of())?;
    if streams.all().is_empty() {
        return writeln!(out, "None found.");
    }
    for account in streams.all().chunk_by(|one, other| one.account == other.account) {
        writeln!(out)?;
        if several {
            let id = Some(&*account[0].account).filter(|id| !id.is_empty());
            writeln!(out, "Account {}", id.unwrap_or("without id"))?;
        }
        table(account, width, out)?;
    }
    upcoming(streams, until, width, out)?;
    yearly(streams, out)?;
    subscriptions(streams, width, out)?;
    rises(streams, width, out)
}

fn table(streams: &[Stream], width: usize, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "{:<12}  {:<width$}  {:<15}  {:<7}  {:>14}  {:<10}  {:<10}  {:>4}",
        "KIND", "NAME", "CADENCE", "STATUS", "AMOUNT", "LAST", "NEXT", "SURE"
    )?;
    let mut sorted: Vec<&Stream> = streams.iter().collect();
    sorted.sort_by_key(|stream| (!stream.is_active(), stream.kind, stream.cadence));
    for stream in sorted {
        let next = stream.next.map_or_else(|| "-".to_owned(), |next| next.date.to_string());
        writeln!(
            out,
            "{:<12}  {:<width$}  {:<15}  {:<7}  {:>14}  {:<10}  {:<10}  {:>3}%",
            stream.kind.as_str(),
            cut(&stream.name),
            stream.cadence.words(),
            stream.status.as_str(),
            signed(stream),
            stream.last_date.to_string(),
            next,
            (stream.confidence * 100.0).floor(),
        )?;
    }
    Ok(())
}

fn upcoming(streams: &Streams, until: Date, width: usize, out: &mut impl Write) -> io::Result<()> {
    let upcoming = streams.upcoming(until);
    writeln!(out, "\nExpected until {until}")?;
    if upcoming.is_empty() {
        return writeln!(out, "Nothing.");
    }
    let mut sums = BTreeMap::new();
    for (stream, forecast) in upcoming {
        let days = match forecast.earliest == forecast.latest {
            true => String::new(),
            false => format!("  between {} and {}", forecast.earliest, forecast.latest),
        };
        writeln!(out, "{}  {:<width$}  {:>14}{days}", forecast.date, cut(&stream.name), signed(stream))?;
        let sums: &mut [Decimal; 2] = sums.entry(stream.currency).or_default();
        let side = &mut sums[usize::from(stream.direction == Direction::Debit)];
        *side = side.saturating_add(stream.expected_amount());
    }
    for (currency, [money_in, money_out]) in sums {
        writeln!(out, "In all {money_in} in, {money_out} out{}", of(currency))?;
    }
    Ok(())
}

/// What the active streams of each kind come to in a year.
fn yearly(streams: &Streams, out: &mut impl Write) -> io::Result<()> {
    let mut sums: BTreeMap<(Option<Currency>, Kind, Direction), (usize, Decimal)> = BTreeMap::new();
    for stream in streams.all().iter().filter(|stream| stream.is_active()) {
        let (count, sum) = sums.entry((stream.currency, stream.kind, stream.direction)).or_default();
        *count += 1;
        *sum = sum.saturating_add(stream.yearly_amount());
    }
    if !sums.is_empty() {
        writeln!(out, "\nIn a year")?;
    }
    for ((currency, kind, direction), (count, sum)) in sums {
        let sign = if direction == Direction::Debit { "-" } else { "" };
        let streams = if count == 1 { "stream" } else { "streams" };
        writeln!(out, "{:<12}  {:>14}{}  {count} {streams}", kind.as_str(), format!("{sign}{sum}"), of(currency))?;
    }
    Ok(())
}

/// What each subscription costs in a year, the dearest first.
fn subscriptions(streams: &Streams, width: usize, out: &mut impl Write) -> io::Result<()> {
    let active = streams.all().iter().filter(|stream| stream.kind == Kind::Subscription && stream.is_active());
    let mut active: Vec<&Stream> = active.collect();
    active.sort_by(|one, other| {
        one.currency.cmp(&other.currency).then_with(|| other.yearly_amount().cmp(&one.yearly_amount()))
    });
    if !active.is_empty() {
        writeln!(out, "\nSubscriptions cost in a year")?;
    }
    for stream in active {
        writeln!(out, "{:<width$}  {:>14}{}", cut(&stream.name), stream.yearly_amount(), of(stream.currency))?;
    }
    Ok(())
}

/// A currency behind an amount, where it is known.
fn of(currency: Option<Currency>) -> String {
    currency.map_or_else(String::new, |currency| format!(" {currency}"))
}

fn rises(streams: &Streams, width: usize, out: &mut impl Write) -> io::Result<()> {
    let since = streams.as_of().saturating_sub(RECENT_DAYS.days());
    let debits = streams.all().iter().filter(|stream| stream.direction == Direction::Debit);
    let mut rises: Vec<(&PriceChange, &Stream)> = debits
        .flat_map(|stream| stream.changes.iter().map(move |change| (change, stream)))
        .filter(|(change, _)| change.to > change.from && change.date > since)
        .collect();
    rises.sort_by_key(|(change, _)| std::cmp::Reverse(change.date));
    if !rises.is_empty() {
        writeln!(out, "\nPrices that rose since {since}")?;
    }
    for (change, stream) in rises {
        let name = cut(&stream.name);
        writeln!(out, "{}  {name:<width$}  {} to {}{}", change.date, change.from, change.to, of(stream.currency))?;
    }
    Ok(())
}

fn cut(name: &str) -> String {
    // Control signs in a description must not reach a terminal.
    name.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).take(WIDEST_NAME).collect()
}

/// The expected amount, negative for money out.
fn signed(stream: &Stream) -> String {
    let sign = if stream.direction == Direction::Debit { "-" } else { "" };
    let about = if matches!(stream.pattern, Pattern::Varying | Pattern::Steady) { "~" } else { "" };
    format!("{about}{sign}{}", stream.expected_amount())
}
