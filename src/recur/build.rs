//! Makes a stream of a track.

use std::sync::Arc;

use rust_decimal::prelude::{Decimal, RoundingStrategy};
use uuid::Uuid;

use super::Found;
use super::cadence::{Cadence, Schedule};
use super::calendar::Calendar;
use super::fit::Event;
use super::group::Group;
use super::judge::{self, Background, Pattern};
use super::row::{Account, Marks, Name, Row};
use super::rules::{Expectation, Outlook};
use super::stream::{Band, Facts, Kind, PriceChange, Shift, Status, Stream};
use super::tracks::Track;
use crate::data::compile::NAMESPACE;
use crate::model::category::CategoryId;
use crate::model::transaction::Direction;

/// Members whose dates and amounts a forecast is made from, at most.
const RECENT: usize = 12;

/// The amount of a row in millionths, for comparing; amounts too large for it are all equal.
pub(crate) fn ticks(amount: Decimal) -> i64 {
    let mantissa = amount.mantissa().abs();
    let ticks = match amount.scale() {
        scale @ 0..=6 => mantissa.saturating_mul(10_i128.pow(6 - scale)),
        scale => mantissa / 10_i128.pow(scale - 6),
    };
    // Far from the end, so that sums and differences cannot overflow.
    ticks.min(i128::from(i64::MAX / 8)) as i64
}

/// What most rows say. Ties go to the lower number, so that their order does not matter.
pub(crate) fn background<'r>(rows: impl Iterator<Item = &'r Row> + Clone) -> Background {
    let mut counts = [0_u32; 7];
    let (mut all, mut varies, mut subscription, mut bill) = (0_u32, 0_u32, 0_u32, 0_u32);
    for row in rows {
        counts[row.expectation as usize] += 1;
        all += 1;
        varies += u32::from(row.marks.has(Marks::VARIES));
        subscription += u32::from(row.marks.has(Marks::SUBSCRIPTION));
        bill += u32::from(row.marks.has(Marks::BILL));
    }
    const KINDS: [Expectation; 7] = [
        Expectation::Neutral,
        Expectation::Subscription,
        Expectation::Bill,
        Expectation::Income,
        Expectation::Transfer,
        Expectation::Habit,
        Expectation::Never,
    ];
    let expectation = KINDS.into_iter().rev().max_by_key(|kind| counts[*kind as usize]).unwrap_or_default();
    Background {
        outlook: Outlook { expectation, varies: varies * 2 > all },
        subscription: subscription * 2 > all,
        bill: bill * 2 > all,
    }
}

/// The stream of a track, or `None` if it is not sure enough to be one. Id, status and forecast are set later.
pub(crate) fn stream(
    group: &Group<'_>,
    track: &Track,
    account: &Account,
    names: &[Name],
    calendar: &Calendar,
) -> Option<Found> {
    let rows = || track.events.iter().map(|at| group.rows[*at as usize]);
    let ticks: Vec<i64> =
        track.events.iter().skip(usize::from(track.trial)).map(|at| group.events[*at as usize].ticks).collect();
    let pattern = judge::pattern(&ticks);
    let background = background(rows());
    let confidence = judge::confidence(track, pattern, background);
    if confidence < judge::LEAST {
        return None;
    }
    let (first, last) = (rows().next()?, rows().next_back()?);
    let direction = last.direction();
    let payee = payee(rows(), names);
    let name = &names[payee as usize];
    let amounts = || rows().map(|row| row.amount);
    let (min, max) = (amounts().min()?, amounts().max()?);
    let recent = || amounts().rev().take(RECENT.min(track.events.len() - usize::from(track.trial)));
    let changes = match pattern {
        Pattern::Fixed | Pattern::Stepped => changes(group, track),
        _ => Vec::new(),
    };
    let band = match pattern {
        Pattern::Fixed | Pattern::Stepped => Band { low: last.amount, high: last.amount },
        _ => widened(recent().min()?, recent().max()?),
    };
    let stream = Stream {
        id: Uuid::nil(),
        account: account.id.clone(),
        currency: account.currency,
        direction,
        name: name.display.clone(),
        merchant: name.merchant,
        category: CategoryId(last.category),
        kind: kind(direction, background),
        cadence: track.cadence(),
        status: Status::Early,
        members: rows().map(|row| row.number).collect(),
        first_date: first.date,
        last_date: last.date,
        average_amount: average(amounts()).clamp(min, max),
        last_amount: last.amount,
        min_amount: min,
        max_amount: max,
        pattern,
        band,
        changes,
        next: None,
        confidence: (confidence * 1000.0).round() / 1000.0,
        facts: facts(group, track, background, account, direction, calendar),
    };
    Some(Found { stream, payee })
}

