//! A server elsewhere: what it has done is known from its completion frames alone.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use futures_util::future::join_all;
use serde_json::Value;
use tokio::{net::TcpStream, sync::watch};
use tokio_tungstenite::tungstenite::Message;

use crate::communicator::{Sink, transmit};

#[derive(Debug)]
pub(crate) struct Remote {
    host: String,
    clients: Mutex<Vec<Weak<Client>>>,
}

/// One connection to it.
pub(crate) struct Client {
    sink: Sink,
    /// How many frames were sent that a `complete` answers.
    sent: AtomicU64,
    pings: AtomicU64,
    /// It does not read now, or never again: a pong does not come.
    is_deaf: AtomicBool,
    /// What came: how many times `complete`, the number of the last pong, whether the connection is over.
    heard: watch::Sender<Heard>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    completes: u64,
    pong: u64,
    over: bool,
}

/// A frame that only says that something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Completion {
    /// `complete`: what a frame of this client has caused.
    OfFrame,
    /// `group_complete` or `event_complete`.
    OfEvent,
}

/// What a text frame says to be done, if it says nothing else.
pub(crate) fn completion(text: &str) -> Option<Completion> {
    let frame: Value = serde_json::from_str(text).ok()?;
    let tag = frame.get("action").or_else(|| frame.get("type"))?;
    match tag.as_str()? {
        "complete" => Some(Completion::OfFrame),
        "group_complete" | "event_complete" => Some(Completion::OfEvent),
        _ => None,
    }
}

impl Remote {
    pub(crate) fn new(host: String) -> Self {
        Self {
            host,
            clients: Mutex::default(),
        }
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) async fn open(&self) -> TcpStream {
        let stream = match TcpStream::connect(&self.host).await {
            Ok(stream) => stream,
            Err(error) => panic!("cannot connect to the server at {}: {error}", self.host),
        };
        stream.set_nodelay(true).expect("TCP_NODELAY");
        stream
    }

    pub(crate) fn client(&self, sink: Sink) -> Arc<Client> {
        let client = Arc::new(Client {
            sink,
            sent: AtomicU64::new(0),
            pings: AtomicU64::new(0),
            is_deaf: AtomicBool::new(false),
            heard: watch::Sender::default(),
        });
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.retain(|client| client.strong_count() > 0);
        clients.push(Arc::downgrade(&client));
        client
    }

    /// Until every client has read what the server wrote to it before: a pong comes behind it.
    pub(crate) async fn all_have_read(&self) {
        let clients: Vec<_> = {
            let clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
            clients.iter().filter_map(Weak::upgrade).collect()
        };
        join_all(clients.iter().map(|client| client.has_read())).await;
    }
}

impl Client {
    /// A frame is about to be sent. Returns which `complete` is its own.
    pub(crate) fn sends(&self) -> u64 {
        self.sent.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Until so many times `complete` came, or the connection is over.
    pub(crate) async fn completed(&self, count: u64) {
        let mut heard = self.heard.subscribe();
        // The sender is in `self`, so this cannot fail.
        let _ = heard
            .wait_for(|heard| heard.over || heard.completes >= count)
            .await;
    }

    pub(crate) async fn has_read(&self) {
        let mut heard = self.heard.subscribe();
        if heard.borrow().over || self.is_deaf.load(Ordering::Relaxed) {
            return;
        }
        let ping = self.pings.fetch_add(1, Ordering::Relaxed) + 1;
        let message = Message::Ping(ping.to_be_bytes().to_vec().into());
        // An error means that the connection is over, which its reader notices.
        let _ = transmit(&self.sink, message).await;
        let _ = heard
            .wait_for(|heard| heard.over || heard.pong >= ping)
            .await;
    }

    pub(crate) fn hears(&self, completion: Completion) {
        if completion == Completion::OfFrame {
            self.heard.send_modify(|heard| heard.completes += 1);
        }
    }

    pub(crate) fn hears_pong(&self, payload: &[u8]) {
        if let Ok(number) = payload.try_into() {
            let number = u64::from_be_bytes(number);
            self.heard
                .send_modify(|heard| heard.pong = heard.pong.max(number));
        }
    }

    pub(crate) fn is_deaf(&self, is_deaf: bool) {
        self.is_deaf.store(is_deaf, Ordering::Relaxed);
    }

    pub(crate) fn is_over(&self) {
        self.heard.send_modify(|heard| heard.over = true);
    }
}
