//! One edit of a document in each test, with what it does to clients and to servers.
//!
//! `breaking compatible` stands for: clients break, servers do not. The arrow is the way of the frame.

mod channels;
mod constraints;
mod documentation;
mod fields;
mod messages;
mod shapes;
mod types;
mod websocket;

use realtime_asyncapi::Document;
use realtime_asyncapi::diff::{self, Change, Flow, Options, Report, Side, Verdict};
use serde_json::Value;

fn room() -> Value {
    Document::from_yaml(include_str!("room.yaml"))
        .unwrap()
        .to_value()
}

/// Fails unless the edit makes exactly these changes.
#[track_caller]
fn expect(strict: bool, edit: impl FnOnce(&mut Value), expected: &[&str]) {
    let mut edited = room();
    edit(&mut edited);
    let read = |value: &Value| Document::from_json(&value.to_string()).unwrap();
    let report = diff::changes(&read(&room()), &read(&edited), Options { strict });
    let lines: Vec<String> = report.changes().iter().map(line).collect();
    assert_eq!(lines, expected, "{lines:#?}");
    // What breaks clients on the way there breaks servers on the way back. To a server it is all one where it runs.
    let back = diff::changes(&read(&edited), &read(&room()), Options { strict });
    let breaks = |report: &Report, side| {
        let on_the_wire = |change: &&Change| !change.rule.starts_with("server-");
        let mut changes = report.changes().iter().filter(on_the_wire);
        changes.any(|change| change.verdict(side) == Verdict::Breaking)
    };
    assert_eq!(
        breaks(&report, Side::Client),
        breaks(&back, Side::Server),
        "{back}"
    );
    assert_eq!(
        breaks(&report, Side::Server),
        breaks(&back, Side::Client),
        "{back}"
    );
}

fn line(change: &Change) -> String {
    let arrow = match change.flow {
        Some(Flow::ClientToServer) => " →",
        Some(Flow::ServerToClient) => " ←",
        None => "",
    };
    format!(
        "{} {}{arrow}: {}",
        change.client, change.server, change.sentence
    )
}

fn parent<'v, 'p>(value: &'v mut Value, pointer: &'p str) -> (&'v mut Value, &'p str) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    (value.pointer_mut(parent).expect(parent), key)
}

fn set(value: &mut Value, pointer: &str, to: Value) {
    let (parent, key) = parent(value, pointer);
    parent.as_object_mut().unwrap().insert(key.to_owned(), to);
}

fn cut(value: &mut Value, pointer: &str) -> Value {
    let (parent, key) = parent(value, pointer);
    match parent {
        Value::Object(object) => object.remove(key).expect(pointer),
        Value::Array(array) => array.remove(key.parse().unwrap()),
        _ => panic!("nothing at {pointer}"),
    }
}

fn push(value: &mut Value, pointer: &str, item: impl Into<Value>) {
    let array = value.pointer_mut(pointer).expect(pointer);
    array.as_array_mut().unwrap().push(item.into());
}

fn take(value: &mut Value, pointer: &str, item: &str) {
    let array = value.pointer_mut(pointer).expect(pointer);
    array.as_array_mut().unwrap().retain(|known| known != item);
}
