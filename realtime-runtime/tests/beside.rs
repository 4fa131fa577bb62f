//! Streams and spawned handlers against everything else: frames, time, closes, panics.
#![allow(missing_docs, missing_debug_implementations)]

mod raw;

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use futures_util::{Stream, StreamExt as _, stream};
use raw::{CLOSE, FIN, Server, close, text};
use realtime_runtime::{CloseCode, prelude::*};
use realtime_testing::TestApp;
use tokio::sync::Notify;

#[message(action = "stop")]
pub struct Stop;
#[message(action = "stopped")]
pub struct Stopped;
/// A stream that always has something.
#[message(action = "endless")]
pub struct Endless;
/// A stream that always has something, which is nothing to send.
#[message(action = "mute")]
pub struct Mute;
#[message(action = "count")]
pub struct Count {
    pub up_to: u32,
    pub close: bool,
}
#[message(action = "number")]
pub struct Number {
    pub number: u32,
}
#[message(action = "first")]
pub struct First;
/// Sends, then returns a stream, from a task of its own.
#[message(action = "ordered")]
pub struct Ordered;
/// Leaves a stream that panics when it is dropped, from a task of its own.
#[message(action = "bomb")]
pub struct Bomb;
/// A stream that publishes when it is dropped.
#[message(action = "watch")]
pub struct Watch;
#[message(action = "work")]
pub struct Work;
#[message(action = "left")]
pub struct Left;

#[derive(Clone, Default)]
pub struct State {
    stop: Arc<AtomicBool>,
    gone: Arc<AtomicUsize>,
    entered: Arc<Notify>,
}

struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("this panic is meant");
    }
}

struct PublishesInDrop(ChannelLayer);

impl Drop for PublishesInDrop {
    fn drop(&mut self) {
        let published = Group::<Desk>::new(["all"]).try_publish(&self.0, Left);
        assert!(published.is_ok());
    }
}

/// A stream that has nothing, and keeps something until it is dropped.
struct Never<T>(T);

impl<T> Stream for Never<T> {
    type Item = Number;

    fn poll_next(self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<Option<Number>> {
        Poll::Pending
    }
}

pub struct Desk;

#[consumer(state = State, groups("all"), output(First))]
impl Desk {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn stop(_: Stop, cx: &mut Context<'_, Self>) -> Stopped {
        cx.state().stop.store(true, Ordering::SeqCst);
        Stopped
    }

    #[ws_handler]
    async fn endless(_: Endless, cx: &mut Context<'_, Self>) -> impl Stream<Item = Number> + use<> {
        let stop = Arc::clone(&cx.state().stop);
        stream::iter(1..)
            .take_while(move |_| std::future::ready(!stop.load(Ordering::SeqCst)))
            .map(|number| Number { number })
    }

    #[ws_handler]
    async fn mute(
        _: Mute,
        cx: &mut Context<'_, Self>,
    ) -> impl Stream<Item = Option<Number>> + use<> {
        let stop = Arc::clone(&cx.state().stop);
        stream::repeat(())
            .take_while(move |()| std::future::ready(!stop.load(Ordering::SeqCst)))
            .map(|()| None)
    }

    #[ws_handler]
    async fn count(count: Count, cx: &mut Context<'_, Self>) -> impl Stream<Item = Number> + use<> {
        if count.close {
            cx.close(CloseCode::NORMAL, "that is all");
        }
        stream::iter(1..=count.up_to).map(|number| Number { number })
    }

    #[ws_handler(spawn)]
    async fn ordered(
        _: Ordered,
        cx: OwnedContext<Self>,
    ) -> Result<impl Stream<Item = Number>, Error> {
        cx.send(First).await?;
        Ok(stream::iter([Number { number: 1 }]))
    }

    #[ws_handler(spawn)]
    async fn bomb(_: Bomb, cx: OwnedContext<Self>) -> impl Stream<Item = Number> {
        cx.close(CloseCode::NORMAL, "enough");
        Never(PanicsInDrop)
    }

    #[ws_handler]
    async fn watch(_: Watch, cx: &mut Context<'_, Self>) -> impl Stream<Item = Number> + use<> {
        Never(PublishesInDrop(cx.layer().clone()))
    }

    #[ws_handler(spawn)]
    async fn work(_: Work, cx: OwnedContext<Self>) {
        cx.state().entered.notify_one();
        std::future::pending::<()>().await;
    }

    #[event_handler]
    async fn left(left: &Left) -> Left {
        left.clone()
    }

