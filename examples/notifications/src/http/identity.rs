//! Who asks.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use http::request::Parts;
use notifications_contract::{Session, Store};

use super::AppState;
use super::error::HttpError;

/// The session of a request, whoever it is.
#[derive(Debug)]
pub(super) struct Visitor(pub(super) Option<Session>);

impl FromRequestParts<AppState> for Visitor {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, HttpError> {
        Ok(Self(state.store.session(&parts.headers).await?))
    }
}

/// A program that is signed in; anybody else gets a 401.
#[derive(Debug)]
pub(super) struct SignedIn(pub(super) Session);

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, HttpError> {
        let Visitor(session) = Visitor::from_request_parts(parts, state).await?;
        session.map(Self).ok_or_else(HttpError::unauthenticated)
    }
}

/// A person who is signed in; anybody else is led to the sign-in page.
#[derive(Debug)]
pub(super) struct Reader(pub(super) Session);

impl FromRequestParts<AppState> for Reader {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let Visitor(session) = Visitor::from_request_parts(parts, state)
            .await
            .map_err(IntoResponse::into_response)?;
        session
            .map(Self)
            .ok_or_else(|| Redirect::to("/login").into_response())
    }
}
