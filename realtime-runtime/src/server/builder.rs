//! What an application is made of, and its settings.

use std::{
    any::{Any, TypeId, type_name},
    collections::HashMap,
    sync::Arc,
    time::Duration,
};

use axum::routing::{MethodRouter, get};
use realtime_asyncapi::{Document, DocumentError, spec::ChannelSpec};
use tokio::runtime::Handle;

use super::{Drain, Engine, Realtime, about::About, document::channel, handshake::handshake};
#[cfg(feature = "docs")]
use crate::docs::Docs;
use crate::{
    auth::{
        OriginError, Seats,
        denials::Denials,
        origin::{OriginPolicy, Pattern},
    },
    connection::{Clock, Limits, OutboxPolicy},
    consumer::{Consumer, Incoming},
    layer::{Bus, ChannelLayer, Events, Listeners, broker::Broker},
    meters::Meters,
    presence,
};

/// Builds a [`Realtime`]: consumers, state, limits.
///
/// Its [`asyncapi`](Self::asyncapi) needs no state, so a build script can call it.
#[derive(Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct RealtimeBuilder {
    pub(super) mounts: Vec<Mount>,
    states: States,
    pub(super) origin: Result<OriginPolicy, OriginError>,
    pub(super) limits: Limits,
    pub(super) drain: Drain,
    pub(super) about: About,
    pub(crate) presence: presence::Settings,
    pub(super) broker: Option<Box<dyn Broker>>,
    pub(super) listeners: Listeners,
    #[cfg(feature = "docs")]
    docs: Option<Docs>,
}

/// No deadline is further away: times that are added to it must not overflow.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

fn sane(duration: Duration) -> Duration {
    duration.clamp(Duration::from_millis(10), LONGEST)
}

/// The values given with `state`, by type.
#[derive(Debug, Default)]
struct States(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl States {
    fn get<S: Clone + 'static>(&self) -> Option<S> {
        self.0.get(&TypeId::of::<S>())?.downcast_ref::<S>().cloned()
    }
}

/// Makes the route of a consumer.
type Install = fn(&Arc<Engine>, &Arc<Meters>, &States, &str) -> Result<MethodRouter, BuildError>;

/// A consumer at a path.
#[derive(Debug)]
pub(super) struct Mount {
    pub(super) path: String,
    name: &'static str,
    type_id: TypeId,
    pub(super) channel: fn(&str, &Limits) -> ChannelSpec,
    meters: fn() -> Meters,
    install: Install,
    events: fn(&mut Events),
}

/// Why an application cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Two consumers of one name would share their groups.
    #[error("two consumers are named `{0}`: give one of them another `#[consumer(name = \"…\")]`")]
    DuplicateName(&'static str),
    /// A path that matches what another one matches.
    #[error("something else is mounted where `{0}` would be: give one of them another path")]
    DuplicatePath(String),
    /// A path that axum cannot route, or that the documentation cannot be at.
    #[error(
        "`{0}` is not a path: it begins with `/`, and its parameters are written `{{name}}`; those of the documentation \
         have none"
    )]
    Path(String),
    /// A consumer needs state that was not given.
    #[error("the consumer `{consumer}` needs a `{state}`: give one with `.state(…)`")]
    MissingState {
        /// The consumer.
        consumer: &'static str,
        /// The type of its state.
        state: &'static str,
    },
    /// An origin that cannot be in the allow-list.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// There is no document that the documentation could show.
    #[cfg(feature = "docs")]
    #[error(transparent)]
    Document(#[from] DocumentError),
}

impl RealtimeBuilder {
    pub(super) fn new() -> Self {
        let mut states = States::default();
        states.0.insert(TypeId::of::<()>(), Box::new(()));
        Self {
            mounts: Vec::new(),
            states,
            origin: Ok(OriginPolicy::SameHost),
            limits: Limits::default(),
            drain: Drain::default(),
            about: About::default(),
            presence: presence::Settings::default(),
            broker: None,
            listeners: Listeners::default(),
            #[cfg(feature = "docs")]
            docs: None,
        }
    }

