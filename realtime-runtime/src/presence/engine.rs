//! Where presence is kept: the groups, and the way to other nodes that keep them as well.
//!
//! A node tells others what has changed of its own connections as fast as the bus takes it: what changes meanwhile goes
//! together. Topics are `p` for all nodes where presence is used, `pn.` and a node, and `pg.` and the key of a group, for nodes
//! that know of it.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::{Notify, OnceCell, watch},
    task::yield_now,
    time::{Instant, timeout_at},
};

use super::{
    change::{Change, Entry, Full, RawPresent},
    groups::{Audience, Entrance, Groups},
    message::{Beat, Message},
    peers::PERIOD,
    roster::{Limits, Roster},
    types::Totals,
};
use crate::{
    connection::{Clock, ConnectionId},
    layer::{
        Bus, NodeId, PresenceTopic, WeakLayer,
        broker::{BrokerError, Gap},
    },
};

/// Nodes have so long to answer; who has not is not waited for.
const ANSWERING: Duration = Duration::from_secs(1);
/// After a node's first sign of life has come back, those of others have so long.
const SETTLING: Duration = Duration::from_millis(100);
/// After the bus has not taken something, it is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// So many messages, or somewhat more, go out before it is waited for that the bus has taken them.
const ROUND: usize = 128;
/// About so many bytes go into one message, and half of what the bus takes at most.
const PIECE: usize = 48 * 1024;

/// Tells the desk of a change. Does not wait.
pub(super) type News = Box<dyn Fn(&Arc<str>, Change) + Send + Sync>;

/// Who is present in all groups that concern this node.
///
/// Told of a change, the desk hears of the changes of a group in the order of their revisions, each once; those that it has
/// made itself before the call that made them returns.
pub(super) struct Engine {
    clock: Clock,
    state: Mutex<Groups>,
    news: OnceLock<News>,
    /// The way to other nodes, if there may be some.
    wire: Option<Wire>,
}

struct Wire {
    layer: WeakLayer,
    node: NodeId,
    begun: OnceCell<()>,
    /// The tasks run, though whoever has started them may not have waited for them to have done something.
    runs: AtomicBool,
    /// There is something to tell.
    speaks: Arc<Notify>,
    /// The bus may be back.
    back: Arc<Notify>,
    /// This node's first sign of life has come back, or could not go out.
    greeted: watch::Sender<bool>,
}

/// A group that is known, for as long as this is held.
pub(super) struct Held<'e>(Option<(&'e Engine, &'e Arc<str>)>);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if let Some((engine, group)) = self.0 {
            engine.groups().let_go(group);
        }
    }
}

impl Engine {
    pub(super) fn new(layer: WeakLayer, clock: Clock, limits: Limits) -> Self {
        let held = layer.upgrade();
        let bus = held.as_ref().and_then(|layer| layer.bus());
        let node = bus.map(Bus::node);
        let takes = bus.and_then(Bus::max_message_bytes);
        let piece = takes.map_or(PIECE, |bytes| PIECE.min(bytes / 2));
        Self {
            clock,
            state: Mutex::new(Groups::new(node, limits, piece)),
            news: OnceLock::new(),
            wire: node.map(|node| Wire {
                layer,
                node,
                begun: OnceCell::new(),
                runs: AtomicBool::new(false),
                speaks: Arc::default(),
                back: Arc::default(),
                greeted: watch::Sender::new(false),
            }),
        }
    }

    /// Whom changes are told, from now on.
    pub(super) fn tells(&self, news: News) {
        let _ = self.news.set(news);
    }

    fn groups(&self) -> MutexGuard<'_, Groups> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has something done, and tells what has changed before anybody can change more.
    fn with<T>(&self, work: impl FnOnce(&mut Groups, Duration) -> T) -> T {
        let mut groups = self.groups();
        let done = work(&mut groups, self.clock.now());
        let changes = groups.take_changes();
        if let Some(news) = self.news.get() {
            for (group, change) in changes {
                news(&group, change);
            }
        }
        if let Some(wire) = &self.wire
            && groups.has_to_tell()
        {
            wire.speaks.notify_one();
        }
        done
    }

    /// A connection of this node enters a group, or says something else of itself.
    pub(super) fn enter(&self, group: &Arc<str>, entry: Entry) -> Result<(), Full> {
        self.with(|groups, now| groups.enter(now, group, entry))
    }

    /// A connection of this node says something else of itself. `false`: it is not in the group.
    pub(super) fn update(&self, group: &Arc<str>, connection: ConnectionId, meta: Bytes) -> bool {
        self.with(|groups, now| groups.update(now, group, connection, meta))
    }

