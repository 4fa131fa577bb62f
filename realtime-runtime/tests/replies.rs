//! What handlers may return beside one message: lists, streams, and the replies of handlers that run beside others.
#![allow(missing_docs, missing_debug_implementations, unreachable_pub)]

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context as TaskContext, Poll},
};

use futures_util::{Stream, StreamExt as _, stream};
use realtime_runtime::{CloseCode, prelude::*};
use realtime_testing::TestApp;
use serde_json::json;
use tokio::sync::{Mutex, Notify, mpsc};

#[message(action = "list")]
pub struct List {
    pub up_to: u32,
}

/// Answered by a stream.
#[message(action = "count")]
pub struct Count {
    pub up_to: u32,
}

/// Answered by a stream that fails on its way.
#[message(action = "stumble")]
pub struct Stumble;

/// Answered by a stream whose second item panics.
#[message(action = "trip")]
pub struct Trip;

/// Answered by a stream of what the test feeds it.
#[message(action = "watch")]
pub struct Watch;

/// Answered by a stream, if it is not refused.
#[message(action = "may_watch")]
pub struct MayWatch {
    pub allowed: bool,
}

/// Answered beside others, when the test lets it.
#[message(action = "search")]
pub struct Search {
    pub text: String,
}

/// Answered by a stream, beside others.
#[message(action = "search_all")]
pub struct SearchAll;

/// Panics beside others.
#[message(action = "crash")]
pub struct Crash;

#[message(action = "number")]
pub struct Number {
    pub number: u32,
}

#[message(action = "found")]
pub struct Found {
    pub text: String,
}

#[message(action = "searching")]
pub struct Searching;

#[message(action = "ping")]
pub struct Ping;

#[message(action = "pong")]
pub struct Pong;

#[derive(Clone, Default)]
pub struct State {
    feed: Arc<Mutex<Option<mpsc::Receiver<u32>>>>,
    gate: Arc<Notify>,
    entered: Arc<Notify>,
    alive: Arc<AtomicUsize>,
    gone: Arc<AtomicUsize>,
}

impl State {
    async fn feed(&self) -> mpsc::Sender<u32> {
        let (sender, receiver) = mpsc::channel(8);
        *self.feed.lock().await = Some(receiver);
        sender
    }

    fn alive(&self) -> usize {
        self.alive.load(Ordering::SeqCst)
    }
}

/// Counts itself among the living until it is dropped.
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn new(state: &State) -> Self {
        state.alive.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(&state.alive))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Numbers from a channel.
struct Fed {
    receiver: mpsc::Receiver<u32>,
    _alive: Alive,
}

impl Stream for Fed {
    type Item = Number;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Number>> {
        let next = self.receiver.poll_recv(cx);
        next.map(|number| number.map(|number| Number { number }))
    }
}

pub struct Replies;

fn count_to(up_to: u32) -> impl Stream<Item = Number> {
    stream::iter(1..=up_to).map(|number| Number { number })
}

#[consumer(state = State, completions)]
impl Replies {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(&mut self, _: Ping) -> Pong {
        Pong
    }

    #[ws_handler]
    async fn list(&mut self, list: List) -> Vec<Number> {
        (1..=list.up_to).map(|number| Number { number }).collect()
    }

    #[ws_handler]
    async fn count(&mut self, count: Count) -> impl Stream<Item = Number> + use<> {
        count_to(count.up_to)
    }

    #[ws_handler]
    async fn stumble(_: Stumble) -> impl Stream<Item = Result<Option<Number>, Error>> {
        stream::iter([
            Ok(Some(Number { number: 1 })),
            Ok(None),
            Err(Error::client("stumbled", "Once.")),
            Err(Error::internal("the secret cause")),
            Ok(Some(Number { number: 2 })),
        ])
    }

    #[ws_handler]
    async fn trip(_: Trip) -> impl Stream<Item = Number> {
        stream::iter(1..).map(|number| {
            assert!(number < 2, "this panic is meant");
            Number { number }
        })
    }

    #[ws_handler]
    async fn watch(
        &mut self,
        _: Watch,
        cx: &mut Context<'_, Self>,
    ) -> impl Stream<Item = Number> + Send + use<> {
        let receiver = cx.state().feed.lock().await.take().unwrap();
        Fed {
            receiver,
            _alive: Alive::new(cx.state()),
        }
    }

    #[ws_handler]
    async fn may_watch(
        &mut self,
        watch: MayWatch,
    ) -> Result<Option<impl Stream<Item = Number> + use<>>, Error> {
        if !watch.allowed {
            return Err(Error::client("refused", "Not for you."));
        }
        Ok(Some(count_to(2)))
    }

    #[ws_handler(spawn, output(Searching))]
    async fn search(search: Search, cx: OwnedContext<Self>) -> Result<Found, Error> {
        let _alive = Alive::new(cx.state());
        cx.send(Searching).await?;
        cx.state().entered.notify_one();
        cx.state().gate.notified().await;
        if search.text.is_empty() {
            return Err(Error::client("empty", "Say what to look for."));
        }
        Ok(Found { text: search.text })
    }

