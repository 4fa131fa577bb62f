//! What a client must be allowed, beyond being known.

use std::future::Future;

use http::request::Parts;

use super::{Authenticator, Reject};
use crate::consumer::Consumer;

/// An attempt to connect, as a [`Permission`] sees it.
pub struct Attempt<'a, C: Consumer> {
    /// The HTTP request.
    pub request: &'a Parts,
    /// The parameters of the path.
    pub path: &'a C::Path,
    /// The parameters of the query.
    pub query: &'a C::Query,
    /// Who it is.
    pub identity: &'a <C::Auth as Authenticator<C::State>>::Identity,
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
}

impl<C: Consumer> Permissions<C> for () {
    type Granted = ();

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
        }
    };
}

tuples!(A);
tuples!(A, B);
tuples!(A, B, D);
tuples!(A, B, D, E);
