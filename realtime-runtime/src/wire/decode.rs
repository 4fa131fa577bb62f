//! From text to a typed message in one pass.
//!
//! Where the tag comes first (or right behind `ref`), the fields go straight into the right type. Where it comes later
//! the text is scanned for it without building anything, then read once more. Whatever is irregular ends the fast road at
//! once; [`diagnose`](super::diagnose) then says what it was.

mod entries;
mod keys;
#[cfg(any(test, fuzzing))]
pub(crate) mod oracle;
mod tags;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, fmt};

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor,
    value::{CowStrDeserializer, MapAccessDeserializer, UnitDeserializer},
};

use entries::Entries;
use keys::{Key, KeyIn, Seen};
pub(super) use tags::Handler;

use super::{Body, FieldError, Ref, Refusal, diagnose::diagnose};
use crate::{
    consumer::Incoming,
    message::{Form, Message, Shape, TagKey},
};

/// A frame that was understood.
#[derive(Debug)]
pub(crate) struct Decoded<I> {
    /// The handler's index.
    pub(crate) handler: usize,
    pub(crate) message: I,
    pub(crate) reference: Option<Ref>,
}

/// Reads one frame.
pub(crate) fn decode<I: Incoming>(text: &str) -> Result<Decoded<I>, Box<Refusal>> {
    let mut state = State::new(<I::Tag as TagKey>::FORM);
    let (handler, mut entries) = match begin::<I>(text, &mut state) {
        Ok(begun) => begun,
        Err(error) => return Err(refused::<I>(text, &error)),
    };
    let fields = Fields {
        map: &mut entries,
        state: &mut state,
        tag: handler.tag,
    };
    // The message is moved once: into its place in what is returned.
    let message = match I::read(handler.index, fields) {
        Ok(message) => message,
        Err(error) => return Err(refused::<I>(text, &error)),
    };
    if let Err(error) = entries.end() {
        return Err(refused::<I>(text, &error));
    }
    Ok(Decoded {
        handler: handler.index,
        message,
        reference: state.reference,
    })
}

#[cold]
#[inline(never)]
fn refused<I: Incoming>(text: &str, error: &serde_json::Error) -> Box<Refusal> {
    Box::new(diagnose::<I>(text, error))
}

/// A message and its `ref` from the text of a frame. `None`: it is another message, or does not fit.
pub fn from_text<M: Message>(text: &str) -> Option<(M, Option<Ref>)> {
    struct Only<M>(M);

    impl<M: Message> Incoming for Only<M> {
        type Tag = M::Tag;
        const TAGS: &'static [&'static [&'static str]] = &[M::TAGS];

        fn read<'de, A: MapAccess<'de>>(
            _: usize,
            fields: Fields<'_, 'de, A>,
        ) -> Result<Self, A::Error> {
            fields.unjudged().map(Self)
        }

        fn diagnose(_: usize, _: &Body<'_>) -> Vec<FieldError> {
            Vec::new()
        }
    }

    let decoded = decode::<Only<M>>(text).ok()?;
    Some((decoded.message.0, decoded.reference))
}

/// Finds the handler, and the entries that are still to be read.
fn begin<'de, I: Incoming>(
    text: &'de str,
    state: &mut State<'de>,
) -> Result<(Handler, Entries<'de>), serde_json::Error> {
    let form = <I::Tag as TagKey>::FORM;
    let mut entries = Entries::before(text);
    let handler = if entries.skip(const { keys::usual_head(<I::Tag as TagKey>::FORM) }) {
        state.seen.insert(&Key::Tag);
        Some(handler_of::<I>(&mut entries)?)
    } else if form == Form::Adjacent && entries.skip(keys::LATE_HEAD) {
        None
    } else {
        entries = Entries::of(text)?;
        tag_in_front::<I>(&mut entries, state)?
    };
    if let Some(handler) = handler {
        if form == Form::Adjacent && entries.skip(keys::USUAL_PAYLOAD) {
            state.at_payload = state.seen.insert(&Key::Payload);
        }
        return Ok((handler, entries));
    }
    let handler = late_tag::<I>(&mut entries, form)?;
    *state = State::new(form);
    entries = Entries::before(text);
    if form == Form::Adjacent && entries.skip(keys::LATE_HEAD) {
        state.at_payload = state.seen.insert(&Key::Payload);
        return Ok((handler, entries));
    }
    Ok((handler, Entries::of(text)?))
}

/// Reads up to and with the tag. `None`: something else than the envelope's own comes before it.
fn tag_in_front<'de, I: Incoming>(
    entries: &mut Entries<'de>,
    state: &mut State<'de>,
) -> Result<Option<Handler>, serde_json::Error> {
    while let Some(key) = next_key(entries, state)? {
        match key {
            Key::Tag => return handler_of::<I>(entries).map(Some),
            Key::Ref => state.reference = Some(entries.next_value()?),
            Key::Payload | Key::Other(_) => return Ok(None),
        }
    }
    Err(serde_json::Error::custom("no tag"))
}

