//! Signed session cookies as credentials.

use std::{future::Future, marker::PhantomData, time::SystemTime};

use axum::extract::FromRef;
use http::{HeaderMap, HeaderValue, header, request::Parts};
use realtime_asyncapi::spec::SecuritySpec;

use super::{Authenticator, Reject, cookies::cookies};

pub use axum_extra::extract::{
    SignedCookieJar,
    cookie::{Cookie, Key, SameSite},
};

/// Lets a client in whose signed cookie names a session that `L` finds.
///
/// The [`Key`] comes from the state, as that of axum-extra's [`SignedCookieJar`]: `impl FromRef<AppState> for Key`. No
/// cookie of that name are no credentials; several, a forged one and one of a session that does not exist close with 4401.
/// The signature does not cover the cookie's name: with the same key sign nothing else whose text a client chooses.
/// A browser sends cookies also with what other sites' pages ask of it: leave the check of the origin on.
///
/// ```
/// use axum::extract::FromRef;
/// use realtime_runtime::{
///     auth::session::{Key, LoadSession, SessionCookie},
///     prelude::*,
/// };
///
/// #[derive(Clone)]
/// pub struct AppState {
///     key: Key,
/// }
///
/// impl FromRef<AppState> for Key {
///     fn from_ref(state: &AppState) -> Self {
///         state.key.clone()
///     }
/// }
///
/// #[derive(Clone)]
/// pub struct User {
///     pub name: String,
///     session: String,
/// }
///
/// pub struct Sessions;
///
/// impl LoadSession<AppState> for Sessions {
///     type Identity = User;
///
///     async fn load(id: &str, _state: &AppState) -> Result<Option<User>, Reject> {
///         // Ask the database.
///         Ok(Some(User { name: "ann".into(), session: id.into() }))
///     }
///
///     fn user(user: &User) -> Option<String> {
///         Some(user.name.clone())
///     }
///
///     fn session(user: &User) -> String {
///         user.session.clone()
///     }
/// }
///
/// pub struct Inbox;
///
/// #[consumer(auth = SessionCookie<Sessions>, state = AppState)]
/// impl Inbox {
///     #[on_connect]
///     async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
///         let _user: &User = cx.identity();
///         Ok(Self)
///     }
/// }
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SessionCookie<L>(PhantomData<fn() -> L>);

/// Finds the sessions that cookies name, for a [`SessionCookie`].
///
/// `S` is the consumer's state.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not load sessions for a consumer whose state is `{S}`",
    note = "implement `LoadSession<{S}>` for it, or give the consumer `state = …`"
)]
pub trait LoadSession<S: Sync>: Send + Sync + 'static {
    /// What is known of the client.
    type Identity: Clone + Send + Sync + 'static;

    /// Name of the cookie: ASCII letters, digits, `-`, `_`. Default: `session`.
    const COOKIE: &'static str = "session";

    /// Finds a session; `None`: it does not exist, or no longer.
    ///
    /// # Errors
    /// As [`Authenticator::authenticate`].
    fn load(
        id: &str,
        state: &S,
    ) -> impl Future<Output = Result<Option<Self::Identity>, Reject>> + Send;

    /// The user, for [`Target::user`](super::Target::user); `None` if there is none.
    fn user(_identity: &Self::Identity) -> Option<String> {
        None
    }

    /// The id that the session was loaded by, for [`Target::session`](super::Target::session).
    fn session(identity: &Self::Identity) -> String;

    /// When the session expires; `None`: it does not. The connection is closed with 4401 then.
    fn expires(_identity: &Self::Identity) -> Option<SystemTime> {
        None
    }

    /// Whether the session still exists, for [`Authenticator::recheck`]. Default: whether [`load`](Self::load) finds it.
    ///
    /// # Errors
    /// As there.
    fn still_valid(
        identity: &Self::Identity,
        state: &S,
    ) -> impl Future<Output = Result<bool, Reject>> + Send {
        async {
            let id = Self::session(identity);
            let found = Self::load(&id, state).await?;
            Ok(found.is_some())
        }
    }
}

impl<S, L> Authenticator<S> for SessionCookie<L>
where
    S: Send + Sync,
    Key: FromRef<S>,
    L: LoadSession<S>,
{
    type Identity = L::Identity;

    async fn authenticate(request: &mut Parts, state: &S) -> Result<L::Identity, Reject> {
        let found = cookies(&request.headers, L::COOKIE);
        let value = match &*found {
            [] => return Err(Reject::no_credentials()),
            [value] => value,
            // A page of a subdomain may have set the other one.
            _ => return Err(not_signed_in()),
        };
        // This very cookie and no other: the jar would also take one whose name is only so once it is decoded.
        let cookie = format!("{}={value}", L::COOKIE);
        let cookie = HeaderValue::from_str(&cookie).map_err(|_| not_signed_in())?;
        let headers = HeaderMap::from_iter([(header::COOKIE, cookie)]);
        let jar = SignedCookieJar::from_headers(&headers, Key::from_ref(state));
        let cookie = jar.get(L::COOKIE).ok_or_else(not_signed_in)?;
        let found = L::load(cookie.value(), state).await?;
        found.ok_or_else(not_signed_in)
    }

    fn user(identity: &L::Identity) -> Option<String> {
        L::user(identity)
    }

    fn session(identity: &L::Identity) -> Option<String> {
        Some(L::session(identity))
    }

    fn expires(identity: &L::Identity) -> Option<SystemTime> {
        L::expires(identity)
    }

    async fn recheck(identity: &L::Identity, state: &S) -> Result<(), Reject> {
        if L::still_valid(identity, state).await? {
            Ok(())
        } else {
            Err(Reject::unauthenticated("the session has ended"))
        }
    }

    fn security() -> Vec<SecuritySpec> {
        vec![SecuritySpec::Cookie {
            name: L::COOKIE.to_owned(),
            description: Some("A signed session cookie.".to_owned()),
        }]
    }
}

/// Forged and unknown look the same to a client.
fn not_signed_in() -> Reject {
    Reject::unauthenticated("not signed in")
}

/// A session cookie to sign and to send: `jar.add(session_cookie("session", id))`.
///
/// `HttpOnly`, `Secure`, `SameSite=Lax`, `Path=/`, for as long as the browser runs. Its setters change that: without TLS,
/// `set_secure(false)`.
///
/// ```
/// use realtime_runtime::auth::session::{SignedCookieJar, session_cookie};
///
/// async fn sign_in(jar: SignedCookieJar) -> SignedCookieJar {
///     jar.add(session_cookie("session", "an id that nobody can guess"))
/// }
/// ```
pub fn session_cookie(name: impl Into<String>, id: impl Into<String>) -> Cookie<'static> {
    Cookie::build((name.into(), id.into()))
        .http_only(true)
        .secure(true)
        .same_site(SameSite::Lax)
        .path("/")
        .build()
}

/// The cookie to remove one that [`session_cookie`] made: `jar.remove(no_session_cookie("session"))`.
///
/// A browser removes a cookie of the same path only.
pub fn no_session_cookie(name: impl Into<String>) -> Cookie<'static> {
    session_cookie(name, "")
}
