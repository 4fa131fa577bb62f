//! Messages in fragments of one byte, and frames that come byte by byte.

use std::time::Duration;

use super::{Abuse, Done, Target};
use crate::wire::{self, BEGIN, Client, LAST, MORE};

pub(super) const ABUSE: Abuse = Abuse {
    name: "1-byte fragments",
    unit: "fragments",
    promise: "the message is put together and answered",
    parallel: 8,
    pause: Duration::from_millis(20),
    bound: Duration::from_secs(30),
    episode: |target| Box::pin(episode(target)),
};

const MESSAGES: u64 = 10;

async fn episode(target: Target) -> Done {
    let mut client = Client::connect(target.address, "fragments").await?;
    let mut count = 0;
    for number in 0..MESSAGES {
        let text = format!(r#"{{"action":"ping","ref":"{}/{number}"}}"#, target.turn);
        let answer = format!(r#""ref":"{}/{number}""#, target.turn);
        if number % 2 == 0 {
            let last = text.len() - 1;
            for (index, byte) in text.bytes().enumerate() {
                let first = match index {
                    0 => BEGIN,
                    index if index == last => LAST,
                    _ => MORE,
                };
                client.sends(&wire::frame(first, &[byte])).await?;
                count += 1;
            }
        } else {
            for byte in wire::text(&text) {
                client.sends(&[byte]).await?;
                count += 1;
            }
        }
        client.expects(&answer).await?;
    }
    client.closes().await?;
    Ok(count)
}
