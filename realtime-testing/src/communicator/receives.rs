//! What a client was sent, as the test looks at it.

use std::{any::type_name, future::Future, panic::Location};

use realtime_runtime::{Message, wire};
use serde_json::Value;

use super::Communicator;
use crate::{conversation::shorten, difference::difference, watchdog::place};

impl Communicator {
    /// Waits for the next frame, which must be an `M`, and takes it.
    ///
    /// # Panics
    /// When none comes within ten seconds, or when it is something else.
    #[expect(
        clippy::should_implement_trait,
        reason = "it waits, and for a type of message: nobody takes it for an iterator's"
    )]
    #[track_caller]
    pub fn next<M: Message>(&mut self) -> impl Future<Output = M> + Send + use<'_, M> {
        let at = Location::caller();
        async move {
            let what = format!("{}, waited for at {},", expected::<M>(), place(at));
            let (patience, show) = (self.app.patience, || self.conversation.show());
            let next = patience.watch(&what, show, self.conversation.next()).await;
            let Some(text) = next else {
                panic!(
                    "expected {}, but the connection ended, at {}{}",
                    expected::<M>(),
                    place(at),
                    self.conversation.show()
                );
            };
            self.read_as(&text)
        }
    }

    /// Waits for the next frame and takes it, as JSON. `None`: the connection has ended.
    ///
    /// # Panics
    /// When none comes within ten seconds, or when it is no JSON.
    #[track_caller]
    pub fn next_frame(&mut self) -> impl Future<Output = Option<Value>> + Send {
        let at = Location::caller();
        async move {
            let what = format!("a frame, waited for at {},", place(at));
            let (patience, show) = (self.app.patience, || self.conversation.show());
            let next = patience.watch(&what, show, self.conversation.next());
            let text = next.await?;
            Some(serde_json::from_str(&text).expect("a frame of JSON"))
        }
    }

    /// Takes the messages of type `M` among what was received, in order; others stay.
    pub fn messages<M: Message>(&mut self) -> Vec<M> {
        let mut taken = Vec::new();
        self.conversation
            .state()
            .unread
            .retain(|text| match wire::from_text(text) {
                Some((message, _)) => {
                    taken.push(message);
                    false
                }
                None => true,
            });
        taken
    }

    /// Takes the next frame, which must be an `M`. Does not wait.
    ///
    /// # Panics
    /// When there is none, or when it is something else.
    #[track_caller]
    pub fn expect<M: Message>(&mut self) -> M {
        let text = self.expect_frame::<M>();
        self.read_as(&text)
    }

    /// Takes the next frame, which must be this message. Does not wait.
    ///
    /// # Panics
    /// When there is none, or when it is something else; with the difference.
    #[track_caller]
    pub fn expect_eq<M: Message>(&mut self, message: &M) {
        let text = self.expect_frame::<M>();
        let wanted = serde_json::from_str(&super::to_text(message, None));
        let wanted: Value = wanted.expect("JSON that was just written");
        // The `ref` of a reply is not the message's.
        let mut found: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        if let Some(frame) = found.as_object_mut() {
            frame.remove("ref");
        }
        assert!(
            wanted == found,
            "expected another {}:{}{}",
            expected::<M>(),
            difference(&wanted, &found),
            self.conversation.show()
        );
    }

    /// Takes the next frame if there is one, which must be an `M`. Does not wait.
    ///
    /// # Panics
    /// When it is something else.
    #[track_caller]
    pub fn try_next<M: Message>(&mut self) -> Option<M> {
        let text = self.conversation.state().unread.pop_front()?;
        Some(self.read_as(&text))
    }

    #[track_caller]
    fn expect_frame<M: Message>(&mut self) -> String {
        let next = self.conversation.state().unread.pop_front();
        next.unwrap_or_else(|| {
            panic!(
                "expected {}, but nothing came{}",
                expected::<M>(),
                self.conversation.show()
            )
        })
    }

    #[track_caller]
    fn read_as<M: Message>(&self, text: &str) -> M {
        match wire::from_text(text) {
            Some((message, _)) => message,
            None => panic!(
                "expected {}, but {} came{}",
                expected::<M>(),
                shorten(text),
                self.conversation.show()
            ),
        }
    }

    /// Takes all that was received, as JSON.
    ///
    /// # Panics
    /// When a frame is not JSON.
    #[track_caller]
    pub fn frames(&mut self) -> Vec<Value> {
        self.drain()
            .iter()
            .map(|text| serde_json::from_str(text).expect("a frame of JSON"))
            .collect()
    }

    /// Takes all that was received, as text: for a test that looks only at what comes after.
    pub fn drain(&mut self) -> Vec<String> {
        std::mem::take(&mut self.conversation.state().unread).into()
    }

    /// Asserts that nothing came that the test has not looked at.
    ///
    /// As every `send` has waited for all that it caused, nothing can still be under way.
    ///
    /// # Panics
    /// When something came.
    #[track_caller]
    pub fn assert_silent(&self) {
        let unread: Vec<_> = {
            let state = self.conversation.state();
            let unread = state.unread.iter();
            unread
                .map(|text| format!("\n  {}", shorten(text)))
                .collect()
        };
        let count = match unread.len() {
            0 => return,
            1 => "a frame".to_owned(),
            count => format!("{count} frames"),
        };
        panic!(
            "expected silence, but {count} came:{}{}",
            unread.concat(),
            self.conversation.show()
        );
    }
}

/// What a message is called in a failure: its type, its tags.
fn expected<M: Message>() -> String {
    let name = type_name::<M>();
    let name = name.rsplit("::").next().unwrap_or(name);
    format!("`{name}` {:?}", M::TAGS)
}
