//! Texts as conditions compare them: lower case, every stretch of blanks one blank, none at the ends.

use std::ops::Range;

/// A folded text. Made to be reused: [`read`](Self::read) keeps its buffer.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    text: String,
}

impl Folded {
    /// Folds a text, replacing what was read before.
    pub fn read(&mut self, raw: &str) {
        self.text.clear();
        each(raw, |_, sign| self.text.push(sign));
    }

    /// The folded text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Bytes of the raw text that bytes of the folded one came from.
pub fn raw_span(raw: &str, folded: Range<usize>) -> Range<usize> {
    let (mut at, mut span) = (0, raw.len()..raw.len());
    each(raw, |from, sign| {
        if at <= folded.start {
            span.start = from;
        }
        if at < folded.end {
            span.end = from + raw[from..].chars().next().map_or(0, char::len_utf8);
        }
        at += sign.len_utf8();
    });
    span.start.min(span.end)..span.end
}

/// The folded form of a text.
pub fn fold(raw: &str) -> String {
    let mut folded = Folded::default();
    folded.read(raw);
    folded.text
}

/// Hands over each folded sign with the place of the raw one. The long s and the Kelvin sign become plain letters, so that ASCII
/// letters compare as they do in a regex that ignores case.
fn each(raw: &str, mut take: impl FnMut(usize, char)) {
    let trimmed = raw.trim_end();
    let mut blank = None;
    let mut begun = false;
    for (at, sign) in trimmed.char_indices() {
        if sign.is_whitespace() {
            blank = blank.or(Some(at));
            continue;
        }
        if let (Some(blank), true) = (blank.take(), begun) {
            take(blank, ' ');
        }
        begun = true;
        match sign {
            'ſ' => take(at, 's'),
            _ if sign.is_ascii() => take(at, sign.to_ascii_lowercase()),
            _ => sign.to_lowercase().for_each(|lower| take(at, lower)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_blanks_do_not_count() {
        assert_eq!(fold("  SQ *Café   Noir "), "sq *café noir");
        assert_eq!(fold(""), "");
    }

    #[test]
    fn spans_lead_back() {
        let raw = " İX  ÀB";
        let folded = fold(raw);
        let at = folded.find("àb").unwrap();
        assert_eq!(&raw[raw_span(raw, at..at + "àb".len())], "ÀB");
        assert_eq!(&raw[raw_span(raw, 0..folded.len())], "İX  ÀB");
    }
}
