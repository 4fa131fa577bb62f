//! What a handler may return.

use std::{fmt, future::Future, marker::PhantomData, pin::Pin, sync::Arc};

use realtime_asyncapi::spec::{MessageSpec, Repetition};

use super::{ClientError, Message, TagKey, Tagged};
use crate::{
    connection::{Beside, Link},
    consumer::{Consumer, FanOut},
    context::{Context, OwnedContext},
    describe::Replies,
    error::Error,
    wire::{ErrorCode, Ref, encode},
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
            triggers: Vec::new(),
        }
    }

    /// Replies in the context of the handler; what the macros call.
    #[doc(hidden)]
    fn reply<C: Consumer>(self, cx: &mut Context<'_, C>) -> Result<(), Error>
    where
        Self: Sized,
    {
        cx.reply_with_key::<T, Self>(self)
    }

    /// For a handler that runs beside the frames and replies with what it returns; what the macros call.
    #[doc(hidden)]
    fn spawner<'c, 's, C: Consumer>(cx: &'c mut Context<'s, C>) -> Spawner<'c, 's, C, T, Self>
    where
        Self: Sized,
    {
        Spawner(cx, PhantomData)
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

/// Runs a handler that returns `R` beside the frames. A type of its own, so that what the macros ask of the handler's
/// return type and of its future is reported where each stands.
#[derive(Debug)]
pub struct Spawner<'c, 's, C: Consumer, T, R>(&'c mut Context<'s, C>, PhantomData<fn() -> (T, R)>);

impl<C: Consumer, T: TagKey, R: Reply<T>> Spawner<'_, '_, C, T, R> {
    /// As [`Context::spawn`].
    ///
    /// # Errors
    /// As [`Context::spawn`].
    pub fn run<F>(self, handler: impl FnOnce(OwnedContext<C>) -> F) -> Result<(), Error>
    where
        F: Future<Output = R> + Send + 'static,
    {
        self.0.spawn_with_key::<T, R, F>(handler)
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
        stream: impl futures_core::Stream<Item = R> + Send + 'static,
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
pub struct StreamOf<R>(Pin<Box<dyn futures_core::Stream<Item = R> + Send>>);

impl<R> StreamOf<R> {
    pub(crate) fn new(stream: impl futures_core::Stream<Item = R> + Send + 'static) -> Self {
        Self(Box::pin(stream))
    }
}

impl<T: TagKey, R: Reply<T>> Reply<T> for StreamOf<R> {
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

impl<R> fmt::Debug for StreamOf<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamOf").finish_non_exhaustive()
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
        self.map_err(told)?.write(sink)
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

    fn repetition() -> Repetition {
        R::repetition()
    }
}

/// What the client is told. While debugging, a code that the document does not name is a panic of the handler.
fn told<E: ClientError>(error: E) -> Error {
    let error = error.into_error();
    debug_assert!(
        E::OTHER_CODES
            || ErrorCode::ALL.contains(&error.code())
            || E::codes().contains(&error.code()),
        "`{}` tells a client the code `{}`, which the document does not declare: name it in `ClientError::codes`",
        std::any::type_name::<E>(),
        error.code()
    );
    error
}

impl fmt::Debug for ReplySink<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplySink")
            .field("reference", &self.reference)
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}
