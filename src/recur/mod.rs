//! Recurring streams: bills, subscriptions, income and transfers that keep a schedule, with what is to come of them.
//!
//! Streams are found per account. Payments to one payee in one direction are grouped, by merchant or by likeness of the
//! cleaned names; taken apart into sequences that keep one of nine [`Cadence`]s, whatever weekends, holidays, month
//! ends, price changes and missed payments do to them; and judged, precision first, so that a habit does not pass for a
//! contract.
//!
//! ```
//! use payee::{Engine, Transaction, recur};
//!
//! let engine = Engine::builtin();
//! let rent = |month: i8| {
//!     let mut transaction = Transaction::new("SUNNYSIDE APTS RENT").with_signed_amount("-1450.00".parse().unwrap());
//!     transaction.date = Some(jiff::civil::date(2024, month, 1));
//!     transaction
//! };
//! let transactions: Vec<Transaction> = (1..=6).map(rent).collect();
//! let mut answers = engine.enrich_batch(&transactions);
//!
//! let mut collector = recur::Collector::builtin();
//! for (number, (transaction, answer)) in transactions.iter().zip(&answers).enumerate() {
//!     collector.push(number as u32, transaction, answer);
//! }
//! let streams = recur::streams(collector, None);
//! recur::annotate(&mut answers, &streams);
//!
//! let stream = &streams.all()[0];
//! assert_eq!(stream.cadence, recur::Cadence::EveryMonth);
//! assert_eq!(stream.next.unwrap().date, jiff::civil::date(2024, 7, 1));
//! assert_eq!(answers[5].stream_id, Some(stream.id));
//! ```
//!
//! No clock is read: "today" is an argument, by default the last date in the data. The order of rows, how they are
//! split over calls and the number of threads do not matter.

mod build;
mod cadence;
mod calendar;
pub mod companions;
mod fit;
mod group;
mod incremental;
mod judge;
mod pack;
pub mod render;
mod row;
mod rules;
mod stream;
mod tracks;

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use rayon::prelude::*;

pub use cadence::Cadence;
pub use incremental::{Changes, Incremental};
pub use judge::Pattern;
pub use row::{Collector, Payee, Payment, key};
pub use rules::{Expectation, Outlook, Rules};
pub use stream::{Band, Forecast, Kind, PriceChange, Status, Stream};

use crate::model::enriched::Enriched;
use crate::model::flags::Flag;
use crate::model::transaction::Country;
use crate::privacy::redact;
use calendar::{Calendar, day_of};
use pack::Packed;
use row::{Account, Name, Names, Row, ranked};
use tracks::Separator;

/// The streams of some payments.
#[derive(Clone, Debug)]
pub struct Streams {
    list: Vec<Stream>,
    as_of: Date,
    calendars: Calendars,
}

impl Streams {
    /// Every stream, by account, name and first date.
    pub fn all(&self) -> &[Stream] {
        &self.list
    }

    /// Masks account ids with [`redact`], and puts another name in the place of each that `names` holds: those of
    /// persons, as [`Enriched::redact`] leaves them.
    pub fn redact(&mut self, names: &HashMap<String, String>) {
        for stream in &mut self.list {
            stream.account = redact(&stream.account).into();
            if let Some(name) = names.get(&*stream.name) {
                stream.name = name.as_str().into();
            }
        }
    }

    /// The day that status and forecasts are told for.
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// Payments that active streams expect from [`as_of`](Self::as_of) to a day, by date.
    pub fn upcoming(&self, until: Date) -> Vec<(&Stream, Forecast)> {
        let active = self.list.iter().filter(|stream| stream.is_active());
        let mut upcoming: Vec<_> = active
            .flat_map(|stream| {
                let calendar = self.calendars.of(stream.facts.country);
                let ahead = stream.forecasts(self.as_of, calendar);
                ahead.take_while(move |forecast| forecast.date <= until).map(move |forecast| (stream, forecast))
            })
            .collect();
        upcoming.sort_by_key(|(_, forecast)| forecast.date);
        upcoming
    }

    /// Streams by the caller's row numbers: pairs of row and place in [`all`](Self::all), by row.
    pub fn by_row(&self) -> Vec<(u32, u32)> {
        let pairs =
            |(at, stream): (usize, &Stream)| stream.members.iter().map(|row| (*row, at as u32)).collect::<Vec<_>>();
        let mut rows: Vec<(u32, u32)> = self.list.iter().enumerate().flat_map(pairs).collect();
        rows.sort_unstable();
        rows
    }
}

