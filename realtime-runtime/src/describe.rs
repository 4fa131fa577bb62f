//! What the macros say of a consumer, for the document.

use realtime_asyncapi::spec::{PushSpec, ReceiveSpec};

use crate::{
    consumer::Description,
    message::{Message, Reply, TagKey},
};

/// A handler of messages.
pub fn receive<M: Message, R: Reply<T>, T: TagKey>(
    name: &'static str,
    summary: Option<&'static str>,
    description: Option<&'static str>,
) -> ReceiveSpec {
    ReceiveSpec {
        name,
        summary,
        description,
        messages: M::describe(),
        replies: R::messages(),
        error_codes: R::error_codes(),
    }
}

impl Description {
    /// A handler of events: what it returns is pushed.
    #[doc(hidden)]
    pub fn push<R: Reply<T>, T: TagKey>(
        &mut self,
        name: &str,
        summary: Option<&'static str>,
        description: Option<&'static str>,
    ) {
        let messages = R::messages();
        if !messages.is_empty() {
            self.pushes.push(PushSpec {
                name: name.to_owned(),
                summary,
                description,
                messages,
            });
        }
    }

    /// A message of an `output(…)`.
    #[doc(hidden)]
    pub fn output<M: Message>(&mut self) {
        for message in M::describe() {
            let known = self.pushes.iter().flat_map(|push| &push.messages);
            if !known.into_iter().any(|known| known.tag == message.tag) {
                self.pushes.push(PushSpec {
                    name: message
                        .tag
                        .replace(|c: char| !c.is_ascii_alphanumeric(), "_"),
                    summary: message.summary,
                    description: message.description,
                    messages: vec![message],
                });
            }
        }
    }
}

/// The tags of a message, which has the tag key that its consumer asks for.
pub const fn tags_of<M: Message<Tag = T>, T: TagKey>() -> &'static [&'static str] {
    M::TAGS
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

/// A handler's future, which must be `Send`: a connection's task may move between threads.
pub fn send<F: Future + Send>(future: F) -> F {
    future
}
