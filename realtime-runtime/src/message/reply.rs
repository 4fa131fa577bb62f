//! What a handler may return.

use realtime_asyncapi::spec::MessageSpec;

use super::{ClientError, Message, TagKey, Tagged};
use crate::{
    consumer::{Consumer, FanOut},
    context::Context,
    error::Error,
    wire::{Ref, encode},
};

/// What a handler of a consumer with the tag key `T` may return: `()`, a message, `Option`, `Result`.
///
/// The return value is the reply: it carries the request's `ref`, and its type declares it in the document.
#[diagnostic::on_unimplemented(
    message = "a handler cannot return `{Self}`",
    label = "not a reply of this consumer",
    note = "return `()`, a message with the consumer's tag key, `Option<_>` or `Result<_, E>` of these"
)]
pub trait Reply<T: TagKey>: Send {
    /// Writes what is to be sent.
    ///
    /// # Errors
    /// What the client is told instead.
    fn write(self, sink: &mut ReplySink<'_>) -> Result<(), Error>;

    /// The messages that it may be, for the document.
    fn messages() -> Vec<MessageSpec>;

    /// The error codes of the application that it may carry.
    fn error_codes() -> Vec<&'static str> {
        Vec::new()
    }

    /// Whether it may carry other error codes of the application than [`error_codes`](Self::error_codes).
    fn has_other_codes() -> bool {
        false
    }

    /// All that the document says of it; what the macros call.
    #[doc(hidden)]
    fn describe() -> (Vec<MessageSpec>, Vec<&'static str>, bool) {
        (
            Self::messages(),
            Self::error_codes(),
            Self::has_other_codes(),
        )
    }

    /// Replies in the context of the handler; what the macros call.
    #[doc(hidden)]
    fn reply<C: Consumer<Tag = T>>(self, cx: &mut Context<'_, C>) -> Result<(), Error>
    where
        Self: Sized,
    {
        cx.reply(self)
    }

    /// Encodes it once for all members; what the macros call.
    #[doc(hidden)]
    fn share(self) -> Result<FanOut, Error>
    where
        Self: Sized,
    {
        FanOut::shared(self)
    }
}

/// Where a [`Reply`] is written.
#[derive(Debug)]
pub struct ReplySink<'a> {
    out: &'a mut Vec<u8>,
    reference: Option<&'a Ref>,
    frames: usize,
}

impl<'a> ReplySink<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>, reference: Option<&'a Ref>) -> Self {
        Self {
            out,
            reference,
            frames: 0,
        }
    }

    /// Writes one message.
    ///
    /// # Errors
    /// When it cannot be written as JSON; nothing was written then.
    pub fn message<M: Message>(&mut self, message: &M) -> Result<(), Error> {
        encode::message(self.out, message, self.reference)?;
        self.frames += 1;
        Ok(())
    }

    pub(crate) fn frames(&self) -> usize {
        self.frames
    }
}

impl<T: TagKey> Reply<T> for () {
    fn write(self, _: &mut ReplySink<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn messages() -> Vec<MessageSpec> {
        Vec::new()
    }
}

impl<T: TagKey, M: Message> Reply<T> for M
where
    M::Tag: Tagged<T>,
{
    fn write(self, sink: &mut ReplySink<'_>) -> Result<(), Error> {
        sink.message(&self)
    }

    fn messages() -> Vec<MessageSpec> {
        M::describe()
    }
}

impl<T: TagKey, R: Reply<T>> Reply<T> for Option<R> {
    fn write(self, sink: &mut ReplySink<'_>) -> Result<(), Error> {
        self.map_or(Ok(()), |reply| reply.write(sink))
    }

    fn messages() -> Vec<MessageSpec> {
        R::messages()
    }

    fn error_codes() -> Vec<&'static str> {
        R::error_codes()
    }

    fn has_other_codes() -> bool {
        R::has_other_codes()
    }
}

impl<T: TagKey, R: Reply<T>, E: ClientError> Reply<T> for Result<R, E> {
    fn write(self, sink: &mut ReplySink<'_>) -> Result<(), Error> {
        self.map_err(ClientError::into_error)?.write(sink)
    }

    fn messages() -> Vec<MessageSpec> {
        R::messages()
    }

    fn error_codes() -> Vec<&'static str> {
        let mut codes = Vec::new();
        for code in E::codes().into_iter().chain(R::error_codes()) {
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        codes
    }

    fn has_other_codes() -> bool {
        E::OTHER_CODES || R::has_other_codes()
    }
}
