//! Frames that are no messages, and frames that are no frames.

use std::time::Duration;

use super::{Abuse, Done, Target};
use crate::wire::{self, Client, TEXT};

pub(super) const ABUSE: Abuse = Abuse {
    name: "malformed frames",
    unit: "frames",
    promise: "an error frame, and still open; 1002 or 1007 where the protocol is broken",
    parallel: 8,
    pause: Duration::from_millis(20),
    bound: Duration::from_secs(30),
    episode: |target| Box::pin(episode(target)),
};

/// What is sent, and a part of the answer.
const TEXTS: [(&str, &str); 10] = [
    ("", "malformed_json"),
    ("{", "malformed_json"),
    (r#"{"action":"ping","action":"ping"}"#, "malformed_json"),
    ("[1,2]", "not_an_object"),
    ("{}", "missing_tag"),
    (r#"{"action":7}"#, "missing_tag"),
    (r#"{"action":"nothing","ref":7}"#, r#""ref":7"#),
    (r#"{"action":"nothing"}"#, "unknown_action"),
    (
        r#"{"action":"say","payload":{"from":"x"}}"#,
        "invalid_payload",
    ),
    (
        r#"{"action":"say","payload":{},"ref":"mine"}"#,
        r#""ref":"mine""#,
    ),
];

async fn episode(target: Target) -> Done {
    let mut client = Client::connect(target.address, "malformed").await?;
    let mut count = 0;
    for (text, answer) in TEXTS {
        client.sends(&wire::text(text)).await?;
        client.expects(answer).await?;
        count += 1;
    }
    client.sends(&wire::text(&"[".repeat(60_000))).await?;
    client.expects("malformed_json").await?;
    client.sends(&wire::frame(0x82, b"\0\x01\xFF")).await?;
    client.expects("unsupported_frame").await?;
    client.is_open().await?;
    let (last, code) = match target.turn % 5 {
        0 => (b"\x81\x05hello".to_vec(), 1002),
        1 => (wire::frame(0xC1, b"x"), 1002),
        2 => (wire::frame(0x83, b"x"), 1002),
        3 => (vec![0xFF; 1000], 1002),
        _ => (wire::frame(TEXT, b"\xFF\xFE"), 1007),
    };
    client.sends(&last).await?;
    client.expects_close(code).await?;
    Ok(count + 3)
}
