//! Takes the payments of one payee apart into tracks: sequences that keep a schedule, with what is left over.

use super::cadence::{Cadence, Schedule};
use super::calendar::Calendar;
use super::fit::{Event, Fit, Fitter, Tried, holes, speaks, within};
use super::judge::{self, Pattern, STEADY};
use super::rules::{Expectation, Outlook};

/// Payments that keep a schedule, and the company they keep.
#[derive(Clone, Debug)]
pub(crate) struct Track {
    /// The schedule of the latest stretch.
    pub schedule: Schedule,
    /// Events in order of day.
    pub events: Vec<u32>,
    /// Slots without payment, pauses left out.
    pub missing: u32,
    pub pauses: u32,
    /// Days off the schedule, added up and measured in the cadence's slack.
    pub off: f32,
    /// Payments of the same kind and amount that keep no schedule.
    pub noise: u32,
    /// Payments of the same group that keep no schedule, whatever their amount.
    pub strangers: u32,
    /// Whether the first payment is a trial, before the schedule and below the later amount.
    pub trial: bool,
    /// Whether the schedule begins anew with other days after a pause.
    pub restarted: bool,
}

impl Track {
    fn of(fit: Fit, noise: u32) -> Self {
        Self {
            schedule: fit.schedule,
            events: fit.hits.iter().map(|(_, at)| *at).collect(),
            missing: fit.missing,
            pauses: fit.pauses,
            off: fit.off,
            noise,
            strangers: 0,
            trial: false,
            restarted: false,
        }
    }

    pub fn cadence(&self) -> Cadence {
        self.schedule.cadence()
    }

    fn first(&self) -> u32 {
        self.events[0]
    }

    fn last(&self) -> u32 {
        self.events[self.events.len() - 1]
    }
}

/// Lanes of equal amount are cut where sorted amounts jump by more than these thousandths.
const LANE_GAP: i64 = 20;

/// Payments nearer than this in days keep no schedule together.
const LEAST_GAP: i32 = 4;

/// Streams side by side at one price. More, and it is a habit.
const MOST_PARALLEL: usize = 3;

/// One way of taking payments apart: moves what it explains from the rest to the tracks.
type Criterion = fn(&mut Separator, &[Event], &mut Vec<u32>, &mut Vec<Track>, Outlook, &Calendar);

/// Takes groups apart; holds buffers only.
#[derive(Debug, Default)]
pub(crate) struct Separator {
    fitter: Fitter,
}

impl Separator {
    /// Tracks of a group, most convincing first taken. Events are in order of day.
    pub fn separate(&mut self, events: &[Event], outlook: Outlook, calendar: &Calendar) -> Vec<Track> {
        let all: Vec<u32> = (0..events.len() as u32).collect();
        if all.len() < 2 || outlook.expectation == Expectation::Never {
            return Vec::new();
        }
        if let Some(track) = self.whole(events, &all, outlook, calendar) {
            return vec![track];
        }
        let by_amount = self.in_turn(events, &all, outlook, calendar, [Self::by_amount, Self::by_day]);
        // Bills and pay that vary are told apart by their days, unless their amounts explain more.
        if !matches!(outlook.expectation, Expectation::Bill | Expectation::Income) && !outlook.varies {
            return by_amount;
        }
        let by_day = self.in_turn(events, &all, outlook, calendar, [Self::by_day, Self::by_amount]);
        if worth(&by_day) >= worth(&by_amount) { by_day } else { by_amount }
    }

    /// Takes a group apart by one criterion and what is left over by the other.
    fn in_turn(
        &mut self,
        events: &[Event],
        all: &[u32],
        outlook: Outlook,
        calendar: &Calendar,
        criteria: [Criterion; 2],
    ) -> Vec<Track> {
        let mut tracks = Vec::new();
        let mut rest = all.to_vec();
        for criterion in criteria {
            criterion(self, events, &mut rest, &mut tracks, outlook, calendar);
        }
        self.stitch(events, &mut tracks, calendar);
        absorb(events, &mut rest, &mut tracks, outlook, calendar);
        tracks.iter_mut().for_each(|track| track.strangers = rest.len() as u32);
        tracks
    }

