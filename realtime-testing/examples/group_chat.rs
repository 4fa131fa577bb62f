//! A group chat of ten, tested again and again beside threads that keep every core busy: `group_chat [RUNS]`.
//!
//! `cargo xtask flaky` runs it. It fails when a single run fails, or when a test of one client takes 5 ms or more in the
//! median of an idle machine.
#![allow(
    missing_docs,
    missing_debug_implementations,
    clippy::unused_async,
    reason = "a consumer as applications write it"
)]

use std::{
    hint::black_box,
    panic::catch_unwind,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use realtime_runtime::prelude::*;
use realtime_testing::TestApp;

#[message(action = "say")]
pub struct Say {
    pub text: String,
}

#[message(action = "said")]
pub struct Said {
    pub text: String,
}

#[message(action = "ping")]
pub struct Ping;

#[message(action = "pong")]
pub struct Pong;

pub struct Chat {
    group: Group<Self>,
}

#[consumer]
impl Chat {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        let group = Group::new(["lobby"]);
        cx.join(&group).await?;
        Ok(Self { group })
    }

    #[ws_handler]
    async fn say(&mut self, say: Say, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        Ok(self.group.send(cx, Said { text: say.text }).await?)
    }

    #[ws_handler]
    async fn ping(_: Ping) -> Pong {
        Pong
    }

    #[event_handler]
    async fn on_said(event: &Said) -> Said {
        event.clone()
    }

    #[on_disconnect]
    async fn gone(&mut self, cx: &mut Context<'_, Self>) {
        let text = "somebody left".to_owned();
        let _ = self.group.send(cx, Said { text }).await;
    }
}

fn app() -> TestApp {
    let realtime = Realtime::builder().consumer::<Chat>("/ws").build();
    TestApp::new(realtime.expect("a consumer that can be mounted"))
}

/// Everybody hears what each of ten says, then that one has left.
async fn chat_of_ten() {
    let app = app();
    let mut clients = Vec::new();
    for _ in 0..10 {
        clients.push(app.connect("/ws").await.expect("a connection"));
    }
    for speaker in 0..clients.len() {
        let text = format!("this is {speaker}");
        clients[speaker].send(Say { text: text.clone() }).await;
        for client in &mut clients {
            client.expect_eq(&Said { text: text.clone() });
            client.assert_silent();
        }
    }
    clients.pop().expect("the last of ten").disconnect().await;
    for client in &mut clients {
        let text = "somebody left".to_owned();
        client.expect_eq(&Said { text });
        client.assert_silent();
    }
}

/// One client, one request.
async fn one_client() {
    let app = app();
    let mut client = app.connect("/ws").await.expect("a connection");
    let reply = client.request::<Pong>(Ping).await;
    assert_eq!(reply, Ok(Pong));
    client.assert_silent();
}

/// Runs a test as `#[tokio::test]` does, every other time with two threads.
fn run(number: usize, test: impl Future<Output = ()>) -> Duration {
    let mut builder = if number.is_multiple_of(2) {
        tokio::runtime::Builder::new_current_thread()
    } else {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2);
        builder
    };
    let begun = Instant::now();
    let runtime = builder.enable_all().build().expect("a runtime");
    runtime.block_on(test);
    drop(runtime);
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Threads that do nothing but keep cores busy, until this is dropped.
struct Load {
    over: Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Load {
    fn begin() -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let cores = thread::available_parallelism().map_or(2, usize::from);
        let work = |over: Arc<AtomicBool>| {
            move || {
                let mut number = 0_u64;
                while !over.load(Ordering::Relaxed) {
                    number = black_box(number.wrapping_mul(31).wrapping_add(7));
                }
            }
        };
        let threads = (0..cores).map(|_| thread::spawn(work(Arc::clone(&over))));
        Self {
            threads: threads.collect(),
            over,
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // It cannot have panicked, and if it has the runs still count.
            let _ = thread.join();
        }
    }
}

fn main() -> ExitCode {
    let runs = std::env::args().nth(1).map(|runs| runs.parse());
    let runs = match runs {
        None => 5_000,
        Some(Ok(runs)) if runs > 0 => runs,
        Some(_) => {
            eprintln!("say how many runs, as a number from 1 on");
            return ExitCode::from(2);
        }
    };
    let idle = (0..200).map(|number| run(number, one_client()));
    let idle = median(idle.collect());
    println!("a test of one client, nothing else running: {idle:?} in the median");
    let load = Load::begin();
    let alone = (0..200).map(|number| run(number, one_client()));
    let alone = median(alone.collect());
    let (mut times, mut failed) = (Vec::with_capacity(runs), 0_usize);
    for number in 0..runs {
        match catch_unwind(|| run(number, chat_of_ten())) {
            Ok(time) => times.push(time),
            // The panic has said why.
            Err(_) => failed += 1,
        }
    }
    drop(load);
    println!("the same beside one busy thread for each core: {alone:?}");
    println!(
        "a chat of ten beside them: {runs} runs, {failed} failed, {:?} in the median",
        median(times)
    );
    if failed > 0 || idle >= Duration::from_millis(5) {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
