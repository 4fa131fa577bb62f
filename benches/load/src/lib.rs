//! A load generator for servers of the job that `cargo xtask bench` compares.
//!
//! It runs on one thread, with frames that are made beforehand, and yet looks at every answer: a server that answers
//! something else, too little or too much fails.

mod client;
mod connect;
mod echo;
mod fan_out;
mod frame;
mod job;
mod latency;
mod process;
mod report;
mod run;
mod scenario;
mod slow;
mod soak;
mod target;

use std::{rc::Rc, time::Duration};

use fan_out::Members;
use job::Job;
use report::Moment;
use run::Run;
use target::Target;

pub use latency::Latency;
pub use report::Report;
pub use scenario::Scenario;
pub use soak::{Sample, Soak, Totals, soak};

/// Why a run failed.
type Outcome = Result<(), String>;

/// Connections that were there before memory is first looked at: what the first ones cost is the server's own.
const FIRST_IDLE: usize = 16;

/// After it nothing is left of connections that are closed.
const SETTLED: Duration = Duration::from_millis(100);

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
    on_one_thread(measured(plan))
}

fn on_one_thread<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    tokio::task::LocalSet::new().block_on(&runtime, work)
}

async fn measured(plan: &Plan) -> Result<Report, String> {
    let target = Target::of(&plan.url)?;
    let run = Run::new()?;
    let mut memory = None;
    let mut slow = None;
    let chat = Rc::new(Job::new(target.wire(), "chat", "chat_echo"));
    match plan.scenario {
        Scenario::Echo {
            connections,
            outstanding,
        } => {
            let mut clients = Vec::with_capacity(connections);
            run::connect(&target, &chat, 0, connections, |client| {
                clients.push(client);
            })
            .await?;
            for client in clients {
                let (run_too, chat) = (Rc::clone(&run), Rc::clone(&chat));
                run.spawn(echo::talk(client, run_too, chat, outstanding));
            }
        }
        Scenario::FanOut { members, in_flight } => {
            let job = Job::new(target.wire(), "broadcast", "room_message");
            let mut room = Members::new(&run, job, members, in_flight);
            run::connect(&target, &chat, 0, members, |client| room.comes(client)).await?;
            room.begin();
        }
        Scenario::Slow { members, in_flight } => {
            slow = Some(slow::begin(&target, &run, &chat, members, in_flight).await?);
        }
        Scenario::Idle { connections } => {
            memory = Some(idle(plan, &target, &run, &chat, connections).await?);
        }
        Scenario::Connect { connections } => {
            return come_and_go(plan, &target, &run, &chat, connections).await;
        }
    }
    run.passes(plan.warm_up).await?;
    run.latencies.clear();
    let from = Moment::now(plan.server, &run)?;
    run.passes(plan.time).await?;
    let to = Moment::now(plan.server, &run)?;
    let mut report = Report::of(plan.scenario, &from, &to, run.latencies.summary());
    if let Some((before, count)) = memory {
        let kib = process::memory(plan.server)?.saturating_sub(before);
        report.kib_per_connection = Some(kib as f64 / count as f64);
    } else if report.messages == 0 {
        return Err("no answer came in the time that was measured".to_owned());
    }
    run.ends().await?;
    if let Some(slow) = slow {
        report.slow = Some(slow.count());
        report.slow_closed = Some(slow.closed(&run).await?);
    }
    Ok(report)
}

/// They ask once, and then only answer pings. Returns what memory the server had before, and how many came since.
async fn idle(
    plan: &Plan,
    target: &Target,
    run: &Rc<Run>,
    chat: &Rc<Job>,
    connections: usize,
) -> Result<(u64, usize), String> {
    run.over.set(true);
    let first = FIRST_IDLE.min(connections / 2);
    let mut before = 0;
    for (from, count) in [(0, first), (first, connections - first)] {
        before = process::memory(plan.server)?;
        run::connect(target, chat, from, count, |client| {
            run.spawn(echo::talk(client, Rc::clone(run), Rc::clone(chat), 1));
        })
        .await?;
        run.passes(Duration::from_millis(200)).await?;
        run.ends().await?;
    }
    Ok((before, connections - first))
}

/// Measured from the first that comes to the last that goes, however long it takes.
async fn come_and_go(
    plan: &Plan,
    target: &Target,
    run: &Rc<Run>,
    chat: &Rc<Job>,
    connections: usize,
) -> Result<Report, String> {
    connect::come_and_go(target, run, chat, connect::warm_up(connections)).await?;
    run.latencies.clear();
    let from = Moment::now(plan.server, run)?;
    connect::come_and_go(target, run, chat, connections).await?;
    let mut to = Moment::now(plan.server, run)?;
    // Whom it has told good-bye the server has yet to forget.
    run.passes(SETTLED).await?;
    to.server = process::time(plan.server)?;
    let latency = run.latencies.summary();
    Ok(Report::of(plan.scenario, &from, &to, latency))
}
