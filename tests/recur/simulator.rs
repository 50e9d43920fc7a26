//! Households with known streams over two years, and with the purchases that look like streams and are none. All names
//! and amounts are invented; everything follows from a seed.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use payee::recur::{Cadence, Collector, Outlook, Payee, Payment, Rules};
use payee::{CategoryId, Decimal, Direction, Engine};
use uuid::Uuid;

#[path = "hard.rs"]
mod hard;
#[path = "life.rs"]
mod life;

/// First day of the data.
pub const START: Date = date(2023, 1, 1);
/// Last day of the data.
pub const END: Date = date(2024, 12, 31);

/// A small generator (splitmix64), so that a seed gives the same household for ever.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From low to high, both included.
    pub fn range(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1) as u64) as i64
    }

    /// Happens so many times in a hundred.
    pub fn percent(&mut self, percent: i64) -> bool {
        self.range(1, 100) <= percent
    }

    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.range(0, list.len() as i64 - 1) as usize]
    }

    /// Around zero, mostly within one and a half spreads.
    fn bell(&mut self, spread: i64) -> i64 {
        (0..4).map(|_| self.range(-spread, spread)).sum::<i64>() / 3
    }
}

/// One payment with everything it owns.
#[derive(Clone, Debug)]
pub struct Paid {
    pub account: String,
    pub date: Date,
    /// In cents.
    pub cents: i64,
    pub direction: Direction,
    pub merchant: Option<Uuid>,
    pub name: String,
    pub category: &'static str,
    pub subscription: bool,
    pub bill: bool,
    pub pending: bool,
}

impl Paid {
    /// Hands the payment to a collector.
    pub fn payment(&self) -> Payment<'_> {
        Payment {
            account: &self.account,
            currency: "USD".parse().ok(),
            country: "US".parse().ok(),
            date: self.date,
            amount: Decimal::new(self.cents, 2),
            direction: self.direction,
            payee: Payee { merchant: self.merchant, name: &self.name },
            category: category(self.category),
            outlook: outlook(self.category),
            subscription: self.subscription,
            bill: self.bill,
            pending: self.pending,
        }
    }
}

fn category(path: &str) -> CategoryId {
    Engine::builtin().category(path).unwrap_or_else(|| panic!("no category {path}")).id()
}

fn outlook(path: &str) -> Outlook {
    Rules::builtin().outlook(path)
}

/// A stream that is really there.
#[derive(Clone, Debug)]
pub struct Truth {
    pub what: String,
    pub cadence: Cadence,
    /// Row numbers.
    pub rows: Vec<u32>,
    /// The payment after the end of the data, if the stream goes on.
    pub next: Option<Date>,
    /// Has so few payments that it may be found or not.
    pub early: bool,
}

/// The payments of one household in order of date, and the streams among them.
pub struct Household {
    pub payments: Vec<Paid>,
    pub truths: Vec<Truth>,
}

impl Household {
    /// The household as it was known on an earlier day.
    pub fn until(&self, day: Date) -> Self {
        let known = self.payments.partition_point(|paid| paid.date <= day);
        let truths = self.truths.iter().filter_map(|truth| {
            let rows: Vec<u32> = truth.rows.iter().copied().filter(|row| (*row as usize) < known).collect();
            let next = truth.rows.get(rows.len()).map_or(truth.next, |row| Some(self.payments[*row as usize].date));
            let early = rows.len() < least(truth.cadence);
            (rows.len() >= 2).then(|| Truth { rows, next, early, ..truth.clone() })
        });
        Self { truths: truths.collect(), payments: self.payments[..known].to_vec() }
    }

    /// A collector filled with all payments.
    pub fn collector(&self) -> Collector<'static> {
        let mut collector = Collector::builtin();
        for (number, paid) in self.payments.iter().enumerate() {
            collector.push_payment(number as u32, &paid.payment());
        }
        collector
    }
}

/// Who is paid, and how that looks.
#[derive(Clone)]
pub struct Who {
    pub name: String,
    pub merchant: bool,
    pub category: &'static str,
    pub direction: Direction,
    pub subscription: bool,
    pub bill: bool,
}

/// How dates lie around the due day.
#[derive(Clone, Copy, PartialEq)]
pub enum Days {
    /// On the day, whatever it is.
    Exact,
    /// On the last working day before.
    Before,
    /// On the next working day.
    After,
    /// Up to so many days around, on any day.
    Around(i64),
}

/// How amounts behave, in cents.
#[derive(Clone, Copy)]
pub enum Amounts {
    /// One price, with a rise now and then.
    Price(i64),
    /// Around a mean, so many per cent up or down.
    Varying(i64, i64),
}

/// A schedule to draw dates from.
#[derive(Clone, Copy)]
pub enum Plan {
    Days(i64, Date),
    Months(i8, i8, i8),
    Twice(i8, i8),
}

pub struct Simulator {
    pub dice: Dice,
    account: String,
    /// Whether names come in every way that banks spoil them.
    hard: bool,
    /// Payments with the stream they are of.
    drawn: Vec<(Paid, Option<usize>)>,
    truths: Vec<Truth>,
}

