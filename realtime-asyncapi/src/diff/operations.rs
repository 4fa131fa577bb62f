//! What clients send and what they are sent, by tags: the wire knows no operations.

use indexmap::IndexMap;

use super::contract::{ChannelView, Contract, Exchange, OperationView, ReplyView};
use super::docs;
use super::found::Found;
use super::messages::{self, Pair};
use super::verdict::{Breaks, Effect, Flow};

pub(super) fn compare(
    (old_contract, old): (&Contract<'_>, &ChannelView<'_>),
    (new_contract, new): (&Contract<'_>, &ChannelView<'_>),
    found: &mut Found,
) {
    let sides = Sides {
        old: old_contract,
        new: new_contract,
        old_channel: old,
        new_channel: new,
    };
    sides.exchanges(&old.requests, &new.requests, Flow::ClientToServer, found);
    sides.exchanges(&old.pushes, &new.pushes, Flow::ServerToClient, found);
    documentation(old, new, found);
}

struct Sides<'a> {
    old: &'a Contract<'a>,
    new: &'a Contract<'a>,
    old_channel: &'a ChannelView<'a>,
    new_channel: &'a ChannelView<'a>,
}

impl Sides<'_> {
    fn exchanges(
        &self,
        old: &IndexMap<String, Exchange>,
        new: &IndexMap<String, Exchange>,
        flow: Flow,
        found: &mut Found,
    ) {
        for (tag, was) in old {
            if let Some(is) = new.get(tag) {
                self.exchange(was, is, flow, found);
            } else if let Some(is) = renamed(was, old, new) {
                self.exchange(was, is, flow, found);
            } else {
                self.gone(was, flow, found);
            }
        }
        for (tag, is) in new {
            if !old.contains_key(tag) && renamed(is, new, old).is_none() {
                self.added(is, flow, found);
            }
        }
    }

    fn exchange(&self, was: &Exchange, is: &Exchange, flow: Flow, found: &mut Found) {
        let pair = Pair {
            old: (self.old, &was.message),
            new: (self.new, &is.message),
        };
        messages::compare(&pair, flow, found);
        self.replies(was, is, flow.back(), found);
    }

    fn gone(&self, was: &Exchange, flow: Flow, found: &mut Found) {
        let operation = self.old_channel.operations.get(was.operation.as_str());
        let pointer = operation.map_or(was.message.pointer.as_str(), |of| &of.pointer);
        let tag = &was.message.tag;
        match flow {
            Flow::ClientToServer => {
                let sentence = format!("clients may no longer send `{tag}`");
                found.flow(
                    "message-removed",
                    pointer,
                    (flow, Effect::NARROWER),
                    sentence,
                );
            }
            Flow::ServerToClient => {
                // Whoever waits for it waits in vain; an old server still sends what new clients do not know.
                let effect = Effect::new(found.options.strict, true);
                let sentence = format!("the server no longer sends `{tag}`");
                found.flow("message-removed", pointer, (flow, effect), sentence);
            }
        }
    }

    fn added(&self, is: &Exchange, flow: Flow, found: &mut Found) {
        let operation = self.new_channel.operations.get(is.operation.as_str());
        let pointer = operation.map_or(is.message.pointer.as_str(), |of| &of.pointer);
        let tag = &is.message.tag;
        match flow {
            Flow::ClientToServer => {
                let sentence = format!("clients may send `{tag}` now");
                found.flow("message-added", pointer, (flow, Effect::WIDER), sentence);
            }
            Flow::ServerToClient => {
                let effect = Effect::new(true, found.options.strict);
                let sentence = format!("the server sends `{tag}` now");
                found.flow("message-added", pointer, (flow, effect), sentence);
            }
        }
    }

    fn replies(&self, was: &Exchange, is: &Exchange, flow: Flow, found: &mut Found) {
        let request = &is.message.tag;
        let (old, new) = match (&was.reply, &is.reply) {
            (None, None) => return,
            (Some(old), None) => {
                let sentence = format!("`{request}` is no longer answered");
                let effect = Effect::new(false, true);
                found.flow("reply-removed", &old.pointer, (flow, effect), sentence);
                return;
            }
            (None, Some(new)) => {
                let sentence = format!("`{request}` is answered now");
                let effect = Effect::new(true, false);
                found.flow("reply-added", &new.pointer, (flow, effect), sentence);
                return;
            }
            (Some(old), Some(new)) => (old, new),
        };
        for (tag, was) in &old.messages {
            if let Some(is) = new.messages.get(tag) {
                let pair = Pair {
                    old: (self.old, was),
                    new: (self.new, is),
                };
                messages::compare(&pair, flow, found);
            } else {
                let sentence = format!("`{request}` is no longer answered by `{tag}`");
                let change = (flow, Effect::NARROWER);
                found.flow("reply-message-removed", &old.pointer, change, sentence);
            }
        }
        for tag in new
            .messages
            .keys()
            .filter(|tag| !old.messages.contains_key(*tag))
        {
            let sentence = format!("`{request}` may be answered by `{tag}` now");
            found.flow(
                "reply-message-added",
                &new.pointer,
                (flow, Effect::WIDER),
                sentence,
            );
        }
        manner(request, old, new, flow, found);
    }
}

