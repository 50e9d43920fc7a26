//! The imported merchants: drafts of one merchant merged, shared names settled, every alias marked for what it demands.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use crate::names::{Demand, Judge};
use crate::sources::{Draft, Reader};
use crate::table::{Outcome, tables, write};
use crate::text::key;

/// A merchant written by hand and known in some of a chain's countries leaves it to the import only if as many others remain.
const LEAST_LEFT: usize = 3;
/// More countries than this are not written into an alias: the merchant's own list says as much.
const MOST_COUNTRIES: usize = 8;

/// A name of a merchant before it is written.
#[derive(Clone, Debug)]
struct Alias {
    text: String,
    key: String,
    demand: Demand,
    /// Shared with a merchant elsewhere: true only in this one's countries.
    local: bool,
}

/// A merged merchant with its judged names; the first alias is the name itself.
struct Merchant {
    draft: Draft,
    aliases: Vec<Alias>,
}

/// Writes `imported/merchants.csv`.
pub fn merchants(sources: &Path, data: &Path, judge: &Judge, categories: &HashMap<String, String>) -> Outcome<()> {
    let reader = Reader::new(sources, judge, categories)?;
    let (drafts, counts) = reader.drafts()?;
    let mut merchants: Vec<Merchant> = merge(drafts).into_iter().map(|draft| judged(draft, judge)).collect();
    let mut report = Report::default();
    merchants.retain(|merchant| report.keep("the name only says a trade", merchant.aliases[0].demand < Demand::Never));
    settle(&mut merchants, &reader, &mut report);
    outrank(&mut merchants, &curated(data)?, &mut report);
    let mut rows = Vec::new();
    let mut written: BTreeMap<usize, usize> = BTreeMap::new();
    for merchant in &merchants {
        let codes = codes(&reader, &merchant.draft);
        let row = row(merchant, &codes);
        if report.keep("the name is ambiguous and its trade has no code", row.is_some()) {
            *written.entry(merchant.draft.table).or_default() += 1;
            rows.extend(row);
        }
    }
    let mut kept: HashSet<String> = HashSet::new();
    rows.sort_by(|one: &[String; 11], other| (key(&one[0]), one).cmp(&(key(&other[0]), other)));
    for row in &mut rows {
        if !row[6].is_empty() && !kept.insert(row[6].clone()) {
            row[6].clear();
        }
    }
    for (number, count) in counts.iter().enumerate() {
        let written = written.get(&number).copied().unwrap_or(0);
        println!("  {:<28} {:>6} rows, {:>6} used, {:>6} merchants", count.file, count.rows, count.drafts, written);
    }
    report.print();
    let header = [
        "name",
        "category",
        "aliases",
        "countries",
        "mcc",
        "site",
        "wikidata",
        "kind",
        "biller",
        "subscription",
        "credit",
    ];
    write(&data.join("imported/merchants.csv"), header, &rows)
}

/// Counts what was dropped, by reason.
#[derive(Default)]
struct Report {
    dropped: BTreeMap<&'static str, usize>,
}

impl Report {
    fn keep(&mut self, reason: &'static str, keep: bool) -> bool {
        if !keep {
            *self.dropped.entry(reason).or_default() += 1;
        }
        keep
    }

    fn print(&self) {
        for (reason, count) in &self.dropped {
            println!("  {count:>6} dropped: {reason}");
        }
    }
}

/// Makes one draft of those that mean the same merchant: the same Wikidata id and name or trade, or the same name, trade and country.
fn merge(drafts: Vec<Draft>) -> Vec<Draft> {
    let mut merged: Vec<Draft> = Vec::new();
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    let mut by_wikidata: HashMap<String, Vec<usize>> = HashMap::new();
    for draft in drafts {
        let name = key(&draft.name);
        let of = |index: &HashMap<String, Vec<usize>>, key: &str| index.get(key).cloned().unwrap_or_default();
        let same_id = of(&by_wikidata, &draft.wikidata).into_iter().find(|at| {
            let other = &merged[*at];
            key(&other.name) == name || group(other) == group(&draft)
        });
        let same_name = || {
            of(&by_name, &name).into_iter().find(|at| {
                let other = &merged[*at];
                let met = overlap(other, &draft) || draft.across && other.category == draft.category;
                group(other) == group(&draft) && met && one_id(other, &draft)
            })
        };
        let at = match same_id.or_else(same_name) {
            Some(at) => {
                absorb(&mut merged[at], draft.clone());
                at
            }
            None => {
                merged.push(draft.clone());
                merged.len() - 1
            }
        };
        by_name.entry(name).or_default().push(at);
        if !draft.wikidata.is_empty() {
            by_wikidata.entry(draft.wikidata).or_default().push(at);
        }
    }
    merged
}

fn group(draft: &Draft) -> &str {
    draft.category.split('.').next().unwrap_or_default()
}

fn overlap(one: &Draft, other: &Draft) -> bool {
    one.countries.is_empty() || other.countries.is_empty() || !one.countries.is_disjoint(&other.countries)
}

