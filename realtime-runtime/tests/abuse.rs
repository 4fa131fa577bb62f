//! A crowd in one group, of which a part dies at random moments.
#![allow(missing_docs)]

mod raw;
mod support;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use raw::{FIN, PING, PONG, Raw, Server, TEXT, close, frame, text, watched};
use realtime_runtime::prelude::*;
use support::{Shouted, State, Zoo, zoo_with};
use tokio::task::JoinSet;

const STABLE: usize = 60;
const SHOUTS: usize = 20;
const RESTLESS: usize = 40;
const LIVES: usize = 10;

/// A number by chance, the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end
    }
}

fn shout(text: &str) -> Vec<u8> {
    let payload = format!(r#"{{"text":"{text}","others_only":false}}"#);
    raw::text(&format!(r#"{{"action":"shout","payload":{payload}}}"#))
}

/// What a frame says that was shouted.
fn shouted((first, payload): (u8, Vec<u8>)) -> Option<String> {
    assert_eq!(first, FIN | TEXT, "{}", String::from_utf8_lossy(&payload));
    let value: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    (value["action"] == "shouted").then(|| value["payload"]["text"].as_str().unwrap().to_owned())
}

/// Shouts, hears everything, and stays until the last word.
async fn stays(mut client: Raw, number: usize, done: Arc<AtomicUsize>) -> Vec<String> {
    let mut heard = Vec::new();
    let mut own = 0;
    client.sends(&shout(&format!("s{number}/0"))).await;
    loop {
        let Some(text) = shouted(client.next().await) else {
            continue;
        };
        if text == "end" {
            break;
        }
        if text == format!("s{number}/{own}") {
            own += 1;
            if own < SHOUTS {
                client.sends(&shout(&format!("s{number}/{own}"))).await;
            } else {
                done.fetch_add(1, Ordering::SeqCst);
            }
        }
        heard.push(text);
    }
    client.sends(&close(1000, b"")).await;
    client.expect_close(1000).await;
    client.expect_end().await;
    heard
}

/// Comes, does something by chance, and goes by one of many ways.
async fn comes_and_goes(server: Arc<Server>, mut chance: Chance, number: usize) {
    for life in 0..LIVES {
        let mut client = server.client().await;
        for _ in 0..chance.below(4) {
            match chance.below(5) {
                0 => client.sends(&shout(&format!("r{number}/{life}"))).await,
                1 => {
                    let leave = r#"{"action":"leave","payload":{"group":"all"}}"#;
                    client.sends(&text(leave)).await;
                }
                2 => {
                    let join = r#"{"action":"join","payload":{"group":"all"}}"#;
                    client.sends(&text(join)).await;
                }
                3 => client.sends(&frame(FIN | PING, b"?")).await,
                _ => {
                    client.sends(&text(r#"{"action":"ping"}"#)).await;
                    drop(client.next().await);
                }
            }
        }
        match chance.below(7) {
            // A close, answered or not waited for.
            0 => {
                client.sends(&close(1000, b"")).await;
                while client.next().await.0 != FIN | raw::CLOSE {}
            }
            1 => client.sends(&close(1001, b"")).await,
            2 => client.stream.set_zero_linger().unwrap(),
            // In the middle of a frame, and against the rules.
            3 => client.sends(&shout("cut")[..9]).await,
            4 => client.sends(&[0xFF; 10]).await,
            5 => {
                client.sends(&text(r#"{"action":"bye"}"#)).await;
                while client.next().await.0 != FIN | raw::CLOSE {}
            }
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stays_hears_everything_once_in_one_order_while_others_come_and_die() {
    let (realtime, state) = zoo_with(RealtimeBuilder::unlimited_frames);
    let realtime = &realtime;
    let server = Arc::new(Server::new(realtime).await);
    let done = Arc::new(AtomicUsize::new(0));
    let mut clients = Vec::new();
    for _ in 0..STABLE {
        clients.push(server.client().await);
    }
    let mut stable = JoinSet::new();
    for (number, client) in clients.into_iter().enumerate() {
        stable.spawn(stays(client, number, Arc::clone(&done)));
    }
    let mut restless = JoinSet::new();
    for number in 0..RESTLESS {
        let chance = Chance(0x9E37_79B9_7F4A_7C15 ^ (number as u64 + 1));
        restless.spawn(comes_and_goes(Arc::clone(&server), chance, number));
    }
    while let Some(ended) = restless.join_next().await {
        ended.unwrap();
    }
    watched(async {
        while done.load(Ordering::SeqCst) < STABLE || realtime.connections() > STABLE {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let everybody = Group::<Zoo>::new(["all"]);
    let last = Shouted { text: "end".into() };
    everybody.send(&realtime.layer(), last).await.unwrap();

    let mut first: Option<Vec<String>> = None;
    while let Some(heard) = stable.join_next().await {
        let heard = heard.unwrap();
        match &first {
            None => first = Some(heard),
            Some(first) => assert_eq!(&heard, first, "all hear the same in the same order"),
        }
    }
    let mut times = HashMap::<String, usize>::new();
    for text in first.unwrap() {
        *times.entry(text).or_default() += 1;
    }
    for (number, own) in (0..STABLE).flat_map(|number| (0..SHOUTS).map(move |own| (number, own))) {
        assert_eq!(times.get(&format!("s{number}/{own}")), Some(&1));
    }
    nothing_is_left(realtime, &state, STABLE + RESTLESS * LIVES).await;
}

/// No connection stands, and each was cleaned up once.
async fn nothing_is_left(realtime: &Realtime, state: &State, connected: usize) {
    watched(async {
        while realtime.connections() > 0 || state.disconnected() < connected {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(state.connected.load(Ordering::SeqCst), connected);
    assert_eq!(state.disconnected(), connected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handshakes_that_are_cut_off_anywhere_leave_nothing() {
    let (realtime, state) = zoo_with(RealtimeBuilder::unlimited_frames);
    let server = Server::new(&realtime).await;
    let whole = raw::request(server.address, &[]);
    let more = [whole.clone(), text(r#"{"action":"ping"}"#)].concat();
    let mut chance = Chance(7);
    for round in 0..200 {
        let stream = tokio::net::TcpStream::connect(server.address)
            .await
            .unwrap();
        let request = if round % 2 == 0 { &whole } else { &more };
        // Most often the request is whole, and the client goes at some moment of its answer.
        let end = match chance.below(3) {
            0 => chance.below(request.len() as u64) as usize,
            _ => request.len(),
        };
        tokio::io::AsyncWriteExt::write_all(&mut { stream }, &request[..end])
            .await
            .unwrap();
    }
    let mut last = server.client().await;
    last.sends(&frame(FIN | PING, b"still there")).await;
    last.expect(FIN | PONG, "still there").await;
    last.sends(&close(1000, b"")).await;
    last.expect_close(1000).await;
    watched(async {
        while realtime.connections() > 0
            || state.disconnected() < state.connected.load(Ordering::SeqCst)
        {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let connected = state.connected.load(Ordering::SeqCst);
    nothing_is_left(&realtime, &state, connected).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_ends_also_who_connects_while_it_begins() {
    let (realtime, state) = zoo_with(RealtimeBuilder::unlimited_frames);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (server, router) = (realtime.clone(), realtime.router());
    let server = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        server.serve_until(listener, router, stopped).await.unwrap();
    });
    let over = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for _ in 0..8 {
        let over = Arc::clone(&over);
        clients.spawn(async move {
            let mut connected = 0;
            while !over.load(Ordering::SeqCst) {
                let Ok(mut stream) = tokio::net::TcpStream::connect(address).await else {
                    break;
                };
                use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
                let _ = stream.write_all(&raw::request(address, &[])).await;
                let mut answer = [0; 512];
                let count = watched(stream.read(&mut answer)).await.unwrap_or(0);
                if !answer[..count].starts_with(b"HTTP/1.1 101") {
                    continue;
                }
                connected += 1;
                if connected < 5 {
                    continue;
                }
                // Stays, answers the close, and is let go.
                let mut rest = answer[..count].to_vec();
                while !rest.windows(4).any(|four| four == [0x88, 0x15, 0x03, 0xF4]) {
                    let count = watched(stream.read_buf(&mut rest)).await.unwrap();
                    assert!(count > 0, "the close comes before the end");
                }
                let _ = stream.write_all(&close(1012, b"")).await;
            }
            connected
        });
    }
    watched(async {
        while state.connected.load(Ordering::SeqCst) < 40 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    stop.send(()).unwrap();
    watched(server).await.unwrap();
    over.store(true, Ordering::SeqCst);
    assert_eq!(realtime.connections(), 0);
    assert_eq!(
        state.disconnected(),
        state.connected.load(Ordering::SeqCst),
        "the drain waits for every `#[on_disconnect]`"
    );
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
}
