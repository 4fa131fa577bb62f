//! What the tasks of a broker share.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock},
    time::{Duration, Instant},
};

use bytes::Bytes;
use realtime_runtime::broker::{BrokerError, Gap, Health, Inbox};
use redis::{RedisError, ServerError};
use tokio::sync::{Notify, Semaphore, oneshot};

use crate::{
    endpoint::Dialer,
    link::Link,
    meters::Meters,
    publisher::Job,
    router::Router,
    topics::{Settled, Topics},
};

/// How often refusals are logged: every message may be refused.
const REFUSALS: Duration = Duration::from_secs(1);

/// The settings that matter once it runs.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) prefix: String,
    pub(crate) max_message_bytes: usize,
    pub(crate) publish_timeout: Duration,
    pub(crate) waiting: usize,
    pub(crate) waiting_bytes: usize,
    pub(crate) probe: Duration,
    pub(crate) backoff: (Duration, Duration),
}

pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) dialer: Dialer,
    /// A cluster: channels belong to slots.
    pub(crate) sharded: bool,
    pub(crate) meters: Meters,
    /// To look again which server has what.
    pub(crate) look: Notify,
    /// Locked before the topics of a link.
    pub(crate) router: RwLock<Router>,
    inbox: OnceLock<Inbox>,
    telling: Mutex<()>,
    /// When a refusal was logged last.
    refused: Mutex<Option<Instant>>,
    room: [Arc<Semaphore>; 2],
}

/// While it is held nobody else tells a gap: gaps are told in the order of what has happened.
pub(crate) struct Telling<'a> {
    shared: &'a Shared,
    _turn: MutexGuard<'a, ()>,
}

impl Telling<'_> {
    pub(crate) fn gap(&self, gap: Gap) {
        if gap.topics.as_ref().is_some_and(Vec::is_empty) {
            return;
        }
        if !gap.over {
            self.shared.meters.gap();
        }
        if let Some(inbox) = self.shared.inbox() {
            inbox.gap(gap);
        }
    }
}

impl Shared {
    pub(crate) fn new(settings: Settings, dialer: Dialer, sharded: bool, router: Router) -> Self {
        let bytes = settings.waiting_bytes.max(settings.max_message_bytes);
        let room = [settings.waiting, bytes]
            .map(|most| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))));
        Self {
            settings,
            dialer,
            sharded,
            meters: Meters,
            look: Notify::new(),
            router: RwLock::new(router),
            inbox: OnceLock::new(),
            telling: Mutex::default(),
            refused: Mutex::default(),
            room,
        }
    }

    /// Whether this was the first.
    pub(crate) fn set_inbox(&self, inbox: Inbox) -> bool {
        self.inbox.set(inbox).is_ok()
    }

    /// Where messages and gaps go; before the start, nowhere.
    pub(crate) fn inbox(&self) -> Option<&Inbox> {
        self.inbox.get()
    }

    pub(crate) fn telling(&self) -> Telling<'_> {
        let _turn = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        Telling {
            shared: self,
            _turn,
        }
    }

    /// Which topics a gap of a server is of.
    pub(crate) fn concerned(&self, topics: &Topics) -> Option<Vec<Arc<str>>> {
        self.sharded.then(|| topics.wanted())
    }

    pub(crate) fn channel(&self, topic: &str) -> String {
        format!("{}:{topic}", self.settings.prefix)
    }

    pub(crate) fn topic<'c>(&self, channel: &'c [u8]) -> Option<&'c str> {
        let rest = channel.strip_prefix(self.settings.prefix.as_bytes())?;
        std::str::from_utf8(rest.strip_prefix(b":")?).ok()
    }

    /// The link that a topic belongs to.
    fn with_link<T>(&self, channel: &str, act: impl FnOnce(&Link) -> T) -> T {
        let router = self.router.read().unwrap_or_else(PoisonError::into_inner);
        act(router.link(channel))
    }

    pub(crate) fn subscribe(&self, topic: &str) -> Option<Settled> {
        let settled = self.with_link(&self.channel(topic), |link| {
            let settled = link.topics().want(topic);
            if settled.is_some() {
                link.wake();
            }
            settled
        });
        if settled.is_none() && self.sharded {
            // When its server was lost the gap was one of the topics that were wanted then.
            self.late(topic);
        }
        settled
    }

    pub(crate) fn unsubscribe(&self, topic: &str) {
        self.with_link(&self.channel(topic), |link| {
            link.topics().unwant(topic);
            link.wake();
        });
    }

    /// Somebody goes on although a topic is not confirmed: what is missed is told.
    pub(crate) fn late(&self, topic: &str) {
        let tell = self.telling();
        if self.with_link(&self.channel(topic), |link| link.topics().late(topic)) {
            tell.gap(Gap {
                topics: Some(vec![topic.into()]),
                over: false,
            });
        }
    }

    pub(crate) fn publish(
        &self,
        topic: &str,
        message: Bytes,
    ) -> Result<oneshot::Receiver<Result<(), BrokerError>>, BrokerError> {
        let limit = self.settings.max_message_bytes;
        if message.len() > limit {
            return Err(BrokerError::TooLarge { limit });
        }
        let channel = self.channel(topic);
        self.with_link(&channel, |link| {
            // Before it is full: what fails at once is not under way.
            if link.publisher.is_down() {
                return Err(BrokerError::Unavailable);
            }
            let [places, bytes] = self.room.each_ref().map(Arc::clone);
            let place = places.try_acquire_owned().map_err(|_| BrokerError::Full)?;
            let size = u32::try_from(message.len()).map_err(|_| BrokerError::Full)?;
            let space = bytes
                .try_acquire_many_owned(size)
                .map_err(|_| BrokerError::Full)?;
            let (done, outcome) = oneshot::channel();
            link.publisher.publish(Job {
                channel: channel.clone(),
                message,
                done: Some(done),
                _room: Some([place, space]),
            })?;
            Ok(outcome)
        })
    }

    /// Redis has refused a command.
    pub(crate) fn refused(&self, error: &ServerError) {
        let mut logged = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.is_none_or(|last| last.elapsed() > REFUSALS) {
            *logged = Some(Instant::now());
            tracing::warn!(code = error.code(), "Redis refuses a command");
        }
        // Most likely the channel belongs to another server now.
        self.look.notify_one();
    }

    pub(crate) fn health(&self) -> Health {
        let router = self.router.read().unwrap_or_else(PoisonError::into_inner);
        if router.is_up() {
            Health::Up
        } else {
            Health::Down
        }
    }

    pub(crate) fn health_changed(&self) {
        self.meters.up(self.health() == Health::Up);
    }
}

/// What the log says of an error: what a server answers may quote a password, and is left out.
pub(crate) fn reason(error: &RedisError) -> Cow<'static, str> {
    match error.code() {
        Some(code) => code.to_owned().into(),
        None if error.is_io_error() => error.to_string().into(),
        None => error.category().to_owned().into(),
    }
}
