//! What differs between what was expected and what came.

use std::fmt::Write as _;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

/// Line by line: `-` was expected, `+` came.
pub(crate) fn difference(expected: &Value, found: &Value) -> String {
    let (expected, found) = (pretty(expected), pretty(found));
    let mut text = String::from("\n- expected\n+ found");
    for change in TextDiff::from_lines(&expected, &found).iter_all_changes() {
        let sign = match change.tag() {
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
            ChangeTag::Equal => ' ',
        };
        let _ = write!(text, "\n{sign} {}", change.value().trim_end());
    }
    text
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
