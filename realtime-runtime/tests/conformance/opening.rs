//! The request, and what comes with it.

use crate::{
    ANSWER, ASK,
    raw::{CLOSE, FIN, PING, PONG, Server, TEXT, close, frame, header, request, text},
    served,
    support::zoo,
};

/// A header of the request, with another value or none.
type Change<'a> = (&'a str, Option<&'a str>);

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

#[tokio::test]
async fn a_fragmented_message_may_begin_in_the_segment_of_the_request() {
    let (server, ..) = served().await;
    let (begin, end) = ASK.as_bytes().split_at(5);
    let mut client = server.client_with(&frame(TEXT, begin)).await;
    client.sends(&frame(FIN, end)).await;
    client.expect_text(ANSWER).await;
}

#[tokio::test]
async fn a_close_in_the_segment_of_the_request_is_answered() {
    let (server, ..) = served().await;
    let mut client = server.client_with(&close(1000, b"")).await;
    client.expect(FIN | CLOSE, 1000_u16.to_be_bytes()).await;
    client.expect_end().await;
}

#[tokio::test]
async fn a_broken_frame_in_the_segment_of_the_request_ends_the_connection() {
    let (server, ..) = served().await;
    for (frames, code) in [
        (frame(FIN | 3, b""), 1002),
        (frame(FIN | TEXT, b"\xFF"), 1007),
        (header(FIN | TEXT, 1 << 40), 1009),
    ] {
        let mut client = server.client_with(&frames).await;
        client.expect_close(code).await;
    }
}
