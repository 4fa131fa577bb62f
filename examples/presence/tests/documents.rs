//! The documents: the committed copies, what the build wrote, and what the program says are one and the same.

use std::fs;

use presence::{ASYNCAPI, Config, openapi};
use realtime_asyncapi::{ASYNCAPI_3_0_0_SCHEMA, Document, check, diff};
use serde_json::Value;

/// Fails where the committed copy is stale. With `UPDATE_DOCUMENTS=1` in the environment it is renewed instead.
fn compare(name: &str, fresh: &str) {
    let path = format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_DOCUMENTS").is_some_and(|value| value == "1") {
        fs::write(&path, fresh).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    if let Err(stale) = diff::compare(&committed, fresh) {
        panic!("{path} is stale; `cargo xtask asyncapi` renews it, then commit it\n{stale}");
    }
}

#[test]
fn the_committed_documents_are_what_the_program_makes() {
    compare("asyncapi.json", ASYNCAPI);
    compare("openapi.json", openapi());
}

#[tokio::test]
async fn the_running_program_has_the_same_document() {
    let config = Config::new(":memory:");
    let app = presence::app(&config).await.unwrap();
    let document = app.realtime.asyncapi().unwrap().to_json_pretty();
    if let Err(stale) = diff::compare(ASYNCAPI, &document) {
        panic!("the build and the program differ\n{stale}");
    }
}

#[test]
fn the_official_schema_and_our_own_rules_find_nothing() {
    let schema: Value = serde_json::from_str(ASYNCAPI_3_0_0_SCHEMA).unwrap();
    let document: Value = serde_json::from_str(ASYNCAPI).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(&document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let document: Document = serde_json::from_str(ASYNCAPI).unwrap();
    assert_eq!(check(&document), []);
}
