//! What the macros say of a consumer, for the document.

use realtime_asyncapi::spec::{MessageSpec, PushSpec, ReceiveSpec};

use crate::consumer::Description;

impl Description {
    /// A handler of messages: its name, the first line of its documentation, the rest of it.
    #[doc(hidden)]
    pub fn receive(
        &mut self,
        [name, summary, description]: [&'static str; 3],
        messages: Vec<MessageSpec>,
        (replies, error_codes, has_other_codes): (Vec<MessageSpec>, Vec<&'static str>, bool),
    ) {
        self.receives.push(ReceiveSpec {
            name,
            summary: filled(summary),
            description: filled(description),
            messages,
            replies,
            error_codes,
            has_other_codes,
        });
    }

    /// A handler of events: what it returns is pushed.
    #[doc(hidden)]
    pub fn push(
        &mut self,
        [name, summary, description]: [&'static str; 3],
        messages: Vec<MessageSpec>,
    ) {
        if !messages.is_empty() {
            self.pushes.push(PushSpec {
                name: name.to_owned(),
                summary: filled(summary),
                description: filled(description),
                messages,
            });
        }
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
