//! One server: the connection that subscribes, and its watch.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use realtime_runtime::broker::Gap;
use redis::{
    ConnectionAddr, ConnectionInfo, Pipeline, RedisResult, Value, aio::MultiplexedConnection,
};
use tokio::{
    sync::{Notify, mpsc},
    task::AbortHandle,
    time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until},
};

use crate::{
    backoff::Backoff,
    endpoint::{Endpoint, PATIENCE, unexpected},
    listener::Listener,
    publisher::{self, Job, Publisher},
    shared::{Shared, reason},
    topics::{Change, Phase, Topics},
};

/// How many topics one write subscribes to.
const BATCH: usize = 1000;
/// How often a probe is tried that could not be published.
const AGAIN: Duration = Duration::from_millis(100);

/// A server, with the topics that belong to it.
pub(crate) struct Link {
    pub(crate) endpoint: Endpoint,
    /// The channel that only this node listens to. `None` where no channel with our prefix belongs to this server.
    probe: Option<String>,
    pub(crate) publisher: Publisher,
    pub(crate) topics: Mutex<Topics>,
    changed: Notify,
    /// Where the connection that subscribes leads.
    leads_to: Mutex<Option<ConnectionAddr>>,
    remake: Notify,
    pub(crate) remake_publisher: Notify,
    tasks: OnceLock<[AbortHandle; 2]>,
}

impl Link {
    pub(crate) fn new(
        endpoint: Endpoint,
        probe: Option<String>,
        waiting: usize,
    ) -> (Arc<Self>, mpsc::Receiver<Job>) {
        let (publisher, jobs) = Publisher::new(waiting);
        let link = Self {
            endpoint,
            probe,
            publisher,
            topics: Mutex::default(),
            changed: Notify::new(),
            leads_to: Mutex::default(),
            remake: Notify::new(),
            remake_publisher: Notify::new(),
            tasks: OnceLock::new(),
        };
        (Arc::new(link), jobs)
    }

    /// Starts its tasks.
    pub(crate) fn start(self: &Arc<Self>, shared: &Arc<Shared>, jobs: mpsc::Receiver<Job>) {
        let publishes = tokio::spawn(publisher::run(self.clone(), shared.clone(), jobs));
        let subscribes = tokio::spawn(run(self.clone(), shared.clone()));
        let tasks = [publishes.abort_handle(), subscribes.abort_handle()];
        // It is started once.
        let _ = self.tasks.set(tasks);
    }

    pub(crate) fn stop(&self) {
        self.tasks
            .get()
            .into_iter()
            .flatten()
            .for_each(AbortHandle::abort);
    }

    /// What the log calls it.
    pub(crate) fn name(&self) -> String {
        match &self.endpoint {
            Endpoint::Server(info) => info.addr().to_string(),
            Endpoint::Master { name, .. } => format!("master {name}"),
            Endpoint::Nowhere => "nowhere".to_owned(),
        }
    }

    pub(crate) fn is_up(&self) -> bool {
        self.publisher.is_up() && self.topics().phase() == Phase::Connected
    }

    /// It cannot be connected to, somebody else has noticed.
    pub(crate) fn set_down(&self) {
        self.publisher.set_down();
        self.topics().lost();
    }

    pub(crate) fn topics(&self) -> std::sync::MutexGuard<'_, Topics> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The topics have changed.
    pub(crate) fn wake(&self) {
        self.changed.notify_one();
    }

    /// Where the connection that subscribes leads now; whether that was another server before.
    fn now_leads_to(&self, addr: ConnectionAddr) -> bool {
        let mut leads_to = self.leads_to.lock().unwrap_or_else(PoisonError::into_inner);
        let before = leads_to.replace(addr);
        before.is_some_and(|before| *leads_to != Some(before))
    }