    /// All connections of a user say this, those of other nodes when they hear of it. `false`: not present.
    pub(super) fn update_user(&self, group: &Arc<str>, user: &str, meta: &Bytes) -> bool {
        self.with(|groups, now| groups.update_user(now, group, user, meta))
    }

    /// A connection of this node is gone; one that was not there, too.
    pub(super) fn exit(&self, group: &Arc<str>, connection: ConnectionId) {
        self.with(|groups, now| groups.exit(now, group, connection));
    }

    /// Those of a group leave whose grace is over. Returns after how long it is to be called again.
    pub(super) fn sweep(&self, group: &Arc<str>) -> Option<Duration> {
        self.with(|groups, now| groups.sweep(now, group))
    }

    pub(super) fn totals(&self, group: &Arc<str>) -> Totals {
        self.look(group, Roster::totals)
    }

    pub(super) fn find(&self, group: &Arc<str>, user: &str) -> Option<RawPresent> {
        self.look(group, |roster| roster.find(user))
    }

    /// What each connection of a user says of itself.
    pub(super) fn metas(&self, group: &Arc<str>, user: &str) -> Vec<Bytes> {
        self.look(group, |roster| roster.metas(user))
    }

    /// So many users, by name, after this one.
    pub(super) fn list(
        &self,
        group: &Arc<str>,
        after: Option<&str>,
        limit: usize,
    ) -> Vec<RawPresent> {
        self.look(group, |roster| roster.list(after, limit))
    }

    fn look<T: Default>(&self, group: &Arc<str>, look: impl FnOnce(&Roster) -> T) -> T {
        self.with(|groups, now| groups.look(now, group, look))
    }

    /// Resolves when this node knows of a group what other nodes know, or when nobody can say when it will.
    ///
    /// Where the bus is down, it knows its own, and the rest when that is back.
    pub(super) async fn know<'e>(self: &'e Arc<Self>, group: &'e Arc<str>) -> Held<'e> {
        let Some(wire) = &self.wire else {
            return Held(None);
        };
        let entrance = self.with(|groups, now| groups.hold(now, group));
        let held = Held(Some((self, group)));
        let know = || self.inquire(wire, group, &entrance);
        entrance.known.get_or_init(know).await;
        held
    }

    async fn inquire(self: &Arc<Self>, wire: &Wire, group: &Arc<str>, entrance: &Entrance) {
        let Some(layer) = wire.layer.upgrade() else {
            return;
        };
        let Some(bus) = layer.bus() else {
            return;
        };
        bus.start(&wire.layer);
        let topic = PresenceTopic::Group(group);
        let begin = wire.begun.get_or_init(|| self.begin(wire, bus));
        tokio::join!(begin, bus.listen(&topic));
        self.with(|groups, _| groups.inquire(group));
        let answered = async {
            loop {
                let mut answered = std::pin::pin!(entrance.answered.notified());
                answered.as_mut().enable();
                if !self.groups().awaits(group) {
                    return;
                }
                answered.await;
            }
        };
        if tokio::time::timeout(ANSWERING, answered).await.is_err() {
            tracing::debug!(%group, "not all nodes have said who is present");
            self.groups().give_up(group);
        }
    }

    /// Has other nodes know this one, and this one the others.
    async fn begin(self: &Arc<Self>, wire: &Wire, bus: &Bus) {
        let own = PresenceTopic::Node(wire.node);
        tokio::join!(bus.listen(&PresenceTopic::All), bus.listen(&own));
        tracing::debug!(node = %wire.node, "presence begins");
        if !wire.runs.swap(true, Ordering::AcqRel) {
            let heard = (Arc::clone(&wire.speaks), Arc::clone(&wire.back));
            tokio::spawn(speak(Arc::downgrade(self), wire.layer.clone(), heard));
            tokio::spawn(live(Arc::downgrade(self), self.clock.clone()));
        }
        self.with(|groups, _| groups.greet());
        let mut greeted = wire.greeted.subscribe();
        let greeted = greeted.wait_for(|is_so| *is_so);
        // The network's time, not the application's, which a test may stop.
        if tokio::time::timeout(ANSWERING, greeted).await.is_ok() {
            tokio::time::sleep(SETTLING).await;
        }
    }

    /// The bus has not taken what all were to hear: nobody answers. They are asked when it is back.
    fn unheard(&self, wire: &Wire) {
        wire.greeted.send_replace(true);
        self.groups().expect_no_answers();
    }

