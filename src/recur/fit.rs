//! Finds the schedule that explains the dates of some payments best.

use jiff::civil::Date;

use super::cadence::{Cadence, Schedule, THIRTY};
use super::calendar::{Calendar, day_of, month_of};
use super::judge::STEADY;

/// A payment within its group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub day: i32,
    pub month: i32,
    day_of_month: i8,
    days_in_month: i8,
    /// Amount in millionths, for comparing; what is given out is exact.
    pub ticks: i64,
}

impl Event {
    pub fn new(date: Date, ticks: i64) -> Self {
        Self {
            day: day_of(date),
            month: month_of(date),
            day_of_month: date.day(),
            days_in_month: date.days_in_month(),
            ticks,
        }
    }
}

/// Whether two amounts differ by no more than a share of the smaller, given in thousandths.
pub(crate) fn within(one: i64, other: i64, thousandths: i64) -> bool {
    let (low, high) = (one.min(other), one.max(other));
    i128::from(high - low) * 1000 <= i128::from(low) * i128::from(thousandths)
}

/// A schedule and the payments that keep it.
#[derive(Clone, Debug)]
pub(crate) struct Fit {
    pub schedule: Schedule,
    /// Slot and event of each payment, by slot.
    pub hits: Vec<(i32, u32)>,
    /// Events that keep no slot.
    pub rest: Vec<u32>,
    /// Slots without payment between the first and the last, pauses left out.
    pub missing: u32,
    /// Long gaps without payment.
    pub pauses: u32,
    /// Days off the schedule, added up and measured in the cadence's slack.
    pub off: f32,
    score: f32,
}

/// Which schedules are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tried {
    /// All.
    All,
    /// All but two days a month: each of the two days is to be a stream of its own.
    AllButTwice,
}

/// A schedule that leaves more than so many in a hundred events over is not looked at further.
const MOST_REST: usize = 70;

/// How an event lies to a day of the month.
#[derive(Clone, Copy, Debug)]
struct Lie {
    /// The month in which the day is nearest.
    month: i32,
    /// Days between them.
    distance: i32,
    /// The same, but 0 if a weekend or holiday explains it.
    off: i32,
}

/// Buffers of fitting, reused from group to group.
#[derive(Debug, Default)]
pub(crate) struct Fitter {
    /// Days of month that the events favour.
    days: Vec<i32>,
    /// For each of these days, how each chosen event lies to it.
    lies: Vec<Lie>,
    hits: Vec<(i32, u32)>,
    rest: Vec<u32>,
}

/// Cadences in the order in which equal votes are decided.
const ORDER: [Cadence; 9] = [
    Cadence::EveryMonth,
    Cadence::EveryWeek,
    Cadence::EveryOtherWeek,
    Cadence::TwiceAMonth,
    Cadence::EveryFourWeeks,
    Cadence::EveryOtherMonth,
    Cadence::EveryThreeMonths,
    Cadence::EverySixMonths,
    Cadence::EveryYear,
];

/// A schedule must beat those before it by this much.
const BETTER: f32 = 0.05;

/// Days of month that are tried per cadence.
const MOST_DAYS: usize = 4;

impl Fitter {
    /// The schedule that explains most of the chosen events, which are in order of day. `None` if no two of them keep
    /// one.
    pub fn fit(&mut self, events: &[Event], chosen: &[u32], tried: Tried, calendar: &Calendar) -> Option<Fit> {
        self.fit_but(chosen.len() * MOST_REST / 100, events, chosen, tried, calendar)
    }