    /// Makes both connections anew where they lead to another server than this one.
    pub(crate) fn must_lead_to(&self, addr: &ConnectionAddr) {
        let leads_to = self.leads_to.lock().unwrap_or_else(PoisonError::into_inner);
        if leads_to.as_ref().is_some_and(|there| there != addr) {
            self.remake.notify_one();
            self.remake_publisher.notify_one();
        }
    }

    /// The server that it leads to, where that does not change.
    pub(crate) fn server(&self) -> Option<&ConnectionInfo> {
        match &self.endpoint {
            Endpoint::Server(info) => Some(info),
            _ => None,
        }
    }

    pub(crate) fn probe_channel(&self) -> Option<&str> {
        self.probe.as_deref()
    }

    /// Publishes a probe to itself; whether it is on its way.
    fn probe(&self, number: u64) -> bool {
        let Some(channel) = self.probe.clone() else {
            return false;
        };
        let job = Job {
            channel,
            message: Bytes::copy_from_slice(&number.to_be_bytes()),
            done: None,
            _room: None,
        };
        self.publisher.is_up() && self.publisher.publish(job).is_ok()
    }
}

/// Connects, subscribes, and connects anew, until it is aborted.
async fn run(link: Arc<Link>, shared: Arc<Shared>) {
    let settings = &shared.settings;
    let mut backoff = Backoff::new(settings.backoff.0, settings.backoff.1);
    let mut outage = Outage::default();
    loop {
        let listener = Arc::new(Listener::default());
        let Err(error) = session(&link, &shared, &listener, &mut outage, &mut backoff).await;
        // A message of the old connection does not come after it was given up.
        listener.give_up();
        {
            let tell = shared.telling();
            let topics = {
                let mut topics = link.topics();
                topics.lost();
                shared.concerned(&topics)
            };
            let why = &*reason(&error);
            if std::mem::replace(&mut outage.is_told, true) {
                tracing::debug!(server = %link.name(), reason = why, "Redis still cannot be reached");
            } else {
                tracing::warn!(
                    server = %link.name(), reason = why,
                    "Redis cannot be reached, or does not carry; trying again until it does"
                );
                let over = false;
                tell.gap(Gap { topics, over });
            }
        }
        shared.health_changed();
        shared.look.notify_one();
        sleep(backoff.next()).await;
    }
}

/// What was told of a time without Redis.
#[derive(Default)]
struct Outage {
    /// That it has begun, and not that it is over.
    is_told: bool,
    /// It is not over sooner.
    hold: Option<Instant>,
}

impl Outage {
    fn end(&mut self, link: &Link, shared: &Shared) {
        self.hold = None;
        if std::mem::take(&mut self.is_told) {
            shared.meters.reconnected();
            tracing::info!(server = %link.name(), "Redis carries again");
            let tell = shared.telling();
            let topics = shared.concerned(&link.topics());
            tell.gap(Gap { topics, over: true });
        }
    }
}

enum Never {}

/// One connection, from making it until it is lost.
async fn session(
    link: &Arc<Link>,
    shared: &Arc<Shared>,
    listener: &Arc<Listener>,
    outage: &mut Outage,
    backoff: &mut Backoff,
) -> RedisResult<Never> {
    let push = {
        let (listener, link, shared) = (listener.clone(), link.clone(), shared.clone());
        move |push| listener.hear(push, &link, &shared)
    };
    let (addr, mut connection) = link.endpoint.connect(&shared.dialer, push).await?;
    if link.now_leads_to(addr) {
        // Others may still publish at the old master, until they have looked as well.
        outage.hold = Some(Instant::now() + shared.settings.probe + PATIENCE);
    }
    if let Some(probe) = &link.probe {
        tell(&mut connection, &[(probe, true)], shared).await?;
    }
    let mut before_up = link.topics().connected();
    loop {
        let told = flush(link, &mut connection, shared).await?;
        before_up = before_up.saturating_sub(told);
        if before_up == 0 || told == 0 {
            break;
        }
    }
    backoff.stands();
    if outage.hold.is_none() {
        outage.end(link, shared);
    }
    shared.health_changed();
    serve(link, shared, listener, outage, connection).await
}

