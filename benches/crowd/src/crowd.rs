//! The clients.

use std::{
    collections::{BTreeSet, VecDeque},
    fmt,
    ops::Sub,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::{
    net::TcpStream,
    task::JoinHandle,
    time::{MissedTickBehavior, interval, sleep},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use crate::server::{Server, WHO};

/// Longer than the grace and the interval together.
const ALL_GRACES: Duration = Duration::from_secs(11);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What all members have been told.
#[derive(Debug, Default)]
struct Counters {
    frames: AtomicU64,
    bytes: AtomicU64,
    names: AtomicU64,
}

/// The same at one moment, or from one to the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    frames: u64,
    bytes: u64,
    names: u64,
}

impl Sub for Counted {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            frames: self.frames - before.frames,
            bytes: self.bytes - before.bytes,
            names: self.names - before.names,
        }
    }
}

/// One connection, which is listened to until it is asked to leave.
struct Member {
    name: String,
    leave: tokio::sync::oneshot::Sender<()>,
    listening: JoinHandle<()>,
}

/// Those who are there, oldest first.
pub(crate) struct Crowd {
    url: String,
    counters: Arc<Counters>,
    members: VecDeque<Member>,
    next: usize,
}

impl Crowd {
    pub(crate) fn new(server: &Server) -> Self {
        Self {
            url: server.url.clone(),
            counters: Arc::default(),
            members: VecDeque::new(),
            next: 0,
        }
    }

    pub(crate) fn counted(&self) -> Counted {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counted {
            frames: read(&self.counters.frames),
            bytes: read(&self.counters.bytes),
            names: read(&self.counters.names),
        }
    }

    pub(crate) async fn comes(&mut self, count: usize) -> Result<(), String> {
        for _ in 0..count {
            self.joins().await?;
        }
        Ok(())
    }

    async fn joins(&mut self) -> Result<(), String> {
        let name = format!("user{:06}", self.next);
        self.next += 1;
        let socket = connect(&self.url, &name).await?;
        let counters = Arc::clone(&self.counters);
        let (leave, left) = tokio::sync::oneshot::channel();
        let listening = tokio::spawn(listen(socket, counters, left));
        self.members.push_back(Member {
            name,
            leave,
            listening,
        });
        Ok(())
    }

    async fn leaves(&mut self) {
        if let Some(member) = self.members.pop_front() {
            let _ = member.leave.send(());
            let _ = member.listening.await;
        }
    }

    /// Everybody has been told of everybody.
    pub(crate) async fn is_quiet(&self) {
        let mut before = 0;
        loop {
            sleep(Duration::from_millis(500)).await;
            let now = self.counters.frames.load(Ordering::Relaxed);
            if now == before {
                return;
            }
            before = now;
        }
    }

    /// The oldest leaves, somebody new joins, and so on; how often in all.
    pub(crate) async fn churns(&mut self, rate: usize, time: Duration) -> Result<usize, String> {
        let rate = u32::try_from(rate.max(1)).unwrap_or(u32::MAX);
        let mut ticks = interval(Duration::from_secs(1) / rate);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let count = (time.as_secs() * u64::from(rate)) as usize;
        for turn in 0..count {
            ticks.tick().await;
            if turn % 2 == 0 {
                self.leaves().await;
            } else {
                self.joins().await?;
            }
        }
        Ok(count)
    }

    /// What the server says in the end of who is there, if that is not so.
    pub(crate) async fn is_wrong(&mut self) -> Result<Option<String>, String> {
        sleep(ALL_GRACES).await;
        self.joins().await?;
        let Some(asks) = self.members.back() else {
            return Ok(None);
        };
        let mut names: BTreeSet<_> = self
            .members
            .iter()
            .map(|member| member.name.clone())
            .collect();
        let mut socket = connect(&self.url, &asks.name).await?;
        let who = Message::text(r#"{"action":"who"}"#);
        socket.send(who).await.map_err(|error| error.to_string())?;
        while let Some(Ok(message)) = socket.next().await {
            let frame: Value = serde_json::from_slice(&message.into_data()).unwrap_or_default();
            if frame["action"] != "roster" {
                continue;
            }
            let users = frame["payload"]["users"].as_array();
            for user in users.into_iter().flatten() {
                let name = user["name"].as_str().unwrap_or_default();
                let expected = if name == asks.name { 2 } else { 1 };
                if !names.remove(name) || user["connections"] != expected {
                    return Ok(Some(format!("the roster has {user}")));
                }
            }
            return Ok((!names.is_empty()).then(|| format!("the roster lacks {names:?}")));
        }
        Err("the server does not say who is there".to_owned())
    }
}

async fn connect(url: &str, name: &str) -> Result<Socket, String> {
    let mut request = url
        .into_client_request()
        .map_err(|error| error.to_string())?;
    let name = name.parse().map_err(|_| "a name is no header")?;
    request.headers_mut().insert(WHO, name);
    let connected = connect_async(request).await;
    let (socket, _) = connected.map_err(|error| format!("cannot connect: {error}"))?;
    Ok(socket)
}

async fn listen(
    mut socket: Socket,
    counters: Arc<Counters>,
    mut left: tokio::sync::oneshot::Receiver<()>,
) {
    loop {
        tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => count(&counters, &text),
                Some(Ok(_)) => {}
                _ => return,
            },
            _ = &mut left => {
                let _ = socket.close(None).await;
                return;
            }
        }
    }
}

fn count(counters: &Counters, text: &str) {
    counters.frames.fetch_add(1, Ordering::Relaxed);
    counters
        .bytes
        .fetch_add(text.len() as u64, Ordering::Relaxed);
    // A name is one word that begins like this.
    let names = text.matches("\"user0").count() as u64;
    counters.names.fetch_add(names, Ordering::Relaxed);
}

/// What came of it.
pub(crate) struct Found {
    pub(crate) transitions: usize,
    pub(crate) spent: Duration,
    pub(crate) told: Counted,
    pub(crate) members: usize,
    pub(crate) seconds: Duration,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transitions = self.transitions as f64;
        let member_seconds = self.members as f64 * self.seconds.as_secs_f64();
        let Counted {
            frames,
            bytes,
            names,
        } = self.told;
        writeln!(f, "| | |\n|---|---:|")?;
        writeln!(f, "| joins and leaves of connections | {transitions} |")?;
        writeln!(
            f,
            "| processor time for each, handshake, close and everybody's frames included | {:.0} µs |",
            self.spent.as_secs_f64() * 1e6 / transitions
        )?;
        writeln!(
            f,
            "| frames for each member in a second | {:.1} |",
            frames as f64 / member_seconds
        )?;
        writeln!(
            f,
            "| bytes for each member in a second | {:.0} |",
            bytes as f64 / member_seconds
        )?;
        writeln!(
            f,
            "| names in a frame | {:.1} |",
            names as f64 / frames.max(1) as f64
        )
    }
}
