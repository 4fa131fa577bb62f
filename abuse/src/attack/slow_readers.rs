//! Members of a busy group that do not read.

use std::time::Duration;

use tokio::{
    net::TcpSocket,
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

use super::{Abuse, Done, Target};
use crate::wire::{self, Client, TEXT, shown};

pub(super) const ABUSE: Abuse = Abuse {
    name: "slow readers",
    unit: "readers",
    promise: "1013 once more than the outbox waits; who reads in the same group loses nothing",
    parallel: 1,
    pause: Duration::from_secs(3),
    bound: Duration::from_secs(30),
    episode: |target| Box::pin(episode(target)),
};

const READERS: u64 = 8;
/// Frames that ask for a flood, one each 25 ms, and what each asks for: 320 KiB, less than an outbox.
const FLOODS: usize = 40;
const COUNT: usize = 20;
const BYTES: usize = 16 * 1024;
/// They read nothing for so long. The close is written within 2 s, or not at all.
const DEAF: Duration = Duration::from_millis(900);

async fn episode(target: Target) -> Done {
    let group = format!("slow{}", target.turn);
    let feeder = Client::connect(target.address, &group).await?;
    let mut readers = Vec::new();
    for _ in 0..READERS {
        let socket = TcpSocket::new_v4().map_err(shown)?;
        socket.set_recv_buffer_size(4096).map_err(shown)?;
        readers.push(Client::on(socket, target.address, &group).await?);
    }
    let mut running = JoinSet::new();
    running.spawn(feeds(feeder));
    for mut reader in readers {
        running.spawn(async move {
            sleep(DEAF).await;
            let closed = reader.expects_close(1013).await;
            closed.map_err(|reason| format!("a slow reader: {reason}"))
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.map_err(shown)??;
    }
    Ok(READERS)
}

/// Asks for the floods, and reads every message of them: the same load is no harm to who reads.
async fn feeds(mut feeder: Client) -> Result<(), String> {
    let payload = format!(r#"{{"count":{COUNT},"bytes":{BYTES}}}"#);
    let flood = wire::text(&format!(r#"{{"action":"flood","payload":{payload}}}"#));
    let begun = Instant::now();
    let (mut asked, mut heard) = (0, 0);
    while heard < FLOODS * COUNT {
        let due = begun + Duration::from_millis(25) * asked as u32;
        tokio::select! {
            () = sleep_until(due), if asked < FLOODS => {
                feeder.sends(&flood).await?;
                asked += 1;
            }
            read = feeder.reads() => {
                if read.map_err(shown)? == 0 {
                    return Err("who reads was cut off as well".to_owned());
                }
                while let Some(frame) = feeder.frame() {
                    match frame.code() {
                        Some(code) => return Err(format!("who reads was closed with {code}")),
                        None => heard += usize::from(frame.first == TEXT),
                    }
                }
            }
        }
    }
    feeder.is_open().await?;
    feeder.closes().await
}
