//! Two authenticators that must both know the client.

use std::{marker::PhantomData, time::SystemTime};

use http::request::Parts;
use realtime_asyncapi::spec::SecuritySpec;

use super::{Unknown, add, ask, name, neither};
use crate::auth::{Authenticator, Reject};

/// Lets a client in that both `A` and `B` know; the identity is what both say.
///
/// User and session are those of the first that has one, and the connection is closed when the first of the two expires.
/// A client that shows only the one or the other is refused with 4401. A fresh token is offered to `A`, and if that does
/// not know it, to `B`; the other part of the identity stays. A part may not become another user's or session's.
///
/// For more than two: `AllOf<A, AllOf<B, C>>`.
#[derive(Clone, Copy, Debug)]
pub struct AllOf<A, B>(PhantomData<fn() -> (A, B)>);

impl<S: Sync, A: Authenticator<S>, B: Authenticator<S>> Authenticator<S> for AllOf<A, B> {
    type Identity = (A::Identity, B::Identity);

    const REFRESHES: bool = A::REFRESHES || B::REFRESHES;

    async fn authenticate(request: &mut Parts, state: &S) -> Result<Self::Identity, Reject> {
        let first = match ask::<A, S>(request, state).await {
            Err(Unknown::Bad(reject) | Unknown::Refused(reject)) => return Err(reject),
            Err(Unknown::Silent) => None,
            Ok(identity) => Some(identity),
        };
        // Asked also if there is nothing for the first: only who shows nothing at all has no credentials.
        match (first, ask::<B, S>(request, state).await) {
            (Some(first), Ok(second)) => Ok((first, second)),
            (None, Err(Unknown::Silent)) => Err(Reject::no_credentials()),
            (_, Err(Unknown::Bad(reject) | Unknown::Refused(reject))) => Err(reject),
            (None, Ok(_)) | (Some(_), Err(Unknown::Silent)) => Err(Reject::unauthenticated(
                "a part of the credentials is missing",
            )),
        }
    }

    fn user((first, second): &Self::Identity) -> Option<String> {
        A::user(first).or_else(|| B::user(second))
    }

    fn session((first, second): &Self::Identity) -> Option<String> {
        A::session(first).or_else(|| B::session(second))
    }

    fn expires((first, second): &Self::Identity) -> Option<SystemTime> {
        let both = [A::expires(first), B::expires(second)];
        both.into_iter().flatten().min()
    }

    async fn refresh(
        (first, second): &Self::Identity,
        token: &str,
        state: &S,
    ) -> Result<Self::Identity, Reject> {
        let of_first = match refreshed::<A, S>(first, token, state).await {
            Ok(fresh) => return Ok((fresh, second.clone())),
            Err(Unknown::Refused(reject)) => return Err(reject),
            Err(unknown) => unknown,
        };
        match refreshed::<B, S>(second, token, state).await {
            Ok(fresh) => Ok((first.clone(), fresh)),
            Err(of_second) => Err(neither(of_first, of_second)),
        }
    }

    async fn recheck((first, second): &Self::Identity, state: &S) -> Result<(), Reject> {
        A::recheck(first, state).await?;
        B::recheck(second, state).await
    }

    fn security() -> Vec<SecuritySpec> {
        let (mut first, mut second) = (A::security(), B::security());
        needs(&mut first, &B::security());
        needs(&mut second, &A::security());
        first.extend(second);
        first
    }
}

/// Offers a fresh token for one part of an identity. The runtime compares user and session of the whole, which are the
/// other part's perhaps.
async fn refreshed<A: Authenticator<S>, S: Sync>(
    known: &A::Identity,
    token: &str,
    state: &S,
) -> Result<A::Identity, Unknown> {
    if !A::REFRESHES {
        return Err(Unknown::Silent);
    }
    let fresh = A::refresh(known, token, state).await?;
    if A::user(known) == A::user(&fresh) && A::session(known) == A::session(&fresh) {
        Ok(fresh)
    } else {
        let reject = Reject::forbidden("the token is another user's or session's");
        Err(Unknown::Refused(reject))
    }
}

/// AsyncAPI 3.0.0 knows alternatives only: that both are needed is said in words.
fn needs(specs: &mut [SecuritySpec], others: &[SecuritySpec]) {
    if others.is_empty() {
        return;
    }
    let names: Vec<String> = others.iter().map(name).collect();
    let sentence = format!("Not enough without {}.", names.join(" or "));
    for spec in specs {
        add(spec, &sentence);
    }
}
