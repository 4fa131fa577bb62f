//! Frames and messages, however they are cut.

use crate::{
    ANSWER, ASK,
    raw::{FIN, TEXT, frame, text},
    served,
};

#[tokio::test]
async fn a_message_may_come_in_fragments_of_any_size() {
    let (server, ..) = served().await;
    let mut client = server.client().await;
    for size in [1, 2, 5, ASK.len() - 1] {
        let mut parts = ASK.as_bytes().chunks(size).peekable();
        let mut kind = TEXT;
        let mut frames = Vec::new();
        while let Some(part) = parts.next() {
            let fin = if parts.peek().is_none() { FIN } else { 0 };
            frames.extend(frame(fin | kind, part));
            frames.extend(frame(0, b"").repeat(usize::from(fin == 0)));
            kind = 0;
        }
        client.sends(&frames).await;
        client.expect_text(ANSWER).await;
    }
    // The last fragment may be empty.
    client.sends(&frame(TEXT, ASK.as_bytes())).await;
    client.sends(&frame(FIN, b"")).await;
    client.expect_text(ANSWER).await;
}

#[tokio::test]
async fn a_frame_may_come_byte_by_byte() {
    let (server, ..) = served().await;
    let mut client = server.client().await;
    for byte in text(ASK) {
        client.sends(&[byte]).await;
        tokio::task::yield_now().await;
    }
    client.expect_text(ANSWER).await;
}

#[tokio::test]
async fn after_a_whole_message_nothing_is_left_to_continue() {
    let (server, ..) = served().await;
    let mut client = server.client().await;
    client
        .sends(&[text(ASK), frame(FIN, b"more")].concat())
        .await;
    client.expect_text(ANSWER).await;
    client.expect_close(1002).await;
}

#[tokio::test]
async fn two_hundred_frames_in_one_segment_are_answered_in_order() {
    let (server, ..) = served().await;
    let mut client = server.client().await;
    let mut frames = Vec::new();
    for number in 0..200 {
        frames.extend(text(&format!(r#"{{"action":"ping","ref":{number}}}"#)));
    }
    client.sends(&frames).await;
    for number in 0..200 {
        let answer = format!(r#"{{"action":"pong","ref":{number}}}"#);
        client.expect_text(&answer).await;
    }
}