/// The id of a payee's stream of this rank within its account.
pub(crate) fn id(account: &Account, direction: Direction, payee: &Name, rank: usize) -> Uuid {
    let currency = account.currency.as_ref().map_or("", |currency| currency.as_str());
    let payee: Arc<str> = match payee.merchant {
        Some(merchant) => merchant.to_string().into(),
        None => payee.key.clone(),
    };
    let key = ["stream", &account.id, currency, direction.as_str(), &payee, &rank.to_string()].join("\u{1f}");
    Uuid::new_v5(&NAMESPACE, key.as_bytes())
}

/// The payee most payments name, a merchant before any other; of equals the first by alphabet.
fn payee<'r>(rows: impl Iterator<Item = &'r Row>, names: &[Name]) -> u32 {
    let mut payees: Vec<u32> = rows.map(|row| row.payee).collect();
    payees.sort_unstable();
    let most = payees.chunk_by(|one, other| one == other).max_by(|same, others| {
        let rank = |same: &[u32]| (names[same[0] as usize].merchant.is_some(), same.len());
        let key = |same: &[u32]| &names[same[0] as usize].key;
        rank(same).cmp(&rank(others)).then_with(|| key(others).cmp(key(same)))
    });
    most.expect("a track has members")[0]
}

fn kind(direction: Direction, background: Background) -> Kind {
    match (direction, background.outlook.expectation) {
        (Direction::Credit, Expectation::Income) => Kind::Income,
        (_, Expectation::Transfer) if background.bill && direction == Direction::Debit => Kind::Bill,
        (_, Expectation::Transfer) => Kind::Transfer,
        (Direction::Credit, _) => Kind::Other,
        (Direction::Debit, Expectation::Bill) => Kind::Bill,
        (Direction::Debit, Expectation::Subscription) => Kind::Subscription,
        (Direction::Debit, _) if background.bill => Kind::Bill,
        (Direction::Debit, _) if background.subscription => Kind::Subscription,
        (Direction::Debit, _) => Kind::Other,
    }
}

fn average(amounts: impl ExactSizeIterator<Item = Decimal> + Clone) -> Decimal {
    let places = amounts.clone().map(|amount| amount.scale()).max().unwrap_or_default().max(2);
    let count = Decimal::from(amounts.len());
    // Amounts at the end of the range are averaged by parts, which rounds.
    let sum = amounts.clone().try_fold(Decimal::ZERO, Decimal::checked_add);
    let mean = match sum {
        Some(sum) => sum.checked_div(count),
        None => amounts.map(|amount| amount / count).try_fold(Decimal::ZERO, Decimal::checked_add),
    };
    mean.unwrap_or(Decimal::MAX).round_dp_with_strategy(places, RoundingStrategy::MidpointNearestEven)
}

fn widened(low: Decimal, high: Decimal) -> Band {
    let places = low.scale().max(high.scale()).max(2);
    let tenth = |amount: Decimal| amount / Decimal::TEN;
    Band {
        low: low.saturating_sub(tenth(low)).round_dp(places),
        high: high.saturating_add(tenth(high)).round_dp(places),
    }
}

/// Changes of price that lasted for two payments or are the latest.
fn changes(group: &Group<'_>, track: &Track) -> Vec<PriceChange> {
    let row = |at: usize| group.rows[track.events[at] as usize];
    let same = |one: usize, other: usize| {
        let ticks = |at: usize| group.events[track.events[at] as usize].ticks;
        super::fit::within(ticks(one), ticks(other), judge::SAME)
    };
    let mut changes = Vec::new();
    let mut level = 0;
    for at in 1..track.events.len() {
        let lasts = at + 1 == track.events.len() || same(at, at + 1);
        if !same(level, at) && lasts {
            changes.push(PriceChange { date: row(at).date, from: row(level).amount, to: row(at).amount });
            level = at;
        }
    }
    changes
}