/// How often answers come: once, several at once, or for as long as the connection lasts.
fn manner(request: &str, old: &ReplyView, new: &ReplyView, flow: Flow, found: &mut Found) {
    const MODES: [&str; 3] = ["once", "many", "stream"];
    let pointer = format!("{}/x-reply", new.pointer);
    let mode = |reply: &ReplyView| reply.mode.clone().unwrap_or("once".to_owned());
    let (was, is) = (mode(old), mode(new));
    if was != is {
        let rank = |mode: &str| MODES.iter().position(|known| *known == mode);
        let effect = match (rank(&was), rank(&is)) {
            (Some(was), Some(is)) => Effect::of_ordering(Some(is.cmp(&was))),
            _ => Effect::OTHER,
        };
        let said = |mode: &str| match mode {
            "once" => "once".to_owned(),
            "many" => "several times".to_owned(),
            "stream" => "by a stream".to_owned(),
            other => format!("in the manner `{other}`"),
        };
        let (is, was) = (said(&is), said(&was));
        let sentence = format!("`{request}` is answered {is} now, was {was}");
        found.flow("reply-mode", &pointer, (flow, effect), sentence);
    }
    match (&old.terminator, &new.terminator) {
        (old, new) if old == new => {}
        (None, Some(new)) => {
            let sentence = format!("`{new}` ends the answers to `{request}` now");
            found.flow("reply-end", &pointer, (flow, Effect::NARROWER), sentence);
        }
        (Some(old), None) => {
            let sentence = format!("`{old}` no longer ends the answers to `{request}`");
            found.flow("reply-end", &pointer, (flow, Effect::WIDER), sentence);
        }
        (old, new) => {
            let (is, was) = (docs::quoted(new.as_deref()), docs::quoted(old.as_deref()));
            let sentence = format!("{is} ends the answers to `{request}` now, was {was}");
            found.flow("reply-end", &pointer, (flow, Effect::OTHER), sentence);
        }
    }
}

/// The message of the same key on the other side, where its tag is there in neither.
fn renamed<'b>(
    one: &Exchange,
    own: &IndexMap<String, Exchange>,
    others: &'b IndexMap<String, Exchange>,
) -> Option<&'b Exchange> {
    let same_key = |other: &&Exchange| {
        other.message.key == one.message.key && !own.contains_key(&other.message.tag)
    };
    others.values().find(same_key)
}

/// What the document says about operations, which are the same where their keys are, or else their tags.
fn documentation(old: &ChannelView<'_>, new: &ChannelView<'_>, found: &mut Found) {
    for (key, is) in &new.operations {
        let same = |of: &&OperationView| {
            of.is_request == is.is_request && of.tags.iter().any(|tag| is.tags.contains(tag))
        };
        let was = match old.operations.get(key) {
            Some(was) => was,
            None => match old.operations.iter().find(|(_, of)| same(of)) {
                Some((was_key, was)) if !new.operations.contains_key(was_key) => {
                    let sentence = format!("the operation `{was_key}` is called `{key}` now");
                    found.docs(&is.pointer, sentence);
                    was
                }
                _ => continue,
            },
        };
        let subject = format!("the operation `{key}`");
        let prose = |view: &OperationView| {
            let operation = &view.operation;
            (
                operation.title.clone(),
                operation.summary.clone(),
                operation.description.clone(),
                operation.tags.clone(),
            )
        };
        docs::prose(&is.pointer, &subject, (prose(was), prose(is)), found);
        let (was, is_extensions) = (&was.operation.extensions, &is.operation.extensions);
        let deprecated = (docs::is_deprecated(was), docs::is_deprecated(is_extensions));
        docs::deprecation(&is.pointer, &subject, deprecated, found);
        docs::extensions(&is.pointer, &subject, (was, is_extensions), found);
    }
    let empty = |view: &&OperationView| view.tags.is_empty();
    for (key, was) in old.operations.iter().filter(|(_, view)| empty(view)) {
        if !new.operations.contains_key(key) {
            let sentence = format!("the operation `{key}`, which has no messages, is gone");
            found.wire("operation-removed", &was.pointer, Breaks::Nobody, sentence);
        }
    }
}
