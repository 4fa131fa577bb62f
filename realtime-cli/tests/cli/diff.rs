use std::process::Command;

use serde_json::Value;

use crate::run::{Ended, Folder, ROOM, room_with};

const LESS: (&str, &str) = ("\"maxLength\": 500", "\"maxLength\": 50");

/// `old.json` is the room, `new.json` is edited.
fn folder((old, new): (&str, &str)) -> Folder {
    let folder = Folder::new();
    folder.write("old.json", ROOM);
    folder.write("new.json", room_with(old, new));
    folder
}

fn diff(folder: &Folder, options: &[&str]) -> Ended {
    folder.asyncapi(["diff", "old.json", "new.json"].iter().chain(options))
}

#[test]
fn what_breaks_clients_fails() {
    let ended = diff(&folder(LESS), &[]).with(1);
    insta::assert_snapshot!(ended.out);
}

#[test]
fn nothing_has_changed() {
    let ended = diff(&folder((ROOM, ROOM)), &["--fail-on", "docs"]).with(0);
    assert_eq!(ended.out, "nothing has changed\n");
}

#[test]
fn json_is_for_programs() {
    let ended = diff(&folder(LESS), &["--json"]).with(1);
    let report: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(report["semver"]["client"], "major");
    assert_eq!(report["semver"]["server"], "minor");
    assert_eq!(report["version"]["enough"], false);
    assert_eq!(report["changes"][0]["rule"], "bound");
    assert_eq!(
        report["changes"][0]["path"],
        "#/components/schemas/Chat/properties/text"
    );
    assert_eq!(report["changes"][0]["flow"], "client-to-server");
}

#[test]
fn one_side_decides() {
    let folder = folder(LESS);
    diff(&folder, &["--direction", "client"]).with(1);
    diff(&folder, &["--direction", "server"]).with(0);
}

#[test]
fn which_changes_fail_is_said() {
    let breaking = folder(LESS);
    diff(&breaking, &["--fail-on", "never"]).with(0);
    let compatible = folder(("\"maxLength\": 500", "\"maxLength\": 5000"));
    diff(&compatible, &[]).with(0);
    diff(&compatible, &["--fail-on", "compatible"]).with(1);
    let docs = folder(("What is said.", "The text."));
    diff(&docs, &["--fail-on", "compatible"]).with(0);
    diff(&docs, &["--fail-on", "docs"]).with(1);
}

#[test]
fn what_the_version_was_not_raised_for_fails() {
    let folder = folder(LESS);
    diff(&folder, &["--fail-on", "unraised"]).with(1);
    let raised = folder.read("new.json").replace("\"1.4.0\"", "\"2.0.0\"");
    folder.write("new.json", raised);
    diff(&folder, &["--fail-on", "unraised"]).with(0);
    diff(&folder, &["--fail-on", "breaking"]).with(1);
}

#[test]
fn strictly_a_new_close_code_breaks_clients() {
    let folder = folder(("\"code\": 4403", "\"code\": 4404"));
    diff(&folder, &[]).with(0);
    diff(&folder, &["--strict"]).with(1);
}

#[test]
fn json_and_yaml_are_compared() {
    let folder = Folder::new();
    folder.write("old.json", ROOM);
    folder
        .asyncapi(["view", "old.json", "--client", "-o", "view.yaml"])
        .with(0);
    folder
        .asyncapi(["view", "old.json", "--client", "-o", "view.json"])
        .with(0);
    let ended = folder
        .asyncapi(["diff", "view.json", "view.yaml", "--fail-on", "docs"])
        .with(0);
    assert_eq!(ended.out, "nothing has changed\n");
}

#[test]
fn one_document_comes_from_standard_input() {
    let folder = Folder::new();
    folder.write("old.json", ROOM);
    let new = room_with(LESS.0, LESS.1);
    folder
        .asyncapi_with(&new, ["diff", "old.json", "-"])
        .with(1);
    folder
        .asyncapi_with(ROOM, ["diff", "-", "old.json"])
        .with(0);
    let ended = folder.asyncapi_with(ROOM, ["diff", "-", "-"]).with(2);
    assert_eq!(
        ended.err,
        "error: only one of the documents can come from standard input\n"
    );
}

#[test]
fn the_old_one_comes_from_git() {
    let folder = Folder::new();
    folder.write("docs/asyncapi.json", ROOM);
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command
            .args(["-c", "user.name=n", "-c", "user.email=e@example.com"])
            .args(arguments);
        folder.run(command, "").with(0)
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "docs"]);
    git(&["commit", "--quiet", "--message=one"]);
    folder.write("docs/asyncapi.json", room_with(LESS.0, LESS.1));
    for old in ["main:docs/asyncapi.json", "HEAD:./docs/asyncapi.json"] {
        folder.asyncapi(["diff", old, "docs/asyncapi.json"]).with(1);
        folder.asyncapi(["diff", old, old]).with(0);
    }
    let ended = folder
        .asyncapi(["diff", "main:asyncapi.json", "docs/asyncapi.json"])
        .with(2);
    assert!(ended.err.contains("git says:"), "{ended:?}");
    assert!(
        ended.err.contains("begins at the root of the repository"),
        "{ended:?}"
    );
    folder
        .asyncapi(["diff", "--", "--output=x:y", "docs/asyncapi.json"])
        .with(2);
}

#[test]
fn a_file_whose_name_has_a_colon_is_a_file() {
    let folder = Folder::new();
    folder.write("a:b.json", ROOM);
    folder.asyncapi(["diff", "a:b.json", "a:b.json"]).with(0);
}

#[test]
fn what_is_not_compared_is_told() {
    let folder = folder(("#/components/schemas/Kind", "kinds.yaml#/Kind"));
    let ended = diff(&folder, &["--fail-on", "never"]).with(0);
    assert_eq!(
        ended.err,
        "new.json: `kinds.yaml#/Kind` leads out of the document; what should be there is not compared\n"
    );
}

#[test]
fn what_cannot_be_read_is_two() {
    let folder = folder(LESS);
    let ended = folder.asyncapi(["diff", "old.json", "none.json"]).with(2);
    assert!(ended.err.starts_with("error: none.json: "), "{ended:?}");
    folder.write("new.json", "{\"asyncapi\": \"2.6.0\", \"info\": {}}");
    let ended = diff(&folder, &[]).with(2);
    assert_eq!(
        ended.err,
        "error: new.json: asyncapi: `2.6.0` is not read; 3.0 and 3.1 are, at line 1 column 20\n"
    );
}
