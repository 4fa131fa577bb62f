//! Pings without end, with pongs that are read or not.

use std::time::Duration;

use tokio::{io::AsyncWriteExt as _, net::TcpSocket, time::timeout};

use super::{Abuse, Done, Target};
use crate::wire::{self, Client, PING, PONG, shown};

pub(super) const ABUSE: Abuse = Abuse {
    name: "ping floods",
    unit: "pings",
    promise: "each is answered in its turn; whose pongs are not read is no longer read either",
    parallel: 4,
    pause: Duration::from_millis(200),
    bound: Duration::from_secs(30),
    episode: |target| Box::pin(episode(target)),
};

const BATCHES: u64 = 100;
const BATCH: u64 = 100;
/// More than fits into what the system keeps for a connection.
const MOST: usize = 64 * 1024 * 1024;

async fn episode(target: Target) -> Done {
    if target.turn % 8 == 7 {
        deaf(target).await
    } else {
        answered(target).await
    }
}

async fn answered(target: Target) -> Done {
    let mut client = Client::connect(target.address, "pings").await?;
    for batch in 0..BATCHES {
        let numbers = batch * BATCH..(batch + 1) * BATCH;
        let pings: Vec<Vec<u8>> = numbers
            .clone()
            .map(|number| wire::frame(PING, &number.to_be_bytes()))
            .collect();
        client.sends(&pings.concat()).await?;
        for number in numbers {
            let pong = loop {
                let found = client.next_within(Duration::from_secs(10)).await?;
                if found.first != PING {
                    break found;
                }
            };
            if pong.first != PONG || pong.payload != number.to_be_bytes() {
                return Err(format!("instead of the pong {number} came {pong:?}"));
            }
        }
    }
    client.is_open().await?;
    client.closes().await?;
    Ok(BATCHES * BATCH)
}

/// Reads nothing: the server must stop reading, as it may not keep the pongs.
async fn deaf(target: Target) -> Done {
    let socket = TcpSocket::new_v4().map_err(shown)?;
    socket.set_recv_buffer_size(4096).map_err(shown)?;
    let mut client = Client::on(socket, target.address, "pings").await?;
    let ping = wire::frame(PING, &[b'p'; 125]);
    let pings = ping.repeat(500);
    let mut sent = 0;
    while sent < MOST {
        match timeout(Duration::from_millis(500), client.stream.write(&pings)).await {
            // It takes no more, or has ended the connection.
            Err(_) | Ok(Err(_)) => return Ok((sent / ping.len()) as u64),
            Ok(Ok(count)) => sent += count,
        }
    }
    Err(format!(
        "{sent} bytes of pings were taken, and no pong was read"
    ))
}
