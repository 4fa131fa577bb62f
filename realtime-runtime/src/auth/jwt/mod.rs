//! JSON Web Tokens as credentials (RFC 7519).

mod keys;
mod sources;

use std::{marker::PhantomData, time::SystemTime};

use axum::extract::FromRef;
use http::request::Parts;
use realtime_asyncapi::spec::SecuritySpec;
use serde::{Deserialize, de::DeserializeOwned};

use super::{Authenticator, Reject};
use sources::Found;

pub use jsonwebtoken::{Algorithm, DecodingKey};
pub use keys::Jwt;
pub use sources::{BearerHeader, TokenSource, TokenSources};

/// Lets a client in that shows a token which the state's [`Jwt`] verifies.
///
/// `T` are the claims that the application reads, `F` where the token is looked for: by default in the header
/// `Authorization`. The user is `sub`, the session `sid`. The connection is closed with 4401 when the token expires, unless
/// the client has shown a fresh one with a `refresh` message: with the same `sub` and `sid`, and not without `sub`.
///
/// ```
/// use axum::extract::FromRef;
/// use realtime_runtime::{
///     auth::jwt::{Jwt, JwtAuth, TokenSource, TokenSources},
///     prelude::*,
/// };
///
/// #[derive(Clone, serde::Deserialize)]
/// pub struct Claims {
///     pub name: String,
/// }
///
/// #[derive(Clone)]
/// pub struct AppState {
///     jwt: Jwt,
/// }
///
/// impl FromRef<AppState> for Jwt {
///     fn from_ref(state: &AppState) -> Self {
///         state.jwt.clone()
///     }
/// }
///
/// pub struct Browsers;
///
/// impl TokenSources for Browsers {
///     const SOURCES: &'static [TokenSource] = &[TokenSource::Subprotocol("bearer")];
/// }
///
/// pub struct Inbox;
///
/// #[consumer(auth = JwtAuth<Claims, Browsers>, state = AppState)]
/// impl Inbox {
///     #[on_connect]
///     async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
///         let _name = &cx.identity().claims.name;
///         Ok(Self)
///     }
/// }
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug)]
pub struct JwtAuth<T = NoClaims, F = BearerHeader>(PhantomData<fn() -> (T, F)>);

/// What a token says that was verified.
#[derive(Clone, Debug, PartialEq)]
pub struct Token<T = NoClaims> {
    /// The claims that the application reads.
    pub claims: T,
    /// Whose it is, `sub`.
    pub subject: Option<String>,
    /// The session that it belongs to, `sid`.
    pub session: Option<String>,
    /// When it expires: `exp`, and the leeway.
    pub expires: SystemTime,
}

/// No claims beyond those of every [`Token`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct NoClaims {}

impl<S, T, F> Authenticator<S> for JwtAuth<T, F>
where
    S: Send + Sync,
    Jwt: FromRef<S>,
    T: DeserializeOwned + Clone + Send + Sync + 'static,
    F: TokenSources,
{
    type Identity = Token<T>;

    const REFRESHES: bool = true;

    async fn authenticate(request: &mut Parts, state: &S) -> Result<Token<T>, Reject> {
        let token = match sources::token(F::SOURCES, request) {
            Found::Token(token) => Jwt::from_ref(state).verify(&token)?,
            Found::Nothing => return Err(Reject::no_credentials()),
            Found::Unclear => {
                tracing::debug!(
                    "refused a request with several tokens in one place, or half a one"
                );
                return Err(keys::bad_token());
            }
        };
        sources::answer_subprotocol(F::SOURCES, request);
        Ok(token)
    }

    fn user(token: &Token<T>) -> Option<String> {
        token.subject.clone()
    }

    fn session(token: &Token<T>) -> Option<String> {
        token.session.clone()
    }

    fn expires(token: &Token<T>) -> Option<SystemTime> {
        Some(token.expires)
    }

    async fn refresh(_: &Token<T>, token: &str, state: &S) -> Result<Token<T>, Reject> {
        let token: Token<T> = Jwt::from_ref(state).verify(token)?;
        // The runtime compares users: without one it could be anybody's.
        match token.subject {
            Some(_) => Ok(token),
            None => Err(Reject::forbidden("the token names no user")),
        }
    }

    fn security() -> Vec<SecuritySpec> {
        F::SOURCES.iter().map(|source| source.security()).collect()
    }
}
