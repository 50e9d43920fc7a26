//! Streams as they are given out.

use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use super::cadence::{Cadence, Schedule};
use super::calendar::{Calendar, LAST_DAY, date_of, day_of, month_of};
use super::judge::Pattern;
use super::rules::Expectation;
use crate::model::category::CategoryId;
use crate::model::transaction::{Country, Currency, Direction};

/// What a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[serde(rename = "StreamKind")]
#[non_exhaustive]
pub enum Kind {
    /// Money out to a payee that bills a household or collects what is owed.
    Bill,
    /// Money out for a service paid at intervals.
    Subscription,
    /// Money in that is earned or received.
    Income,
    /// Money moved.
    Transfer,
    /// Anything else that keeps a schedule.
    Other,
}

impl Kind {
    /// The published name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bill => "BILL",
            Self::Subscription => "SUBSCRIPTION",
            Self::Income => "INCOME",
            Self::Transfer => "TRANSFER",
            Self::Other => "OTHER",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How far a stream has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[serde(rename = "StreamStatus")]
pub enum Status {
    /// Two payments; the schedule is likely but young.
    Early,
    /// Three payments or more, or two of a yearly stream.
    Mature,
    /// No payment although one was due long ago.
    Stopped,
}

impl Status {
    /// The published name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Early => "EARLY",
            Self::Mature => "MATURE",
            Self::Stopped => "STOPPED",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Amounts from low to high, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Band {
    /// Lowest amount.
    pub low: Decimal,
    /// Highest amount.
    pub high: Decimal,
}

/// A price that changed and stayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PriceChange {
    /// Day of the first payment at the new price.
    pub date: Date,
    /// Price before.
    pub from: Decimal,
    /// Price since.
    pub to: Decimal,
}

/// A payment that is yet to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forecast {
    /// The likeliest day.
    pub date: Date,
    /// First day on which it may come.
    pub earliest: Date,
    /// Last day on which it may come.
    pub latest: Date,
    /// Expected amount.
    pub amount: Band,
}

/// Where payments go that are due on a weekend or holiday.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shift {
    /// None was due on such a day yet.
    #[default]
    Unknown,
    /// They stay.
    Stays,
    /// To the last working day before.
    Before,
    /// To the next working day.
    After,
}

/// Payments of one account to or from one payee that keep a schedule.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Stream {
    /// Stable id; prints as `RPT-` and the UUID. Made of account, direction, payee and the stream's place among the
    /// payee's streams, so that it stays when later payments are added.
    pub id: Uuid,
    /// Account id; empty where rows have none.
    pub account: Arc<str>,
    /// Currency of the amounts, where rows tell.
    pub currency: Option<Currency>,
    /// Money in or out.
    pub direction: Direction,
    /// Name of the merchant, or the cleaned description.
    pub name: Arc<str>,
    /// Id of the merchant, if the dictionary knows it.
    pub merchant: Option<Uuid>,
    /// Category of the latest payment.
    pub category: CategoryId,
    /// What the stream is.
    pub kind: Kind,
    /// How often payments come.
    pub cadence: Cadence,
    /// How far it has come.
    pub status: Status,
    /// The caller's numbers of the rows, by date.
    pub members: Vec<u32>,
    /// Day of the first payment.
    pub first_date: Date,
    /// Day of the latest payment.
    pub last_date: Date,
    /// Mean amount, rounded to the amounts' own places.
    pub average_amount: Decimal,
    /// Latest amount.
    pub last_amount: Decimal,
    /// Least amount.
    pub min_amount: Decimal,
    /// Greatest amount.
    pub max_amount: Decimal,
    /// How the amounts behave.
    pub pattern: Pattern,
    /// What the next payment is expected to be: the price, or the range of the last twelve widened by a tenth.
    pub band: Band,
    /// Price changes by date; none where amounts vary anyway.
    pub changes: Vec<PriceChange>,
    /// The next payment; `None` if the stream has stopped, or at the end of the civil calendar (9999-12-31).
    pub next: Option<Forecast>,
    /// Probability that this is a stream, 0 to 1.
    pub confidence: f32,
    pub(crate) facts: Facts,
}

/// What reasons and forecasts are made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub schedule: Schedule,
    pub shift: Shift,
    /// Days before and after the due day that payments came on.
    pub window: (i32, i32),
    pub missing: u32,
    pub pauses: u32,
    pub noise: u32,
    pub trial: bool,
    pub restarted: bool,
    pub expectation: Expectation,
    pub subscription: bool,
    pub bill: bool,
    /// Whose bank holidays shift the dates.
    pub country: Option<Country>,
}

impl Facts {
    /// The day a slot is paid on.
    pub fn paid_on(&self, slot: i32, calendar: &Calendar) -> i32 {
        let due = self.schedule.due(slot, calendar);
        match self.shift {
            Shift::Unknown | Shift::Stays => due,
            Shift::Before => calendar.open_until(due),
            Shift::After => calendar.open_from(due),
        }
    }
}

impl Stream {
    /// Whether its payments are charges of a subscription.
    pub(crate) fn is_subscription(&self) -> bool {
        self.kind == Kind::Subscription && self.direction == Direction::Debit
    }

