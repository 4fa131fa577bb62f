//! Requests that never get done: the slow loris.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, interval, timeout_at},
};

use super::{Abuse, Done, Target};
use crate::wire::{self, shown};

pub(super) const ABUSE: Abuse = Abuse {
    name: "slow-loris handshakes",
    unit: "handshakes",
    promise: "cut off within 10 s",
    parallel: 60,
    pause: Duration::from_millis(100),
    bound: Duration::from_secs(20),
    episode: |target| Box::pin(episode(target)),
};

/// The server's bound, and what a busy machine adds to it.
const LONGEST: Duration = Duration::from_secs(10 + 3);

async fn episode(target: Target) -> Done {
    let mut stream = TcpStream::connect(target.address).await.map_err(shown)?;
    let begun = Instant::now();
    let request = wire::request(target.address, "loris");
    let mut rest = match target.turn % 3 {
        // Nothing at all; a part and no more; a byte now and then.
        0 => Vec::new(),
        1 => {
            let half = &request[..request.len() / 2];
            stream.write_all(half).await.map_err(shown)?;
            Vec::new()
        }
        _ => request,
    }
    .into_iter();
    let mut beat = interval(Duration::from_millis(500));
    let mut answer = [0; 256];
    loop {
        tokio::select! {
            _ = beat.tick() => {
                if let Some(byte) = rest.next()
                    && stream.write_all(&[byte]).await.is_err()
                {
                    return Ok(1);
                }
            }
            read = timeout_at(begun + LONGEST, stream.read(&mut answer)) => match read {
                Ok(Ok(0) | Err(_)) => return Ok(1),
                // It may be told why.
                Ok(Ok(_)) => {}
                Err(_) => {
                    let kind = target.turn % 3;
                    return Err(format!("a handshake of kind {kind} was waited for {LONGEST:?}"));
                }
            }
        }
    }
}
