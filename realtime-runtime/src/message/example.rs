//! Values of messages that the document shows.

use realtime_asyncapi::spec::ExampleSpec;
use serde_json::Value;

use super::{Message, Step, TagKey as _, Violation};
use crate::{panic, wire};
use std::panic::catch_unwind;

/// A value of a message, to be shown in the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example<M> {
    summary: Option<&'static str>,
    value: M,
}

impl<M> Example<M> {
    /// A value.
    pub const fn new(value: M) -> Self {
        Self {
            summary: None,
            value,
        }
    }

    /// One sentence that says what it shows.
    #[must_use]
    pub fn summary(self, summary: &'static str) -> Self {
        Self {
            summary: Some(summary),
            ..self
        }
    }
}

/// The examples of a message as they go over the wire, each with its tag; without one where it cannot be written.
fn written<M: Message>() -> Vec<(Option<String>, ExampleSpec)> {
    let key = M::Tag::FORM.tag_key();
    let examples = match catch_unwind(M::examples) {
        Ok(examples) => examples,
        Err(panic) => {
            let reason = format!("cannot be made: {}", panic::message(&*panic));
            let example = ExampleSpec {
                summary: None,
                frame: Err(reason),
            };
            return vec![(None, example)];
        }
    };
    examples
        .into_iter()
        .map(|Example { summary, value }| {
            let frame = frame(&value);
            let tag = frame.as_ref().ok().and_then(|frame| frame[key].as_str());
            (tag.map(str::to_owned), ExampleSpec { summary, frame })
        })
        .collect()
}

/// Those of one tag, and those that have none: every tag of their type then says why.
pub(super) fn of<M: Message>(tag: &str) -> Vec<ExampleSpec> {
    written::<M>()
        .into_iter()
        .filter(|(of, _)| of.as_deref().is_none_or(|of| of == tag))
        .map(|(_, example)| example)
        .collect()
}

/// The whole frame, once it was written, read, and written again.
fn frame<M: Message>(value: &M) -> Result<Value, String> {
    let broken = M::violations(value);
    if let Some(Violation { path, message }) = broken.first() {
        return Err(format!("breaks a rule: {}{message}", place(path)));
    }
    let text = wire::to_text(value, None).map_err(|error| format!("cannot be written: {error}"))?;
    let (read, _) = wire::from_text::<M>(&text)
        .ok_or_else(|| format!("is written as {text}, which cannot be read"))?;
    let again =
        wire::to_text(&read, None).map_err(|error| format!("cannot be written: {error}"))?;
    let (frame, again) = (parsed(&text)?, parsed(&again)?);
    if frame != again {
        return Err(format!(
            "is written as {text}, but {again} once it was read"
        ));
    }
    Ok(frame)
}

/// Where a rule is broken, for a sentence that goes on with how.
fn place(path: &[Step]) -> String {
    let steps = path.iter().map(|step| match step {
        Step::Key(key) => key.to_string(),
        Step::Field(field) => field.clone(),
        Step::Index(index) => index.to_string(),
    });
    let steps: Vec<String> = steps.collect();
    if steps.is_empty() {
        String::new()
    } else {
        format!("`{}` ", steps.join("."))
    }
}

fn parsed(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("is written as {text}: {error}"))
}

/// What the test runs that stands beside a message with examples.
///
/// # Panics
/// When an example does not read as it was written, or breaks the message's rules.
#[track_caller]
pub fn hold<M: Message>() {
    for (index, (_, example)) in written::<M>().into_iter().enumerate() {
        if let Err(reason) = example.frame {
            let name = std::any::type_name::<M>();
            panic!("example {} of `{name}` {reason}", index + 1);
        }
    }
}
