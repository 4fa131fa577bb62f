//! From text to a typed message in one pass.
//!
//! Where the tag comes first (or right behind `ref`), the fields go straight into the right type. Where it comes later
//! the text is scanned for it without building anything, then read once more. Whatever is irregular ends the fast road at
//! once; [`diagnose`](super::diagnose) then says what it was.

#[cfg(any(test, fuzzing))]
pub(crate) mod oracle;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, collections::HashSet, fmt, marker::PhantomData};

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor,
    value::{CowStrDeserializer, MapAccessDeserializer, UnitDeserializer},
};

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
    let mut read = read::<I>(text, &mut state, None);
    if let (Err(_), Some(handler)) = (&read, state.late.take()) {
        state = State::new(<I::Tag as TagKey>::FORM);
        read = self::read::<I>(text, &mut state, Some(handler));
    }
    match read {
        Ok(message) => Ok(Decoded {
            handler: state.handler,
            message,
            reference: state.reference,
        }),
        Err(error) => Err(Box::new(diagnose::<I>(text, &error))),
    }
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

fn read<'de, I: Incoming>(
    text: &'de str,
    state: &mut State<'de>,
    handler: Option<Handler>,
) -> Result<I, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let envelope = Envelope {
        state,
        handler,
        incoming: PhantomData::<I>,
    };
    let message = deserializer.deserialize_map(envelope)?;
    deserializer.end()?;
    Ok(message)
}

/// Which handler takes a tag, and the tag as the handler's message spells it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Handler {
    pub(super) index: usize,
    pub(super) tag: &'static str,
}

impl Handler {
    /// Finds a tag: a scan of constants, for twenty tags as fast as a `match` and five times as fast as a hash map.
    pub(super) fn find<I: Incoming>(tag: &str) -> Option<Self> {
        I::TAGS.iter().enumerate().find_map(|(index, tags)| {
            tags.iter()
                .find(|known| **known == tag)
                .map(|tag| Self { index, tag })
        })
    }
}

/// What is known of the envelope while its keys go by.
#[derive(Debug)]
struct State<'de> {
    form: Form,
    reference: Option<Ref>,
    seen: Seen<'de>,
    /// The handler, where the tag was found too late for the first reading.
    late: Option<Handler>,
    /// The index of the handler that the frame is for.
    handler: usize,
}

impl State<'_> {
    fn new(form: Form) -> Self {
        Self {
            form,
            reference: None,
            seen: Seen {
                few: [const { None }; 8],
                many: HashSet::new(),
            },
            late: None,
            handler: 0,
        }
    }
}

/// The keys that went by, so that none comes twice.
#[derive(Debug)]
struct Seen<'de> {
    /// The first few, without an allocation.
    few: [Option<Cow<'de, str>>; 8],
    /// The rest: beyond a few keys a set is faster than a scan, and a sender cannot make it slow.
    many: HashSet<Cow<'de, str>>,
}

impl<'de> Seen<'de> {
    #[expect(
        clippy::ptr_arg,
        reason = "what is borrowed from the frame stays borrowed"
    )]
    fn insert(&mut self, key: &Cow<'de, str>) -> bool {
        for place in &mut self.few {
            match place {
                Some(seen) if seen == key => return false,
                Some(_) => {}
                None => {
                    *place = Some(key.clone());
                    return true;
                }
            }
        }
        self.many.insert(key.clone())
    }
}

struct Envelope<'s, 'de, I> {
    state: &'s mut State<'de>,
    handler: Option<Handler>,
    incoming: PhantomData<I>,
}

impl<'de, I: Incoming> Visitor<'de> for Envelope<'_, 'de, I> {
    type Value = I;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a tag")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<I, A::Error> {
        let Self { state, handler, .. } = self;
        if let Some(handler) = handler {
            return finish::<I, A>(map, state, handler);
        }
        let key = state.form.tag_key();
        while let Some(found) = next_key(&mut map, state)? {
            if found == key {
                let tag = map.next_value_seed(CowStr)?;
                let handler = Handler::find::<I>(&tag)
                    .ok_or_else(|| A::Error::custom("no handler takes this tag"))?;
                return finish::<I, A>(map, state, handler);
            }
            if found == "ref" {
                state.reference = Some(map.next_value()?);
                continue;
            }
            // Something else comes before the tag: look for the tag, then start anew.
            map.next_value::<IgnoredAny>()?;
            while let Some(found) = map.next_key_seed(CowStr)? {
                if found == key {
                    state.late = Handler::find::<I>(&map.next_value_seed(CowStr)?);
                } else {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            break;
        }
        Err(A::Error::custom("the tag does not come first"))
    }
}

fn finish<'de, I: Incoming, A: MapAccess<'de>>(
    mut map: A,
    state: &mut State<'de>,
    handler: Handler,
) -> Result<I, A::Error> {
    state.handler = handler.index;
    I::read(
        handler.index,
        Fields {
            map: &mut map,
            state,
            tag: handler.tag,
        },
    )
}

fn next_key<'de, A: MapAccess<'de>>(
    map: &mut A,
    state: &mut State<'de>,
) -> Result<Option<Cow<'de, str>>, A::Error> {
    let key = map.next_key_seed(CowStr)?;
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
        while let Some(key) = self.next()? {
            if key == "payload" {
                payload = Some(self.map.next_value()?);
            } else {
                self.map.next_value::<IgnoredAny>()?;
            }
        }
        payload.map_or_else(|| M::deserialize(UnitDeserializer::new()), Ok)
    }

    /// The next key that is not the envelope's own.
    fn next(&mut self) -> Result<Option<Cow<'de, str>>, A::Error> {
        while let Some(key) = next_key(self.map, self.state)? {
            if key == "ref" {
                self.state.reference = Some(self.map.next_value()?);
            } else if key == self.state.form.tag_key() {
                self.map.next_value::<IgnoredAny>()?;
            } else {
                return Ok(Some(key));
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
            Some(key) => seed.deserialize(CowStrDeserializer::new(key)).map(Some),
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
