//! Bank statements of any size, invented: the shapes of descriptions that banks print, names of the dictionary and of shops that
//! nobody knows, people's habits and their recurring payments. The same options give the same bytes.

use std::io::{self, Write};

use jiff::ToSpan as _;
use jiff::civil::Date;
use payee::Engine;

/// What to generate.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// Rows.
    pub rows: u64,
    /// Accounts they are spread over; each spans three years.
    pub accounts: u64,
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// Whether no description occurs twice. Otherwise people shop where they shopped before, as they do.
    pub distinct: bool,
}

impl Statement {
    /// Accounts of 250 rows a year.
    pub fn of(rows: u64, distinct: bool) -> Self {
        Self { rows, accounts: (rows / 750).max(1), seed: 1, distinct }
    }
}

/// The first line.
const HEADER: &str = "id,account_id,date,amount,description,currency_code,account_type,country\n";
/// The first day.
const FIRST: Date = jiff::civil::date(2023, 1, 1);
/// Months and days that the rows span.
const MONTHS: u64 = 36;
const DAYS: u64 = 3 * 365;
/// Dictionary names in use: heads of the list are met often, its tail hardly ever.
const NAMES: usize = 6000;
/// Places where the shops stand.
const CITIES: &str = include_str!("../../data/places/us.csv");
/// Words that invented shops are made of.
const FAMILIES: &[&str] = &[
    "ALDEN",
    "BAXTER",
    "CORWIN",
    "DELANEY",
    "ELLERY",
    "FENWICK",
    "GARNER",
    "HOLLIS",
    "INGRAM",
    "JARVIS",
    "KELLER",
    "LOWELL",
    "MARLOW",
    "NORWOOD",
    "OAKLEY",
    "PRESCOTT",
    "QUIMBY",
    "RADLEY",
    "SUTTER",
    "THORNE",
    "UPTON",
    "VANCE",
    "WALDEN",
    "YARDLEY",
    "ZELLER",
    "BRIARCLIFF",
    "CEDAR POINT",
    "EASTGATE",
    "FOXHOLLOW",
    "HIGHLAND",
    "LAKESIDE",
    "MILLBROOK",
    "RIVERBEND",
    "STONEBRIDGE",
    "WESTFIELD",
    "WILLOW CREEK",
];
const TRADES: &[&str] = &[
    "HARDWARE",
    "BAKERY",
    "DENTAL",
    "CAFE",
    "AUTO REPAIR",
    "CLEANERS",
    "PHARMACY",
    "NAILS",
    "PIZZA",
    "FLORIST",
    "VETERINARY",
    "MARKET",
    "BARBER SHOP",
    "LIQUORS",
    "TAQUERIA",
    "YOGA",
    "BOOKS",
    "GARDEN CENTER",
    "OPTICAL",
    "DELI",
    "PLUMBING",
    "BREWING CO",
    "TOYS",
    "MUSIC",
    "TIRE",
    "HOLDINGS",
    "PARTNERS",
    "AND SONS",
    "GROUP LLC",
    "TRADING",
];
const PEOPLE: &[&str] =
    &["JANE DOE", "JOHN ROE", "MARY MAJOR", "RICHARD MILES", "JOHN STILES", "JUAN PEREZ", "ANN OTHER"];