/// Finds the streams of the payments collected. Pure and total; the order in which they were collected does not matter.
///
/// `as_of` is today; by default the last date of all payments. Payments dated later are taken as they are. Uses all
/// threads of the current rayon pool; sorts in place and needs little memory beyond the collector's and the answer's.
pub fn streams(collector: Collector<'_>, as_of: Option<Date>) -> Streams {
    let Collector { rules, names, shelf, span, .. } = collector;
    let (parts, amounts) = shelf.into_parts();
    let as_of = as_of.or(span.map(|(_, last)| last)).unwrap_or(Date::ZERO);
    let calendars = Calendars::new(rules, &names, span, as_of);
    let (payees, ranks) = ranked(&names.payees);
    let accounts = &names.accounts;
    let found: Vec<Vec<Stream>> = parts
        .into_par_iter()
        .map(|part| {
            let mut packed = part.into_rows();
            packed.iter_mut().for_each(|row| row.payee = ranks[row.payee as usize]);
            packed.sort_unstable_by_key(Packed::place);
            let mut separator = Separator::default();
            let mut rows = Vec::new();
            let mut streams = Vec::new();
            for account in packed.chunk_by(|one, other| one.account == other.account) {
                rows.clear();
                rows.extend(account.iter().map(|row| amounts.row(row)));
                let found = of_account(&rows, accounts, &payees, &calendars, as_of, &mut separator);
                streams.extend(found.into_iter().map(|found| found.stream));
            }
            streams
        })
        .collect();
    let mut list: Vec<Stream> = found.into_iter().flatten().collect();
    order(&mut list);
    Streams { list, as_of, calendars }
}

/// Marks the members of streams: `is_recurring`, the stream's id and, for subscriptions, `is_subscription`. Row numbers
/// are places in `answers`; rows beyond its end are passed over. Flags that are already set stay.
pub fn annotate(answers: &mut [Enriched<'_>], streams: &Streams) {
    for stream in streams.all() {
        for row in &stream.members {
            if let Some(answer) = answers.get_mut(*row as usize) {
                mark(answer, stream);
            }
        }
    }
}

/// Marks one answer as a member of a stream; what [`annotate`] does to each.
pub fn mark(answer: &mut Enriched<'_>, stream: &Stream) {
    answer.stream_id = Some(stream.id);
    answer.flags.insert(Flag::Recurring);
    if stream.is_subscription() {
        answer.flags.insert(Flag::Subscription);
    }
}

/// Bank calendars of the countries that accounts are in, over the dates of the data.
#[derive(Clone, Debug)]
struct Calendars {
    by_country: HashMap<Option<Country>, Calendar>,
    weekends: Calendar,
}

impl Calendars {
    fn new(rules: &Rules, names: &Names, span: Option<(Date, Date)>, as_of: Date) -> Self {
        let (first, last) = span.unwrap_or((as_of, as_of));
        let over = |country| Calendar::over(rules.closures(country), first, last.max(as_of));
        let by_country = names.accounts.iter().map(|account| account.country);
        let by_country: BTreeMap<_, _> = by_country.map(|country| (country, ())).collect();
        Self {
            by_country: by_country.into_keys().map(|country| (country, over(country))).collect(),
            weekends: over(None),
        }
    }

    fn of(&self, country: Option<Country>) -> &Calendar {
        self.by_country.get(&country).unwrap_or(&self.weekends)
    }
}

/// A stream and the payee it is named for.
struct Found {
    stream: Stream,
    payee: u32,
}

/// The streams of one account, whose rows are sorted.
fn of_account(
    rows: &[Row],
    accounts: &[Account],
    payees: &[Name],
    calendars: &Calendars,
    as_of: Date,
    separator: &mut Separator,
) -> Vec<Found> {
    let mut all = Vec::new();
    let Some(account) = rows.first().map(|row| &accounts[row.account as usize]) else { return all };
    let calendar = calendars.of(account.country);
    for rows in rows.chunk_by(|one, other| one.direction() == other.direction()) {
        group::groups(rows, payees, |group| {
            let start = all.len();
            for track in separator.separate(&group.events, group.background.outlook, calendar) {
                all.extend(build::stream(&group, &track, account, payees, calendar));
            }
            let found: &mut [Found] = &mut all[start..];
            // The order in which rows came decides nothing but between streams that are alike.
            found.sort_by_key(|found| {
                let stream = &found.stream;
                let amounts = (stream.average_amount, stream.last_amount, stream.members.len());
                (day_of(stream.first_date), stream.last_date, amounts, stream.members[0])
            });
            let payee = &payees[group.payee as usize];
            for (rank, found) in found.iter_mut().enumerate() {
                found.stream.id = build::id(account, found.stream.direction, payee, rank);
                found.stream.look_ahead(as_of, calendar);
            }
        });
    }
    all
}

/// Puts streams into the order in which they are given out.
fn order(list: &mut [Stream]) {
    list.par_sort_unstable_by(|one, other| {
        let key = |stream: &Stream| (stream.direction, stream.first_date, stream.id);
        one.account.cmp(&other.account).then_with(|| one.name.cmp(&other.name)).then_with(|| key(one).cmp(&key(other)))
    });
}
