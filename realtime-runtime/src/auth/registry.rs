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

    /// The user; else the session.
    pub(crate) fn of_user(&self) -> Result<&str, &str> {
        match &self.0 {
            Key::User(user) => Ok(user),
            Key::Session(session) => Err(session),
        }
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
    /// How many orders there have been.
    count: u64,
    /// The handshakes that are under way: how many began after so many orders.
    marks: BTreeMap<u64, usize>,
    /// The last order of each kind for each target. They also concern the connections that were being set up while they
    /// were given, and are kept for as long as there are some.
    orders: HashMap<(Target, Kind), Given>,
    /// Their keys, oldest order first.
    sequence: BTreeMap<u64, (Target, Kind)>,
}

/// What is to be done with all connections of a target.
#[derive(Clone, Debug)]
enum Order {
    Kick { code: CloseCode, reason: String },
    Recheck,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Kick,
    Recheck,
}

#[derive(Clone, Debug)]
struct Given {
    number: u64,
    order: Order,
}

impl Order {
    const fn kind(&self) -> Kind {
        match self {
            Self::Kick { .. } => Kind::Kick,
            Self::Recheck => Kind::Recheck,
        }
    }

    fn carry_out(&self, link: &Link) {
        match self {
            Self::Kick { code, reason } => link.close(*code, reason.clone()),
            Self::Recheck => link.ask_recheck(),
        }
    }
}

/// A user with as many connections as one may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany;

impl State {
    /// Forgets the orders that no handshake can have missed.
    fn forget(&mut self) {
        let oldest = self.marks.first_key_value().map(|(mark, _)| *mark);
        while let Some(order) = self.sequence.first_entry()
            && oldest.is_none_or(|mark| *order.key() <= mark)
        {
            self.orders.remove(&order.remove());
        }
    }
}

/// The beginning of a handshake: orders after it also concern the connection that it becomes.
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
    ///
    /// # Errors
    /// When its user has `limit` connections already.
    pub(crate) fn register(
        self: &Arc<Self>,
        mark: Mark,
        link: Arc<Link>,
        user: Option<String>,
        session: Option<String>,
        limit: Option<usize>,
    ) -> Result<Registered, TooMany> {
        let targets: Vec<_> = user
            .map(Target::user)
            .into_iter()
            .chain(session.map(Target::session))
            .collect();
        let mut state = self.lock();
        if let (Some(limit), Some(of_user @ Target(Key::User(_)))) = (limit, targets.first()) {
            let standing = state.links.get(of_user).map_or(0, HashMap::len);
            if standing >= limit {
                drop(state);
                return Err(TooMany);
            }
        }
        for target in &targets {
            state
                .links
                .entry(target.clone())
                .or_default()
                .insert(link.id(), Arc::clone(&link));
        }
        let missed: Vec<Order> = targets
            .iter()
            .flat_map(|target| [Kind::Kick, Kind::Recheck].map(|kind| (target.clone(), kind)))
            .filter_map(|key| state.orders.get(&key))
            .filter(|given| given.number > mark.number)
            .map(|given| given.order.clone())
            .collect();
        drop(state);
        drop(mark);
        for order in missed {
            order.carry_out(&link);
        }
        Ok(Registered {
            registry: Arc::clone(self),
            link,
            targets,
        })
    }

    /// Closes all connections of a target; returns how many.
    pub(crate) fn kick(&self, target: Target, code: CloseCode, reason: &str) -> usize {
        let reason = reason.to_owned();
        self.give(target, &Order::Kick { code, reason })
    }

    /// Has all connections of a target re-checked; returns how many.
    pub(crate) fn recheck(&self, target: Target) -> usize {
        self.give(target, &Order::Recheck)
    }

    fn give(&self, target: Target, order: &Order) -> usize {
        let mut state = self.lock();
        let links: Vec<_> = state
            .links
            .get(&target)
            .map(|links| links.values().cloned().collect())
            .unwrap_or_default();
        if !state.marks.is_empty() {
            state.count += 1;
            let number = state.count;
            let given = Given {
                number,
                order: order.clone(),
            };
            let key = (target, order.kind());
            if let Some(former) = state.orders.insert(key.clone(), given) {
                state.sequence.remove(&former.number);
            }
            state.sequence.insert(number, key);
        }
        drop(state);
        for link in &links {
            order.carry_out(link);
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
        Link::for_test(Limits::default())
    }

    fn ann() -> Target {
        Target::user("ann")
    }

    fn kick(registry: &Registry, target: Target) -> usize {
        registry.kick(target, CloseCode::FORBIDDEN, "banned")
    }

    fn remembered(registry: &Registry) -> usize {
        let state = registry.lock();
        assert_eq!(state.orders.len(), state.sequence.len());
        state.orders.len()
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
        let _old = registry.register(before, Arc::clone(&old), user(), None, None);
        let _new = registry.register(after, Arc::clone(&new), user(), None, None);
        assert!(old.watch(Waker::noop()).is_some());
        assert!(new.watch(Waker::noop()).is_none());
    }

    #[test]
    fn a_recheck_does_not_make_a_kick_forgotten() {
        let registry = Arc::<Registry>::default();
        let mark = registry.mark();
        kick(&registry, ann());
        registry.recheck(ann());
        let link = link();
        let user = Some("ann".to_owned());
        let _registered = registry.register(mark, Arc::clone(&link), user, None, None);
        assert!(link.watch(Waker::noop()).is_some());
        assert!(link.take_recheck());
    }

    #[test]
    fn a_user_has_no_more_connections_than_allowed_until_one_ends() {
        let registry = Arc::<Registry>::default();
        let enter = |user: &str| {
            registry.register(registry.mark(), link(), Some(user.into()), None, Some(2))
        };
        let (one, _two) = (enter("ann").unwrap(), enter("ann").unwrap());
        assert_eq!(enter("ann").unwrap_err(), TooMany);
        assert!(enter("bob").is_ok());
        drop(one);
        assert!(enter("ann").is_ok());
    }

    #[test]
    fn a_connection_that_is_over_is_not_kicked() {
        let registry = Arc::<Registry>::default();
        let enter = || registry.register(registry.mark(), link(), Some("ann".into()), None, None);
        let (one, two) = (enter(), enter());
        drop(one);
        assert_eq!(kick(&registry, ann()), 1);
        drop(two);
        assert_eq!(kick(&registry, ann()), 0);
        assert!(registry.lock().links.is_empty());
    }
}
