//! Who of this process is in which group, and who stands at which address.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, Hash, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    JoinError,
    writers::{Asleep, Writers},
};
use crate::connection::{ConnectionId, Item, Link, Pushed};

const SHARDS: usize = 16;

/// Members of groups, sharded by group, and all connections, sharded by number.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    hasher: RandomState,
    groups: [Mutex<HashMap<Arc<str>, Members>>; SHARDS],
    connections: [Mutex<HashMap<ConnectionId, Arc<Link>>>; SHARDS],
    writers: Writers,
}

/// The members of one group.
#[derive(Debug, Default)]
struct Members {
    /// What a send works on, so that nobody who joins or leaves waits for it; copied where one does so meanwhile.
    list: Arc<Vec<Arc<Link>>>,
    places: HashMap<ConnectionId, usize>,
    /// Held for a send, so that all members see the events that are sent to the group in one order.
    order: Arc<Mutex<()>>,
}

impl Members {
    fn add(&mut self, link: &Arc<Link>) {
        self.places.entry(link.id()).or_insert_with(|| {
            let list = Arc::make_mut(&mut self.list);
            list.push(Arc::clone(link));
            list.len() - 1
        });
    }

    fn remove(&mut self, id: ConnectionId) {
        let Some(place) = self.places.remove(&id) else {
            return;
        };
        let list = Arc::make_mut(&mut self.list);
        list.swap_remove(place);
        if let Some(moved) = list.get(place) {
            self.places.insert(moved.id(), place);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    fn shard<'s, T>(&self, shards: &'s [Mutex<T>; SHARDS], key: impl Hash) -> &'s Mutex<T> {
        let hash = self.hasher.hash_one(key);
        &shards[(hash % SHARDS as u64) as usize]
    }

    /// Enters a connection, so that it has an address.
    pub(crate) fn add(&self, link: &Arc<Link>) {
        self.writers.start();
        lock(self.shard(&self.connections, link.id())).insert(link.id(), Arc::clone(link));
    }

    /// Takes a connection out: of its groups, which are returned, and from its address.
    pub(crate) fn remove(&self, link: &Link) -> HashSet<Arc<str>> {
        lock(self.shard(&self.connections, link.id())).remove(&link.id());
        let groups = link.leave_all();
        for group in &groups {
            self.remove_member(link.id(), group);
        }
        groups
    }

    pub(crate) fn join(&self, link: &Arc<Link>, group: &Arc<str>) -> Result<(), JoinError> {
        if link.enter(group).ok_or(JoinError {
            limit: link.limits().groups,
        })? {
            let mut shard = lock(self.shard(&self.groups, group));
            shard.entry(Arc::clone(group)).or_default().add(link);
        }
        Ok(())
    }

    pub(crate) fn leave(&self, link: &Link, group: &Arc<str>) {
        if link.leave(group) {
            self.remove_member(link.id(), group);
        }
    }

    fn remove_member(&self, id: ConnectionId, group: &Arc<str>) {
        let mut shard = lock(self.shard(&self.groups, group));
        if let Some(members) = shard.get_mut(group) {
            members.remove(id);
            if members.list.is_empty() {
                shard.remove(group);
            }
        }
    }

    /// Whether any of the groups has a member here.
    pub(crate) fn has_members(&self, groups: &[Arc<str>]) -> bool {
        groups
            .iter()
            .any(|group| lock(self.shard(&self.groups, group)).contains_key(group))
    }

    /// Pushes to every member of the groups, once to each; returns to how many. Never waits.
    pub(crate) fn push_to_groups(
        &self,
        groups: &[Arc<str>],
        left_out: impl Fn(&Link) -> bool,
        item: &Item,
    ) -> usize {
        let mut served: HashSet<ConnectionId> = HashSet::new();
        let (mut asleep, mut count) = (Asleep::default(), 0);
        for group in groups {
            self.in_order(group, |member| {
                if left_out(member) || groups.len() > 1 && !served.insert(member.id()) {
                    return;
                }
                count += 1;
                if member.push_shared(item.clone()) {
                    asleep.add(member);
                }
            });
        }
        self.writers.write(asleep);
        count
    }

    /// Has `push` called with each member; nobody else's has a turn meanwhile.
    fn in_order(&self, group: &Arc<str>, mut push: impl FnMut(&Arc<Link>)) {
        let look = || {
            let shard = lock(self.shard(&self.groups, group));
            let members = shard.get(group)?;
            Some((Arc::clone(&members.order), Arc::clone(&members.list)))
        };
        while let Some((order, list)) = look() {
            drop(list);
            let turn = lock(&order);
            match look() {
                // As they are now.
                Some((same, list)) if Arc::ptr_eq(&same, &order) => {
                    list.iter().for_each(&mut push);
                    drop((list, turn));
                    return;
                }
                // Meanwhile all have left, and others have come.
                _ => {}
            }
        }
    }

    /// Pushes to one connection, if it is here.
    pub(crate) fn push_to(&self, id: ConnectionId, item: Item) -> Pushed {
        let link = lock(self.shard(&self.connections, id)).get(&id).cloned();
        link.map_or(Pushed::Gone, |link| link.push(item))
    }

    pub(crate) fn links(&self) -> Vec<Arc<Link>> {
        self.connections
            .iter()
            .flat_map(|shard| lock(shard).values().cloned().collect::<Vec<_>>())
            .collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.connections.iter().map(|shard| lock(shard).len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Limits;

    /// A hub with a group of two.
    fn hub_of_two() -> (Hub, Arc<str>, [Arc<Link>; 2]) {
        let (hub, group) = (Hub::default(), Arc::from("group"));
        let links = [(); 2].map(|()| Link::for_test(Limits::default()));
        for link in &links {
            hub.add(link);
            hub.join(link, &group).unwrap();
        }
        (hub, group, links)
    }

    fn groups(hub: &Hub) -> usize {
        hub.groups.iter().map(|shard| lock(shard).len()).sum()
    }

    #[test]
    fn no_group_remains_after_its_last_member_left() {
        let (hub, group, links) = hub_of_two();
        hub.leave(&links[0], &group);
        assert_eq!(groups(&hub), 1);
        hub.leave(&links[1], &group);
        assert_eq!(groups(&hub), 0);
    }

    #[test]
    fn no_group_and_no_address_remains_after_the_last_member_was_removed() {
        let (hub, _, links) = hub_of_two();
        hub.remove(&links[0]);
        assert_eq!(groups(&hub), 1);
        hub.remove(&links[1]);
        assert_eq!((groups(&hub), hub.len()), (0, 0));
    }
}