fn facts(
    group: &Group<'_>,
    track: &Track,
    background: Background,
    account: &Account,
    direction: Direction,
    calendar: &Calendar,
) -> Facts {
    let recent = &track.events[usize::from(track.trial).max(track.events.len().saturating_sub(RECENT))..];
    let events = || recent.iter().map(|at| group.events[*at as usize]);
    let schedule = recentred(track.schedule, events(), calendar);
    let shift = shift(schedule, events(), background, direction, calendar);
    let mut facts = Facts {
        schedule,
        shift,
        window: (0, 0),
        missing: track.missing,
        pauses: track.pauses,
        noise: track.noise,
        trial: track.trial,
        restarted: track.restarted,
        expectation: background.outlook.expectation,
        subscription: background.subscription,
        bill: background.bill,
        country: account.country,
    };
    let slack = track.cadence().slack();
    let (mut before, mut after) = (0, 0);
    for event in events() {
        let (slot, off) = schedule.nearest(event.day, event.month, calendar);
        let moved = event.day - facts.paid_on(slot, calendar);
        // Dates of an earlier stretch on other days say nothing.
        if off <= slack {
            before = before.max(-moved);
            after = after.max(moved);
        }
    }
    // Dates that move by days may move by one more.
    if before + after >= 2 {
        (before, after) = (before + 1, after + 1);
    }
    // Few payments show little of how far dates may move.
    let least = match (track.cadence(), recent.len()) {
        (Cadence::EveryWeek, _) | (_, 8..) => 1,
        (Cadence::EveryOtherWeek | Cadence::TwiceAMonth, _) | (_, 4..) => 2,
        (Cadence::EveryYear, _) => 5,
        _ => 3,
    };
    facts.window = (before.clamp(least, slack + 2), after.clamp(least, slack + 2));
    facts
}

/// The schedule moved to the middle of the latest dates, which may have drifted.
fn recentred(schedule: Schedule, events: impl Iterator<Item = Event> + Clone, calendar: &Calendar) -> Schedule {
    let cost = |schedule: Schedule| -> i32 {
        events.clone().map(|event| schedule.nearest(event.day, event.month, calendar).1.min(10)).sum()
    };
    let moved = |by: i32| match schedule {
        Schedule::Days { every, anchor } => Schedule::Days { every, anchor: anchor + by },
        Schedule::Months { every, anchor, day } => Schedule::Months { every, anchor, day: (day + by).clamp(1, 31) },
        twice @ Schedule::Twice { .. } => twice,
    };
    // Only a clear gain moves it: of equals the first wins.
    [0, -1, 1, -2, 2].into_iter().map(moved).min_by_key(|schedule| cost(*schedule)).unwrap_or(schedule)
}

/// Where this stream's payments went that were due on days without booking.
fn shift(
    schedule: Schedule,
    events: impl Iterator<Item = Event>,
    background: Background,
    direction: Direction,
    calendar: &Calendar,
) -> Shift {
    let (mut stayed, mut before, mut after) = (0, 0, 0);
    for event in events {
        let (slot, _) = schedule.nearest(event.day, event.month, calendar);
        let due = schedule.due(slot, calendar);
        if calendar.is_open(due) {
            // A payment on a day of rest shows that they are booked there.
            stayed += u32::from(!calendar.is_open(event.day));
        } else if event.day == due {
            stayed += 1;
        } else if event.day == calendar.open_until(due) {
            before += 1;
        } else if event.day == calendar.open_from(due) {
            after += 1;
        }
    }
    match (stayed, before, after) {
        (0, 0, 0) if background.outlook.expectation == Expectation::Income && direction == Direction::Credit => {
            Shift::Before
        }
        (0, 0, 0) => Shift::Unknown,
        (stayed, before, after) if before > stayed && before > after => Shift::Before,
        (stayed, _, after) if after > stayed => Shift::After,
        _ => Shift::Stays,
    }
}
