//! What is to be expected of a category and of a country: `data/recurrence.toml`, strictly read.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::civil::Weekday;
use once_cell::sync::Lazy;
use serde::Deserialize;

use super::calendar::{Closures, Holiday, Moved, weekday_of, weekend_bit};
use crate::data::load::line_at;
use crate::data::source::Source;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Problem};
use crate::model::transaction::Country;

/// Name by which problems quote the built-in rules.
const NAME: &str = "data/recurrence.toml";
const TEXT: &str = include_str!("../../data/recurrence.toml");

static BUILTIN: Lazy<Rules> =
    Lazy::new(|| Rules::read(&Source::new(NAME, TEXT)).expect("the built-in data are checked by every test run"));

/// What the payments of a category usually are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// Nothing is known: dates and amounts alone decide.
    #[default]
    Neutral,
    /// A service paid at intervals.
    Subscription,
    /// A payee that bills a household or collects what is owed.
    Bill,
    /// Pay, pensions, benefits.
    Income,
    /// Money moved.
    Transfer,
    /// Gone to often and without a contract.
    Habit,
    /// Nothing of this repeats on a schedule.
    Never,
}

/// An expectation, and whether the amounts may differ from one payment to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Outlook {
    /// What the payments usually are.
    pub expectation: Expectation,
    /// Whether their amounts may differ.
    pub varies: bool,
}

