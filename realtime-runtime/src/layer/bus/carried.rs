//! Which events a node understands that come from another.

use std::{borrow::Cow, collections::HashMap, fmt};

use serde::Deserialize;

use crate::{
    consumer::{Consumer, HandlesEvent},
    layer::{ChannelLayer, To, publish},
    message::{Form, Message, TagKey},
};

/// Hands the text of an event to those it is for. `None`: it cannot be read.
type Carry = fn(ChannelLayer, To, &str) -> Option<publish::Job>;

/// An event that a consumer takes from other processes; written by the macros.
#[derive(Clone, Copy)]
pub struct Carried {
    consumer: &'static str,
    key: &'static str,
    tags: &'static [&'static str],
    carry: Carry,
}

impl Carried {
    pub(crate) fn new<C: HandlesEvent<E>, E: Message>() -> Self {
        Self {
            consumer: C::NAME,
            key: <E::Tag as TagKey>::FORM.tag_key(),
            tags: E::TAGS,
            carry: publish::arrived::<C, E>,
        }
    }
}

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carried")
            .field("consumer", &self.consumer)
            .field("tags", &self.tags)
            .finish_non_exhaustive()
    }
}

/// The events of all consumers that are mounted, by consumer, tag key and tag.
#[derive(Debug, Default)]
pub(crate) struct Events(HashMap<(&'static str, &'static str, &'static str), Carry>);

/// Where an event says what it is.
#[derive(Deserialize)]
struct Tags<'a> {
    #[serde(borrow)]
    action: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
}

impl Events {
    /// A consumer is mounted.
    pub(crate) fn add<C: Consumer>(&mut self) {
        for event in C::describe().carried {
            let key = |tag: &&'static str| ((event.consumer, event.key, *tag), event.carry);
            self.0.extend(event.tags.iter().map(key));
        }
    }

    /// Hands an event on. `None`: nobody here understands it.
    pub(super) fn carry(
        &self,
        layer: &ChannelLayer,
        consumer: &str,
        to: To,
        text: &str,
    ) -> Option<publish::Job> {
        let Tags { action, kind } = serde_json::from_str(text).ok()?;
        let carry = self.find(consumer, Form::Adjacent, action.as_deref());
        let carry = carry.or_else(|| self.find(consumer, Form::Flat, kind.as_deref()))?;
        carry(layer.clone(), to, text)
    }

    fn find(&self, consumer: &str, form: Form, tag: Option<&str>) -> Option<Carry> {
        let carry = self.0.get(&(consumer, form.tag_key(), tag?));
        carry.copied()
    }
}
