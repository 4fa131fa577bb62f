//! Who asks.

use axum::extract::{FromRef, FromRequestParts};
use axum::response::{IntoResponse, Redirect, Response};
use example_contract::{Session, Sessions};
use http::request::Parts;

use super::error::HttpError;
use super::site::Site;

/// The session of a request, whoever it is.
#[derive(Debug)]
pub struct Visitor(pub Option<Session>);

impl<S: Send + Sync> FromRequestParts<S> for Visitor
where
    Site: FromRef<S>,
{
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        let site = Site::from_ref(state);
        Ok(Self(site.accounts.session(&parts.headers).await?))
    }
}

/// A program that is signed in; anybody else gets a 401.
#[derive(Debug)]
pub struct SignedIn(pub Session);

impl<S: Send + Sync> FromRequestParts<S> for SignedIn
where
    Site: FromRef<S>,
{
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        let Visitor(session) = Visitor::from_request_parts(parts, state).await?;
        session.map(Self).ok_or_else(HttpError::unauthenticated)
    }
}

/// A person who is signed in; anybody else is led to the sign-in page.
#[derive(Debug)]
pub struct Reader(pub Session);

impl<S: Send + Sync> FromRequestParts<S> for Reader
where
    Site: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let Visitor(session) = Visitor::from_request_parts(parts, state)
            .await
            .map_err(IntoResponse::into_response)?;
        session
            .map(Self)
            .ok_or_else(|| Redirect::to("/login").into_response())
    }
}