    /// What has come from the bus. `false`: it cannot be read.
    pub(super) fn hear(&self, group: Option<&Arc<str>>, message: &[u8]) -> bool {
        let Some((from, message)) = Message::decode(message) else {
            return false;
        };
        if let Some(wire) = &self.wire
            && from == wire.node
            && matches!(message, Message::Beat(Beat { hello: true, .. }))
        {
            wire.greeted.send_replace(true);
        }
        self.with(|groups, now| groups.hear(now, group, from, message));
        true
    }

    /// What other nodes have told may be missing.
    pub(super) fn missed(&self, gap: &Gap) {
        let Some(wire) = &self.wire else {
            return;
        };
        if gap.over {
            wire.back.notify_one();
        }
        let Some(topics) = &gap.topics else {
            self.with(|groups, _| groups.missed(None, gap.over));
            return;
        };
        let topics = topics
            .iter()
            .filter_map(|topic| PresenceTopic::parse(topic));
        let mut groups = Vec::new();
        for topic in topics {
            match topic {
                PresenceTopic::Group(group) => groups.push(Arc::from(group)),
                PresenceTopic::All => return self.with(|all, _| all.missed(None, gap.over)),
                PresenceTopic::Node(node) if node == wire.node => {
                    return self.with(|all, _| all.missed(None, gap.over));
                }
                PresenceTopic::Node(_) => {}
            }
        }
        self.with(|all, _| all.missed(Some(&groups), gap.over));
    }

    /// A period is over.
    fn tick(&self) {
        let bus = self.wire.as_ref().and_then(|wire| wire.layer.upgrade());
        self.with(|groups, now| {
            let idle = groups.tick(now);
            // Under the lock: whoever wants one of them again subscribes to it after this.
            if let Some(bus) = bus.as_ref().and_then(|layer| layer.bus()) {
                for group in idle {
                    bus.let_be(&PresenceTopic::Group(&group));
                }
            }
        });
    }
}

/// Tells others what there is to tell, until the engine is gone.
///
/// `speaks`: there is something to tell, or the engine is gone. `back`: the bus may take again what it has not taken.
async fn speak(engine: Weak<Engine>, layer: WeakLayer, (speaks, back): (Arc<Notify>, Arc<Notify>)) {
    let mut again: Option<Instant> = None;
    loop {
        let woken = async {
            tokio::select! {
                () = speaks.notified() => false,
                () = back.notified() => true,
            }
        };
        let retries = match again {
            Some(again) => timeout_at(again, woken).await.unwrap_or(true),
            None => woken.await,
        };
        if retries {
            again = None;
        }
        loop {
            let (Some(engine), Some(layer)) = (engine.upgrade(), layer.upgrade()) else {
                return;
            };
            let Some((bus, wire)) = layer.bus().zip(engine.wire.as_ref()) else {
                return;
            };
            let messages = engine.with(|groups, now| {
                if again.is_none() {
                    groups.retry();
                }
                groups.take(now, ROUND)
            });
            if messages.is_empty() {
                break;
            }
            engine.send(bus, wire, messages).await;
            if again.is_none() && engine.groups().has_failed() {
                again = Some(Instant::now() + AGAIN);
            }
            // The bus may take everything at once.
            yield_now().await;
        }
    }
}

impl Engine {
    /// Has everything go out now, in this order, and waits until the bus has taken it.
    async fn send(&self, bus: &Bus, wire: &Wire, messages: Vec<(Audience, Message)>) {
        let messages = messages.into_iter().filter_map(|(audience, message)| {
            let text = message.encode(wire.node);
            let text = text.inspect_err(|error| {
                tracing::error!(%error, "could not write who is present");
            });
            let topic = match &audience {
                Audience::All => PresenceTopic::All,
                Audience::Node(node) => PresenceTopic::Node(*node),
                Audience::Group(group) => PresenceTopic::Group(group),
            };
            let sent = bus.send(&topic, text.ok()?);
            Some((audience, sent))
        });
        let sent: Vec<_> = messages.collect();
        for (audience, sent) in sent {
            let Err(error) = sent.await else {
                continue;
            };
            tracing::debug!(%error, ?audience, "could not tell other nodes who is present");
            match audience {
                // It will be so again.
                Audience::Group(group) if matches!(error, BrokerError::TooLarge { .. }) => {
                    tracing::error!(%error, %group, "could not tell other nodes who is present");
                }
                Audience::Group(group) => self.groups().failed(&group),
                Audience::All => self.unheard(wire),
                Audience::Node(_) => {}
            }
        }
    }
}

/// Shows others that this node lives, until the engine is gone.
async fn live(engine: Weak<Engine>, clock: Clock) {
    loop {
        clock.sleep(PERIOD).await;
        let Some(engine) = engine.upgrade() else {
            return;
        };
        engine.tick();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(wire) = &self.wire {
            wire.speaks.notify_one();
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}