/// Looks for the tag, from a value on that something else has: all is read anew then, and judged.
fn late_tag<I: Incoming>(
    entries: &mut Entries<'_>,
    form: Form,
) -> Result<Handler, serde_json::Error> {
    entries.next_value::<IgnoredAny>()?;
    if entries.skip(const { keys::late_tag(<I::Tag as TagKey>::FORM) }) {
        return handler_of::<I>(entries);
    }
    while let Some(key) = entries.next_key_seed(KeyIn(form))? {
        if let Key::Tag = key {
            return handler_of::<I>(entries);
        }
        entries.next_value::<IgnoredAny>()?;
    }
    Err(serde_json::Error::custom("no tag"))
}

fn handler_of<I: Incoming>(entries: &mut Entries<'_>) -> Result<Handler, serde_json::Error> {
    let handler = Handler::find::<I>(&entries.text()?);
    handler.ok_or_else(|| serde_json::Error::custom("no handler takes this tag"))
}

/// What is known of the envelope while its keys go by.
#[derive(Debug)]
struct State<'de> {
    form: Form,
    reference: Option<Ref>,
    seen: Seen<'de>,
    /// The key `payload` was read already.
    at_payload: bool,
}

impl State<'_> {
    fn new(form: Form) -> Self {
        Self {
            form,
            reference: None,
            seen: Seen::default(),
            at_payload: false,
        }
    }
}

fn next_key<'de, A: MapAccess<'de>>(
    map: &mut A,
    state: &mut State<'de>,
) -> Result<Option<Key<'de>>, A::Error> {
    if std::mem::take(&mut state.at_payload) {
        return Ok(Some(Key::Payload));
    }
    let key = map.next_key_seed(KeyIn(state.form))?;
    if let Some(key) = &key
        && !state.seen.insert(key)
    {
        return Err(A::Error::custom("a key stands twice"));
    }
    Ok(key)
}

/// The keys of a frame that are still to be read, without its tag and its `ref`.
#[derive(Debug)]
pub struct Fields<'a, 'de, A> {
    map: &'a mut A,
    state: &'a mut State<'de>,
    tag: &'static str,
}

impl<'de, A: MapAccess<'de>> Fields<'_, 'de, A> {
    /// Reads them as `M`, which keeps its rules then.
    ///
    /// # Errors
    /// When they do not fit.
    pub fn read<M: Message>(self) -> Result<M, A::Error> {
        let message: M = self.unjudged()?;
        if M::violations(&message).is_empty() {
            Ok(message)
        } else {
            // Which they are is said on the slow road.
            Err(A::Error::custom("a rule is broken"))
        }
    }

    /// Reads them as `M` without a look at its rules, which are for what clients send.
    fn unjudged<M: Message>(mut self) -> Result<M, A::Error> {
        let message = match (M::SHAPE, self.state.form) {
            (Shape::Unit, _) => M::deserialize(UnitDeserializer::new())?,
            (Shape::Struct, Form::Adjacent) => return self.payload(),
            (Shape::Struct, Form::Flat) => M::deserialize(MapAccessDeserializer::new(&mut self))?,
            (Shape::Enum, _) => M::deserialize(MapAccessDeserializer::new(Tagged {
                tag: Some(self.tag),
                value: None,
                fields: &mut self,
            }))?,
        };
        while self.next()?.is_some() {
            self.map.next_value::<IgnoredAny>()?;
        }
        Ok(message)
    }

    /// The error of a handler that is not there.
    #[doc(hidden)]
    pub fn unknown(self) -> A::Error {
        A::Error::custom("no such handler")
    }

    fn payload<M: Message>(mut self) -> Result<M, A::Error> {
        let mut payload = None;
        if std::mem::take(&mut self.state.at_payload) {
            payload = Some(self.map.next_value()?);
        }
        while let Some(key) = self.next()? {
            if let Key::Payload = key {
                payload = Some(self.map.next_value()?);
            } else {
                self.map.next_value::<IgnoredAny>()?;
            }
        }
        payload.map_or_else(|| M::deserialize(UnitDeserializer::new()), Ok)
    }

    /// The next key that is not the envelope's own.
    fn next(&mut self) -> Result<Option<Key<'de>>, A::Error> {
        while let Some(key) = next_key(self.map, self.state)? {
            match key {
                Key::Ref => self.state.reference = Some(self.map.next_value()?),
                Key::Tag => drop(self.map.next_value::<IgnoredAny>()?),
                Key::Payload | Key::Other(_) => return Ok(Some(key)),
            }
        }
        Ok(None)
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Fields<'_, 'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.next()? {
            Some(key) => {
                let key = key.into_text(self.state.form);
                seed.deserialize(CowStrDeserializer::new(key)).map(Some)
            }
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// The fields with their tag put back in front, as serde's own enums expect it.
struct Tagged<'f, 'a, 'de, A> {
    tag: Option<&'static str>,
    value: Option<&'static str>,
    fields: &'f mut Fields<'a, 'de, A>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Tagged<'_, '_, 'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.tag.take() {
            Some(tag) => {
                self.value = Some(tag);
                let key = Cow::Borrowed(self.fields.state.form.tag_key());
                seed.deserialize(CowStrDeserializer::new(key)).map(Some)
            }
            None => self.fields.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        match self.value.take() {
            Some(tag) => seed.deserialize(CowStrDeserializer::new(Cow::Borrowed(tag))),
            None => self.fields.next_value_seed(seed),
        }
    }
}

/// A string, borrowed from the frame unless it has escapes.
pub(super) struct CowStr;

impl<'de> DeserializeSeed<'de> for CowStr {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for CowStr {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}
