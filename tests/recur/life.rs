//! What a household does with its money: income, bills, subscriptions and savings that are streams; habits and
//! lookalikes that are none.

use jiff::ToSpan;
use jiff::civil::Weekday;
use payee::Direction;

use super::{Amounts, Days, END, Plan, START, Simulator, Who, is_open, next_weekday};

impl Simulator {
    pub fn live(&mut self) {
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
                day += 1.day();
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
            day += 7.days();
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
