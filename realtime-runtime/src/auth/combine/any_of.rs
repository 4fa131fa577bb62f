//! The first authenticator that knows the client.

use std::{marker::PhantomData, time::SystemTime};

use http::request::Parts;
use realtime_asyncapi::spec::SecuritySpec;

use super::{Unknown, ask, neither};
use crate::auth::{Authenticator, Reject};

/// Lets a client in that `A` or `B` knows; the identity says which.
///
/// `B` is asked where `A` finds no credentials, or bad ones: [`Reject::no_credentials`] or close 4401. Any other refusal of
/// `A`, above all an error, refuses at once. If neither knows the client, it is told the first refusal that had
/// credentials to go by. An [`Optional`](super::Optional) belongs around it, not within: there it would let a client in
/// whose credentials are bad for the other.
///
/// For more than two: `AnyOf<A, AnyOf<B, C>>`.
///
/// ```
/// # use http::request::Parts;
/// use realtime_runtime::{
///     auth::{AnyOf, Either},
///     prelude::*,
/// };
/// # pub struct TokenAuth;
/// # impl<S: Sync> Authenticator<S> for TokenAuth {
/// #     type Identity = u64;
/// #     async fn authenticate(_: &mut Parts, _: &S) -> Result<u64, Reject> {
/// #         Err(Reject::no_credentials())
/// #     }
/// # }
/// # pub struct CookieAuth;
/// # impl<S: Sync> Authenticator<S> for CookieAuth {
/// #     type Identity = String;
/// #     async fn authenticate(_: &mut Parts, _: &S) -> Result<String, Reject> {
/// #         Err(Reject::no_credentials())
/// #     }
/// # }
///
/// pub struct Inbox {
///     owner: String,
/// }
///
/// #[consumer(auth = AnyOf<TokenAuth, CookieAuth>)]
/// impl Inbox {
///     #[on_connect]
///     async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
///         let owner = match cx.identity() {
///             Either::Left(robot) => format!("robot {robot}"),
///             Either::Right(user) => user.clone(),
///         };
///         Ok(Self { owner })
///     }
/// }
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AnyOf<A, B>(PhantomData<fn() -> (A, B)>);

/// What one of two authenticators says of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Either<A, B> {
    /// The first knows it.
    Left(A),
    /// The second does.
    Right(B),
}

impl<T> Either<T, T> {
    /// What was said, where it does not matter by whom.
    pub fn into_inner(self) -> T {
        match self {
            Self::Left(identity) | Self::Right(identity) => identity,
        }
    }
}

impl<S: Sync, A: Authenticator<S>, B: Authenticator<S>> Authenticator<S> for AnyOf<A, B> {
    type Identity = Either<A::Identity, B::Identity>;

    const REFRESHES: bool = A::REFRESHES || B::REFRESHES;

    async fn authenticate(request: &mut Parts, state: &S) -> Result<Self::Identity, Reject> {
        let first = match ask::<A, S>(request, state).await {
            Ok(identity) => return Ok(Either::Left(identity)),
            Err(Unknown::Refused(reject)) => return Err(reject),
            Err(unknown) => unknown,
        };
        match ask::<B, S>(request, state).await {
            Ok(identity) => Ok(Either::Right(identity)),
            Err(second) => Err(neither(first, second)),
        }
    }

    fn user(identity: &Self::Identity) -> Option<String> {
        match identity {
            Either::Left(identity) => A::user(identity),
            Either::Right(identity) => B::user(identity),
        }
    }

    fn session(identity: &Self::Identity) -> Option<String> {
        match identity {
            Either::Left(identity) => A::session(identity),
            Either::Right(identity) => B::session(identity),
        }
    }

    fn expires(identity: &Self::Identity) -> Option<SystemTime> {
        match identity {
            Either::Left(identity) => A::expires(identity),
            Either::Right(identity) => B::expires(identity),
        }
    }

    /// Asks the one that knows the client already.
    async fn refresh(
        identity: &Self::Identity,
        token: &str,
        state: &S,
    ) -> Result<Self::Identity, Reject> {
        match identity {
            Either::Left(known) if A::REFRESHES => {
                A::refresh(known, token, state).await.map(Either::Left)
            }
            Either::Right(known) if B::REFRESHES => {
                B::refresh(known, token, state).await.map(Either::Right)
            }
            _ => Err(Reject::forbidden("there is nothing to refresh")),
        }
    }

    async fn recheck(identity: &Self::Identity, state: &S) -> Result<(), Reject> {
        match identity {
            Either::Left(identity) => A::recheck(identity, state).await,
            Either::Right(identity) => B::recheck(identity, state).await,
        }
    }

    fn security() -> Vec<SecuritySpec> {
        let mut alternatives = A::security();
        for spec in B::security() {
            if !alternatives.contains(&spec) {
                alternatives.push(spec);
            }
        }
        alternatives
    }
}
