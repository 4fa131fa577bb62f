//! What micro-benches measure: the steps of a frame and of an event in memory, without a socket.
//!
//! Thin doors to what the task of a connection calls itself; see `benches/micro`.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::{Context as Polling, Poll, Waker},
};

use crate::{
    cause::Cause,
    connection::{Clock, Limits, Link, Rank},
    consumer::{Consumer, Incoming},
    context::{Context, Granted, Identity, Session},
    error::Error,
    layer::{ChannelLayer, Group, JoinError},
    message::{Message, TagKey},
    meters::Meters,
    presence,
    wire::{self, Decoded, ErrorFrame, Ref, encode},
};

/// Reads one frame. `None`: it was refused, and its error frame's content is made.
pub fn decode<I: Incoming>(text: &str) -> Option<I> {
    wire::decode::<I>(text).ok().map(|decoded| decoded.message)
}

/// Appends a message as a WebSocket frame.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn encode<M: Message>(out: &mut Vec<u8>, message: &M) -> Result<(), Error> {
    Ok(encode::message(out, message, None)?)
}

/// A channel layer that nobody is connected to.
pub fn layer() -> ChannelLayer {
    ChannelLayer::new(
        Clock::new(),
        presence::Settings::default(),
        None,
        Default::default(),
    )
}

/// A connection without a socket: what is sent to it stays in its outbox.
pub struct Member<C: Consumer> {
    session: Arc<Session<C>>,
    reply: Vec<u8>,
}

impl<C: Consumer> Member<C>
where
    C::State: Default,
    Identity<C>: Default,
    Granted<C>: Default,
{
    /// A connection with the limits that every connection has by default.
    pub fn new(layer: &ChannelLayer) -> Self {
        let clock = Clock::new();
        let meters = Arc::new(Meters::new(C::NAME, &[]));
        let limits = Arc::new(Limits::default());
        Self {
            session: Arc::new(Session {
                link: Link::new(meters, <C::Tag as TagKey>::FORM, limits, None),
                layer: layer.clone(),
                clock,
                state: C::State::default(),
                identity: Identity::<C>::default(),
                granted: Granted::<C>::default(),
            }),
            reply: Vec::new(),
        }
    }
}

impl<C: Consumer> Member<C> {
    /// Joins a group.
    ///
    /// # Errors
    /// Beyond the limit of groups.
    pub fn join(&self, group: &Group<C>) -> Result<(), JoinError> {
        self.session
            .layer
            .hub()
            .join(&self.session.link, group.key())
    }

    /// Leaves a group.
    pub fn leave(&self, group: &Group<C>) {
        self.session.layer.leave(&self.session.link, group.key());
    }

    /// Empties its outbox: how many items there were.
    ///
    /// # Panics
    /// When it was closed as too much waited for it.
    pub fn drain(&self) -> usize {
        let mut taken: usize = 0;
        // The last look finds nothing, and says so.
        while self.session.link.is_ready() {
            drop(self.session.link.take(false));
            taken += 1;
            assert!(taken <= 10_000, "more was sent to it than it takes");
        }
        taken.saturating_sub(1)
    }

    /// Makes what a handler sees, as for every frame, and has it looked at.
    pub fn context<R>(&mut self, look: impl FnOnce(&mut Context<'_, C>) -> R) -> R {
        let mut cx = Context::new(&self.session, None, &mut self.reply, Rank::After, 32);
        look(&mut cx)
    }

    /// What one frame is answered with, as frames: read, handled and encoded, with the guards against panics and the
    /// span that every frame has. The handler must not wait.
    pub fn answer(&mut self, consumer: &mut C, text: &str) -> &[u8] {
        self.reply.clear();
        let decoded = catch_unwind(|| wire::decode::<C::Incoming>(text));
        match decoded {
            Ok(Ok(decoded)) => self.handle(consumer, decoded),
            Ok(Err(refusal)) => self.refuse(&refusal.error, refusal.reference.as_ref()),
            Err(_) => self.reply.clear(),
        }
        &self.reply
    }

    fn handle(&mut self, consumer: &mut C, decoded: Decoded<C::Incoming>) {
        let Decoded {
            handler,
            message,
            reference,
        } = decoded;
        let cause = Cause::NONE;
        let (session, reply) = (&self.session, &mut self.reply);
        let mut cx = Context::new(session, reference.as_ref(), reply, Rank::After, 32);
        let handles = || <C::Incoming as Incoming>::TAGS[handler].first();
        let shown = || reference.as_ref().map(tracing::field::debug);
        let span = tracing::debug_span!("frame", handles = handles().copied(), reference = shown());
        let outcome = {
            let mut handled = pin!(consumer.dispatch(message, &mut cx));
            let mut polling = Polling::from_waker(Waker::noop());
            catch_unwind(AssertUnwindSafe(|| {
                span.in_scope(|| cause.enter(|| handled.as_mut().poll(&mut polling)))
            }))
        };
        drop(cx.finish());
        if !matches!(outcome, Ok(Poll::Ready(Ok(())))) {
            self.reply.clear();
        }
    }

    fn refuse(&mut self, error: &ErrorFrame, reference: Option<&Ref>) {
        let form = <C::Tag as TagKey>::FORM;
        encode::error(&mut self.reply, form, error, reference);
    }
}

impl<C: Consumer> fmt::Debug for Member<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member").finish_non_exhaustive()
    }
}
