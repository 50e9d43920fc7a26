//! The report as a table for people.

use std::fmt;

use super::{CategoryScore, Report, Tally, ratio};

/// Categories and confusions that are printed.
const MOST_LINES: usize = 25;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<22} {:>12} {:>9} {:>7} {:>7}", "", "judged", "covered", "leaf", "top")?;
        line(f, "by row", &self.by_row)?;
        line(f, "by description", &self.by_description)?;
        line(f, "by money", &self.by_money)?;
        if !self.unknown_labels.is_empty() {
            writeln!(f, "\nlabels that are no category, and are not judged: rows")?;
        }
        for (label, unknown) in self.unknown_labels.iter().take(MOST_LINES) {
            let meant = unknown.nearest.as_ref().map_or(String::new(), |near| format!("  did you mean `{near}`?"));
            writeln!(f, "  {label:<28} {:>8}{meant}", unknown.rows)?;
        }
        writeln!(f, "\nmethod (by description)")?;
        for (method, tally) in &self.by_method {
            line(f, &format!("  {method}"), tally)?;
        }

        writeln!(
            f,
            "\n{:<28} {:>8} {:>7} {:>10} {:>7} {:>6}",
            "category", "labelled", "given", "precision", "recall", "f1"
        )?;
        let mut categories: Vec<(&String, &CategoryScore)> = self.categories.iter().collect();
        categories.sort_by(|(one, score), (other, scores)| {
            (scores.labelled + scores.given).cmp(&(score.labelled + score.given)).then_with(|| one.cmp(other))
        });
        for (name, score) in categories.iter().take(MOST_LINES) {
            let (precision, recall, f1) = (score.precision(), score.recall(), score.f1());
            writeln!(
                f,
                "{name:<28} {:>8} {:>7} {precision:>10.3} {recall:>7.3} {f1:>6.3}",
                score.labelled, score.given
            )?;
        }
        if categories.len() > MOST_LINES {
            writeln!(f, "... and {} more (--json has all)", categories.len() - MOST_LINES)?;
        }

        writeln!(f, "\nworst confusions: label, answer, descriptions")?;
        for (label, given, count) in self.confusions.iter().take(MOST_LINES) {
            writeln!(f, "  {label:<28} {given:<28} {count:>5}")?;
        }

        writeln!(f, "\nreliability: confidence given, share right, answers")?;
        for band in self.reliability.iter().filter(|band| band.count > 0) {
            let count = band.count as f64;
            writeln!(f, "  {:.3}  {:.3}  {:>6}", band.confidence / count, band.right as f64 / count, band.count)?;
        }
        for (name, band) in &self.levels {
            writeln!(
                f,
                "  {name:<10} {:>6} answers, {:.3} right",
                band.count,
                ratio(band.right as f64, band.count as f64)
            )?;
        }
        writeln!(f, "expected calibration error {:.4}", self.calibration_error)?;

        if !self.flags.is_empty() {
            writeln!(
                f,
                "\n{:<20} {:>6} {:>6} {:>6} {:>6} {:>10} {:>7}",
                "flag", "tp", "fp", "fn", "tn", "precision", "recall"
            )?;
            for (name, score) in &self.flags {
                let positive = score.true_positive as f64;
                writeln!(
                    f,
                    "{name:<20} {:>6} {:>6} {:>6} {:>6} {:>10.3} {:>7.3}",
                    score.true_positive,
                    score.false_positive,
                    score.false_negative,
                    score.true_negative,
                    ratio(positive, positive + score.false_positive as f64),
                    ratio(positive, positive + score.false_negative as f64),
                )?;
            }
        }
        Ok(())
    }
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, tally: &Tally) -> fmt::Result {
    let share = |part: f64| 100.0 * ratio(part, tally.judged);
    writeln!(
        f,
        "{name:<22} {:>12.0} {:>8.1}% {:>6.1}% {:>6.1}%",
        tally.judged,
        share(tally.covered),
        share(tally.leaf),
        share(tally.top_level)
    )
}
