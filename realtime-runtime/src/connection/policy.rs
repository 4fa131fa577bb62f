//! What becomes of messages that wait for a client that reads slowly.

use std::{any::Any, borrow::Cow, fmt, sync::Arc};

use serde_json::value::RawValue;

use crate::message::Form;

/// What happens when more waits for a client than its outbox takes.
///
/// Replies, errors and completion frames have room of their own: no policy drops them. Everything else, what handlers
/// send with `cx.send` included, counts, and is what a policy may drop. Drops are counted
/// ([`Realtime::dropped_messages`](crate::Realtime::dropped_messages), and by policy in the metrics).
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum OutboxPolicy {
    /// Closes the connection with 1013: the client comes back and reads its state anew. The default.
    #[default]
    Disconnect,
    /// Drops what waits longest. Where it stood the client gets a `gap` frame that says how many are missing.
    DropOldest,
    /// Drops what comes last. In its place the client gets a `gap` frame that says how many are missing.
    DropNewest,
    /// Of the waiting messages with one key keeps the newest, for state that the next message replaces: no `gap` frame. Only
    /// a full outbox is thinned out, so a client may well be sent several with one key.
    /// Where that makes no room, as [`Disconnect`](Self::Disconnect). Made with [`keep_latest`](Self::keep_latest).
    KeepLatest(KeyOf),
}

impl OutboxPolicy {
    /// [`KeepLatest`](Self::KeepLatest) with the key of a message; `None` for one that nothing replaces.
    ///
    /// Two messages share a key only if they have the same tag, too. The function is called only while an outbox is full,
    /// and while that is locked: it must not publish, and should be quick.
    ///
    /// ```
    /// # use realtime_runtime::{OutboxPolicy, Realtime};
    /// // The newest price of each symbol is enough.
    /// let policy = OutboxPolicy::keep_latest(|message| match message.tag() {
    ///     "price" => message.field("symbol"),
    ///     _ => None,
    /// });
    /// let realtime = Realtime::builder().outbox_policy(policy);
    /// ```
    pub fn keep_latest(
        key: impl Fn(&Waiting<'_>) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self::KeepLatest(KeyOf(Arc::new(key)))
    }

    /// Its name in metrics, logs and the document.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Disconnect => "disconnect",
            Self::DropOldest => "drop_oldest",
            Self::DropNewest => "drop_newest",
            Self::KeepLatest(_) => "keep_latest",
        }
    }

    /// Whether clients are told that something is missing.
    pub(crate) const fn leaves_gaps(&self) -> bool {
        matches!(self, Self::DropOldest | Self::DropNewest)
    }
}

impl fmt::Debug for OutboxPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How [`OutboxPolicy::KeepLatest`] finds a message's key.
#[derive(Clone)]
pub struct KeyOf(Arc<Key>);

type Key = dyn Fn(&Waiting<'_>) -> Option<String> + Send + Sync;

impl KeyOf {
    /// The key of a message, its tag included.
    pub(super) fn of(&self, waiting: &Waiting<'_>) -> Option<Box<str>> {
        // It is the application's code, and runs while the outbox is locked.
        let key = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (self.0)(waiting)));
        let key = key.unwrap_or_else(|panic| {
            let panic = crate::panic::message(&*panic);
            tracing::error!(panic, "the key of an outbox policy failed");
            None
        })?;
        Some(format!("{}\0{key}", waiting.tag()).into())
    }
}

impl fmt::Debug for KeyOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyOf").finish_non_exhaustive()
    }
}

/// A message that waits for a client, as it travels. An event that the connection has yet to handle is shown as itself.
pub struct Waiting<'a> {
    tag: String,
    text: Cow<'a, str>,
    form: Form,
}

impl<'a> Waiting<'a> {
    pub(super) fn new(text: impl Into<Cow<'a, str>>, form: Form) -> Self {
        let text = text.into();
        let tag = top(&text, form.tag_key()).and_then(|tag| serde_json::from_str(tag.get()).ok());
        Self {
            tag: tag.unwrap_or_default(),
            text,
            form,
        }
    }

    /// Its tag.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// A field of the message, by its name on the wire: a string as it is, anything else as JSON. `None`: it is absent.
    pub fn field(&self, name: &str) -> Option<String> {
        let value = match self.form {
            Form::Flat => top(&self.text, name)?,
            Form::Adjacent => top(top(&self.text, "payload")?.get(), name)?,
        };
        Some(serde_json::from_str(value.get()).unwrap_or_else(|_| value.get().to_owned()))
    }

    /// All of it, as JSON.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The value of a key of a JSON object.
fn top<'t>(object: &'t str, key: &str) -> Option<&'t RawValue> {
    let fields: std::collections::HashMap<Cow<'_, str>, &RawValue> =
        serde_json::from_str(object).ok()?;
    fields.get(key).copied()
}

impl fmt::Debug for Waiting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting")
            .field("tag", &self.tag())
            .finish_non_exhaustive()
    }
}

/// What is known of an event where its type is.
#[derive(Debug)]
pub(crate) struct EventKind {
    pub(crate) text: fn(&(dyn Any + Send + Sync)) -> Option<String>,
    pub(crate) tags: &'static [&'static str],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_in_both_forms() {
        let adjacent = r#"{"action":"price","payload":{"symbol":"A","bid":3}}"#;
        let adjacent = Waiting::new(adjacent, Form::Adjacent);
        assert_eq!(adjacent.tag(), "price");
        assert_eq!(adjacent.field("symbol").as_deref(), Some("A"));
        assert_eq!(adjacent.field("bid").as_deref(), Some("3"));
        assert_eq!(adjacent.field("ask"), None);
        let flat = Waiting::new(r#"{"type":"price","symbol":"A"}"#, Form::Flat);
        assert_eq!(
            (flat.tag(), flat.field("symbol").as_deref()),
            ("price", Some("A"))
        );
        let unit = Waiting::new(r#"{"action":"ping"}"#, Form::Adjacent);
        assert_eq!(unit.field("symbol"), None);
    }

    #[test]
    fn a_key_function_that_panics_has_no_key() {
        let OutboxPolicy::KeepLatest(key) = OutboxPolicy::keep_latest(|_| panic!("no")) else {
            panic!("keep_latest makes KeepLatest");
        };
        assert_eq!(key.of(&Waiting::new("{}", Form::Flat)), None);
    }
}
