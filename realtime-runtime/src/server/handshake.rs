//! From an HTTP request to a connection: origin, authenticator, permissions, `#[on_connect]`, and only then the 101.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{FromRequestParts, Path, Query, Request},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use hyper::upgrade::OnUpgrade;
use tracing::Instrument as _;

use super::{Engine, drain::Counted};
use crate::{
    auth::{
        Attempt, Authenticator, Permissions, Refusal, Reject, Selected, Told, offered_subprotocols,
    },
    cause::{self, Cause},
    connection::{self, Driver, First, Link, Opened, Place, credentials},
    consumer::Consumer,
    context::{Answer, Attempted, Connect, Session},
    hook::{Probe, Reached},
    message::TagKey,
    meters::Meters,
    panic,
    wire::{CloseCode, encode},
};

/// Answers a request to connect.
pub(super) async fn handshake<C: Consumer>(
    engine: Arc<Engine>,
    meters: Arc<Meters>,
    state: C::State,
    address: Arc<str>,
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
        engine.refuse_origin(&parts.headers, rule, &meters);
        return StatusCode::FORBIDDEN.into_response();
    }
    let refusal_headers = first_subprotocol(&parts.headers);
    let probe = parts.extensions.remove::<Probe>();
    let cause = probe.as_ref().map_or(Cause::NONE, Probe::take_handshake);
    if let Some(probe) = &probe {
        probe.app().attach(&engine);
        let document = Arc::clone(&engine.document);
        probe.reach(Reached { document, address });
    }
    let mut answer = Answer::default();
    let held = probe.as_ref().map(|probe| probe.shakes(&cause));
    let shaking = cause.work(|| {
        let client = probe.as_ref().map(|probe| probe.name().to_owned());
        Arc::new(move || {
            let client = client.as_deref().unwrap_or("a client");
            format!("the handshake of `{}` with {client}", C::NAME)
        })
    });
    let set_up = async {
        if let Some(bus) = engine.layer.bus() {
            bus.ready(&engine.layer.downgrade()).await;
        }
        set_up::<C>(&engine, &meters, state, parts, probe.clone(), &mut answer).await
    };
    let set_up = cause::within(shaking, panic::guard(set_up));
    let set_up = match engine.clock.timeout(engine.limits.handshake, set_up).await {
        Some(Ok(set_up)) => set_up,
        Some(Err(panic)) => {
            if let Some(probe) = &probe {
                let what = format!("the handshake of `{}` with {}", C::NAME, probe.name());
                probe.app().panicked(what, &panic);
            }
            Err(Reject::internal(format!("a panic: {panic}")))
        }
        None => Err(Reject::close(
            CloseCode::INTERNAL,
            "the server is too slow, try again",
        )),
    };
    drop(held);
    let Answer { headers, mut first } = answer;
    first.cause = cause;
    match set_up {
        Ok((consumer, place)) => {
            if !refusal_headers.is_empty() && !headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL)
            {
                return no_subprotocol(&engine, consumer, place, first.cause);
            }
            let id = place.session.link.id();
            let span = tracing::info_span!("connection", consumer = C::NAME, id = id.number());
            let shared = Arc::clone(&engine);
            spawn(&engine, |counted| {
                connected(shared, consumer, place, first, upgrade, counted).instrument(span)
            });
            switching(&accept, headers)
        }
        Err(Reject(Refusal::Http(status))) => {
            meters.refused(status.as_u16());
            status.into_response()
        }
        Err(Reject(refusal)) => {
            let told = refusal.told();
            credentials::log(&told, &meters, "refused a connection");
            let form = <C::Tag as TagKey>::FORM;
            let mut bytes = Vec::new();
            if C::AUTHENTICATION {
                let message = credentials::unauthenticated::<C>(&told);
                let encoded = encode::message(&mut bytes, &message, None);
                debug_assert!(encoded.is_ok(), "it is made of strings and numbers");
            }
            first = First {
                frames: usize::from(C::AUTHENTICATION),
                bytes,
                cause: first.cause,
            };
            let link = Link::new(meters, form, Arc::clone(&engine.limits), probe);
            let shared = Arc::clone(&engine);
            spawn(&engine, |counted| {
                refused(shared, link, told, first, upgrade, counted)
            });
            switching(&accept, refusal_headers)
        }
    }
}

/// The answer to a client whose subprotocols nobody wants: a browser would end the connection without a word.
fn no_subprotocol<C: Consumer>(
    engine: &Engine,
    mut consumer: C,
    place: Place<C>,
    cause: Cause,
) -> Response {
    tracing::info!(
        consumer = C::NAME,
        "refused a connection, as none of its subprotocols was selected"
    );
    place.session.link.meters().refused(400);
    spawn(engine, |counted| async move {
        connection::disconnect(&mut consumer, place, cause).await;
        drop(counted);
    });
    let text = "None of the subprotocols in Sec-WebSocket-Protocol is spoken here.\n";
    (StatusCode::BAD_REQUEST, text).into_response()
}

