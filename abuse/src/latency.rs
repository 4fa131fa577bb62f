//! Times, and what of them is told.

use std::time::Duration;

/// Times in microseconds.
#[derive(Debug, Default)]
pub(crate) struct Latencies(Vec<u32>);

impl Latencies {
    pub(crate) fn add(&mut self, micros: u64) {
        self.0.push(u32::try_from(micros).unwrap_or(u32::MAX));
    }

    pub(crate) fn merge(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// Median, 99 of 100, and the longest.
    pub(crate) fn summary(&mut self) -> [Duration; 3] {
        self.0.sort_unstable();
        let last = self.0.len().saturating_sub(1);
        [last / 2, last * 99 / 100, last].map(|index| {
            Duration::from_micros(self.0.get(index).copied().unwrap_or_default().into())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_a_hundred_is_beyond_the_p99() {
        let mut latencies = Latencies((0..=100).rev().collect());
        let [median, p99, max] = latencies.summary().map(|time| time.as_micros());
        assert_eq!((median, p99, max), (50, 99, 100));
        assert_eq!(Latencies::default().summary(), [Duration::ZERO; 3]);
    }
}
