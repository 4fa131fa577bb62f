//! From consumers to a running server: the builder, the router, the end.

mod builder;
mod drain;
mod handshake;
mod serve;

use std::{fmt, sync::Arc};

pub use builder::{BuildError, RealtimeBuilder};

use crate::{
    auth::{Target, origin::OriginPolicy},
    connection::{Clock, Limits},
    layer::ChannelLayer,
    wire::CloseCode,
};
use drain::Drain;

/// What every connection of an application shares.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) layer: ChannelLayer,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) origin: OriginPolicy,
    pub(crate) drain: Drain,
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
    document: Arc<realtime_asyncapi::spec::AppSpec>,
}

impl Realtime {
    /// Begins an application.
    pub fn builder() -> RealtimeBuilder {
        RealtimeBuilder::new()
    }

    /// The routes of the mounted consumers, to be merged into an application's own.
    pub fn router(&self) -> axum::Router {
        self.router.clone()
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
        realtime_asyncapi::document(&self.document)
    }
}

impl fmt::Debug for Realtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Realtime")
            .field("connections", &self.connections())
            .finish_non_exhaustive()
    }
}
