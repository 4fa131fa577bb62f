//! Names of fields on the wire: `rename_all` of `#[message]`.
#![allow(missing_docs, missing_debug_implementations)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use realtime_runtime::{
    prelude::*,
    schemars::JsonSchema,
    serde::{Deserialize, Serialize},
    wire,
};
use realtime_testing::TestApp;
use serde_json::{Value, json};

/// Goes back as it came.
#[message(action = "address", rename_all = "camelCase")]
pub struct Address {
    pub line_1: String,
    pub line_2_extra: Option<String>,
    /// Its keys are somebody else's.
    #[serde(default)]
    pub room_notes: BTreeMap<String, BTreeMap<String, u32>>,
    /// Its names are its own.
    pub geo_point: Point,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    pub north_south: i32,
}

#[message(action = "moved", rename_all = "SCREAMING-KEBAB-CASE")]
pub struct Moved {
    pub from_line_1: String,
    #[serde(rename = "to")]
    pub to_line_1: String,
}

struct Office;

#[consumer]
impl Office {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn address(address: Address) -> Address {
        address
    }

    #[ws_handler]
    async fn moved(moved: Moved) -> Moved {
        moved
    }
}

/// The same names in a flat frame.
#[message(type = "spot", rename_all = "kebab-case")]
pub struct Spot {
    pub line_1: String,
}

struct Map;

#[consumer(tag = "type")]
impl Map {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn spot(spot: Spot) -> Spot {
        spot
    }
}

fn app() -> RealtimeBuilder {
    Realtime::builder()
        .consumer::<Office>("/office")
        .consumer::<Map>("/map")
}

async fn answer(path: &str, frame: &Value) -> Value {
    let app = TestApp::new(app().build().unwrap());
    let mut client = app.connect(path).await.unwrap();
    client.send_raw(frame.to_string()).await;
    let mut frames = client.frames();
    assert_eq!(frames.len(), 1, "{frames:?}");
    frames.remove(0)
}

#[tokio::test]
async fn frames_come_and_go_with_the_names_of_the_wire() {
    let address = json!({"action": "address", "payload": {
        "line1": "Main Street 1",
        "line2Extra": null,
        "roomNotes": {"living_room": {"tea_cups": 2}, "bedRoom": {}},
        "geoPoint": {"north_south": 52},
    }});
    assert_eq!(answer("/office", &address).await, address);
    let moved = json!({"action": "moved", "payload": {"FROM-LINE-1": "a", "to": "b"}});
    assert_eq!(answer("/office", &moved).await, moved);
    let spot = json!({"type": "spot", "line-1": "a"});
    assert_eq!(answer("/map", &spot).await, spot);
}

#[tokio::test]
async fn the_names_of_rust_are_no_names_on_the_wire() {
    let payload = json!({"line_1": "a", "geoPoint": {"north_south": "b"}});
    let answer = answer("/office", &json!({"action": "address", "payload": payload})).await;
    let fields = answer["payload"]["fields"].as_array().unwrap();
    let paths: Vec<&str> = fields
        .iter()
        .map(|field| field["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["geoPoint.north_south", "line1"]);
}

#[test]
fn the_document_has_the_names_of_the_wire() {
    let document = app().asyncapi().unwrap().to_value();
    let schemas = &document["components"]["schemas"];
    let names = |schema: &str| -> Vec<String> {
        let properties = schemas[schema]["properties"].as_object().unwrap();
        properties.keys().cloned().collect()
    };
    assert_eq!(
        names("Address"),
        ["geoPoint", "line1", "line2Extra", "roomNotes"]
    );
    let required = schemas["Address"]["required"].as_array().unwrap();
    assert!(required.contains(&json!("line1")), "{required:?}");
    assert_eq!(names("Point"), ["north_south"]);
    assert_eq!(names("Moved"), ["FROM-LINE-1", "to"]);
    let spot = &document["components"]["messages"]["spot"]["payload"];
    assert_eq!(spot["properties"]["line-1"]["type"], "string", "{spot}");
}

/// What `#[message(rename_all = "…")]` does for each of serde's rules is what `#[serde(rename_all = "…")]` does.
#[test]
fn each_rule_is_serdes() {
    macro_rules! alike {
        ($($rule:literal)*) => {$({
            #[message(action = "alike", rename_all = $rule)]
            struct Ours {
                line_1: u8,
                unread_count: u8,
                a_b_c: u8,
                word: u8,
            }

            #[derive(Serialize, JsonSchema)]
            #[serde(rename_all = $rule)]
            struct Serdes {
                line_1: u8,
                unread_count: u8,
                a_b_c: u8,
                word: u8,
            }

            let ours = Ours { line_1: 1, unread_count: 2, a_b_c: 3, word: 4 };
            let serdes = Serdes { line_1: 1, unread_count: 2, a_b_c: 3, word: 4 };
            assert_eq!(
                serde_json::to_value(&ours).unwrap(),
                serde_json::to_value(&serdes).unwrap(),
                $rule
            );
            let properties = |schema: schemars::Schema| schema.get("properties").cloned();
            assert_eq!(
                properties(schemars::schema_for!(Ours)),
                properties(schemars::schema_for!(Serdes)),
                $rule
            );
        })*};
    }
    alike! {
        "lowercase" "UPPERCASE" "PascalCase" "camelCase" "snake_case" "SCREAMING_SNAKE_CASE" "kebab-case"
        "SCREAMING-KEBAB-CASE"
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_with_the_keys_of_maps_as_they_were(
        line_1 in ".*",
        line_2_extra in proptest::option::of(".*"),
        room_notes in proptest::collection::btree_map(
            "[a-zA-Z0-9_-]{0,12}|.{0,3}",
            proptest::collection::btree_map(".{0,6}", any::<u32>(), 0..3),
            0..4,
        ),
        north_south in any::<i32>(),
    ) {
        let address = Address { line_1, line_2_extra, room_notes, geo_point: Point { north_south } };
        let text = wire::to_text(&address, None).unwrap();
        let frame: Value = serde_json::from_str(&text).unwrap();
        let payload = frame["payload"].as_object().unwrap();
        prop_assert_eq!(
            payload.keys().collect::<Vec<_>>(),
            ["geoPoint", "line1", "line2Extra", "roomNotes"]
        );
        let rooms = payload["roomNotes"].as_object().unwrap();
        prop_assert!(rooms.keys().eq(address.room_notes.keys()));
        let (read, _) = wire::from_text::<Address>(&text).unwrap();
        prop_assert_eq!(read, address);
    }
}
