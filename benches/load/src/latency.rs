//! How long answers took.

use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use serde::Serialize;

/// To a microsecond, or one in a hundred.
const LEAST: Duration = Duration::from_micros(1);
const MOST: Duration = Duration::from_secs(60);
const DIGITS: u8 = 2;

/// Times of answers, from sending to arrival.
#[derive(Debug)]
pub(crate) struct Latencies(RefCell<Histogram<u64>>);

/// What of them is told, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// Half of all took no longer.
    pub p50_us: f64,
    /// 99 of 100 took no longer.
    pub p99_us: f64,
    /// None took longer.
    pub max_us: f64,
}

impl Latencies {
    pub(crate) fn new() -> Result<Self, String> {
        let histogram = Histogram::new_with_bounds(nanos(LEAST), nanos(MOST), DIGITS);
        let histogram = histogram.map_err(|error| error.to_string())?;
        Ok(Self(RefCell::new(histogram)))
    }

    pub(crate) fn add(&self, from: Instant, to: Instant) {
        let time = nanos(to.saturating_duration_since(from));
        self.0.borrow_mut().saturating_record(time);
    }

    /// Forgets what was before.
    pub(crate) fn clear(&self) {
        self.0.borrow_mut().reset();
    }

    /// Of what was added since, if anything was.
    pub(crate) fn summary(&self) -> Option<Latency> {
        let times = self.0.borrow();
        let micros = |nanos: u64| nanos as f64 / 1e3;
        (!times.is_empty()).then(|| Latency {
            p50_us: micros(times.value_at_quantile(0.5)),
            p99_us: micros(times.value_at_quantile(0.99)),
            max_us: micros(times.max()),
        })
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_a_hundred_is_beyond_the_p99() {
        let latencies = Latencies::new().unwrap();
        assert_eq!(latencies.summary(), None);
        let from = Instant::now();
        for micros in (1..=1000).rev() {
            latencies.add(from, from + Duration::from_micros(micros));
        }
        let Latency {
            p50_us,
            p99_us,
            max_us,
        } = latencies.summary().unwrap();
        for (found, right) in [(p50_us, 500.0), (p99_us, 990.0), (max_us, 1000.0)] {
            assert!((found - right).abs() <= right / 50.0, "{found} {right}");
        }
        latencies.add(from, from + Duration::from_secs(1000));
        assert!(latencies.summary().unwrap().max_us >= 60e6);
        latencies.clear();
        assert_eq!(latencies.summary(), None);
    }
}
