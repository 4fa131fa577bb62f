//! What the macros ask of a user's types: each bound is asked for by one path, in words of its own.
//!
//! The compiler reports a missing bound once for each different use. So a macro may use a type as often as it needs, as
//! long as it always writes `<Type as Trait>::…`.

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
    message::{Action, Message, Reply, StreamOf, Type},
    wire::{Body, FieldError, Fields},
};
pub use serde::de::MapAccess;

use crate::{
    message::{Form, TagKey, Tagged},
    wire::fields,
};

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
impl<R, S: futures_core::Stream<Item = R> + Send + 'static> IntoReply<StreamOf<R>> for S {
    fn into_reply(self) -> StreamOf<R> {
        StreamOf::new(self)
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

/// A function that handles messages or events for several consumers: `#[ws_handler(shared)]`, `#[event_handler(shared)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a shared handler",
    label = "not a shared handler",
    note = "put `#[ws_handler(shared)]` or `#[event_handler(shared)]` on a function, and name the function here"
)]
pub trait Shared {
    /// Its tag key.
    type Tag: TagKey;
    /// The message or event that it takes.
    type Takes;
    /// Whether that is an event.
    const OF_EVENTS: bool;

    /// Says of it what the document has to know.
    fn describe(description: &mut Description);
}

/// A shared handler that the consumer `C` may have. Of messages: `dispatch`; of events: the others.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a handler of `{C}`",
    note = "`{C}` must be what the shared handler asks of its consumer"
)]
pub trait SharedHandler<C: Consumer>: Shared {
    /// Handles a message.
    fn dispatch(
        consumer: &mut C,
        message: Self::Takes,
        cx: &mut Context<'_, C>,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = (consumer, message, cx);
        future::ready(Ok(()))
    }

    /// Handles an event for all members, if it takes no consumer.
    fn fan_out(event: &Self::Takes) -> impl Future<Output = Result<FanOut, Error>> + Send {
        let _ = event;
        future::ready(Ok(FanOut::Each))
    }

    /// Handles an event for one member.
    fn handle(
        consumer: &mut C,
        event: &Self::Takes,
        cx: &mut Context<'_, C>,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = (consumer, event, cx);
        future::ready(Ok(()))
    }
}

/// A consumer that may have the shared handler `H`. Asked for in the place of `SharedHandler`, as what is asked of a
/// generic function's future is reported once more where it is awaited.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot have the shared handler `{H}`",
    note = "implement for `{Self}` the traits that `{H}` asks of its consumer"
)]
pub trait HasShared<H: Shared>: Consumer {
    /// Handles a message.
    fn dispatch_shared(
        &mut self,
        message: H::Takes,
        cx: &mut Context<'_, Self>,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Handles an event for all members.
    fn fan_out_shared(event: &H::Takes) -> impl Future<Output = Result<FanOut, Error>> + Send;

    /// Handles an event for one member.
    fn handle_shared(
        &mut self,
        event: &H::Takes,
        cx: &mut Context<'_, Self>,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

impl<C: Consumer, H: SharedHandler<C>> HasShared<H> for C {
    fn dispatch_shared(
        &mut self,
        message: H::Takes,
        cx: &mut Context<'_, Self>,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        H::dispatch(self, message, cx)
    }

    fn fan_out_shared(event: &H::Takes) -> impl Future<Output = Result<FanOut, Error>> + Send {
        H::fan_out(event)
    }

    fn handle_shared(
        &mut self,
        event: &H::Takes,
        cx: &mut Context<'_, Self>,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        H::handle(self, event, cx)
    }
}

/// Whether two tag keys are the same. Evaluated by the compiler.
pub const fn same_tag_key<A: TagKey, B: TagKey>() -> bool {
    matches!(
        (A::FORM, B::FORM),
        (Form::Adjacent, Form::Adjacent) | (Form::Flat, Form::Flat)
    )
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
