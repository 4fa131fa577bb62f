//! What a comparison comes to as a whole.

mod zoo;

use realtime_asyncapi::diff::{self, Options, Report, Semver, Side, Verdict};
use realtime_asyncapi::{Document, document};
use serde_json::{Value, json};

fn room() -> Value {
    Document::from_yaml(include_str!("changes/room.yaml"))
        .unwrap()
        .to_value()
}

fn report(edit: impl FnOnce(&mut Value)) -> Report {
    let mut edited = room();
    edit(&mut edited);
    let read = |value: &Value| Document::from_json(&value.to_string()).unwrap();
    diff::changes(&read(&room()), &read(&edited), Options::default())
}

fn several(d: &mut Value) {
    d["info"]["version"] = json!("1.4.1");
    d["components"]["schemas"]["Chat"]["required"] = json!(["text", "lang"]);
    d["components"]["schemas"]["Posted"]["properties"]["id"] = json!({"type": "integer"});
    d["operations"]["onAsk"]["summary"] = json!("Asks.");
}

#[test]
fn a_table_for_people() {
    insta::assert_snapshot!(report(several));
    assert_eq!(report(|_| {}).to_string(), "nothing has changed\n");
}

#[test]
fn an_object_for_programs() {
    insta::assert_json_snapshot!(report(several));
}

#[test]
fn the_worst_change_makes_the_version() {
    let of = |edit: fn(&mut Value)| {
        let report = report(edit);
        (report.semver(Side::Client), report.semver(Side::Server))
    };
    assert_eq!(of(|_| {}), (Semver::None, Semver::None));
    assert_eq!(
        of(|d| d["info"]["description"] = json!("Rooms.")),
        (Semver::Patch, Semver::Patch)
    );
    assert_eq!(
        of(|d| d["operations"]["onAsk"]["x-deprecated"] = json!(true)),
        (Semver::Minor, Semver::Minor)
    );
    assert_eq!(
        of(|d| d["components"]["schemas"]["Chat"]["required"] = json!([])),
        (Semver::Minor, Semver::Major)
    );
    assert_eq!(of(several), (Semver::Major, Semver::Minor));
    assert_eq!(
        report(several).verdict(Side::Client),
        Some(Verdict::Breaking)
    );
}

#[test]
fn the_version_is_raised_by_enough() {
    let raised = |version: &str| {
        let report = report(|d| {
            several(d);
            d["info"]["version"] = json!(version);
        });
        (report.raised(), report.is_raised_enough(Side::Client))
    };
    assert_eq!(raised("1.4.0"), (Some(Semver::None), false));
    assert_eq!(raised("1.4.1"), (Some(Semver::Patch), false));
    assert_eq!(raised("1.5.0"), (Some(Semver::Minor), false));
    assert_eq!(raised("2.0.0"), (Some(Semver::Major), true));
    assert_eq!(raised("v2"), (Some(Semver::Major), true));
    assert_eq!(raised("next"), (None, true));
}

#[test]
fn before_the_first_version_the_second_number_counts() {
    let read = |version: &str, channels: Value| {
        let document = json!({
            "asyncapi": "3.0.0",
            "info": {"title": "T", "version": version},
            "channels": channels,
        });
        Document::from_json(&document.to_string()).unwrap()
    };
    let old = read("0.1.0", json!({"a": {"address": "/a"}}));
    let new = read("0.2.0", json!({}));
    let report = diff::changes(&old, &new, Options::default());
    assert_eq!(report.semver(Side::Client), Semver::Major);
    assert!(report.is_raised_enough(Side::Client));
}

#[test]
fn an_application_does_not_differ_from_itself() {
    for (name, app) in zoo::all() {
        let document = document(&app).unwrap();
        let report = diff::changes(&document, &document, Options { strict: true });
        assert!(report.is_empty(), "{name}: {report}");
        let yaml = Document::from_yaml(&document.to_yaml()).unwrap();
        assert!(diff::changes(&document, &yaml, Options::default()).is_empty());
    }
}

#[test]
fn a_schema_of_nothing_but_itself_comes_to_an_end() {
    let read = |title: &str| {
        let document = json!({
            "asyncapi": "3.0.0",
            "info": {"title": "T", "version": "1"},
            "channels": {"a": {"address": "/a", "messages": {"m": {"payload": {"$ref": "#/components/schemas/A"}}}}},
            "operations": {"send": {"action": "send", "channel": {"$ref": "#/channels/a"}}},
            "components": {"schemas": {
                "A": {"anyOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}, {"$ref": "#/components/schemas/C"}]},
                "B": {"allOf": [{"$ref": "#/components/schemas/B"}, {"title": title, "type": "string"}]},
                "C": {"items": {"$ref": "#/components/schemas/A"}, "anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "integer"}]},
            }},
        });
        Document::from_json(&document.to_string()).unwrap()
    };
    let report = diff::changes(&read("one"), &read("two"), Options::default());
    assert_eq!(report.semver(Side::Client), Semver::Patch, "{report}");
}
