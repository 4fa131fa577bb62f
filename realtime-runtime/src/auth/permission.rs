//! What a client must be allowed, beyond being known.

use std::future::Future;

use http::request::Parts;

#[expect(unused_imports, reason = "documentation refers to it")]
use super::Authenticator;
use super::Reject;
use crate::{
    consumer::Consumer,
    context::{Context, Identity},
    error::Error,
};

/// An attempt to connect, as a [`Permission`] sees it.
pub struct Attempt<'a, C: Consumer> {
    /// The HTTP request.
    pub request: &'a Parts,
    /// The parameters of the path.
    pub path: &'a C::Path,
    /// The parameters of the query.
    pub query: &'a C::Query,
    /// Who it is.
    pub identity: &'a Identity<C>,
    /// The consumer's state.
    pub state: &'a C::State,
}

impl<C: Consumer> std::fmt::Debug for Attempt<'_, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attempt")
            .field("consumer", &C::NAME)
            .finish_non_exhaustive()
    }
}

/// Says whether a client may connect to `C`, and returns what it loaded to find out.
///
/// What it returns is at hand as `cx.granted()`: what is allowed is loaded, and the other way round.
pub trait Permission<C: Consumer>: Send + Sync + 'static {
    /// What was loaded, for example the room.
    type Granted: Clone + Send + Sync + 'static;

    /// Decides.
    ///
    /// # Errors
    /// [`Reject::forbidden`], or [`Reject::not_found`] where the object does not exist; any other error refuses, too.
    fn check(attempt: Attempt<'_, C>)
    -> impl Future<Output = Result<Self::Granted, Reject>> + Send;

    /// Says whether the client is still allowed; asked together with [`Authenticator::recheck`].
    ///
    /// # Errors
    /// As there.
    fn recheck(
        _granted: &Self::Granted,
        _identity: &Identity<C>,
        _state: &C::State,
    ) -> impl Future<Output = Result<(), Reject>> + Send {
        std::future::ready(Ok(()))
    }
}

/// Says whether a client may have its message `M` handled: `#[ws_handler(permission = …)]`.
///
/// It runs before the handler, which takes what it loaded as the argument after the message: what is allowed is loaded.
///
/// ```
/// use realtime_runtime::prelude::*;
///
/// #[message(action = "delete")]
/// pub struct Delete {
///     pub note: u64,
/// }
///
/// pub struct Notes {
///     mine: Vec<u64>,
/// }
///
/// /// A note that is the client's own.
/// pub struct OwnNote(u64);
///
/// impl HandlerPermission<Notes, Delete> for OwnNote {
///     type Granted = Self;
///
///     async fn check(message: &Delete, _: &mut Context<'_, Notes>) -> Result<Self, Error> {
///         if message.note > 9 { Err(Error::forbidden()) } else { Ok(Self(message.note)) }
///     }
/// }
///
/// #[consumer]
/// impl Notes {
///     #[on_connect]
///     async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
///         Ok(Self { mine: (0..9).collect() })
///     }
///
///     #[ws_handler(permission = OwnNote)]
///     async fn delete(&mut self, _: Delete, note: OwnNote) {
///         self.mine.retain(|mine| *mine != note.0);
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a permission for `{M}` in `{C}`",
    label = "does not say whether a client may send `{M}`",
    note = "implement `HandlerPermission<{C}, {M}>` for it"
)]
pub trait HandlerPermission<C: Consumer, M>: 'static {
    /// What was loaded, for example the note; `()` if nothing.
    type Granted: Send + 'static;

    /// Decides.
    ///
    /// # Errors
    /// [`Error::forbidden`] refuses, and so does any other error: the handler does not run, the client is told as if the
    /// handler had failed with it.
    fn check(
        message: &M,
        cx: &mut Context<'_, C>,
    ) -> impl Future<Output = Result<Self::Granted, Error>> + Send;
}

/// Permissions that must all hold: `()`, one, or a tuple. They are checked in order.
pub trait Permissions<C: Consumer>: Send + Sync + 'static {
    /// What they loaded.
    type Granted: Clone + Send + Sync + 'static;

    /// Checks them all.
    ///
    /// # Errors
    /// Of the first that refuses.
    fn check(attempt: Attempt<'_, C>)
    -> impl Future<Output = Result<Self::Granted, Reject>> + Send;

    /// Checks them all again.
    ///
    /// # Errors
    /// Of the first that refuses.
    fn recheck(
        granted: &Self::Granted,
        identity: &Identity<C>,
        state: &C::State,
    ) -> impl Future<Output = Result<(), Reject>> + Send;
}

impl<C: Consumer> Permissions<C> for () {
    type Granted = ();

    async fn recheck((): &(), _: &Identity<C>, _: &C::State) -> Result<(), Reject> {
        Ok(())
    }

    async fn check(_: Attempt<'_, C>) -> Result<(), Reject> {
        Ok(())
    }
}

macro_rules! tuples {
    ($($name:ident),+) => {
        impl<C: Consumer, $($name: Permission<C>),+> Permissions<C> for ($($name,)+) {
            type Granted = ($($name::Granted,)+);

            async fn check(attempt: Attempt<'_, C>) -> Result<Self::Granted, Reject> {
                let Attempt { request, path, query, identity, state } = attempt;
                Ok(($($name::check(Attempt { request, path, query, identity, state }).await?,)+))
            }

            #[expect(non_snake_case, reason = "each is named as its permission")]
            async fn recheck(
                ($($name,)+): &Self::Granted,
                identity: &Identity<C>,
                state: &C::State,
            ) -> Result<(), Reject> {
                $($name::recheck($name, identity, state).await?;)+
                Ok(())
            }
        }
    };
}

tuples!(A);
tuples!(A, B);
tuples!(A, B, D);
tuples!(A, B, D, E);
