//! `payee list`: what the engine knows, as text for people and pipes.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use payee::{Direction, Taxonomy};

use super::{Failure, Knowledge, print, taxonomy};

/// Arguments of the command.
#[derive(Args)]
pub struct List {
    /// What to list
    what: What,
    /// Names of the categories: payee, mx, plaid-v2 or plaid-v1
    #[arg(long, default_value = "payee", value_parser = taxonomy)]
    taxonomy: Taxonomy,
    /// Only lines that hold this text, in any case
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    #[command(flatten)]
    knowledge: Knowledge,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// The category tree
    Categories,
    /// The merchant dictionary
    Merchants,
    /// The flags and their rules
    Flags,
    /// Your own rules, the first in precedence first, and the phrases of banks, networks and processors
    Rules,
    /// The bank and app exports that are recognised
    Formats,
    /// The forms that can be written
    Outputs,
    /// The category systems an answer can be given in
    Taxonomies,
}

impl List {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let mut out = String::new();
        match self.what {
            What::Categories => self.categories(&mut out)?,
            What::Merchants => self.merchants(&mut out)?,
            What::Flags => {
                for (flag, rule) in self.knowledge.engine()?.flags() {
                    line(&mut out, &[flag, rule]);
                }
            }
            What::Rules => {
                let engine = self.knowledge.engine()?;
                for (name, rule) in engine.own_rules() {
                    line(&mut out, &[name.unwrap_or(""), &rule.to_string()]);
                }
                for (id, rule) in engine.descriptors() {
                    line(&mut out, &[id, &rule.to_string()]);
                }
            }
            What::Formats => {
                for format in payee::io::formats() {
                    let country = format.country().map_or_else(String::new, |country| country.to_string());
                    line(&mut out, &[format.id(), &country, format.institution(), format.product()]);
                }
            }
            What::Outputs => {
                payee::io::OutputFormat::ALL
                    .iter()
                    .for_each(|form| line(&mut out, &[form.as_str(), form.description()]));
            }
            What::Taxonomies => Taxonomy::ALL.iter().for_each(|taxonomy| line(&mut out, &[taxonomy.as_str()])),
        }
        if let Some(search) = self.search.map(|search| search.to_lowercase()) {
            out = out
                .lines()
                .filter(|line| line.to_lowercase().contains(&search))
                .flat_map(|line| [line, "\n"])
                .collect();
        }
        print(out.as_bytes())
    }

    /// Our own tree by path; another taxonomy by the names it has.
    fn categories(&self, out: &mut String) -> Result<(), Failure> {
        let engine = self.knowledge.engine()?;
        if self.taxonomy == Taxonomy::Payee {
            for category in engine.categories() {
                let depth = category.path().matches('.').count();
                let indented = format!("{}{}", "  ".repeat(depth), category.path());
                writeln!(out, "{indented:<40} {:<34} {}", category.name(), category.description())
                    .expect("a string takes text");
            }
            return Ok(());
        }
        let mut names = BTreeSet::new();
        for category in engine.categories() {
            for direction in [Direction::Debit, Direction::Credit] {
                let projection = category.project(self.taxonomy, Some(direction));
                names.insert((
                    &projection.top_level,
                    projection.category != projection.top_level,
                    &projection.category,
                    &projection.category_guid,
                ));
            }
        }
        for (top_level, _, name, guid) in names {
            line(out, &[top_level, name, guid]);
        }
        Ok(())
    }

    fn merchants(&self, out: &mut String) -> Result<(), Failure> {
        let engine = self.knowledge.engine()?;
        for merchant in engine.merchants() {
            let countries: Vec<_> = merchant.countries().collect();
            let rule = merchant.rule().to_string();
            line(
                out,
                &[
                    merchant.name(),
                    merchant.category().path(),
                    &countries.join(" "),
                    merchant.site().unwrap_or(""),
                    &rule,
                ],
            );
        }
        Ok(())
    }
}

/// Appends cells with a tab between.
fn line(out: &mut String, cells: &[&str]) {
    out.push_str(&cells.join("\t"));
    out.push('\n');
}