/// Has Redis follow what is wanted, and probes.
async fn serve(
    link: &Link,
    shared: &Shared,
    listener: &Listener,
    outage: &mut Outage,
    mut connection: MultiplexedConnection,
) -> RedisResult<Never> {
    let every = shared.settings.probe;
    let mut ticks = interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut echo = listener.echo.subscribe();
    let mut number = 0;
    // Until when the probe must have come, and when it is to be published.
    let mut probing: Option<(Instant, Option<Instant>)> = None;
    link.wake();
    loop {
        let (deadline, publish_at) = probing.unwrap_or_else(|| (Instant::now(), None));
        tokio::select! {
            biased;
            () = listener.lost.notified() => return Err(unexpected("the connection was lost")),
            () = link.remake.notified() => return Err(unexpected("there is another master")),
            Ok(()) = echo.changed() => {
                if *echo.borrow_and_update() == number {
                    probing = None;
                }
            }
            () = sleep_until(deadline), if probing.is_some() => {
                return Err(unexpected("what is published does not come"));
            }
            () = sleep_until(outage.hold.unwrap_or(deadline)), if outage.hold.is_some() => {
                outage.end(link, shared);
            }
            _ = ticks.tick(), if probing.is_none() && link.probe.is_some() => {
                number += 1;
                probing = Some((Instant::now() + PATIENCE, Some(Instant::now())));
            }
            () = sleep_until(publish_at.unwrap_or(deadline)), if publish_at.is_some() => {
                // The connection that publishes may be down on its own, and back in time.
                let again = (!link.probe(number)).then(|| Instant::now() + AGAIN);
                probing = Some((deadline, again));
            }
            // The last, so that changes without end leave room for the probe.
            () = link.changed.notified() => {
                if flush(link, &mut connection, shared).await? == BATCH {
                    link.wake();
                }
            }
        }
    }
}

/// Tells Redis a batch of what has changed; how many topics that were.
async fn flush(
    link: &Link,
    connection: &mut MultiplexedConnection,
    shared: &Shared,
) -> RedisResult<usize> {
    let changes = link.topics().take(BATCH);
    if changes.is_empty() {
        return Ok(0);
    }
    let channels: Vec<_> = changes
        .iter()
        .map(|Change { topic, wanted }| (shared.channel(topic), *wanted))
        .collect();
    let commands: Vec<_> = channels
        .iter()
        .map(|(name, wanted)| (name, *wanted))
        .collect();
    tell(connection, &commands, shared).await?;
    let telling = shared.telling();
    let over = link.topics().told(&changes);
    if !over.is_empty() {
        telling.gap(Gap {
            topics: Some(over),
            over: true,
        });
    }
    Ok(changes.len())
}

/// Subscribes and unsubscribes, and waits for the confirmations: one command each, so that each has its own answer.
async fn tell(
    connection: &mut MultiplexedConnection,
    changes: &[(&String, bool)],
    shared: &Shared,
) -> RedisResult<()> {
    let mut pipeline = Pipeline::with_capacity(changes.len());
    for (channel, wanted) in changes {
        let command = match (shared.sharded, wanted) {
            (false, true) => "SUBSCRIBE",
            (false, false) => "UNSUBSCRIBE",
            (true, true) => "SSUBSCRIBE",
            (true, false) => "SUNSUBSCRIBE",
        };
        pipeline.cmd(command).arg(channel);
    }
    let answers = connection.send_packed_commands(&pipeline, 0, changes.len());
    for answer in answers.await? {
        match answer {
            Value::Push { .. } => {}
            Value::ServerError(error) => {
                shared.refused(&error);
                return Err(error.into());
            }
            _ => return Err(unexpected("a confirmation was expected")),
        }
    }
    Ok(())
}