fn one_id(one: &Draft, other: &Draft) -> bool {
    one.wikidata.is_empty() || other.wikidata.is_empty() || one.wikidata == other.wikidata
}

fn absorb(merchant: &mut Draft, other: Draft) {
    let worldwide = merchant.countries.is_empty() || other.countries.is_empty() && other.rank == merchant.rank;
    if worldwide {
        merchant.countries.clear();
    } else {
        merchant.countries.extend(other.countries);
    }
    if key(&other.name) != key(&merchant.name) {
        let latin = |name: &str| name.chars().any(|sign| sign.is_ascii_alphabetic());
        let swap = !latin(&merchant.name) && latin(&other.name);
        let alias = if swap { std::mem::replace(&mut merchant.name, other.name) } else { other.name };
        merchant.aliases.extend(crate::names::alias(&alias).map(|alias| (alias, other.doubtful)));
    }
    merchant.aliases.extend(other.aliases);
    let fill = |mine: &mut String, theirs: String| {
        if mine.is_empty() {
            *mine = theirs
        }
    };
    fill(&mut merchant.site, other.site);
    fill(&mut merchant.wikidata, other.wikidata);
    fill(&mut merchant.subscription, other.subscription);
    if merchant.mcc.is_empty() {
        merchant.mcc = other.mcc;
    }
}

/// Judges every name of a merchant, and drops aliases that only say a trade or repeat another.
fn judged(draft: Draft, judge: &Judge) -> Merchant {
    let mut aliases: Vec<Alias> = Vec::new();
    let name = std::iter::once((draft.name.clone(), draft.doubtful));
    for (text, doubtful) in name.chain(draft.aliases.iter().cloned()) {
        let alias = Alias {
            key: key(&text),
            demand: judge.demand(&text).max(if doubtful { Demand::Code } else { Demand::Nothing }),
            text,
            local: false,
        };
        let repeated = aliases.iter().any(|other| other.key == alias.key);
        if aliases.is_empty() || !repeated && alias.demand < Demand::Never {
            aliases.push(alias);
        }
    }
    if aliases[0].demand > Demand::Alone {
        aliases.extend(site_alias(&draft, &aliases));
    }
    Merchant { draft, aliases }
}

/// The domain as an alias, where it is the name's own: what a risky name is surely known by.
fn site_alias(draft: &Draft, aliases: &[Alias]) -> Option<Alias> {
    let label = draft.site.split('.').next().unwrap_or_default();
    let text = draft.site.to_ascii_uppercase();
    let alias = Alias { key: key(&text), text, demand: Demand::Nothing, local: false };
    let own = label.len() >= 3 && key(label) == aliases[0].key && draft.site.matches('.').count() <= 2;
    (own && alias.key.len() <= 64 && aliases.iter().all(|other| other.key != alias.key)).then_some(alias)
}

fn codes(reader: &Reader<'_>, draft: &Draft) -> Vec<String> {
    if draft.mcc.is_empty() { reader.facts(&draft.category).mcc } else { draft.mcc.clone() }
}

/// Settles names that several merchants bear.
fn settle(merchants: &mut Vec<Merchant>, reader: &Reader<'_>, report: &mut Report) {
    let mut bearers: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    for (at, merchant) in merchants.iter().enumerate() {
        for (number, alias) in merchant.aliases.iter().enumerate() {
            bearers.entry(alias.key.clone()).or_default().push((at, number));
        }
    }
    let mut dropped: BTreeSet<(usize, usize)> = BTreeSet::new();
    for bearers in bearers.into_values().filter(|bearers| bearers.len() > 1) {
        for pair in pairs(&bearers) {
            if !dropped.contains(&pair.0) && !dropped.contains(&pair.1) {
                settle_pair(merchants, reader, pair, &mut dropped);
            }
        }
    }
    let mut at = 0;
    merchants.retain_mut(|merchant| {
        let keep = !dropped.contains(&(at, 0));
        let mut number = 0;
        merchant.aliases.retain(|_| {
            number += 1;
            !dropped.contains(&(at, number - 1))
        });
        at += 1;
        report.keep("a more trusted merchant has the name in the same country", keep)
    });
}

type Bearer = (usize, usize);

fn pairs(bearers: &[Bearer]) -> Vec<(Bearer, Bearer)> {
    let after = |first: usize| bearers[first + 1..].iter().map(move |other| (bearers[first], *other));
    (0..bearers.len()).flat_map(after).collect()
}

