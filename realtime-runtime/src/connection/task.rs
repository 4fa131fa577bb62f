//! The task of a connection: one frame after the other, one event after the other, then the end.

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use tokio::task::coop;
use tracing::Span;

use super::{
    Cancelled, Driver, Event, Rank, Socket, credentials, driver::Work, report::report, spare,
};
use crate::{
    auth::{Authenticator, Registered, Seat},
    cause::{self, Cause},
    consumer::{Consumer, Incoming},
    context::{Context, Session},
    hook::{Probe, names},
    message::{System, TagKey, system::Refresh},
    meters::Stopwatch,
    panic,
    wire::{
        CloseCode, Decoded, ErrorCode, ErrorFrame, Ref, Refusal, decode, encode,
        frame::{self, Kind},
    },
};

/// How long spawned handlers may go on once they are cancelled; one that waits for something ends at once.
const CANCEL_GRACE: Duration = Duration::from_secs(5);
/// How long `#[on_disconnect]` may take.
const DISCONNECT_GRACE: Duration = Duration::from_secs(10);

/// What `#[on_connect]` sent: the first thing that is written.
#[derive(Debug, Default)]
pub(crate) struct First {
    pub(crate) bytes: Vec<u8>,
    pub(crate) frames: usize,
    pub(crate) cause: Cause,
}

/// A connection's place in the process. Dropping it, however that comes about, takes the connection out everywhere.
pub(crate) struct Place<C: Consumer> {
    pub(crate) session: Arc<Session<C>>,
    _registered: Registered,
    _seat: Seat,
}

impl<C: Consumer> Place<C> {
    pub(crate) fn new(session: Arc<Session<C>>, registered: Registered, seat: Seat) -> Self {
        session.layer.hub().add(&session.link);
        session.layer.queue().start();
        Self {
            session,
            _registered: registered,
            _seat: seat,
        }
    }
}

impl<C: Consumer> Drop for Place<C> {
    fn drop(&mut self) {
        self.session.layer.remove(&self.session.link);
        self.session.link.end();
    }
}

/// Runs a connection to its end.
#[expect(
    clippy::manual_async_fn,
    reason = "the arguments of an `async fn` have their room twice, for as long as the connection stands"
)]
pub(crate) fn run<C: Consumer, S: Socket>(
    mut consumer: C,
    mut place: Place<C>,
    first: First,
    mut driver: Box<Driver<S>>,
) -> impl Future<Output = ()> + Send {
    async move {
        let session = &place.session;
        session.link.meters().opened();
        driver.expire_at(credentials::expiry::<C>(&session.identity, &session.clock));
        let talk = converse(&mut consumer, &mut place.session, first, &mut driver);
        let talked = panic::guard(pin!(talk)).await;
        let session = Arc::clone(&place.session);
        if let Err(panic) = talked {
            // Not in a handler, where panics are caught: in what it left to be dropped, or in what it returned.
            names::panicked(&session.link, "the connection", &panic);
            tracing::error!(connection = %session.link.id(), consumer = C::NAME, panic, "a connection failed");
            driver.close(CloseCode::INTERNAL, "the server failed");
            drop(panic::guard(driver.closed()).await);
        }
        let last = driver.last_cause();
        // What ran beside the frames is over before `#[on_disconnect]` begins, unless it does not let go.
        let ended = driver.take_cancelled().into_iter().map(Cancelled::ended);
        let all_ended = async {
            for ended in ended {
                ended.await;
            }
        };
        if session
            .clock
            .timeout(CANCEL_GRACE, all_ended)
            .await
            .is_none()
        {
            tracing::error!(connection = %session.link.id(), consumer = C::NAME, "a spawned handler does not end");
        }
        tracing::debug!(connection = %session.link.id(), consumer = C::NAME, code = driver.ended_with().map(CloseCode::as_u16), "over");
        session.link.meters().closed(driver.ended_with());
        drop(driver);
        Box::pin(disconnect(&mut consumer, place, last)).await;
    }
}

/// Handles what comes, one after the other, until the connection is over.
///
/// What a handler needs is boxed: memory that was used just now is warm, while within the task's own each connection
/// would keep, and touch, room for the largest handler.
async fn converse<C: Consumer, S: Socket>(
    consumer: &mut C,
    session: &mut Arc<Session<C>>,
    first: First,
    driver: &mut Driver<S>,
) {
    driver.begin(first);
    loop {
        let work = poll_fn(|cx| driver.poll_work(cx)).await;
        let mut reply = spare::take();
        match work {
            Work::Message(cause) => {
                Box::pin(message(consumer, session, driver, &mut reply, cause)).await;
            }
            Work::Event(event) => {
                Box::pin(handle_event(consumer, session, driver, &mut reply, event)).await;
            }
            Work::Recheck(cause) => {
                Box::pin(credentials::recheck::<C, S>(session, driver, &cause)).await;
            }
            Work::Over => return,
        }
        spare::give(reply);
    }
}