/// What a refusal answers to the subprotocols that a client offers: a browser sees a close code only if one is named.
fn first_subprotocol(headers: &HeaderMap) -> HeaderMap {
    let first = offered_subprotocols(headers).next();
    let value = first.and_then(|first| HeaderValue::from_str(first).ok());
    value
        .map(|value| (header::SEC_WEBSOCKET_PROTOCOL, value))
        .into_iter()
        .collect()
}

/// Everything between the request and the answer. Dropped at any point it leaves nothing behind.
async fn set_up<C: Consumer>(
    engine: &Engine,
    meters: &Arc<Meters>,
    state: C::State,
    mut parts: Parts,
    probe: Option<Probe>,
    answer: &mut Answer,
) -> Result<(C, Place<C>), Reject> {
    let limits = &engine.limits;
    let seat = engine.seats.take(limits.connections);
    let seat = seat.ok_or_else(|| too_many("there are too many connections"))?;
    let mark = engine.layer.registry().mark();
    let identity = match probe.as_ref().filter(|probe| probe.has_identity()) {
        None => C::Auth::authenticate(&mut parts, &state).await?,
        Some(probe) => probe.identity().ok_or_else(|| {
            Reject::internal("the identity of the test is not of the consumer's type")
        })?,
    };
    if let Some(Selected(protocol)) = parts.extensions.remove::<Selected>() {
        answer
            .headers
            .insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    if credentials::expiry::<C>(&identity, &engine.clock)
        .is_some_and(|expires| expires <= engine.clock.now())
    {
        return Err(Reject::unauthenticated("the credentials have expired"));
    }
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
        link: Link::new(
            Arc::clone(meters),
            <C::Tag as TagKey>::FORM,
            Arc::clone(limits),
            probe,
        ),
        layer: engine.layer.clone(),
        clock: engine.clock.clone(),
        state,
        identity,
        granted,
    });
    let link = Arc::clone(&session_of_link.link);
    let registered =
        engine
            .layer
            .registry()
            .register(mark, link, user, session, limits.connections_per_user);
    let registered = registered.map_err(|_| too_many("you have too many connections"))?;
    let place = Place::new(session_of_link, registered, seat);
    if C::AUTHENTICATION {
        let message = credentials::authenticated::<C>(&place.session.identity);
        encode::message(&mut answer.first.bytes, &message, None)?;
        answer.first.frames += 1;
    }
    let mut attempted = Attempted { parts, path, query };
    let consumer = C::connect(&mut Connect::new(&place.session, &mut attempted, answer)).await?;
    Ok((consumer, place))
}

fn too_many(reason: &'static str) -> Reject {
    Reject::close(CloseCode::TOO_MANY, reason)
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
fn spawn<F>(engine: &Engine, task: impl FnOnce(Counted) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let task = task(engine.drain.count());
    tokio::spawn(task);
}

#[expect(
    clippy::manual_async_fn,
    reason = "the arguments of an `async fn` have their room twice, for as long as the connection stands"
)]
fn connected<C: Consumer>(
    engine: Arc<Engine>,
    mut consumer: C,
    place: Place<C>,
    first: First,
    upgrade: OnUpgrade,
    counted: Counted,
) -> impl Future<Output = ()> + Send {
    async move {
        match engine.clock.timeout(engine.limits.handshake, upgrade).await {
            Some(Ok(upgraded)) => {
                let link = Arc::clone(&place.session.link);
                if engine.drain.has_begun() {
                    // It came between the last look and its own entry.
                    link.close_gently(CloseCode::SERVICE_RESTART, "the server restarts");
                }
                let opened = Opened::new(upgraded);
                let driver = Box::new(Driver::new(opened, link, engine.clock.clone()));
                connection::run(consumer, place, first, driver).await;
            }
            // The client left before it read the answer.
            Some(Err(_)) | None => {
                Box::pin(connection::disconnect(&mut consumer, place, first.cause)).await;
            }
        }
        drop(counted);
    }
}

/// Finishes the handshake only to close: a browser cannot see the HTTP status of a failed one.
async fn refused(
    engine: Arc<Engine>,
    link: Arc<Link>,
    told: Told,
    first: First,
    upgrade: OnUpgrade,
    _counted: Counted,
) {
    let cause = first.cause.clone();
    if let Some(Ok(upgraded)) = engine.clock.timeout(engine.limits.handshake, upgrade).await {
        let link = Arc::clone(&link);
        let opened = Opened::new(upgraded);
        let mut driver = Driver::new(opened, link, engine.clock.clone());
        driver.begin(first);
        driver.close(told.code, &told.reason);
        driver.closed().await;
    }
    if let Some(probe) = &link.probe {
        probe.over();
    }
    drop(cause);
}
