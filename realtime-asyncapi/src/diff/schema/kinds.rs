//! Types and values.

use std::fmt;

use serde_json::Value;

use super::shape::Shape;
use super::subject::Subject;
use super::{Effect, Walk, bounds};

/// A set of types. A number is an integer or a fraction, so that `integer` is a part of `number`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds(u8);

const NAMES: [(&str, u8); 6] = [
    ("boolean", 1),
    ("object", 2),
    ("array", 4),
    ("number", 8 | 16),
    ("integer", 8),
    ("string", 32),
];

impl Kinds {
    pub(super) const OBJECT: Self = Self(2);
    pub(super) const ARRAY: Self = Self(4);
    const INTEGER: Self = Self(8);
    const NUMBER: Self = Self(8 | 16);

    pub(super) fn of_types<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let bits = |name: &str| {
            NAMES
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, b)| *b)
        };
        Self(names.filter_map(bits).fold(0, |all, bits| all | bits))
    }

    fn of_value(value: &Value) -> Self {
        match value {
            Value::Null => Self(0),
            Value::Bool(_) => Self(1),
            Value::Object(_) => Self::OBJECT,
            Value::Array(_) => Self::ARRAY,
            Value::Number(number) if number.as_f64().is_some_and(|n| n.fract() == 0.0) => {
                Self::INTEGER
            }
            Value::Number(_) => Self::NUMBER,
            Value::String(_) => Self(32),
        }
    }

    pub(super) fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.0;
        let mut first = true;
        for (name, bits) in NAMES {
            if left & bits == bits {
                left &= !bits;
                let or = if first { "" } else { " or " };
                write!(f, "{or}`{name}`")?;
                first = false;
            }
        }
        if first {
            f.write_str("nothing")?;
        }
        Ok(())
    }
}

impl Walk {
    /// Compares `null`, types and values. Returns whether the rest is worth a look.
    pub(super) fn kinds(&mut self, old: &Shape<'_>, new: &Shape<'_>, subject: &Subject) -> bool {
        let variants = !old.variants.is_empty() || !new.variants.is_empty();
        // Where values are listed, they say of what type they are.
        let has_values = old.values.is_some() || new.values.is_some();
        if !variants && !has_values && old.kinds.is_none() != new.kinds.is_none() {
            return self.any_kind(old, new, subject);
        }
        match (old.takes_null(), new.takes_null()) {
            (false, true) if new.null => {
                let sentence = format!("{subject} may be null now");
                self.change("null-added", &new.pointer, Effect::WIDER, sentence);
            }
            (true, false) if old.null => {
                let sentence = format!("{subject} may not be null any more");
                self.change("null-removed", &new.pointer, Effect::NARROWER, sentence);
            }
            _ => {}
        }
        match (&old.values, &new.values) {
            (None, None) => {}
            (Some(was), Some(is)) => {
                self.values(was, is, new, subject);
                return true;
            }
            (None, Some(is)) => {
                let fits = is.iter().all(|value| fits(value, new, old));
                let effect = if fits {
                    Effect::NARROWER
                } else {
                    Effect::OTHER
                };
                let sentence = format!("{subject} must be {} now", listed(is));
                self.change("values-closed", &new.pointer, effect, sentence);
                // What else limits a list of values does not matter.
                return false;
            }
            (Some(was), None) => {
                let fits = was.iter().all(|value| fits(value, old, new));
                let effect = if fits { Effect::WIDER } else { Effect::OTHER };
                let sentence = format!("{subject} need not be {} any more", listed(was));
                self.change("values-opened", &new.pointer, effect, sentence);
                return false;
            }
        }
        let (Some(was), Some(is)) = (old.kinds, new.kinds) else {
            return true;
        };
        if was == is {
            return true;
        }
        let effect = Effect::new(!is.has(was), !was.has(is));
        let sentence = format!("{subject} is {is} now, was {was}");
        self.change("type", &new.pointer, effect, sentence);
        was.both(is) != Kinds::of_types(std::iter::empty())
    }

    /// A type where there was none, or none where there was one.
    fn any_kind(&mut self, old: &Shape<'_>, new: &Shape<'_>, subject: &Subject) -> bool {
        let said = |kinds: Kinds, null: bool| {
            let null = if null { " or null" } else { "" };
            format!("{kinds}{null}")
        };
        match (old.kinds, new.kinds) {
            (None, Some(is)) => {
                let is = said(is, new.null);
                let sentence = format!("{subject} is {is} now, was of any type");
                self.change("type", &new.pointer, Effect::NARROWER, sentence);
            }
            (Some(was), None) => {
                let was = said(was, old.null);
                let sentence = format!("{subject} is of any type now, was {was}");
                self.change("type", &new.pointer, Effect::WIDER, sentence);
            }
            _ => {}
        }
        true
    }

    fn values(&mut self, was: &[&Value], is: &[&Value], new: &Shape<'_>, subject: &Subject) {
        if let ([was], [is]) = (was, is) {
            let retagged = subject.retagged.as_ref();
            let is_tag = retagged.is_some_and(|[old, new]| *was == old && *is == new);
            if was != is && !is_tag {
                let sentence = format!(
                    "{subject} is always `{}` now, was `{}`",
                    bare(is),
                    bare(was)
                );
                self.change("value", &new.pointer, Effect::OTHER, sentence);
            }
            return;
        }
        for value in was.iter().filter(|value| !is.contains(value)) {
            let sentence = format!("{subject} may not be `{}` any more", bare(value));
            self.change("value-removed", &new.pointer, Effect::NARROWER, sentence);
        }
        for value in is.iter().filter(|value| !was.contains(value)) {
            let sentence = format!("{subject} may be `{}` now", bare(value));
            self.change("value-added", &new.pointer, Effect::WIDER, sentence);
        }
    }
}

/// Whether a value of one schema is surely allowed by another, which lists no values.
fn fits(value: &Value, of: &Shape<'_>, other: &Shape<'_>) -> bool {
    let kind = other
        .kinds
        .is_none_or(|kinds| kinds.has(Kinds::of_value(value)));
    let bounds = other
        .bounds
        .iter()
        .all(|(keyword, bound)| bounds::allows(keyword, *bound, value));
    // A pattern that both have is none of this one's business.
    let others = other
        .others
        .iter()
        .all(|(keyword, limit)| of.others.get(keyword) == Some(limit));
    kind && bounds && others
}

fn bare(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// `a` or `b`, and how many more.
fn listed(values: &[&Value]) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<String> = values
        .iter()
        .take(SHOWN)
        .map(|value| format!("`{}`", bare(value)))
        .collect();
    let mut text = shown.join(" or ");
    if values.len() > SHOWN {
        text.push_str(&format!(" or one of {} more", values.len() - SHOWN));
    }
    text
}
