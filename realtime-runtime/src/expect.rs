//! What the macros ask of a user's types: each bound is asked for by one path, in words of its own.
//!
//! The compiler reports a missing bound once for each different use. So a macro may use a type as often as it needs, as
//! long as it always writes `<Type as Trait>::…`.

use futures_core::Stream;
use realtime_asyncapi::spec::MessageSpec;

pub use core::{
    any::Any,
    assert,
    clone::Clone,
    default::Default,
    future,
    marker::{Copy, Send, Sync},
    option::Option::{self, None, Some},
    result::Result::{self, Err, Ok},
};
pub use std::vec::Vec;

pub use crate::stand_in::{Nothing, Unknown};
pub use crate::{
    auth::{Anyone, HandlerPermission, Reject},
    consumer::{Consumer, Description, FanOut, HandlesEvent, Incoming, Sends},
    context::{Connect, Context, Unused},
    describe::{Doc, is_first},
    error::Error,
    layer::Group,
    message::{Action, Message, Reply, Streamed, Type},
    wire::{Body, FieldError, Fields},
};
pub use serde::de::MapAccess;

use crate::{consumer::frame, message::Tagged, wire::fields};

/// What the macros need of a message that a consumer takes or sends.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a message",
    label = "this type has no tag on the wire",
    note = "put `#[message(action = \"…\")]` or `#[message(type = \"…\")]` on it"
)]
pub trait MessageOf<T>: Sized + Send + 'static {
    /// Its tags.
    const TAGS: &'static [&'static str];

    /// Reads it.
    ///
    /// # Errors
    /// When the fields do not fit.
    fn read<'de, A: MapAccess<'de>>(fields: Fields<'_, 'de, A>) -> Result<Self, A::Error>;

    /// Says which fields do not fit.
    fn diagnose(body: &Body<'_>) -> Vec<FieldError>;

    /// What the document says of it.
    fn describe() -> Vec<MessageSpec>;

    /// Encodes it once for all members: an event that is passed on as it is.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    fn forward(&self) -> Result<FanOut, Error>;
}

impl<T, M: Message> MessageOf<T> for M
where
    M::Tag: Tagged<T>,
{
    const TAGS: &'static [&'static str] = M::TAGS;

    fn read<'de, A: MapAccess<'de>>(fields: Fields<'_, 'de, A>) -> Result<Self, A::Error> {
        fields.read()
    }

    fn diagnose(body: &Body<'_>) -> Vec<FieldError> {
        fields::<M>(body)
    }

    fn describe() -> Vec<MessageSpec> {
        M::describe()
    }

    fn forward(&self) -> Result<FanOut, Error> {
        Ok(FanOut::Frames(frame(self)?, 1))
    }
}

/// What stands as `impl Stream` in a handler's return type, and may be wrapped in `Option` and `Result`.
#[diagnostic::on_unimplemented(
    message = "what this handler returns is no stream of replies",
    label = "not a stream of messages that is `Send` and borrows nothing",
    note = "return `impl Stream<Item = Message> + use<>`, or `Option<_>` or `Result<_, E>` of it; `Stream` is that of \
            `futures_core`"
)]
pub trait IntoReply<R> {
    /// The reply.
    fn into_reply(self) -> R;
}

#[diagnostic::do_not_recommend]
impl<R, S: Stream<Item = R> + Send + 'static> IntoReply<Streamed<R>> for S {
    fn into_reply(self) -> Streamed<R> {
        Streamed::new(self)
    }
}

#[diagnostic::do_not_recommend]
impl<R, S: IntoReply<R>> IntoReply<Option<R>> for Option<S> {
    fn into_reply(self) -> Option<R> {
        self.map(S::into_reply)
    }
}

#[diagnostic::do_not_recommend]
impl<R, S: IntoReply<R>, E> IntoReply<Result<R, E>> for Result<S, E> {
    fn into_reply(self) -> Result<R, E> {
        self.map(S::into_reply)
    }
}

/// A function that handles messages for several consumers: `#[ws_handler(shared)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a shared handler of messages",
    label = "not a `#[ws_handler(shared)]` function",
    note = "put `#[ws_handler(shared)]` on a function and name it here; one of events is named in `event_handlers(…)`"
)]
pub trait SharedMessage {
    /// What it takes.
    type Message;

    /// Says of it what the document has to know.
    fn describe(description: &mut Description);
}

/// A shared handler of messages that is one of the consumer `C`, whose tag key is `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a handler of `{C}`, whose tag key is `{T}`",
    label = "has another tag key than the consumer",
    note = "a shared handler says its tag key as a consumer does: `#[ws_handler(shared, tag = \"type\")]`"
)]
pub trait SharedHandler<C: Consumer, T>: SharedMessage {
    /// Handles a message.
    fn dispatch(
        consumer: &mut C,
        message: Self::Message,
        cx: &mut Context<'_, C>,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// A function that handles events for several consumers: `#[event_handler(shared)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a shared handler of events",
    label = "not an `#[event_handler(shared)]` function",
    note = "put `#[event_handler(shared)]` on a function and name it here; one of messages is named in `ws_handlers(…)`"
)]
pub trait SharedEvent {
    /// What it takes.
    type Event;

    /// Says of it what the document has to know.
    fn describe(description: &mut Description);
}

/// A shared handler of events that is one of the consumer `C`, whose tag key is `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a handler of `{C}`, whose tag key is `{T}`",
    label = "has another tag key than the consumer",
    note = "a shared handler says its tag key as a consumer does: `#[event_handler(shared, tag = \"type\")]`"
)]
pub trait SharedEventHandler<C: Consumer, T>: SharedEvent {
    /// Runs it if it takes no consumer, once for all members.
    fn fan_out(event: &Self::Event) -> impl Future<Output = Result<FanOut, Error>> + Send;

    /// Runs it for one member.
    fn handle(
        consumer: &mut C,
        event: &Self::Event,
        cx: &mut Context<'_, C>,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// What `#[on_connect]` of the consumer `C` returns.
#[diagnostic::on_unimplemented(
    message = "`#[on_connect]` cannot return `{Self}`",
    label = "not `Result<Self, Reject>`",
    note = "return `Result<Self, Reject>`; with `?` every error becomes a `Reject`"
)]
pub trait Connected<C> {
    /// The consumer, or why there is none.
    ///
    /// # Errors
    /// Those of `#[on_connect]`.
    fn into_result(self) -> Result<C, Reject>;
}

#[diagnostic::do_not_recommend]
impl<C, E> Connected<C> for Result<C, E>
where
    Reject: From<E>,
{
    fn into_result(self) -> Result<C, Reject> {
        self.map_err(Reject::from)
    }
}

/// A handler's future, which must be `Send`: a connection's task may move between threads.
pub fn handler_is_send<F: Future + Send>(future: F) -> F {
    future
}