/// Takes a connection out everywhere, then lets its consumer know, once.
///
/// `last`: what the server ended it for; the client's own close counts first.
pub(crate) async fn disconnect<C: Consumer>(consumer: &mut C, place: Place<C>, last: Cause) {
    let session = Arc::clone(&place.session);
    drop(place);
    let probe = session.link.probe.as_ref();
    let end = probe.map_or(Cause::NONE, Probe::take_end);
    let cause = if end.is_none() { last.clone() } else { end };
    let cause = cause.work(|| names::end(&session.link));
    let mut unsent = Vec::new();
    let mut cx = Context::new(&session, None, &mut unsent, Rank::After, 0);
    let handler = pin!(consumer.disconnect(&mut cx));
    let handler = pin!(cause::within(cause, panic::guard(handler)));
    match session.clock.timeout(DISCONNECT_GRACE, handler).await {
        Some(Ok(())) => {}
        Some(Err(panic)) => {
            names::panicked(&session.link, "`#[on_disconnect]`", &panic);
            tracing::error!(connection = %session.link.id(), consumer = C::NAME, panic, "on_disconnect failed");
        }
        None => {
            tracing::error!(connection = %session.link.id(), consumer = C::NAME, "on_disconnect took too long");
        }
    }
    if let Some(probe) = probe {
        probe.over();
    }
}

async fn message<C: Consumer, S: Socket>(
    consumer: &mut C,
    session: &mut Arc<Session<C>>,
    driver: &mut Driver<S>,
    reply: &mut Vec<u8>,
    mut cause: Cause,
) {
    let admitted = driver.admit();
    let (kind, payload) = driver.message();
    if C::ECHO && admitted && (kind == Kind::Binary || std::str::from_utf8(payload).is_ok()) {
        let Ok(()) = frame::data::<Infallible>(reply, kind, |out| {
            out.extend_from_slice(payload);
            Ok(())
        });
        driver.drop_message();
        return driver.send(reply, 1, &cause, Rank::After);
    }
    let decoded = match kind {
        Kind::Text => match std::str::from_utf8(payload) {
            Ok(text) if admitted => read::<C>(session, text),
            Ok(text) => Err(Refusal::with_ref_of(ErrorCode::RateLimited, text).into()),
            Err(_) => {
                driver.drop_message();
                return driver.close_not_utf8(cause);
            }
        },
        Kind::Binary if admitted => Err(Refusal::from(ErrorCode::UnsupportedFrame).into()),
        Kind::Binary => Err(Refusal::from(ErrorCode::RateLimited).into()),
    };
    driver.drop_message();
    let form = <C::Tag as TagKey>::FORM;
    let finished = |cause: Cause, reference: &Option<Ref>| {
        if C::COMPLETIONS {
            cause.with_frame(
                Arc::clone(&session.link),
                form,
                "complete",
                reference.clone(),
            )
        } else {
            cause
        }
    };
    let (handler, message, reference) = match decoded {
        Ok(Decoded {
            handler,
            message,
            reference,
        }) => (handler, message, reference),
        Err(Unhandled::Refresh(frame)) => {
            let cause = finished(cause, &frame.reference);
            return Box::pin(credentials::refresh(session, driver, reply, frame, &cause)).await;
        }
        Err(Unhandled::Refused(refusal)) => {
            let Refusal { error, reference } = *refusal;
            tracing::debug!(connection = %session.link.id(), consumer = C::NAME, code = %error.code, "refused a frame");
            let cause = finished(cause, &reference);
            return send_error::<C, S>(driver, reply, &error, reference.as_ref(), &cause);
        }
    };
    cause = finished(cause, &reference);
    let free = driver.free_beside();
    let mut cx = Context::new(session, reference.as_ref(), reply, Rank::After, free);
    let handles = || <C::Incoming as Incoming>::TAGS[handler].first();
    let shown = || reference.as_ref().map(tracing::field::debug);
    let span = tracing::debug_span!("frame", handles = handles().copied(), reference = shown());
    let watch = Stopwatch::start();
    let handling = cause.work(|| names::message::<C>(&session.link, handler));
    let named = || names::Handler::of_messages(C::NAME, <C::Incoming as Incoming>::TAGS[handler]);
    let outcome = if names::takes_fault(&session.link, &handling, named) {
        drive(driver, &handling, &span, pin!(poll_fn(|_| names::fault()))).await
    } else {
        let handled = pin!(consumer.dispatch(message, &mut cx));
        drive(driver, &handling, &span, handled).await
    };
    session
        .link
        .meters()
        .handled(Some(handler), watch.elapsed());
    let (frames, started) = cx.finish();
    match outcome {
        None => {}
        Some(Ok(Ok(()))) => {
            driver.send(reply, frames, &cause, Rank::After);
            driver.begin_beside(started);
        }
        Some(failed) => {
            let error = report(
                failed.map(|failed| failed.err()),
                &session.link,
                "a handler failed",
                &handling,
            );
            reply.clear();
            send_error::<C, S>(driver, reply, &error, reference.as_ref(), &cause);
        }
    }
}