    /// All payments as one track, where they are one: nothing left over, amounts of one kind.
    fn whole(&mut self, events: &[Event], all: &[u32], outlook: Outlook, calendar: &Calendar) -> Option<Track> {
        let coherent = |fit: &Fit| {
            let ticks = ticks_of(events, fit);
            match judge::pattern(&ticks) {
                // A frequent schedule with many holes covers any dates.
                _ if fit.missing as usize * 4 + fit.pauses as usize * 3 > fit.hits.len() => false,
                Pattern::Wild => false,
                // One price on two days a month is two contracts.
                _ if fit.schedule.cadence() == Cadence::TwiceAMonth && is_contract(outlook) => false,
                Pattern::Varying if fit.schedule.cadence() == Cadence::TwiceAMonth => {
                    outlook.expectation == Expectation::Income && alike_by_turns(&ticks, 150)
                }
                _ if fit.schedule.cadence() == Cadence::TwiceAMonth => alike_by_turns(&ticks, 30),
                _ => true,
            }
        };
        if all.windows(2).any(|pair| events[pair[1] as usize].day - events[pair[0] as usize].day < LEAST_GAP) {
            return None;
        }
        if outlook.expectation == Expectation::Habit && judge::pattern_of_most(events) >= Pattern::Varying {
            return None;
        }
        let mut fit = self.fitter.fit_but(0, events, all, Tried::All, calendar)?;
        if !coherent(&fit) && fit.schedule.cadence() == Cadence::TwiceAMonth {
            fit = self.fitter.fit_but(0, events, all, Tried::AllButTwice, calendar)?;
        }
        if !coherent(&fit) {
            return None;
        }
        Some(Track::of(fit, 0))
    }

    /// Explains lanes of equal amount one by one.
    fn by_amount(
        &mut self,
        events: &[Event],
        rest: &mut Vec<u32>,
        tracks: &mut Vec<Track>,
        outlook: Outlook,
        calendar: &Calendar,
    ) {
        let expected = !matches!(
            outlook.expectation,
            Expectation::Habit | Expectation::Neutral | Expectation::Transfer | Expectation::Never
        );
        // Most lanes are pairs or a whole range of amounts, and seldom anything: nothing is tried that cannot be
        // believed.
        let hopeless = |lane: &[u32]| match *lane {
            [] | [_] => true,
            [one, other] => {
                let gap = (events[other as usize].day - events[one as usize].day).abs();
                let yearly = gap >= 300 && outlook.expectation != Expectation::Habit;
                !speaks(gap) || !(expected || yearly)
            }
            [least, .., most] => {
                !expected && !within(events[least as usize].ticks, events[most as usize].ticks, STEADY)
            }
        };
        let tried = if is_contract(outlook) { Tried::AllButTwice } else { Tried::All };
        // A price kept to the cent stands out from purchases that happen to be near it.
        let mut sorted = std::mem::take(rest);
        sorted.sort_unstable_by_key(|at| (events[*at as usize].ticks, *at));
        let ticks = |at: u32| events[at as usize].ticks;
        let mut near = Vec::with_capacity(sorted.len());
        for lane in sorted.chunk_by(|one, other| ticks(*one) == ticks(*other)) {
            let (start, kept) = (tracks.len(), rest.len());
            if lane.len() >= 3 {
                self.explain(events, lane.to_vec(), tried, rest, tracks, calendar);
            }
            if tracks.len() == start || tracks[start..].iter().any(|track| track.noise > 0) {
                tracks.truncate(start);
                rest.truncate(kept);
                near.extend(lane);
            }
        }
        for lane in near.chunk_by(|one, other| within(ticks(*one), ticks(*other), LANE_GAP)) {
            if hopeless(lane) {
                rest.extend(lane);
                continue;
            }
            let mut lane = lane.to_vec();
            lane.sort_unstable();
            self.explain(events, lane, tried, rest, tracks, calendar);
        }
        rest.sort_unstable();
    }

    /// Explains payments whose amounts vary by their days, where that is to be expected of the payee.
    fn by_day(
        &mut self,
        events: &[Event],
        rest: &mut Vec<u32>,
        tracks: &mut Vec<Track>,
        outlook: Outlook,
        calendar: &Calendar,
    ) {
        if matches!(outlook.expectation, Expectation::Bill | Expectation::Income) || outlook.varies {
            let lane = std::mem::take(rest);
            // Pay on two days a month is one stream; bills on two days are two.
            let tried = if outlook.expectation == Expectation::Income { Tried::All } else { Tried::AllButTwice };
            self.explain(events, lane, tried, rest, tracks, calendar);
            rest.sort_unstable();
        }
    }

