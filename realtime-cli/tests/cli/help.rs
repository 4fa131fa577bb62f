use std::process::Command;

use crate::run::Folder;

fn help(arguments: &[&str]) -> String {
    Folder::new().asyncapi(arguments).with(0).out
}

#[test]
fn every_command_explains_itself() {
    insta::assert_snapshot!("help", help(&["--help"]));
    for command in ["emit", "check", "diff", "view", "validate"] {
        insta::assert_snapshot!(format!("help_{command}"), help(&[command, "--help"]));
    }
}

#[test]
fn the_program_explains_itself() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_realtime"));
    command.arg("--help");
    insta::assert_snapshot!(Folder::new().run(command, "").with(0).out);
}

#[test]
fn cargo_realtime_is_the_same() {
    let folder = Folder::new();
    for arguments in [
        &["realtime", "asyncapi", "diff", "--help"][..],
        &["asyncapi", "diff", "--help"],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-realtime"));
        command.args(arguments);
        let ended = folder.run(command, "").with(0);
        assert!(
            ended.out.contains("Usage: cargo realtime asyncapi diff"),
            "{ended:?}"
        );
    }
}

#[test]
fn a_wrong_option_is_two() {
    let ended = Folder::new()
        .asyncapi(["diff", "a.json", "b.json", "--fail-on", "anything"])
        .with(2);
    insta::assert_snapshot!(ended.err);
    Folder::new().asyncapi(["differ"]).with(2);
    Folder::new().asyncapi::<&str>([]).with(2);
}
