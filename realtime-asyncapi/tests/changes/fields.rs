use serde_json::json;

use super::{cut, expect, push, set, take};

#[test]
fn a_field_that_requests_must_have() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Chat/properties/topic",
                json!({"type": "string"}),
            );
            push(d, "/components/schemas/Chat/required", "topic");
        },
        &["breaking compatible →: `topic` of `Chat` is new, required"],
    );
}

#[test]
fn a_field_that_requests_may_have() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Chat/properties/topic",
                json!({"type": "string"}),
            );
        },
        &["compatible compatible →: `topic` of `Chat` is new, optional"],
    );
}

#[test]
fn a_field_that_a_closed_request_may_have() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/messages/history/payload/properties/payload/properties/from",
                json!({"type": "string"}),
            );
        },
        &["compatible breaking →: `payload.from` of `history` is new, optional"],
    );
}

#[test]
fn a_field_that_is_gone_from_a_request() {
    expect(
        false,
        |d| {
            cut(d, "/components/schemas/Chat/properties/lang");
        },
        &["compatible compatible →: `lang` of `Chat` is gone, was optional"],
    );
}

#[test]
fn a_field_that_is_gone_from_a_closed_request() {
    expect(
        false,
        |d| {
            cut(
                d,
                "/components/messages/history/payload/properties/payload/properties/most",
            );
        },
        &["breaking compatible →: `payload.most` of `history` is gone, was optional"],
    );
}

#[test]
fn a_request_field_that_becomes_required() {
    expect(
        false,
        |d| {
            push(d, "/components/schemas/Chat/required", "lang");
        },
        &["breaking compatible →: `lang` of `Chat` is required now"],
    );
}

#[test]
fn a_request_field_that_becomes_optional() {
    expect(
        false,
        |d| {
            set(d, "/components/schemas/Chat/required", json!([]));
        },
        &["compatible breaking →: `text` of `Chat` is optional now"],
    );
}

#[test]
fn a_field_that_pushes_have() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Posted/properties/id",
                json!({"type": "integer"}),
            );
            push(d, "/components/schemas/Posted/required", "id");
        },
        &["compatible breaking ←: `id` of `Posted` is new, required"],
    );
}

#[test]
fn a_field_that_pushes_may_have() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Posted/properties/id",
                json!({"type": "integer"}),
            );
        },
        &["compatible compatible ←: `id` of `Posted` is new, optional"],
    );
}

#[test]
fn a_required_field_that_is_gone_from_a_push() {
    expect(
        false,
        |d| {
            cut(d, "/components/schemas/Posted/properties/text");
            take(d, "/components/schemas/Posted/required", "text");
        },
        &["breaking compatible ←: `text` of `Posted` is gone, was required"],
    );
}

#[test]
fn an_optional_field_that_is_gone_from_a_push() {
    expect(
        false,
        |d| {
            cut(d, "/components/schemas/Posted/properties/note");
        },
        &["compatible compatible ←: `note` of `Posted` is gone, was optional"],
    );
}

#[test]
fn a_push_field_that_becomes_optional() {
    expect(
        false,
        |d| {
            take(d, "/components/schemas/Posted/required", "text");
        },
        &["breaking compatible ←: `text` of `Posted` is optional now"],
    );
}

#[test]
fn a_push_field_that_becomes_required() {
    expect(
        false,
        |d| {
            push(d, "/components/schemas/Posted/required", "note");
        },
        &["compatible breaking ←: `note` of `Posted` is required now"],
    );
}

#[test]
fn a_request_that_refuses_other_fields() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Chat/additionalProperties",
                json!(false),
            );
        },
        &["breaking compatible →: `Chat` may have no fields any more that are not named"],
    );
}

#[test]
fn a_request_that_takes_other_fields() {
    expect(
        false,
        |d| {
            cut(
                d,
                "/components/messages/history/payload/properties/payload/additionalProperties",
            );
        },
        &["compatible breaking →: `payload` of `history` may have fields now that are not named"],
    );
}
