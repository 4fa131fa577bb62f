//! What a handler sees: of its connection, of its application.

mod accessors;
mod connect;
mod owned;
mod sending;
mod spawned;

use std::{borrow::Cow, fmt, future::Future, sync::Arc};

use futures_core::Stream;

use accessors::accessors;
pub use connect::Connect;
pub(crate) use connect::{Answer, Attempted};
pub use owned::OwnedContext;
pub use sending::Sending;

use crate::{
    auth::{Authenticator, Permissions},
    cause::Cause,
    connection::{Beside, Clock, Frames, Link, Rank},
    consumer::{Consumer, SentBy, frame},
    error::Error,
    layer::{ChannelLayer, Group, JoinError, Publish},
    message::{Message, Reply, ReplySink, TagKey},
    wire::{CloseCode, ErrorCode, Ref},
};

/// What a consumer's authenticator says of a client.
pub type Identity<C> = <<C as Consumer>::Auth as Authenticator<<C as Consumer>::State>>::Identity;

/// What a consumer's permissions loaded.
pub type Granted<C> = <<C as Consumer>::Permissions as Permissions<C>>::Granted;

/// Parameters that a consumer does not look at: the default of `path` and `query`. Whatever they are, they fit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unused;

impl<'de> serde::Deserialize<'de> for Unused {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct UnusedVisitor;

        impl<'de> serde::de::Visitor<'de> for UnusedVisitor {
            type Value = Unused;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("parameters")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, _: A) -> Result<Unused, A::Error> {
                Ok(Unused)
            }
        }

        deserializer.deserialize_map(UnusedVisitor)
    }
}

/// What stays the same for a connection's whole life.
pub(crate) struct Session<C: Consumer> {
    pub(crate) link: Arc<Link>,
    pub(crate) layer: ChannelLayer,
    pub(crate) clock: Clock,
    pub(crate) state: C::State,
    pub(crate) identity: Identity<C>,
    pub(crate) granted: Granted<C>,
}

impl<C: Consumer> Session<C> {
    /// The same connection, for its client as it is known from now on.
    pub(crate) fn with_identity(&self, identity: Identity<C>) -> Self {
        Self {
            link: Arc::clone(&self.link),
            layer: self.layer.clone(),
            clock: self.clock.clone(),
            state: self.state.clone(),
            identity,
            granted: self.granted.clone(),
        }
    }
}

/// Queues what a handler sends beside its reply.
fn push_own<C: Consumer, M: Message>(
    session: &Session<C>,
    message: &M,
    rank: Rank,
) -> Result<(), Error> {
    let bytes = frame(message)?;
    let cause = Cause::current();
    let frames = Frames {
        bytes,
        count: 1,
        signals: 0,
        cause,
    };
    session.link.push_own(frames, true, rank);
    Ok(())
}

/// What a handler sees of its connection and its application.
pub struct Context<'a, C: Consumer> {
    session: &'a Arc<Session<C>>,
    reference: Option<&'a Ref>,
    reply: &'a mut Vec<u8>,
    frames: usize,
    rank: Rank,
    /// What the handler has started to go on beside the frames.
    started: Vec<Beside>,
    /// How much more may go on beside the frames.
    free: usize,
}

impl<'a, C: Consumer> Context<'a, C> {
    pub(crate) fn new(
        session: &'a Arc<Session<C>>,
        reference: Option<&'a Ref>,
        reply: &'a mut Vec<u8>,
        rank: Rank,
        free: usize,
    ) -> Self {
        Self {
            session,
            reference,
            reply,
            frames: 0,
            rank,
            started: Vec::new(),
            free,
        }
    }

    /// How many frames the reply is, and what goes on beside the frames from now on.
    pub(crate) fn finish(self) -> (usize, Vec<Beside>) {
        (self.frames, self.started)
    }

    accessors!();

    /// Takes a handler's return value: the reply to the frame in hand, or what an event handler returned.
    ///
    /// `#[consumer]` calls this; a [`Consumer`] implemented by hand does so itself.
    ///
    /// # Errors
    /// Those that the handler returned, and those of encoding.
    pub fn reply<R: Reply<C::Tag>>(&mut self, reply: R) -> Result<(), Error> {
        self.reply_with_key::<C::Tag, R>(reply)
    }

    /// As [`Context::reply`], where the macros have made sure that `T` is the consumer's tag key.
    pub(crate) fn reply_with_key<T: TagKey, R: Reply<T>>(&mut self, reply: R) -> Result<(), Error> {
        let link = &self.session.link;
        let mut sink = ReplySink::with_streams(self.reply, self.reference, link);
        reply.write(&mut sink)?;
        let (frames, streams) = sink.finish();
        self.frames += frames;
        self.started.extend(streams);
        Ok(())
    }

