//! Pings and pongs.

use tokio::io::AsyncWriteExt as _;

use crate::{
    ANSWER, ASK, asks_and_hears,
    raw::{FIN, PING, PONG, Raw, TEXT, frame, watched},
    served,
};

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
async fn a_pong_that_nobody_asked_for_is_ignored() {
    let (server, ..) = served().await;
    let mut client = server.client().await;
    for payload in [&b""[..], b"unasked", &[0xFF; 125]] {
        client.sends(&frame(FIN | PONG, payload)).await;
        asks_and_hears(&mut client).await;
    }
}