    /// As [`fit`](Self::fit), leaving no more than so many events over.
    pub fn fit_but(
        &mut self,
        most_rest: usize,
        events: &[Event],
        chosen: &[u32],
        tried: Tried,
        calendar: &Calendar,
    ) -> Option<Fit> {
        if chosen.len() < 2 {
            return None;
        }
        let votes = votes(events, chosen);
        if votes == [0; 9] {
            return None;
        }
        let span = events[chosen[chosen.len() - 1] as usize].day - events[chosen[0] as usize].day;
        let least = (chosen.len() as u32 / 4).max(1);
        let Self { days, lies, hits, rest } = self;
        days.clear();
        lies.clear();
        let mut search = Search { events, chosen, most_rest, best: None, perfect: false, hits, rest };
        // The likeliest first: the better the best, the sooner others are given up.
        let mut order = ORDER;
        order.sort_by_key(|cadence| std::cmp::Reverse(votes[*cadence as usize]));
        for cadence in order {
            if votes[cadence as usize] < least || (cadence == Cadence::TwiceAMonth && tried == Tried::AllButTwice) {
                continue;
            }
            // Daily purchases cannot keep a monthly schedule: there are not slots enough for them.
            let most_hits = (span / (cadence.days() - cadence.slack()) + 2) as usize;
            if chosen.len().saturating_sub(most_hits) > most_rest {
                continue;
            }
            if let Some(every) = cadence.fixed_days() {
                search.every_so_many_days(every, calendar);
                continue;
            }
            if days.is_empty() {
                *days = favourite_days(events, chosen);
                for day in &*days {
                    lies.extend(chosen.iter().map(|at| lie(events[*at as usize], *day, calendar)));
                }
            }
            match cadence {
                Cadence::TwiceAMonth => search.twice(days, lies),
                _ => search.months(cadence, days, lies, calendar),
            }
            if search.perfect {
                break;
            }
        }
        search.best
    }
}

fn lie(event: Event, day: i32, calendar: &Calendar) -> Lie {
    let off = i32::from(event.day_of_month) - day.min(i32::from(event.days_in_month));
    let monthly = Schedule::Months { every: 1, anchor: 0, day };
    // Half a month off, the day of another month may be nearer.
    if off.abs() <= 14 {
        let shifted = monthly.off(event.day, event.day - off, calendar);
        return Lie { month: event.month, distance: off.abs(), off: shifted };
    }
    let (month, off) = monthly.nearest(event.day, event.month, calendar);
    Lie { month, distance: (event.day - monthly.due(month, calendar)).abs(), off }
}

/// The best schedule so far, and what it is measured by.
struct Search<'s> {
    events: &'s [Event],
    chosen: &'s [u32],
    most_rest: usize,
    best: Option<Fit>,
    /// Whether no schedule can be better.
    perfect: bool,
    hits: &'s mut Vec<(i32, u32)>,
    rest: &'s mut Vec<u32>,
}