    /// The expected amount of one payment: the price where there is one, the mean of the band where amounts vary.
    pub fn expected_amount(&self) -> Decimal {
        match self.pattern {
            Pattern::Fixed | Pattern::Stepped => self.last_amount,
            _ => self.average_amount,
        }
    }

    /// What the stream moves in a year at its expected amount.
    pub fn yearly_amount(&self) -> Decimal {
        self.expected_amount().saturating_mul(Decimal::from(self.cadence.times_a_year()))
    }

    /// Whether payments are still expected.
    pub fn is_active(&self) -> bool {
        self.status != Status::Stopped
    }

    /// Why this is a stream, and what speaks against it, in words.
    pub fn reasons(&self) -> Vec<String> {
        let facts = &self.facts;
        let mut reasons = vec![format!("{} payments {}", self.members.len(), self.cadence.words())];
        reasons.push(match self.pattern {
            Pattern::Fixed => "the same amount every time".to_owned(),
            Pattern::Stepped => match self.changes.len() {
                0 => "the same amount nearly every time".to_owned(),
                1 => "the same amount but for one change of price".to_owned(),
                changes => format!("the same amount but for {changes} changes of price"),
            },
            Pattern::Steady => "amounts within five per cent of each other".to_owned(),
            Pattern::Varying | Pattern::Wild => "amounts vary".to_owned(),
        });
        match facts.expectation {
            Expectation::Subscription => reasons.push("merchant or category is one of subscriptions".to_owned()),
            Expectation::Bill => reasons.push("category is one of bills".to_owned()),
            Expectation::Income => reasons.push("category is one of regular income".to_owned()),
            Expectation::Transfer => reasons.push("money moved by standing order".to_owned()),
            Expectation::Habit => reasons.push("kept although the category is one of frequent purchases".to_owned()),
            Expectation::Neutral | Expectation::Never => {
                if facts.subscription {
                    reasons.push("merchant or text say that it may be a subscription".to_owned());
                }
                if facts.bill {
                    reasons.push("merchant or text say that it is a bill".to_owned());
                }
            }
        }
        if facts.trial {
            reasons.push("began with a trial".to_owned());
        }
        match facts.missing {
            0 => {}
            1 => reasons.push("one payment missed".to_owned()),
            missing => reasons.push(format!("{missing} payments missed")),
        }
        if facts.restarted {
            reasons.push("stopped and begun anew on other days".to_owned());
        } else if facts.pauses > 0 {
            reasons.push("stopped for a while and begun anew".to_owned());
        }
        match facts.noise {
            0 => {}
            1 => reasons.push("one payment of like amount keeps no schedule".to_owned()),
            noise => reasons.push(format!("{noise} payments of like amount keep no schedule")),
        }
        reasons
    }

    /// The slot of the latest payment.
    fn last_slot(&self, calendar: &Calendar) -> i32 {
        self.facts.schedule.nearest(day_of(self.last_date), month_of(self.last_date), calendar).0
    }

    /// Forecasts from the first slot that may still be paid at `as_of` to the end of the civil calendar.
    pub(crate) fn forecasts<'s>(
        &'s self,
        as_of: Date,
        calendar: &'s Calendar,
    ) -> impl Iterator<Item = Forecast> + use<'s> {
        let today = day_of(as_of);
        let (before, after) = self.facts.window;
        let next = self.last_slot(calendar) + 1;
        let skip = (today - after - self.facts.paid_on(next, calendar)) / self.cadence.days().max(1);
        // Whole periods are leapt over; the few slots around the day are looked at one by one.
        (next + (skip - 2).max(0)..)
            .map(move |slot| {
                let day = self.facts.paid_on(slot, calendar);
                match self.facts.shift {
                    Shift::Unknown => {
                        (day, (day - before).min(calendar.open_until(day)), (day + after).max(calendar.open_from(day)))
                    }
                    _ => (day, day - before, day + after),
                }
            })
            .take_while(|(_, _, latest)| *latest <= LAST_DAY)
            .skip_while(move |(_, _, latest)| *latest < today)
            .map(move |(day, earliest, latest)| Forecast {
                date: date_of(day),
                earliest: date_of(earliest),
                latest: date_of(latest),
                amount: self.band,
            })
    }

    /// Sets what depends on today: status and next payment.
    pub(crate) fn look_ahead(&mut self, as_of: Date, calendar: &Calendar) {
        let due = self.facts.paid_on(self.last_slot(calendar) + 1, calendar);
        let grace = match self.cadence {
            Cadence::EveryWeek => 21,
            Cadence::EveryOtherWeek | Cadence::TwiceAMonth => 28,
            Cadence::EveryFourWeeks | Cadence::EveryMonth => 38,
            Cadence::EveryOtherMonth => 65,
            Cadence::EveryThreeMonths | Cadence::EverySixMonths | Cadence::EveryYear => 45,
        };
        let payments = self.members.len() - usize::from(self.facts.trial);
        self.status = if day_of(as_of) > due.saturating_add(grace) {
            Status::Stopped
        } else if payments >= 3 || (payments == 2 && self.cadence == Cadence::EveryYear) {
            Status::Mature
        } else {
            Status::Early
        };
        self.next = if self.is_active() { self.forecasts(as_of, calendar).next() } else { None };
    }
}
