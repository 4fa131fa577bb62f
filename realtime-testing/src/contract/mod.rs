//! The document of the application under test, held against every frame that its connections see.

mod replay;
mod snapshot;
mod watch;

use std::{
    collections::BTreeSet,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use realtime_asyncapi::{frames::Frames, model::Action, spec::AppSpec};
use realtime_runtime::hook::Reached;

pub use replay::{Contract, Replayed};
pub use snapshot::Documented;
pub(crate) use watch::Watch;

/// What the connections of one application have shown of its documents.
#[derive(Clone, Debug, Default)]
pub(crate) struct Documents(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    known: Vec<Known>,
    /// What the documents do not declare and the test has not been told of.
    undeclared: Vec<String>,
    unwatched: bool,
}

/// One `Realtime`.
#[derive(Debug)]
struct Known {
    spec: Arc<AppSpec>,
    /// `None`: the document cannot be made.
    frames: Option<Arc<Frames>>,
    seen: BTreeSet<Seen>,
}

/// A message that crossed a connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    channel: String,
    way: &'static str,
    message: String,
}

impl Seen {
    fn new(channel: &str, action: Action, message: &str) -> Self {
        Self {
            channel: channel.to_owned(),
            way: match action {
                Action::Receive => "client → server",
                Action::Send => "server → client",
            },
            message: message.to_owned(),
        }
    }
}

impl Documents {
    /// What looks at the frames of a connection.
    pub(crate) fn watch(&self, reached: Option<Reached>) -> Watch {
        let Some(reached) = reached.filter(|_| !self.state().unwatched) else {
            return Watch::none();
        };
        let frames = self.frames(&reached.document);
        Watch::new(self.clone(), reached, frames)
    }

    /// Compares no more.
    pub(crate) fn unwatch(&self) {
        self.state().unwatched = true;
    }

    fn frames(&self, spec: &Arc<AppSpec>) -> Option<Arc<Frames>> {
        let mut state = self.state();
        if let Some(known) = state.known.iter().find(|known| known.is(spec)) {
            return known.frames.clone();
        }
        let frames = realtime_asyncapi::document(spec)
            .map_err(|error| error.to_string())
            .and_then(|document| Frames::new(&document).map_err(|error| error.to_string()));
        let frames = match frames {
            Ok(frames) => Some(Arc::new(frames)),
            Err(error) => {
                let what = format!("the document cannot be made: {error}");
                state.undeclared.push(what);
                None
            }
        };
        state.known.push(Known {
            spec: Arc::clone(spec),
            frames: frames.clone(),
            seen: BTreeSet::new(),
        });
        frames
    }

    fn seen(&self, spec: &Arc<AppSpec>, seen: Seen) {
        let mut state = self.state();
        if let Some(known) = state.known.iter_mut().find(|known| known.is(spec)) {
            known.seen.insert(seen);
        }
    }

    fn undeclared(&self, what: String) {
        self.state().undeclared.push(what);
    }

    /// Tells of what was seen and is not declared, once.
    #[track_caller]
    pub(crate) fn assert_held(&self) {
        let undeclared = mem::take(&mut self.state().undeclared);
        assert!(
            undeclared.is_empty(),
            "the server and its document disagree:\n- {}\ndeclare it, or leave the comparison out with \
             `TestApp::without_document`",
            undeclared.join("\n- ")
        );
    }

    /// What is declared and no connection has seen, in the documents of all that was connected to.
    pub(crate) fn unseen(&self) -> Vec<String> {
        let state = self.state();
        let mut unseen = Vec::new();
        for known in &state.known {
            for channel in known.frames.iter().flat_map(|frames| frames.channels()) {
                for action in [Action::Receive, Action::Send] {
                    for message in channel.declared(action) {
                        let seen = Seen::new(channel.key(), action, message);
                        if !known.seen.contains(&seen) {
                            unseen.push(format!("{}: {}: {message}", seen.channel, seen.way));
                        }
                    }
                }
            }
        }
        unseen
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn is(&self, spec: &Arc<AppSpec>) -> bool {
        Arc::ptr_eq(&self.spec, spec)
    }
}