    /// Gives consumers their state: each gets a clone of the value whose type it names with `state = …`.
    ///
    /// May be called once for each type; a second value of a type replaces the first.
    pub fn state<S: Clone + Send + Sync + 'static>(mut self, state: S) -> Self {
        self.states.0.insert(TypeId::of::<S>(), Box::new(state));
        self
    }

    /// Mounts a consumer at a path, with parameters as axum writes them: `/ws/rooms/{room}`.
    ///
    /// One consumer may be mounted at several paths; its connections then share its groups.
    pub fn consumer<C: Consumer>(mut self, path: &str) -> Self {
        self.listeners.add::<C>();
        self.mounts.push(Mount {
            path: path.to_owned(),
            name: C::NAME,
            type_id: TypeId::of::<C>(),
            channel: channel::<C>,
            meters: || Meters::new(C::NAME, <C::Incoming as Incoming>::TAGS),
            install: install::<C>,
            events: Events::add::<C>,
        });
        self
    }

    /// Lets these origins connect, instead of the one whose host and port are those of `Host`.
    ///
    /// `https://example.com` compares scheme, host and port; `example.com` the host only; `.example.com` the domain and
    /// its subdomains. A wildcard fails [`build`](Self::build). Beyond the list: HTTP 403, and a line in the log.
    pub fn allowed_origins<I>(mut self, origins: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let patterns = origins
            .into_iter()
            .map(|text| Pattern::parse(text.as_ref()))
            .collect();
        self.origin = Result::map(patterns, OriginPolicy::Listed);
        self
    }

    /// Lets any origin connect, and clients that send none, such as programs.
    ///
    /// Do this only where cookies do not authenticate: any page could then speak for its visitor.
    pub fn any_origin(mut self) -> Self {
        self.origin = Ok(OriginPolicy::Any);
        self
    }

    /// Largest message, in bytes. Default 64 KiB. Beyond it the connection is closed with 1009.
    pub fn max_message_bytes(mut self, bytes: usize) -> Self {
        self.limits.message_bytes = bytes;
        self
    }

    /// Largest frame, in bytes; a message may come in several. Default: as large as a message. Beyond it the connection is
    /// closed with 1009.
    pub fn max_frame_bytes(mut self, bytes: usize) -> Self {
        self.limits.frame_bytes = Some(bytes);
        self
    }

    /// Frames per second of one connection, and how many in a burst. Default 200 and 400.
    ///
    /// Beyond it a frame is answered with the error `rate_limited`, and its handler does not run.
    pub fn frames_per_second(mut self, frames: u32, burst: u32) -> Self {
        self.limits.frames_per_second = Some(frames);
        self.limits.burst = burst;
        self
    }

    /// Lets clients send as many frames per second as they can.
    pub fn unlimited_frames(mut self) -> Self {
        self.limits.frames_per_second = None;
        self
    }

    /// What may wait for a client that reads slowly: messages and bytes. Default 1024 and 1 MiB.
    ///
    /// Beyond either the [`outbox_policy`](Self::outbox_policy) says what happens. Replies are not counted: while they
    /// wait, no further frame is handled.
    pub fn outbox(mut self, messages: usize, bytes: usize) -> Self {
        self.limits.outbox_messages = messages;
        self.limits.outbox_bytes = bytes;
        self
    }

    /// What happens when more waits for a client than its outbox takes. Default [`OutboxPolicy::Disconnect`]: close 1013.
    pub fn outbox_policy(mut self, policy: OutboxPolicy) -> Self {
        self.limits.outbox_policy = policy;
        self
    }

    /// How long a client may take nothing of what waits to be written to it, from 10 ms to a year. Default 30 s.
    ///
    /// Beyond it the connection is closed with 1013.
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.limits.write_timeout = Some(sane(timeout));
        self
    }

    /// How long neither side may send a message, from 10 ms to a year, while no handler or stream is at work either; pings do
    /// not count. Off unless set.
    ///
    /// Beyond it the connection is closed with 1000, so that its client does not come back by itself. With it, a broadcast
    /// wakes the task of each member in place of writing straight to its socket, which costs more processor time.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.limits.idle_timeout = Some(sane(timeout));
        self
    }

    /// Connections in all, those included that are being set up. Off unless set.
    ///
    /// Beyond it a connection is closed with 4429 before anybody asks who it is, for the client to try again later.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.limits.connections = Some(connections);
        self
    }

    /// Connections of one user, by what [`Authenticator::user`](crate::Authenticator::user) says, in this process. Off unless set.
    ///
    /// Beyond it a connection is closed with 4429; those that stand are left alone.
    pub fn max_connections_per_user(mut self, connections: usize) -> Self {
        self.limits.connections_per_user = Some(connections);
        self
    }

    /// How often each connection asks whether its client may still be here, from 10 ms to a year:
    /// [`Authenticator::recheck`](crate::Authenticator::recheck) and [`Permission::recheck`](crate::Permission::recheck). Off unless set.
    ///
    /// A client that may not is gone within this time, or when its handler in hand is done. The first time comes after
    /// half of it or more, so that connections which came at once do not ask at once.
    pub fn recheck_every(mut self, interval: Duration) -> Self {
        self.limits.recheck = Some(sane(interval));
        self
    }

    /// Streams of replies and spawned handlers that one connection may have under way. Default 32.
    ///
    /// Beyond it a frame that would begin one is answered with the error `rate_limited`, and its handler does not run.
    pub fn max_concurrent(mut self, requests: usize) -> Self {
        self.limits.beside = requests;
        self
    }

    /// Groups that one connection may be in. Default 128. Beyond it `join` fails.
    pub fn max_groups(mut self, groups: usize) -> Self {
        self.limits.groups = groups;
        self
    }

    /// How long authentication, permissions and `#[on_connect]` may take together, at most 60 s. Default 10 s.
    ///
    /// Beyond it the connection is closed with 1011, for the client to try again.
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.limits.handshake = timeout.min(Duration::from_secs(60));
        self
    }

    /// How long a client may take to send the head of its HTTP request to [`Realtime::serve`], from 10 ms to a year. Default
    /// 10 s. Beyond it the TCP connection is closed. A server of the application's own has a limit of its own, or none.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.limits.request_head = sane(timeout);
        self
    }

    /// Time between pings, and how long a pong may take, each from 10 ms to a year. Default 25 s and 10 s.
    ///
    /// Without a pong, or anything else from the client, in that time the connection is closed with 4408.
    pub fn heartbeat(mut self, interval: Duration, timeout: Duration) -> Self {
        self.limits.ping_interval = Some(sane(interval));
        self.limits.pong_timeout = sane(timeout);
        self
    }

    /// Sends no pings: a client that vanishes is only noticed by the operating system.
    pub fn no_heartbeat(mut self) -> Self {
        self.limits.ping_interval = None;
        self
    }

    /// Bytes read at once from a connection. Default 4 KiB, at least 512. An idle connection holds none of them.
    ///
    /// A larger message makes the buffer grow while it is read.
    pub fn read_buffer(mut self, bytes: usize) -> Self {
        self.limits.read_buffer = bytes.max(512);
        self
    }

    /// How long [`Realtime::serve`] may take to end, and over which part of it connections are closed.
    ///
    /// Default 30 s and 5 s; the window is at most a third of the deadline. Fewer connections than one for each 5 ms are closed faster. Two thirds into the deadline a
    /// handler that still runs is given 5 s more, so that `#[on_disconnect]` runs in any case. What is still there at the
    /// end is cut off.
    pub fn drain(mut self, deadline: Duration, window: Duration) -> Self {
        self.drain = Drain::new(deadline.min(LONGEST), window.min(LONGEST));
        self
    }

    /// Serves a page that shows the document and talks to this server. Off unless called; a second call replaces the first.
    ///
    /// Everybody who reaches it may read it: see [`Docs`] for where it is, and the book for how to guard it.
    #[cfg(feature = "docs")]
    pub fn docs(mut self, docs: impl Into<Docs>) -> Self {
        self.docs = Some(docs.into());
        self
    }

    /// The AsyncAPI document of the mounted consumers. Needs no state.
    ///
    /// # Errors
    /// When two types share a schema's name, or a path has a parameter that its consumer does not know.
    pub fn asyncapi(&self) -> Result<Document, DocumentError> {
        realtime_asyncapi::document(&self.spec())
    }

    /// Checks everything that can be checked before the first connection.
    ///
    /// # Errors
    /// A name or path used twice, missing state, an origin that is a wildcard; with [`docs`](Self::docs), a document that
    /// cannot be made.
    pub fn build(self) -> Result<Realtime, BuildError> {
        self.check_names_and_paths()?;
        let document = self.spec();
        #[cfg(feature = "docs")]
        let docs = match &self.docs {
            Some(docs) => docs.routes(&realtime_asyncapi::document(&document)?),
            None => Vec::new(),
        };
        let clock = Clock::new();
        let bus = self.broker.map(|broker| {
            let mut events = Events::default();
            for mount in &self.mounts {
                (mount.events)(&mut events);
            }
            Bus::new(broker, events)
        });
        let layer = ChannelLayer::new(clock.clone(), self.presence, bus, self.listeners);
        if layer.bus().is_some() && Handle::try_current().is_ok() {
            // Before the first connection of this node a thread may publish to those of others.
            layer.queue().start();
        }
        let engine = Arc::new(Engine {
            layer,
            clock,
            limits: Arc::new(self.limits),
            origin: self.origin?,
            denials: Denials::default(),
            drain: self.drain,
            seats: Seats::default(),
            document: Arc::new(document),
        });
        // One for each consumer, wherever it is mounted.
        let mut meters: HashMap<&'static str, Arc<Meters>> = HashMap::new();
        let mut router = axum::Router::new();
        let mut paths = matchit::Router::new();
        for mount in &self.mounts {
            let of_consumer = meters
                .entry(mount.name)
                .or_insert_with(|| Arc::new((mount.meters)()));
            let route = (mount.install)(&engine, of_consumer, &self.states, &mount.path)?;
            // axum panics on a path that is in another's way; its own matcher, asked first, returns an error.
            paths
                .insert(&mount.path, ())
                .map_err(|_| BuildError::DuplicatePath(mount.path.clone()))?;
            router = router.route(&mount.path, route);
        }
        #[cfg(feature = "docs")]
        for (path, route) in docs {
            paths
                .insert(&path, ())
                .map_err(|_| BuildError::DuplicatePath(path.clone()))?;
            router = router.route(&path, route);
        }
        Ok(Realtime {
            engine,
            router,
            meters: meters.into_values().collect(),
        })
    }

    fn check_names_and_paths(&self) -> Result<(), BuildError> {
        for (index, mount) in self.mounts.iter().enumerate() {
            if !is_path(&mount.path) {
                return Err(BuildError::Path(mount.path.clone()));
            }
            for other in &self.mounts[..index] {
                if other.path == mount.path {
                    return Err(BuildError::DuplicatePath(mount.path.clone()));
                }
                if other.name == mount.name && other.type_id != mount.type_id {
                    return Err(BuildError::DuplicateName(mount.name));
                }
            }
        }
        #[cfg(feature = "docs")]
        if let Some(path) = self.docs.as_ref().and_then(|docs| docs.not_a_path(is_path)) {
            return Err(BuildError::Path(path.to_owned()));
        }
        Ok(())
    }
}

