//! A load generator for servers of the job that `cargo xtask bench` compares.
//!
//! It runs on one thread, with frames that are made beforehand, and yet looks at every answer: a server that answers
//! something else, too little or too much fails.

mod client;
mod echo;
mod fan_out;
mod frame;
mod job;
mod process;
mod report;
mod run;
mod scenario;

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use client::Target;
use fan_out::Room;
use job::Job;
use run::Run;

pub use report::Report;
pub use scenario::Scenario;

/// Why a run failed.
type Outcome = Result<(), String>;

/// Connections that were there before memory is first looked at: what the first ones cost is the server's own.
const FIRST_IDLE: usize = 16;

/// What is measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where the server is, as `ws://HOST:PORT/PATH`.
    pub url: String,
    /// The server's process.
    pub server: u32,
    /// What the clients do.
    pub scenario: Scenario,
    /// Time before measuring.
    pub warm_up: Duration,
    /// Time that is measured.
    pub time: Duration,
}

/// Measures.
///
/// # Errors
/// When the server cannot be reached, ends a connection, or does not answer as it must.
pub fn measure(plan: &Plan) -> Result<Report, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    tokio::task::LocalSet::new().block_on(&runtime, measured(plan))
}

async fn measured(plan: &Plan) -> Result<Report, String> {
    let target = Target::of(&plan.url)?;
    let run = Run::new();
    let mut memory = None;
    let chat = Rc::new(Job::new(target.wire(), "chat", "chat_echo"));
    match plan.scenario {
        Scenario::Echo {
            connections,
            outstanding,
        } => {
            for client in run::connect(&target, &chat, connections).await? {
                run.spawn(echo::talk(
                    client,
                    Rc::clone(&run),
                    Rc::clone(&chat),
                    outstanding,
                ));
            }
        }
        Scenario::FanOut { members, in_flight } => {
            let job = Rc::new(Job::new(target.wire(), "broadcast", "room_message"));
            let room = Room::new(members, in_flight);
            let mut clients = run::connect(&target, &chat, members).await?;
            let sender = clients.pop();
            for client in clients {
                run.spawn(fan_out::listen(
                    client,
                    Rc::clone(&run),
                    Rc::clone(&job),
                    Rc::clone(&room),
                ));
            }
            if let Some(client) = sender {
                run.spawn(fan_out::speak(
                    client,
                    Rc::clone(&run),
                    Rc::clone(&job),
                    Rc::clone(&room),
                ));
            }
        }
        Scenario::Idle { connections } => {
            // They ask once, and then only answer pings.
            run.over.set(true);
            let first = FIRST_IDLE.min(connections / 2);
            let mut before = 0;
            for count in [first, connections - first] {
                before = process::memory(plan.server)?;
                for client in run::connect(&target, &chat, count).await? {
                    run.spawn(echo::talk(client, Rc::clone(&run), Rc::clone(&chat), 1));
                }
                run.passes(Duration::from_millis(200)).await?;
                run.ends().await?;
            }
            memory = Some((before, connections - first));
        }
    }
    run.passes(plan.warm_up).await?;
    let from = Moment::now(plan.server, &run)?;
    run.passes(plan.time).await?;
    let to = Moment::now(plan.server, &run)?;
    let grown = match memory {
        Some((before, count)) => {
            Some((process::memory(plan.server)?.saturating_sub(before), count))
        }
        None => None,
    };
    run.ends().await?;
    let report = report(plan.scenario, &from, &to, grown);
    if report.messages == 0 && grown.is_none() {
        return Err("no answer came in the time that was measured".to_owned());
    }
    Ok(report)
}

/// What had been done until some moment.
struct Moment {
    at: Instant,
    answers: u64,
    server: Duration,
    load: Duration,
    busy: Duration,
}

impl Moment {
    fn now(server: u32, run: &Run) -> Result<Self, String> {
        Ok(Self {
            at: Instant::now(),
            answers: run.answers.get(),
            server: process::time(server)?,
            load: process::time(std::process::id())?,
            busy: process::busy(),
        })
    }
}

fn report(scenario: Scenario, from: &Moment, to: &Moment, grown: Option<(u64, usize)>) -> Report {
    let seconds = (to.at - from.at).as_secs_f64();
    let messages = to.answers - from.answers;
    let server = to.server.saturating_sub(from.server).as_secs_f64();
    let load = to.load.saturating_sub(from.load).as_secs_f64();
    let busy = to.busy.saturating_sub(from.busy).as_secs_f64();
    Report {
        scenario: scenario.to_string(),
        seconds,
        messages,
        per_second: messages as f64 / seconds,
        server_us_per_message: (messages > 0).then(|| server * 1e6 / messages as f64),
        server_utilisation: server / seconds,
        load_utilisation: load / seconds,
        others_utilisation: (busy - server - load).max(0.0) / seconds,
        kib_per_connection: grown.map(|(kib, connections)| kib as f64 / connections as f64),
    }
}
