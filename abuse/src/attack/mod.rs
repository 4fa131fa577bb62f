//! The kinds of abuse. Each goes on in episodes that say how the server answered.

mod fragments;
mod half_open;
mod malformed;
mod oversize;
mod pings;
mod slow_handshake;
mod slow_readers;
mod storm;

use std::{
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use crate::Outcome;

/// Whom an episode is against, and which one it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    /// Different in each episode of a kind.
    pub(crate) turn: u64,
}

/// How much was done; or how a promise was broken.
type Done = Result<u64, String>;
type Episode = Pin<Box<dyn Future<Output = Done> + Send>>;

/// A kind of abuse.
pub(crate) struct Abuse {
    pub(crate) name: &'static str,
    /// What is counted.
    pub(crate) unit: &'static str,
    /// What the server does about it.
    pub(crate) promise: &'static str,
    /// So many episodes go on at once.
    parallel: usize,
    /// Between two episodes.
    pause: Duration,
    /// No episode takes longer.
    bound: Duration,
    episode: fn(Target) -> Episode,
}

const ALL: [&Abuse; 8] = [
    &malformed::ABUSE,
    &fragments::ABUSE,
    &oversize::ABUSE,
    &pings::ABUSE,
    &slow_readers::ABUSE,
    &slow_handshake::ABUSE,
    &half_open::ABUSE,
    &storm::ABUSE,
];

/// What has come of a kind.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) episodes: AtomicU64,
    pub(crate) done: AtomicU64,
    pub(crate) broken: AtomicU64,
    first: Mutex<Option<String>>,
}

impl Tally {
    fn add(&self, done: Done) {
        match done {
            Ok(count) => {
                self.episodes.fetch_add(1, Ordering::Relaxed);
                self.done.fetch_add(count, Ordering::Relaxed);
            }
            Err(reason) => {
                self.broken.fetch_add(1, Ordering::Relaxed);
                self.first().get_or_insert(reason);
            }
        }
    }

    /// How a promise was broken for the first time.
    pub(crate) fn first(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Each kind with its tally.
pub(crate) type Tallies = Vec<(&'static Abuse, Arc<Tally>)>;

pub(crate) fn tallies() -> Tallies {
    ALL.into_iter()
        .map(|abuse| (abuse, Arc::default()))
        .collect()
}

/// Lets all kinds go on until `end`; the episodes in hand may finish. An error is one of the attackers' own.
pub(crate) async fn all(address: SocketAddr, tallies: &Tallies, end: Instant) -> Outcome {
    let mut running = JoinSet::new();
    for (abuse, tally) in tallies {
        let turns = Arc::new(AtomicU64::new(0));
        for _ in 0..abuse.parallel {
            let (abuse, tally, turns) = (*abuse, Arc::clone(tally), Arc::clone(&turns));
            running.spawn(async move {
                while Instant::now() < end {
                    let turn = turns.fetch_add(1, Ordering::Relaxed);
                    let episode = (abuse.episode)(Target { address, turn });
                    let done = timeout(abuse.bound, episode).await;
                    tally.add(done.unwrap_or_else(|_| {
                        Err(format!("no end within {} s", abuse.bound.as_secs()))
                    }));
                    sleep(abuse.pause).await;
                }
            });
        }
    }
    let mut outcome = Ok(());
    while let Some(ended) = running.join_next().await {
        outcome = outcome.and(ended.map_err(|error| error.to_string()));
    }
    outcome
}
