use serde_json::json;

use super::{cut, expect, set};

#[test]
fn a_text_of_a_request_that_may_be_shorter_only() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Chat/properties/text/maxLength",
                json!(200),
            );
        },
        &["breaking compatible →: `maxLength` of `text` of `Chat` is 200 now, was 500: tighter"],
    );
}

#[test]
fn a_text_of_a_request_that_may_be_longer() {
    expect(
        false,
        |d| {
            cut(d, "/components/schemas/Chat/properties/text/maxLength");
        },
        &["compatible breaking →: `maxLength` of `text` of `Chat` is none now, was 500: looser"],
    );
}

#[test]
fn a_least_length_that_says_nothing() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Posted/properties/text/minLength",
                json!(0),
            );
            set(
                d,
                "/components/schemas/Chat/properties/lang/minLength",
                json!(0),
            );
        },
        &[],
    );
}

#[test]
fn a_number_of_a_push_that_gets_a_minimum() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Posted/properties/score/minimum",
                json!(0),
            );
        },
        &["compatible breaking ←: `minimum` of `score` of `Posted` is 0 now, was none: tighter"],
    );
}

#[test]
fn a_step() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Posted/properties/score/multipleOf",
                json!(0.5),
            );
        },
        &[
            "compatible breaking ←: `multipleOf` of `score` of `Posted` is 0.5 now, was none: tighter",
        ],
    );
}

#[test]
fn a_pattern_that_is_gone() {
    expect(
        false,
        |d| {
            cut(d, "/components/schemas/Chat/properties/lang/pattern");
        },
        &["compatible breaking →: `pattern` of `lang` of `Chat` is none now, was `^[a-z]{2}$`"],
    );
}

#[test]
fn a_pattern_that_changes() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Chat/properties/lang/pattern",
                json!("^[a-z]+$"),
            );
        },
        &["breaking breaking →: `pattern` of `lang` of `Chat` is `^[a-z]+$` now, was `^[a-z]{2}$`"],
    );
}

#[test]
fn a_format_of_a_string() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Chat/properties/at/format",
                json!("date"),
            );
        },
        &["breaking breaking →: the format of `at` of `Chat` is `date` now, was `date-time`"],
    );
}

#[test]
fn a_wider_format_of_an_integer() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/messages/history/payload/properties/payload/properties/most/format",
                json!("int64"),
            );
        },
        &[
            "compatible breaking →: the format of `payload.most` of `history` is `int64` now, was `int32`",
        ],
    );
}

#[test]
fn items_that_must_differ() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Chat/properties/tags/uniqueItems",
                json!(true),
            );
        },
        &["breaking compatible →: `uniqueItems` of `tags` of `Chat` is `true` now, was none"],
    );
}

#[test]
fn a_condition() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Chat/not",
                json!({"required": ["lang", "kind"]}),
            );
        },
        &["breaking compatible →: `not` of `Chat` is new"],
    );
}

#[test]
fn a_default() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Chat/properties/lang/default",
                json!("en"),
            );
        },
        &["compatible compatible →: the default of `lang` of `Chat` is `\"en\"` now, was none"],
    );
}
