//! From an HTTP request to a connection: origin, authenticator, permissions, `#[on_connect]`, and only then the 101.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{FromRequestParts, Path, Query, Request},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;

use super::Engine;
use crate::{
    auth::{Attempt, Authenticator, Permissions, Refusal, Reject},
    cause::{self, Cause},
    connection::{self, Driver, Link, Place},
    consumer::Consumer,
    context::{Answer, Attempted, Connect, Session},
    hook::Probe,
    panic,
    wire::CloseCode,
};

/// Answers a request to connect.
pub(super) async fn handshake<C: Consumer>(
    engine: Arc<Engine>,
    state: C::State,
    request: Request,
) -> Response {
    let (mut parts, _) = request.into_parts();
    let (upgrade, accept) = match upgrade_of(&mut parts) {
        Ok(upgrade) => upgrade,
        Err(refused) => return refused,
    };
    if engine.drain.has_begun() {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            [(header::RETRY_AFTER, "1")],
        )
            .into_response();
    }
    if let Some(rule) = engine.origin.refuses(&parts.uri, &parts.headers) {
        let origin = parts.headers.get(header::ORIGIN);
        tracing::warn!(
            consumer = C::NAME,
            ?origin,
            rule,
            "refused a connection for its origin"
        );
        return StatusCode::FORBIDDEN.into_response();
    }
    let probe = parts.extensions.remove::<Probe>();
    let cause = probe.as_ref().map_or(Cause::NONE, Probe::take_handshake);
    if let Some(probe) = &probe {
        probe.app().attach(&engine.clock);
    }
    let mut answer = Answer::default();
    let set_up = cause::within(
        cause.clone(),
        panic::guard(set_up::<C>(
            &engine,
            state,
            parts,
            probe.clone(),
            &mut answer,
        )),
    );
    let set_up = match engine.clock.timeout(engine.limits.handshake, set_up).await {
        Some(Ok(set_up)) => set_up,
        Some(Err(panic)) => Err(Reject::internal(format!("a panic: {panic}"))),
        None => Err(Reject::close(
            CloseCode::INTERNAL,
            "the server is too slow, try again",
        )),
    };
    let Answer { headers, mut first } = answer;
    first.cause = cause;
    match set_up {
        Ok((consumer, place)) => {
            let task = connected(Arc::clone(&engine), consumer, place, first, upgrade);
            spawn(&engine, task);
            switching(&accept, headers)
        }
        Err(Reject(refusal)) => match refusal {
            Refusal::Http(status) => status.into_response(),
            Refusal::Close(code, reason) => {
                tracing::info!(consumer = C::NAME, code = code.as_u16(), %reason, "refused a connection");
                let task = refused(
                    Arc::clone(&engine),
                    C::NAME,
                    code,
                    reason.into_owned(),
                    probe,
                    upgrade,
                    first.cause,
                );
                spawn(&engine, task);
                switching(&accept, HeaderMap::new())
            }
            Refusal::Internal(cause) => {
                let error = &*cause as &(dyn std::error::Error + 'static);
                tracing::error!(consumer = C::NAME, error, "could not set a connection up");
                let reason = "the server could not set the connection up".to_owned();
                let task = refused(
                    Arc::clone(&engine),
                    C::NAME,
                    CloseCode::INTERNAL,
                    reason,
                    probe,
                    upgrade,
                    first.cause,
                );
                spawn(&engine, task);
                switching(&accept, HeaderMap::new())
            }
        },
    }
}

/// Everything between the request and the answer. Dropped at any point it leaves nothing behind.
async fn set_up<C: Consumer>(
    engine: &Engine,
    state: C::State,
    mut parts: Parts,
    probe: Option<Probe>,
    answer: &mut Answer,
) -> Result<(C, Place<C>), Reject> {
    let mark = engine.layer.registry().mark();
    let identity = match probe.as_ref().filter(|probe| probe.has_identity()) {
        None => C::Auth::authenticate(&mut parts, &state).await?,
        Some(probe) => probe.identity().ok_or_else(|| {
            Reject::internal("the identity of the test is not of the consumer's type")
        })?,
    };
    let Path(path) = Path::<C::Path>::from_request_parts(&mut parts, &())
        .await
        .map_err(|_| Reject::not_found("there is nothing at this path"))?;
    let Query(query) = Query::<C::Query>::from_request_parts(&mut parts, &())
        .await
        .map_err(|_| Reject::close(CloseCode::BAD_REQUEST, "the query does not fit"))?;
    let granted = C::Permissions::check(Attempt {
        request: &parts,
        path: &path,
        query: &query,
        identity: &identity,
        state: &state,
    })
    .await?;
    let (user, session) = (C::Auth::user(&identity), C::Auth::session(&identity));
    let session_of_link = Arc::new(Session::<C> {
        link: Link::new(C::NAME, engine.limits, probe),
        layer: engine.layer.clone(),
        clock: engine.clock.clone(),
        state,
        identity,
        granted,
    });
    let link = Arc::clone(&session_of_link.link);
    let registered = engine.layer.registry().register(mark, link, user, session);
    let place = Place::new(session_of_link, registered);
    let mut attempted = Attempted { parts, path, query };
    let consumer = C::connect(&mut Connect::new(&place.session, &mut attempted, answer)).await?;
    Ok((consumer, place))
}