    /// Explains a lane by one schedule, or by a few side by side or one after the other. What keeps none is noise to
    /// all.
    fn explain(
        &mut self,
        events: &[Event],
        mut lane: Vec<u32>,
        tried: Tried,
        rest: &mut Vec<u32>,
        tracks: &mut Vec<Track>,
        calendar: &Calendar,
    ) {
        let start = tracks.len();
        while lane.len() >= 2 && tracks.len() < start + MOST_PARALLEL {
            let Some(mut fit) = self.fitter.fit(events, &lane, tried, calendar) else { break };
            if fit.schedule.cadence() == Cadence::TwiceAMonth && !alike_by_turns(&ticks_of(events, &fit), 150) {
                match self.fitter.fit(events, &lane, Tried::AllButTwice, calendar) {
                    Some(once) => fit = once,
                    None => break,
                }
            }
            let side_by_side = tracks.len() > start;
            if side_by_side && fit.schedule.cadence() < Cadence::TwiceAMonth && overlaps(events, &tracks[start], &fit) {
                // Several payments of one amount in each week are a habit.
                break;
            }
            lane.clone_from(&fit.rest);
            tracks.push(Track::of(fit, 0));
        }
        // A track with many holes is made of what another left over: it speaks against all.
        let weak = |track: &Track| track.missing as usize * 6 > track.events.len();
        let doubtful: usize = tracks[start..].iter().filter(|track| weak(track)).map(|track| track.events.len()).sum();
        let count = tracks.len() - start;
        for track in &mut tracks[start..] {
            let own = if weak(track) { track.events.len() } else { 0 };
            track.noise = (lane.len() + if count > 1 { doubtful - own } else { 0 }) as u32;
        }
        rest.append(&mut lane);
    }

    /// Joins tracks that are one stream at two prices or before and after a pause.
    fn stitch(&mut self, events: &[Event], tracks: &mut Vec<Track>, calendar: &Calendar) {
        tracks.sort_by_key(|track| (track.first(), track.last()));
        let mut at = 0;
        while at < tracks.len() {
            let next = (at + 1..tracks.len()).find(|next| follows(events, &tracks[at], &tracks[*next], calendar));
            match next {
                Some(next) => {
                    let later = tracks.remove(next);
                    join(events, &mut tracks[at], later, calendar);
                }
                None => at += 1,
            }
        }
    }
}

/// Whether payments are of contracts, each of which has one due day.
fn is_contract(outlook: Outlook) -> bool {
    matches!(outlook.expectation, Expectation::Subscription | Expectation::Bill)
}

/// How much of a group some tracks explain, and how simply.
fn worth(tracks: &[Track]) -> i64 {
    tracks.iter().map(|track| track.events.len() as i64 - i64::from(track.missing) - 3).sum()
}

/// Whether every other payment and those between have about the same amounts.
fn alike_by_turns(ticks: &[i64], thousandths: i64) -> bool {
    let median = |parity: usize| {
        let mut half: Vec<i64> = ticks.iter().copied().skip(parity).step_by(2).collect();
        half.sort_unstable();
        half.get(half.len() / 2).copied()
    };
    median(0).zip(median(1)).is_none_or(|(one, other)| within(one, other, thousandths))
}

fn ticks_of(events: &[Event], fit: &Fit) -> Vec<i64> {
    fit.hits.iter().map(|(_, at)| events[*at as usize].ticks).collect()
}

fn overlaps(events: &[Event], track: &Track, fit: &Fit) -> bool {
    let day = |at: u32| events[at as usize].day;
    let (first, last) = (fit.hits[0].1, fit.hits[fit.hits.len() - 1].1);
    day(first) <= day(track.last()) && day(track.first()) <= day(last)
}

