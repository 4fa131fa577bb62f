//! What many get at once, over TCP as it is in production: nobody watches, so their tasks sleep.
#![allow(missing_docs, missing_debug_implementations)]

mod raw;

use std::thread;

use raw::{CLOSE, FIN, Raw, Server, TEXT, watched};
use realtime_runtime::prelude::*;
use serde_json::Value;
use tokio::{sync::oneshot, task::JoinSet};

#[message(action = "line")]
#[derive(Clone)]
pub struct Line {
    number: u64,
    text: String,
}
/// Says a line to all.
#[message(action = "say")]
pub struct Say {
    number: u64,
}
#[message(action = "said")]
pub struct Said;

pub struct Crowd {
    all: Group<Self>,
}

#[consumer(name = "crowd", groups("all"))]
impl Crowd {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self { all: all() })
    }

    #[ws_handler]
    async fn say(&mut self, say: Say, cx: &mut Context<'_, Self>) -> Result<Said, Error> {
        self.all.send(cx, line(say.number, 0)).await?;
        Ok(Said)
    }

    #[event_handler]
    async fn line(line: &Line) -> Line {
        line.clone()
    }
}

fn all() -> Group<Crowd> {
    Group::new(["all"])
}

fn line(number: u64, length: usize) -> Line {
    let text = "-".repeat(length);
    Line { number, text }
}

fn crowd(outbox: (usize, usize)) -> Realtime {
    let builder = Realtime::builder().consumer::<Crowd>("/ws").any_origin();
    builder.outbox(outbox.0, outbox.1).build().unwrap()
}

/// The number of a line that is whole.
fn number((first, payload): &(u8, Vec<u8>), length: usize) -> u64 {
    assert_eq!(*first, FIN | TEXT);
    let value: Value = serde_json::from_slice(payload).unwrap();
    assert_eq!(value["action"], "line");
    let text = value["payload"]["text"].as_str().unwrap();
    assert!(text.len() == length && text.bytes().all(|byte| byte == b'-'));
    value["payload"]["number"].as_u64().unwrap()
}

async fn hears(client: &mut Raw, numbers: impl Iterator<Item = u64>, length: usize) {
    for expected in numbers {
        assert_eq!(number(&client.next().await, length), expected);
    }
}

/// So many who read from a thread of their own. The sender says that they are there.
fn readers(
    server: &Server,
    count: usize,
    lines: u64,
    there: oneshot::Sender<()>,
) -> thread::JoinHandle<()> {
    let server = server.address;
    thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(async {
            let mut reading = JoinSet::new();
            for _ in 0..count {
                let mut client = Server::client_of(server).await;
                reading.spawn(async move { hears(&mut client, 0..lines, 20).await });
            }
            there.send(()).unwrap();
            while let Some(read) = reading.join_next().await {
                read.unwrap();
            }
        });
    })
}

async fn clients_that_take_little(server: &Server) -> Vec<Raw> {
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.push(server.client_that_takes_little().await);
    }
    clients
}

#[tokio::test]
async fn who_publishes_in_a_loop_closes_nobody_who_reads() {
    let realtime = crowd((128, 1 << 20));
    let server = Server::new(&realtime).await;
    let (there, are_there) = oneshot::channel();
    let reading = readers(&server, 400, 1000, there);
    watched(are_there).await.unwrap();
    let layer = realtime.layer();
    for number in 0..1000 {
        all().send(&layer, line(number, 20)).await.unwrap();
    }
    let read = tokio::task::spawn_blocking(move || reading.join().is_ok());
    assert!(read.await.unwrap());
}

#[tokio::test]
async fn what_waits_for_who_reads_late_comes_whole_and_in_order() {
    let realtime = crowd((1024, 1 << 20));
    let server = Server::new(&realtime).await;
    let mut clients = clients_that_take_little(&server).await;
    let layer = realtime.layer();
    for number in 0..40 {
        all().send(&layer, line(number, 20_000)).await.unwrap();
    }
    for client in &mut clients {
        hears(client, 0..40, 20_000).await;
    }
}

#[tokio::test]
async fn who_reads_nothing_has_whole_frames_before_its_1013() {
    let realtime = crowd((1024, 1 << 20));
    let server = Server::new(&realtime).await;
    let mut clients = clients_that_take_little(&server).await;
    let layer = realtime.layer();
    let mut published = 0;
    while realtime.connections() == 8 && published < 1000 {
        all().send(&layer, line(published, 20_000)).await.unwrap();
        published += 1;
    }
    for client in &mut clients {
        let mut expected = 0;
        let frame = loop {
            let frame = client.next().await;
            if frame.0 == FIN | CLOSE {
                break frame;
            }
            assert_eq!(number(&frame, 20_000), expected);
            expected += 1;
        };
        assert_eq!(frame.1[..2], 1013_u16.to_be_bytes());
        assert!(expected < published);
    }
}

#[tokio::test]
async fn a_reply_follows_what_its_handler_has_published_to_all() {
    let realtime = crowd((1024, 1 << 20));
    let server = Server::new(&realtime).await;
    let mut clients = clients(&server, 20).await;
    for round in 0..50 {
        let speaker = round as usize % clients.len();
        let say = format!(r#"{{"action":"say","payload":{{"number":{round}}}}}"#);
        clients[speaker].sends(&raw::text(&say)).await;
        for (index, client) in clients.iter_mut().enumerate() {
            hears(client, round..=round, 0).await;
            if index == speaker {
                client.expect_text(r#"{"action":"said"}"#).await;
            }
        }
    }
}

/// Clients that all hear what is published with these numbers.
async fn all_hear(clients: &mut [Raw], numbers: std::ops::Range<u64>) {
    for client in clients {
        hears(client, numbers.clone(), 0).await;
    }
}

async fn clients(server: &Server, count: usize) -> Vec<Raw> {
    let mut clients = Vec::new();
    for _ in 0..count {
        clients.push(server.client().await);
    }
    clients
}

#[tokio::test]
async fn a_publisher_whose_runtime_nobody_drives_holds_nobody_up() {
    let realtime = crowd((1024, 1 << 20));
    let server = Server::new(&realtime).await;
    let mut clients = clients(&server, 20).await;
    let layer = realtime.layer();
    let publisher = thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        runtime.block_on(all().send(&layer, line(0, 0))).unwrap();
        runtime
    });
    all_hear(&mut clients, 0..1).await;
    all().send(&realtime.layer(), line(1, 0)).await.unwrap();
    all_hear(&mut clients, 1..2).await;
    drop(tokio::task::spawn_blocking(move || {
        publisher.join().is_ok()
    }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_publisher_that_computes_after_it_has_published_holds_nobody_up() {
    let realtime = crowd((1024, 1 << 20));
    let server = Server::new(&realtime).await;
    let mut clients = tokio::spawn(async move {
        let clients = clients(&server, 40).await;
        (server, clients)
    })
    .await
    .unwrap();
    let layer = realtime.layer();
    let (all_have_heard, have_all_heard) = std::sync::mpsc::channel();
    let publishing = tokio::spawn(async move {
        all().send(&layer, line(0, 0)).await.unwrap();
        have_all_heard.recv_timeout(std::time::Duration::from_secs(20))
    });
    // On another worker than the one that is kept busy.
    let hearing = tokio::spawn(async move { all_hear(&mut clients.1, 0..1).await });
    hearing.await.unwrap();
    all_have_heard.send(()).unwrap();
    publishing.await.unwrap().unwrap();
}
