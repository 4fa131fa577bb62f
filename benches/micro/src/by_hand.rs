//! The twenty messages as one could write them at best: one visitor for the whole frame, which buffers nothing where the
//! tag comes first, a `match`, and the answer as bytes behind a frame header.
//!
//! It does our job: payloads become the same types, `ref` is read and echoed, unknown keys are skipped, a tag that comes
//! late is taken. It does not do what has no part in a good frame's answer: it does not look for keys that stand twice, it
//! has no guard against panics and no span for the log, and what it says of a bad frame is serde's text.

use std::{fmt, io::Write as _};

use realtime_runtime::Ref;
use serde::{
    Deserialize, Serialize,
    de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

#[allow(clippy::wildcard_imports, reason = "all forty")]
use crate::messages::*;

macro_rules! program_of {
    ($($message:ident $name:ident $tag:tt => $answer:ident $answer_tag:tt $fields:tt)*) => {
        #[derive(Clone, Copy)]
        enum Tag {
            $($message,)*
        }

        impl Tag {
            fn find(text: &str) -> Option<Self> {
                match text {
                    $($tag => Some(Self::$message),)*
                    _ => None,
                }
            }
        }

        enum Request {
            $($message($message),)*
        }

        impl Request {
            fn read<'de, A: MapAccess<'de>>(tag: Tag, map: &mut A) -> Result<Self, A::Error> {
                Ok(match tag {
                    $(Tag::$message => Self::$message(map.next_value()?),)*
                })
            }

            fn read_late(tag: Tag, payload: &RawValue) -> Result<Self, serde_json::Error> {
                Ok(match tag {
                    $(Tag::$message => Self::$message(serde_json::from_str(payload.get())?),)*
                })
            }
        }

        fn handle(frame: Frame, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
            let reference = frame.reference.as_ref();
            match frame.request {
                $(Request::$message(message) => {
                    const HEAD: &str = concat!(r#"{"action":""#, $answer_tag, r#"","payload":"#);
                    write(out, HEAD, &$answer::from(message), reference)
                })*
            }
        }
    };
}

with_pairs!(program_of);

/// Appends what a frame is answered with: a WebSocket frame.
///
/// # Errors
/// When the frame is no message.
pub fn answer(text: &str, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let frame = deserializer.deserialize_map(FrameVisitor)?;
    deserializer.end()?;
    handle(frame, out)
}

struct Frame {
    request: Request,
    reference: Option<Ref>,
}

struct FrameVisitor;

impl<'de> Visitor<'de> for FrameVisitor {
    type Value = Frame;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a tag")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Frame, A::Error> {
        let (mut tag, mut request, mut late, mut reference) = (None, None, None, None);
        while let Some(key) = map.next_key::<Key>()? {
            match (key, tag) {
                (Key::Action, _) => tag = Some(map.next_value::<Tag>()?),
                (Key::Payload, Some(tag)) => request = Some(Request::read(tag, &mut map)?),
                (Key::Payload, None) => late = Some(map.next_value::<&RawValue>()?),
                (Key::Ref, _) => reference = Some(map.next_value()?),
                (Key::Other, _) => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let request = match (request, tag, late) {
            (Some(request), ..) => request,
            (None, Some(tag), Some(late)) => {
                Request::read_late(tag, late).map_err(A::Error::custom)?
            }
            (None, Some(_), None) => return Err(A::Error::missing_field("payload")),
            (None, None, _) => return Err(A::Error::missing_field("action")),
        };
        Ok(Frame { request, reference })
    }
}

enum Key {
    Action,
    Payload,
    Ref,
    Other,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E>(self, key: &str) -> Result<Key, E> {
                Ok(match key {
                    "action" => Key::Action,
                    "payload" => Key::Payload,
                    "ref" => Key::Ref,
                    _ => Key::Other,
                })
            }
        }

        deserializer.deserialize_identifier(KeyVisitor)
    }
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TagVisitor;

        impl Visitor<'_> for TagVisitor {
            type Value = Tag;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a tag")
            }

            fn visit_str<E: Error>(self, tag: &str) -> Result<Tag, E> {
                Tag::find(tag).ok_or_else(|| E::custom("no handler takes this tag"))
            }
        }

        deserializer.deserialize_str(TagVisitor)
    }
}

/// Appends an answer behind a frame header.
fn write<M: Serialize>(
    out: &mut Vec<u8>,
    head: &str,
    payload: &M,
    reference: Option<&Ref>,
) -> Result<(), serde_json::Error> {
    let start = out.len();
    // Most answers are short: two bytes of header.
    out.extend_from_slice(&[0x81, 0]);
    out.extend_from_slice(head.as_bytes());
    serde_json::to_writer(&mut *out, payload)?;
    if let Some(reference) = reference {
        out.extend_from_slice(b",\"ref\":");
        match reference {
            Ref::Text(text) => serde_json::to_writer(&mut *out, text)?,
            number => write!(out, "{number}").map_err(serde_json::Error::io)?,
        }
    }
    out.push(b'}');
    let length = out.len() - start - 2;
    match u16::try_from(length) {
        Ok(length @ 0..=125) => out[start + 1] = length.to_le_bytes()[0],
        Ok(length) => {
            out[start + 1] = 126;
            out.splice(start + 2..start + 2, length.to_be_bytes());
        }
        Err(_) => {
            out[start + 1] = 127;
            out.splice(start + 2..start + 2, (length as u64).to_be_bytes());
        }
    }
    Ok(())
}
