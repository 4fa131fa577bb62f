//! What was said on a connection, for assertions and for the message of one that fails.

use std::{
    collections::VecDeque,
    fmt::Write as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use realtime_runtime::CloseCode;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::contract::Watch;

/// A conversation, shared between a communicator and the task that reads for it.
#[derive(Clone, Debug)]
pub(crate) struct Conversation(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    begun: Instant,
    watch: Watch,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    /// Frames that the test has not looked at.
    pub(crate) unread: VecDeque<String>,
    lines: Vec<String>,
    end: Option<End>,
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Closed {
        code: Option<u16>,
        reason: String,
    },
    /// Without a close frame.
    Lost(String),
}

impl End {
    pub(crate) fn of(frame: Option<CloseFrame>) -> Self {
        match frame {
            Some(frame) => Self::Closed {
                code: Some(frame.code.into()),
                reason: frame.reason.to_string(),
            },
            None => Self::Closed {
                code: None,
                reason: String::new(),
            },
        }
    }
}

impl Conversation {
    pub(crate) fn new(watch: Watch) -> Self {
        let inner = Inner {
            begun: Instant::now(),
            watch,
            state: Mutex::default(),
            changed: Notify::new(),
        };
        Self(Arc::new(inner))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn sent(&self, what: &str) {
        self.note('→', what);
    }

    /// What holds the frames against the document.
    pub(crate) fn watch(&self) -> &Watch {
        &self.0.watch
    }

    pub(crate) fn received(&self, text: String) {
        self.0.watch.received(&text);
        self.note('←', &shorten(&text));
        self.state().unread.push_back(text);
        self.0.changed.notify_waiters();
    }

    /// The first end counts.
    pub(crate) fn ended(&self, end: End) {
        if let End::Closed {
            code: Some(code), ..
        } = end
        {
            self.0.watch.closed(code);
        }
        if self.state().end.is_none() {
            self.note('×', &end.to_string());
            self.state().end = Some(end);
        }
        self.0.changed.notify_waiters();
    }

    pub(crate) fn end(&self) -> Option<End> {
        self.state().end.clone()
    }

    /// Waits for the end.
    pub(crate) async fn wait_for_end(&self) -> End {
        self.wait_for(Self::end).await
    }

    /// Takes the next frame as soon as there is one; `None`: the connection has ended without.
    pub(crate) async fn next(&self) -> Option<String> {
        self.wait_for(|conversation| {
            let mut state = conversation.state();
            match state.unread.pop_front() {
                Some(text) => Some(Some(text)),
                None => state.end.is_some().then_some(None),
            }
        })
        .await
    }

    async fn wait_for<T>(&self, look: impl Fn(&Self) -> Option<T>) -> T {
        loop {
            let changed = self.0.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if let Some(found) = look(self) {
                return found;
            }
            changed.await;
        }
    }

    fn note(&self, sign: char, what: &str) {
        let millis = self.0.begun.elapsed().as_millis();
        self.state()
            .lines
            .push(format!("{millis:>6} ms {sign} {what}"));
    }

    /// The conversation for a failure's message.
    pub(crate) fn show(&self) -> String {
        let mut text = String::from("\nthe conversation so far (→ sent, ← received):");
        for line in &self.state().lines {
            let _ = write!(text, "\n  {line}");
        }
        text
    }
}

/// As much of a frame as a failure's message has room for.
pub(crate) fn shorten(text: &str) -> String {
    const MOST: usize = 500;
    if text.len() <= MOST {
        return text.to_owned();
    }
    format!(
        "{}… ({} bytes)",
        &text[..text.floor_char_boundary(MOST)],
        text.len()
    )
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Closed {
                code: Some(code),
                reason,
            } => {
                let name = CloseCode::TABLE
                    .iter()
                    .find(|row| row.code == *code)
                    .map(|row| row.name);
                write!(
                    f,
                    "closed with {code} {} {reason:?}",
                    name.unwrap_or("(not in the table)")
                )
            }
            Self::Closed { code: None, .. } => f.write_str("closed without a code"),
            Self::Lost(why) => write!(f, "lost: {why}"),
        }
    }
}
