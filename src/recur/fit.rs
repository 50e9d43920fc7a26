//! Finds the schedule that explains the dates of some payments best.

use super::cadence::{Cadence, Schedule, THIRTY};
use super::calendar::Calendar;

/// A payment within its group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub day: i32,
    pub month: i32,
    /// Amount in millionths, for comparing; what is given out is exact.
    pub ticks: i64,
}

impl Event {
    fn day_of_month(self, calendar: &Calendar) -> i32 {
        self.day - calendar.month_start(self.month) + 1
    }

    fn ends_month(self, calendar: &Calendar) -> bool {
        self.day + 1 == calendar.month_start(self.month + 1)
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

/// Buffers of fitting, reused from group to group.
#[derive(Debug, Default)]
pub(crate) struct Fitter {
    schedules: Vec<Schedule>,
    hits: Vec<(i32, u32)>,
    rest: Vec<u32>,
}

/// Cadences in the order in which a tie is decided.
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

/// A schedule must beat the one before in [`ORDER`] by this much.
const BETTER: f32 = 0.05;

/// Days of month that are tried per cadence.
const MOST_DAYS: usize = 4;

impl Fitter {
    /// The schedule that explains most of the chosen events, which are in order of day. `None` if no two of them keep one.
    pub fn fit(&mut self, events: &[Event], chosen: &[u32], tried: Tried, calendar: &Calendar) -> Option<Fit> {
        if chosen.len() < 2 {
            return None;
        }
        let votes = votes(events, chosen);
        let least = (chosen.len() as u32 / 6).max(1);
        let mut best: Option<Fit> = None;
        for cadence in ORDER {
            if votes[cadence as usize] < least || (cadence == Cadence::TwiceAMonth && tried == Tried::AllButTwice) {
                continue;
            }
            self.schedules.clear();
            self.propose(cadence, events, chosen, calendar);
            for at in 0..self.schedules.len() {
                let schedule = self.schedules[at];
                let measured = self.assign(schedule, events, chosen, calendar);
                if self.hits.len() < 2 || best.as_ref().is_some_and(|best| measured.score <= best.score + BETTER) {
                    continue;
                }
                best = Some(Fit { schedule, hits: self.hits.clone(), rest: self.rest.clone(), ..measured });
            }
        }
        best
    }

    /// Schedules of a cadence that the dates suggest.
    fn propose(&mut self, cadence: Cadence, events: &[Event], chosen: &[u32], calendar: &Calendar) {
        let every = match cadence {
            Cadence::EveryWeek => Some(7),
            Cadence::EveryOtherWeek => Some(14),
            Cadence::EveryFourWeeks => Some(28),
            _ => None,
        };
        if let Some(every) = every {
            self.schedules.push(every_so_many_days(every, events, chosen));
            return;
        }
        let days = favourite_days(events, chosen, calendar);
        let every = match cadence {
            Cadence::EveryMonth => 1,
            Cadence::EveryOtherMonth => 2,
            Cadence::EveryThreeMonths => 3,
            Cadence::EverySixMonths => 6,
            Cadence::EveryYear => 12,
            _ => {
                for (at, one) in days.iter().enumerate() {
                    for other in &days[at + 1..] {
                        let (first, second) = (*one.min(other), *one.max(other));
                        if (10..=20).contains(&(second - first)) {
                            self.schedules.push(Schedule::Twice { first, second });
                        }
                    }
                }
                return;
            }
        };
        if every == 1 && keeps_thirty(events, chosen) {
            self.schedules.push(every_so_many_days(THIRTY, events, chosen));
        }
        for day in days.iter().copied().take(if every == 1 { MOST_DAYS } else { 3 }) {
            let start = self.schedules.len();
            for at in chosen {
                let event = events[*at as usize];
                // A date at one end of a month may be due at the end of its neighbour.
                let nearest = Schedule::Months { every: 1, anchor: 0, day }.nearest(event.day, event.month, calendar).0;
                let schedule = Schedule::Months { every, anchor: nearest.rem_euclid(every), day };
                if !self.schedules[start..].contains(&schedule) {
                    self.schedules.push(schedule);
                }
            }
        }
    }

    /// Gives each slot its payment and measures the result. Leaves hits and rest in the buffers.
    fn assign(&mut self, schedule: Schedule, events: &[Event], chosen: &[u32], calendar: &Calendar) -> Fit {
        let cadence = schedule.cadence();
        let slack = cadence.slack();
        self.hits.clear();
        self.rest.clear();
        let mut off_sum = 0;
        let mut last_off = 0;
        for at in chosen {
            let event = events[*at as usize];
            let (slot, off) = schedule.nearest(event.day, event.month, calendar);
            if off > slack {
                self.rest.push(*at);
                continue;
            }
            match self.hits.last().copied() {
                Some((last, held)) if last == slot => {
                    let before = self.hits.len().checked_sub(2).map(|at| events[self.hits[at].1 as usize].ticks);
                    let strange = |at: u32| before.is_some_and(|before| !within(before, events[at as usize].ticks, 50));
                    // The amount tells better than the day which of two payments continues the stream.
                    if (strange(*at), off) < (strange(held), last_off) {
                        self.rest.push(held);
                        off_sum += off - last_off;
                        last_off = off;
                        *self.hits.last_mut().expect("just seen") = (slot, *at);
                    } else {
                        self.rest.push(*at);
                    }
                }
                _ => {
                    off_sum += off;
                    last_off = off;
                    self.hits.push((slot, *at));
                }
            }
        }
        self.rest.sort_unstable();
        let (missing, pauses) = holes(&self.hits, cadence);
        let off = off_sum as f32 / slack as f32;
        let score =
            self.hits.len() as f32 - 0.35 * off - 0.5 * missing as f32 - self.rest.len() as f32 - 0.7 * pauses as f32;
        Fit { schedule, hits: Vec::new(), rest: Vec::new(), missing, pauses, off, score }
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

/// How many gaps between events speak for each cadence. Gaps over one event between are counted too, as it may be noise.
fn votes(events: &[Event], chosen: &[u32]) -> [u32; 9] {
    let mut votes = [0; 9];
    for step in 1..=2 {
        for (one, other) in chosen.iter().zip(chosen.iter().skip(step)) {
            let gap = events[*other as usize].day - events[*one as usize].day;
            for cadence in Cadence::ALL {
                votes[*cadence as usize] += u32::from(cadence.gaps().contains(&gap));
            }
        }
    }
    votes
}

/// The days of month around which most payments lie, best first; 31 stands for the month's end.
fn favourite_days(events: &[Event], chosen: &[u32], calendar: &Calendar) -> Vec<i32> {
    let mut counts = [0_i32; 32];
    let mut ends = 0;
    for at in chosen {
        let event = events[*at as usize];
        let day = event.day_of_month(calendar).clamp(1, 31);
        counts[day as usize] += 1;
        ends += i32::from(event.ends_month(calendar) && day < 31);
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
