//! What a spawned handler sees.

use std::{borrow::Cow, fmt, sync::Arc};

use super::{Sending, Session, accessors, push_own};
use crate::{
    connection::Rank,
    consumer::{Consumer, SentBy},
    layer::{Group, JoinError},
    wire::{CloseCode, Ref},
};

/// What a handler marked `#[ws_handler(spawn)]` sees of its connection and its application: a [`Context`](super::Context)
/// that borrows nothing.
///
/// When the connection is over, what is sent through it goes nowhere.
pub struct OwnedContext<C: Consumer> {
    session: Arc<Session<C>>,
    reference: Option<Ref>,
}

impl<C: Consumer> OwnedContext<C> {
    pub(super) fn new(session: Arc<Session<C>>, reference: Option<Ref>) -> Self {
        Self { session, reference }
    }

    accessors!();

    /// Sends a message to this client, beside the reply: a push, without `ref`.
    ///
    /// Beyond the outbox's limits its policy holds: close 1013 by default. Compiles only for messages that the consumer
    /// declares with `output(…)`.
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
    pub fn send<M: SentBy<C>>(&self, message: M) -> Sending {
        Sending::new(push_own(&self.session, &message, Rank::After))
    }

    /// The `ref` of the frame that this handler answers.
    pub fn reference(&self) -> Option<&Ref> {
        self.reference.as_ref()
    }

    /// Joins a group; joining twice is joining once.
    ///
    /// With a [broker](crate::RealtimeBuilder::layer) the first member of a group on a node waits until events of other nodes
    /// come: for up to 2 s where the bus is down, and is in the group then all the same.
    ///
    /// # Errors
    /// Beyond the limit of groups per connection (128 by default).
    pub async fn join(&self, group: &Group<C>) -> Result<(), JoinError> {
        let session = &self.session;
        session.layer.join(&session.link, group.key()).await
    }

    /// Leaves a group; leaving one that it is not in does nothing.
    pub fn leave(&self, group: &Group<C>) {
        self.session.layer.leave(&self.session.link, group.key());
    }

    /// Closes this connection after the frame in hand. What runs beside the frames, this handler too, is cancelled.
    pub fn close(&self, code: CloseCode, reason: impl Into<Cow<'static, str>>) {
        self.session.link.close_gently(code, reason);
    }
}

impl<C: Consumer> Clone for OwnedContext<C> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.session), self.reference.clone())
    }
}

impl<C: Consumer> crate::layer::Publish for OwnedContext<C> {
    fn channel_layer(&self) -> crate::layer::ChannelLayer {
        self.session.layer.clone()
    }
}

impl<C: Consumer> fmt::Debug for OwnedContext<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedContext")
            .field("consumer", &C::NAME)
            .field("connection", &self.session.link.id())
            .field("reference", &self.reference)
            .finish()
    }
}