    /// Replies with a stream: each item has the `ref` of the frame in hand.
    ///
    /// The stream goes on beside the frames that follow, as fast as the client reads, and is dropped when the connection
    /// ends. A handler that returns `impl Stream<Item = M> + use<>` does this; a [`Consumer`] implemented by hand does so
    /// itself.
    ///
    /// # Errors
    /// `rate_limited` when as much as the connection may have goes on already (32 by default).
    pub fn reply_stream<R, S>(&mut self, stream: S) -> Result<(), Error>
    where
        R: Reply<C::Tag>,
        S: Stream<Item = R> + Send + 'static,
    {
        self.make_room()?;
        let (reference, link) = (self.reference.cloned(), Arc::clone(&self.session.link));
        self.started
            .push(Beside::replies::<C::Tag, R, S>(stream, reference, link));
        Ok(())
    }

    /// Runs a handler as a task of its own, beside the frames that follow, and replies with what it returns.
    ///
    /// It is cancelled when the connection ends, before `#[on_disconnect]`. `#[ws_handler(spawn)]` does this; a
    /// [`Consumer`] implemented by hand does so itself.
    ///
    /// # Errors
    /// `rate_limited` when as much as the connection may have goes on already (32 by default); the handler does not run.
    pub fn spawn<R, F>(&mut self, handler: impl FnOnce(OwnedContext<C>) -> F) -> Result<(), Error>
    where
        R: Reply<C::Tag>,
        F: Future<Output = R> + Send + 'static,
    {
        self.spawn_with_key::<C::Tag, R, F>(handler)
    }

    /// As [`Context::spawn`], where the macros have made sure that `T` is the consumer's tag key.
    pub(crate) fn spawn_with_key<T, R, F>(
        &mut self,
        handler: impl FnOnce(OwnedContext<C>) -> F,
    ) -> Result<(), Error>
    where
        T: TagKey,
        R: Reply<T>,
        F: Future<Output = R> + Send + 'static,
    {
        self.make_room()?;
        let session = Arc::clone(self.session);
        let reference = self.reference.cloned();
        let handler = handler(OwnedContext::new(Arc::clone(&session), reference.clone()));
        self.started.push(Beside::task(spawned::run::<C, T, R>(
            session, reference, handler,
        )));
        Ok(())
    }

    /// That one thing more may go on beside the frames.
    ///
    /// # Errors
    /// `rate_limited` if not.
    #[doc(hidden)]
    pub fn make_room(&self) -> Result<(), Error> {
        if self.started.len() < self.free {
            return Ok(());
        }
        let detail = "Too many requests are under way; wait for one to end.";
        Err(Error::client(ErrorCode::RateLimited.as_str(), detail))
    }

    /// Sends a message to this client, beside the reply: a push, without `ref`.
    ///
    /// What a handler sends and what it returns keep their order, also while the client reads slowly. Beyond the
    /// outbox's limits its policy holds: close 1013 by default. Compiles only for messages that the consumer declares with
    /// `output(…)`.
    ///
    /// # Errors
    /// When the message cannot be written as JSON. That the client has gone is no error: nothing is sent then.
    ///
    /// # Cancel safety
    /// Does not wait for the client.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a message is given away, as it is where it is returned"
    )]
    pub fn send<M: SentBy<C>>(&mut self, message: M) -> Sending {
        Sending::new(push_own(self.session, &message, self.rank))
    }

    /// The `ref` of the frame in hand.
    pub fn reference(&self) -> Option<&Ref> {
        self.reference
    }

    /// Joins a group; joining twice is joining once. Leaving is not needed: the end of the connection does it.
    ///
    /// With a [broker](crate::RealtimeBuilder::layer) the first member of a group on a node waits until events of other nodes
    /// come: for up to 2 s where the bus is down, and is in the group then all the same.
    ///
    /// # Errors
    /// Beyond the limit of groups per connection (128 by default).
    pub async fn join(&mut self, group: &Group<C>) -> Result<(), JoinError> {
        self.session
            .layer
            .join(&self.session.link, group.key())
            .await
    }

    /// Leaves a group; leaving one that it is not in does nothing.
    pub fn leave(&mut self, group: &Group<C>) {
        self.session.layer.leave(&self.session.link, group.key());
    }

    /// Closes this connection after the handler: what it sent and its reply are still written.
    pub fn close(&mut self, code: CloseCode, reason: impl Into<Cow<'static, str>>) {
        self.session.link.close_gently(code, reason);
    }
}

impl<C: Consumer> Publish for Context<'_, C> {
    fn channel_layer(&self) -> ChannelLayer {
        self.session.layer.clone()
    }
}

impl<C: Consumer> fmt::Debug for Context<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("consumer", &C::NAME)
            .field("connection", &self.session.link.id())
            .field("reference", &self.reference)
            .finish_non_exhaustive()
    }
}
