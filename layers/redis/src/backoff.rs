//! How long to wait before the next attempt.

use std::time::{Duration, Instant};

/// Waits a random time below a ceiling that doubles, so that the nodes of an application do not all come back at once.
#[derive(Debug)]
pub(crate) struct Backoff {
    shortest: Duration,
    longest: Duration,
    ceiling: Duration,
    stood: Option<Instant>,
}

impl Backoff {
    pub(crate) fn new(shortest: Duration, longest: Duration) -> Self {
        let longest = longest.max(shortest);
        Self {
            shortest,
            longest,
            ceiling: shortest,
            stood: None,
        }
    }

    /// A connection stands.
    pub(crate) fn stands(&mut self) {
        self.stood = Some(Instant::now());
    }

    /// How long to wait now. Starts anew after a connection that stood for as long as the longest wait.
    pub(crate) fn next(&mut self) -> Duration {
        let stood = self.stood.take().map(|since| since.elapsed());
        self.after(stood)
    }

    fn after(&mut self, stood: Option<Duration>) -> Duration {
        if stood.is_some_and(|time| time >= self.longest) {
            self.ceiling = self.shortest;
        }
        let wait = self.ceiling.mul_f64(fastrand::f64());
        self.ceiling = (self.ceiling * 2).min(self.longest);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_to_the_longest_and_starts_anew_after_a_stable_period() {
        let (shortest, longest) = (Duration::from_millis(50), Duration::from_secs(5));
        let mut backoff = Backoff::new(shortest, longest);
        for doubling in 0..20 {
            let ceiling = (shortest * 2_u32.pow(doubling.min(10))).min(longest);
            assert!(backoff.after(None) <= ceiling);
        }
        assert_eq!(backoff.ceiling, longest);
        backoff.after(Some(longest / 2));
        assert_eq!(backoff.ceiling, longest, "that did not stand for long");
        assert!(backoff.after(Some(longest)) <= shortest);
        assert_eq!(backoff.ceiling, shortest * 2);
    }
}
