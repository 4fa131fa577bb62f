//! What is counted, with the feature `metrics`.

use realtime_runtime::broker::BrokerError;

/// Without the feature, nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meters;

#[cfg(feature = "metrics")]
impl Meters {
    pub(crate) fn describe(self) {
        use metrics::{Unit::Count, describe_counter, describe_gauge};

        describe_counter!(
            "realtime_redis_published_total",
            Count,
            "Messages that Redis has taken"
        );
        describe_counter!(
            "realtime_redis_received_total",
            Count,
            "Messages that came from Redis"
        );
        describe_counter!(
            "realtime_redis_publish_errors_total",
            Count,
            "Messages that Redis has not taken, by reason"
        );
        describe_counter!(
            "realtime_redis_reconnects_total",
            Count,
            "Subscribing connections that stood again"
        );
        describe_counter!("realtime_redis_gaps_total", Count, "Gaps that began");
        describe_gauge!("realtime_redis_up", Count, "1 while Redis carries, else 0");
    }

    pub(crate) fn published(self, outcome: Result<(), BrokerError>) {
        let reason = match outcome {
            Ok(()) => return metrics::counter!("realtime_redis_published_total").increment(1),
            Err(BrokerError::Full) => "full",
            Err(BrokerError::TooLarge { .. }) => "too_large",
            Err(_) => "unavailable",
        };
        metrics::counter!("realtime_redis_publish_errors_total", "reason" => reason).increment(1);
    }

    pub(crate) fn received(self) {
        metrics::counter!("realtime_redis_received_total").increment(1);
    }

    pub(crate) fn reconnected(self) {
        metrics::counter!("realtime_redis_reconnects_total").increment(1);
    }

    pub(crate) fn gap(self) {
        metrics::counter!("realtime_redis_gaps_total").increment(1);
    }

    pub(crate) fn up(self, up: bool) {
        metrics::gauge!("realtime_redis_up").set(f64::from(u8::from(up)));
    }
}

#[cfg(not(feature = "metrics"))]
impl Meters {
    pub(crate) fn describe(self) {}
    pub(crate) fn published(self, _: Result<(), BrokerError>) {}
    pub(crate) fn received(self) {}
    pub(crate) fn reconnected(self) {}
    pub(crate) fn gap(self) {}
    pub(crate) fn up(self, _: bool) {}
}
