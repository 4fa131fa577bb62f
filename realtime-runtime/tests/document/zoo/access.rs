//! Every kind of authenticator.

use axum::extract::FromRef;
use http::request::Parts;
use realtime_runtime::{
    asyncapi::spec::SecuritySpec,
    auth::{
        AllOf, AnyOf, Optional,
        jwt::{Jwt, JwtAuth, NoClaims, TokenSource, TokenSources},
        session::{Key, LoadSession, SessionCookie},
    },
    prelude::*,
};

use super::shapes::ping;

#[derive(Clone)]
pub struct State {
    jwt: Jwt,
    key: Key,
}

impl FromRef<State> for Jwt {
    fn from_ref(state: &State) -> Self {
        state.jwt.clone()
    }
}

impl FromRef<State> for Key {
    fn from_ref(state: &State) -> Self {
        state.key.clone()
    }
}

/// Wherever a token may be.
pub struct Everywhere;

impl TokenSources for Everywhere {
    const SOURCES: &'static [TokenSource] = &[
        TokenSource::Header,
        TokenSource::Subprotocol("bearer"),
        TokenSource::Cookie("token"),
        TokenSource::Query("access_token"),
    ];
}

#[derive(Clone)]
pub struct User {
    session: String,
}

pub struct Known;

impl LoadSession<State> for Known {
    type Identity = User;

    async fn load(id: &str, _: &State) -> Result<Option<User>, Reject> {
        let session = id.to_owned();
        Ok(Some(User { session }))
    }

    fn session(user: &User) -> String {
        user.session.clone()
    }
}

/// Trusts a header that a proxy sets.
pub struct Proxy;

impl<S: Sync> Authenticator<S> for Proxy {
    type Identity = ();

    async fn authenticate(_: &mut Parts, _: &S) -> Result<(), Reject> {
        Err(Reject::no_credentials())
    }

    fn security() -> Vec<SecuritySpec> {
        vec![SecuritySpec::Header {
            name: "X-User".to_owned(),
            description: Some("Set by the proxy.".to_owned()),
        }]
    }
}

macro_rules! consumer {
    ($(#[$docs:meta])* $name:ident: $auth:ty) => {
        pub struct $name;

        $(#[$docs])*
        #[consumer(auth = $auth, state = State, ws_handlers(ping), authentication)]
        impl $name {
            #[on_connect]
            async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
                Ok(Self)
            }
        }
    };
}

consumer! {
    /// For whom has a token.
    Tokens: JwtAuth<NoClaims, Everywhere>
}

consumer! {
    /// For whom has a session.
    Sessions: SessionCookie<Known>
}

consumer! {
    /// For whom has a token or a session.
    Either: AnyOf<JwtAuth, SessionCookie<Known>>
}

consumer! {
    /// For whom has a session and comes through the proxy.
    Both: AllOf<SessionCookie<Known>, Proxy>
}

consumer! {
    /// For everybody; whom has a session is known.
    Guests: Optional<SessionCookie<Known>>
}

consumer! {
    /// For whom comes through the proxy.
    Proxied: Proxy
}
