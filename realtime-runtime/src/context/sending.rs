//! What `cx.send` returns.

use std::{
    future::{self, Future, Ready},
    pin::Pin,
    task::{self, Poll, ready},
};

use tokio::task::coop;

use crate::error::Error;

/// A message that was sent. It is queued already; awaiting says whether it could be.
///
/// A type of its own, not an `async fn`'s: the compiler asks for the bounds of the call once, not again of its future.
#[derive(Debug)]
#[must_use = "await it, and handle its error"]
pub struct Sending(Ready<Result<(), Error>>);

impl Sending {
    pub(super) fn new(sent: Result<(), Error>) -> Self {
        Self(future::ready(sent))
    }
}

impl Future for Sending {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        // A handler that sends in a loop lets go now and then, so that what it sends is written.
        ready!(coop::poll_proceed(cx)).made_progress();
        Pin::new(&mut self.0).poll(cx)
    }
}
