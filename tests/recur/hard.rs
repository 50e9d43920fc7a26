//! What makes streams hard to see: references and months in names, names cut anywhere and changed, seasons, freezes, bonuses,
//! late and double charges, twins; and what makes habits look like streams.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use payee::Direction;
use payee::recur::Cadence;

use super::{Days, END, Plan, START, Simulator, Who, cadence, dues, next_weekday};

const MONTHS: [&str; 12] =
    ["January", "Feb", "March", "Apr", "May", "June", "July", "Aug", "September", "Oct", "November", "Dec"];

impl Simulator {
    /// A name as banks show it that print references, months, and whatever fits.
    pub fn hard_spelling(&mut self, name: &str, date: Date) -> String {
        let letters = name.chars().count() as i64;
        match self.dice.range(1, 14) {
            1..=3 => name.chars().take((letters * self.dice.range(55, 95) / 100).max(8) as usize).collect(),
            4 => format!("{name} {}", self.dice.range(1000, 999_999)),
            5 => format!("{name} Ref X{}Z{}", self.dice.range(10, 99), self.dice.range(100, 999)),
            6 => format!("{name} {}", MONTHS[date.month() as usize - 1]),
            7 => format!("{name} {} {}", MONTHS[date.month() as usize - 1], date.year()),
            8 => name.to_uppercase().replace(' ', "-"),
            9 => {
                let mut letters: Vec<char> = name.chars().collect();
                let at = self.dice.range(3, letters.len() as i64 - 1) as usize;
                letters.remove(at);
                letters.into_iter().collect()
            }
            _ => name.to_owned(),
        }
    }

    pub fn trouble(&mut self) {
        self.seasons();
        self.gym();
        self.bonus();
        self.renamed();
        self.billing_day();
        self.late_and_double();
        self.twins();
        self.regular_habits();
        self.gig();
    }

    /// Draws a stream by hand: dates with amounts, then whether it goes on.
    fn draw(&mut self, who: &Who, plan: Plan, payments: &[(Date, i64)], next: Option<Date>) {
        let truth = self.truth(&format!("{} (hard)", who.name), cadence(plan), next);
        for (date, cents) in payments.iter().filter(|(date, _)| (START..=END).contains(date)) {
            self.pay(who, *date, *cents, Some(truth));
        }
    }

    /// Due days of a plan with what is paid, as they fall; the first after the end is the next.
    fn schedule(&mut self, plan: Plan, days: Days) -> (Vec<Date>, Option<Date>) {
        let dates: Vec<Date> = dues(plan).into_iter().map(|due| self.moved(due, days)).collect();
        let next = dates.iter().copied().find(|date| *date > END);
        (dates.into_iter().filter(|date| (START..=END).contains(date)).collect(), next)
    }

    /// Heating costs three times as much in winter.
    fn seasons(&mut self) {
        let mut who = self.who("Frostline Heating Gas", "utilities.gas");
        who.bill = true;
        who.merchant = self.dice.percent(50);
        let plan = Plan::Months(1, 0, self.dice.range(1, 28) as i8);
        let (dates, next) = self.schedule(plan, Days::Around(2));
        let mean = self.dice.range(6_000, 14_000);
        let payments: Vec<_> = dates
            .into_iter()
            .map(|date| {
                let cold = [200, 190, 150, 100, 60, 45, 40, 45, 60, 100, 150, 190][date.month() as usize - 1];
                (date, mean * cold / 100 * self.dice.range(92, 108) / 100)
            })
            .collect();
        self.draw(&who, plan, &payments, next);
    }

    /// A gym that is frozen for two months each summer.
    fn gym(&mut self) {
        let mut who = self.who("Summit Climbing Club", "fitness.gym");
        who.merchant = self.dice.percent(50);
        let plan = Plan::Months(1, 0, self.dice.range(1, 28) as i8);
        let (dates, next) = self.schedule(plan, Days::After);
        let payments: Vec<_> =
            dates.into_iter().filter(|date| ![7, 8].contains(&date.month())).map(|date| (date, 5_900)).collect();
        self.draw(&who, plan, &payments, next);
    }

    /// A second job with a bonus in spring, paid on its own day or with the wage.
    fn bonus(&mut self) {
        if !self.dice.percent(50) {
            return;
        }
        let mut who = self.who("Tidewater Logistics", "income.salary");
        who.direction = Direction::Credit;
        who.merchant = false;
        let plan = self.dice.pick(&[
            Plan::Months(1, 0, 28),
            Plan::Twice(15, 31),
            Plan::Days(14, next_weekday(START, Weekday::Friday)),
        ]);
        let (dates, next) = self.schedule(plan, Days::Before);
        let wage = self.dice.range(90_000, 240_000);
        let with_wage = self.dice.percent(50);
        let mut payments: Vec<(Date, i64)> = dates.into_iter().map(|date| (date, wage)).collect();
        // Two bonuses a year apart may well be found as what they are.
        let apart = self.truth("Tidewater bonus", Cadence::EveryYear, None);
        self.truths[apart].early = true;
        for year in [2023, 2024] {
            let spring = payments.iter().position(|(date, _)| date.year() == year && date.month() == 3);
            let Some(at) = spring else { continue };
            match with_wage {
                true => payments[at].1 += wage * 2,
                false => self.pay(&who, payments[at].0 + 5.days(), wage * 2, Some(apart)),
            }
        }
        self.draw(&who, plan, &payments, next);
    }