/// A payment on a schedule: description with `#` for digits that change, how often, whole amount, whether money comes in, and by
/// how many percent the amount varies.
type Schedule = (&'static str, Every, u64, bool, u64);

/// How often.
#[derive(Clone, Copy)]
enum Every {
    Weeks(u64),
    Months(u64),
}

const SCHEDULES: &[Schedule] = &[
    ("ACME INDUSTRIES DES:PAYROLL ID:##### INDN:DOE,JANE CO ID:1234567890 PPD", Every::Weeks(2), 2184, true, 0),
    ("ZELLE PAYMENT TO MAPLE COURT APARTMENTS ##########", Every::Months(1), 1450, false, 0),
    ("NETFLIX.COM LOS GATOS CA", Every::Months(1), 15, false, 0),
    ("RECURRING PAYMENT AUTHORIZED ON SPOTIFY USA 877-778-1161 NY CARD ####", Every::Months(1), 11, false, 0),
    (
        "CITY POWER AND LIGHT DES:UTIL PMT ID:######## INDN:JANE DOE CO ID:9876543210 WEB",
        Every::Months(1),
        94,
        false,
        30,
    ),
    ("VERIZON WIRELESS PAYMENTS PPD ID: ##########", Every::Months(1), 82, false, 0),
    ("STATE FARM INSURANCE BILL PMT ########", Every::Months(1), 121, false, 0),
    ("PLANET FITNESS CLUB FEES WEB ID: ########", Every::Months(1), 25, false, 0),
    ("ONLINE TRANSFER TO SAV XXXX1234 CONFIRMATION #########", Every::Weeks(2), 200, false, 0),
    ("INTEREST PAID", Every::Months(1), 1, true, 60),
    ("MONTHLY SERVICE FEE", Every::Months(1), 12, false, 0),
    ("AMAZON PRIME*######### AMZN.COM/BILL WA", Every::Months(12), 139, false, 0),
];

/// Writes a statement as CSV.
pub fn write(statement: &Statement, out: &mut impl Write) -> io::Result<()> {
    let names: Vec<String> = names();
    let calendar: Vec<Date> = (0..DAYS as i64).map(|day| FIRST.saturating_add(day.days())).collect();
    let cities: Vec<String> = CITIES.lines().skip(1).step_by(9).filter_map(city).collect();
    out.write_all(HEADER.as_bytes())?;
    let mut buffer = Vec::with_capacity(1 << 20);
    let mut rows: Vec<Row> = Vec::new();
    let mut text = String::new();
    let mut written = 0;
    for account in 0..statement.accounts {
        let mut draw = Draw(statement.seed.wrapping_mul(0x9E37_79B9) ^ account.wrapping_mul(0xD134_2543_DE82_EF95));
        let household = Household::new(&names, &cities, statement.distinct, &mut draw);
        let most = (account + 1) * statement.rows / statement.accounts - written;
        household.rows(most as usize, &mut draw, &mut rows);
        for (at, row) in rows.iter().enumerate() {
            let number = written + at as u64;
            let date = calendar[row.day as usize];
            household.describe(row, date, &mut draw, &mut text);
            if statement.distinct {
                text.push_str(&format!(" {number:07}{:03}", draw.below(1000)));
            }
            line(number, account, date, row, &text, &mut buffer);
        }
        written += rows.len() as u64;
        if buffer.len() > 1 << 19 {
            out.write_all(&buffer)?;
            buffer.clear();
        }
    }
    out.write_all(&buffer)?;
    out.flush()
}

/// Names of the dictionary as statements print them, in an order that the seed of the rows has no part in.
fn names() -> Vec<String> {
    let engine = Engine::builtin();
    let mut names: Vec<String> = engine
        .merchants()
        .map(|merchant| merchant.name().to_ascii_uppercase())
        .filter(|name| name.is_ascii() && !name.contains([',', '"']))
        .collect();
    let mut draw = Draw(7);
    for at in 0..names.len().min(NAMES) {
        let other = at + draw.below((names.len() - at) as u64) as usize;
        names.swap(at, other);
    }
    names.truncate(NAMES);
    names
}

/// City and state of a line of the gazetteer, as statements print them.
fn city(line: &str) -> Option<String> {
    let mut cells = line.split(',');
    let (name, region) = (cells.next()?, cells.next()?);
    (name.is_ascii() && !name.contains('"')).then(|| format!("{} {region}", name.to_ascii_uppercase()))
}

/// One row before it is worded.
struct Row {
    day: u64,
    cents: u64,
    is_credit: bool,
    what: What,
}

enum What {
    Schedule(&'static str),
    /// A visit to a place that the household knows.
    Habit(usize),
    /// A place it has not been to before.
    Once,
}

/// Who the account belongs to.
struct Household<'n> {
    names: &'n [String],
    cities: &'n [String],
    habits: Vec<String>,
    schedules: Vec<(&'static Schedule, u64)>,
}

impl<'n> Household<'n> {
    fn new(names: &'n [String], cities: &'n [String], distinct: bool, draw: &mut Draw) -> Self {
        let mut household = Self { names, cities, habits: Vec::new(), schedules: Vec::new() };
        let habits = if distinct { 0 } else { 30 + draw.below(40) };
        household.habits = (0..habits).map(|_| household.shop(draw)).collect();
        let schedules = SCHEDULES.iter().filter(|_| draw.below(100) < 70);
        household.schedules = schedules.map(|schedule| (schedule, 0)).collect();
        household.schedules.iter_mut().for_each(|(_, start)| *start = draw.below(28));
        household
    }

    /// A shop as its terminal prints it.
    fn shop(&self, draw: &mut Draw) -> String {
        let city = &self.cities[draw.below(self.cities.len() as u64) as usize];
        let name = match draw.below(10) {
            0..=6 => {
                // Few names are met often.
                let (first, second) = (draw.below(self.names.len() as u64), draw.below(self.names.len() as u64));
                self.names[(first * second / self.names.len() as u64) as usize].clone()
            }
            _ => format!("{} {}", draw.one_of(FAMILIES), draw.one_of(TRADES)),
        };
        match draw.below(12) {
            0..=3 => format!("{name} #{:04} {city}", draw.below(10_000)),
            4..=6 => format!("{name} {city}"),
            7 => format!("SQ *{name} {city}"),
            8 => format!("TST* {name} {city}"),
            9 => format!("PAYPAL *{name} 402-935-7733 CA"),
            10 => format!("{name} {:05} {city}", draw.below(100_000)),
            _ => name,
        }
    }

    /// Draws the rows of the account, by day.
    fn rows(&self, most: usize, draw: &mut Draw, rows: &mut Vec<Row>) {
        rows.clear();
        for (schedule, start) in &self.schedules {
            let (text, every, amount, is_credit, varies) = **schedule;
            let days: Vec<u64> = match every {
                Every::Weeks(weeks) => (*start..DAYS).step_by(weeks as usize * 7).collect(),
                Every::Months(months) => {
                    (0..MONTHS).step_by(months as usize).map(|month| month_start(month) + start).collect()
                }
            };
            for day in days {
                let spread = amount * 100 * varies / 100;
                let cents = amount * 100 - spread / 2 + draw.below(spread + 1);
                rows.push(Row { day, cents, is_credit, what: What::Schedule(text) });
            }
        }
        rows.truncate(most * 2 / 3);
        while rows.len() < most {
            let what = match self.habits.len() as u64 {
                0 => What::Once,
                _ if draw.below(100) < 25 => What::Once,
                count => What::Habit((draw.below(count) * draw.below(count) / count) as usize),
            };
            rows.push(Row { day: draw.below(DAYS), cents: 100 + draw.below(12_000), is_credit: false, what });
        }
        rows.sort_by_key(|row| row.day);
    }

    /// Words a row.
    fn describe(&self, row: &Row, date: Date, draw: &mut Draw, text: &mut String) {
        text.clear();
        match row.what {
            What::Schedule(pattern) => {
                text.extend(pattern.chars().map(|sign| if sign == '#' { draw.digit() } else { sign }));
            }
            What::Habit(at) => text.push_str(&self.habits[at]),
            What::Once => match draw.below(20) {
                0 => text.push_str(&format!("ZELLE PAYMENT TO {} {:010}", draw.one_of(PEOPLE), draw.below(1 << 33))),
                1 => text.push_str(&format!("ATM WITHDRAWAL {:06} MAIN ST", draw.below(1_000_000))),
                2 => text.push_str(&format!("CHECK {}", 1000 + draw.below(9000))),
                _ => text.push_str(&self.shop(draw)),
            },
        }
        let (month, day) = (date.month(), date.day());
        // Some banks print the day and the card into the text, so that the same shop never looks the same twice.
        match draw.below(if matches!(row.what, What::Schedule(_)) { 1000 } else { 100 }) {
            0..=9 => text.insert_str(0, &format!("CHECKCARD {month:02}{day:02} ")),
            10..=17 => {
                text.insert_str(0, &format!("PURCHASE AUTHORIZED ON {month:02}/{day:02} "));
                text.push_str(" CARD 4821");
            }
            18..=29 => text.insert_str(0, "POS DEBIT "),
            _ => {}
        }
    }
}

/// The day a month begins, from the first of all.
fn month_start(month: u64) -> u64 {
    let start = FIRST.saturating_add((month as i64).months());
    (start - FIRST).get_days() as u64
}

/// Writes one row.
fn line(number: u64, account: u64, date: Date, row: &Row, text: &str, out: &mut Vec<u8>) {
    let sign = if row.is_credit { "" } else { "-" };
    let quote = if text.contains(',') { "\"" } else { "" };
    writeln!(
        out,
        "{number},acc{account:06},{:04}-{:02}-{:02},{sign}{}.{:02},{quote}{text}{quote},USD,CHECKING,US",
        date.year(),
        date.month(),
        date.day(),
        row.cents / 100,
        row.cents % 100
    )
    .expect("memory takes all bytes");
}

/// SplitMix64.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most.max(1)
    }

    fn digit(&mut self) -> char {
        char::from(b'0' + self.below(10) as u8)
    }

    fn one_of(&mut self, words: &[&'static str]) -> &'static str {
        words[self.below(words.len() as u64) as usize]
    }
}
