//! What the macros say of a consumer, for the document.

use realtime_asyncapi::spec::{MessageSpec, PushSpec, ReceiveSpec, Repetition};

use crate::{
    consumer::{Description, HandlesEvent},
    layer::Carried,
    message::Message,
};

/// What is said of a handler: its name, the first line of its documentation, the rest of it.
#[derive(Clone, Copy, Debug)]
pub struct Doc {
    texts: [&'static str; 3],
    tags: &'static [&'static str],
    deprecated: bool,
}

impl From<[&'static str; 3]> for Doc {
    fn from(texts: [&'static str; 3]) -> Self {
        Self {
            texts,
            tags: &[],
            deprecated: false,
        }
    }
}

impl Doc {
    /// Names under which readers find it.
    pub fn tags(self, tags: &'static [&'static str]) -> Self {
        Self { tags, ..self }
    }

    /// It should not be used any more.
    pub fn deprecated(self) -> Self {
        Self {
            deprecated: true,
            ..self
        }
    }
}

/// What a handler replies.
#[derive(Clone, Debug)]
pub struct Replies {
    pub(crate) messages: Vec<MessageSpec>,
    pub(crate) error_codes: Vec<&'static str>,
    pub(crate) has_other_codes: bool,
    pub(crate) repetition: Repetition,
    pub(crate) triggers: Vec<&'static str>,
}

impl Replies {
    /// Where something else than the handler may answer with an error, too.
    #[doc(hidden)]
    #[must_use]
    pub fn judged(mut self) -> Self {
        self.has_other_codes = true;
        self
    }

    /// What the handler sends beside its replies.
    #[doc(hidden)]
    #[must_use]
    pub fn triggers(mut self, messages: &[MessageSpec]) -> Self {
        self.triggers
            .extend(messages.iter().map(|message| message.tag));
        self
    }
}

impl Description {
    /// A handler of messages.
    #[doc(hidden)]
    pub fn receive(&mut self, doc: impl Into<Doc>, messages: Vec<MessageSpec>, replies: Replies) {
        let Doc {
            texts: [name, summary, description],
            tags,
            deprecated,
        } = doc.into();
        let mut messages = messages;
        for message in &mut messages {
            message.deprecated |= deprecated;
        }
        self.receives.push(ReceiveSpec {
            name,
            summary: filled(summary),
            description: filled(description),
            messages,
            replies: replies.messages,
            error_codes: replies.error_codes,
            has_other_codes: replies.has_other_codes,
            repetition: replies.repetition,
            triggers: replies.triggers,
            tags: tags.to_vec(),
            deprecated,
        });
    }

    /// A handler of events: what it returns is pushed.
    #[doc(hidden)]
    pub fn push(&mut self, doc: impl Into<Doc>, messages: Vec<MessageSpec>) {
        let Doc {
            texts: [name, summary, description],
            tags,
            deprecated,
        } = doc.into();
        if !messages.is_empty() {
            self.pushes.push(PushSpec {
                name: name.to_owned(),
                summary: filled(summary),
                description: filled(description),
                messages,
                tags: tags.to_vec(),
                deprecated,
            });
        }
    }

    /// An event that the consumer handles, and the name of its handler, by which tests find it; `""` for none.
    ///
    /// What is not said here comes from this node only, and the consumer's connections are not told of
    /// [gaps](crate::Gap).
    pub fn takes<C: HandlesEvent<E>, E: Message>(&mut self, name: &'static str) {
        if !name.is_empty() {
            self.events.push((name, E::TAGS));
        }
        self.carried.push(Carried::new::<C, E>());
    }

    pub(crate) fn takes_events(&self) -> bool {
        !self.carried.is_empty()
    }

    /// A message of an `output(…)`.
    #[doc(hidden)]
    pub fn output(&mut self, messages: Vec<MessageSpec>) {
        for message in messages {
            let known = self.pushes.iter().flat_map(|push| &push.messages);
            if !known.into_iter().any(|known| known.tag == message.tag) {
                self.pushes.push(PushSpec {
                    name: message
                        .tag
                        .replace(|c: char| !c.is_ascii_alphanumeric(), "_"),
                    summary: message.summary,
                    description: message.description,
                    messages: vec![message],
                    tags: Vec::new(),
                    deprecated: false,
                });
            }
        }
    }
}

fn filled(text: &'static str) -> Option<&'static str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Whether no handler before this one takes one of its tags. Evaluated by the compiler.
pub const fn is_first(tags: &[&[&str]], handler: usize) -> bool {
    let own = tags[handler];
    let mut before = 0;
    while before < handler {
        let mut theirs = 0;
        while theirs < tags[before].len() {
            let mut mine = 0;
            while mine < own.len() {
                if equal(tags[before][theirs], own[mine]) {
                    return false;
                }
                mine += 1;
            }
            theirs += 1;
        }
        before += 1;
    }
    true
}

const fn equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}
