//! The AsyncAPI document: the committed copy, what the build wrote, and what the program says are one and the same.

use notifications::{ASYNCAPI, Config};
use realtime_asyncapi::{ASYNCAPI_3_0_0_SCHEMA, Document, check, diff};
use serde_json::Value;

use crate::committed;

/// The committed copy.
const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/asyncapi.json");

#[test]
fn the_committed_document_is_what_the_build_writes() {
    committed::compare(COMMITTED, ASYNCAPI);
}

#[tokio::test]
async fn the_running_program_has_the_same_document() {
    let config = Config::new(":memory:");
    let app = notifications::app(&config).await.unwrap();
    let document = app.realtime.asyncapi().unwrap().to_json_pretty();
    if let Err(stale) = diff::compare(ASYNCAPI, &document) {
        panic!("the build and the program differ\n{stale}");
    }
}

#[test]
fn the_official_schema_accepts_it() {
    let schema: Value = serde_json::from_str(ASYNCAPI_3_0_0_SCHEMA).unwrap();
    let document: Value = serde_json::from_str(ASYNCAPI).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(&document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn our_own_rules_find_nothing() {
    let document: Document = serde_json::from_str(ASYNCAPI).unwrap();
    assert_eq!(check(&document), []);
}
