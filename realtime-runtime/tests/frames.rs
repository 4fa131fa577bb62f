//! RFC 6455 frame by frame, on raw sockets.
#![allow(missing_docs)]

mod raw;
mod support;

use std::time::Duration;

use raw::{
    BINARY, CLOSE, FIN, PING, PONG, Raw, Server, TEXT, close, frame, header, request, text, watched,
};
use realtime_runtime::Realtime;
use support::{State, zoo, zoo_with};
use tokio::io::AsyncWriteExt as _;

/// A header of the request, with another value or none.
type Change<'a> = (&'a str, Option<&'a str>);

const ASK: &str = r#"{"action":"ping"}"#;
const ANSWER: &str = r#"{"action":"pong"}"#;

async fn served() -> (Server, Realtime, State) {
    let (realtime, state) = zoo_with(realtime_runtime::RealtimeBuilder::unlimited_frames);
    (Server::new(&realtime).await, realtime, state)
}

async fn asks_and_hears(client: &mut Raw) {
    client.sends(&text(ASK)).await;
    client.expect_text(ANSWER).await;
}

/// Sends frames that break a rule; the server says so and ends the connection.
async fn breaks(server: &Server, frames: &[u8], code: u16) {
    let mut client = server.client().await;
    asks_and_hears(&mut client).await;
    client.sends(frames).await;
    client.expect_close(code).await;
    client.sends(&close(code, b"")).await;
    client.stream.shutdown().await.unwrap();
    client.expect_end().await;
}

