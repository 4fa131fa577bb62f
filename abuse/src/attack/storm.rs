//! Two thousand that connect at once, and are gone again.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::AsyncWriteExt as _,
    net::TcpStream,
    sync::Barrier,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{Abuse, Done, Target};
use crate::wire::{self, Client, shown};

pub(super) const ABUSE: Abuse = Abuse {
    name: "reconnect storms of 2,000",
    unit: "connections",
    promise: "each is accepted and, where it asks, answered with 101; nothing is left of it",
    parallel: 1,
    pause: Duration::from_secs(5),
    bound: Duration::from_secs(60),
    episode: |target| Box::pin(episode(target)),
};

const CROWD: usize = 2000;
/// How long the server may take for all of them.
const LONGEST: Duration = Duration::from_secs(30);

async fn episode(target: Target) -> Done {
    let together = Arc::new(Barrier::new(CROWD));
    let mut running = JoinSet::new();
    for number in 0..CROWD {
        let together = Arc::clone(&together);
        running.spawn(async move {
            let one = timeout(LONGEST, one(target.address, number, &together)).await;
            one.unwrap_or_else(|_| Err(format!("one of a storm was not done in {LONGEST:?}")))
        });
    }
    let mut failed = Ok(());
    while let Some(ended) = running.join_next().await {
        failed = failed.and(ended.map_err(shown).flatten());
    }
    failed.map(|()| CROWD as u64)
}

async fn one(address: SocketAddr, number: usize, together: &Barrier) -> Result<(), String> {
    together.wait().await;
    match number % 4 {
        // It says nothing.
        0 => {
            let stream = TcpStream::connect(address).await.map_err(shown)?;
            sleep(Duration::from_millis(100)).await;
            stream.set_zero_linger().map_err(shown)
        }
        // It goes before it is answered.
        1 => {
            let mut stream = TcpStream::connect(address).await.map_err(shown)?;
            let request = wire::request(address, "storm");
            stream.write_all(&request).await.map_err(shown)?;
            stream.set_zero_linger().map_err(shown)
        }
        // It connects, and vanishes.
        2 => {
            let client = Client::connect(address, "storm").await?;
            client.stream.set_zero_linger().map_err(shown)
        }
        // It does something, and ends the conversation as one should.
        _ => {
            let mut client = Client::connect(address, "storm").await?;
            client.is_open().await?;
            client.closes().await
        }
    }
}
