//! What the macros ask of a user's types: each bound is asked for by one path, in words of its own.
//!
//! The compiler reports a missing bound once for each different use. So a macro may use a type as often as it needs, as
//! long as it always writes `<Type as Trait>::…`.

use std::{convert::Infallible, fmt, marker::PhantomData};

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

pub use crate::{
    auth::{Anyone, Reject},
    consumer::{Consumer, Description, FanOut, HandlesEvent, Incoming, Sends},
    context::{Connect, Context, Unused},
    describe::is_first,
    error::Error,
    message::{Action, Message, Reply, Type},
    wire::{Body, FieldError, Fields},
};
pub use serde::de::MapAccess;

use crate::{
    message::{TagKey, Tagged},
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

/// The messages of a consumer whose block has mistakes: none. What is wrong with it is reported already.
pub struct Nothing<T>(Infallible, PhantomData<fn() -> T>);

impl<T: TagKey> Incoming for Nothing<T> {
    type Tag = T;
    const TAGS: &'static [&'static [&'static str]] = &[];

    fn read<'de, A: MapAccess<'de>>(
        _: usize,
        fields: Fields<'_, 'de, A>,
    ) -> Result<Self, A::Error> {
        Err(fields.unknown())
    }

    fn diagnose(_: usize, _: &Body<'_>) -> Vec<FieldError> {
        Vec::new()
    }
}

impl<T> fmt::Debug for Nothing<T> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {}
    }
}
