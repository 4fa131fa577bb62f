//! `emit` and `check`, on packages whose build script leaves `asyncapi.json` in `OUT_DIR`, as the runtime's `emit` does.

use realtime_asyncapi::{Document, check};

use crate::run::{Folder, ROOM, room_with};

/// A package that depends on nothing, so that it is built in a moment.
fn package(folder: &Folder, path: &str, name: &str, document: Option<&str>) {
    let manifest =
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    folder.write(&format!("{path}/Cargo.toml"), manifest);
    folder.write(&format!("{path}/src/lib.rs"), "");
    let Some(document) = document else { return };
    folder.write(&format!("{path}/document.json"), document);
    let script = r#"
        fn main() {
            let out = std::env::var_os("OUT_DIR").unwrap();
            let path = std::path::Path::new(&out).join("asyncapi.json");
            std::fs::copy("document.json", path).unwrap();
            println!("cargo::rerun-if-changed=document.json");
        }
    "#;
    folder.write(&format!("{path}/build.rs"), script);
}

/// A workspace of a package with a document, and one without.
fn workspace() -> Folder {
    let folder = Folder::new();
    folder.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"chat\", \"other\"]\nresolver = \"3\"\n",
    );
    package(&folder, "chat", "chat", Some(ROOM));
    package(&folder, "other", "other", None);
    folder
}

#[test]
fn the_document_of_a_package_is_written() {
    let folder = workspace();
    // Of all packages that are built here, one has a document.
    assert_eq!(folder.asyncapi(["emit"]).with(0).out, ROOM);
    assert_eq!(folder.asyncapi(["emit", "-p", "chat"]).with(0).out, ROOM);
    let manifest = ["emit", "--manifest-path", "chat/Cargo.toml"];
    assert_eq!(folder.asyncapi(manifest).with(0).out, ROOM);
    folder
        .asyncapi(["emit", "-p", "chat", "--output", "chat/asyncapi.json"])
        .with(0);
    assert_eq!(folder.read("chat/asyncapi.json"), ROOM);
}

#[test]
fn it_is_written_in_every_form() {
    let folder = workspace();
    let yaml = folder.asyncapi(["emit", "--format", "yaml"]).with(0).out;
    assert_eq!(Document::from_yaml(&yaml).unwrap().to_json_pretty(), ROOM);
    folder
        .asyncapi(["emit", "--output", "asyncapi.yaml"])
        .with(0);
    assert_eq!(folder.read("asyncapi.yaml"), yaml);
    let later = folder.asyncapi(["emit", "--spec", "3.1.0"]).with(0).out;
    assert!(later.starts_with("{\n  \"asyncapi\": \"3.1.0\""), "{later}");
    let client = folder.asyncapi(["emit", "--client"]).with(0).out;
    assert_eq!(check(&Document::from_json(&client).unwrap()), []);
    assert!(client.contains("\"sendChat\""));
}

#[test]
fn options_of_cargo_are_passed_on() {
    let folder = workspace();
    folder
        .asyncapi(["emit", "-p", "chat", "--", "--offline"])
        .with(0);
    let ended = folder
        .asyncapi(["emit", "-p", "chat", "--", "--features", "none"])
        .with(2);
    assert!(
        ended.err.contains("`cargo check` failed, see above"),
        "{ended:?}"
    );
}

#[test]
fn a_package_without_a_document_says_what_to_do() {
    let folder = workspace();
    let ended = folder.asyncapi(["emit", "-p", "other"]).with(2);
    insta::assert_snapshot!(ended.err);
    let ended = folder.asyncapi(["emit", "-p", "none"]).with(2);
    assert_eq!(
        ended.err,
        "error: the workspace has no package `none`; it has `chat`, `other`\n"
    );
}

#[test]
fn of_several_documents_one_is_named() {
    let folder = workspace();
    package(&folder, "other", "other", Some(ROOM));
    let ended = folder.asyncapi(["emit"]).with(2);
    assert_eq!(
        ended.err,
        "error: several packages make a document; say with -p which of `chat`, `other` is meant\n"
    );
}

