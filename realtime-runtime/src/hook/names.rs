//! What handlers are called, where a test speaks of them.

use std::sync::Arc;

use crate::{
    cause::{Cause, What},
    connection::Link,
    consumer::{Consumer, Incoming},
};

/// The name of the handler of messages with this index; of a hidden one, its tag.
fn handler_name<C: Consumer>(handler: usize) -> &'static str {
    let tags = C::Incoming::TAGS.get(handler).copied().unwrap_or_default();
    let described = C::describe().receives;
    let named = described.iter().find(|described| {
        let messages = &mut described.messages.iter();
        messages.any(|message| tags.contains(&message.tag))
    });
    let name = named.map(|named| named.name).or(tags.first().copied());
    name.unwrap_or("?")
}

/// The handler of events with these tags; a hidden one by its tag.
pub(crate) fn of_event<C: Consumer>(tags: &[&str]) -> String {
    let described = C::describe().events;
    let named = described.iter().find(|(_, handled)| *handled == tags);
    let name = named.map(|(name, _)| *name).or(tags.first().copied());
    format!(
        "the event handler `{}` of `{}`",
        name.unwrap_or("?"),
        C::NAME
    )
}

/// The handler of messages in hand.
pub(crate) fn message<C: Consumer>(link: &Arc<Link>, handler: usize) -> What {
    let client = client(link);
    Arc::new(move || {
        format!(
            "the handler `{}` of `{}` for {client}",
            handler_name::<C>(handler),
            C::NAME
        )
    })
}

/// The event in hand.
pub(crate) fn event<C: Consumer>(link: &Arc<Link>, tags: &'static [&'static str]) -> What {
    let client = client(link);
    Arc::new(move || format!("{} for {client}", of_event::<C>(tags)))
}

/// Whom the connection serves, as the test calls it.
pub(crate) fn client(link: &Link) -> String {
    let probe = link.probe.as_ref();
    probe.map_or_else(
        || format!("connection {}", link.id()),
        |probe| probe.name().to_owned(),
    )
}

/// A handler, as a test that wants it to panic knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Handler {
    consumer: &'static str,
    of_events: bool,
    tags: Vec<&'static str>,
}

impl Handler {
    pub(crate) fn of_messages(consumer: &'static str, tags: &[&'static str]) -> Self {
        Self {
            consumer,
            of_events: false,
            tags: tags.to_vec(),
        }
    }

    pub(crate) fn of_events(consumer: &'static str, tags: &[&'static str]) -> Self {
        Self {
            of_events: true,
            ..Self::of_messages(consumer, tags)
        }
    }

    /// By its name, or one of the tags of what it handles.
    pub(super) fn named<C: Consumer>(name: &str) -> Option<Self> {
        let handlers = C::Incoming::TAGS
            .iter()
            .enumerate()
            .map(|(index, tags)| (handler_name::<C>(index), Self::of_messages(C::NAME, tags)));
        let events = C::describe().events.into_iter();
        let events = events.map(|(name, tags)| (name, Self::of_events(C::NAME, tags)));
        let all: Vec<_> = handlers.chain(events).collect();
        let by_name = all.iter().find(|(known, _)| *known == name);
        let by_tag = || all.iter().find(|(_, handler)| handler.tags.contains(&name));
        by_name.or_else(by_tag).map(|(_, handler)| handler.clone())
    }
}

/// What ends a connection, up to the last line of `#[on_disconnect]`.
pub(crate) fn end(link: &Arc<Link>) -> What {
    let link = Arc::clone(link);
    Arc::new(move || {
        let (consumer, client) = (link.consumer(), client(&link));
        format!("`#[on_disconnect]` of `{consumer}` for {client}")
    })
}

/// Tells a test of a panic in `part` of what a connection does.
pub(crate) fn panicked(link: &Link, part: &str, message: &str) {
    if let Some(probe) = &link.probe {
        let what = format!("{part} of `{}` for {}", link.consumer(), client(link));
        probe.app().panicked(what, message);
    }
}

/// Whether a test wants the handler to panic. Without a cause there is no test.
pub(crate) fn takes_fault(
    link: &Link,
    handling: &Cause,
    handler: impl FnOnce() -> Handler,
) -> bool {
    if handling.is_none() {
        return false;
    }
    let probe = link.probe.as_ref();
    probe.is_some_and(|probe| probe.app().takes_fault(&handler()))
}

/// What such a panic says.
pub(super) const ASKED_FOR: &str = "the test asked for it with `panic_in`";

/// In the place of a handler that a test wants to panic.
pub(crate) fn fault() -> ! {
    panic!("{ASKED_FOR}")
}

/// What time brings a connection, up to the pong where that is waited for.
pub(crate) fn deadline(link: &Arc<Link>) -> What {
    let client = client(link);
    Arc::new(move || format!("a deadline of the connection of {client}, or its pong"))
}