    #[ws_handler(spawn)]
    async fn search_all(_: SearchAll) -> impl Stream<Item = Number> {
        count_to(2)
    }

    #[ws_handler(spawn)]
    async fn crash(_: Crash) {
        panic!("this panic is meant, too");
    }

    #[on_disconnect]
    async fn gone(&mut self, cx: &mut Context<'_, Self>) {
        let alive = cx.state().alive();
        cx.state().gone.store(1 + alive, Ordering::SeqCst);
    }
}

fn app_with(state: &State, set: impl FnOnce(RealtimeBuilder) -> RealtimeBuilder) -> TestApp {
    let builder = Realtime::builder()
        .state(state.clone())
        .consumer::<Replies>("/ws");
    TestApp::new(set(builder).build().unwrap())
}

fn app(state: &State) -> TestApp {
    app_with(state, |builder| builder)
}

fn number(number: u32, reference: u32) -> serde_json::Value {
    json!({"action": "number", "payload": {"number": number}, "ref": reference})
}

fn complete(reference: u32) -> serde_json::Value {
    json!({"action": "complete", "ref": reference})
}

#[tokio::test]
async fn a_list_is_so_many_replies() {
    let mut client = app(&State::default()).connect("/ws").await.unwrap();
    client.send_with_ref(List { up_to: 2 }, 7).await;
    assert_eq!(client.frames(), [number(1, 7), number(2, 7), complete(7)]);
    client.send_with_ref(List { up_to: 0 }, 8).await;
    assert_eq!(client.frames(), [complete(8)]);
}

#[tokio::test]
async fn each_item_of_a_stream_has_the_ref_and_completion_follows_the_last() {
    let mut client = app(&State::default()).connect("/ws").await.unwrap();
    client.send_with_ref(Count { up_to: 3 }, 7).await;
    assert_eq!(
        client.frames(),
        [number(1, 7), number(2, 7), number(3, 7), complete(7)]
    );
}

#[tokio::test]
async fn other_frames_are_handled_while_a_stream_goes_on() {
    let state = State::default();
    let feed = state.feed().await;
    let mut client = app(&state).connect("/ws").await.unwrap();
    let watching = client.begin(Watch).await;
    feed.send(1).await.unwrap();
    assert_eq!(client.next::<Number>().await, Number { number: 1 });
    client.send_with_ref(Ping, 5).await;
    assert_eq!(
        client.frames(),
        [json!({"action": "pong", "ref": 5}), complete(5)]
    );
    feed.send(2).await.unwrap();
    assert_eq!(client.next::<Number>().await, Number { number: 2 });
    drop(feed);
    watching.done().await;
    assert_eq!(client.frames(), [json!({"action": "complete"})]);
    assert_eq!(state.alive(), 0);
}

#[tokio::test]
async fn an_error_in_a_stream_is_told_and_the_stream_goes_on() {
    let mut client = app(&State::default()).connect("/ws").await.unwrap();
    client.send_with_ref(Stumble, 7).await;
    let error = |code: &str, detail: &str| {
        let payload = json!({"code": code, "detail": detail});
        json!({"action": "error", "payload": payload, "ref": 7})
    };
    assert_eq!(
        client.frames(),
        [
            number(1, 7),
            error("stumbled", "Once."),
            error("internal", "The server could not handle this message."),
            number(2, 7),
            complete(7),
        ]
    );
}

#[tokio::test]
async fn a_panic_in_a_stream_ends_the_stream_alone() {
    let app = app(&State::default());
    app.expect_panics();
    let mut client = app.connect("/ws").await.unwrap();
    client.send_with_ref(Trip, 7).await;
    let frames = client.frames();
    assert_eq!(frames[0], number(1, 7));
    assert_eq!(frames[1]["payload"]["code"], "internal");
    assert_eq!(frames[2..], [complete(7)]);
    client.send(Ping).await;
    assert_eq!(client.messages::<Pong>(), [Pong]);
}

#[tokio::test]
async fn a_stream_may_stand_in_a_result_and_an_option() {
    let mut client = app(&State::default()).connect("/ws").await.unwrap();
    client.send_with_ref(MayWatch { allowed: true }, 1).await;
    assert_eq!(client.frames(), [number(1, 1), number(2, 1), complete(1)]);
    client.send_with_ref(MayWatch { allowed: false }, 2).await;
    assert_eq!(client.frames()[0]["payload"]["code"], "refused");
}

