//! Consumers: what the macros implement, and what may be implemented by hand.

use std::{any::Any, future::Future};

use bytes::Bytes;
use realtime_asyncapi::spec::{PushSpec, ReceiveSpec};
use serde::de::{DeserializeOwned, MapAccess};

use crate::{
    auth::{Authenticator, Permissions, Reject},
    context::{Connect, Context},
    error::Error,
    layer::Carried,
    message::{Message, Reply, ReplySink, TagKey},
    wire::{Body, FieldError, Fields, encode},
};

/// A consumer: one value for each connection, with a handler for each message and each event.
///
/// Implemented by [`#[consumer]`](macro@crate::consumer).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a consumer",
    note = "put `#[consumer]` on one of its `impl` blocks"
)]
pub trait Consumer: Sized + Send + 'static {
    /// Its name in documents, metrics and group keys.
    const NAME: &'static str;
    /// Whether the client is told when what a frame, a group message or an event caused is done.
    const COMPLETIONS: bool = false;
    /// Whether the client is told with an `authentication` message what came of asking who it is.
    const AUTHENTICATION: bool = false;
    /// Every message, text or binary, goes back as it came, and no handler runs: for tests of the WebSocket protocol.
    #[doc(hidden)]
    const ECHO: bool = false;

    /// The key of its tags.
    type Tag: TagKey;
    /// What it needs of the application; given to the builder with `state`. `()` if nothing.
    type State: Clone + Send + Sync + 'static;
    /// Who may connect.
    type Auth: Authenticator<Self::State>;
    /// What a client must be allowed, beyond being known.
    type Permissions: Permissions<Self>;
    /// The parameters of its path.
    type Path: DeserializeOwned + Send + Sync + 'static;
    /// The parameters of its query.
    type Query: DeserializeOwned + Send + Sync + 'static;
    /// The union of the messages that it takes.
    type Incoming: Incoming<Tag = Self::Tag>;

    /// Sets a connection up; runs before the handshake is answered.
    fn connect(cx: &mut Connect<'_, Self>) -> impl Future<Output = Result<Self, Reject>> + Send;

    /// Handles one message.
    fn dispatch(
        &mut self,
        message: Self::Incoming,
        cx: &mut Context<'_, Self>,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Handles one event for this connection. By default it does nothing.
    fn event(
        &mut self,
        event: &(dyn Any + Send + Sync),
        cx: &mut Context<'_, Self>,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = (event, cx);
        std::future::ready(Ok(()))
    }

    /// Runs once when the connection is over, however it ended. By default it does nothing.
    fn disconnect(&mut self, cx: &mut Context<'_, Self>) -> impl Future<Output = ()> + Send {
        let _ = cx;
        std::future::ready(())
    }

    /// What the document says of it.
    fn describe() -> Description;
}

/// What a consumer says of itself, for the document.
#[derive(Clone, Debug, Default)]
pub struct Description {
    /// First line of its documentation.
    pub summary: Option<&'static str>,
    /// The rest of its documentation.
    pub description: Option<&'static str>,
    /// What clients send.
    pub receives: Vec<ReceiveSpec>,
    /// What the server sends unasked.
    pub pushes: Vec<PushSpec>,
    /// Its event handlers: their names, and the tags of what they handle.
    pub events: Vec<(&'static str, &'static [&'static str])>,
    /// What it takes from other processes: each event that it handles.
    #[doc(hidden)]
    pub carried: Vec<Carried>,
    /// Schema of the path's parameters.
    pub path: Option<realtime_asyncapi::spec::SchemaFn>,
    /// Schema of the query's parameters.
    pub query: Option<realtime_asyncapi::spec::SchemaFn>,
}

/// The union of the messages that a consumer takes; written by the macro.
pub trait Incoming: Sized + Send + 'static {
    /// The key of their tags.
    type Tag: TagKey;
    /// The tags of each handler, in the order of the handlers.
    const TAGS: &'static [&'static [&'static str]];

    /// Reads the message of the handler with this index.
    ///
    /// # Errors
    /// When the fields do not fit.
    fn read<'de, A: MapAccess<'de>>(
        handler: usize,
        fields: Fields<'_, 'de, A>,
    ) -> Result<Self, A::Error>;

    /// Says which fields do not fit the message of the handler with this index.
    fn diagnose(handler: usize, body: &Body<'_>) -> Vec<FieldError>;
}

/// A consumer that has a handler for the event `E`. Asked for as [`HandledBy`], from the event's side.
pub trait HandlesEvent<E>: Consumer {
    /// Runs the handler if it has no `self`, once for all members.
    fn fan_out(event: &E) -> impl Future<Output = Result<FanOut, Error>> + Send;
}

/// An event that the consumer `C` has a handler for: every `E` with `C: HandlesEvent<E>`.
#[diagnostic::on_unimplemented(
    message = "`{C}` has no handler for the event `{Self}`",
    label = "nothing in `{C}` handles this event",
    note = "add `#[event_handler] async fn …(event: &{Self})` to the `#[consumer]` block of `{C}`"
)]
pub trait HandledBy<C>: Message {
    /// Runs the handler if it has no `self`, once for all members.
    #[doc(hidden)]
    fn fan_out(&self) -> impl Future<Output = Result<FanOut, Error>> + Send;
}

#[diagnostic::do_not_recommend]
impl<C: HandlesEvent<E>, E: Message> HandledBy<C> for E {
    fn fan_out(&self) -> impl Future<Output = Result<FanOut, Error>> + Send {
        C::fan_out(self)
    }
}

/// What becomes of an event.
#[derive(Clone, Debug)]
pub enum FanOut {
    /// Each member handles it.
    Each,
    /// Every member gets these bytes, which are so many frames.
    Frames(Bytes, usize),
    /// Every member gets the event as it is. Its tag key must be the consumer's.
    Same,
}

impl FanOut {
    /// Encodes what a handler without `self` returned.
    ///
    /// # Errors
    /// What the handler failed with.
    pub fn shared<T: TagKey, R: Reply<T>>(reply: R) -> Result<Self, Error> {
        let mut out = Vec::with_capacity(256);
        let mut sink = ReplySink::new(&mut out, None);
        reply.write(&mut sink)?;
        let frames = sink.frames();
        Ok(Self::Frames(out.into(), frames))
    }
}

/// A consumer that declares `M` in an `output(…)`. Asked for as [`SentBy`], from the message's side, or by a shared
/// handler that sends `M`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not declare that it sends `{M}`",
    label = "not declared",
    note = "add `output({M})` to its `#[consumer(…)]`"
)]
pub trait Sends<M>: Consumer {}

/// A message that the consumer `C` declares in an `output(…)`, so that it may be sent with `cx.send`: every `M` with
/// `C: Sends<M>`.
#[diagnostic::on_unimplemented(
    message = "`{C}` does not declare that it sends `{Self}`",
    label = "not declared",
    note = "add `output({Self})` to `#[consumer(…)]`, or to the attribute of the handler that sends it"
)]
pub trait SentBy<C>: Message {}

#[diagnostic::do_not_recommend]
impl<C: Sends<M>, M: Message> SentBy<C> for M {}

/// One message as a frame of its own.
pub(crate) fn frame<M: Message>(message: &M) -> Result<Bytes, Error> {
    Ok(encode::shared(message)?)
}