/// Two merchants with one name: each in its own countries; a name outranks an alias; trades with codes are told apart by
/// them; otherwise the less trusted merchant loses the name.
fn settle_pair(
    merchants: &mut [Merchant],
    reader: &Reader<'_>,
    pair: (Bearer, Bearer),
    dropped: &mut BTreeSet<Bearer>,
) {
    let (one, other) = (&merchants[pair.0.0].draft, &merchants[pair.1.0].draft);
    if !overlap(one, other) {
        for (at, number) in [pair.0, pair.1] {
            merchants[at].aliases[number].local = true;
        }
        return;
    }
    match (pair.0.1 == 0, pair.1.1 == 0) {
        (true, false) => drop(dropped.insert(pair.1)),
        (false, true) => drop(dropped.insert(pair.0)),
        _ => {
            let (one_codes, other_codes) = (codes(reader, one), codes(reader, other));
            let told_apart = one.rank == other.rank
                && one.rank > 1
                && !one_codes.is_empty()
                && !other_codes.is_empty()
                && one_codes.iter().all(|code| !other_codes.contains(code));
            if told_apart {
                for (at, number) in [pair.0, pair.1] {
                    let demand = &mut merchants[at].aliases[number].demand;
                    *demand = (*demand).max(Demand::Code);
                }
            } else if (one.rank, one.table) <= (other.rank, other.table) {
                dropped.insert(pair.1);
            } else {
                dropped.insert(pair.0);
            }
        }
    }
}

/// Keys of the merchants written by hand, with the countries they are known in (empty = anywhere).
fn curated(data: &Path) -> Outcome<HashMap<String, Vec<BTreeSet<String>>>> {
    let mut keys: HashMap<String, Vec<BTreeSet<String>>> = HashMap::new();
    for table in tables(&data.join("merchants")) {
        for row in table?.rows() {
            let countries: BTreeSet<_> = row.cell("countries").split_whitespace().map(str::to_owned).collect();
            for written in std::iter::once(row.cell("name")).chain(row.list("aliases")) {
                let bare = written.split('[').next().unwrap_or_default().trim_start_matches(['~', '^']);
                keys.entry(key(bare)).or_default().push(countries.clone());
            }
        }
    }
    Ok(keys)
}

/// Leaves to merchants written by hand the names they have: an imported one keeps such a name only in countries where theirs is not known.
fn outrank(merchants: &mut Vec<Merchant>, curated: &HashMap<String, Vec<BTreeSet<String>>>, report: &mut Report) {
    merchants.retain_mut(|merchant| {
        let Merchant { draft, aliases } = merchant;
        let known = |alias: &Alias| curated.get(&alias.key).map(Vec::as_slice).unwrap_or_default();
        let elsewhere = |known: &[BTreeSet<String>], countries: &BTreeSet<String>| {
            known.iter().all(|theirs| !theirs.is_empty() && !countries.is_empty() && theirs.is_disjoint(countries))
        };
        let before = draft.countries.len();
        if known(&aliases[0]).iter().all(|theirs| !theirs.is_empty()) {
            for theirs in known(&aliases[0]) {
                draft.countries.retain(|country| !theirs.contains(country));
            }
        }
        let enough = draft.countries.len() == before || draft.rank > 1 && draft.countries.len() >= LEAST_LEFT;
        let keep = known(&aliases[0]).is_empty() || enough && elsewhere(known(&aliases[0]), &draft.countries);
        let name = aliases[0].key.clone();
        aliases.retain(|alias| alias.key == name || known(alias).is_empty());
        aliases[0].local |= !known(&aliases[0]).is_empty() && draft.countries.len() <= MOST_COUNTRIES;
        report.keep("written by hand", keep)
    });
}

/// The written row; `None` if the name demands a code and its trade has none.
fn row(merchant: &Merchant, codes: &[String]) -> Option<[String; 11]> {
    let Merchant { draft, aliases } = merchant;
    let upper = Alias { text: draft.name.to_uppercase(), ..aliases[0].clone() };
    let name = marked(&upper, draft, codes)?;
    let mut listed: Vec<String> = (name != upper.text).then_some(name).into_iter().collect();
    let mut others: Vec<String> = aliases[1..].iter().filter_map(|alias| marked(alias, draft, codes)).collect();
    others.sort();
    listed.extend(others);
    let countries: Vec<_> = draft.countries.iter().map(String::as_str).collect();
    Some([
        draft.name.clone(),
        draft.category.clone(),
        listed.join("|"),
        countries.join(" "),
        draft.mcc.join(" "),
        draft.site.clone(),
        draft.wikidata.clone(),
        draft.kind.clone(),
        draft.biller.clone(),
        draft.subscription.clone(),
        draft.credit.clone(),
    ])
}

/// An alias with the marks and conditions it demands.
fn marked(alias: &Alias, draft: &Draft, codes: &[String]) -> Option<String> {
    let named = !draft.countries.is_empty();
    let demand = match alias.demand {
        Demand::Country if !named => Demand::Code,
        demand => demand,
    };
    let mut conditions = Vec::new();
    if demand == Demand::Code {
        if codes.is_empty() {
            return None;
        }
        conditions.push(format!("mcc={}", codes.join(",")));
    }
    let few = draft.countries.len() <= MOST_COUNTRIES;
    if alias.local && named || demand == Demand::Country && few {
        conditions.push(format!("country={}", draft.countries.iter().cloned().collect::<Vec<_>>().join(",")));
    }
    let mark = if demand > Demand::Nothing { "~" } else { "" };
    match conditions.is_empty() {
        true => Some(format!("{mark}{}", alias.text)),
        false => Some(format!("{mark}{} [{}]", alias.text, conditions.join(";"))),
    }
}
