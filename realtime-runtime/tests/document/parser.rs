//! What the official parser thinks of every document that this workspace makes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use realtime_asyncapi::Document;

use crate::zoo;

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Asks the parser.
fn parse(files: &[PathBuf]) -> Output {
    let folder = workspace().join("conformance/asyncapi-parser");
    assert!(
        folder.join("node_modules/@asyncapi/parser").exists(),
        "the official parser is not installed: run `npm ci --ignore-scripts` in conformance/asyncapi-parser, or \
         `cargo xtask test`, which does"
    );
    let output = Command::new("node")
        .arg("check.mjs")
        .args(files)
        .current_dir(folder)
        .output();
    output.expect("the official parser needs Node.js from 20 on: install `node`")
}

/// The documents that are reviewed as snapshots of the document's own tests.
fn snapshots() -> Vec<(String, Document)> {
    let folder = workspace().join("realtime-asyncapi/tests/snapshots");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let documents = files.filter_map(|entry| {
        let name = entry.file_name().into_string().unwrap();
        let name = name.strip_prefix("documents__")?.strip_suffix(".snap")?;
        let text = fs::read_to_string(entry.path()).unwrap();
        // Two lines of dashes enclose what the snapshot says of itself.
        let document = text.splitn(3, "---\n").nth(2).unwrap();
        let document = Document::from_json(document).unwrap();
        Some((name.to_owned(), document))
    });
    documents.collect()
}

fn every_document() -> Vec<(String, Document)> {
    let examples = ["notifications", "presence"].map(|name| {
        let file = workspace().join(format!("examples/{name}/asyncapi.json"));
        let document = Document::from_json(&fs::read_to_string(file).unwrap()).unwrap();
        (name.to_owned(), document)
    });
    let zoo = zoo::all().map(|(name, builder)| (name.to_owned(), builder.asyncapi().unwrap()));
    let mut documents = snapshots();
    assert!(documents.len() >= 5, "where are the snapshots?");
    documents.extend(zoo);
    documents.extend(examples);
    documents
}

#[test]
fn the_official_parser_finds_no_error_in_a_document_or_its_client_view() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (name, document) in every_document() {
        for (view, document) in [("client", document.client_view()), ("server", document)] {
            let file = folder.path().join(format!("{name}.{view}.json"));
            fs::write(&file, document.to_json_pretty()).unwrap();
            files.push(file);
        }
    }
    let output = parse(&files);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.ends_with(&format!("{} documents, 0 errors\n", files.len())));
}

#[test]
fn the_official_parser_is_asked_indeed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nonsense.json");
    fs::write(&file, r#"{"asyncapi": "3.0.0"}"#).unwrap();
    let output = parse(&[file]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains(r#"required property "info""#));
}
