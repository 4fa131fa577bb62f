//! Text is UTF-8, of which a character may be cut.

use crate::{
    breaks,
    raw::{FIN, PING, PONG, TEXT, frame, header},
    served,
};

#[tokio::test]
async fn a_character_may_be_split_over_fragments() {
    let (server, ..) = served().await;
    let mut client = server.client().await;
    let say = r#"{"action":"say","payload":{"text":"κόσμε 🌍","times":1}}"#;
    for byte in say.as_bytes().chunks(1).enumerate().map(|(index, byte)| {
        let fin = if index + 1 == say.len() { FIN } else { 0 };
        frame(fin | if index == 0 { TEXT } else { 0 }, byte)
    }) {
        client.sends(&byte).await;
    }
    client
        .expect_text(r#"{"action":"said","payload":{"text":"κόσμε 🌍"}}"#)
        .await;
}

#[tokio::test]
async fn text_that_is_not_utf_8_ends_with_1007() {
    let (server, ..) = served().await;
    for bytes in [
        &b"\xFF"[..],
        b"abc\xC3",
        b"\xC0\x80",
        b"\xED\xA0\x80",
        b"\xF4\x90\x80\x80",
        b"{\"action\":\"ping\",\"x\":\"\x80\"}",
    ] {
        breaks(&server, &frame(FIN | TEXT, bytes), 1007).await;
        let (begin, end) = bytes.split_at(bytes.len() / 2);
        let fragments = [frame(TEXT, begin), frame(FIN, end)].concat();
        breaks(&server, &fragments, 1007).await;
    }
}

/// The first bytes of a text that cannot become UTF-8: beyond U+10FFFF.
const TOO_HIGH: &[u8] = b"\xCE\xBA\xF4\x90";

#[tokio::test]
async fn a_message_that_cannot_become_utf_8_is_not_waited_for() {
    let (server, ..) = served().await;
    // A fragment that is not the last, one that a character goes on into, and a frame that is not whole.
    let fragments = [frame(TEXT, b"\xCE\xBA"), frame(0, b"\xF4\x90")].concat();
    let cut = [frame(TEXT, b"\xCE\xBA\xF4"), frame(0, b"\x90")].concat();
    for frames in [frame(TEXT, TOO_HIGH), fragments, cut] {
        breaks(&server, &frames, 1007).await;
    }
    let whole = frame(FIN | TEXT, &[TOO_HIGH, &[b'x'; 40_000]].concat());
    let begun = header(FIN | TEXT, 40_004).len() + TOO_HIGH.len();
    let mut client = server.client().await;
    client.sends(&whole[..begun]).await;
    client.expect_close(1007).await;
}

#[tokio::test]
async fn what_may_still_become_utf_8_is_waited_for() {
    let (server, ..) = served().await;
    let mut client = server.client().await;
    let say = r#"{"action":"say","payload":{"text":"🌍","times":1}}"#.as_bytes();
    let inside = say.iter().position(|byte| *byte == 0xF0).unwrap() + 2;
    client.sends(&frame(TEXT, &say[..inside])).await;
    client.sends(&frame(FIN | PING, b"so far")).await;
    client.expect(FIN | PONG, "so far").await;
    client.sends(&frame(FIN, &say[inside..])).await;
    client
        .expect_text(r#"{"action":"said","payload":{"text":"🌍"}}"#)
        .await;
}