/// Payments a stream needs within the two years to count.
fn least(cadence: Cadence) -> usize {
    match cadence {
        Cadence::EveryYear => 2,
        Cadence::EveryWeek => 5,
        _ => 3,
    }
}

pub fn household(seed: u64) -> Household {
    let mut simulator = Simulator::new(seed, false);
    simulator.live();
    simulator.finish()
}

/// The same household with everything that makes streams hard to see.
pub fn hard_household(seed: u64) -> Household {
    let mut simulator = Simulator::new(seed, true);
    simulator.live();
    simulator.trouble();
    simulator.finish()
}

impl Simulator {
    fn new(seed: u64, hard: bool) -> Self {
        let account = format!("household-{seed}");
        Self { dice: Dice::new(seed), account, hard, drawn: Vec::new(), truths: Vec::new() }
    }

    fn finish(self) -> Household {
        let Self { mut drawn, mut truths, .. } = self;
        drawn.sort_by_key(|(paid, _)| paid.date);
        for (row, (_, truth)) in drawn.iter().enumerate() {
            if let Some(truth) = truth {
                truths[*truth].rows.push(row as u32);
            }
        }
        Household { payments: drawn.into_iter().map(|(paid, _)| paid).collect(), truths }
    }

    pub fn who(&mut self, name: &str, category: &'static str) -> Who {
        Who {
            name: name.to_owned(),
            merchant: true,
            category,
            direction: Direction::Debit,
            subscription: false,
            bill: false,
        }
    }

    pub fn pay(&mut self, who: &Who, date: Date, cents: i64, truth: Option<usize>) {
        let paid = Paid {
            account: self.account.clone(),
            date,
            cents: cents.max(1),
            direction: who.direction,
            merchant: who.merchant.then(|| Uuid::new_v5(&Uuid::NAMESPACE_OID, who.name.as_bytes())),
            name: match (who.merchant, self.hard) {
                (true, _) => who.name.clone(),
                (false, true) => self.hard_spelling(&who.name, date),
                (false, false) => self.spelling(&who.name),
            },
            category: who.category,
            subscription: who.subscription,
            bill: who.bill,
            pending: false,
        };
        self.drawn.push((paid, truth));
    }

    /// A name that is not in the dictionary comes with references, cut short or with its city.
    fn spelling(&mut self, name: &str) -> String {
        match self.dice.range(1, 10) {
            1 => name.chars().take(name.len() * 7 / 10).collect(),
            2 => format!("{name} {}", self.dice.range(1000, 999_999)),
            3 => format!("{name} Ref X{}Z{}", self.dice.range(10, 99), self.dice.range(100, 999)),
            4 => name.to_uppercase(),
            _ => name.to_owned(),
        }
    }

    /// Begins a stream and gives its number.
    fn truth(&mut self, what: &str, cadence: Cadence, next: Option<Date>) -> usize {
        self.truths.push(Truth { what: what.to_owned(), cadence, rows: Vec::new(), next, early: false });
        self.truths.len() - 1
    }

    /// Draws a stream. What has too few payments in the two years is not drawn at all.
    pub fn stream(&mut self, who: &Who, plan: Plan, days: Days, amounts: Amounts) {
        let cadence = cadence(plan);
        // Some begin late, end early, pause, or miss a payment.
        let begin = if self.dice.percent(25) { self.dice.range(30, 400) } else { 0 };
        let end = if self.dice.percent(15) { self.dice.range(330, 640) } else { 10_000 };
        let pause = (cadence == Cadence::EveryMonth && self.dice.percent(6)).then(|| self.dice.range(200, 400));
        // A pause may end on another day.
        let later = if pause.is_some() && self.dice.percent(50) { self.dice.range(6, 20) } else { 0 };
        let trial = who.subscription && self.dice.percent(15);
        let misses = self.dice.percent(10);
        let rises = self.dice.percent(40);
        let rise_at = self.dice.range(150, 600);
        let rise = self.dice.range(104, 130);
        let mut dates = Vec::new();
        for due in dues(plan) {
            let age = days_between(START, due);
            let paused = pause.is_some_and(|pause| (pause..pause + 130).contains(&age));
            if age < begin || age > end || paused {
                continue;
            }
            let due = if pause.is_some_and(|pause| age > pause) { due + later.days() } else { due };
            dates.push((due, self.moved(due, days)));
        }
        let inside = dates.iter().filter(|(_, paid)| *paid <= END).count();
        if inside < least(cadence) {
            return;
        }
        let next = dates.iter().find(|(_, paid)| *paid > END).map(|(_, paid)| *paid);
        let truth = self.truth(&format!("{} {}", who.name, who.category), cadence, next);
        if trial && begin > 60 && who.category != "shopping.online" && who.category != "digital.app_store" {
            let start = dates[0].1 - self.dice.pick(&[7, 14, 30]).days();
            self.pay(who, start, 100, Some(truth));
        }
        let missed = (misses && inside >= 6).then(|| self.dice.range(2, inside as i64 - 3) as usize);
        for (at, (due, paid)) in dates.into_iter().enumerate() {
            if paid > END || paid < START || Some(at) == missed {
                continue;
            }
            let cents = match amounts {
                Amounts::Price(cents) if rises && days_between(START, due) >= rise_at => cents * rise / 100,
                Amounts::Price(cents) => cents,
                Amounts::Varying(cents, percent) => cents + cents * self.dice.bell(percent * 20) / 2000,
            };
            self.pay(who, paid, cents, Some(truth));
        }
    }

