use realtime_asyncapi::{Document, check};

use crate::run::{Folder, ROOM};

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("asyncapi.json", ROOM);
    folder
}

#[test]
fn a_listing_for_people() {
    let ended = folder().asyncapi(["view", "asyncapi.json"]).with(0);
    insta::assert_snapshot!(ended.out);
}

#[test]
fn a_document_for_generators_that_see_it_from_the_client() {
    let ended = folder()
        .asyncapi(["view", "asyncapi.json", "--client"])
        .with(0);
    let view = Document::from_json(&ended.out).unwrap();
    assert_eq!(check(&view), []);
    insta::assert_json_snapshot!(view.to_value()["operations"]);
    assert_eq!(view.to_value()["x-generated-view"], "client");
}

#[test]
fn it_is_listed_alike_from_either_side() {
    let folder = folder();
    folder
        .asyncapi(["view", "asyncapi.json", "--client", "-o", "client.yaml"])
        .with(0);
    let server = folder.asyncapi(["view", "asyncapi.json"]).with(0).out;
    let client = folder.asyncapi(["view", "client.yaml"]).with(0).out;
    let renamed = client
        .replace("sendChat", "onChat")
        .replace("onPosted", "pushPosted");
    assert_eq!(renamed, server);
}

#[test]
fn it_is_written_as_it_was_read_unless_told() {
    let folder = folder();
    let client = |arguments: &[&str]| {
        let all = ["view", "asyncapi.json", "--client"];
        folder.asyncapi(all.iter().chain(arguments)).with(0).out
    };
    assert!(client(&[]).starts_with('{'));
    assert!(client(&["--format", "yaml"]).starts_with("asyncapi: "));
    assert_eq!(client(&["--output", "client.yml"]), "");
    assert!(folder.read("client.yml").starts_with("asyncapi: "));
    let from_yaml = folder
        .asyncapi(["view", "client.yml", "--client"])
        .with(0)
        .out;
    assert!(from_yaml.starts_with("asyncapi: "));
    folder
        .asyncapi(["view", "asyncapi.json", "--format", "yaml"])
        .with(2);
}

#[test]
fn a_folder_that_is_not_there_is_two() {
    let ended = folder()
        .asyncapi(["view", "asyncapi.json", "-o", "none/view.txt"])
        .with(2);
    assert!(ended.err.starts_with("error: none/view.txt: "), "{ended:?}");
}
