//! What a run found.

use serde::Serialize;

/// What a run found: one line of JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The scenario, as it was asked for.
    pub scenario: String,
    /// How long was measured.
    pub seconds: f64,
    /// Answers, or deliveries to members, in that time.
    pub messages: u64,
    /// Messages in a second.
    pub per_second: f64,
    /// The server's processor time for each message, in microseconds; not of idle connections.
    pub server_us_per_message: Option<f64>,
    /// How much of one processor the server used.
    pub server_utilisation: f64,
    /// How much of one processor the load generator used. Near 1, `per_second` says nothing about the server.
    pub load_utilisation: f64,
    /// How many processors were busy with neither, in the mean: it disturbs both.
    pub others_utilisation: f64,
    /// Resident memory of the server for each idle connection, in KiB.
    pub kib_per_connection: Option<f64>,
}