/// Whether `later` takes up where `track` ended: the same cadence, no overlap, a like amount, and either the same days
/// or a pause between.
fn follows(events: &[Event], track: &Track, later: &Track, calendar: &Calendar) -> bool {
    let (end, start) = (events[track.last() as usize], events[later.first() as usize]);
    if start.day <= end.day {
        return false;
    }
    let cadence = track.cadence();
    let gap = start.day - end.day;
    let same_cadence = cadence == later.cadence();
    let price = within(end.ticks, start.ticks, 600);
    let (_, off) = track.schedule.nearest(start.day, start.month, calendar);
    let in_step = off <= cadence.slack() && gap <= cadence.days() * 4 && gap * 3 > cadence.days() * 2;
    let after_pause =
        gap > cadence.days() * 3 / 2 && gap <= 400 + cadence.days() && within(end.ticks, start.ticks, 350);
    // Thirty days are no month: such dates wander, one short step at a time.
    let wandering = (cadence.gaps().0..=cadence.gaps().1).contains(&gap) && within(end.ticks, start.ticks, judge::SAME);
    // A contract may move to another day of the month: one short or long period at the same price, both sides well kept.
    let moved = (cadence.days() / 3..=cadence.days() * 2).contains(&gap)
        && cadence >= Cadence::EveryFourWeeks
        && track.events.len().min(later.events.len()) >= 3
        && within(end.ticks, start.ticks, judge::SAME);
    same_cadence && ((in_step && price) || after_pause || wandering || moved)
}

fn join(events: &[Event], track: &mut Track, later: Track, calendar: &Calendar) {
    let start = events[later.first() as usize];
    let end = events[track.last() as usize];
    let cadence = track.cadence();
    let (_, off) = track.schedule.nearest(start.day, start.month, calendar);
    let periods = (start.day - end.day + cadence.days() / 2) / cadence.days();
    let empty = (periods - 1).max(0);
    if empty >= cadence.pause() {
        track.pauses += 1;
    } else {
        track.missing += empty as u32;
    }
    track.restarted |= off > cadence.slack();
    track.missing += later.missing;
    track.pauses += later.pauses;
    track.off += later.off;
    track.noise += later.noise;
    // The longer stretch knows the days better, but only the later one knows the present.
    if off > cadence.slack() || later.events.len() >= 3 {
        track.schedule = later.schedule;
    }
    track.events.extend(later.events);
}

/// Takes single payments left over into the tracks they belong to by day: at a new price, in a missed slot, or as a
/// trial.
fn absorb(events: &[Event], rest: &mut Vec<u32>, tracks: &mut [Track], outlook: Outlook, calendar: &Calendar) {
    let expected = matches!(outlook.expectation, Expectation::Subscription | Expectation::Bill | Expectation::Income);
    for track in tracks.iter_mut() {
        if rest.len() > track.events.len() {
            continue;
        }
        let cadence = track.cadence();
        let near = if expected { 500 } else { 250 };
        let mut taken = true;
        while std::mem::take(&mut taken) {
            let slot_of = |at: u32| {
                let event = events[at as usize];
                track.schedule.nearest(event.day, event.month, calendar)
            };
            let (first, last) = (slot_of(track.first()).0, slot_of(track.last()).0);
            let full: Vec<i32> = track.events.iter().map(|at| slot_of(*at).0).collect();
            let fits = |at: u32| {
                let (slot, off) = slot_of(at);
                let neighbour = if slot < first { track.first() } else { track.last() };
                off <= cadence.slack()
                    && (first - 1..=last + 2).contains(&slot)
                    && !full.contains(&slot)
                    && within(events[at as usize].ticks, events[neighbour as usize].ticks, near)
            };
            if let Some(found) = rest.iter().position(|at| fits(*at)) {
                let at = rest.remove(found);
                let into = track.events.partition_point(|held| *held < at);
                track.events.insert(into, at);
                let hits: Vec<(i32, u32)> = track.events.iter().map(|at| (slot_of(*at).0, *at)).collect();
                if !track.restarted {
                    (track.missing, track.pauses) = holes(&hits, cadence);
                }
                taken = true;
            }
        }
        if outlook.expectation == Expectation::Subscription && track.events.len() >= 2 {
            let start = events[track.first() as usize];
            let is_trial = |at: &u32| {
                let event = events[*at as usize];
                (3..=40).contains(&(start.day - event.day)) && event.ticks < start.ticks - start.ticks / 5
            };
            if let Some(found) = rest.iter().rposition(is_trial) {
                track.events.insert(0, rest.remove(found));
                track.trial = true;
            }
        }
    }
}