/// Expectations by category and bank holidays by country. Immutable; made once and shared.
#[derive(Clone, Debug)]
pub struct Rules {
    outlooks: HashMap<String, Outlook>,
    closures: HashMap<Country, Closures>,
    everywhere: Closures,
    /// Words that change from payment to payment, in upper case.
    changing: Arc<HashSet<String>>,
    /// Line of each category path, for [`Rules::problems`].
    lines: Vec<(String, u64)>,
    file: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    expect: Vec<WrittenExpectation>,
    #[serde(default)]
    calendar: Vec<WrittenCalendar>,
    #[serde(default)]
    names: WrittenNames,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenNames {
    #[serde(default)]
    changing: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenExpectation {
    kind: Expectation,
    #[serde(default)]
    varies: bool,
    categories: Vec<toml::Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCalendar {
    countries: Vec<toml::Spanned<String>>,
    #[serde(default)]
    moved: Option<toml::Spanned<String>>,
    #[serde(default)]
    weekend: Option<Vec<toml::Spanned<String>>>,
    closed: Vec<toml::Spanned<String>>,
}

impl Rules {
    /// The rules built into the program, read on first use.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads rules laid out as the built-in ones.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] with every fault, each with its line and what would mend it.
    pub fn read(source: &Source) -> Result<Self, Error> {
        let mut problems = Vec::new();
        let line = |at: usize| line_at(&source.text, at);
        let written: Written = toml::from_str(&source.text).map_err(|error| {
            let at = error.span().map_or(1, |span| line(span.start));
            Error::single(ErrorKind::Data, source.name.clone(), at, error.message().to_owned())
        })?;
        let mut rules = Self {
            outlooks: HashMap::new(),
            closures: HashMap::new(),
            everywhere: Closures::default(),
            changing: Arc::new(written.names.changing.iter().map(|word| crate::text::key(word)).collect()),
            lines: Vec::new(),
            file: source.name.to_string(),
        };
        let mut fault =
            |at: usize, message: String| problems.push(Problem::new(source.name.clone(), line(at), message));
        for expect in written.expect {
            for path in expect.categories {
                let at = path.span().start;
                let path = path.into_inner();
                let outlook = Outlook { expectation: expect.kind, varies: expect.varies };
                if rules.outlooks.insert(path.clone(), outlook).is_some() {
                    fault(at, format!("`{path}` is listed twice: keep it under one kind"));
                }
                rules.lines.push((path, line(at)));
            }
        }
        for calendar in written.calendar {
            let closures = calendar.closures(&mut fault);
            for country in calendar.countries {
                match country.get_ref().parse::<Country>() {
                    Ok(code) if rules.closures.insert(code, closures.clone()).is_some() => {
                        fault(country.span().start, format!("{code} has two calendars: keep one"));
                    }
                    Ok(_) => {}
                    Err(error) => fault(country.span().start, error.into()),
                }
            }
        }
        problems.sort();
        if problems.is_empty() { Ok(rules) } else { Err(Error::new(ErrorKind::Data, problems)) }
    }

    /// What is expected of a category, by the longest listed path that holds it; neutral where none does.
    pub fn outlook(&self, path: &str) -> Outlook {
        let mut path = path;
        loop {
            if let Some(outlook) = self.outlooks.get(path) {
                return *outlook;
            }
            match path.rfind('.') {
                Some(dot) => path = &path[..dot],
                None => return Outlook::default(),
            }
        }
    }

    /// Category paths that the engine does not have.
    pub fn problems(&self, engine: &Engine) -> Vec<Problem> {
        let unknown = self.lines.iter().filter(|(path, _)| engine.category(path).is_none());
        unknown
            .map(|(path, line)| {
                Problem::new(self.file.clone(), *line, format!("`{path}` is no category: use a path of categories.csv"))
            })
            .collect()
    }

    /// Words that change from payment to payment and say nothing of who is paid.
    pub(crate) fn changing(&self) -> &Arc<HashSet<String>> {
        &self.changing
    }

    /// When banks are closed; weekends alone where the country is not known or not listed.
    pub(crate) fn closures(&self, country: Option<Country>) -> &Closures {
        country.and_then(|country| self.closures.get(&country)).unwrap_or(&self.everywhere)
    }
}

impl WrittenCalendar {
    fn closures(&self, fault: &mut impl FnMut(usize, String)) -> Closures {
        let mut closures = Closures::default();
        for text in &self.closed {
            match Holiday::parse(text.get_ref()) {
                Ok(holiday) => closures.closed.push(holiday),
                Err(message) => fault(text.span().start, message),
            }
        }
        if let Some(days) = &self.weekend {
            closures.weekend = 0;
            for day in days {
                match weekday_of(day.get_ref()) {
                    Some(weekday) => closures.weekend |= weekend_bit(weekday),
                    None => fault(day.span().start, format!("`{}` is no weekday: write mon to sun", day.get_ref())),
                }
            }
            let rest = Weekday::Monday.cycle_forward().take(7).filter(|day| closures.weekend & weekend_bit(*day) != 0);
            if rest.count() > 4 {
                let at = days.first().map_or(0, |day| day.span().start);
                fault(at, "more days of rest than of work: list the weekend only".to_owned());
            }
        }
        if let Some(moved) = &self.moved {
            closures.moved = match moved.get_ref().as_str() {
                "nearest" => Moved::Nearest,
                "next" => Moved::Next,
                other => {
                    fault(moved.span().start, format!("`{other}`: write nearest or next, or leave `moved` out"));
                    Moved::Nowhere
                }
            };
        }
        closures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtin_rules_name_categories_of_the_engine() {
        assert_eq!(Rules::builtin().problems(Engine::builtin()), []);
    }

    #[test]
    fn the_longest_path_decides() {
        let rules = Rules::builtin();
        assert!(rules.outlook("loans.credit_card").varies);
        assert_eq!(rules.outlook("loans.auto"), Outlook { expectation: Expectation::Bill, varies: false });
        assert_eq!(rules.outlook("cash.withdrawal.atm").expectation, Expectation::Never);
        assert_eq!(rules.outlook("loansome").expectation, Expectation::Neutral);
    }

    #[test]
    fn every_fault_is_told_with_its_line() {
        let text = "[[expect]]\nkind = \"bill\"\ncategories = [\"a\", \"a\"]\n[[calendar]]\ncountries = [\"USA\"]\n\
                    moved = \"up\"\nweekend = [\"x\"]\nclosed = [\"13-01\"]\n";
        let error = Rules::read(&Source::new("r.toml", text)).unwrap_err();
        let lines: Vec<_> = error.problems().iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [3, 5, 6, 7, 8]);
        assert!(Rules::read(&Source::new("r.toml", "[[expect]]\nkinds = 1")).is_err());
    }
}
