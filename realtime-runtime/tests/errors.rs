//! What a client is told of frames that cannot be handled. In memory and over TCP.
#![allow(missing_docs)]

mod support;

use realtime_testing::Communicator;
use serde_json::{Value, json};
use support::{Ping, Pong, both_ways, both_ways_with};

/// Sends a frame that is refused; asserts the error and that the socket goes on.
async fn refused(client: &mut Communicator, frame: &str) -> Value {
    client.send_raw(frame).await;
    let error = only_frame(client);
    client.send(Ping).await;
    client.expect::<Pong>();
    client.assert_silent();
    error
}

fn only_frame(client: &mut Communicator) -> Value {
    let mut frames = client.frames();
    assert_eq!(frames.len(), 1, "{frames:?}");
    frames.remove(0)
}

fn error(code: &str, detail: &str) -> Value {
    json!({"action": "error", "payload": {"code": code, "detail": detail}})
}

#[tokio::test]
async fn text_that_is_not_json_is_malformed() {
    for app in both_ways() {
        let mut client = app.connect("/ws").await.unwrap();
        for frame in [
            "",
            "{",
            "nonsense",
            r#"{"action":"ping""#,
            r#"{"action":"ping"} {}"#,
            r#"{"action":"say","payload":{"text":5},,}"#,
        ] {
            assert_eq!(
                refused(&mut client, frame).await,
                error("malformed_json", "The frame is not valid JSON."),
                "{frame}"
            );
        }
    }
}

#[tokio::test]
async fn json_that_is_no_object_is_refused() {
    for app in both_ways() {
        let mut client = app.connect("/ws").await.unwrap();
        for frame in ["[]", "5", "null", r#""ping""#, r#" [{"action":"ping"}] "#] {
            assert_eq!(
                refused(&mut client, frame).await,
                error("not_an_object", "The frame is not a JSON object."),
                "{frame}"
            );
        }
    }
}

