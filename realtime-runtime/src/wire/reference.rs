//! The `ref` by which a client finds the reply to its frame.

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// Most bytes of a `ref` that is a string.
pub const MAX_REF_BYTES: usize = 64;

/// A client's own mark on a frame: a string of at most 64 bytes, or an integer. Replies carry it back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ref {
    /// A negative integer.
    Negative(i64),
    /// An integer from 0.
    Integer(u64),
    /// A string.
    Text(Box<str>),
}

impl Ref {
    /// Appends it as JSON.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        use std::io::Write as _;
        // Writing to a `Vec` cannot fail, nor can a string or an integer as JSON.
        let _ = match self {
            Self::Negative(number) => write!(out, "{number}"),
            Self::Integer(number) => write!(out, "{number}"),
            Self::Text(text) => serde_json::to_writer(out, text).map_err(Into::into),
        };
    }
}

impl std::fmt::Display for Ref {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Negative(number) => number.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl From<u64> for Ref {
    fn from(number: u64) -> Self {
        Self::Integer(number)
    }
}

impl From<i64> for Ref {
    fn from(number: i64) -> Self {
        u64::try_from(number).map_or(Self::Negative(number), Self::Integer)
    }
}

impl From<u32> for Ref {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<i32> for Ref {
    fn from(number: i32) -> Self {
        i64::from(number).into()
    }
}

impl TryFrom<&str> for Ref {
    type Error = TooLong;

    fn try_from(text: &str) -> Result<Self, TooLong> {
        if text.len() > MAX_REF_BYTES {
            Err(TooLong)
        } else {
            Ok(Self::Text(text.into()))
        }
    }
}

impl TryFrom<String> for Ref {
    type Error = TooLong;

    fn try_from(text: String) -> Result<Self, TooLong> {
        text.as_str().try_into()
    }
}

/// A `ref` of more than 64 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a ref has at most 64 bytes")]
pub struct TooLong;

impl<'de> Deserialize<'de> for Ref {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RefVisitor;

        impl Visitor<'_> for RefVisitor {
            type Value = Ref;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string of at most 64 bytes or an integer")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Ref, E> {
                Ref::try_from(text).map_err(|_| E::invalid_length(text.len(), &self))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Ref, E> {
                Ok(Ref::Integer(number))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Ref, E> {
                Ok(number.into())
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Ref, E> {
                Err(E::invalid_type(Unexpected::Float(number), &self))
            }
        }

        deserializer.deserialize_any(RefVisitor)
    }
}
