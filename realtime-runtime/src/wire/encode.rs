//! From messages to bytes: the envelope, and the WebSocket frame around it.

use bytes::Bytes;
use serde::Serialize;

use super::{ErrorFrame, Ref, frame};
use crate::{
    error::Error,
    message::{Form, Message, Shape, TagKey},
};

/// Appends one message as a WebSocket text frame. On an error nothing was appended.
pub(crate) fn message<M: Message>(
    out: &mut Vec<u8>,
    message: &M,
    reference: Option<&Ref>,
) -> Result<(), serde_json::Error> {
    frame::text(out, |out| payload(out, message, reference))
}

/// Appends one message as text.
fn payload<M: Message>(
    out: &mut Vec<u8>,
    message: &M,
    reference: Option<&Ref>,
) -> Result<(), serde_json::Error> {
    match M::SHAPE {
        Shape::Unit => out.extend_from_slice(M::HEAD.as_bytes()),
        Shape::Struct => body(out, M::HEAD, <M::Tag as TagKey>::FORM, message)?,
        // serde writes the tag of such an enum itself, and first.
        Shape::Enum => {
            serde_json::to_writer(&mut *out, message)?;
            out.pop();
        }
    }
    end(out, reference);
    Ok(())
}

/// A message as the text of a frame, tag first.
///
/// # Errors
/// When it cannot be written as JSON, or is flat and no object.
pub fn to_text<M: Message>(message: &M, reference: Option<&Ref>) -> Result<String, Error> {
    let mut out = Vec::with_capacity(128);
    payload(&mut out, message, reference)?;
    Ok(String::from_utf8(out)?)
}

/// Appends an error frame in the given form.
pub(crate) fn error(out: &mut Vec<u8>, form: Form, error: &ErrorFrame, reference: Option<&Ref>) {
    let head = match form {
        Form::Adjacent => r#"{"action":"error","payload":"#,
        Form::Flat => r#"{"type":"error""#,
    };
    let written = frame::text::<serde_json::Error>(out, |out| {
        body(out, head, form, error)?;
        end(out, reference);
        Ok(())
    });
    debug_assert!(written.is_ok(), "an error frame is made of strings");
}

/// Appends a frame that is nothing but a tag, for example `complete`.
pub(crate) fn signal(out: &mut Vec<u8>, form: Form, tag: &str, reference: Option<&Ref>) {
    let written = frame::text::<std::convert::Infallible>(out, |out| {
        out.extend_from_slice(b"{\"");
        out.extend_from_slice(form.tag_key().as_bytes());
        out.extend_from_slice(b"\":\"");
        out.extend_from_slice(tag.as_bytes());
        out.push(b'"');
        end(out, reference);
        Ok(())
    });
    debug_assert!(written.is_ok(), "a tag is a string");
}

/// One message as a frame of its own, to be shared between connections.
pub(crate) fn shared<M: Message>(m: &M) -> Result<Bytes, serde_json::Error> {
    let mut out = Vec::with_capacity(256);
    message(&mut out, m, None)?;
    Ok(out.into())
}

/// The head, then the fields: under `payload`, or beside the tag. Leaves the object open.
fn body<T: Serialize>(
    out: &mut Vec<u8>,
    head: &str,
    form: Form,
    value: &T,
) -> Result<(), serde_json::Error> {
    out.extend_from_slice(head.as_bytes());
    match form {
        Form::Adjacent => serde_json::to_writer(out, value),
        Form::Flat => {
            let start = out.len();
            serde_json::to_writer(&mut *out, value)?;
            match out.get(start..) {
                Some(b"{}") => out.truncate(start),
                Some([b'{', .., b'}']) => {
                    out[start] = b',';
                    out.pop();
                }
                _ => {
                    return Err(serde::ser::Error::custom(
                        "a flat message must be an object",
                    ));
                }
            }
            Ok(())
        }
    }
}

fn end(out: &mut Vec<u8>, reference: Option<&Ref>) {
    if let Some(reference) = reference {
        out.extend_from_slice(b",\"ref\":");
        reference.write(out);
    }
    out.push(b'}');
}
