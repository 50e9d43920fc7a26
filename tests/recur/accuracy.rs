//! How well the streams of simulated households are found, by cadence.

use std::collections::{BTreeMap, HashMap};

use payee::recur::{self, Cadence, Status};

use crate::simulator::{self, Household};

const HOUSEHOLDS: u64 = 300;

/// Matched if at least this share of the rows of both together are common.
const ALIKE: f64 = 0.7;

#[derive(Default)]
struct Score {
    there: usize,
    found: usize,
    wrong: usize,
    cadence: usize,
    going_on: usize,
    within_window: usize,
    ended: usize,
    stopped: usize,
}

impl Score {
    fn line(&self, name: &str) -> String {
        let share = |part: usize, whole: usize| if whole == 0 { 1.0 } else { part as f64 / whole as f64 };
        format!(
            "{name:<18} {:>6} {:>9.4} {:>9.4} {:>9.4} {:>9.4} {:>9.4}",
            self.there,
            share(self.found, self.found + self.wrong),
            share(self.found, self.there),
            share(self.cadence, self.found),
            share(self.within_window, self.going_on),
            share(self.stopped, self.ended),
        )
    }

    fn add(&mut self, other: &Self) {
        self.there += other.there;
        self.found += other.found;
        self.wrong += other.wrong;
        self.cadence += other.cadence;
        self.going_on += other.going_on;
        self.within_window += other.within_window;
        self.ended += other.ended;
        self.stopped += other.stopped;
    }
}

fn score(household: &Household, scores: &mut BTreeMap<Cadence, Score>, misses: &mut Vec<String>) {
    let streams = recur::streams(household.collector(), Some(simulator::END));
    let owner: HashMap<u32, usize> =
        household.truths.iter().enumerate().flat_map(|(at, truth)| truth.rows.iter().map(move |row| (*row, at))).collect();
    let mut matched = vec![None; household.truths.len()];
    for (at, stream) in streams.all().iter().enumerate() {
        let mut shares: HashMap<usize, usize> = HashMap::new();
        stream.members.iter().filter_map(|row| owner.get(row)).for_each(|truth| *shares.entry(*truth).or_default() += 1);
        let best = shares.into_iter().max_by_key(|(truth, count)| (*count, usize::MAX - truth));
        let alike = best.filter(|(truth, common)| {
            let union = stream.members.len() + household.truths[*truth].rows.len() - common;
            *common as f64 >= ALIKE * union as f64 && matched[*truth].is_none()
        });
        match alike {
            Some((truth, _)) => matched[truth] = Some(at),
            None => {
                scores.entry(stream.cadence).or_default().wrong += 1;
                misses.push(format!(
                    "wrong  {:<28} {:<18} {:?} {} members {:?} {}",
                    stream.name, stream.cadence.as_str(), stream.kind, stream.members.len(), stream.pattern, stream.confidence,
                ));
            }
        }
    }
    for (truth, matched) in household.truths.iter().zip(matched) {
        let score = scores.entry(truth.cadence).or_default();
        score.there += 1;
        let Some(stream) = matched.map(|at| &streams.all()[at]) else {
            misses.push(format!("missed {:<40} {:<18} {} rows", truth.what, truth.cadence.as_str(), truth.rows.len()));
            continue;
        };
        score.found += 1;
        if stream.cadence == truth.cadence {
            score.cadence += 1;
        } else {
            misses.push(format!("rhythm {:<40} {} for {}, {} rows", truth.what, stream.cadence, truth.cadence, truth.rows.len()));
        }
        match truth.next {
            Some(next) => {
                score.going_on += 1;
                let inside = stream.next.is_some_and(|forecast| (forecast.earliest..=forecast.latest).contains(&next));
                score.within_window += usize::from(inside);
                if !inside {
                    misses.push(format!(
                        "next   {:<40} {} {} rows: {next} for {:?}", truth.what, stream.cadence, truth.rows.len(),
                        stream.next.map(|next| (next.earliest, next.latest)),
                    ));
                }
            }
            None => {
                score.ended += 1;
                score.stopped += usize::from(stream.status == Status::Stopped);
            }
        }
    }
}

#[test]
fn streams_of_simulated_households() {
    let mut scores = BTreeMap::new();
    let mut misses = Vec::new();
    for seed in 0..HOUSEHOLDS {
        score(&simulator::household(seed), &mut scores, &mut misses);
    }
    let mut all = Score::default();
    scores.values().for_each(|score| all.add(score));
    misses.sort();
    misses.iter().for_each(|miss| println!("{miss}"));
    println!(
        "{:<18} {:>6} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "cadence", "there", "precision", "recall", "cadence", "next", "stopped"
    );
    scores.iter().for_each(|(cadence, score)| println!("{}", score.line(cadence.as_str())));
    println!("{}", all.line("all"));

    let share = |part: usize, whole: usize| part as f64 / whole as f64;
    assert!(all.there > 3000, "only {} streams were drawn", all.there);
    assert!(share(all.found, all.found + all.wrong) >= 0.97, "precision");
    assert!(share(all.found, all.there) >= 0.97, "recall");
    assert!(share(all.cadence, all.found) >= 0.98, "cadence");
    assert!(share(all.within_window, all.going_on) >= 0.95, "next date");
}

#[test]
#[ignore]
fn debug_one() {
    let mut shown = 0;
    for seed in 0..HOUSEHOLDS {
        let household = simulator::household(seed);
        let mut misses = Vec::new();
        score(&household, &mut BTreeMap::new(), &mut misses);
        let who = std::env::var("WHO").unwrap();
        if misses.iter().any(|miss| miss.contains(&who)) {
            shown += 1;
            println!("== {seed}");
            misses.iter().filter(|miss| miss.contains(&who)).for_each(|miss| println!("{miss}"));
            let streams = recur::streams(household.collector(), Some(simulator::END));
            for (at, paid) in household.payments.iter().enumerate().filter(|(_, paid)| paid.name.contains(&who)) {
                let truth = household.truths.iter().position(|truth| truth.rows.contains(&(at as u32)));
                let stream = streams.all().iter().position(|stream| stream.members.contains(&(at as u32)));
                println!("{} {} {truth:?} {stream:?} {:?}", paid.date, paid.cents, stream.map(|at| streams.all()[at].confidence));
            }
        }
        if shown > 2 { break; }
    }
}
