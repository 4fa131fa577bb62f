//! What a Prometheus server reads.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::header;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder};

/// Seconds: most handlers take far less than a millisecond.
const BUCKETS: &[f64] = &[
    0.000_01, 0.000_1, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0,
];

/// Records the metrics of this process from now on, and shows them at `GET /metrics`.
///
/// # Errors
///
/// Something else records them already.
pub fn metrics() -> Result<Router, BuildError> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), BUCKETS)?
        .install_recorder()?;
    let kept_up = recorder.clone();
    tokio::spawn(async move {
        // What is measured is kept until somebody adds it up.
        let mut every = tokio::time::interval(Duration::from_secs(5));
        loop {
            every.tick().await;
            kept_up.run_upkeep();
        }
    });
    let show = async move || {
        let plain = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
        (plain, recorder.render())
    };
    Ok(Router::new().route("/metrics", get(show)))
}
