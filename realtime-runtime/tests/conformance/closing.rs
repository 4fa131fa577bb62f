//! The end of a connection.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use crate::{
    ANSWER, ASK, asks_and_hears, gone,
    raw::{CLOSE, FIN, PING, TEXT, close, frame, text},
    served,
};

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
