//! What was said on a connection, for assertions and for the message of one that fails.

use std::{
    collections::VecDeque,
    fmt::{self, Write as _},
    panic::Location,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use realtime_runtime::CloseCode;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::{contract::Watch, watchdog::place};

/// A conversation, shared between a communicator and the task that reads for it.
#[derive(Clone, Debug)]
pub(crate) struct Conversation(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: String,
    begun: Instant,
    watch: Watch,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    /// Frames that the test has not looked at.
    pub(crate) unread: VecDeque<String>,
    said: Vec<Said>,
    end: Option<End>,
}

/// Which way something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server.
    Sent,
    /// From the server to the client.
    Received,
    /// The end of the connection.
    End,
}

/// One thing that was said on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Said {
    /// Which way.
    pub direction: Direction,
    /// How long after the client was connected.
    pub after: Duration,
    /// A text frame as it is; anything else in words.
    pub text: String,
    /// `file:line` of the call in the test that caused it. `None`: it came by itself, or from a remote server.
    pub cause: Option<String>,
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
    pub(crate) fn new(client: String, watch: Watch) -> Self {
        let inner = Inner {
            client,
            begun: Instant::now(),
            watch,
            state: Mutex::default(),
            changed: Notify::new(),
        };
        Self(Arc::new(inner))
    }

    /// What the test calls the client.
    pub(crate) fn client(&self) -> &str {
        &self.0.client
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn said(&self) -> Vec<Said> {
        self.state().said.clone()
    }

    pub(crate) fn sent(&self, what: &str, at: &Location<'_>) {
        self.note(Direction::Sent, what.to_owned(), Some(place(at)));
    }

    /// What holds the frames against the document.
    pub(crate) fn watch(&self) -> &Watch {
        &self.0.watch
    }

    pub(crate) fn received(&self, text: String, cause: Option<&Location<'_>>) {
        self.0.watch.received(&text);
        self.note(Direction::Received, text.clone(), cause.map(place));
        self.state().unread.push_back(text);
        self.0.changed.notify_waiters();
    }

    /// A frame that only says that something is done: it is in the history, and nothing the test has to look at.
    pub(crate) fn signalled(&self, text: String) {
        self.note(Direction::Received, text, None);
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
            self.note(Direction::End, end.to_string(), None);
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

    fn note(&self, direction: Direction, text: String, cause: Option<String>) {
        let after = self.0.begun.elapsed();
        self.state().said.push(Said {
            direction,
            after,
            text,
            cause,
        });
    }

    /// The conversation for a failure's message.
    pub(crate) fn show(&self) -> String {
        let mut text = format!(
            "\nthe conversation of {} so far (→ sent, ← received):",
            self.0.client
        );
        let state = self.state();
        if state.said.is_empty() {
            text.push_str(" nothing");
        }
        for said in &state.said {
            let _ = write!(text, "\n  {said}");
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

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.direction {
            Direction::Sent => '→',
            Direction::Received => '←',
            Direction::End => '×',
        };
        let (millis, text) = (self.after.as_millis(), shorten(&self.text));
        write!(f, "{millis:>6} ms {sign} {text}")
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
