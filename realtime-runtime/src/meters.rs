//! What is counted of each consumer.
//!
//! With the feature `metrics` it goes to the recorder of the `metrics` facade, under the names that the book lists.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::wire::CloseCode;

/// The counters of one consumer.
#[derive(Debug)]
pub(crate) struct Meters {
    consumer: &'static str,
    /// Messages that outbox policies dropped.
    dropped: AtomicU64,
    #[cfg(feature = "metrics")]
    recorded: Recorded,
}

/// Which way something went.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Direction {
    In,
    Out,
}

impl Meters {
    /// `handlers`: the tags of each handler.
    #[cfg_attr(
        not(feature = "metrics"),
        expect(unused_variables, reason = "handlers are timed for metrics only")
    )]
    pub(crate) fn new(
        consumer: &'static str,
        handlers: &'static [&'static [&'static str]],
    ) -> Self {
        Self {
            consumer,
            dropped: AtomicU64::new(0),
            #[cfg(feature = "metrics")]
            recorded: Recorded::new(consumer, handlers),
        }
    }

    /// The consumer's name.
    pub(crate) fn consumer(&self) -> &'static str {
        self.consumer
    }

    /// How many messages were dropped so far.
    pub(crate) fn dropped_messages(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// An outbox policy has dropped messages.
    #[cfg_attr(
        not(feature = "metrics"),
        expect(unused_variables, reason = "the policy is a label of metrics only")
    )]
    pub(crate) fn dropped(&self, policy: &'static str, messages: usize) {
        self.dropped.fetch_add(messages as u64, Ordering::Relaxed);
        #[cfg(feature = "metrics")]
        self.recorded.dropped(policy, messages);
    }
}

