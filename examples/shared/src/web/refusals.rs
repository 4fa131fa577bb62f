//! Refusals that several routes have in common, for their descriptions; what is sent is always an [`HttpError`].
//!
//! They are types that describe, and have no values.

use utoipa::IntoResponses;

use super::error::HttpError;

/// What may be wrong with the body of a request.
#[derive(Debug, IntoResponses)]
pub enum BodyErrors {
    /// The body is no JSON, or cannot be read.
    #[response(status = 400, example = json!({"code": "malformed_json", "detail": "The request's body is no JSON."}))]
    Malformed(HttpError),
    /// The body is longer than 64 KiB.
    #[response(status = 413, example = json!({"code": "too_large", "detail": "The request's body is too long."}))]
    TooLarge(HttpError),
    /// The body is neither JSON nor a form.
    #[response(status = 415, example = json!({"code": "unsupported_media_type", "detail": "Send application/json or application/x-www-form-urlencoded."}))]
    Unsupported(HttpError),
    /// Fields do not fit.
    #[response(status = 422, example = json!({
        "code": "invalid_field",
        "detail": "username: must not be empty",
        "fields": [{"path": "username", "message": "must not be empty"}],
    }))]
    Invalid(HttpError),
}

/// What may happen to every request.
#[derive(Debug, IntoResponses)]
pub enum Failures {
    /// Something went wrong on the server; what, is in its log alone.
    #[response(status = 500, example = json!({"code": "internal", "detail": "Something went wrong on the server."}))]
    Internal(HttpError),
}

/// What may happen to a request that changes something.
#[derive(Debug, IntoResponses)]
pub enum Foreign {
    /// A page of another site made the browser send this.
    #[response(status = 403, example = json!({"code": "foreign_origin", "detail": "Another site sent this request."}))]
    Origin(HttpError),
}

/// What happens to a program that is not signed in.
#[derive(Debug, IntoResponses)]
pub enum SignedOut {
    /// Nobody is signed in.
    #[response(status = 401, example = json!({"code": "unauthenticated", "detail": "Sign in first."}))]
    Unauthenticated(HttpError),
}
