//! Who may connect: the origin check, authenticators, permissions, and ending what was granted.

mod combine;
#[cfg(any(feature = "auth-jwt", feature = "auth-session"))]
mod cookies;
pub(crate) mod denials;
#[cfg(feature = "auth-jwt")]
pub mod jwt;
pub(crate) mod origin;
mod permission;
mod registry;
mod reject;
mod seats;
#[cfg(feature = "auth-session")]
pub mod session;
mod subprotocol;

use std::{future::Future, time::SystemTime};

use http::request::Parts;
use realtime_asyncapi::spec::SecuritySpec;

pub use combine::{AllOf, AnyOf, Either, Optional};
pub use origin::OriginError;
pub use permission::{Attempt, HandlerPermission, Permission, Permissions};
pub use registry::Target;
pub(crate) use registry::{Registered, Registry};
pub use reject::Reject;
pub(crate) use reject::{Refusal, Told};
pub(crate) use seats::{Seat, Seats};
pub(crate) use subprotocol::Selected;
pub use subprotocol::{offered_subprotocols, select_subprotocol};

/// Says who a client is, from its HTTP request, before any consumer exists.
///
/// `S` is the consumer's state. An error refuses the connection: nothing fails open.
///
/// ```
/// use http::request::Parts;
/// use realtime_runtime::prelude::*;
///
/// /// Trusts a header that a proxy sets.
/// struct ProxyAuth;
///
/// impl<S: Sync> Authenticator<S> for ProxyAuth {
///     type Identity = String;
///
///     async fn authenticate(request: &mut Parts, _: &S) -> Result<String, Reject> {
///         let user = request.headers.get("x-user").and_then(|value| value.to_str().ok());
///         user.map(str::to_owned).ok_or_else(|| Reject::unauthenticated("no user"))
///     }
///
///     fn user(identity: &String) -> Option<String> {
///         Some(identity.clone())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an authenticator for a consumer whose state is `{S}`",
    note = "implement `Authenticator<{S}>` for it, or give the consumer `state = …`"
)]
pub trait Authenticator<S>: Send + Sync + 'static {
    /// What is known of the client.
    type Identity: Clone + Send + Sync + 'static;

    /// Whether clients may show fresh credentials with a `refresh` message, for [`refresh`](Self::refresh).
    const REFRESHES: bool = false;

    /// Says who sent the request.
    ///
    /// # Errors
    /// A [`Reject`]; any other error converts with `?`, closes with 1011 and is logged, never shown.
    ///
    /// # Cancel safety
    /// Dropped when the client leaves or the handshake deadline passes.
    fn authenticate(
        request: &mut Parts,
        state: &S,
    ) -> impl Future<Output = Result<Self::Identity, Reject>> + Send;

    /// The user, for [`Target::user`]; `None` if there is none.
    fn user(_identity: &Self::Identity) -> Option<String> {
        None
    }

    /// The session, for [`Target::session`]; `None` if there is none.
    fn session(_identity: &Self::Identity) -> Option<String> {
        None
    }

    /// When the credentials expire: the connection is then closed with 4401. `None`: they do not.
    fn expires(_identity: &Self::Identity) -> Option<SystemTime> {
        None
    }

    /// Says who shows a fresh token on a connection that stands; asked only if it [`REFRESHES`](Self::REFRESHES).
    ///
    /// It must be the same user and the same session; the identity of the connection is then replaced. The client gets an
    /// `authentication` message either way. After a refusal the connection stands until the old credentials expire.
    ///
    /// # Errors
    /// As [`authenticate`](Self::authenticate), but nothing is closed.
    fn refresh(
        _identity: &Self::Identity,
        _token: &str,
        _state: &S,
    ) -> impl Future<Output = Result<Self::Identity, Reject>> + Send {
        std::future::ready(Err(Reject::forbidden("there is nothing to refresh")))
    }

    /// Says whether the client may still be here: asked again and again if the builder says
    /// [`recheck_every`](crate::RealtimeBuilder::recheck_every), and after [`Realtime::recheck`](crate::Realtime::recheck).
    ///
    /// # Errors
    /// A [`Reject`] closes the connection with its code; any other error closes with 1011, so nothing fails open.
    fn recheck(
        _identity: &Self::Identity,
        _state: &S,
    ) -> impl Future<Output = Result<(), Reject>> + Send {
        std::future::ready(Ok(()))
    }

    /// How a client authenticates, for the document: alternatives.
    fn security() -> Vec<SecuritySpec> {
        Vec::new()
    }
}

/// Everybody may connect; the identity is `()`. The default of a consumer.
#[derive(Clone, Copy, Debug)]
pub struct Anyone;

impl<S: Sync> Authenticator<S> for Anyone {
    type Identity = ();

    async fn authenticate(_: &mut Parts, _: &S) -> Result<(), Reject> {
        Ok(())
    }
}