    /// Draws a stream without gaps at one price.
    pub fn steady(&mut self, who: &Who, plan: Plan, days: Days, cents: i64) {
        let dates: Vec<Date> = dues(plan).into_iter().map(|due| self.moved(due, days)).collect();
        let next = dates.iter().copied().find(|date| *date > END);
        let truth = self.truth(&who.name, cadence(plan), next);
        for date in dates.into_iter().filter(|date| (START..=END).contains(date)) {
            self.pay(who, date, cents, Some(truth));
        }
    }

    fn moved(&mut self, due: Date, days: Days) -> Date {
        match days {
            Days::Exact => due,
            Days::Before => step_until_open(due, -1),
            Days::After => step_until_open(due, 1),
            Days::Around(spread) => due + self.dice.bell(spread).clamp(-spread, spread).days(),
        }
    }

    pub fn day(&mut self) -> i8 {
        self.dice.range(1, 31) as i8
    }

    /// So many payments at random days.
    pub fn scatter(&mut self, who: &Who, payments: i64, mut amount: impl FnMut(&mut Dice) -> i64) {
        for _ in 0..payments {
            let date = START + self.dice.range(0, 730).days();
            let cents = amount(&mut self.dice);
            self.pay(who, date, cents, None);
        }
    }

    pub fn every(&mut self, who: &Who, low: i64, high: i64, mut amount: impl FnMut(&mut Dice) -> i64) {
        let mut day = START + self.dice.range(0, high).days();
        while day <= END {
            let cents = amount(&mut self.dice);
            self.pay(who, day, cents, None);
            day += self.dice.range(low, high).days();
        }
    }
}

fn cadence(plan: Plan) -> Cadence {
    match plan {
        Plan::Days(7, _) => Cadence::EveryWeek,
        Plan::Days(14, _) => Cadence::EveryOtherWeek,
        Plan::Days(28, _) => Cadence::EveryFourWeeks,
        // Nearest of the nine.
        Plan::Days(..) => Cadence::EveryMonth,
        Plan::Twice(..) => Cadence::TwiceAMonth,
        Plan::Months(1, ..) => Cadence::EveryMonth,
        Plan::Months(2, ..) => Cadence::EveryOtherMonth,
        Plan::Months(3, ..) => Cadence::EveryThreeMonths,
        Plan::Months(6, ..) => Cadence::EverySixMonths,
        Plan::Months(..) => Cadence::EveryYear,
    }
}

/// Due days from the start to 14 months after the end.
fn dues(plan: Plan) -> Vec<Date> {
    let in_month = |month: i64, day: i8| {
        let first = START + month.months();
        let day = day.min(first.days_in_month());
        Date::new(first.year(), first.month(), day).expect("the day is within the month")
    };
    match plan {
        Plan::Days(every, first) => {
            (0..).map(|at| first + (at * every).days()).take_while(|due| *due < END + 60.days()).collect()
        }
        Plan::Months(every, phase, day) => (0..38)
            .filter(|month| (month - i64::from(phase)).rem_euclid(i64::from(every)) == 0)
            .map(|month| in_month(month, day))
            .collect(),
        Plan::Twice(first, second) => {
            (0..26).flat_map(|month| [in_month(month, first), in_month(month, second)]).collect()
        }
    }
}

pub fn days_between(from: Date, to: Date) -> i64 {
    i64::from((to - from).get_days())
}

pub fn next_weekday(date: Date, weekday: Weekday) -> Date {
    (0..7).map(|days| date + days.days()).find(|date| date.weekday() == weekday).expect("a week has every weekday")
}

/// Federal holidays of the years drawn, as numbers.
const HOLIDAYS: [i32; 33] = [
    20230102, 20230116, 20230220, 20230529, 20230619, 20230704, 20230904, 20231009, 20231110, 20231123, 20231225,
    20240101, 20240115, 20240219, 20240527, 20240619, 20240704, 20240902, 20241014, 20241111, 20241128, 20241225,
    20250101, 20250120, 20250217, 20250526, 20250619, 20250704, 20250901, 20251013, 20251111, 20251127, 20251225,
];

pub fn is_open(date: Date) -> bool {
    let number = (i32::from(date.year()) * 100 + i32::from(date.month())) * 100 + i32::from(date.day());
    !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) && !HOLIDAYS.contains(&number)
}

fn step_until_open(mut date: Date, step: i64) -> Date {
    while !is_open(date) {
        date += step.days();
    }
    date
}
