//! Where presence is kept: the seam between a node and what all nodes have in common.
//!
//! An engine holds the one roster of each group. A node tells it who enters and who exits here, and is told of every
//! change, wherever it came about; it gathers them and tells its own members. Within one process the engine is
//! [`Memory`](super::memory::Memory).

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;

use super::types::Totals;
use crate::{connection::ConnectionId, layer::NodeId};

/// What an engine answers.
pub(super) type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, EngineError>> + Send + 'a>>;

/// Who is present, in one place for all nodes.
pub(super) trait Engine: fmt::Debug + Send + Sync {
    /// Begins to serve a node. Called once, before anything else.
    ///
    /// The node is told of the changes of a group in the order of their revisions, each once; those that it has made
    /// itself before the call that made them returns.
    fn begin(&self, node: Node, news: News);

    /// A connection of this node enters a group, or says something else of itself.
    fn enter<'a>(&'a self, group: &'a Arc<str>, entry: Entry) -> Answer<'a, ()>;

    /// A connection says something else of itself. `false`: it is not in the group.
    fn update<'a>(
        &'a self,
        group: &'a Arc<str>,
        connection: ConnectionId,
        meta: Bytes,
    ) -> Answer<'a, bool>;

    /// All connections of a user say this. `false`: not present.
    fn update_user<'a>(
        &'a self,
        group: &'a Arc<str>,
        user: &'a str,
        meta: Bytes,
    ) -> Answer<'a, bool>;

    /// A connection is gone; one that was not there, too. Does not wait: an engine that cannot do it at once sees to it
    /// later, or lets the lease do it.
    fn exit(&self, group: &Arc<str>, connection: ConnectionId);

    /// Those of a group leave whose grace is over, each once, whichever nodes call this. Returns after how long it is
    /// to be called again.
    fn sweep<'a>(&'a self, group: &'a Arc<str>) -> Answer<'a, Option<Duration>>;

    fn totals<'a>(&'a self, group: &'a Arc<str>) -> Answer<'a, Totals>;

    fn find<'a>(&'a self, group: &'a Arc<str>, user: &'a str) -> Answer<'a, Option<RawPresent>>;

    /// What each connection of a user says of itself.
    fn metas<'a>(&'a self, group: &'a Arc<str>, user: &'a str) -> Answer<'a, Vec<Bytes>>;

    /// So many users, by name, after this one.
    fn list<'a>(
        &'a self,
        group: &'a Arc<str>,
        after: Option<&'a str>,
        limit: usize,
    ) -> Answer<'a, Vec<RawPresent>>;
}

/// A process, to an engine that several of them share.
///
/// A process that is started anew is another node. Its engine shows that it lives; where it has not done so for the
/// lease, the others count its connections as gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// Drawn at random at its start.
    pub(super) id: NodeId,
    /// How long it counts as alive without showing it.
    pub(super) lease: Duration,
}

/// Tells a node of a change. Does not wait.
pub(super) type News = Box<dyn Fn(&Arc<str>, Change) + Send + Sync>;

/// A connection that enters a group.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) user: Arc<str>,
    pub(super) connection: ConnectionId,
    pub(super) meta: Bytes,
    /// Where the user is present, what it said last counts instead.
    pub(super) resume: bool,
}

/// What has become of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// Higher than that of the change before.
    pub(super) revision: u64,
    pub(super) totals: Totals,
    pub(super) user: Arc<str>,
    /// `None`: not present.
    pub(super) before: Option<RawPresent>,
    /// `None`: not present.
    pub(super) now: Option<RawPresent>,
    /// After how long somebody's grace is over, and [`Engine::sweep`] is to be called.
    pub(super) wake: Option<Duration>,
}

impl Change {
    /// Whether it concerns others: a connection more or less does not.
    pub(super) fn is_news(&self) -> bool {
        let latest = |present: &Option<RawPresent>| {
            let present = present.as_ref();
            present.map(|present| present.latest.clone())
        };
        latest(&self.before) != latest(&self.now)
    }
}

/// A user who is present, with metadata as it travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RawPresent {
    pub(super) user: Arc<str>,
    pub(super) connections: usize,
    /// What any of its connections said last.
    pub(super) latest: Bytes,
}

/// Why an engine did not do it. Nothing has changed then.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum EngineError {
    /// The group has so many entries already.
    Full { limit: usize },
    /// It cannot be reached.
    #[expect(dead_code, reason = "within one process that does not happen")]
    Unavailable,
}