#[test]
fn a_package_that_does_not_build_has_none() {
    let folder = workspace();
    folder.write(
        "chat/build.rs",
        "fn main() { panic!(\"two messages have the tag `chat`\") }",
    );
    let ended = folder.asyncapi(["emit", "-p", "chat"]).with(2);
    assert!(
        ended.err.contains("two messages have the tag `chat`"),
        "{ended:?}"
    );
    assert!(
        ended
            .err
            .ends_with("error: `cargo check` failed, see above\n"),
        "{ended:?}"
    );
}

#[test]
fn a_fresh_copy_passes() {
    let folder = workspace();
    folder.write("chat/asyncapi.json", ROOM.replace('\n', "\r\n"));
    let ended = folder.asyncapi(["check", "chat/asyncapi.json"]).with(0);
    assert_eq!(ended.err, "chat/asyncapi.json is what the build makes\n");
    // Beside the manifest, where nothing is said.
    folder.asyncapi(["check", "-p", "chat"]).with(0);
    folder.asyncapi(["check"]).with(0);
}

#[test]
fn a_copy_in_any_form_passes() {
    let folder = workspace();
    for options in [
        &["--output", "chat/docs/asyncapi.yaml"][..],
        &["--client", "--output", "chat/docs/client.json"],
        &[
            "--spec",
            "3.1.0",
            "--client",
            "--output",
            "chat/docs/later.yml",
        ],
    ] {
        folder.write("chat/docs/.keep", "");
        let emit = ["emit", "-p", "chat"].iter().chain(options);
        folder.asyncapi(emit).with(0);
        folder
            .asyncapi(["check", options[options.len() - 1]])
            .with(0);
    }
}

#[test]
fn a_stale_copy_fails_and_says_how_to_renew_it() {
    let folder = workspace();
    folder.write(
        "chat/asyncapi.json",
        room_with("\"maxLength\": 500", "\"maxLength\": 800"),
    );
    folder.write("chat/fresh.json", ROOM);
    let ended = folder
        .asyncapi(["check", "chat/asyncapi.json", "chat/fresh.json"])
        .with(1);
    insta::assert_snapshot!(ended.err);
    folder
        .asyncapi(["emit", "-p", "chat", "--output", "chat/asyncapi.json"])
        .with(0);
    folder.asyncapi(["check", "chat/asyncapi.json"]).with(0);
}

#[test]
fn a_copy_of_another_form_is_renewed_in_that_form() {
    let folder = workspace();
    folder
        .asyncapi([
            "emit",
            "--spec",
            "3.1.0",
            "--client",
            "-o",
            "chat/client.yaml",
        ])
        .with(0);
    folder.write(
        "chat/document.json",
        room_with("\"maxLength\": 500", "\"maxLength\": 800"),
    );
    let ended = folder.asyncapi(["check", "chat/client.yaml"]).with(1);
    let renew = "realtime asyncapi emit -p chat --spec 3.1.0 --client --output chat/client.yaml";
    assert!(ended.err.contains(renew), "{ended:?}");
}

#[test]
fn a_copy_that_is_missing_or_broken_fails() {
    let folder = workspace();
    let ended = folder.asyncapi(["check", "-p", "chat"]).with(1);
    assert!(
        ended.err.contains("there is no such file; make it with"),
        "{ended:?}"
    );
    folder.write("chat/asyncapi.json", "{}");
    let ended = folder.asyncapi(["check", "chat/asyncapi.json"]).with(1);
    assert!(
        ended
            .err
            .contains("the committed file cannot be read: missing field"),
        "{ended:?}"
    );
}

#[test]
fn a_change_of_the_code_is_seen() {
    let folder = workspace();
    folder.write("chat/asyncapi.json", ROOM);
    folder.asyncapi(["check", "-p", "chat"]).with(0);
    folder.write("chat/document.json", room_with("Say something.", "Say it."));
    folder.asyncapi(["check", "-p", "chat"]).with(1);
}

#[test]
fn outside_of_a_package_there_is_none() {
    let ended = Folder::new().asyncapi(["emit"]).with(2);
    assert!(
        ended.err.contains("`cargo metadata` failed, see above"),
        "{ended:?}"
    );
}
