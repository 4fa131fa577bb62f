//! What a handler may return.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use futures_core::Stream;
use realtime_asyncapi::spec::{MessageSpec, Repetition};

use super::{ClientError, Message, TagKey, Tagged};
use crate::{
    connection::{Beside, Link},
    consumer::{Consumer, FanOut},
    context::{Context, OwnedContext},
    describe::Replies,
    error::Error,
    wire::{Ref, encode},
};

/// What a handler of a consumer with the tag key `T` may return: `()`, a message, `Option`, `Result`, `Vec`.
///
/// The return value is the reply: it carries the request's `ref`, and its type declares it in the document.
#[diagnostic::on_unimplemented(
    message = "a handler cannot return `{Self}`",
    label = "not a reply of this consumer",
    note = "return `()`, a message with the consumer's tag key, a `Vec<_>` or `impl Stream<Item = _> + use<>` of them, \
            or `Option<_>` or `Result<_, E>` of these"
)]
pub trait Reply<T: TagKey>: Send + 'static {
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

    /// How often it may be sent for one request.
    fn repetition() -> Repetition {
        Repetition::Once
    }

    /// All that the document says of it; what the macros call.
    #[doc(hidden)]
    fn describe() -> Replies {
        Replies {
            messages: Self::messages(),
            error_codes: Self::error_codes(),
            has_other_codes: Self::has_other_codes(),
            repetition: Self::repetition(),
        }
    }

    /// Replies in the context of the handler; what the macros call.
    #[doc(hidden)]
    fn reply<C: Consumer<Tag = T>>(self, cx: &mut Context<'_, C>) -> Result<(), Error>
    where
        Self: Sized,
    {
        cx.reply(self)
    }

    /// Runs a handler beside the frames and replies with what it returns; what the macros call.
    #[doc(hidden)]
    fn spawn<C: Consumer<Tag = T>, F>(
        cx: &mut Context<'_, C>,
        handler: impl FnOnce(OwnedContext<C>) -> F,
    ) -> Result<(), Error>
    where
        Self: Sized,
        F: Future<Output = Self> + Send + 'static,
    {
        cx.spawn(handler)
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
pub struct ReplySink<'a> {
    out: &'a mut Vec<u8>,
    reference: Option<&'a Ref>,
    frames: usize,
    /// The connection, where a reply may be a stream.
    link: Option<&'a Arc<Link>>,
    streams: Vec<Beside>,
}

impl<'a> ReplySink<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>, reference: Option<&'a Ref>) -> Self {
        Self {
            out,
            reference,
            frames: 0,
            link: None,
            streams: Vec::new(),
        }
    }

    pub(crate) fn with_streams(
        out: &'a mut Vec<u8>,
        reference: Option<&'a Ref>,
        link: &'a Arc<Link>,
    ) -> Self {
        Self {
            link: Some(link),
            ..Self::new(out, reference)
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

    /// Lets a stream of replies begin.
    fn stream<T: TagKey, R: Reply<T>>(
        &mut self,
        stream: impl Stream<Item = R> + Send + 'static,
    ) -> Result<(), Error> {
        let Some(link) = self.link else {
            return Err(Error::internal("only a reply to a frame may be a stream"));
        };
        let (reference, link) = (self.reference.cloned(), Arc::clone(link));
        self.streams
            .push(Beside::replies::<T, R, _>(stream, reference, link));
        Ok(())
    }

    pub(crate) fn frames(&self) -> usize {
        self.frames
    }

    /// How many frames were written, and which streams follow.
    pub(crate) fn finish(self) -> (usize, Vec<Beside>) {
        (self.frames, self.streams)
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

/// All of them, in order, each with the request's `ref`.
impl<T: TagKey, M: Message> Reply<T> for Vec<M>
where
    M::Tag: Tagged<T>,
{
    fn write(self, sink: &mut ReplySink<'_>) -> Result<(), Error> {
        self.iter().try_for_each(|message| sink.message(message))
    }

    fn messages() -> Vec<MessageSpec> {
        M::describe()
    }

    fn repetition() -> Repetition {
        Repetition::Many
    }
}

/// What a handler returns that is declared as `impl Stream<Item = R> + use<>`.
pub struct Streamed<R>(Pin<Box<dyn Stream<Item = R> + Send>>);

impl<R> Streamed<R> {
    pub(crate) fn new(stream: impl Stream<Item = R> + Send + 'static) -> Self {
        Self(Box::pin(stream))
    }
}

impl<T: TagKey, R: Reply<T>> Reply<T> for Streamed<R> {
    fn write(self, sink: &mut ReplySink<'_>) -> Result<(), Error> {
        sink.stream::<T, R>(self.0)
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

    fn repetition() -> Repetition {
        Repetition::Stream
    }
}

impl<R> fmt::Debug for Streamed<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streamed").finish_non_exhaustive()
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

    fn repetition() -> Repetition {
        R::repetition()
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
        E::CODES.iter().copied().chain(R::error_codes()).collect()
    }

    fn has_other_codes() -> bool {
        E::OTHER_CODES || R::has_other_codes()
    }

    fn repetition() -> Repetition {
        R::repetition()
    }
}

impl fmt::Debug for ReplySink<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplySink")
            .field("reference", &self.reference)
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}
