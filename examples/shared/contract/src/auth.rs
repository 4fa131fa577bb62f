//! Who may connect: whoever is signed in.

use http::request::Parts;
use realtime_runtime::{Authenticator, Reject, asyncapi::spec::SecuritySpec};

use crate::{Session, Sessions};

/// The name of the session cookie.
pub const SESSION_COOKIE: &str = "session";

/// Asks the state which session the request's cookie proves.
#[derive(Clone, Copy, Debug)]
pub struct SessionAuth;

impl<S: Sessions> Authenticator<S> for SessionAuth {
    type Identity = Session;

    async fn authenticate(request: &mut Parts, sessions: &S) -> Result<Session, Reject> {
        let session = sessions.session(&request.headers).await?;
        session.ok_or_else(|| Reject::unauthenticated("sign in first"))
    }

    fn user(session: &Session) -> Option<String> {
        Some(session.user_id.to_string())
    }

    fn session(session: &Session) -> Option<String> {
        Some(session.id.clone())
    }

    fn security() -> Vec<SecuritySpec> {
        vec![SecuritySpec::Cookie {
            name: SESSION_COOKIE.to_owned(),
            description: Some("Set by `POST /login`; worthless after `POST /logout`.".to_owned()),
        }]
    }
}
