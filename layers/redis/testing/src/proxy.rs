//! A way to a server that goes silent without a word.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Forwards until it is told not to; the connections stay.
#[derive(Debug)]
pub struct Proxy {
    at: SocketAddr,
    silent: watch::Sender<Option<usize>>,
}

impl Proxy {
    /// To the server that listens there, on the loopback.
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let silent = watch::Sender::new(None);
        let watched = silent.subscribe();
        tokio::spawn(async move {
            for number in 0.. {
                let (near, _) = listener.accept().await.unwrap();
                let far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let (near, far) = (near.into_split(), far.into_split());
                tokio::spawn(forward(near.0, far.1, number, None));
                tokio::spawn(forward(far.0, near.1, number, Some(watched.clone())));
            }
        });
        Self { at, silent }
    }

    /// What a node connects with.
    pub fn url(&self) -> String {
        format!("redis://{}", self.at)
    }

    /// From now on nothing that the server says on connections up to a number reaches anybody, if it is a published message.
    pub fn mute_messages(&self, up_to: usize) {
        self.silent.send_replace(Some(up_to));
    }
}

async fn forward(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    number: usize,
    silent: Option<watch::Receiver<Option<usize>>>,
) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let is_muted = silent.as_ref().is_some_and(|silent| {
            let muted = silent.borrow().is_some_and(|up_to| number <= up_to);
            muted && buffer[..read].starts_with(b">3\r\n$7\r\nmessage")
        });
        if !is_muted && to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
