//! Signing in and out.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::SignedCookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use example_contract::SESSION_COOKIE;
use http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::Fields;
use super::error::HttpError;
use super::identity::Visitor;
use super::refusals::{BodyErrors, Failures, Foreign};
use super::site::{Site, to_the_end};
use crate::input;

/// Who wants to sign in.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(example = json!({"username": "ann"}))]
pub(super) struct Login {
    /// One line, without white space around it.
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 64)]
    username: String,
}

/// Signs in under a name, with no proof that it is one's own: this is a demo.
#[utoipa::path(
    post,
    path = "/login",
    tag = "session",
    request_body(content(
        (Login = "application/json"),
        (Login = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 303, description = "Signed in.", headers(
            ("Location" = String, description = "The page, `/realtime/`."),
            ("Set-Cookie" = String, description = "The cookie `session`."),
        )),
        BodyErrors, Foreign, Failures,
    ),
)]
pub(super) async fn login(
    State(site): State<Site>,
    headers: HeaderMap,
    Fields { values, .. }: Fields<Login>,
) -> Result<Response, HttpError> {
    let username = input::username(&values.username)?;
    let session = site.accounts.sign_in(&username).await?;
    Ok((
        jar(&site, &headers).add(cookie(session.id)),
        Redirect::to("/realtime/"),
    )
        .into_response())
}

/// Ends the session and closes its sockets; without a session nothing happens.
#[utoipa::path(
    post,
    path = "/logout",
    tag = "session",
    security((), ("session" = [])),
    responses(
        (status = 303, description = "Nobody is signed in any more.", headers(
            ("Location" = String, description = "The page to sign in, `/login`."),
            ("Set-Cookie" = String, description = "The cookie `session`, which has ended."),
        )),
        Foreign, Failures,
    ),
)]
pub(super) async fn logout(
    State(site): State<Site>,
    headers: HeaderMap,
    Visitor(session): Visitor,
) -> Result<Response, HttpError> {
    let jar = jar(&site, &headers);
    if let Some(session) = session {
        to_the_end(async move {
            site.accounts.sign_out(&session.id).await?;
            // After the row is gone: a socket opened from now on is refused, so none is missed.
            site.signed_out(&session);
            Ok::<_, HttpError>(())
        })
        .await??;
    }
    Ok((jar.remove(cookie(String::new())), Redirect::to("/login")).into_response())
}

fn jar(site: &Site, headers: &HeaderMap) -> SignedCookieJar {
    SignedCookieJar::from_headers(headers, site.accounts.key().clone())
}

/// No `Secure`: the example is served over plain HTTP.
fn cookie(session: String) -> Cookie<'static> {
    Cookie::build((SESSION_COOKIE, session))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .build()
}
