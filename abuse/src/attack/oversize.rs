//! Messages beyond 64 KiB, by a byte or by far, at once or in fragments.

use std::time::Duration;

use super::{Abuse, Done, Target};
use crate::wire::{self, BEGIN, Client, MORE, TEXT};

pub(super) const ABUSE: Abuse = Abuse {
    name: "oversize",
    unit: "messages",
    promise: "1009, which is not lost however much follows; 64 KiB are answered",
    parallel: 4,
    pause: Duration::from_millis(50),
    bound: Duration::from_secs(30),
    episode: |target| Box::pin(episode(target)),
};

const MOST: usize = 64 * 1024;

async fn episode(target: Target) -> Done {
    let mut client = Client::connect(target.address, "oversize").await?;
    let mut largest = br#"{"action":"ping"}"#.to_vec();
    largest.resize(MOST, b' ');
    client.sends(&wire::frame(TEXT, &largest)).await?;
    client.expects(r#""pong""#).await?;
    let (begin, len) = match target.turn % 4 {
        0 => (Vec::new(), MOST as u64 + 1),
        1 => (Vec::new(), 1 << 40),
        2 => (Vec::new(), u64::MAX),
        _ => (wire::frame(BEGIN, &[b' '; 60_000]), 5537),
    };
    let first = if begin.is_empty() { TEXT } else { MORE };
    client.sends(&begin).await?;
    client.sends(&wire::header(first, len)).await?;
    if target.turn % 4 == 1 {
        // It goes on as if nothing were, and may find that nobody reads it any more.
        let _ = client.sends(&[b'x'; 256 * 1024]).await;
    }
    client.expects_close(1009).await?;
    Ok(2)
}