/// Whether axum can route it: its segments are text, `{name}`, or `{*name}` at the end.
fn is_path(path: &str) -> bool {
    let Some(path) = path.strip_prefix('/') else {
        return false;
    };
    let last = path.split('/').count() - 1;
    path.split('/').enumerate().all(|(index, segment)| {
        let name = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        match name.map(|name| {
            name.strip_prefix('*')
                .map_or((name, false), |name| (name, true))
        }) {
            Some((name, rest)) => {
                let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
                !name.is_empty() && name.chars().all(fits) && (!rest || index == last)
            }
            None => !segment.contains(['{', '}', '?', '#']) && !segment.starts_with([':', '*']),
        }
    })
}

fn install<C: Consumer>(
    engine: &Arc<Engine>,
    meters: &Arc<Meters>,
    states: &States,
    path: &str,
) -> Result<MethodRouter, BuildError> {
    let state = states.get::<C::State>().ok_or(BuildError::MissingState {
        consumer: C::NAME,
        state: type_name::<C::State>(),
    })?;
    let (engine, meters) = (Arc::clone(engine), Arc::clone(meters));
    let address: Arc<str> = path.into();
    Ok(get(move |request| {
        handshake::<C>(
            Arc::clone(&engine),
            Arc::clone(&meters),
            state.clone(),
            Arc::clone(&address),
            request,
        )
    }))
}
