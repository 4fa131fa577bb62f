use serde_json::json;

use super::{cut, expect, set};

#[test]
fn fields_that_are_not_named_get_a_type() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Chat/additionalProperties",
                json!({"type": "string"}),
            );
        },
        &["breaking compatible →: fields of `Chat` that are not named have a type now"],
    );
}

#[test]
fn fields_that_are_not_named_have_another_type() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/User/additionalProperties",
                json!({"type": "string"}),
            );
            set(
                d,
                "/components/messages/joined/payload/properties/payload/type",
                json!("object"),
            );
        },
        &["compatible breaking ←: fields of `User` that are not named have a type now"],
    );
}

#[test]
fn fields_by_a_pattern() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/User/patternProperties",
                json!({"^x-": {"type": "string"}}),
            );
        },
        &["breaking breaking ←: fields of `User` like `^x-` are named now"],
    );
}

#[test]
fn a_list_that_becomes_a_tuple() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Chat/properties/tags/items",
                json!([{"type": "string"}, {"type": "integer"}]),
            );
        },
        &["breaking breaking →: the items of `tags` of `Chat` are laid out otherwise"],
    );
}

#[test]
fn a_list_of_anything() {
    expect(
        false,
        |d| {
            cut(d, "/components/schemas/Chat/properties/tags/items");
        },
        &["compatible breaking →: `tags[]` of `Chat` is of any type now, was `string`"],
    );
}

#[test]
fn a_field_that_is_never_there() {
    expect(
        false,
        |d| {
            set(d, "/components/schemas/Chat/properties/lang", json!(false));
        },
        &["breaking compatible →: `lang` of `Chat` is not allowed any more"],
    );
}

#[test]
fn a_field_of_any_type() {
    expect(
        false,
        |d| {
            set(d, "/components/schemas/Posted/properties/text", json!(true));
        },
        &["breaking compatible ←: `text` of `Posted` is of any type now, was `string`"],
    );
}

#[test]
fn several_types() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Posted/properties/text/type",
                json!(["string", "integer"]),
            );
        },
        &["breaking compatible ←: `text` of `Posted` is `integer` or `string` now, was `string`"],
    );
}

#[test]
fn a_reference_that_leads_nowhere() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Posted/properties/from",
                json!({"$ref": "#/components/schemas/Nobody"}),
            );
        },
        &["breaking breaking ←: `from` of `Posted` refers to something else"],
    );
}

#[test]
fn a_schema_in_another_language() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/messages/posted/payload",
                json!({"schemaFormat": "application/vnd.apache.avro;version=1.9.0", "schema": {"type": "string"}}),
            );
        },
        &["breaking breaking ←: `posted` refers to something else"],
    );
}

#[test]
fn a_schema_whose_language_is_said() {
    expect(
        false,
        |d| {
            let schema = cut(d, "/components/messages/posted/payload");
            set(
                d,
                "/components/messages/posted/payload",
                json!({"schemaFormat": "application/schema+json;version=draft-07", "schema": schema}),
            );
        },
        &[],
    );
}

#[test]
fn alternatives_where_there_were_none() {
    expect(
        false,
        |d| {
            set(
                d,
                "/components/schemas/Posted/anyOf",
                json!([{"required": ["note"]}, {"required": ["thread"]}]),
            );
        },
        &["compatible breaking ←: `Posted` must be one of 2 now"],
    );
}

#[test]
fn a_payload_that_is_gone() {
    expect(
        false,
        |d| {
            cut(d, "/components/messages/joined/payload");
            set(d, "/components/messages/joined/x-tag", json!(1));
        },
        &[
            "breaking compatible ←: `joined` is of any type now, was `object`",
            "breaking compatible ←: `action` of `joined` is gone, was required",
            "breaking compatible ←: `payload` of `joined` is gone, was required",
            "docs only docs only: `x-tag` of `joined` has changed",
        ],
    );
}
