//! What a handler sees: of its connection, of its application.

mod connect;
mod sending;

use std::{borrow::Cow, fmt, sync::Arc};

pub use connect::Connect;
pub(crate) use connect::{Answer, Attempted};
pub use sending::Sending;

use crate::{
    auth::{Authenticator, Permissions},
    cause::Cause,
    connection::{Clock, ConnectionId, Frames, Link, Rank},
    consumer::{Consumer, SentBy, frame},
    error::Error,
    layer::{Address, ChannelLayer, ExcludeSelf, Group, JoinError, Publish},
    message::{Message, Reply, ReplySink},
    wire::{CloseCode, Ref},
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

/// What a handler sees of its connection and its application.
pub struct Context<'a, C: Consumer> {
    session: &'a Arc<Session<C>>,
    reference: Option<&'a Ref>,
    reply: &'a mut Vec<u8>,
    frames: usize,
    rank: Rank,
}

impl<'a, C: Consumer> Context<'a, C> {
    pub(crate) fn new(
        session: &'a Arc<Session<C>>,
        reference: Option<&'a Ref>,
        reply: &'a mut Vec<u8>,
        rank: Rank,
    ) -> Self {
        Self {
            session,
            reference,
            reply,
            frames: 0,
            rank,
        }
    }

    pub(crate) fn frames(&self) -> usize {
        self.frames
    }

    /// Takes a handler's return value: the reply to the frame in hand, or what an event handler returned.
    ///
    /// `#[consumer]` calls this; a [`Consumer`] implemented by hand does so itself.
    ///
    /// # Errors
    /// Those that the handler returned, and those of encoding.
    pub fn reply<R: Reply<C::Tag>>(&mut self, reply: R) -> Result<(), Error> {
        let mut sink = ReplySink::new(self.reply, self.reference);
        reply.write(&mut sink)?;
        self.frames += sink.frames();
        Ok(())
    }

    /// Sends a message to this client, beside the reply: a push, without `ref`.
    ///
    /// What a handler sends and what it returns keep their order, also while the client reads slowly. Beyond the
    /// outbox's limits the connection is closed with 1013. Compiles only for messages that the consumer declares with
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
        Sending::new(self.push(&message))
    }

    fn push<M: Message>(&mut self, message: &M) -> Result<(), Error> {
        let bytes = frame(message)?;
        let cause = Cause::current();
        let frames = Frames {
            bytes,
            count: 1,
            cause,
        };
        self.session.link.push_own(frames, true, self.rank);
        Ok(())
    }

    /// Who the client is.
    pub fn identity(&self) -> &Identity<C> {
        &self.session.identity
    }

    /// What the consumer's permissions loaded when the client connected.
    pub fn granted(&self) -> &Granted<C> {
        &self.session.granted
    }

    /// The application's state.
    pub fn state(&self) -> &C::State {
        &self.session.state
    }

    /// The `ref` of the frame in hand.
    pub fn reference(&self) -> Option<&Ref> {
        self.reference
    }

    /// The channel layer, to keep and to use elsewhere.
    pub fn layer(&self) -> &ChannelLayer {
        &self.session.layer
    }

    /// The number of this connection.
    pub fn connection_id(&self) -> ConnectionId {
        self.session.link.id()
    }

    /// This connection's address: events can be sent to it from anywhere.
    pub fn address(&self) -> Address<C> {
        Address::new(self.session.link.id())
    }

    /// Joins a group; joining twice is joining once. Leaving is not needed: the end of the connection does it.
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

    /// Publishes as this connection, but not to it.
    pub fn exclude_self(&self) -> ExcludeSelf {
        ExcludeSelf::new(self.session.layer.clone(), self.session.link.id())
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
