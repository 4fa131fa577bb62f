//! Presence within one process.

use std::{
    collections::HashMap,
    fmt,
    future::ready,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use bytes::Bytes;

use super::{
    engine::{Answer, Change, Engine, Entry, News, Node, RawPresent},
    roster::{Limits, Roster},
    types::Totals,
};
use crate::connection::{Clock, ConnectionId};

/// The rosters of all groups. They go with the process, and so does its node: the lease plays no part.
pub(super) struct Memory {
    clock: Clock,
    limits: Limits,
    rosters: Mutex<Rosters>,
    news: OnceLock<News>,
}

#[derive(Default)]
struct Rosters {
    groups: HashMap<Arc<str>, Roster>,
    /// The highest revision of the groups that are gone: a group that comes back goes on from there.
    revision: u64,
}

impl Memory {
    pub(super) fn new(clock: Clock, limits: Limits) -> Self {
        Self {
            clock,
            limits,
            rosters: Mutex::default(),
            news: OnceLock::new(),
        }
    }

    fn rosters(&self) -> MutexGuard<'_, Rosters> {
        self.rosters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has `work` done with a group's roster, and tells what it says has changed before anybody can change more.
    fn with<T>(
        &self,
        group: &Arc<str>,
        work: impl FnOnce(&mut Roster, Duration) -> (T, Vec<Change>),
    ) -> T {
        let mut rosters = self.rosters();
        let Rosters { groups, revision } = &mut *rosters;
        let roster = groups
            .entry(Arc::clone(group))
            .or_insert_with(|| Roster::new(*revision));
        let (done, changes) = work(roster, self.clock.now());
        if roster.is_empty() {
            *revision = roster.revision().max(*revision);
            groups.remove(group);
        }
        if let Some(news) = self.news.get() {
            for change in changes {
                news(group, change);
            }
        }
        done
    }

    /// Looks at those who are present: not at somebody whose grace is over.
    fn look<T: Default>(&self, group: &Arc<str>, look: impl FnOnce(&Roster) -> T) -> T {
        if !self.rosters().groups.contains_key(group) {
            return T::default();
        }
        self.with(group, |roster, now| {
            let changes = roster.sweep(now);
            (look(roster), changes)
        })
    }
}

impl Engine for Memory {
    fn begin(&self, _: Node, news: News) {
        let _ = self.news.set(news);
    }

    fn enter<'a>(&'a self, group: &'a Arc<str>, entry: Entry) -> Answer<'a, ()> {
        let entered = self.with(group, |roster, now| {
            // Their room is free, and they are to be heard of before.
            let mut changes = roster.sweep(now);
            let entered = roster.enter(now, self.limits, entry);
            (entered.map(|more| changes.extend(more)), changes)
        });
        Box::pin(ready(entered))
    }

    fn update<'a>(
        &'a self,
        group: &'a Arc<str>,
        connection: ConnectionId,
        meta: Bytes,
    ) -> Answer<'a, bool> {
        let updated = self.with(group, |roster, now| {
            let change = roster.update(now, connection, meta);
            (change.is_some(), change.into_iter().collect())
        });
        Box::pin(ready(Ok(updated)))
    }

    fn update_user<'a>(
        &'a self,
        group: &'a Arc<str>,
        user: &'a str,
        meta: Bytes,
    ) -> Answer<'a, bool> {
        let updated = self.with(group, |roster, now| {
            let change = roster.update_user(now, user, &meta);
            (change.is_some(), change.into_iter().collect())
        });
        Box::pin(ready(Ok(updated)))
    }

    fn exit(&self, group: &Arc<str>, connection: ConnectionId) {
        self.with(group, |roster, now| {
            ((), roster.exit(now, self.limits, connection))
        });
    }

    fn sweep<'a>(&'a self, group: &'a Arc<str>) -> Answer<'a, Option<Duration>> {
        let wake = self.with(group, |roster, now| {
            let changes = roster.sweep(now);
            (roster.quiet_for(now), changes)
        });
        Box::pin(ready(Ok(wake)))
    }

    fn totals<'a>(&'a self, group: &'a Arc<str>) -> Answer<'a, Totals> {
        Box::pin(ready(Ok(self.look(group, Roster::totals))))
    }

    fn find<'a>(&'a self, group: &'a Arc<str>, user: &'a str) -> Answer<'a, Option<RawPresent>> {
        Box::pin(ready(Ok(self.look(group, |roster| roster.find(user)))))
    }

    fn metas<'a>(&'a self, group: &'a Arc<str>, user: &'a str) -> Answer<'a, Vec<Bytes>> {
        Box::pin(ready(Ok(self.look(group, |roster| roster.metas(user)))))
    }

    fn list<'a>(
        &'a self,
        group: &'a Arc<str>,
        after: Option<&'a str>,
        limit: usize,
    ) -> Answer<'a, Vec<RawPresent>> {
        Box::pin(ready(Ok(
            self.look(group, |roster| roster.list(after, limit))
        )))
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}