/// A frame that no handler gets.
enum Unhandled<C: Consumer> {
    Refresh(Decoded<System<C::Tag, Refresh>>),
    Refused(Box<Refusal>),
}

impl<C: Consumer> From<Refusal> for Unhandled<C> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// Reads one frame.
fn read<C: Consumer>(
    session: &Session<C>,
    text: &str,
) -> Result<Decoded<C::Incoming>, Unhandled<C>> {
    let is_unknown = |refusal: &Refusal| refusal.error.code == ErrorCode::UnknownAction.as_str();
    decode_safely::<C>(session, text).map_err(|refusal| {
        if !<C::Auth as Authenticator<C::State>>::REFRESHES || !is_unknown(&refusal) {
            return Unhandled::Refused(refusal);
        }
        match decode::<System<C::Tag, Refresh>>(text) {
            Ok(frame) => Unhandled::Refresh(frame),
            Err(other) if is_unknown(&other) => Unhandled::Refused(refusal),
            Err(bad) => Unhandled::Refused(bad),
        }
    })
}

/// What an application's own `Deserialize` panics with ends this frame only.
fn decode_safely<C: Consumer>(
    session: &Session<C>,
    text: &str,
) -> Result<Decoded<C::Incoming>, Box<Refusal>> {
    catch_unwind(|| decode::<C::Incoming>(text)).unwrap_or_else(|panic| {
        let error = report(
            Err(panic::message(&*panic)),
            &session.link,
            "reading a frame",
            &Cause::NONE,
        );
        Err(Box::new(Refusal {
            error,
            ..Refusal::with_ref_of(ErrorCode::Internal, text)
        }))
    })
}

async fn handle_event<C: Consumer, S: Socket>(
    consumer: &mut C,
    session: &Arc<Session<C>>,
    driver: &mut Driver<S>,
    reply: &mut Vec<u8>,
    event: Event,
) {
    let Event { value, kind, cause } = event;
    let (at, mut whole) = (cause.started_at(), cause.whole());
    // It no longer waits.
    drop(cause);
    if C::COMPLETIONS {
        let link = Arc::clone(&session.link);
        whole = whole.with_frame(link, <C::Tag as TagKey>::FORM, "event_complete", None);
    }
    let free = driver.free_beside();
    let mut cx = Context::new(session, None, reply, Rank::Before, free);
    let span = tracing::debug_span!("event");
    let watch = Stopwatch::start();
    let handling = whole.work_from(at, || names::event::<C>(&session.link, kind.tags));
    let named = || names::Handler::of_events(C::NAME, kind.tags);
    let outcome = if names::takes_fault(&session.link, &handling, named) {
        drive(driver, &handling, &span, pin!(poll_fn(|_| names::fault()))).await
    } else {
        let handled = pin!(consumer.event(&*value, &mut cx));
        drive(driver, &handling, &span, handled).await
    };
    session.link.meters().handled(None, watch.elapsed());
    let (frames, started) = cx.finish();
    match outcome {
        None => {}
        Some(Ok(Ok(()))) => {
            driver.send(reply, frames, &whole, Rank::Before);
            driver.begin_beside(started);
        }
        // Nobody asked for anything, so nobody is told.
        Some(failed) => drop(report(
            failed.map(|failed| failed.err()),
            &session.link,
            "an event handler failed",
            &handling,
        )),
    }
}

/// Runs a handler while the socket lives on. `None`: it was given up. An error is a panic's message.
///
/// It comes pinned: a future that is handed on by value has its room twice.
pub(super) async fn drive<S: Socket, F: Future>(
    driver: &mut Driver<S>,
    cause: &Cause,
    span: &Span,
    mut handler: Pin<&mut F>,
) -> Option<Result<F::Output, String>> {
    poll_fn(|cx| {
        match catch_unwind(AssertUnwindSafe(|| {
            span.in_scope(|| cause.enter(|| handler.as_mut().poll(cx)))
        })) {
            Ok(Poll::Ready(output)) => Poll::Ready(Some(Ok(output))),
            // The handler may have used up the task's budget, and the socket would then refuse to move.
            Ok(Poll::Pending) => {
                let background = coop::unconstrained(poll_fn(|cx| driver.poll_background(cx)));
                pin!(background).poll(cx).map(|()| None)
            }
            Err(panic) => Poll::Ready(Some(Err(panic::message(&*panic)))),
        }
    })
    .await
}

fn send_error<C: Consumer, S: Socket>(
    driver: &mut Driver<S>,
    scratch: &mut Vec<u8>,
    error: &ErrorFrame,
    reference: Option<&Ref>,
    cause: &Cause,
) {
    driver.meters().failed(&error.code);
    encode::error(scratch, <C::Tag as TagKey>::FORM, error, reference);
    driver.send(scratch, 1, cause, Rank::After);
}
