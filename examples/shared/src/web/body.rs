//! Fields of a request, as a form or as JSON.

use axum::Form;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use super::error::HttpError;

/// The fields of a request, and how its sender wants to be answered.
#[derive(Debug)]
pub struct Fields<T> {
    /// The fields.
    pub values: T,
    /// How to answer.
    pub answer: Answer,
}

/// A form is answered with a page to go to, a program with JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With a page to go to.
    Redirect,
    /// With JSON.
    Json,
}

impl Answer {
    /// By what was sent; if nothing was sent, by what is accepted.
    pub fn to(headers: &HeaderMap) -> Self {
        let accepts_json = || {
            text(headers, header::ACCEPT).is_some_and(|accept| accept.contains("application/json"))
        };
        match content_type(headers) {
            Some(sent) if is_json(&sent) => Self::Json,
            None if accepts_json() => Self::Json,
            _ => Self::Redirect,
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for Fields<T> {
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &S) -> Result<Self, HttpError> {
        let answer = Answer::to(request.headers());
        let values = match content_type(request.headers()) {
            Some(sent) if is_json(&sent) => json(&bytes(request, state).await?)?,
            Some(sent) if sent == "application/x-www-form-urlencoded" => {
                let read = Form::from_request(request, state).await;
                read.map_err(|rejection| unreadable(rejection.status(), rejection.body_text()))?
                    .0
            }
            _ if bytes(request, state).await?.is_empty() => T::default(),
            _ => {
                return Err(HttpError::new(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "unsupported_media_type",
                    "Send application/json or application/x-www-form-urlencoded.",
                ));
            }
        };
        Ok(Self { values, answer })
    }
}

async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, HttpError> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| unreadable(rejection.status(), rejection.body_text()))
}

fn unreadable(status: StatusCode, detail: String) -> HttpError {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => {
            HttpError::new(status, "too_large", "The request's body is too long.")
        }
        StatusCode::UNPROCESSABLE_ENTITY => HttpError::new(status, "invalid_field", detail),
        _ => HttpError::new(
            StatusCode::BAD_REQUEST,
            "unreadable_body",
            "The request's body cannot be read.",
        ),
    }
}

fn json<T: DeserializeOwned + Default>(bytes: &[u8]) -> Result<T, HttpError> {
    let bytes = bytes.trim_ascii();
    if bytes.is_empty() {
        return Ok(T::default());
    }
    if bytes[0] != b'{' {
        // Else serde would take an array for the fields in their order.
        return Err(
            match serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
                Ok(_) => HttpError::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "not_an_object",
                    "Send a JSON object.",
                ),
                Err(_) => malformed(),
            },
        );
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let values = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let cause = error.into_inner();
        if cause.is_data() {
            HttpError::invalid(path, without_position(&cause))
        } else {
            malformed()
        }
    })?;
    deserializer.end().map_err(|_| malformed())?;
    Ok(values)
}

fn malformed() -> HttpError {
    HttpError::new(
        StatusCode::BAD_REQUEST,
        "malformed_json",
        "The request's body is no JSON.",
    )
}

fn without_position(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let end = message.rfind(" at line ").unwrap_or(message.len());
    message[..end].to_owned()
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The media type without its parameters, in lower case.
fn content_type(headers: &HeaderMap) -> Option<String> {
    let sent = headers
        .get(header::CONTENT_TYPE)?
        .to_str()
        .unwrap_or_default();
    Some(
        sent.split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase(),
    )
}

fn is_json(media_type: &str) -> bool {
    media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}
