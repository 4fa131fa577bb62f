//! Some figures in short.

use std::fmt;

/// The middle of some figures and their range.
#[derive(Debug, PartialEq)]
pub(super) struct Summary {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Summary {
    pub(super) fn of(figures: impl Iterator<Item = Option<f64>>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.flatten().collect();
        figures.sort_by(f64::total_cmp);
        let upper = figures.get(figures.len() / 2)?;
        let lower = figures.get(figures.len().saturating_sub(1) / 2)?;
        Some(Self {
            median: f64::midpoint(*lower, *upper),
            least: *figures.first()?,
            most: *figures.last()?,
        })
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            median,
            least,
            most,
        } = self;
        write!(f, "{median:.2} ({least:.2}–{most:.2})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_two_is_between_them() {
        let summary = Summary::of([Some(3.0), None, Some(1.0)].into_iter()).unwrap();
        assert_eq!(
            (summary.least, summary.median, summary.most),
            (1.0, 2.0, 3.0)
        );
        assert_eq!(summary.to_string(), "2.00 (1.00–3.00)");
        assert_eq!(Summary::of([None].into_iter()), None);
    }
}
