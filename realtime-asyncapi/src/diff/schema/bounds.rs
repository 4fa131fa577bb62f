//! Numbers that limit something, and formats of numbers, which do so, too.

use std::cmp::Ordering;

use serde_json::Value;

use super::shape::Shape;
use super::subject::Subject;
use super::{Effect, Walk};

const LOWER: [&str; 5] = [
    "exclusiveMinimum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
];
const UPPER: [&str; 5] = [
    "exclusiveMaximum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
];
const STEP: &str = "multipleOf";

/// Bits, and whether there are negative numbers.
const INTEGERS: [(&str, u32, bool); 10] = [
    ("int8", 8, true),
    ("int16", 16, true),
    ("int32", 32, true),
    ("int64", 64, true),
    ("int128", 128, true),
    ("uint8", 8, false),
    ("uint16", 16, false),
    ("uint32", 32, false),
    ("uint64", 64, false),
    ("uint128", 128, false),
];

pub(super) fn is_bound(keyword: &str) -> bool {
    LOWER.contains(&keyword) || UPPER.contains(&keyword) || keyword == STEP
}

/// The bound that holds where both do.
pub(super) fn tighter(keyword: &str, one: f64, other: f64) -> f64 {
    if LOWER.contains(&keyword) {
        one.max(other)
    } else if UPPER.contains(&keyword) {
        one.min(other)
    } else {
        other
    }
}

/// Whether a value keeps to a bound; what the bound is not about does.
pub(super) fn allows(keyword: &str, bound: f64, value: &Value) -> bool {
    let size = match (keyword, value) {
        ("minLength" | "maxLength", Value::String(text)) => {
            f64::from(u32::try_from(text.chars().count()).unwrap_or(u32::MAX))
        }
        ("minLength" | "maxLength", _) => return true,
        (_, Value::Number(number)) => number.as_f64().unwrap_or_default(),
        // A list of objects or arrays is too rare to look into.
        (_, Value::Object(_) | Value::Array(_)) => return false,
        _ => return true,
    };
    match keyword {
        "exclusiveMinimum" => size > bound,
        "exclusiveMaximum" => size < bound,
        STEP => size % bound == 0.0,
        lower if LOWER.contains(&lower) => size >= bound,
        _ => size <= bound,
    }
}

impl Walk {
    pub(super) fn bounds(&mut self, old: &Shape<'_>, new: &Shape<'_>, subject: &Subject) {
        let is_idle = |keyword: &str, bound: f64| {
            keyword.starts_with("min") && keyword != "minimum" && bound == 0.0
        };
        let bound = |shape: &Shape<'_>, keyword: &str| {
            let bound = shape.bounds.get(keyword).copied();
            bound.filter(|bound| !is_idle(keyword, *bound))
        };
        for keyword in LOWER.into_iter().chain(UPPER).chain([STEP]) {
            let (was, is) = (bound(old, keyword), bound(new, keyword));
            if was == is {
                continue;
            }
            let effect = Effect::of_ordering(ordering(keyword, was, is));
            let said =
                |bound: Option<f64>| bound.map_or("none".to_owned(), |bound| bound.to_string());
            let manner = match effect {
                Effect::NARROWER => "tighter",
                Effect::WIDER => "looser",
                _ => "different",
            };
            let sentence = format!(
                "`{keyword}` of {subject} is {} now, was {}: {manner}",
                said(is),
                said(was)
            );
            self.change("bound", &new.pointer, effect, sentence);
        }
        self.format(old, new, subject);
    }

    fn format(&mut self, old: &Shape<'_>, new: &Shape<'_>, subject: &Subject) {
        let format = |shape: &Shape<'_>| {
            shape
                .others
                .get("format")
                .and_then(|value| value.as_str())
                .map(str::to_owned)
        };
        let (was, is) = (format(old), format(new));
        if was == is {
            return;
        }
        let effect = match (&was, &is) {
            (Some(was), Some(is)) => Effect::of_ordering(formats(was, is)),
            (None, _) => Effect::NARROWER,
            (_, None) => Effect::WIDER,
        };
        let said = |format: &Option<String>| super::super::docs::quoted(format.as_deref());
        let sentence = format!(
            "the format of {subject} is {} now, was {}",
            said(&is),
            said(&was)
        );
        self.change("format", &new.pointer, effect, sentence);
    }
}

/// Less: the new one is tighter.
fn ordering(keyword: &str, was: Option<f64>, is: Option<f64>) -> Option<Ordering> {
    match (was, is) {
        (None, None) => Some(Ordering::Equal),
        (None, Some(_)) => Some(Ordering::Less),
        (Some(_), None) => Some(Ordering::Greater),
        (Some(was), Some(is)) if LOWER.contains(&keyword) => was.partial_cmp(&is),
        (Some(was), Some(is)) if UPPER.contains(&keyword) => is.partial_cmp(&was),
        // Every multiple of six is one of three.
        (Some(was), Some(is)) if is % was == 0.0 => Some(Ordering::Less),
        (Some(was), Some(is)) if was % is == 0.0 => Some(Ordering::Greater),
        _ => None,
    }
}

/// Less: the new one has fewer numbers.
fn formats(was: &str, is: &str) -> Option<Ordering> {
    match (was, is) {
        ("float", "double") => return Some(Ordering::Greater),
        ("double", "float") => return Some(Ordering::Less),
        _ => {}
    }
    let range = |format: &str| INTEGERS.iter().find(|(name, ..)| *name == format);
    let (_, was_bits, was_signed) = range(was)?;
    let (_, is_bits, is_signed) = range(is)?;
    let holds = |(bits, signed): (u32, bool), (other, other_signed): (u32, bool)| match (
        signed,
        other_signed,
    ) {
        (true, true) | (false, false) => bits >= other,
        (true, false) => bits > other,
        (false, true) => false,
    };
    let (was, is) = ((*was_bits, *was_signed), (*is_bits, *is_signed));
    match (holds(was, is), holds(is, was)) {
        (true, true) => Some(Ordering::Equal),
        (true, false) => Some(Ordering::Less),
        (false, true) => Some(Ordering::Greater),
        (false, false) => None,
    }
}
