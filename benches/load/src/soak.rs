//! The same mix of clients for a long time: what grows, what is lost, what becomes slower.

mod clients;
mod ears;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

use serde::Serialize;

use crate::{
    Outcome,
    job::Job,
    latency::{Latencies, Latency},
    process,
    run::{self, Run},
    target::Target,
};

/// Each steady client, and each that comes and goes, asks once in that time.
const ASKS: Duration = Duration::from_secs(1);
/// One client sends to all once in that time.
const BROADCASTS: Duration = Duration::from_millis(100);
/// Somebody comes once in that time.
const COMES: Duration = Duration::from_millis(50);

/// What goes on, and for how long.
#[derive(Clone, Debug)]
pub struct Soak {
    /// Where the server is, as `ws://HOST:PORT/PATH`.
    pub url: String,
    /// The server's process.
    pub server: u32,
    /// How many connections stay.
    pub connections: usize,
    /// How long.
    pub time: Duration,
    /// How often a sample is taken.
    pub every: Duration,
}

/// What was found at some moment; latencies and processor time are of the time since the last.
#[derive(Clone, Debug, Serialize)]
pub struct Sample {
    /// Seconds since the beginning.
    pub seconds: f64,
    /// Resident memory of the server, in KiB.
    pub rss_kib: u64,
    /// How much of one processor the server used.
    pub server_utilisation: f64,
    /// How much of one processor the load generator used.
    pub load_utilisation: f64,
    /// From when something was to be asked to its answer.
    pub answers: Option<Latency>,
    /// From when something was to be sent to all to each delivery.
    pub deliveries: Option<Latency>,
    /// Connections now.
    pub connections: usize,
    /// Totals so far.
    #[serde(flatten)]
    pub totals: Totals,
}

/// What has happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Messages that came, answers and deliveries.
    pub messages: u64,
    /// Connections that came beside those that stay.
    pub came: u64,
    /// Of these, closed in order.
    pub closed: u64,
    /// Of these, dropped without a close.
    pub dropped: u64,
    /// Messages that should have come before another that came, or have not come by the end.
    pub lost: u64,
    /// Messages that came again.
    pub doubled: u64,
}

/// What all clients share.
#[derive(Debug)]
struct Shared {
    run: Rc<Run>,
    target: Target,
    chat: Job,
    broadcast: Job,
    deliveries: Latencies,
    totals: Cell<Totals>,
    connections: Cell<usize>,
    /// So many of them stay.
    steady: usize,
    /// How often somebody has sent to all.
    broadcasts: Cell<u64>,
    /// When that was to be, of the last.
    sent: RefCell<Vec<Instant>>,
}

impl Shared {
    fn count(&self, change: impl FnOnce(&mut Totals)) {
        let mut totals = self.totals.get();
        change(&mut totals);
        self.totals.set(totals);
    }
}

/// Lets it go on, and hands over each sample. Returns what there was in all.
///
/// # Errors
/// When the server cannot be reached, ends a connection, or answers something else than it must. What is lost or doubled is
/// counted.
pub fn soak(plan: &Soak, each: impl FnMut(&Sample)) -> Result<Totals, String> {
    crate::on_one_thread(soaked(plan, each))
}

async fn soaked(plan: &Soak, mut each: impl FnMut(&Sample)) -> Result<Totals, String> {
    let target = Target::of(&plan.url)?;
    let wire = target.wire();
    let chat = Rc::new(Job::new(wire, "chat", "chat_echo"));
    let mut clients = Vec::with_capacity(plan.connections);
    run::connect(&target, &chat, 0, plan.connections, |client| {
        clients.push(client);
    })
    .await?;
    let begin = Instant::now();
    let shared = Rc::new(Shared {
        run: Run::new()?,
        target,
        chat: Job::new(wire, "chat", "chat_echo"),
        broadcast: Job::new(wire, "broadcast", "room_message"),
        deliveries: Latencies::new()?,
        totals: Cell::default(),
        connections: Cell::new(plan.connections),
        steady: plan.connections,
        broadcasts: Cell::new(0),
        sent: RefCell::new(vec![begin; crate::job::RING]),
    });
    let run = &shared.run;
    let count = u32::try_from(plan.connections).unwrap_or(u32::MAX);
    for (number, client) in (0..count).zip(clients) {
        // One after another, not all at once.
        let first = begin + ASKS * number / count;
        let speaks = number == 0;
        run.spawn(clients::stay(client, Rc::clone(&shared), first, speaks));
    }
    run.spawn(clients::come(Rc::clone(&shared)));
    let mut clock = Clock::now(plan.server)?;
    let end = begin + plan.time;
    while clock.at < end {
        let next = end.min(clock.at + plan.every);
        run.passes(next.saturating_duration_since(Instant::now()))
            .await?;
        let now = Clock::now(plan.server)?;
        each(&sample(plan, &shared, begin, &clock, &now)?);
        clock = now;
    }
    ends(&shared).await?;
    Ok(shared.totals.get())
}

/// Lets everybody finish, and counts what has not come.
async fn ends(shared: &Shared) -> Outcome {
    let Shared { run, steady, .. } = shared;
    run.over.set(true);
    // Those who come and go do so within the time that something may take.
    let patience = Instant::now() + run::REST;
    loop {
        let answered = run.answers.get() >= run.expected.get();
        if answered && shared.connections.get() == *steady || Instant::now() > patience {
            break;
        }
        run.passes(Duration::from_millis(20)).await?;
    }
    // What comes too often comes soon.
    run.passes(Duration::from_millis(200)).await?;
    let missing = run.expected.get().saturating_sub(run.answers.get());
    shared.count(|totals| totals.lost += missing);
    if shared.connections.get() > *steady {
        return Err("not everybody could go".to_owned());
    }
    Ok(())
}

/// What had been used until some moment.
struct Clock {
    at: Instant,
    server: Duration,
    load: Duration,
}

impl Clock {
    fn now(server: u32) -> Result<Self, String> {
        Ok(Self {
            at: Instant::now(),
            server: process::time(server)?,
            load: process::time(std::process::id())?,
        })
    }
}

fn sample(
    plan: &Soak,
    shared: &Shared,
    begin: Instant,
    from: &Clock,
    to: &Clock,
) -> Result<Sample, String> {
    let seconds = (to.at - from.at).as_secs_f64();
    let sample = Sample {
        seconds: (to.at - begin).as_secs_f64(),
        rss_kib: process::memory(plan.server)?,
        server_utilisation: to.server.saturating_sub(from.server).as_secs_f64() / seconds,
        load_utilisation: to.load.saturating_sub(from.load).as_secs_f64() / seconds,
        answers: shared.run.latencies.summary(),
        deliveries: shared.deliveries.summary(),
        connections: shared.connections.get(),
        totals: shared.totals.get(),
    };
    shared.run.latencies.clear();
    shared.deliveries.clear();
    Ok(sample)
}
