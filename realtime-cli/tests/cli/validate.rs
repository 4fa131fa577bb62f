use crate::run::{Folder, ROOM, room_with};

#[test]
fn a_document_without_faults() {
    let folder = Folder::new();
    folder.write("asyncapi.json", ROOM);
    let ended = folder.asyncapi(["validate", "asyncapi.json"]).with(0);
    assert_eq!(ended.err, "asyncapi.json: no faults\n");
    assert_eq!(ended.out, "");
}

#[test]
fn each_fault_is_told_with_its_path() {
    let folder = Folder::new();
    let spoilt = room_with("/rooms/{room}", "/rooms/{name}?a=b")
        .replace("#/components/schemas/Kind", "#/components/schemas/Sort");
    folder.write("asyncapi.json", spoilt);
    folder.write("good.json", ROOM);
    let ended = folder
        .asyncapi(["validate", "asyncapi.json", "good.json"])
        .with(1);
    insta::assert_snapshot!(ended.out + &ended.err);
}

#[test]
fn hints_are_no_faults() {
    let folder = Folder::new();
    let poor = room_with("\"maxLength\": 500", "\"format\": \"int64\"")
        .replace("\"summary\": \"Says something.\",", "")
        .replace("\"description\": \"Its name.\",", "");
    folder.write("asyncapi.json", poor);
    let ended = folder
        .asyncapi(["validate", "--lint", "asyncapi.json"])
        .with(0);
    insta::assert_snapshot!(ended.out);
    let silent = folder.asyncapi(["validate", "asyncapi.json"]).with(0);
    assert_eq!(silent.out, "");
}

#[test]
fn standard_input_may_be_json_or_yaml() {
    let folder = Folder::new();
    folder.asyncapi_with(ROOM, ["validate", "-"]).with(0);
    let marked = format!("\u{feff}{ROOM}");
    folder.asyncapi_with(&marked, ["validate", "-"]).with(0);
    let yaml = "asyncapi: 3.1.0\ninfo:\n  title: T\n  version: 1.0.0\n";
    let ended = folder.asyncapi_with(yaml, ["validate", "-"]).with(0);
    assert_eq!(ended.err, "standard input: no faults\n");
}

#[test]
fn what_cannot_be_read_says_where() {
    let folder = Folder::new();
    folder.write(
        "asyncapi.json",
        room_with("\"action\": \"receive\"", "\"action\": \"recieve\""),
    );
    let ended = folder.asyncapi(["validate", "asyncapi.json"]).with(2);
    assert!(
        ended
            .err
            .starts_with("error: asyncapi.json: operations.onChat.action: "),
        "{ended:?}"
    );
    folder.write(
        "asyncapi.yaml",
        "asyncapi: 3.0.0\ninfo: {title: T, version: '1'}\nchannels: [1]\n",
    );
    let ended = folder.asyncapi(["validate", "asyncapi.yaml"]).with(2);
    assert!(
        ended.err.starts_with("error: asyncapi.yaml: channels: "),
        "{ended:?}"
    );
    folder.asyncapi(["validate", "none.yaml"]).with(2);
}
