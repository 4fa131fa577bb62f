//! The well-behaved: each sends at a steady pace to its group, and hears everyone in it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::Deserialize;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until, timeout_at},
};

use crate::{
    latency::Latencies,
    wire::{self, CLOSE, Client, Frame, PING, PONG, TEXT},
};

pub(crate) const CLIENTS: usize = 200;
pub(crate) const GROUP: usize = 20;
/// Between two messages of one client.
const PACE: Duration = Duration::from_millis(200);
/// How long the last messages may take.
const LAST: Duration = Duration::from_secs(10);

/// When what happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) start: Instant,
    /// Messages that are due from here on belong to the phase with abuse.
    pub(crate) abuse: Duration,
    pub(crate) end: Duration,
}

impl Times {
    /// How many messages each client sends.
    fn count(&self) -> usize {
        (self.end.as_micros() / PACE.as_micros()) as usize
    }

    fn micros(&self) -> u64 {
        self.start.elapsed().as_micros() as u64
    }

    /// 0 without abuse, 1 with it.
    fn phase(&self, due: u64) -> usize {
        usize::from(u128::from(due) >= self.abuse.as_micros())
    }
}

/// For the line of progress.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) sent: AtomicU64,
    pub(crate) received: AtomicU64,
}

/// What became of the messages of one phase.
#[derive(Debug, Default)]
pub(crate) struct Phase {
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) latencies: Latencies,
}

/// What some of the clients have heard.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) phases: [Phase; 2],
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    pub(crate) reordered: u64,
    /// Why connections ended early.
    pub(crate) failed: Vec<String>,
}

impl Heard {
    fn merge(&mut self, other: Self) {
        for (phase, other) in self.phases.iter_mut().zip(other.phases) {
            phase.sent += other.sent;
            phase.received += other.received;
            phase.latencies.merge(other.latencies);
        }
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.reordered += other.reordered;
        self.failed.extend(other.failed);
    }
}

/// Connects them all.
pub(crate) async fn connect(address: SocketAddr) -> Result<Vec<Client>, String> {
    let mut clients = Vec::new();
    for index in 0..CLIENTS {
        clients.push(Client::connect(address, &format!("good{}", index / GROUP)).await?);
    }
    Ok(clients)
}

/// Lets them talk until the end.
pub(crate) async fn talk(clients: Vec<Client>, times: Times, progress: Arc<Progress>) -> Heard {
    let mut members = JoinSet::new();
    for (index, client) in clients.into_iter().enumerate() {
        members.spawn(Member::new(index, client, times, Arc::clone(&progress)).talks());
    }
    let mut all = Heard::default();
    while let Some(member) = members.join_next().await {
        match member {
            Ok(heard) => all.merge(heard),
            Err(error) => all.failed.push(error.to_string()),
        }
    }
    all
}

/// What was heard of one sender.
#[derive(Debug)]
struct Sender {
    heard: Vec<bool>,
    next: usize,
}

struct Member {
    index: usize,
    client: Client,
    times: Times,
    progress: Arc<Progress>,
    heard: Heard,
    senders: Vec<Sender>,
    /// Messages that are still to come.
    missing: usize,
}

#[derive(Deserialize)]
struct Said<'a> {
    action: &'a str,
    payload: Payload,
}

#[derive(Deserialize)]
struct Payload {
    from: usize,
    number: usize,
    due: u64,
}

impl Member {
    fn new(index: usize, client: Client, times: Times, progress: Arc<Progress>) -> Self {
        let count = times.count();
        let sender = || Sender {
            heard: vec![false; count],
            next: 0,
        };
        Self {
            index,
            client,
            times,
            progress,
            heard: Heard::default(),
            senders: std::iter::repeat_with(sender).take(GROUP).collect(),
            missing: GROUP * count,
        }
    }

    async fn talks(mut self) -> Heard {
        let deadline = self.times.start + self.times.end + LAST;
        match timeout_at(deadline, self.converses()).await {
            Ok(Ok(())) => {
                if let Err(reason) = self.client.closes().await {
                    self.heard.failed.push(reason);
                }
            }
            Ok(Err(reason)) => self.heard.failed.push(reason),
            Err(_) => {}
        }
        self.heard.lost += self.missing as u64;
        self.heard
    }

    /// Sends at its pace whatever comes back, and reads until it has heard everything.
    async fn converses(&mut self) -> Result<(), String> {
        let (mut sent, count) = (0, self.times.count());
        // Not all at the same moment.
        let offset = PACE * self.index as u32 / CLIENTS as u32;
        while sent < count || self.missing > 0 {
            let due = offset + PACE * sent as u32;
            tokio::select! {
                () = sleep_until(self.times.start + due), if sent < count => {
                    let due = due.as_micros() as u64;
                    self.says(sent, due).await?;
                    sent += 1;
                }
                read = self.client.reads() => {
                    if read.map_err(wire::shown)? == 0 {
                        return Err("the connection ended".to_owned());
                    }
                    while let Some(frame) = self.client.frame() {
                        self.takes(&frame).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn says(&mut self, number: usize, due: u64) -> Result<(), String> {
        let from = self.index;
        let payload = format!(r#"{{"from":{from},"number":{number},"due":{due}}}"#);
        let text = format!(r#"{{"action":"say","payload":{payload}}}"#);
        self.client.sends(&wire::text(&text)).await?;
        self.heard.phases[self.times.phase(due)].sent += 1;
        self.progress.sent.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    async fn takes(&mut self, frame: &Frame) -> Result<(), String> {
        match frame.first {
            TEXT => self.hears(&frame.payload),
            PING => self.client.sends(&wire::frame(PONG, &frame.payload)).await,
            CLOSE => Err(format!("the server closed it with {:?}", frame.code())),
            other => Err(format!("a frame begins with {other:#x}")),
        }
    }

    fn hears(&mut self, text: &[u8]) -> Result<(), String> {
        let said = serde_json::from_slice::<Said<'_>>(text);
        let Said { action, payload } = said.map_err(wire::shown)?;
        let Payload { from, number, due } = payload;
        let place = self.senders.get_mut(from % GROUP);
        let place = place.filter(|_| action == "said" && from / GROUP == self.index / GROUP);
        let known = place.filter(|sender| number < sender.heard.len());
        let sender = known.ok_or_else(|| format!("{from} did not say {number} to this group"))?;
        if std::mem::replace(&mut sender.heard[number], true) {
            self.heard.doubled += 1;
            return Ok(());
        }
        self.heard.reordered += u64::from(number < sender.next);
        sender.next = sender.next.max(number + 1);
        self.missing -= 1;
        let phase = &mut self.heard.phases[self.times.phase(due)];
        phase.received += 1;
        phase.latencies.add(self.times.micros().saturating_sub(due));
        self.progress.received.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
