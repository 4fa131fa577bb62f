//! Clients that may be known and need not.

use std::{marker::PhantomData, time::SystemTime};

use http::request::Parts;
use realtime_asyncapi::spec::SecuritySpec;

use super::{Unknown, add, ask};
use crate::auth::{Authenticator, Reject};

/// Lets a client in that shows no credentials at all, too: its identity is `None`.
///
/// Bad credentials refuse as they do with `A` alone, so that the client learns of it, and so does an authenticator that
/// breaks. A stranger cannot become known by a `refresh` message: it connects anew.
#[derive(Clone, Copy, Debug)]
pub struct Optional<A>(PhantomData<fn() -> A>);

impl<S: Sync, A: Authenticator<S>> Authenticator<S> for Optional<A> {
    type Identity = Option<A::Identity>;

    const REFRESHES: bool = A::REFRESHES;

    async fn authenticate(request: &mut Parts, state: &S) -> Result<Self::Identity, Reject> {
        match ask::<A, S>(request, state).await {
            Ok(identity) => Ok(Some(identity)),
            Err(Unknown::Silent) => Ok(None),
            Err(Unknown::Bad(reject) | Unknown::Refused(reject)) => Err(reject),
        }
    }

    fn user(identity: &Self::Identity) -> Option<String> {
        identity.as_ref().and_then(A::user)
    }

    fn session(identity: &Self::Identity) -> Option<String> {
        identity.as_ref().and_then(A::session)
    }

    fn expires(identity: &Self::Identity) -> Option<SystemTime> {
        identity.as_ref().and_then(A::expires)
    }

    async fn refresh(
        identity: &Self::Identity,
        token: &str,
        state: &S,
    ) -> Result<Self::Identity, Reject> {
        match identity {
            Some(identity) => A::refresh(identity, token, state).await.map(Some),
            None => Err(Reject::forbidden("there is nothing to refresh")),
        }
    }

    async fn recheck(identity: &Self::Identity, state: &S) -> Result<(), Reject> {
        match identity {
            Some(identity) => A::recheck(identity, state).await,
            None => Ok(()),
        }
    }

    fn security() -> Vec<SecuritySpec> {
        let mut security = A::security();
        for spec in &mut security {
            add(spec, "May be left out.");
        }
        security
    }
}
