//! Households with known streams over two years, and with the purchases that look like streams and are none. All names and
//! amounts are invented; everything follows from a seed.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use payee::recur::{Cadence, Collector, Outlook, Payee, Payment, Rules};
use payee::{CategoryId, Decimal, Direction, Engine};
use uuid::Uuid;

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
struct Who {
    name: String,
    merchant: bool,
    category: &'static str,
    direction: Direction,
    subscription: bool,
    bill: bool,
}

/// How dates lie around the due day.
#[derive(Clone, Copy, PartialEq)]
enum Days {
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
enum Amounts {
    /// One price, with a rise now and then.
    Price(i64),
    /// Around a mean, so many per cent up or down.
    Varying(i64, i64),
}

/// A schedule to draw dates from.
#[derive(Clone, Copy)]
enum Plan {
    Days(i64, Date),
    Months(i8, i8, i8),
    Twice(i8, i8),
}

pub struct Simulator {
    dice: Dice,
    account: String,
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
    let mut simulator = Simulator {
        dice: Dice::new(seed),
        account: format!("household-{seed}"),
        drawn: Vec::new(),
        truths: Vec::new(),
    };
    simulator.live();
    simulator.finish()
}

impl Simulator {
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

    fn who(&mut self, name: &str, category: &'static str) -> Who {
        Who {
            name: name.to_owned(),
            merchant: true,
            category,
            direction: Direction::Debit,
            subscription: false,
            bill: false,
        }
    }

