//! Bytes ⇄ messages: the envelope, error frames, close codes.

mod close;
mod decode;
mod diagnose;
pub(crate) mod encode;
mod error;
pub(crate) mod frame;
mod reference;

pub use close::CloseCode;
pub use decode::{Fields, from_text};
pub use diagnose::{Body, fields};
pub use encode::to_text;
pub use error::{ErrorCode, ErrorFrame, FieldError};
pub use reference::{MAX_REF_BYTES, Ref, TooLong};

#[cfg(any(test, fuzzing))]
pub(crate) use decode::oracle;
pub(crate) use decode::{Decoded, decode};
pub(crate) use diagnose::Refusal;
