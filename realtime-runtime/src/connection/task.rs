//! The task of a connection: one frame after the other, one event after the other, then the end.

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use tokio::task::coop;

use super::{Cancelled, Driver, Event, Rank, Socket, driver::Work, report::report};
use crate::{
    auth::Registered,
    cause::{self, Cause},
    consumer::Consumer,
    context::{Context, Session},
    hook::Probe,
    message::TagKey,
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
}

impl<C: Consumer> Place<C> {
    pub(crate) fn new(session: Arc<Session<C>>, registered: Registered) -> Self {
        session.layer.hub().add(&session.link);
        session.layer.queue().start();
        Self {
            session,
            _registered: registered,
        }
    }
}

impl<C: Consumer> Drop for Place<C> {
    fn drop(&mut self) {
        self.session.layer.hub().remove(&self.session.link);
        self.session.link.end();
    }
}

/// Runs a connection to its end.
pub(crate) async fn run<C: Consumer, S: Socket>(
    mut consumer: C,
    place: Place<C>,
    first: First,
    mut driver: Driver<S>,
) {
    let session = Arc::clone(&place.session);
    let talk = converse(&mut consumer, &session, first, &mut driver);
    if let Err(panic) = panic::guard(talk).await {
        // Not in a handler, where panics are caught: in what it left to be dropped, or in what it returned.
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
    drop(driver);
    disconnect(&mut consumer, place, last).await;
}

/// Handles what comes, one after the other, until the connection is over.
async fn converse<C: Consumer, S: Socket>(
    consumer: &mut C,
    session: &Arc<Session<C>>,
    first: First,
    driver: &mut Driver<S>,
) {
    driver.begin(first);
    let mut reply = Vec::new();
    loop {
        match poll_fn(|cx| driver.poll_work(cx)).await {
            Work::Message(cause) => message(consumer, session, driver, &mut reply, cause).await,
            Work::Event(event) => handle_event(consumer, session, driver, &mut reply, event).await,
            Work::Over => return,
        }
        reply.clear();
        reply.shrink_to(4096);
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
    let mut unsent = Vec::new();
    let mut cx = Context::new(&session, None, &mut unsent, Rank::After, 0);
    let handler = cause::within(cause, panic::guard(consumer.disconnect(&mut cx)));
    match session.clock.timeout(DISCONNECT_GRACE, handler).await {
        Some(Ok(())) => {}
        Some(Err(panic)) => {
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
    session: &Arc<Session<C>>,
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
            Ok(text) => Err(Box::new(Refusal::with_ref_of(ErrorCode::RateLimited, text))),
            Err(_) => {
                driver.drop_message();
                return driver.close_not_utf8();
            }
        },
        Kind::Binary if admitted => Err(Box::new(ErrorCode::UnsupportedFrame.into())),
        Kind::Binary => Err(Box::new(ErrorCode::RateLimited.into())),
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
    let (message, reference) = match decoded {
        Ok(Decoded { message, reference }) => (message, reference),
        Err(refusal) => {
            let Refusal { error, reference } = *refusal;
            tracing::debug!(connection = %session.link.id(), consumer = C::NAME, code = %error.code, "refused a frame");
            let cause = finished(cause, &reference);
            return send_error::<C, S>(driver, reply, &error, reference.as_ref(), &cause);
        }
    };
    cause = finished(cause, &reference);
    let free = driver.free_beside();
    let mut cx = Context::new(session, reference.as_ref(), reply, Rank::After, free);
    let outcome = drive(driver, &cause, consumer.dispatch(message, &mut cx)).await;
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
            );
            reply.clear();
            send_error::<C, S>(driver, reply, &error, reference.as_ref(), &cause);
        }
    }
}

/// Reads one frame. What an application's own `Deserialize` panics with ends this frame only.
fn read<C: Consumer>(
    session: &Session<C>,
    text: &str,
) -> Result<Decoded<C::Incoming>, Box<Refusal>> {
    catch_unwind(|| decode::<C::Incoming>(text)).unwrap_or_else(|panic| {
        let error = report(
            Err(panic::message(&*panic)),
            &session.link,
            "reading failed",
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
    let Event { value, mut cause } = event;
    if C::COMPLETIONS {
        let link = Arc::clone(&session.link);
        cause = cause.with_frame(link, <C::Tag as TagKey>::FORM, "event_complete", None);
    }
    let free = driver.free_beside();
    let mut cx = Context::new(session, None, reply, Rank::Before, free);
    let outcome = drive(driver, &cause, consumer.event(&*value, &mut cx)).await;
    let (frames, started) = cx.finish();
    match outcome {
        None => {}
        Some(Ok(Ok(()))) => {
            driver.send(reply, frames, &cause, Rank::Before);
            driver.begin_beside(started);
        }
        // Nobody asked for anything, so nobody is told.
        Some(failed) => drop(report(
            failed.map(|failed| failed.err()),
            &session.link,
            "an event handler failed",
        )),
    }
}

/// Runs a handler while the socket lives on. `None`: it was given up. An error is a panic's message.
async fn drive<S: Socket, F: Future>(
    driver: &mut Driver<S>,
    cause: &Cause,
    handler: F,
) -> Option<Result<F::Output, String>> {
    let mut handler = pin!(handler);
    poll_fn(|cx| {
        match catch_unwind(AssertUnwindSafe(|| {
            cause.enter(|| handler.as_mut().poll(cx))
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
    encode::error(scratch, <C::Tag as TagKey>::FORM, error, reference);
    driver.send(scratch, 1, cause, Rank::After);
}