#[tokio::test]
async fn a_frame_without_a_tag_is_refused_with_its_ref() {
    for app in both_ways() {
        let mut client = app.connect("/ws").await.unwrap();
        let mut expected = error("missing_tag", "The frame has no tag.");
        assert_eq!(refused(&mut client, "{}").await, expected);
        assert_eq!(refused(&mut client, r#"{"type":"ping"}"#).await, expected);
        expected["ref"] = json!("a");
        assert_eq!(
            refused(&mut client, r#"{"action":5,"ref":"a"}"#).await,
            expected
        );
    }
}

#[tokio::test]
async fn an_unknown_tag_is_refused_without_a_list_of_the_known() {
    for app in both_ways() {
        let mut client = app.connect("/ws").await.unwrap();
        let mut expected = error("unknown_action", "There is no such message.");
        expected["ref"] = json!(7);
        assert_eq!(
            refused(&mut client, r#"{"action":"nope","ref":7}"#).await,
            expected
        );
        assert_eq!(
            refused(&mut client, r#"{"payload":{},"ref":7,"action":"nope"}"#).await,
            expected
        );
    }
}

#[tokio::test]
async fn two_invalid_fields_are_named_at_once() {
    for app in both_ways() {
        let mut client = app.connect("/ws").await.unwrap();
        let mut expected = error("invalid_payload", "The payload does not fit the message.");
        expected["ref"] = json!("r");
        expected["payload"]["fields"] = json!([
            {"path": "text", "message": "invalid type: integer `5`, expected a string"},
            {"path": "times", "message": "invalid value: integer `-1`, expected an integer from 0 to 4294967295"},
        ]);
        let frame = r#"{"action":"say","payload":{"text":5,"times":-1},"ref":"r"}"#;
        assert_eq!(refused(&mut client, frame).await, expected);
        let late = r#"{"ref":"r","payload":{"text":5,"times":-1},"action":"say"}"#;
        assert_eq!(refused(&mut client, late).await, expected);
    }
}

#[tokio::test]
async fn missing_fields_are_named_beside_invalid_ones() {
    for app in both_ways() {
        let mut client = app.connect("/ws").await.unwrap();
        let frame = refused(&mut client, r#"{"action":"say","payload":{"loud":"very"}}"#).await;
        assert_eq!(
            frame["payload"]["fields"],
            json!([
                {"path": "loud", "message": "invalid type: string \"very\", expected a boolean"},
                {"path": "text", "message": "missing field"},
                {"path": "times", "message": "missing field"},
            ])
        );
        let frame = refused(&mut client, r#"{"action":"say"}"#).await;
        assert_eq!(frame["payload"]["code"], "invalid_payload");
    }
}

#[tokio::test]
async fn a_key_that_stands_twice_is_malformed() {
    for app in both_ways() {
        let mut client = app.connect("/ws").await.unwrap();
        for frame in [
            r#"{"action":"ping","action":"ping"}"#,
            r#"{"action":"say","payload":{"text":"a","times":1},"payload":{"text":"b","times":1}}"#,
            r#"{"action":"ping","ref":1,"ref":2}"#,
            r#"{"action":"ping","x":1,"x":2}"#,
        ] {
            assert_eq!(
                refused(&mut client, frame).await["payload"]["code"],
                "malformed_json",
                "{frame}"
            );
        }
    }
}

#[tokio::test]
async fn a_ref_that_is_none_is_refused_without_it() {
    for app in both_ways() {
        let mut client = app.connect("/ws").await.unwrap();
        let long = format!(r#"{{"action":"ping","ref":"{}"}}"#, "x".repeat(65));
        for frame in [
            r#"{"action":"ping","ref":null}"#,
            r#"{"action":"ping","ref":1.5}"#,
            r#"{"ref":[],"action":"ping"}"#,
            &long,
        ] {
            let error = refused(&mut client, frame).await;
            assert_eq!(error["payload"]["code"], "invalid_payload", "{frame}");
            assert_eq!(error["payload"]["fields"][0]["path"], "ref", "{frame}");
            assert_eq!(error.get("ref"), None, "{frame}");
        }
    }
}

#[tokio::test]
async fn a_ref_comes_back_as_it_went() {
    for app in both_ways() {
        let mut client = app.connect("/ws").await.unwrap();
        for reference in [
            json!(0),
            json!(-5),
            json!(u64::MAX),
            json!("é\"\\"),
            json!("x".repeat(64)),
        ] {
            client
                .send_raw(json!({"action": "ping", "ref": reference}).to_string())
                .await;
            assert_eq!(
                only_frame(&mut client),
                json!({"action": "pong", "ref": reference})
            );
        }
    }
}

#[tokio::test]
async fn a_binary_frame_is_not_supported() {
    for app in both_ways() {
        let mut client = app.connect("/ws").await.unwrap();
        client.send_binary(*br#"{"action":"ping"}"#).await;
        assert_eq!(
            only_frame(&mut client),
            error("unsupported_frame", "Only text frames are understood.")
        );
        client.send(Ping).await;
        client.expect::<Pong>();
    }
}

#[tokio::test]
async fn a_panic_and_an_error_tell_the_client_nothing() {
    for app in both_ways() {
        app.expect_panics();
        let mut client = app.connect("/ws").await.unwrap();
        for action in ["panic", "fail"] {
            let frame = json!({"action": action, "ref": action}).to_string();
            let mut expected = error("internal", "The server could not handle this message.");
            expected["ref"] = json!(action);
            assert_eq!(refused(&mut client, &frame).await, expected);
        }
    }
}

#[tokio::test]
async fn a_message_beyond_the_limit_closes_with_1009_that_the_client_sees() {
    for app in both_ways() {
        let mut client = app.connect("/ws").await.unwrap();
        let text = "x".repeat(70 * 1024);
        client
            .send_raw(json!({"action": "say", "payload": {"text": text, "times": 1}}).to_string())
            .await;
        client
            .assert_closed(realtime_runtime::CloseCode::TOO_BIG)
            .await;
    }
}

#[tokio::test]
async fn a_message_at_the_limit_is_handled() {
    for app in both_ways_with(|builder| builder.max_message_bytes(100)) {
        let mut client = app.connect("/ws").await.unwrap();
        let frame = r#"{"action":"say","payload":{"text":"","times":1}}"#;
        let padded = format!("{frame}{}", " ".repeat(100 - frame.len()));
        client.send_raw(padded.clone()).await;
        assert_eq!(client.frames().len(), 1);
        client.send_raw(padded + " ").await;
        client
            .assert_closed(realtime_runtime::CloseCode::TOO_BIG)
            .await;
    }
}

#[tokio::test]
async fn beyond_the_rate_a_frame_is_refused_with_its_ref_and_not_handled() {
    for app in both_ways_with(|builder| builder.frames_per_second(1, 2)) {
        let mut client = app.connect("/ws").await.unwrap();
        client.send(Ping).await;
        client.send(Ping).await;
        assert_eq!(client.messages::<Pong>().len(), 2);
        client.send_with_ref(Ping, 3).await;
        let mut expected = error("rate_limited", "Too many frames; slow down.");
        expected["ref"] = json!(3);
        assert_eq!(only_frame(&mut client), expected);
        app.advance(std::time::Duration::from_secs(1)).await;
        client.send(Ping).await;
        client.expect::<Pong>();
    }
}
