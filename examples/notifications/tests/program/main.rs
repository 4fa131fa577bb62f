//! The program itself: what it prints, what it keeps, how it fails.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use example_testing::Program;

const PROGRAM: Program = Program::new(env!("CARGO_BIN_EXE_notifications"));

fn fails(arguments: &[&str]) -> String {
    let output = PROGRAM
        .command(arguments)
        .stdout(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_restart_keeps_everything() {
    let directory = tempfile::tempdir().unwrap();
    let database = directory.path().join("with space & %41?#.db");
    let first = PROGRAM.start(&database);
    let cookie = first.sign_in("ann");
    assert!(
        first
            .request("POST", "/realtime/fire/", &cookie, r#"{"title":"kept"}"#)
            .contains("201 Created")
    );
    first.stop();
    assert_eq!(
        std::fs::read_dir(directory.path()).unwrap().count(),
        1,
        "the write-ahead log is gone after a good end"
    );

    let second = PROGRAM.start(&database);
    let list = second.request("GET", "/notifications", &cookie, "");
    assert!(
        list.contains(r#""unread_count":1"#) && list.contains(r#""title":"kept""#),
        "{list}"
    );
    assert!(
        second
            .request("POST", "/realtime/fire/", &cookie, r#"{"title":"killed"}"#)
            .contains("201 Created")
    );
    drop(second);

    let third = PROGRAM.start(&database);
    let list = third.request("GET", "/notifications", &cookie, "");
    assert!(
        list.contains(r#""unread_count":2"#),
        "a kill loses nothing either: {list}"
    );
    third.stop();
}

#[test]
fn whoever_runs_it_sees_its_health_and_its_metrics() {
    let running = PROGRAM.start(std::path::Path::new(":memory:"));
    for path in ["/health/live", "/health/ready"] {
        let answer = running.request("GET", path, "", "");
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    }
    let handshake = format!(
        "GET /ws/notifications/ HTTP/1.1\r\nhost: {0}\r\norigin: http://{0}\r\nconnection: upgrade\r\n\
         upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        running.address
    );
    let mut socket = TcpStream::connect(&running.address).unwrap();
    socket.write_all(handshake.as_bytes()).unwrap();
    let mut close = Vec::new();
    // To its end: nobody is signed in.
    socket.read_to_end(&mut close).unwrap();
    let metrics = running.request("GET", "/metrics", "", "");
    assert!(
        metrics.contains(r#"realtime_refused_total{consumer="notifications",code="4401"} 1"#),
        "{metrics}"
    );
    running.stop();
}

#[test]
fn an_address_in_use_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error = fails(&["--addr", &address, "--database", ":memory:"]);
    assert!(
        error.contains(&format!("cannot listen on {address}")),
        "{error}"
    );
    let error = fails(&["--addr", "nonsense", "--database", ":memory:"]);
    assert!(error.contains("cannot listen on nonsense"), "{error}");
}

#[test]
fn a_database_that_cannot_be_used_is_told_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let refuse = |name: &str, why: &str| {
        let path = directory.path().join(name);
        let error = fails(&[
            "--addr",
            "127.0.0.1:0",
            "--database",
            path.to_str().unwrap(),
        ]);
        assert!(
            error.contains("cannot use the database")
                && error.contains(name)
                && error.contains(why),
            "{error}"
        );
    };
    refuse("no/such/directory.db", "unable to open");
    let text = directory.path().join("text.db");
    std::fs::write(&text, "this is no database, but it is long enough to look like one to a hasty reader of its header").unwrap();
    let before = std::fs::read(&text).unwrap();
    refuse("text.db", "not a database");
    assert_eq!(std::fs::read(&text).unwrap(), before);
}

#[test]
fn a_url_that_cannot_be_read_is_told_without_its_password() {
    for url in [
        ":secret@host:6379",
        "http://:secret@host",
        "redis://:secret@host:port",
        "redis+cluster://:secret@host/1",
    ] {
        let arguments = ["--addr", "127.0.0.1:0", "--database", ":memory:"];
        let by_variable = PROGRAM.command(&arguments).env("REDIS_URL", url).output();
        let by_option = fails(&[&arguments[..], &["--redis", url]].concat());
        let by_variable = by_variable.unwrap();
        assert_eq!(by_variable.status.code(), Some(1));
        for error in [by_option, String::from_utf8(by_variable.stderr).unwrap()] {
            assert!(
                error.contains("error: `--redis` or `REDIS_URL`: this is no URL of Redis")
                    && !error.contains("secret"),
                "{error}"
            );
        }
    }
}

#[test]
fn a_url_that_is_empty_is_none() {
    let mut command = PROGRAM.command(&["--addr", "nonsense", "--database", ":memory:"]);
    let output = command.env("REDIS_URL", "").output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    // It has come as far as without one.
    assert_eq!(
        error,
        "error: cannot listen on nonsense: invalid socket address\n"
    );
}

#[test]
fn help_names_the_options() {
    let output = PROGRAM
        .command(&["--help"])
        .env("REDIS_URL", "redis://:secret@host")
        .stdout(Stdio::piped())
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{help}");
    for option in ["--addr", "--database", "--redis", "REDIS_URL"] {
        assert!(help.contains(option), "{help}");
    }
    assert!(!help.contains("secret"), "{help}");
    assert_eq!(
        PROGRAM
            .command(&["--nonsense"])
            .stdout(Stdio::piped())
            .output()
            .unwrap()
            .status
            .code(),
        Some(2)
    );
}