/// Checks that the request is a WebSocket handshake (RFC 6455 § 4.2.1); returns the upgrade and the accept key.
#[expect(clippy::result_large_err, reason = "once for each connection")]
fn upgrade_of(parts: &mut Parts) -> Result<(OnUpgrade, HeaderValue), Response> {
    let has = |name: header::HeaderName, token: &str| {
        let values = parts.headers.get_all(name).into_iter();
        values.filter_map(|value| value.to_str().ok()).any(|value| {
            value
                .split(',')
                .any(|found| found.trim().eq_ignore_ascii_case(token))
        })
    };
    if parts.method != Method::GET
        || !has(header::CONNECTION, "upgrade")
        || !has(header::UPGRADE, "websocket")
    {
        let text = "This address speaks WebSocket.\n";
        let headers = [
            (header::UPGRADE, "websocket"),
            (header::CONNECTION, "upgrade"),
        ];
        return Err((StatusCode::UPGRADE_REQUIRED, headers, text).into_response());
    }
    // Neither may come twice (RFC 6455 § 11.3).
    let single = |name: header::HeaderName| {
        let mut values = parts.headers.get_all(name).into_iter();
        values.next().filter(|_| values.next().is_none())
    };
    if single(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        let headers = [(header::SEC_WEBSOCKET_VERSION, "13")];
        return Err((
            StatusCode::UPGRADE_REQUIRED,
            headers,
            "WebSocket version 13 is spoken here.\n",
        )
            .into_response());
    }
    let refuse = || {
        (
            StatusCode::BAD_REQUEST,
            "Sec-WebSocket-Key is missing or malformed.\n",
        )
            .into_response()
    };
    let key = single(header::SEC_WEBSOCKET_KEY).ok_or_else(refuse)?;
    // 16 bytes in base64 (RFC 6455 § 4.1).
    if key.len() != 24 || !key.as_bytes().ends_with(b"==") {
        return Err(refuse());
    }
    let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
    let accept = HeaderValue::from_str(&accept).map_err(|_| refuse())?;
    let upgrade = parts.extensions.remove::<OnUpgrade>().ok_or_else(|| {
        (
            StatusCode::UPGRADE_REQUIRED,
            "This connection cannot be upgraded.\n",
        )
            .into_response()
    })?;
    Ok((upgrade, accept))
}

fn switching(accept: &HeaderValue, headers: HeaderMap) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    *response.headers_mut() = headers;
    let fixed = [
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_ACCEPT, accept.clone()),
    ];
    response.headers_mut().extend(fixed);
    response
}

/// Runs a connection's task, which a drain waits for from here on: it may come before the task's first turn.
fn spawn(engine: &Engine, task: impl Future<Output = ()> + Send + 'static) {
    let counted = engine.drain.count();
    tokio::spawn(async move {
        task.await;
        drop(counted);
    });
}

async fn connected<C: Consumer>(
    engine: Arc<Engine>,
    mut consumer: C,
    place: Place<C>,
    first: connection::First,
    upgrade: OnUpgrade,
) {
    match engine.clock.timeout(engine.limits.handshake, upgrade).await {
        Some(Ok(upgraded)) => {
            let link = Arc::clone(&place.session.link);
            if engine.drain.has_begun() {
                // It came between the last look and its own entry.
                link.close_gently(CloseCode::SERVICE_RESTART, "the server restarts");
            }
            let driver = Driver::new(TokioIo::new(upgraded), link, engine.clock.clone());
            connection::run(consumer, place, first, driver).await;
        }
        // The client left before it read the answer.
        Some(Err(_)) | None => connection::disconnect(&mut consumer, place, first.cause).await,
    }
}

/// Finishes the handshake only to close: a browser cannot see the HTTP status of a failed one.
async fn refused(
    engine: Arc<Engine>,
    consumer: &'static str,
    code: CloseCode,
    reason: String,
    probe: Option<Probe>,
    upgrade: OnUpgrade,
    cause: Cause,
) {
    if let Some(Ok(upgraded)) = engine.clock.timeout(engine.limits.handshake, upgrade).await {
        let link = Link::new(consumer, engine.limits, probe.clone());
        let mut driver = Driver::new(TokioIo::new(upgraded), link, engine.clock.clone());
        driver.close(code, &reason);
        driver.closed().await;
    }
    if let Some(probe) = probe {
        probe.over();
    }
    drop(cause);
}