impl Search<'_> {
    fn every_so_many_days(&mut self, every: i32, calendar: &Calendar) {
        let schedule = every_so_many_days(every, self.events, self.chosen);
        let events = self.events;
        let chosen = self.chosen;
        self.offer(schedule, |at| {
            let event = events[chosen[at] as usize];
            schedule.nearest(event.day, event.month, calendar)
        });
    }

    /// Tries the days of month for a number of months, in every phase that has events.
    fn months(&mut self, cadence: Cadence, days: &[i32], lies: &[Lie], calendar: &Calendar) {
        let every = cadence.months();
        if every == 1 && keeps_thirty(self.events, self.chosen) {
            self.every_so_many_days(THIRTY, calendar);
        }
        let most_days = if every == 1 { days.len() } else { 3 };
        for (day, lies) in days.iter().zip(lies.chunks(self.chosen.len())).take(most_days) {
            let mut counts = [0_usize; 12];
            for lie in lies.iter().filter(|lie| lie.off <= cadence.slack()) {
                counts[lie.month.rem_euclid(every) as usize] += 1;
            }
            for anchor in (0..every).filter(|anchor| counts[*anchor as usize] >= 2) {
                if self.chosen.len() - counts[anchor as usize] > self.limit() {
                    continue;
                }
                self.offer(Schedule::Months { every, anchor, day: *day }, |at| {
                    let lie = lies[at];
                    match (lie.month - anchor).rem_euclid(every) {
                        0 => ((lie.month - anchor).div_euclid(every), lie.off),
                        _ => (0, i32::MAX),
                    }
                });
            }
        }
    }

    /// Tries pairs of days of month.
    fn twice(&mut self, days: &[i32], lies: &[Lie]) {
        let count = self.chosen.len();
        for one in 0..days.len() {
            for other in one + 1..days.len() {
                let (first, second) = if days[one] < days[other] { (one, other) } else { (other, one) };
                if !(10..=20).contains(&(days[second] - days[first])) {
                    continue;
                }
                let (early, late) = (&lies[first * count..][..count], &lies[second * count..][..count]);
                self.offer(Schedule::Twice { first: days[first], second: days[second] }, |at| {
                    let (early, late) = (early[at], late[at]);
                    match early.distance <= late.distance {
                        true => (early.month * 2, early.off),
                        false => (late.month * 2 + 1, late.off),
                    }
                });
            }
        }
    }

    /// How many events a schedule may leave over and still be better than the best: each costs its own score and a
    /// penalty.
    fn limit(&self) -> usize {
        let beaten = self.best.as_ref().map_or(f32::MIN, |best| best.score + BETTER);
        self.most_rest.min(((self.chosen.len() as f32 - beaten) / 2.0).max(0.0) as usize)
    }

    /// Takes a schedule if it is better than the best. `place` gives the slot of a chosen event and the days it is off.
    fn offer(&mut self, schedule: Schedule, place: impl Fn(usize) -> (i32, i32)) {
        if self.perfect {
            return;
        }
        let Some(measured) = self.assign(schedule, place) else { return };
        if self.hits.len() < 2 || self.best.as_ref().is_some_and(|best| measured.score <= best.score + BETTER) {
            return;
        }
        self.perfect = measured.score >= self.chosen.len() as f32 - BETTER;
        self.best = Some(Fit { hits: self.hits.clone(), rest: self.rest.clone(), ..measured });
    }

    /// Gives each slot its payment and measures the result. Leaves hits and rest in the buffers. `None` if too many are
    /// left over.
    fn assign(&mut self, schedule: Schedule, place: impl Fn(usize) -> (i32, i32)) -> Option<Fit> {
        let limit = self.limit();
        let Self { events, chosen, hits, rest, .. } = self;
        let cadence = schedule.cadence();
        let slack = cadence.slack();
        hits.clear();
        rest.clear();
        let mut off_sum = 0;
        let mut last_off = 0;
        for (place_at, at) in chosen.iter().copied().enumerate() {
            let (slot, off) = place(place_at);
            if off > slack {
                rest.push(at);
            } else if let Some((last, held)) = hits.last().copied().filter(|(last, _)| *last == slot) {
                let before = hits.len().checked_sub(2).map(|at| events[hits[at].1 as usize].ticks);
                let strange = |at: u32| before.is_some_and(|before| !within(before, events[at as usize].ticks, STEADY));
                // The amount tells better than the day which of two payments continues the stream.
                if (strange(at), off) < (strange(held), last_off) {
                    rest.push(held);
                    off_sum += off - last_off;
                    last_off = off;
                    hits.pop();
                    hits.push((last, at));
                } else {
                    rest.push(at);
                }
            } else {
                off_sum += off;
                last_off = off;
                hits.push((slot, at));
            }
            if rest.len() > limit {
                return None;
            }
        }
        rest.sort_unstable();
        let (missing, pauses) = holes(hits, cadence);
        let off = off_sum as f32 / slack as f32;
        let score = hits.len() as f32 - 0.35 * off - 0.5 * missing as f32 - rest.len() as f32 - 0.7 * pauses as f32;
        Some(Fit { schedule, hits: Vec::new(), rest: Vec::new(), missing, pauses, off, score })
    }
}

/// The schedule of a period in days that most dates lie on or next to; of equals the last one seen.
fn every_so_many_days(every: i32, events: &[Event], chosen: &[u32]) -> Schedule {
    let mut counts = [0_i32; THIRTY as usize];
    let days = || chosen.iter().map(|at| events[*at as usize].day);
    days().for_each(|day| counts[day.rem_euclid(every) as usize] += 1);
    let near = |day: i32| counts[day.rem_euclid(every) as usize];
    let weight = |day: i32| 4 * near(day) + near(day - 1) + near(day + 1);
    let anchor = days().max_by_key(|day| weight(*day)).unwrap_or_default();
    Schedule::Days { every, anchor }
}

