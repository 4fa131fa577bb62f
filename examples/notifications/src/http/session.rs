//! Signing in and out.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::SignedCookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use notifications_contract::SESSION_COOKIE;
use serde::Deserialize;

use super::AppState;
use super::body::Fields;
use super::error::HttpError;
use super::identity::Visitor;
use crate::input;
use crate::live::to_the_end;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Login {
    #[serde(default)]
    username: String,
}

/// Signs in under a name, with no proof that it is one's own: this is a demo.
pub(super) async fn login(
    State(state): State<AppState>,
    jar: SignedCookieJar,
    Fields { values, .. }: Fields<Login>,
) -> Result<Response, HttpError> {
    let username = input::username(&values.username)?;
    let session = state.store.sign_in(&username).await?;
    Ok((jar.add(cookie(session.id)), Redirect::to("/realtime/")).into_response())
}

/// Ends the session and closes its sockets.
pub(super) async fn logout(
    State(state): State<AppState>,
    jar: SignedCookieJar,
    Visitor(session): Visitor,
) -> Result<Response, HttpError> {
    if let Some(session) = session {
        to_the_end(async move {
            state.store.sign_out(&session.id).await?;
            // After the row is gone: a socket opened from now on is refused, so none is missed.
            state.live.signed_out(&session);
            Ok::<_, HttpError>(())
        })
        .await??;
    }
    Ok((jar.remove(cookie(String::new())), Redirect::to("/login")).into_response())
}

/// No `Secure`: the example is served over plain HTTP.
fn cookie(session: String) -> Cookie<'static> {
    Cookie::build((SESSION_COOKIE, session))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .build()
}