    fn pay(&mut self, who: &Who, date: Date, cents: i64, truth: Option<usize>) {
        let paid = Paid {
            account: self.account.clone(),
            date,
            cents: cents.max(1),
            direction: who.direction,
            merchant: who.merchant.then(|| Uuid::new_v5(&Uuid::NAMESPACE_OID, who.name.as_bytes())),
            name: if who.merchant { who.name.clone() } else { self.spelling(&who.name) },
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

    /// Draws a stream. What has too few payments in the two years is not drawn at all.
    fn stream(&mut self, who: &Who, plan: Plan, days: Days, amounts: Amounts) {
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
        let truth = self.truths.len();
        let what = format!("{} {}", who.name, who.category);
        self.truths.push(Truth { what, cadence, rows: Vec::new(), next, early: false });
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
    fn steady(&mut self, who: &Who, plan: Plan, days: Days, cents: i64) {
        let dates: Vec<Date> = dues(plan).into_iter().map(|due| self.moved(due, days)).collect();
        let next = dates.iter().copied().find(|date| *date > END);
        let truth = self.truths.len();
        self.truths.push(Truth {
            what: who.name.clone(),
            cadence: cadence(plan),
            rows: Vec::new(),
            next,
            early: false,
        });
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

    fn day(&mut self) -> i8 {
        self.dice.range(1, 31) as i8
    }

    fn live(&mut self) {
        self.income();
        self.home();
        self.subscriptions();
        self.savings();
        self.habits();
        self.lookalikes();
    }

    fn income(&mut self) {
        let mut who = self.who("Northwind Payroll", "income.salary");
        who.direction = Direction::Credit;
        who.merchant = self.dice.percent(40);
        let wage = self.dice.range(120_000, 500_000);
        let friday = next_weekday(START + self.dice.range(0, 13).days(), Weekday::Friday);
        let amounts = if self.dice.percent(60) { Amounts::Price(wage) } else { Amounts::Varying(wage, 8) };
        let plan = match self.dice.range(0, 9) {
            0 => Plan::Days(7, friday),
            1..=4 => Plan::Days(14, friday),
            5 => Plan::Twice(1, 15),
            6 => Plan::Twice(15, 31),
            7 => Plan::Days(28, friday),
            8 => Plan::Months(1, 0, 25),
            _ => Plan::Months(1, 0, 31),
        };
        self.stream(&who, plan, Days::Before, amounts);
        if self.dice.percent(20) {
            self.scatter(&who, 2, |dice| dice.range(50_000, 300_000));
        }
        if self.dice.percent(30) {
            let mut who = self.who("State Pension Office", "income.pension");
            who.direction = Direction::Credit;
            let (every, phase) = self.dice.pick(&[(1, 0), (1, 0), (3, 1)]);
            self.stream(&who, Plan::Months(every, phase, 3), Days::Before, Amounts::Price(81_250));
        }
        if self.dice.percent(20) {
            let mut who = self.who("Harbor Funds Distribution", "income.dividends");
            who.direction = Direction::Credit;
            self.stream(&who, Plan::Months(3, 2, 20), Days::After, Amounts::Varying(9_500, 20));
        }
    }

    fn home(&mut self) {
        let mut rent = self.who("Sunnyside Apartments", "home.rent");
        rent.merchant = self.dice.percent(50);
        if self.dice.percent(25) {
            rent.category = "transfer.person";
            rent.merchant = false;
            rent.name = "Transfer to Marjorie Holloway".to_owned();
        }
        let cents = self.dice.range(60_000, 280_000);
        let days = self.dice.pick(&[Days::Exact, Days::After, Days::Around(1)]);
        self.stream(&rent, Plan::Months(1, 0, 1), days, Amounts::Price(cents));

        // Power and gas by one company, or power alone.
        let mut power = self.who("Prairie Light & Power", "utilities.electricity");
        power.bill = true;
        let day = self.day();
        let mean = self.dice.range(5_000, 16_000);
        self.stream(&power, Plan::Months(1, 0, day), Days::Around(2), Amounts::Varying(mean, 30));
        if self.dice.percent(30) {
            let other = (day + 9 + self.dice.range(0, 4) as i8 - 1) % 28 + 1;
            let mean = self.dice.range(3_000, 16_000);
            self.stream(&power, Plan::Months(1, 0, other), Days::Around(1), Amounts::Varying(mean, 25));
        }
        let mut water = self.who("Cedar Falls Water", "utilities.water");
        water.bill = true;
        let (every, day, mean) = (self.dice.pick(&[1, 2, 2, 3]), self.day(), self.dice.range(3_000, 9_000));
        let phase = self.dice.range(0, i64::from(every) - 1) as i8;
        self.stream(&water, Plan::Months(every, phase, day), Days::Around(2), Amounts::Varying(mean, 20));

        for (name, category, cents) in [
            ("Skylark Mobile", "utilities.mobile", self.dice.range(2_500, 12_000)),
            ("Bluefin Broadband", "utilities.internet", self.dice.range(4_000, 9_000)),
        ] {
            let mut who = self.who(name, category);
            who.bill = true;
            who.merchant = self.dice.percent(80);
            let day = self.day();
            let days = self.dice.pick(&[Days::Exact, Days::After, Days::Around(1)]);
            self.stream(&who, Plan::Months(1, 0, day), days, Amounts::Price(cents));
        }
        if self.dice.percent(70) {
            let who = self.who("Granite Mutual Insurance", "insurance.auto");
            let (every, day, cents) = (self.dice.pick(&[1, 1, 3, 6, 12]), self.day(), self.dice.range(9_000, 60_000));
            let phase = self.dice.range(0, i64::from(every) - 1) as i8;
            self.stream(&who, Plan::Months(every, phase, day), Days::After, Amounts::Price(cents));
        }
        if self.dice.percent(15) {
            // A second line at the same price.
            let mut who = self.who("Larkspur Wireless", "utilities.mobile");
            who.bill = true;
            let day = self.dice.range(1, 14) as i8;
            for day in [day, self.dice.pick(&[day, day + 4, day + 9])] {
                self.steady(&who, Plan::Months(1, 0, day), Days::Exact, 3_500);
            }
        }
        if self.dice.percent(20) {
            // Prepaid for thirty days at a time.
            let who = self.who("Pocket Prepaid", "utilities.mobile");
            let first = START + self.dice.range(0, 29).days();
            self.steady(&who, Plan::Days(30, first), Days::Exact, 2_500);
        }
        if self.dice.percent(50) {
            let mut who = self.who("Summit Card Autopay", "loans.credit_card");
            who.bill = true;
            let (day, mean) = (self.day(), self.dice.range(40_000, 150_000));
            self.stream(&who, Plan::Months(1, 0, day), Days::After, Amounts::Varying(mean, 50));
        }
        if self.dice.percent(40) {
            let who = self.who("Copper State Auto Finance", "loans.auto");
            let (day, cents) = (self.day(), self.dice.range(18_000, 60_000));
            self.stream(&who, Plan::Months(1, 0, day), Days::After, Amounts::Price(cents));
        }
        if self.dice.percent(15) {
            let who = self.who("Little Acorns Daycare", "kids.childcare");
            let cents = self.dice.range(15_000, 40_000);
            let monday = next_weekday(START, Weekday::Monday);
            let plan = if self.dice.percent(50) { Plan::Days(7, monday) } else { Plan::Days(14, monday) };
            self.stream(&who, plan, Days::Exact, Amounts::Price(cents));
        }
        if self.dice.percent(35) {
            let who = self.who("Alder County Treasurer", "taxes.property");
            let (every, cents) = (self.dice.pick(&[6, 12]), self.dice.range(60_000, 200_000));
            self.stream(&who, Plan::Months(every, 3, 10), Days::After, Amounts::Price(cents));
        }
    }

    fn subscriptions(&mut self) {
        let services: [(&str, &'static str, i64); 10] = [
            ("Cinestream", "entertainment.streaming", 1_549),
            ("Tunewave", "entertainment.music", 1_099),
            ("Daily Beacon", "entertainment.news", 1_700),
            ("Cloudnest Storage", "digital.cloud", 299),
            ("Pixelsmith Studio", "digital.software", 5_499),
            ("Ironworks Gym", "fitness.gym", 3_900),
            ("Pageturner Audio", "entertainment.audiobooks", 1_495),
            ("Safe Harbor VPN", "digital.security", 999),
            ("Greenbox Meals", "food.meal_kits", 6_993),
            ("Questline Games", "entertainment.games", 1_499),
        ];
        for (name, category, cents) in services {
            if !self.dice.percent(45) {
                continue;
            }
            let mut who = self.who(name, category);
            who.subscription = true;
            if self.dice.percent(25) {
                // The dictionary does not know it: nothing but name, date and amount tell.
                who.merchant = false;
                who.category = "uncategorized";
                who.subscription = false;
            }
            let day = self.day();
            let plan = match self.dice.range(0, 19) {
                0 | 1 => Plan::Months(12, self.dice.range(0, 11) as i8, day),
                2 => Plan::Months(3, self.dice.range(0, 2) as i8, day),
                3 => Plan::Months(6, self.dice.range(0, 5) as i8, day),
                4 => Plan::Days(28, START + self.dice.range(0, 27).days()),
                5 if who.subscription => Plan::Days(7, START + self.dice.range(0, 6).days()),
                6 => Plan::Days(14, START + self.dice.range(0, 13).days()),
                7 if who.subscription => Plan::Months(2, self.dice.range(0, 1) as i8, day),
                _ => Plan::Months(1, 0, day),
            };
            let days = self.dice.pick(&[Days::Exact, Days::Exact, Days::After, Days::Around(1)]);
            // Priced in another currency, a charge moves with the rate.
            let amounts = if self.dice.percent(10) { Amounts::Varying(cents, 3) } else { Amounts::Price(cents) };
            self.stream(&who, plan, days, amounts);
        }
        // Two services through one store, and apps bought there now and then.
        if self.dice.percent(50) {
            let mut who = self.who("Orchard App Store", "digital.app_store");
            who.subscription = true;
            for cents in [299, 1_095] {
                let day = self.day();
                self.stream(&who, Plan::Months(1, 0, day), Days::Exact, Amounts::Price(cents));
            }
            self.scatter(&who, 6, |dice| dice.pick(&[199, 499, 799, 1_999]));
        }
        // A membership among many purchases at the same shop.
        if self.dice.percent(60) {
            let mut who = self.who("Riverbend Marketplace", "shopping.online");
            who.subscription = true;
            let day = self.day();
            self.stream(&who, Plan::Months(1, 0, day), Days::Exact, Amounts::Price(1_499));
            self.scatter(&who, 60, |dice| dice.range(500, 15_000));
        }
    }

    fn savings(&mut self) {
        if self.dice.percent(50) {
            let mut who = self.who("Transfer to Savings", "transfer.savings");
            who.merchant = false;
            let cents = self.dice.pick(&[5_000, 10_000, 25_000, 50_000]);
            let friday = next_weekday(START, Weekday::Friday);
            let plan = self.dice.pick(&[
                Plan::Months(1, 0, 2),
                Plan::Twice(1, 15),
                Plan::Twice(15, 31),
                Plan::Days(14, friday),
            ]);
            let days = self.dice.pick(&[Days::After, Days::Before]);
            self.stream(&who, plan, days, Amounts::Price(cents));
        }
    }

    /// So many payments at random days.
    fn scatter(&mut self, who: &Who, payments: i64, mut amount: impl FnMut(&mut Dice) -> i64) {
        for _ in 0..payments {
            let date = START + self.dice.range(0, 730).days();
            let cents = amount(&mut self.dice);
            self.pay(who, date, cents, None);
        }
    }

    fn habits(&mut self) {
        if self.dice.percent(60) {
            let who = self.who("Corner Bean Coffee", "food.restaurants.coffee");
            let prices = [450, 450, 525, 610];
            let fixed = self.dice.percent(40);
            let mut day = START;
            while day <= END {
                if is_open(day) && self.dice.percent(85) {
                    let cents = if fixed { 450 } else { self.dice.pick(&prices) };
                    self.pay(&who, day, cents, None);
                }
                day = day + 1.day();
            }
        }
        let mut groceries = self.who("Hillside Grocers", "food.groceries");
        groceries.merchant = self.dice.percent(70);
        let mut day = next_weekday(START, Weekday::Saturday);
        while day <= END {
            if self.dice.percent(92) {
                let (off, cents) = (self.dice.range(-1, 1), self.dice.range(5_500, 16_000));
                if day + off.days() >= START && day + off.days() <= END {
                    self.pay(&groceries, day + off.days(), cents, None);
                }
            }
            day = day + 7.days();
        }
        let bulk = self.who("Barrel & Crate Wholesale", "food.groceries.wholesale");
        self.every(&bulk, 22, 40, |dice| dice.range(8_000, 30_000));
        let unknown = Who { merchant: false, ..self.who("Halcyon Trading", "uncategorized") };
        self.every(&unknown, 20, 45, |dice| dice.range(1_500, 9_000));
        let fuel = self.who("Two Pumps Fuel", "auto.fuel");
        self.every(&fuel, 6, 13, |dice| dice.range(3_000, 6_500));
        let round = self.dice.percent(50);
        let fuel = self.who("Lakeside Fuel", "auto.fuel");
        self.every(&fuel, 12, 20, |dice| if round { 4_000 } else { dice.range(2_000, 6_500) });
        for (name, category, payments) in [
            ("Noodle Lantern", "food.restaurants", 20),
            ("Burger Barn", "food.restaurants.fast", 35),
            ("Pier Nine Seafood", "food.restaurants", 5),
            ("Wellspring Pharmacy", "health.pharmacy", 12),
            ("Thread & Needle Clothing", "shopping.clothing", 9),
            ("Hearth Home Goods", "home.goods", 8),
            ("Meridian Cinema", "entertainment.movies", 9),
            ("Fixit Hardware", "home.improvement", 14),
        ] {
            let who = self.who(name, category);
            let payments = self.dice.range(1, payments);
            self.scatter(&who, payments, |dice| dice.range(800, 9_000));
        }
    }

    fn every(&mut self, who: &Who, low: i64, high: i64, mut amount: impl FnMut(&mut Dice) -> i64) {
        let mut day = START + self.dice.range(0, high).days();
        while day <= END {
            let cents = amount(&mut self.dice);
            self.pay(who, day, cents, None);
            day = day + self.dice.range(low, high).days();
        }
    }

    /// What looks most like a stream and is none: round amounts, fixed prices, now and then.
    fn lookalikes(&mut self) {
        let barber = self.who("Razor & Comb Barbers", "personal.hair");
        self.every(&barber, 24, 48, |_| 3_500);
        let copay = self.who("Elm Street Clinic", "health.doctor");
        let visits = self.dice.range(1, 7);
        self.scatter(&copay, visits, |_| 3_000);
        let parking = self.who("City Parking", "auto.parking");
        self.scatter(&parking, 40, |dice| dice.pick(&[300, 500, 500, 800]));
        let cash = self.who("ATM Withdrawal", "cash.withdrawal.atm");
        self.every(&cash, 8, 25, |dice| dice.pick(&[6_000, 10_000, 10_000, 20_000]));
        for name in ["Priya Raman", "Tom Okafor", "Lena Brandt"] {
            let mut friend = self.who(name, "transfer.person");
            friend.merchant = false;
            let payments = self.dice.range(1, 14);
            self.scatter(&friend, payments, |dice| dice.pick(&[1_000, 1_500, 2_000, 2_500, 5_000]));
        }
        for (name, price) in [("Vista Car Wash", 1_200), ("Maple Dry Cleaning", 1_850), ("Stonegate Museum", 2_500)] {
            let mut who = self.who(name, "uncategorized");
            who.merchant = false;
            let payments = self.dice.range(2, 9);
            self.scatter(&who, payments, |_| price);
        }
        for name in ["Quarry Road Market", "Bayside Hobby", "Foxglove Gifts", "Peregrine Outfitters", "Juniper Supply"]
        {
            let mut who = self.who(name, "uncategorized");
            who.merchant = false;
            let payments = self.dice.range(1, 8);
            self.scatter(&who, payments, |dice| dice.range(700, 12_000));
        }
        // Refunds come in, sometimes twice.
        let mut refunds = self.who("Riverbend Marketplace", "income.refund");
        refunds.direction = Direction::Credit;
        self.scatter(&refunds, 4, |dice| dice.range(500, 9_000));
        let mut interest = self.who("Interest Paid", "income.interest");
        interest.direction = Direction::Credit;
        interest.merchant = false;
        if self.dice.percent(50) {
            let mean = self.dice.range(200, 3_000);
            self.stream(&interest, Plan::Months(1, 0, 31), Days::Exact, Amounts::Varying(mean, 15));
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

fn next_weekday(date: Date, weekday: Weekday) -> Date {
    (0..7).map(|days| date + days.days()).find(|date| date.weekday() == weekday).expect("a week has every weekday")
}

/// Federal holidays of the years drawn.
const HOLIDAYS: [Date; 33] = [
    date(2023, 1, 2),
    date(2023, 1, 16),
    date(2023, 2, 20),
    date(2023, 5, 29),
    date(2023, 6, 19),
    date(2023, 7, 4),
    date(2023, 9, 4),
    date(2023, 10, 9),
    date(2023, 11, 10),
    date(2023, 11, 23),
    date(2023, 12, 25),
    date(2024, 1, 1),
    date(2024, 1, 15),
    date(2024, 2, 19),
    date(2024, 5, 27),
    date(2024, 6, 19),
    date(2024, 7, 4),
    date(2024, 9, 2),
    date(2024, 10, 14),
    date(2024, 11, 11),
    date(2024, 11, 28),
    date(2024, 12, 25),
    date(2025, 1, 1),
    date(2025, 1, 20),
    date(2025, 2, 17),
    date(2025, 5, 26),
    date(2025, 6, 19),
    date(2025, 7, 4),
    date(2025, 9, 1),
    date(2025, 10, 13),
    date(2025, 11, 11),
    date(2025, 11, 27),
    date(2025, 12, 25),
];

fn is_open(date: Date) -> bool {
    !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) && !HOLIDAYS.contains(&date)
}

fn step_until_open(mut date: Date, step: i64) -> Date {
    while !is_open(date) {
        date = date + step.days();
    }
    date
}
