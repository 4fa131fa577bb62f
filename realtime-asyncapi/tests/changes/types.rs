use serde_json::json;

use super::{cut, expect, push, set};

#[test]
fn an_integer_of_a_push_that_becomes_a_number() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/User/properties/age/type",
                json!("number"),
            );
        },
        &["breaking compatible ←: `age` of `User` is `number` now, was `integer`"],
    );
}

#[test]
fn a_number_of_a_push_that_becomes_an_integer() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Posted/properties/score/type",
                json!("integer"),
            );
        },
        &["compatible breaking ←: `score` of `Posted` is `integer` now, was `number`"],
    );
}

#[test]
fn a_string_of_a_request_that_becomes_an_integer() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Chat/properties/text/type",
                json!("integer"),
            );
        },
        &["breaking breaking →: `text` of `Chat` is `integer` now, was `string`"],
    );
}

#[test]
fn a_field_of_a_push_that_may_be_null() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Posted/properties/text",
                json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
            );
        },
        &["breaking compatible ←: `text` of `Posted` may be null now"],
    );
}

#[test]
fn a_field_of_a_push_that_is_never_null() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Posted/properties/url/type",
                json!("string"),
            );
        },
        &["compatible breaking ←: `url` of `Posted` may not be null any more"],
    );
}

#[test]
fn null_said_in_another_way() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Posted/properties/url",
                json!({"oneOf": [{"type": "string"}, {"type": "null"}]}),
            );
        },
        &[],
    );
}

#[test]
fn a_value_added_to_an_enum_that_goes_both_ways() {
    expect(
        false,
        |d| {
            push(
                d,
                "/components/schemas/Kind/oneOf",
                json!({"const": "whisper"}),
            );
        },
        &[
            "breaking compatible ←: `Kind` may be `whisper` now",
            "compatible breaking →: `Kind` may be `whisper` now",
        ],
    );
}

#[test]
fn a_value_removed_from_an_enum_of_a_reply() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/messages/error/payload/properties/payload/properties/code/enum",
                json!(["internal"]),
            );
        },
        &["compatible breaking ←: `payload.code` of `error` may not be `forbidden` any more"],
    );
}

#[test]
fn an_enum_of_a_reply_that_is_opened() {
    expect(
        false,
        |d| {
            cut(
                d,
                "/components/messages/error/payload/properties/payload/properties/code/enum",
            );
        },
        &[
            "breaking compatible ←: `payload.code` of `error` need not be `forbidden` or `internal` any more",
        ],
    );
}

#[test]
fn a_text_of_a_request_that_becomes_an_enum() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Chat/properties/lang/enum",
                json!(["de", "en"]),
            );
        },
        &["breaking compatible →: `lang` of `Chat` must be `de` or `en` now"],
    );
}

#[test]
fn an_enum_said_in_another_way() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Kind",
                json!({"type": "string", "enum": ["shout", "plain"], "x-enum-descriptions": {}}),
            );
        },
        &["docs only docs only: the documentation of `Kind` has changed"],
    );
}

#[test]
fn an_enum_whose_values_were_an_alternative_each() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Kind",
                json!({"type": "string", "enum": ["plain", "shout"]}),
            );
        },
        &[],
    );
}

#[test]
fn an_alternative_added_to_a_request() {
    expect(
        false,
        |d| {
            push(
                d,
                "/components/schemas/Chat/properties/attachment/oneOf",
                json!({"type": "object", "properties": {"is": {"const": "file"}}, "required": ["is"]}),
            );
        },
        &[
            "compatible breaking →: `attachment` of `Chat` may be an object whose `is` is `file` now",
        ],
    );
}

#[test]
fn an_alternative_removed_from_a_request() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Chat/properties/attachment/oneOf",
                json!([{"$ref": "#/components/schemas/Link"}]),
            );
        },
        &["breaking compatible →: `attachment` of `Chat` may not be `Picture` any more"],
    );
}

#[test]
fn a_field_of_an_alternative() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Picture/properties/width/type",
                json!("string"),
            );
        },
        &["breaking breaking →: `width` of `Picture` is `string` now, was `integer`"],
    );
}

#[test]
fn alternatives_in_another_order() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Chat/properties/attachment",
                json!({"anyOf": [{"$ref": "#/components/schemas/Link"}, {"$ref": "#/components/schemas/Picture"}]}),
            );
        },
        &[],
    );
}

#[test]
fn a_type_of_a_push_that_becomes_one_of_two() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Posted/properties/from",
                json!({"anyOf": [{"$ref": "#/components/schemas/User"}, {"type": "string"}]}),
            );
        },
        &["breaking compatible ←: `from` of `Posted` may be `string` now"],
    );
}

#[test]
fn a_type_where_there_was_none() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Thread/properties/extra",
                json!(true),
            );
            set(d, "/components/schemas/Posted/properties/extra", json!({}));
        },
        &[
            "compatible compatible →: `extra` of `Thread` is new, optional",
            "compatible compatible ←: `extra` of `Posted` is new, optional",
            "compatible compatible ←: `extra` of `Thread` is new, optional",
        ],
    );
}

#[test]
fn items_of_a_request() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Chat/properties/tags/items/type",
                json!("integer"),
            );
        },
        &["breaking breaking →: `tags[]` of `Chat` is `integer` now, was `string`"],
    );
}

#[test]
fn a_type_that_contains_itself() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Thread/properties/title/maxLength",
                json!(80),
            );
        },
        &[
            "breaking compatible →: `maxLength` of `title` of `Thread` is 80 now, was none: tighter",
            "compatible breaking ←: `maxLength` of `title` of `Thread` is 80 now, was none: tighter",
        ],
    );
}
