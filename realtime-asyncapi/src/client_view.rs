//! The same document as a client would write it.

use indexmap::IndexMap;

use crate::Document;
use crate::model::{Action, Json, Operation, RefOr, Reference};
use crate::names::{self, Keys};

const MARK: &str = "x-generated-view";

impl Document {
    /// The mirrored document: what the server receives is sent, and what it sends is received.
    ///
    /// It is for generators that take a document to be the client's own. Channels, messages and replies stay as they are;
    /// `onChat` is called `sendChat`, and `pushNotification` is called `onNotification`. `x-generated-view: client` says
    /// what it is, and makes the way back the server's view again.
    #[must_use]
    pub fn client_view(&self) -> Self {
        let mut view = self.clone();
        let mut keys = Keys::default();
        let mut renamed = IndexMap::new();
        for (key, operation) in std::mem::take(&mut view.operations) {
            let (wish, operation) = match operation {
                RefOr::Item(operation) => mirrored(&key, operation),
                RefOr::Ref(reference) => (key, RefOr::Ref(reference)),
            };
            renamed.insert(keys.take(&wish), operation);
        }
        view.operations = renamed;
        // Operations elsewhere are only ever referred to.
        if let Some(Json(serde_json::Value::Object(operations))) =
            view.components.extensions.get_mut("operations")
        {
            operations.values_mut().for_each(mirror_value);
        }
        if is_client_view(self) {
            view.extensions.remove(MARK);
        } else {
            view.extensions
                .insert(MARK.to_owned(), Json("client".into()));
        }
        view
    }
}

/// Whether a document says of itself that it is the client's.
pub(crate) fn is_client_view(document: &Document) -> bool {
    let mark = document.extensions.get(MARK);
    mark.is_some_and(|mark| mark.0 == "client")
}

fn mirrored(key: &str, mut operation: Operation) -> (String, RefOr<Operation>) {
    let prefix = channel_prefix(key, &operation.channel);
    let (head, name) = key.split_at(prefix);
    let (action, stem) = match operation.action {
        Action::Receive => (Action::Send, stem(name, &["on"])),
        Action::Send => (Action::Receive, stem(name, &["push", "send"])),
    };
    operation.action = action;
    let verb = match action {
        Action::Send => "send",
        Action::Receive => "on",
    };
    let wish = match stem {
        Some(stem) if head.is_empty() => format!("{verb}{stem}"),
        Some(stem) => format!("{head}{}{stem}", names::upper_camel(verb)),
        None => key.to_owned(),
    };
    (wish, RefOr::Item(operation))
}

/// Where several channels are, the key of an operation begins with its channel's.
fn channel_prefix(key: &str, channel: &Reference) -> usize {
    let channel = channel.key();
    let rest = key.strip_prefix(&channel);
    let is_prefix = rest.is_some_and(|rest| {
        ["On", "Push", "Send"]
            .iter()
            .any(|verb| stem(rest, &[verb]).is_some())
    });
    if is_prefix { channel.len() } else { 0 }
}

/// What follows the verb, where a word begins there.
fn stem<'a>(name: &'a str, verbs: &[&str]) -> Option<&'a str> {
    verbs.iter().find_map(|verb| {
        let (begin, rest) = name.split_at_checked(verb.len())?;
        let whole_word = rest.starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit());
        (begin.eq_ignore_ascii_case(verb) && whole_word).then_some(rest)
    })
}

fn mirror_value(operation: &mut serde_json::Value) {
    let other = match operation.get("action").and_then(serde_json::Value::as_str) {
        Some("send") => "receive",
        Some("receive") => "send",
        _ => return,
    };
    operation["action"] = other.into();
}