    #[on_disconnect]
    async fn gone(&mut self, cx: &mut Context<'_, Self>) {
        cx.state().gone.fetch_add(1, Ordering::SeqCst);
    }
}

fn desk(state: &State) -> Realtime {
    let builder = Realtime::builder()
        .state(state.clone())
        .consumer::<Desk>("/ws");
    builder.build().unwrap()
}

/// Other frames are handled while a stream that is always ready goes on.
async fn stops(message: impl Message) {
    let app = TestApp::new(desk(&State::default()));
    let mut client = app.connect("/ws").await.unwrap();
    let endless = client.begin(message).await;
    let stop = client.begin(Stop).await;
    endless.done().await;
    stop.done().await;
    assert_eq!(client.messages::<Stopped>(), [Stopped]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_always_has_something_starves_no_frame() {
    stops(Endless).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_always_has_nothing_to_send_starves_no_frame() {
    stops(Mute).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_always_has_something_does_not_keep_the_peer_from_closing() {
    let state = State::default();
    let mut client = TestApp::new(desk(&state)).connect("/ws").await.unwrap();
    drop(client.begin(Endless).await);
    client.disconnect().await;
    assert_eq!(state.gone.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_always_has_nothing_to_send_holds_up_no_deadline() {
    let state = State::default();
    let app = TestApp::new(desk(&state));
    let mut client = app.connect("/ws").await.unwrap();
    let mute = client.begin(Mute).await;
    app.advance(Duration::from_secs(26)).await;
    state.stop.store(true, Ordering::SeqCst);
    mute.done().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_spawned_handler_sends_comes_before_the_stream_that_it_returns() {
    let state = State::default();
    let mut client = TestApp::new(desk(&state)).connect("/ws").await.unwrap();
    // Keeps the connection's task awake, so that it looks while the handler's task runs.
    let mute = client.begin(Mute).await;
    for round in 0..100 {
        client.send(Ordered).await;
        let frames = client.frames();
        let tags: Vec<_> = frames.iter().map(|frame| &frame["action"]).collect();
        assert_eq!(tags, ["first", "number"], "round {round}");
    }
    state.stop.store(true, Ordering::SeqCst);
    mute.done().await;
}

#[tokio::test]
async fn a_close_of_the_handler_comes_after_what_its_stream_has_ready() {
    let app = TestApp::new(desk(&State::default()));
    let mut client = app.connect("/ws").await.unwrap();
    let (up_to, close) = (200, true);
    drop(client.begin(Count { up_to, close }).await);
    client.assert_closed(CloseCode::NORMAL).await;
    assert_eq!(client.messages::<Number>().len(), 200);
}

#[tokio::test]
async fn a_peers_close_is_answered_after_what_streams_have_ready() {
    let server = Server::new(&desk(&State::default())).await;
    let mut client = server.client().await;
    let mut bytes = text(r#"{"action":"count","payload":{"up_to":200,"close":false}}"#);
    bytes.extend(close(1000, b""));
    client.sends(&bytes).await;
    let mut count = 0;
    while client.next().await.0 != FIN | CLOSE {
        count += 1;
    }
    assert_eq!(count, 200);
}

#[tokio::test]
async fn a_stream_left_by_a_spawned_handler_may_panic_when_it_is_dropped() {
    let state = State::default();
    let mut client = TestApp::new(desk(&state)).connect("/ws").await.unwrap();
    let bomb = client.begin(Bomb).await;
    client.assert_closed(CloseCode::NORMAL).await;
    bomb.done().await;
    client.disconnect().await;
    assert_eq!(state.gone.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_a_cancelled_stream_publishes_when_it_is_dropped_belongs_to_its_frame() {
    let app = TestApp::new(desk(&State::default()));
    let mut alice = app.connect("/ws").await.unwrap();
    let mut bob = app.connect("/ws").await.unwrap();
    let watch = alice.begin(Watch).await;
    alice.send(Stop).await;
    alice.disconnect().await;
    watch.done().await;
    assert_eq!(bob.messages::<Left>(), [Left]);
}

#[tokio::test]
async fn a_close_of_the_server_cancels_what_is_under_way_before_on_disconnect() {
    let state = State::default();
    let realtime = desk(&state);
    let app = TestApp::new(realtime.clone());
    let mut client = app.connect("/ws").await.unwrap();
    let (watch, work) = (client.begin(Watch).await, client.begin(Work).await);
    state.entered.notified().await;
    let all = Group::<Desk>::new(["all"]);
    realtime.drained_after(std::future::ready(())).await;
    watch.done().await;
    work.done().await;
    assert_eq!(state.gone.load(Ordering::SeqCst), 1);
    client.assert_closed(CloseCode::SERVICE_RESTART).await;
    all.send(&realtime.layer(), Left).await.unwrap();
}
