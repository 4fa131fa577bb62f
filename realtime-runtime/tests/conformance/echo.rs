//! What goes out as it came in: every length, either kind.

use realtime_runtime::Realtime;

use crate::{
    consumer::Echo,
    raw::{BINARY, FIN, PING, PONG, Server, TEXT, frame},
};

async fn server() -> Server {
    let realtime = Realtime::builder()
        .consumer::<Echo>("/ws")
        .max_message_bytes(1 << 20)
        .unlimited_frames()
        .build()
        .unwrap();
    Server::new(&realtime).await
}

/// Lengths at which the header of a frame has another form, and beside them.
const LENGTHS: [usize; 10] = [0, 1, 124, 125, 126, 127, 65_535, 65_536, 65_537, 1 << 20];

#[tokio::test]
async fn messages_of_every_length_come_back_as_they_went() {
    let mut client = server().await.client().await;
    for len in LENGTHS {
        client.sends(&frame(FIN | TEXT, &vec![b'x'; len])).await;
        client.expect(FIN | TEXT, vec![b'x'; len]).await;
        client.sends(&frame(FIN | BINARY, &vec![0xFE; len])).await;
        client.expect(FIN | BINARY, vec![0xFE; len]).await;
    }
}

#[tokio::test]
async fn fragments_of_every_length_come_back_as_one_message() {
    let mut client = server().await.client().await;
    for len in LENGTHS {
        let len = len / 2;
        let part = vec![0xA5; len];
        let frames = [
            frame(BINARY, &part),
            frame(FIN | PING, b"between"),
            frame(0, b""),
            frame(FIN, &part),
        ];
        client.sends(&frames.concat()).await;
        client.expect(FIN | PONG, "between").await;
        client.expect(FIN | BINARY, vec![0xA5; 2 * len]).await;
    }
}

#[tokio::test]
async fn a_message_may_come_in_many_small_fragments() {
    let mut client = server().await.client().await;
    let whole: Vec<u8> = "κόσμε".bytes().cycle().take(1 << 20).collect();
    // Its last character is cut short: as many whole ones as there are.
    let whole = String::from_utf8_lossy(&whole)
        .trim_end_matches('\u{FFFD}')
        .to_owned();
    let parts = whole.as_bytes().chunks(61);
    let last = parts.len() - 1;
    let frames: Vec<u8> = parts
        .enumerate()
        .flat_map(|(index, part)| {
            let kind = if index == 0 { TEXT } else { 0 };
            frame(kind | if index == last { FIN } else { 0 }, part)
        })
        .collect();
    client.sends(&frames).await;
    client.expect_text(&whole).await;
}

#[tokio::test]
async fn messages_of_both_kinds_come_back_in_order() {
    let mut client = server().await.client().await;
    let mut frames = Vec::new();
    for number in 0..100_u8 {
        let kind = if number % 3 == 0 { TEXT } else { BINARY };
        frames.extend(frame(FIN | kind, &[number]));
    }
    client.sends(&frames).await;
    for number in 0..100_u8 {
        let kind = if number % 3 == 0 { TEXT } else { BINARY };
        client.expect(FIN | kind, [number]).await;
    }
}
