//! Which connections belong to which user and session, so that they can be ended.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    connection::{ConnectionId, Link},
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
    links: HashMap<Target, HashMap<ConnectionId, Arc<Link>>>,
    /// How many kicks there have been.
    count: u64,
    /// The handshakes that are under way: how many began after so many kicks.
    marks: BTreeMap<u64, usize>,
    /// The last kick of each target. They also end the connections that were being set up while they happened, and are
    /// kept for as long as there are some.
    kicks: HashMap<Target, Kick>,
    /// Their targets, oldest kick first.
    order: BTreeMap<u64, Target>,
}

#[derive(Clone, Debug)]
struct Kick {
    number: u64,
    code: CloseCode,
    reason: String,
}

impl State {
    /// Forgets the kicks that no handshake can have missed.
    fn forget(&mut self) {
        let oldest = self.marks.first_key_value().map(|(mark, _)| *mark);
        while let Some(kick) = self.order.first_entry()
            && oldest.is_none_or(|mark| *kick.key() <= mark)
        {
            self.kicks.remove(&kick.remove());
        }
    }
}

/// The beginning of a handshake: kicks after it also end the connection that it becomes.
#[derive(Debug)]
pub(crate) struct Mark {
    registry: Arc<Registry>,
    number: u64,
}

/// A connection's place in the registry; dropping it takes it out.
#[derive(Debug)]
pub(crate) struct Registered {
    registry: Arc<Registry>,
    link: Arc<Link>,
    targets: Vec<Target>,
}

impl Registry {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks the beginning of a handshake.
    pub(crate) fn mark(self: &Arc<Self>) -> Mark {
        let mut state = self.lock();
        let number = state.count;
        *state.marks.entry(number).or_default() += 1;
        drop(state);
        Mark {
            registry: Arc::clone(self),
            number,
        }
    }

    /// Enters a connection whose handshake began at `mark`.
    pub(crate) fn register(
        self: &Arc<Self>,
        mark: Mark,
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
                .insert(link.id(), Arc::clone(&link));
        }
        let missed = targets
            .iter()
            .filter_map(|target| state.kicks.get(target))
            .find(|kick| kick.number > mark.number)
            .cloned();
        drop(state);
        drop(mark);
        if let Some(Kick { code, reason, .. }) = missed {
            link.close(code, reason);
        }
        Registered {
            registry: Arc::clone(self),
            link,
            targets,
        }
    }

    /// Closes all connections of a target; returns how many.
    pub(crate) fn kick(&self, target: Target, code: CloseCode, reason: &str) -> usize {
        let mut state = self.lock();
        let links: Vec<_> = state
            .links
            .get(&target)
            .map(|links| links.values().cloned().collect())
            .unwrap_or_default();
        if !state.marks.is_empty() {
            state.count += 1;
            let number = state.count;
            let kick = Kick {
                number,
                code,
                reason: reason.to_owned(),
            };
            if let Some(former) = state.kicks.insert(target.clone(), kick) {
                state.order.remove(&former.number);
            }
            state.order.insert(number, target);
        }
        drop(state);
        for link in &links {
            link.close(code, reason.to_owned());
        }
        links.len()
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        let mut state = self.registry.lock();
        if let Some(open) = state.marks.get_mut(&self.number) {
            *open -= 1;
            if *open == 0 {
                state.marks.remove(&self.number);
                state.forget();
            }
        }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut state = self.registry.lock();
        for target in &self.targets {
            if let Some(links) = state.links.get_mut(target) {
                links.remove(&self.link.id());
                if links.is_empty() {
                    state.links.remove(target);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Limits;
    use std::task::Waker;

    fn link() -> Arc<Link> {
        Link::new("test", Limits::default(), None)
    }

    fn ann() -> Target {
        Target::user("ann")
    }

    fn kick(registry: &Registry, target: Target) -> usize {
        registry.kick(target, CloseCode::FORBIDDEN, "banned")
    }

    fn remembered(registry: &Registry) -> usize {
        let state = registry.lock();
        assert_eq!(state.kicks.len(), state.order.len());
        state.kicks.len()
    }

    #[test]
    fn a_kick_is_not_remembered_without_a_handshake_under_way() {
        let registry = Arc::<Registry>::default();
        kick(&registry, ann());
        assert_eq!(remembered(&registry), 0);
    }

    #[test]
    fn a_kick_is_forgotten_with_the_last_handshake_that_began_before_it() {
        let registry = Arc::<Registry>::default();
        let (first, second) = (registry.mark(), registry.mark());
        kick(&registry, ann());
        let after = registry.mark();
        drop(first);
        assert_eq!(remembered(&registry), 1);
        drop(second);
        assert_eq!(remembered(&registry), 0);
        drop(after);
    }

    #[test]
    fn many_kicks_of_one_target_are_remembered_as_one() {
        let registry = Arc::<Registry>::default();
        let _mark = registry.mark();
        for _ in 0..100 {
            kick(&registry, ann());
        }
        assert_eq!(remembered(&registry), 1);
    }

    #[test]
    fn a_kick_ends_only_the_handshakes_that_began_before_it() {
        let registry = Arc::<Registry>::default();
        let before = registry.mark();
        kick(&registry, ann());
        let after = registry.mark();
        let (old, new) = (link(), link());
        let user = || Some("ann".to_owned());
        let _old = registry.register(before, Arc::clone(&old), user(), None);
        let _new = registry.register(after, Arc::clone(&new), user(), None);
        assert!(old.watch(Waker::noop()).is_some());
        assert!(new.watch(Waker::noop()).is_none());
    }

    #[test]
    fn a_connection_that_is_over_is_not_kicked() {
        let registry = Arc::<Registry>::default();
        let enter = || registry.register(registry.mark(), link(), Some("ann".into()), None);
        let (one, two) = (enter(), enter());
        drop(one);
        assert_eq!(kick(&registry, ann()), 1);
        drop(two);
        assert_eq!(kick(&registry, ann()), 0);
        assert!(registry.lock().links.is_empty());
    }
}
