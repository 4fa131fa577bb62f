//! The frames of one connection, held against the document.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use realtime_asyncapi::{
    frames::{ChannelFrames, Frames},
    model::Action,
};
use realtime_runtime::hook::Reached;

use super::{Documents, Seen};
use crate::conversation::shorten;

/// Looks at the frames of one connection.
#[derive(Clone, Debug)]
pub(crate) struct Watch(Option<Arc<Inner>>);

#[derive(Debug)]
struct Inner {
    documents: Documents,
    reached: Reached,
    frames: Option<Arc<Frames>>,
    /// The client has begun to close: the code that comes back is its own.
    closing: AtomicBool,
}

impl Watch {
    pub(super) fn new(documents: Documents, reached: Reached, frames: Option<Arc<Frames>>) -> Self {
        Self(Some(Arc::new(Inner {
            documents,
            reached,
            frames,
            closing: AtomicBool::new(false),
        })))
    }

    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// A frame of the client. What the document does not declare is the test's own business.
    pub(crate) fn sent(&self, text: &str) {
        if let Some((inner, channel)) = self.channel()
            && let Ok(message) = channel.received(text)
        {
            inner.seen(channel, Action::Receive, message);
        }
    }

    /// A frame of the server.
    pub(crate) fn received(&self, text: &str) {
        let Some((inner, channel)) = self.channel() else {
            return;
        };
        match channel.sent(text) {
            Ok(message) => inner.seen(channel, Action::Send, message),
            Err(error) => inner.documents.undeclared(format!(
                "on `{}` it sent {}: {error}",
                channel.key(),
                shorten(text)
            )),
        }
    }

    /// The client closes.
    pub(crate) fn closing(&self) {
        if let Self(Some(inner)) = self {
            inner.closing.store(true, Ordering::Relaxed);
        }
    }

    /// The server has closed.
    pub(crate) fn closed(&self, code: u16) {
        let Some((inner, channel)) = self.channel() else {
            return;
        };
        if !channel.closes_with(code) && !inner.closing.load(Ordering::Relaxed) {
            inner.documents.undeclared(format!(
                "`{}` was closed with {code}, which is not in its table of close codes; name it with \
                 `RealtimeBuilder::close_code`",
                channel.key()
            ));
        }
    }

    /// Tells of what the document does not declare, on any connection of the application.
    #[track_caller]
    pub(crate) fn assert_held(&self) {
        if let Self(Some(inner)) = self {
            inner.documents.assert_held();
        }
    }

    fn channel(&self) -> Option<(&Inner, &ChannelFrames)> {
        let inner = self.0.as_deref()?;
        let mut channels = inner.frames.as_deref()?.channels();
        let channel = channels.find(|channel| channel.address() == &*inner.reached.address)?;
        Some((inner, channel))
    }
}

impl Inner {
    fn seen(&self, channel: &ChannelFrames, action: Action, message: &str) {
        let seen = Seen::new(channel.key(), action, message);
        self.documents.seen(&self.reached.document, seen);
    }
}