/// Until nothing of a connection is left.
async fn gone(realtime: &Realtime, state: &State, disconnected: usize) {
    watched(async {
        while realtime.connections() > 0 || state.disconnected() < disconnected {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(state.disconnected(), disconnected);
}

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
async fn control_frames_may_come_between_fragments() {
    let (server, ..) = served().await;
    let mut client = server.client().await;
    let (begin, end) = ASK.as_bytes().split_at(5);
    client.sends(&frame(TEXT, begin)).await;
    client.sends(&frame(FIN | PING, b"one")).await;
    client.expect(FIN | PONG, "one").await;
    client.sends(&frame(FIN | PONG, b"unasked")).await;
    client.sends(&frame(0, b"")).await;
    client.sends(&frame(FIN | PING, b"two")).await;
    client.sends(&frame(FIN, end)).await;
    client.expect(FIN | PONG, "two").await;
    client.expect_text(ANSWER).await;
}

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

#[tokio::test]
async fn what_breaks_the_protocol_ends_with_1002() {
    let (server, realtime, state) = served().await;
    let mut unmasked = vec![FIN | TEXT, ASK.len() as u8];
    unmasked.extend_from_slice(ASK.as_bytes());
    let mut cases = vec![
        unmasked,
        vec![FIN | PING, 0],
        frame(FIN | PING, &[0; 126]),
        frame(FIN | CLOSE, &[b'x'; 126]),
        frame(PING, b"in parts"),
        frame(CLOSE, b""),
        frame(FIN, b"a continuation of nothing"),
        frame(0, b""),
        [frame(TEXT, b"{"), frame(FIN | TEXT, b"}")].concat(),
        [frame(TEXT, b"{"), frame(BINARY, b"}")].concat(),
    ];
    for reserved in [0x40, 0x20, 0x10, 0x70] {
        cases.push(frame(FIN | reserved | TEXT, ASK.as_bytes()));
        cases.push(frame(FIN | reserved | PING, b""));
        cases.push([frame(TEXT, b"{"), frame(FIN | reserved, b"}")].concat());
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        cases.push(frame(FIN | opcode, b""));
        cases.push(frame(FIN | opcode, b"payload"));
    }
    for case in &cases {
        breaks(&server, case, 1002).await;
    }
    gone(&realtime, &state, cases.len()).await;
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
async fn a_close_that_may_not_be_sent_ends_with_1002() {
    let (server, ..) = served().await;
    for code in [
        0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535,
    ] {
        breaks(&server, &close(code, b""), 1002).await;
    }
    breaks(&server, &frame(FIN | CLOSE, b"\x03"), 1002).await;
    breaks(&server, &close(1000, b"not \xFF UTF-8"), 1002).await;
    breaks(&server, &close(1000, b"cut \xC3"), 1002).await;
}

#[tokio::test]
async fn a_close_is_answered_with_its_code_and_ends_tcp_at_once() {
    let (server, realtime, state) = served().await;
    let codes = [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999,
    ];
    for code in codes {
        let mut client = server.client().await;
        client.sends(&close(code, "später".as_bytes())).await;
        client.expect(FIN | CLOSE, code.to_be_bytes()).await;
        client.expect_end().await;
    }
    let mut client = server.client().await;
    client.sends(&frame(FIN | CLOSE, b"")).await;
    client.expect(FIN | CLOSE, b"").await;
    client.expect_end().await;
    gone(&realtime, &state, codes.len() + 1).await;
}

#[tokio::test]
async fn what_comes_behind_a_close_is_ignored() {
    let (server, realtime, state) = served().await;
    let mut client = server.client().await;
    let frames = [
        text(ASK),
        close(1000, b""),
        text(ASK),
        frame(FIN | PING, b""),
    ]
    .concat();
    client.sends(&frames).await;
    client.expect_text(ANSWER).await;
    client.expect(FIN | CLOSE, 1000_u16.to_be_bytes()).await;
    client.expect_end().await;
    gone(&realtime, &state, 1).await;
    assert_eq!(state.handled(), 1);
}

#[tokio::test]
async fn a_length_out_of_reason_ends_with_1009_before_it_comes() {
    let (server, ..) = served().await;
    for len in [65_537, 1 << 31, 1 << 32, i64::MAX as u64, 1 << 63, u64::MAX] {
        breaks(&server, &header(FIN | TEXT, len), 1009).await;
        breaks(&server, &header(BINARY, len), 1009).await;
        breaks(
            &server,
            &[frame(TEXT, b"{"), header(FIN, len)].concat(),
            1009,
        )
        .await;
    }
}

#[tokio::test]
async fn a_message_too_big_over_several_fragments_ends_with_1009() {
    let (server, ..) = served().await;
    let fragment = [b' '; 1024];
    let mut frames = frame(TEXT, &fragment);
    for _ in 1..64 {
        frames.extend(frame(0, &fragment));
    }
    frames.extend(frame(FIN, b" "));
    breaks(&server, &frames, 1009).await;
}

#[tokio::test]
async fn who_still_sends_a_mebibyte_reads_the_1009_all_the_same() {
    let (server, realtime, state) = served().await;
    for _ in 0..10 {
        let mut client = server.client().await;
        let message = frame(FIN | TEXT, &vec![b'x'; 1 << 20]);
        // Reads nothing before all is sent: a reset would throw the close away.
        client.sends(&message).await;
        client.expect_close(1009).await;
        client.sends(&close(1009, b"")).await;
        client.expect_end().await;
    }
    gone(&realtime, &state, 10).await;
}

#[tokio::test]
async fn who_never_answers_the_close_is_cut_off_after_a_second() {
    let (server, realtime, state) = served().await;
    let mut client = server.client().await;
    client.sends(&text(r#"{"action":"bye"}"#)).await;
    client.expect_text(ANSWER).await;
    client.expect_text(ANSWER).await;
    client.expect_close(4403).await;
    let closed = std::time::Instant::now();
    client.expect_end().await;
    assert!(closed.elapsed() > Duration::from_millis(900));
    gone(&realtime, &state, 1).await;
}

#[tokio::test]
async fn a_ping_is_answered_with_its_payload() {
    let (server, ..) = served().await;
    let mut client = server.client().await;
    for payload in [&b""[..], b"hi", b"\x00\xFF\xFE", &[b'p'; 125]] {
        client.sends(&frame(FIN | PING, payload)).await;
        client.expect(FIN | PONG, payload).await;
    }
}

#[tokio::test]
async fn a_flood_of_pings_is_answered_in_order_once_they_are_read() {
    let (server, ..) = served().await;
    let client = server.client().await;
    let Raw { stream, .. } = client;
    let (read, mut write) = stream.into_split();
    let sender = tokio::spawn(async move {
        for number in 0..20_000_u32 {
            let mut payload = number.to_be_bytes().to_vec();
            payload.resize(125, b'p');
            watched(write.write_all(&frame(FIN | PING, &payload)))
                .await
                .unwrap();
        }
        write
    });
    let mut read = tokio::io::BufReader::new(read);
    for number in 0..20_000_u32 {
        use tokio::io::AsyncReadExt as _;
        let mut pong = [0; 127];
        watched(read.read_exact(&mut pong)).await.unwrap();
        assert_eq!(pong[..2], [FIN | PONG, 125]);
        assert_eq!(pong[2..6], number.to_be_bytes());
    }
    drop(sender.await.unwrap());
}

#[tokio::test]
async fn frames_in_the_segment_of_the_request_are_answered() {
    let (server, ..) = served().await;
    let frames = [text(ASK), frame(FIN | PING, b"hi"), text(ASK)].concat();
    let mut client = server.client_with(&frames).await;
    let mut heard = Vec::new();
    for _ in 0..3 {
        heard.push(client.next().await);
    }
    let answer = (FIN | TEXT, ANSWER.as_bytes().to_vec());
    assert_eq!(heard.iter().filter(|frame| **frame == answer).count(), 2);
    assert!(heard.contains(&(FIN | PONG, b"hi".to_vec())));
    // A frame that is cut by the end of that segment.
    let whole = text(ASK);
    let mut client = server.client_with(&whole[..7]).await;
    client.sends(&whole[7..]).await;
    client.expect_text(ANSWER).await;
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

#[tokio::test]
async fn an_end_without_a_close_is_cleaned_up_once() {
    let (server, realtime, state) = served().await;
    let mut half = server.client().await;
    half.sends(&text(ASK)).await;
    half.stream.shutdown().await.unwrap();
    half.expect_text(ANSWER).await;
    half.expect_end().await;
    gone(&realtime, &state, 1).await;

    // In the middle of a frame, and of a message.
    let mut cut = server.client().await;
    cut.sends(&text(ASK)[..9]).await;
    drop(cut);
    gone(&realtime, &state, 2).await;
    let mut cut = server.client().await;
    cut.sends(&frame(TEXT, b"{")).await;
    drop(cut);
    gone(&realtime, &state, 3).await;

    // With a reset instead of an end.
    let mut reset = server.client().await;
    asks_and_hears(&mut reset).await;
    reset.stream.set_zero_linger().unwrap();
    drop(reset);
    gone(&realtime, &state, 4).await;
    assert_eq!(state.handled(), 2);
}

#[tokio::test]
async fn a_request_that_is_no_handshake_is_refused() {
    let (realtime, state) = zoo();
    let server = Server::new(&realtime).await;
    let key = "dGhlIHNhbXBsZSBub25jZQ==";
    let cases: [(&[Change<'_>], &str); 11] = [
        (&[("Upgrade", None)], "426"),
        (&[("Upgrade", Some("h2c"))], "426"),
        (&[("Connection", None)], "426"),
        (&[("Connection", Some("keep-alive"))], "426"),
        (&[("Sec-WebSocket-Version", None)], "426"),
        (&[("Sec-WebSocket-Version", Some("8"))], "426"),
        (&[("Sec-WebSocket-Key", None)], "400"),
        (&[("Sec-WebSocket-Key", Some("short"))], "400"),
        (
            &[
                ("Sec-WebSocket-Key", Some(key)),
                ("Sec-WebSocket-Key", Some(key)),
            ],
            "400",
        ),
        (
            &[
                ("Sec-WebSocket-Version", Some("13")),
                ("Sec-WebSocket-Version", Some("8")),
            ],
            "426",
        ),
        (&[("Host", None)], "403"),
    ];
    for (changes, status) in cases {
        let (_, head) = server.asks(&request(server.address, changes)).await;
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status} ")),
            "{changes:?}: {head}"
        );
        if changes[0].0 == "Sec-WebSocket-Version" {
            let head = head.to_ascii_lowercase();
            assert!(head.contains("\r\nsec-websocket-version: 13\r\n"), "{head}");
        }
    }
    let old = String::from_utf8(request(server.address, &[])).unwrap();
    let old = old.replace("HTTP/1.1", "HTTP/1.0");
    let (_, head) = server.asks(old.as_bytes()).await;
    assert!(head.starts_with("HTTP/1.0 426 "), "{head}");
    assert_eq!(realtime.connections(), 0);
    assert_eq!(state.connected.load(std::sync::atomic::Ordering::SeqCst), 0);
}
