//! Refusals: JSON for programs, a page for people.

use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use super::pages;
use super::site::Words;
use crate::input::Wrong;

/// A refusal, in the shape of the error frames on a socket.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub struct HttpError {
    #[serde(skip)]
    status: StatusCode,
    /// What programs go by.
    #[schema(value_type = String)]
    code: &'static str,
    /// A sentence for people.
    detail: String,
    /// The fields that did not fit; absent unless there are some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Field>,
}

/// A field that did not fit.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct Field {
    /// Where, for example `title`.
    path: String,
    /// Why.
    message: String,
}

impl HttpError {
    /// A refusal with a code for programs and a sentence for people.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            fields: Vec::new(),
        }
    }

    /// 404.
    pub fn not_found(detail: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "This address does not answer that method.",
        )
    }

    /// 401.
    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "Sign in first.",
        )
    }

    /// 422, for one field.
    pub fn invalid(path: impl Into<String>, message: impl Into<String>) -> Self {
        let (path, message) = (path.into(), message.into());
        let detail = format!("{path}: {message}");
        Self {
            fields: vec![Field { path, message }],
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", detail)
        }
    }

    /// 500. The cause is for the log alone.
    pub fn internal(cause: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(cause, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on the server.",
        )
    }
}

impl From<Wrong> for HttpError {
    fn from(Wrong { field, message }: Wrong) -> Self {
        Self::invalid(field, message)
    }
}

impl From<sqlx::Error> for HttpError {
    fn from(error: sqlx::Error) -> Self {
        Self::internal(&error)
    }
}

impl From<tokio::task::JoinError> for HttpError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(&self)).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Shows a refusal as a page to a client that asks for pages.
pub(super) async fn show_as_page(
    State(words): State<&'static Words>,
    request: Request,
    next: Next,
) -> Response {
    let wants_page = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accepted| accepted.contains("text/html"));
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .append(header::VARY, header::HeaderValue::from_static("accept"));
    match response.extensions_mut().remove::<HttpError>() {
        Some(error) if wants_page => {
            let mut page = (
                error.status,
                pages::error(words, error.status, &error.detail),
            )
                .into_response();
            for name in [header::ALLOW, header::SET_COOKIE] {
                for value in response.headers().get_all(&name) {
                    page.headers_mut().append(&name, value.clone());
                }
            }
            page
        }
        _ => response,
    }
}