/// Whether payments keep thirty days rather than a month: nearly all gaps say so.
fn keeps_thirty(events: &[Event], chosen: &[u32]) -> bool {
    let gaps = || chosen.windows(2).map(|pair| events[pair[1] as usize].day - events[pair[0] as usize].day);
    chosen.len() >= 6 && gaps().filter(|gap| (gap - THIRTY).abs() <= 1).count() * 10 >= gaps().count() * 8
}

/// Slots missing between payments, and pauses.
pub(crate) fn holes(hits: &[(i32, u32)], cadence: Cadence) -> (u32, u32) {
    let (mut missing, mut pauses) = (0, 0);
    for pair in hits.windows(2) {
        let empty = pair[1].0 - pair[0].0 - 1;
        if empty >= cadence.pause() { pauses += 1 } else { missing += empty.max(0) as u32 }
    }
    (missing, pauses)
}

/// The cadences that a gap in days speaks for, a bit each.
const SPEAK: [u16; 400] = {
    let mut speak = [0; 400];
    let mut at = 0;
    while at < Cadence::ALL.len() {
        let (mut gap, most) = Cadence::ALL[at].gaps();
        while gap <= most {
            speak[gap as usize] |= 1 << at;
            gap += 1;
        }
        at += 1;
    }
    speak
};

/// Whether two dates can be successive payments of any cadence.
pub(crate) fn speaks(gap: i32) -> bool {
    usize::try_from(gap).ok().and_then(|gap| SPEAK.get(gap)).is_some_and(|cadences| *cadences != 0)
}

/// How many gaps between events speak for each cadence. Gaps over one event between are counted too, as it may be
/// noise.
fn votes(events: &[Event], chosen: &[u32]) -> [u32; 9] {
    let mut votes = [0; 9];
    for step in 1..=2 {
        for (one, other) in chosen.iter().zip(chosen.iter().skip(step)) {
            let gap = events[*other as usize].day - events[*one as usize].day;
            let mut speak = usize::try_from(gap).ok().and_then(|gap| SPEAK.get(gap).copied()).unwrap_or(0);
            while speak != 0 {
                votes[speak.trailing_zeros() as usize] += 1;
                speak &= speak - 1;
            }
        }
    }
    votes
}

/// The days of month around which most payments lie, best first; 31 stands for the month's end.
fn favourite_days(events: &[Event], chosen: &[u32]) -> Vec<i32> {
    let mut counts = [0_i32; 32];
    let mut ends = 0;
    for at in chosen {
        let event = events[*at as usize];
        let day = event.day_of_month;
        counts[day as usize] += 1;
        ends += i32::from(day == event.days_in_month && day < 31);
    }
    let mut days: Vec<(i32, i32)> = (1..=31_i32)
        .filter(|day| counts[*day as usize] > 0 || (*day == 31 && ends > 0))
        .map(|day| {
            let near = |day: i32| counts.get(day as usize).copied().unwrap_or(0);
            let own = near(day) + if day == 31 { ends } else { 0 };
            let weight = 6 * own + 2 * (near(day - 1) + near(day + 1)) + near(day - 2) + near(day + 2);
            (-weight, day)
        })
        .collect();
    days.sort_unstable();
    days.truncate(MOST_DAYS);
    // A day in the middle of weekend shifts may never have been paid on itself.
    let wide = days.first().map(|(_, day)| *day).filter(|_| chosen.len() <= 4);
    let mut days: Vec<i32> = days.into_iter().map(|(_, day)| day).collect();
    if let Some(day) = wide {
        for day in [day - 1, day + 1, day - 2, day + 2] {
            if (1..=31).contains(&day) && !days.contains(&day) {
                days.push(day);
            }
        }
    }
    days
}
