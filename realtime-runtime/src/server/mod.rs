//! From consumers to a running server: the builder, the router, the end.

mod about;
mod builder;
mod document;
mod drain;
mod handshake;
mod nodes;
mod serve;

use std::{fmt, sync::Arc};

use http::{HeaderMap, StatusCode, header};
use realtime_asyncapi::spec::AppSpec;

pub use builder::{BuildError, RealtimeBuilder};

use crate::{
    auth::{Seats, Target, denials::Denials, origin::OriginPolicy},
    connection::{Clock, Limits},
    layer::ChannelLayer,
    meters::Meters,
    wire::CloseCode,
};
use drain::Drain;

/// What every connection of an application shares.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) layer: ChannelLayer,
    pub(crate) clock: Clock,
    pub(crate) limits: Arc<Limits>,
    pub(crate) origin: OriginPolicy,
    /// So that a flood of foreign origins does not fill the log.
    pub(crate) denials: Denials,
    pub(crate) drain: Drain,
    pub(crate) seats: Seats,
    /// What the document is made of.
    pub(crate) document: Arc<AppSpec>,
}

impl Engine {
    /// Counts and logs a request that is refused for its origin.
    fn refuse_origin(&self, headers: &HeaderMap, rule: &'static str, meters: &Meters) {
        meters.refused(StatusCode::FORBIDDEN.as_u16());
        let Some(unsaid) = self.denials.say(self.clock.now()) else {
            return;
        };
        let origin = headers.get(header::ORIGIN);
        let consumer = meters.consumer();
        tracing::warn!(
            consumer,
            ?origin,
            rule,
            unsaid,
            "refused a connection for its origin"
        );
    }
}

/// A set of mounted consumers, ready to be served. Cheap to clone.
///
/// ```
/// # use realtime_runtime::prelude::*;
/// # #[message(action = "ping")] pub struct Ping;
/// # #[message(action = "pong")] pub struct Pong;
/// struct Echo;
///
/// #[consumer]
/// impl Echo {
///     #[on_connect]
///     async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
///         Ok(Self)
///     }
///
///     #[ws_handler]
///     async fn ping(&mut self, _: Ping) -> Pong {
///         Pong
///     }
/// }
///
/// # fn main() -> Result<(), Error> {
/// let realtime = Realtime::builder().consumer::<Echo>("/ws").build()?;
/// let _: axum::Router = realtime.router();
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Realtime {
    engine: Arc<Engine>,
    router: axum::Router,
    meters: Arc<[Arc<Meters>]>,
}

impl Realtime {
    /// Begins an application.
    pub fn builder() -> RealtimeBuilder {
        RealtimeBuilder::new()
    }

    /// The routes of the mounted consumers, and of the documentation if there is one, to be merged into an application's own.
    pub fn router(&self) -> axum::Router {
        self.router.clone()
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The channel layer, to publish with from anywhere.
    pub fn layer(&self) -> ChannelLayer {
        self.engine.layer.clone()
    }

    /// Closes every connection of a user or a session, also those whose handshake is under way.
    ///
    /// Returns how many stood. Does not wait for them to be gone.
    pub fn kick(&self, target: Target, code: CloseCode, reason: &str) -> usize {
        self.engine.layer.kick(target, code, reason)
    }

    /// Asks again whether the connections of a user or a session may still be here, also those whose handshake is under way:
    /// [`Authenticator::recheck`](crate::Authenticator::recheck) and
    /// [`Permission::recheck`](crate::Permission::recheck).
    ///
    /// Returns how many stood. Does not wait for the answers: each connection asks when its handler in hand is done.
    pub fn recheck(&self, target: Target) -> usize {
        self.engine.layer.recheck(target)
    }

    /// How many messages the outbox policy has dropped, in all connections so far.
    pub fn dropped_messages(&self) -> u64 {
        self.meters
            .iter()
            .map(|meters| meters.dropped_messages())
            .sum()
    }

    /// How many connections stand.
    pub fn connections(&self) -> usize {
        self.engine.layer.hub().len()
    }

    /// The AsyncAPI document of the mounted consumers.
    ///
    /// # Errors
    /// When two types share a schema's name, or a path has a parameter that its consumer does not know.
    pub fn asyncapi(
        &self,
    ) -> Result<realtime_asyncapi::Document, realtime_asyncapi::DocumentError> {
        realtime_asyncapi::document(&self.engine.document)
    }
}

impl fmt::Debug for Realtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Realtime")
            .field("connections", &self.connections())
            .finish_non_exhaustive()
    }
}