#[tokio::test]
async fn a_stream_is_dropped_before_on_disconnect() {
    let state = State::default();
    let _feed = state.feed().await;
    let mut client = app(&state).connect("/ws").await.unwrap();
    drop(client.begin(Watch).await);
    client.send(Ping).await;
    assert_eq!(state.alive(), 1);
    client.disconnect().await;
    assert_eq!(state.gone.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_stream_of_any_length_reaches_a_client_that_reads() {
    let state = State::default();
    let app = app_with(&state, |builder| builder.outbox(4, 4096)).over_tcp();
    let mut client = app.connect("/ws").await.unwrap();
    client.send(Count { up_to: 20_000 }).await;
    let numbers = client.messages::<Number>();
    assert_eq!(numbers.len(), 20_000);
    assert!(
        numbers
            .iter()
            .zip(1..)
            .all(|(number, expected)| number.number == expected)
    );
}

#[tokio::test]
async fn beyond_the_limit_a_frame_is_refused_and_its_handler_does_not_run() {
    let state = State::default();
    let app = app_with(&state, |builder| builder.max_concurrent(1));
    let mut client = app.connect("/ws").await.unwrap();
    let first = client
        .begin(Search {
            text: "one".to_owned(),
        })
        .await;
    assert_eq!(client.next::<Searching>().await, Searching);
    client.send_with_ref(Count { up_to: 1 }, 2).await;
    let frames = client.frames();
    assert_eq!(frames[0]["payload"]["code"], "rate_limited");
    assert_eq!(frames[0]["ref"], 2);
    let second = Search {
        text: "two".to_owned(),
    };
    client.send_with_ref(second, 3).await;
    assert_eq!(client.frames()[0]["payload"]["code"], "rate_limited");
    assert_eq!(state.alive(), 1);
    state.gate.notify_one();
    first.done().await;
    client.frames();
    client.send_with_ref(Count { up_to: 1 }, 4).await;
    assert_eq!(client.frames(), [number(1, 4), complete(4)]);
}

#[tokio::test]
async fn a_spawned_handler_runs_beside_others_and_replies_when_it_is_done() {
    let state = State::default();
    let mut client = app(&state).connect("/ws").await.unwrap();
    let search = client
        .begin_raw(r#"{"action":"search","payload":{"text":"this"},"ref":"s"}"#)
        .await;
    assert_eq!(client.next::<Searching>().await, Searching);
    client.send_with_ref(Ping, 2).await;
    assert_eq!(
        client.frames(),
        [json!({"action": "pong", "ref": 2}), complete(2)]
    );
    state.gate.notify_one();
    search.done().await;
    assert_eq!(
        client.frames(),
        [
            json!({"action": "found", "payload": {"text": "this"}, "ref": "s"}),
            json!({"action": "complete", "ref": "s"}),
        ]
    );
}

#[tokio::test]
async fn the_error_of_a_spawned_handler_has_the_ref() {
    let state = State::default();
    let mut client = app(&state).connect("/ws").await.unwrap();
    state.gate.notify_one();
    let text = String::new();
    client.send_with_ref(Search { text }, 9).await;
    let frames = client.frames();
    assert_eq!(frames[0], json!({"action": "searching"}));
    assert_eq!(frames[1]["payload"]["code"], "empty");
    assert_eq!(frames[1]["ref"], 9);
}

#[tokio::test]
async fn a_spawned_handler_may_reply_with_a_stream() {
    let mut client = app(&State::default()).connect("/ws").await.unwrap();
    client.send_with_ref(SearchAll, 7).await;
    assert_eq!(client.frames(), [number(1, 7), number(2, 7), complete(7)]);
}

#[tokio::test]
async fn a_panic_in_a_spawned_handler_ends_that_request() {
    let app = app(&State::default());
    app.expect_panics();
    let mut client = app.connect("/ws").await.unwrap();
    client.send_with_ref(Crash, 7).await;
    let frames = client.frames();
    assert_eq!(frames[0]["payload"]["code"], "internal");
    assert_eq!(frames[0]["ref"], 7);
    client.send(Ping).await;
    assert_eq!(client.messages::<Pong>(), [Pong]);
}

#[tokio::test]
async fn a_spawned_handler_is_over_before_on_disconnect() {
    let state = State::default();
    let mut client = app(&state).connect("/ws").await.unwrap();
    drop(
        client
            .begin(Search {
                text: "for ever".to_owned(),
            })
            .await,
    );
    state.entered.notified().await;
    assert_eq!(state.alive(), 1);
    client.disconnect_with(CloseCode::GOING_AWAY).await;
    assert_eq!(state.gone.load(Ordering::SeqCst), 1);
}

#[test]
fn the_document_says_how_often_a_request_is_answered() {
    let builder = Realtime::builder().consumer::<Replies>("/ws");
    let document = serde_json::to_value(builder.asyncapi().unwrap()).unwrap();
    let reply = |operation: &str| document["operations"][operation]["reply"]["x-reply"].clone();
    assert_eq!(
        reply("onList"),
        json!({"mode": "many", "terminator": "complete"})
    );
    for stream in ["onCount", "onMayWatch", "onSearchAll", "onStumble"] {
        assert_eq!(
            reply(stream),
            json!({"mode": "stream", "terminator": "complete"}),
            "{stream}"
        );
    }
    assert!(reply("onPing").is_null());
    assert!(reply("onSearch").is_null());
}
