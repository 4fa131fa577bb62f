//! What only people see.

use serde_json::Value;

use super::contract::Contract;
use super::found::Found;
use super::verdict::Breaks;
use crate::model::Extensions;

/// The parts that belong to no channel.
pub(super) fn root(old: &Contract<'_>, new: &Contract<'_>, found: &mut Found) {
    let (old, new) = (old.document, new.document);
    if old.info != new.info {
        let (from, to) = (&old.info.version, &new.info.version);
        let mut rest = [old.info.clone(), new.info.clone()];
        if from != to {
            found.docs(
                "/info/version",
                format!("the version is `{to}` now, was `{from}`"),
            );
            rest[0].version.clone_from(to);
        }
        if rest[0] != rest[1] {
            found.docs("/info", "what the document says of the whole has changed");
        }
    }
    if old.default_content_type != new.default_content_type {
        found.wire(
            "content-type",
            "/defaultContentType",
            Breaks::Both,
            format!(
                "the content type of messages that name none is {} now, was {}",
                quoted(new.default_content_type.as_deref()),
                quoted(old.default_content_type.as_deref()),
            ),
        );
    }
    extensions(
        "",
        "the document",
        (&old.extensions, &new.extensions),
        found,
    );
}

/// Extensions that mean nothing to us.
pub(super) fn extensions(
    pointer: &str,
    subject: &str,
    (old, new): (&Extensions, &Extensions),
    found: &mut Found,
) {
    let keys = old
        .keys()
        .chain(new.keys().filter(|key| !old.contains_key(*key)));
    for key in keys {
        if old.get(key) != new.get(key) && !MEANT.contains(&key.as_str()) {
            let pointer = format!("{pointer}/{}", crate::model::escaped(key));
            found.docs(&pointer, format!("`{key}` of {subject} has changed"));
        }
    }
}

/// Extensions that are looked at elsewhere.
const MEANT: [&str; 5] = [
    "deprecated",
    "traits",
    "x-deprecated",
    "x-generated-view",
    "x-reply",
];

/// Whether the mark for what should not be used any more stands there.
pub(super) fn is_deprecated(extensions: &Extensions) -> bool {
    ["deprecated", "x-deprecated"]
        .iter()
        .filter_map(|key| extensions.get(*key))
        .any(|value| value.0 == Value::Bool(true))
}

pub(super) fn deprecation(
    pointer: &str,
    subject: &str,
    (old, new): (bool, bool),
    found: &mut Found,
) {
    match (old, new) {
        (false, true) => found.wire(
            "deprecated",
            pointer,
            Breaks::Nobody,
            format!("{subject} is deprecated now"),
        ),
        (true, false) => found.docs(pointer, format!("{subject} is deprecated no longer")),
        _ => {}
    }
}

/// Title, summary, description and the like: one change for all of them.
pub(super) fn prose<T: PartialEq>(
    pointer: &str,
    subject: &str,
    (old, new): (T, T),
    found: &mut Found,
) {
    if old != new {
        found.docs(
            pointer,
            format!("the documentation of {subject} has changed"),
        );
    }
}

pub(super) fn quoted(text: Option<&str>) -> String {
    text.map_or_else(|| "none".to_owned(), |text| format!("`{text}`"))
}
