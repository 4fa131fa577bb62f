//! What breaks a rule, and how the server says so.

use crate::{
    ASK, breaks, breaks_with_a_close, gone,
    raw::{BINARY, CLOSE, FIN, PING, TEXT, close, frame, header},
    served,
};

#[tokio::test]
async fn what_breaks_the_protocol_ends_with_1002() {
    let (server, realtime, state) = served().await;
    let mut unmasked = vec![FIN | TEXT, ASK.len() as u8];
    unmasked.extend_from_slice(ASK.as_bytes());
    let mut cases = vec![
        unmasked,
        vec![FIN | PING, 0],
        frame(FIN | PING, &[0; 126]),
        frame(PING, b"in parts"),
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
async fn a_close_that_may_not_be_sent_ends_with_1002() {
    let (server, ..) = served().await;
    let mut cases: Vec<_> = [
        0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535,
    ]
    .iter()
    .map(|code| close(*code, b""))
    .collect();
    cases.extend([
        frame(FIN | CLOSE, b"\x03"),
        close(1000, b"not \xFF UTF-8"),
        close(1000, b"cut \xC3"),
        // More than a control frame may hold, in parts, with a reserved bit, without a mask.
        frame(FIN | CLOSE, &[b'x'; 126]),
        frame(CLOSE, b""),
        frame(FIN | 0x40 | CLOSE, b""),
        vec![FIN | CLOSE, 0],
    ]);
    for case in &cases {
        breaks_with_a_close(&server, case).await;
    }
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
