//! What a run found.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::{Scenario, latency::Latency, process, run::Run};

/// What a run found: one line of JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The scenario, as it was asked for.
    pub scenario: String,
    /// How long was measured.
    pub seconds: f64,
    /// Answers, deliveries to members, or connections that came and went, in that time.
    pub messages: u64,
    /// Messages, or connections, in a second.
    pub per_second: f64,
    /// From sending to each answer or delivery, or from connecting to the first answer.
    #[serde(flatten)]
    pub latency: Option<Latency>,
    /// The server's processor time for each of them, in microseconds; not of idle connections.
    pub server_us_per_message: Option<f64>,
    /// How much of one processor the server used.
    pub server_utilisation: f64,
    /// How much of one processor the load generator used. Near 1, `per_second` says nothing about the server.
    pub load_utilisation: f64,
    /// How many processors were busy with neither, in the mean: it disturbs both.
    pub others_utilisation: f64,
    /// Resident memory of the server for each idle connection, in KiB.
    pub kib_per_connection: Option<f64>,
    /// How many members hardly read.
    pub slow: Option<usize>,
    /// How many of these the server closed.
    pub slow_closed: Option<usize>,
}

impl Report {
    /// Of what happened in between.
    pub(crate) fn of(
        scenario: Scenario,
        from: &Moment,
        to: &Moment,
        latency: Option<Latency>,
    ) -> Self {
        let seconds = (to.at - from.at).as_secs_f64();
        let messages = to.answers - from.answers;
        let server = to.server.saturating_sub(from.server).as_secs_f64();
        let load = to.load.saturating_sub(from.load).as_secs_f64();
        let busy = to.busy.saturating_sub(from.busy).as_secs_f64();
        Self {
            scenario: scenario.to_string(),
            seconds,
            messages,
            per_second: messages as f64 / seconds,
            latency,
            server_us_per_message: (messages > 0).then(|| server * 1e6 / messages as f64),
            server_utilisation: server / seconds,
            load_utilisation: load / seconds,
            others_utilisation: (busy - server - load).max(0.0) / seconds,
            kib_per_connection: None,
            slow: None,
            slow_closed: None,
        }
    }
}

/// What had been done until some moment.
#[derive(Debug)]
pub(crate) struct Moment {
    at: Instant,
    answers: u64,
    pub(crate) server: Duration,
    load: Duration,
    busy: Duration,
}

impl Moment {
    pub(crate) fn now(server: u32, run: &Run) -> Result<Self, String> {
        Ok(Self {
            at: Instant::now(),
            answers: run.answers.get(),
            server: process::time(server)?,
            load: process::time(std::process::id())?,
            busy: process::busy(),
        })
    }
}
