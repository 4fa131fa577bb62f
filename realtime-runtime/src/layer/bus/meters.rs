//! What is counted of the bus, with the feature `metrics`.

use std::sync::atomic::{AtomicU64, Ordering};

/// The counters of this node's end of the bus.
#[derive(Debug, Default)]
pub(super) struct Meters {
    /// Messages that nobody here understands.
    skipped: AtomicU64,
    #[cfg(feature = "metrics")]
    recorded: recorded::Recorded,
}

impl Meters {
    /// A message was skipped, as nobody here understands it. Returns how many were so far.
    pub(super) fn skipped(&self) -> u64 {
        #[cfg(feature = "metrics")]
        self.recorded.skipped();
        self.skipped.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// Declares what is only counted with the feature: without it nothing is left of it.
macro_rules! recorded {
    ($($(#[$doc:meta])+ $name:ident($($argument:ident: $type:ty),*);)+) => {
        impl Meters {
            $(
                $(#[$doc])+
                #[inline]
                pub(super) fn $name(&self, $($argument: $type),*) {
                    #[cfg(feature = "metrics")]
                    self.recorded.$name($($argument),*);
                    #[cfg(not(feature = "metrics"))]
                    let _ = ($($argument,)*);
                }
            )+
        }
    };
}

recorded! {
    /// A message has come.
    received();
    /// A message found no room.
    dropped();
    /// A gap begins or is over.
    gap();
    /// This node publishes the message of this number, which comes back if it is on the topic.
    publishes(id: u64, comes_back: impl FnOnce() -> bool);
    /// A message of this node's own has come back.
    came_back(id: u64);
}

#[cfg(feature = "metrics")]
mod recorded {
    use std::{
        fmt,
        sync::{Mutex, OnceLock, PoisonError},
        time::{Duration, Instant},
    };

    use metrics::{
        Counter, Histogram, Unit, counter, describe_counter, describe_histogram, histogram,
    };

    /// A message that has not come back in this time was lost, and another is timed.
    const LONGEST: Duration = Duration::from_secs(10);

    /// The bus's entries at the recorder.
    #[derive(Default)]
    pub(super) struct Recorded {
        /// Made with the first message: an application has installed its recorder by then.
        handles: OnceLock<Handles>,
        /// The message that is timed, and since when. One at a time, and of this node's own, as the clocks of two machines
        /// differ.
        timed: Mutex<Option<(u64, Instant)>>,
    }

    struct Handles {
        received: Counter,
        skipped: Counter,
        dropped: Counter,
        gaps: Counter,
        lag: Histogram,
    }

    impl Recorded {
        fn handles(&self) -> &Handles {
            self.handles.get_or_init(|| {
                describe();
                Handles {
                    received: counter!("realtime_layer_received_total"),
                    skipped: counter!("realtime_layer_skipped_total"),
                    dropped: counter!("realtime_layer_dropped_total"),
                    gaps: counter!("realtime_layer_gaps_total"),
                    lag: histogram!("realtime_layer_lag_seconds"),
                }
            })
        }

        pub(super) fn received(&self) {
            self.handles().received.increment(1);
        }

        pub(super) fn skipped(&self) {
            self.handles().skipped.increment(1);
        }

        pub(super) fn dropped(&self) {
            self.handles().dropped.increment(1);
        }

        pub(super) fn gap(&self) {
            self.handles().gaps.increment(1);
        }

        pub(super) fn publishes(&self, id: u64, comes_back: impl FnOnce() -> bool) {
            let mut timed = self.timed.lock().unwrap_or_else(PoisonError::into_inner);
            if timed.is_none_or(|(_, since)| since.elapsed() > LONGEST) && comes_back() {
                *timed = Some((id, Instant::now()));
            }
        }

        pub(super) fn came_back(&self, id: u64) {
            let mut timed = self.timed.lock().unwrap_or_else(PoisonError::into_inner);
            let back = timed.take_if(|(known, _)| *known == id);
            drop(timed);
            if let Some((_, since)) = back {
                self.handles().lag.record(since.elapsed());
            }
        }
    }

    /// Tells the recorder what the metrics are.
    fn describe() {
        describe_counter!(
            "realtime_layer_received_total",
            Unit::Count,
            "Messages that came from the bus to other nodes, this node's own among them"
        );
        describe_counter!(
            "realtime_layer_skipped_total",
            Unit::Count,
            "Messages from the bus that nobody here understands"
        );
        describe_counter!(
            "realtime_layer_dropped_total",
            Unit::Count,
            "Messages from the bus that came faster than they were handled"
        );
        describe_counter!(
            "realtime_layer_gaps_total",
            Unit::Count,
            "Gaps that began, and gaps that ended"
        );
        describe_histogram!(
            "realtime_layer_lag_seconds",
            Unit::Seconds,
            "How long messages of this node take over the bus and back"
        );
    }

    impl fmt::Debug for Recorded {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Recorded").finish_non_exhaustive()
        }
    }
}