    /// A company that calls itself otherwise from one day on, by a longer name, at the same price.
    fn renamed(&mut self) {
        if !self.dice.percent(60) {
            return;
        }
        let (before, after) = self.dice.pick(&[
            ("Harborview Broadband", "Harborview Fiber Internet"),
            ("Meadowlark Mutual", "Meadowlark Insurance Group"),
            ("Pinecrest Storage", "Pinecrest Self Storage LLC"),
        ]);
        let category = self.dice.pick(&["utilities.internet", "uncategorized", "insurance.home"]);
        let mut who = self.who(before, category);
        who.merchant = false;
        let plan = Plan::Months(1, 0, self.dice.range(1, 28) as i8);
        let (dates, next) = self.schedule(plan, Days::Exact);
        let turn = self.dice.range(8, 16) as usize;
        let cents = self.dice.range(2_000, 9_000);
        let truth = self.truth(&format!("{before} renamed"), cadence(plan), next);
        for (at, date) in dates.into_iter().enumerate() {
            if at == turn {
                who.name = after.to_owned();
            }
            self.pay(&who, date, cents, Some(truth));
        }
    }

    /// A bill that moves to another day of the month half-way.
    fn billing_day(&mut self) {
        let mut who = self.who("Quarrystone Phone", "utilities.mobile");
        who.bill = true;
        who.merchant = self.dice.percent(60);
        let (one, other) = (self.dice.range(1, 12) as i8, self.dice.range(16, 27) as i8);
        let turn = START + self.dice.range(250, 480).days();
        let cents = self.dice.range(3_000, 8_000);
        let early: Vec<_> = dues(Plan::Months(1, 0, one)).into_iter().filter(|due| *due < turn).collect();
        let late: Vec<_> = dues(Plan::Months(1, 0, other)).into_iter().filter(|due| *due >= turn + 20.days()).collect();
        let next = late.iter().copied().find(|date| *date > END);
        let payments: Vec<_> = early.into_iter().chain(late).map(|date| (date, cents)).collect();
        self.draw(&who, Plan::Months(1, 0, other), &payments, next);
    }

    /// Charges that fail and come five days late, and one that is taken twice.
    fn late_and_double(&mut self) {
        let mut who = self.who("Lanternlight Reads", "entertainment.audiobooks");
        who.subscription = true;
        who.merchant = self.dice.percent(60);
        let plan = Plan::Months(1, 0, self.dice.range(1, 22) as i8);
        let (dates, next) = self.schedule(plan, Days::Exact);
        let double = self.dice.range(3, 20) as usize;
        let mut payments = Vec::new();
        for (at, date) in dates.into_iter().enumerate() {
            let late = if self.dice.percent(12) { 5 } else { 0 };
            payments.push((date + late.days(), 1_295));
            if at == double {
                self.pay(&who, date + 1.day(), 1_295, None);
            }
        }
        self.draw(&who, plan, &payments, next);
    }

    /// Two subscriptions with one company at one price, days apart.
    fn twins(&mut self) {
        if !self.dice.percent(40) {
            return;
        }
        let mut who = self.who("Willowbend Cloud", "digital.cloud");
        who.subscription = true;
        let day = self.dice.range(1, 12) as i8;
        for day in [day, day + self.dice.range(3, 14) as i8] {
            self.steady(&who, Plan::Months(1, 0, day), Days::Exact, 999);
        }
    }

    /// Habits as regular as clockwork, and still habits.
    fn regular_habits(&mut self) {
        let pizza = self.who("Ovenbird Pizza", "food.restaurants.fast");
        let friday = next_weekday(START, Weekday::Friday);
        for week in 0..104 {
            if self.dice.percent(88) {
                self.pay(&pizza, friday + (week * 7).days(), 2_150, None);
            }
        }
        let lottery = self.who("State Lottery", "entertainment.lottery");
        let saturday = next_weekday(START, Weekday::Saturday);
        for week in 0..104 {
            if self.dice.percent(80) {
                self.pay(&lottery, saturday + (week * 7).days(), 1_000, None);
            }
        }
        // Every ten days or so.
        let pets = self.who("Pawprint Pet Foods", "pets.supplies");
        self.every(&pets, 9, 11, |dice| dice.range(2_400, 3_600));
        let wash = self.who("Splashdown Car Wash", "auto.wash");
        self.every(&wash, 26, 34, |_| 1_500);
        let bus = self.who("Metro Transit Topup", "transport.transit");
        self.every(&bus, 6, 9, |_| 2_000);
        let therapist = Who { merchant: false, ..self.who("Rowan Hale Massage", "personal.spa") };
        self.every(&therapist, 25, 45, |_| 8_000);
    }

    /// Pay for rides and errands as it comes.
    fn gig(&mut self) {
        if !self.dice.percent(40) {
            return;
        }
        let mut who = self.who("Dashwheel Payout", "income.gig");
        who.direction = Direction::Credit;
        let mut day = START + self.dice.range(0, 9).days();
        while day <= END {
            let cents = self.dice.range(2_000, 45_000);
            self.pay(&who, day, cents, None);
            day += self.dice.range(1, 9).days();
        }
    }
}
