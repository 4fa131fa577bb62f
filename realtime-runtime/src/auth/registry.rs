//! Which connections belong to which user and session, so that they can be ended.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{
    connection::{Clock, Link},
    wire::CloseCode,
};

/// Whose connections are meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target(Key);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    User(String),
    Session(String),
}

impl Target {
    /// All connections of a user, by what [`Authenticator::user`](super::Authenticator::user) says.
    pub fn user(user: impl Into<String>) -> Self {
        Self(Key::User(user.into()))
    }

    /// All connections of a session, by what [`Authenticator::session`](super::Authenticator::session) says.
    pub fn session(session: impl Into<String>) -> Self {
        Self(Key::Session(session.into()))
    }
}

/// Connections by user and session.
#[derive(Debug, Default)]
pub(crate) struct Registry(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    links: HashMap<Target, Vec<Arc<Link>>>,
    /// Recent kicks: they also end the connections that are being set up while they happen.
    kicks: VecDeque<Kick>,
    count: u64,
}

#[derive(Debug)]
struct Kick {
    number: u64,
    at: Duration,
    target: Target,
    code: CloseCode,
    reason: String,
}

/// How long a kick is remembered: longer than any handshake may take.
const REMEMBERED: Duration = Duration::from_secs(120);

/// A connection's place in the registry; dropping it takes it out.
#[derive(Debug)]
pub(crate) struct Registered {
    registry: Arc<Registry>,
    link: Arc<Link>,
    targets: Vec<Target>,
}

impl Registry {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A mark in time: kicks after it also end a connection that registers later.
    pub(crate) fn mark(&self) -> u64 {
        self.lock().count
    }

    /// Enters a connection whose handshake began at `mark`.
    pub(crate) fn register(
        self: &Arc<Self>,
        mark: u64,
        link: Arc<Link>,
        user: Option<String>,
        session: Option<String>,
    ) -> Registered {
        let targets: Vec<_> = user
            .map(Target::user)
            .into_iter()
            .chain(session.map(Target::session))
            .collect();
        let mut state = self.lock();
        for target in &targets {
            state
                .links
                .entry(target.clone())
                .or_default()
                .push(Arc::clone(&link));
        }
        let missed = state
            .kicks
            .iter()
            .find(|kick| kick.number > mark && targets.contains(&kick.target));
        if let Some(kick) = missed {
            link.close(kick.code, kick.reason.clone());
        }
        drop(state);
        Registered {
            registry: Arc::clone(self),
            link,
            targets,
        }
    }

    /// Closes all connections of a target; returns how many.
    pub(crate) fn kick(
        &self,
        target: Target,
        code: CloseCode,
        reason: &str,
        clock: &Clock,
    ) -> usize {
        let at = clock.now();
        let mut state = self.lock();
        let links = state.links.get(&target).cloned().unwrap_or_default();
        state.count += 1;
        let number = state.count;
        while state
            .kicks
            .front()
            .is_some_and(|kick| kick.at + REMEMBERED < at)
        {
            state.kicks.pop_front();
        }
        state.kicks.push_back(Kick {
            number,
            at,
            target,
            code,
            reason: reason.to_owned(),
        });
        drop(state);
        for link in &links {
            link.close(code, reason.to_owned());
        }
        links.len()
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut state = self.registry.lock();
        for target in &self.targets {
            if let Some(links) = state.links.get_mut(target) {
                links.retain(|link| link.id() != self.link.id());
                if links.is_empty() {
                    state.links.remove(target);
                }
            }
        }
    }
}
