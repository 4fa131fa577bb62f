//! Authenticators made of others. They nest, where there are more than two.

mod all_of;
mod any_of;
mod optional;

use http::request::Parts;
use realtime_asyncapi::spec::SecuritySpec;

use super::{Authenticator, Refusal, Reject, Selected};
use crate::wire::CloseCode;

pub use all_of::AllOf;
pub use any_of::{AnyOf, Either};
pub use optional::Optional;

/// Why one of several authenticators does not know a client.
enum Unknown {
    /// The client shows nothing of its kind.
    Silent,
    /// What the client shows is not good: close 4401.
    Bad(Reject),
    /// Anything else: nobody else is asked.
    Refused(Reject),
}

impl From<Reject> for Unknown {
    fn from(reject: Reject) -> Self {
        match reject.0 {
            Refusal::NoCredentials => Self::Silent,
            Refusal::Close(CloseCode::UNAUTHENTICATED, _) => Self::Bad(reject),
            Refusal::Close(..) | Refusal::Http(_) | Refusal::Internal(_) => Self::Refused(reject),
        }
    }
}

/// What two authenticators say that do not know a client: the first that had something to go by.
fn neither(first: Unknown, second: Unknown) -> Reject {
    match (first, second) {
        (Unknown::Refused(reject), _) | (_, Unknown::Refused(reject)) => reject,
        (Unknown::Bad(reject), _) | (_, Unknown::Bad(reject)) => reject,
        (Unknown::Silent, Unknown::Silent) => Reject::no_credentials(),
    }
}

/// Asks one of several authenticators. If it does not know the client, the subprotocol that it selected is not answered.
async fn ask<A: Authenticator<S>, S: Sync>(
    request: &mut Parts,
    state: &S,
) -> Result<A::Identity, Unknown> {
    let selected = request.extensions.get::<Selected>().cloned();
    let answer = A::authenticate(request, state).await;
    answer.map_err(|reject| {
        request.extensions.remove::<Selected>();
        if let Some(selected) = selected {
            request.extensions.insert(selected);
        }
        reject.into()
    })
}

/// Adds a sentence to what is said of a way to authenticate.
fn add(spec: &mut SecuritySpec, sentence: &str) {
    let (SecuritySpec::Cookie { description, .. }
    | SecuritySpec::Query { description, .. }
    | SecuritySpec::Header { description, .. }
    | SecuritySpec::Bearer { description, .. }) = spec;
    let description = description.get_or_insert_default();
    if !description.is_empty() {
        description.push(' ');
    }
    description.push_str(sentence);
}

/// What a reader knows a way to authenticate by.
fn name(spec: &SecuritySpec) -> String {
    match spec {
        SecuritySpec::Cookie { name, .. } => format!("the cookie `{name}`"),
        SecuritySpec::Query { name, .. } => format!("the query parameter `{name}`"),
        SecuritySpec::Header { name, .. } => format!("the header `{name}`"),
        SecuritySpec::Bearer { .. } => "the bearer token".to_owned(),
    }
}
