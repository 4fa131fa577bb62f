//! Who the client is, asked again while the connection stands: fresh tokens, and re-checks.

use std::{
    borrow::Cow,
    pin::pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::StatusCode;

use super::{Clock, Driver, Rank, Socket, task::drive};
use crate::{
    auth::{Authenticator, Permissions, Reject, Told},
    cause::Cause,
    consumer::Consumer,
    context::{Identity, Session},
    message::{
        System,
        system::{Authentication, Refresh},
    },
    meters::Meters,
    wire::{Decoded, encode},
};

/// When the credentials of an identity expire, on the clock.
pub(crate) fn expiry<C: Consumer>(identity: &Identity<C>, clock: &Clock) -> Option<Duration> {
    let expires = <C::Auth as Authenticator<C::State>>::expires(identity)?;
    Some(clock.now() + left(expires))
}

/// How long it is until then.
fn left(expires: SystemTime) -> Duration {
    /// A clock to which this is added must not overflow.
    const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
    let left = expires.duration_since(SystemTime::now());
    left.unwrap_or_default().min(LONGEST)
}

/// The message that says that the client is known.
pub(crate) fn authenticated<C: Consumer>(identity: &Identity<C>) -> System<C::Tag, Authentication> {
    let expires = <C::Auth as Authenticator<C::State>>::expires(identity);
    System::new(Authentication {
        status_code: StatusCode::OK.as_u16(),
        status_text: Cow::Borrowed("OK"),
        detail: None,
        expires_in: expires.map(|expires| left(expires).as_secs()),
    })
}

/// The message that says why it is not.
pub(crate) fn unauthenticated<C: Consumer>(told: &Told) -> System<C::Tag, Authentication> {
    let status = told.status();
    System::new(Authentication {
        status_code: status.as_u16(),
        status_text: Cow::Borrowed(status.canonical_reason().unwrap_or("Refused")),
        detail: Some(told.reason.clone()).filter(|reason| !reason.is_empty()),
        expires_in: None,
    })
}

/// Logs what the client must not see.
pub(crate) fn log(told: &Told, meters: &Meters, what: &'static str) {
    let consumer = meters.consumer();
    meters.refused(told.code.as_u16());
    match &told.cause {
        Some(cause) => {
            let error = &**cause as &(dyn std::error::Error + 'static);
            tracing::error!(consumer, error, "{what}");
        }
        None => {
            tracing::info!(consumer, code = told.code.as_u16(), reason = %told.reason, "{what}");
        }
    }
}

/// What came of asking: `None` if the connection ended meanwhile.
async fn ask<C: Consumer, S: Socket, T>(
    driver: &mut Driver<S>,
    session: &Session<C>,
    cause: &Cause,
    question: impl Future<Output = Result<T, Reject>>,
) -> Option<Result<T, Told>> {
    let timeout = session.link.limits().handshake;
    let span = tracing::debug_span!("credentials");
    let question = pin!(question);
    let question = pin!(session.clock.timeout(timeout, question));
    let answer = drive(driver, cause, &span, question).await?;
    let answer = match answer {
        Ok(Some(answer)) => answer,
        Ok(None) => Err(Reject::internal("it took too long")),
        Err(panic) => Err(Reject::internal(format!("a panic: {panic}"))),
    };
    Some(answer.map_err(|Reject(refusal)| {
        let mut told = refusal.told();
        if told.cause.is_some() {
            told.reason = Cow::Borrowed("the server could not tell who you are");
        }
        told
    }))
}

/// Takes a fresh token, and answers with an `authentication` message.
pub(super) async fn refresh<C: Consumer, S: Socket>(
    session: &mut Arc<Session<C>>,
    driver: &mut Driver<S>,
    reply: &mut Vec<u8>,
    frame: Decoded<System<C::Tag, Refresh>>,
    cause: &Cause,
) {
    let Decoded {
        message, reference, ..
    } = frame;
    let question = async {
        let Session {
            identity,
            granted,
            state,
            ..
        } = &**session;
        let token = &message.body.token;
        let fresh = <C::Auth as Authenticator<C::State>>::refresh(identity, token, state).await?;
        let fresh = same_client::<C>(identity, fresh)?;
        // What was granted to the former identity must hold for this one, too.
        <C::Permissions as Permissions<C>>::recheck(granted, &fresh, state).await?;
        Ok(fresh)
    };
    let Some(answer) = ask(driver, session, cause, question).await else {
        return;
    };
    let answer = match answer {
        Ok(identity) => {
            driver.expire_at(expiry::<C>(&identity, &session.clock));
            let answer = authenticated::<C>(&identity);
            *session = Arc::new(session.with_identity(identity));
            answer
        }
        Err(told) => {
            log(&told, session.link.meters(), "refused a fresh token");
            unauthenticated::<C>(&told)
        }
    };
    let encoded = encode::message(reply, &answer, reference.as_ref());
    debug_assert!(encoded.is_ok(), "it is made of strings and numbers");
    driver.send(reply, 1, cause, Rank::After);
}

/// A fresh token is not a way to become somebody else.
fn same_client<C: Consumer>(
    known: &Identity<C>,
    fresh: Identity<C>,
) -> Result<Identity<C>, Reject> {
    type Auth<C> = <C as Consumer>::Auth;
    let who = |identity| {
        (
            <Auth<C> as Authenticator<C::State>>::user(identity),
            <Auth<C> as Authenticator<C::State>>::session(identity),
        )
    };
    if who(known) == who(&fresh) {
        Ok(fresh)
    } else {
        let reason = "the token is another user's or session's";
        Err(Reject::forbidden(reason))
    }
}

/// Asks whether the client may still be here, and closes the connection if not.
pub(super) async fn recheck<C: Consumer, S: Socket>(
    session: &Session<C>,
    driver: &mut Driver<S>,
    cause: &Cause,
) {
    let question = async {
        let Session {
            identity,
            granted,
            state,
            ..
        } = session;
        <C::Auth as Authenticator<C::State>>::recheck(identity, state).await?;
        <C::Permissions as Permissions<C>>::recheck(granted, identity, state).await
    };
    let answer = ask(driver, session, cause, question).await;
    driver.rechecked();
    if let Some(Err(told)) = answer {
        log(
            &told,
            session.link.meters(),
            "a client may no longer be here",
        );
        driver.close_because(told.code, &told.reason, cause.clone());
    }
}
