//! The name somebody may have meant.

use crate::io::masked;

/// The known name nearest to a word: same last part of a path first, then the fewest changed signs; `None` if none is near.
pub fn nearest<'n>(word: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let word = word.to_lowercase();
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_lowercase();
    let wanted = last(&word);
    known
        .into_iter()
        .map(|name| {
            let apart = distance(&word, &name.to_lowercase());
            let apart = if last(name) == wanted { apart.min(1) } else { apart };
            (apart, name)
        })
        .filter(|(apart, _)| *apart <= (word.chars().count() / 3).max(2))
        .min()
        .map(|(_, name)| name)
}

/// The message about an unknown name: what it is not, and the nearest that there is.
pub fn unknown<'n>(word: &str, what: &str, known: impl IntoIterator<Item = &'n str>, elsewhere: &str) -> String {
    let shown = masked(word);
    match nearest(word, known) {
        Some(near) => format!("`{shown}` is no {what}: did you mean `{near}`? {elsewhere}"),
        None => format!("`{shown}` is no {what}: {elsewhere}"),
    }
}

/// How many signs must be added, dropped or changed to turn one word into the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, sign) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (to, theirs) in other.iter().enumerate() {
            let changed = diagonal + usize::from(sign != *theirs);
            diagonal = row[to + 1];
            row[to + 1] = changed.min(diagonal + 1).min(row[to] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_found() {
        let known = ["food.groceries", "food.restaurants.coffee", "home.rent"];
        assert_eq!(nearest("food.grocery", known), Some("food.groceries"));
        assert_eq!(nearest("food.coffee", known), Some("food.restaurants.coffee"));
        assert_eq!(nearest("pets", known), None);
    }
}
