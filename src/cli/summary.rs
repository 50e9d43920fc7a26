//! What `enrich` tells at the end.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::time::Instant;

use payee::io::{Gist, Reader, Reject, Report};
use payee::recur::Streams;
use payee::{CategoryId, Currency, Decimal, Direction, Engine, Method, Taxonomy, Transaction};

/// Rejected rows that are shown.
const SHOWN_REJECTS: usize = 5;
/// Top categories that the summary names.
const SHOWN_CATEGORIES: usize = 6;

/// What is told at the end.
#[derive(Default)]
pub struct Summary {
    rows: u64,
    categorized: u64,
    merchants: u64,
    /// Rows that have no place in the form of the output.
    pub left_out: u64,
    /// Money in and out, by currency and category.
    money: BTreeMap<(Option<Currency>, CategoryId), [Decimal; 2]>,
    rejects: Vec<String>,
}

impl Summary {
    /// Adds a row.
    pub fn add(&mut self, transaction: &Transaction, gist: &Gist<'_, '_>) {
        self.rows += 1;
        self.categorized += u64::from(gist.categorized_by != Method::Fallback);
        self.merchants += u64::from(gist.merchant.is_some());
        if let (Some(amount), Some(direction)) = (transaction.amount, transaction.direction) {
            let sums = self.money.entry((transaction.currency_code, gist.category.id())).or_default();
            let side = &mut sums[usize::from(direction == Direction::Debit)];
            *side = side.checked_add(amount).unwrap_or(*side);
        }
    }

    /// Adds the rows of another.
    pub fn absorb(&mut self, other: Self) {
        self.rows += other.rows;
        self.categorized += other.categorized;
        self.merchants += other.merchants;
        self.left_out += other.left_out;
        for (key, sums) in other.money {
            add(self.money.entry(key).or_default(), sums);
        }
    }

    /// Money in and out, by currency and name of the top-level category.
    fn by_top_level(&self, engine: &Engine) -> BTreeMap<(String, String), [Decimal; 2]> {
        let mut named: BTreeMap<(String, String), [Decimal; 2]> = BTreeMap::new();
        for ((currency, id), sums) in &self.money {
            let currency = currency.map_or_else(String::new, |code| code.to_string());
            let Some(category) = engine.categories().iter().find(|category| category.id() == *id) else { continue };
            // The names of both directions may differ.
            for (direction, side) in [(Direction::Credit, 0), (Direction::Debit, 1)] {
                let top = category.project(Taxonomy::Mx, Some(direction)).top_level.clone();
                let mut part = [Decimal::ZERO; 2];
                part[side] = sums[side];
                add(named.entry((currency.clone(), top)).or_default(), part);
            }
        }
        named
    }

    /// Notes a rejected row.
    pub fn reject(&mut self, reader: &Reader, reject: &Reject) {
        if self.rejects.len() < SHOWN_REJECTS {
            let file = &reader.report().files[reject.file].name;
            self.rejects.push(format!("{file}:{}: {}", reject.line, reject.reason));
        }
    }

    /// Prints to standard error; nobody reading it is no error.
    pub fn print(&self, engine: &Engine, reader: &Reader, streams: Option<&Streams>, started: Instant) {
        let report = reader.report();
        let mut out = files(report);
        self.rejects.iter().for_each(|reject| out.push_str(&format!("rejected {reject}\n")));
        let hidden = report.rejected.saturating_sub(self.rejects.len() as u64);
        if hidden > 0 {
            out.push_str(&format!("rejected {hidden} more (--rejects FILE keeps them all)\n"));
        }
        let left_out = match self.left_out {
            0 => String::new(),
            count => format!(" + {count} left out for want of a date, an amount or a direction"),
        };
        let written = self.rows - self.left_out;
        out.push_str(&format!("{} rows in = {written} out + {} rejected{left_out}\n", report.rows, report.rejected));
        let share = |part: u64| 100.0 * part as f64 / self.rows.max(1) as f64;
        out.push_str(&format!(
            "{:.1} % categorized, {:.1} % with a merchant",
            share(self.categorized),
            share(self.merchants)
        ));
        if let Some(streams) = streams {
            out.push_str(&format!(", {} recurring streams", streams.all().len()));
        }
        out.push('\n');
        let money = self.by_top_level(engine);
        for (side, name) in [(0, "money in"), (1, "money out")] {
            let mut sums: Vec<_> = money.iter().filter(|(_, sums)| !sums[side].is_zero()).collect();
            sums.sort_by(|one, other| other.1[side].cmp(&one.1[side]));
            for (at, ((currency, top), sums)) in sums.iter().take(SHOWN_CATEGORIES).enumerate() {
                let label = if at == 0 { name } else { "" };
                out.push_str(&format!("{label:<10} {:>14} {currency:<3} {top}\n", sums[side].to_string()));
            }
        }
        out.push_str(&format!("{:.2} s\n", started.elapsed().as_secs_f64()));
        let _ = io::stderr().write_all(out.as_bytes());
    }
}

fn add(own: &mut [Decimal; 2], sums: [Decimal; 2]) {
    for (own, sum) in own.iter_mut().zip(sums) {
        *own = own.checked_add(sum).unwrap_or(*own);
    }
}

/// How each file was read, and what is doubtful about it.
fn files(report: &Report) -> String {
    let mut out = String::new();
    for file in &report.files {
        out.push_str(&format!("{}: read as {}\n", file.name, file.format));
        file.notes.iter().for_each(|note| out.push_str(&format!("  {note}\n")));
    }
    report.warnings.iter().for_each(|warning| out.push_str(&format!("warning: {warning}\n")));
    out
}

/// Prints how the files were read to standard error, and how many rows were rejected, if there is anything to say of it.
pub fn tell_doubts(report: &Report) {
    let mut out = String::new();
    if !report.warnings.is_empty() || report.files.iter().any(|file| !file.notes.is_empty()) {
        out = files(report);
    }
    if report.rejected > 0 {
        let (rejected, rows) = (report.rejected, report.rows);
        out.push_str(&format!("{rejected} of {rows} rows rejected (`payee enrich --rejects FILE` tells why)\n"));
    }
    let _ = io::stderr().write_all(out.as_bytes());
}
