//! What rounds have found: setups take turns, so that what else the machine does hits all of them.

use std::fmt;

/// Figures of the rounds, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures(Vec<f64>);

impl Figures {
    pub(crate) fn push(&mut self, figure: f64) {
        self.0.push(figure);
    }

    /// Each against that of the other in the same round.
    pub(crate) fn against(&self, other: &Self) -> Self {
        let pairs = self.0.iter().zip(&other.0);
        Self(pairs.map(|(ours, other)| ours / other).collect())
    }

    /// Nothing of no rounds.
    pub(crate) fn median(&self) -> f64 {
        let sorted = self.sorted();
        match sorted.len() {
            0 => f64::NAN,
            len if len % 2 == 1 => sorted[len / 2],
            len => f64::midpoint(sorted[len / 2 - 1], sorted[len / 2]),
        }
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }
}

/// The median, and the range.
impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(0);
        let sorted = self.sorted();
        let (least, most) = (sorted.first(), sorted.last());
        let (least, most) = least.zip(most).unwrap_or((&f64::NAN, &f64::NAN));
        let median = self.median();
        write!(f, "{median:.digits$} ({least:.digits$}–{most:.digits$})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(figures: &[f64]) -> Figures {
        Figures(figures.to_vec())
    }

    #[test]
    fn the_median_is_told_with_the_range() {
        assert_eq!(format!("{:.1}", figures(&[3.0, 1.0, 2.0])), "2.0 (1.0–3.0)");
        assert_eq!(format!("{}", figures(&[4.0, 1.0, 2.0, 5.0])), "3 (1–5)");
    }

    #[test]
    fn rounds_are_compared_one_by_one() {
        let ratios = figures(&[1.0, 8.0, 3.0]).against(&figures(&[2.0, 10.0, 4.0]));
        assert_eq!(format!("{ratios:.2}"), "0.75 (0.50–0.80)");
    }
}