/// Declares what is only counted with the feature: without it nothing is left of it.
macro_rules! recorded {
    ($($(#[$doc:meta])+ $name:ident($($argument:ident: $type:ty),*);)+) => {
        impl Meters {
            $(
                $(#[$doc])+
                #[inline]
                pub(crate) fn $name(&self, $($argument: $type),*) {
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
    /// A connection stands.
    opened();
    /// A connection is over; `None`: without a close frame.
    closed(code: Option<CloseCode>);
    /// A connection, a fresh token or a client at a re-check was refused: with this close code, or HTTP status.
    refused(code: u16);
    /// So many data frames went one way.
    frames(direction: Direction, count: usize);
    /// So many bytes went one way.
    bytes(direction: Direction, count: usize);
    /// So many messages more wait for clients, or fewer.
    waiting(change: isize);
    /// A handler took so long; `None`: one of events.
    handled(handler: Option<usize>, took: Duration);
    /// A frame was answered with an error.
    failed(code: &str);
}

/// Measures how long something takes, if anybody wants to know.
#[derive(Debug)]
pub(crate) struct Stopwatch(#[cfg(feature = "metrics")] std::time::Instant);

impl Stopwatch {
    #[inline]
    pub(crate) fn start() -> Self {
        Self(
            #[cfg(feature = "metrics")]
            std::time::Instant::now(),
        )
    }

    #[inline]
    pub(crate) fn elapsed(&self) -> Duration {
        #[cfg(feature = "metrics")]
        return self.0.elapsed();
        #[cfg(not(feature = "metrics"))]
        Duration::ZERO
    }
}

#[cfg(feature = "metrics")]
use recorded::Recorded;

#[cfg(feature = "metrics")]
mod recorded {
    use std::{sync::OnceLock, time::Duration};

    use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

    use super::Direction;
    use crate::wire::CloseCode;

    /// The consumer's entries at the recorder.
    pub(super) struct Recorded {
        consumer: &'static str,
        handlers: &'static [&'static [&'static str]],
        /// Made with the first connection: an application has installed its recorder by then.
        handles: OnceLock<Handles>,
    }

    struct Handles {
        connections: Gauge,
        opened: Counter,
        frames: [Counter; 2],
        bytes: [Counter; 2],
        waiting: Gauge,
        handlers: Vec<Histogram>,
        events: Histogram,
    }

    impl Recorded {
        pub(super) fn new(
            consumer: &'static str,
            handlers: &'static [&'static [&'static str]],
        ) -> Self {
            Self {
                consumer,
                handlers,
                handles: OnceLock::new(),
            }
        }

        fn handles(&self) -> &Handles {
            self.handles.get_or_init(|| {
                let consumer = self.consumer;
                super::describe();
                let took = |handler: &'static str| {
                    histogram!("realtime_handler_duration_seconds", "consumer" => consumer, "handler" => handler)
                };
                let ways = ["in", "out"];
                Handles {
                    connections: gauge!("realtime_connections", "consumer" => consumer),
                    opened: counter!("realtime_connections_total", "consumer" => consumer),
                    frames: ways.map(|way| counter!("realtime_frames_total", "consumer" => consumer, "direction" => way)),
                    bytes: ways.map(|way| counter!("realtime_bytes_total", "consumer" => consumer, "direction" => way)),
                    waiting: gauge!("realtime_outbox_messages", "consumer" => consumer),
                    handlers: self.handlers.iter().map(|tags| took(tags.first().copied().unwrap_or(""))).collect(),
                    events: took("events"),
                }
            })
        }

        pub(super) fn opened(&self) {
            let handles = self.handles();
            handles.connections.increment(1);
            handles.opened.increment(1);
        }

        pub(super) fn closed(&self, code: Option<CloseCode>) {
            self.handles().connections.decrement(1);
            // A peer chooses its own: those of the table only, or it would choose how many series there are.
            let code = match code {
                None => "none".to_owned(),
                Some(code) if code.name().is_some() => code.as_u16().to_string(),
                Some(_) => "other".to_owned(),
            };
            counter!("realtime_closes_total", "consumer" => self.consumer, "code" => code)
                .increment(1);
        }

        pub(super) fn refused(&self, code: u16) {
            counter!("realtime_refused_total", "consumer" => self.consumer, "code" => code.to_string())
                .increment(1);
        }

        pub(super) fn frames(&self, direction: Direction, count: usize) {
            self.handles().frames[direction as usize].increment(count as u64);
        }

        pub(super) fn bytes(&self, direction: Direction, count: usize) {
            self.handles().bytes[direction as usize].increment(count as u64);
        }

        pub(super) fn waiting(&self, change: isize) {
            if change != 0 {
                self.handles().waiting.increment(change as f64);
            }
        }

        pub(super) fn handled(&self, handler: Option<usize>, took: Duration) {
            let handles = self.handles();
            handler
                .and_then(|handler| handles.handlers.get(handler))
                .unwrap_or(&handles.events)
                .record(took);
        }

        pub(super) fn failed(&self, code: &str) {
            counter!("realtime_errors_total", "consumer" => self.consumer, "code" => code.to_owned())
                .increment(1);
        }

        pub(super) fn dropped(&self, policy: &'static str, messages: usize) {
            counter!("realtime_outbox_dropped_total", "consumer" => self.consumer, "policy" => policy)
                .increment(messages as u64);
        }
    }

    impl std::fmt::Debug for Recorded {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_struct("Recorded").finish_non_exhaustive()
        }
    }
}

/// Tells the recorder what the metrics are.
#[cfg(feature = "metrics")]
fn describe() {
    use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

    describe_gauge!(
        "realtime_connections",
        Unit::Count,
        "Connections that stand"
    );
    describe_counter!(
        "realtime_connections_total",
        Unit::Count,
        "Connections so far"
    );
    describe_counter!(
        "realtime_frames_total",
        Unit::Count,
        "Data frames, by direction"
    );
    describe_counter!(
        "realtime_bytes_total",
        Unit::Bytes,
        "Bytes on sockets, by direction"
    );
    describe_gauge!(
        "realtime_outbox_messages",
        Unit::Count,
        "Messages that wait for clients"
    );
    describe_counter!(
        "realtime_outbox_dropped_total",
        Unit::Count,
        "Messages that an outbox policy dropped"
    );
    describe_histogram!(
        "realtime_handler_duration_seconds",
        Unit::Seconds,
        "How long handlers take, by the tag they handle"
    );
    describe_counter!(
        "realtime_closes_total",
        Unit::Count,
        "Connections that are over, by close code"
    );
    describe_counter!(
        "realtime_refused_total",
        Unit::Count,
        "Connections, fresh tokens and re-checks that were refused, by close code or HTTP status"
    );
    describe_counter!(
        "realtime_errors_total",
        Unit::Count,
        "Error frames, by code"
    );
}
