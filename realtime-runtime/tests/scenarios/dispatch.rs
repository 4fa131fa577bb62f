//! From a frame to its handler, and back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use realtime_runtime::prelude::*;
use realtime_testing::Communicator;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Message as Frame;
use tracing::Level;

use crate::{
    Transport,
    log::Log,
    peer::Peer,
    scenarios,
    support::{Fail, Panic, Ping, Pong, Shout, Wait, zoo, zoo_with},
};

scenarios! {
    chanx_01_one_handler_runs_and_what_it_returns_is_the_only_reply,
    chanx_02_a_handler_that_returns_nothing_is_no_reply_and_one_completion,
    chanx_04_a_consumer_without_handlers_refuses_each_frame_and_completes_it,
    chanx_05_an_unknown_action_is_one_error_and_the_socket_stays_open,
    chanx_06_two_invalid_fields_are_one_error_with_both_paths,
    chanx_07_a_failing_handler_tells_the_log_and_not_the_client,
    chanx_08_replies_are_in_order_and_of_spawned_handlers_each_has_its_ref,
    chanx_09_beyond_what_may_be_in_flight_reading_pauses,
    django_10_what_cannot_be_read_is_an_error_and_the_next_frame_works,
    django_12_a_handler_that_fails_costs_one_request_and_not_the_cleanup,
    django_13_a_busy_handler_delays_neither_pings_nor_events_nor_the_close,
}

#[message(action = "quiet")]
struct Quiet;
/// Answered when the test lets it.
#[message(action = "slow")]
struct Slow {
    number: u32,
}
#[message(action = "slow_done")]
struct SlowDone {
    number: u32,
}
#[message(action = "news")]
struct News;

#[derive(Clone, Default)]
struct Gate {
    handled: Arc<AtomicUsize>,
    entered: Arc<Notify>,
    open: Arc<Notify>,
}

/// Tells when everything is done.
struct Desk;

#[consumer(name = "desk", state = Gate, completions)]
impl Desk {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(&mut self, _: Ping, cx: &mut Context<'_, Self>) -> Pong {
        cx.state().handled.fetch_add(1, Ordering::SeqCst);
        Pong
    }

    #[ws_handler]
    async fn quiet(_: Quiet) {}

    #[ws_handler(spawn)]
    async fn slow(slow: Slow, cx: OwnedContext<Self>) -> SlowDone {
        cx.state().entered.notify_one();
        cx.state().open.notified().await;
        let Slow { number } = slow;
        SlowDone { number }
    }
}

/// Takes nothing.
struct Listener;

#[consumer(name = "listener", completions)]
impl Listener {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[event_handler]
    async fn news(event: &News) -> News {
        event.clone()
    }
}

fn desk() -> (Realtime, Gate) {
    let gate = Gate::default();
    let builder = Realtime::builder()
        .state(gate.clone())
        .consumer::<Desk>("/ws")
        .consumer::<Listener>("/listener");
    (builder.build().unwrap(), gate)
}

async fn answers(client: &mut Communicator, frame: Value) -> Vec<Value> {
    client.send_raw(frame.to_string()).await;
    client.frames()
}

async fn works(client: &mut Communicator) {
    client.send(Ping).await;
    client.expect::<Pong>();
}

fn codes(frames: &[Value]) -> Vec<&str> {
    let codes = frames
        .iter()
        .filter_map(|frame| frame["payload"]["code"].as_str());
    codes.collect()
}

async fn chanx_01_one_handler_runs_and_what_it_returns_is_the_only_reply(transport: Transport) {
    let (realtime, state) = zoo();
    let app = transport.app(&realtime);
    let mut client = app.connect("/ws").await.unwrap();
    let ping = json!({"action": "ping"});
    let pong = || json!({"action": "pong"});
    assert_eq!(answers(&mut client, ping.clone()).await, [pong()]);
    assert_eq!(state.handled(), 1);

    let (realtime, gate) = desk();
    let app = transport.app(&realtime);
    let mut client = app.connect("/ws").await.unwrap();
    let complete = json!({"action": "complete"});
    assert_eq!(answers(&mut client, ping).await, [pong(), complete]);
    assert_eq!(gate.handled.load(Ordering::SeqCst), 1);
}

async fn chanx_02_a_handler_that_returns_nothing_is_no_reply_and_one_completion(
    transport: Transport,
) {
    let app = transport.app(&zoo().0);
    let mut client = app.connect("/ws").await.unwrap();
    let text = "nobody else is here".to_owned();
    let others_only = true;
    client.send(Shout { text, others_only }).await;
    client.assert_silent();

    let app = transport.app(&desk().0);
    let mut client = app.connect("/ws").await.unwrap();
    assert_eq!(
        answers(&mut client, json!({"action": "quiet", "ref": 1})).await,
        [json!({"action": "complete", "ref": 1})]
    );
}

async fn chanx_04_a_consumer_without_handlers_refuses_each_frame_and_completes_it(
    transport: Transport,
) {
    let app = transport.app(&desk().0);
    let mut client = app.connect("/listener").await.unwrap();
    for number in 0..2 {
        let ping = json!({"action": "ping", "ref": number});
        let frames = answers(&mut client, ping).await;
        assert_eq!(frames.len(), 2, "{frames:?}");
        assert_eq!(codes(&frames), ["unknown_action"]);
        assert_eq!(frames[1], json!({"action": "complete", "ref": number}));
    }
}

async fn chanx_05_an_unknown_action_is_one_error_and_the_socket_stays_open(transport: Transport) {
    let app = transport.app(&zoo().0);
    let mut client = app.connect("/ws").await.unwrap();
    let frames = answers(&mut client, json!({"action": "nothing", "ref": 4})).await;
    assert_eq!(codes(&frames), ["unknown_action"]);
    assert_eq!((frames.len(), &frames[0]["ref"]), (1, &json!(4)));
    let told = frames[0].to_string();
    for known in ["ping", "shout", "greet"] {
        assert!(!told.contains(known), "{told}");
    }
    works(&mut client).await;
}

async fn chanx_06_two_invalid_fields_are_one_error_with_both_paths(transport: Transport) {
    let app = transport.app(&zoo().0);
    let mut client = app.connect("/ws").await.unwrap();
    let say = json!({"action": "say", "payload": {"text": 5, "times": "twice"}});
    let frames = answers(&mut client, say).await;
    assert_eq!(codes(&frames), ["invalid_payload"]);
    let fields = frames[0]["payload"]["fields"].as_array().unwrap();
    let paths: Vec<_> = fields.iter().map(|field| &field["path"]).collect();
    assert_eq!(paths, ["text", "times"]);
    assert_eq!(frames.len(), 1);
}

async fn chanx_07_a_failing_handler_tells_the_log_and_not_the_client(transport: Transport) {
    let app = transport.app(&zoo().0);
    app.expect_panics();
    let mut client = app.connect("/ws").await.unwrap();
    let mut other = app.connect("/ws").await.unwrap();
    for failing in ["panic", "fail"] {
        let log = Log::new();
        let frames = answers(&mut client, json!({"action": failing, "ref": failing})).await;
        assert_eq!(codes(&frames), ["internal"]);
        assert_eq!((frames.len(), &frames[0]["ref"]), (1, &json!(failing)));
        assert!(!frames[0].to_string().contains("secret"));
        let errors = log.lines(Level::ERROR);
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].contains("the secret of the handler"));
        works(&mut client).await;
        works(&mut other).await;
    }
}

async fn chanx_08_replies_are_in_order_and_of_spawned_handlers_each_has_its_ref(
    transport: Transport,
) {
    let (realtime, state) = zoo();
    let app = transport.app(&realtime);
    let mut client = app.connect("/ws").await.unwrap();
    let slow = client.begin_raw(r#"{"action":"wait","ref":1}"#).await;
    let ping = client.begin_raw(r#"{"action":"ping","ref":2}"#).await;
    state.entered.notified().await;
    assert_eq!(state.handled(), 0, "the second waits for the first");
    state.gate.notify_one();
    slow.done().await;
    ping.done().await;
    let refs: Vec<_> = client
        .frames()
        .iter()
        .map(|frame| frame["ref"].clone())
        .collect();
    assert_eq!(refs, [1, 2]);

    let (realtime, gate) = desk();
    let app = transport.app(&realtime);
    let mut client = app.connect("/ws").await.unwrap();
    let slow = r#"{"action":"slow","payload":{"number":7},"ref":"s"}"#;
    let slow = client.begin_raw(slow).await;
    gate.entered.notified().await;
    let ping = answers(&mut client, json!({"action": "ping", "ref": "p"})).await;
    let of = |tag, reference| json!({"action": tag, "ref": reference});
    assert_eq!(ping, [of("pong", "p"), of("complete", "p")]);
    gate.open.notify_one();
    slow.done().await;
    let done = json!({"action": "slow_done", "payload": {"number": 7}, "ref": "s"});
    assert_eq!(client.frames(), [done, of("complete", "s")]);
}

async fn chanx_09_beyond_what_may_be_in_flight_reading_pauses(transport: Transport) {
    const MOST: usize = 64 * 1024 * 1024;
    let (realtime, state) = zoo_with(RealtimeBuilder::unlimited_frames);
    let mut client = Peer::new(transport, &realtime).await;
    client.sends([Frame::text(r#"{"action":"wait"}"#)]).await;
    state.entered.notified().await;
    // While the handler is busy, more is sent until nobody takes any.
    let text = format!(r#"{{"action":"ping","payload":"{}"}}"#, "x".repeat(8000));
    let mut taken = 0;
    while taken * text.len() < MOST && client.offers(Frame::text(text.clone())).await {
        taken += 1;
    }
    assert!(taken * text.len() < MOST, "reading does not pause");
    assert_eq!(state.handled(), 0);
    state.gate.notify_one();
    let (waited, mut answered) = (client.text().await, 0);
    assert_eq!(waited, r#"{"action":"said","payload":{"text":"waited"}}"#);
    // The last one was begun to be sent, too.
    client
        .reads_until(|frame| {
            assert_eq!(frame, r#"{"action":"pong"}"#);
            answered += 1;
            answered == taken + 1
        })
        .await;
    assert_eq!(state.handled(), taken + 1, "nothing is lost");

    // What runs beside the frames is bounded, too.
    let (realtime, gate) = desk();
    let app = transport.app(&realtime);
    let mut client = app.connect("/ws").await.unwrap();
    let mut slow = Vec::new();
    for number in 0..33 {
        slow.push(client.begin(Slow { number }).await);
    }
    slow.pop().unwrap().done().await;
    assert_eq!(codes(&client.frames()), ["rate_limited"]);
    gate.open.notify_waiters();
    for slow in slow {
        slow.done().await;
    }
    assert_eq!(client.messages::<SlowDone>().len(), 32);
}

async fn django_10_what_cannot_be_read_is_an_error_and_the_next_frame_works(transport: Transport) {
    let app = transport.app(&zoo().0);
    let mut client = app.connect("/ws").await.unwrap();
    for (text, code) in [
        ("{\"action\":", "malformed_json"),
        ("[]", "not_an_object"),
        ("{}", "missing_tag"),
        (r#"{"action":"nothing"}"#, "unknown_action"),
        (r#"{"action":"say","payload":{}}"#, "invalid_payload"),
        (r#"{"action":"say","payload":3}"#, "invalid_payload"),
    ] {
        client.send_raw(text).await;
        assert_eq!(codes(&client.frames()), [code], "{text}");
        works(&mut client).await;
    }
    client.send_binary(*b"{\"action\":\"ping\"}").await;
    assert_eq!(codes(&client.frames()), ["unsupported_frame"]);
    works(&mut client).await;
}

async fn django_12_a_handler_that_fails_costs_one_request_and_not_the_cleanup(
    transport: Transport,
) {
    let (realtime, state) = zoo();
    let app = transport.app(&realtime);
    app.expect_panics();
    let mut client = app.connect("/ws").await.unwrap();
    client.send(Panic).await;
    client.send(Fail).await;
    assert_eq!(codes(&client.frames()), ["internal", "internal"]);
    works(&mut client).await;
    client.disconnect().await;
    assert_eq!((state.disconnected(), realtime.connections()), (1, 0));
}

async fn django_13_a_busy_handler_delays_neither_pings_nor_events_nor_the_close(
    transport: Transport,
) {
    let (realtime, state) = zoo();
    let app = transport.app(&realtime);
    let mut other = app.connect("/ws").await.unwrap();
    let mut busy = Peer::new(transport, &realtime).await;
    busy.sends([
        Frame::text(r#"{"action":"wait"}"#),
        Frame::text(r#"{"action":"ping"}"#),
        Frame::Ping("alive?".into()),
    ])
    .await;
    state.entered.notified().await;
    assert_eq!(busy.next().await, Some(Frame::Pong("alive?".into())));
    let text = "hi".to_owned();
    let others_only = true;
    let shout = other.begin(Shout { text, others_only }).await;
    let shouted = r#"{"action":"shouted","payload":{"text":"hi"}}"#;
    assert_eq!(busy.text().await, shouted);
    shout.done().await;
    // The replies are in the order of their frames, however long the first took; the close comes last.
    busy.sends([Frame::Close(None)]).await;
    state.gate.notify_one();
    assert!(busy.text().await.contains("waited"));
    assert_eq!(busy.text().await, r#"{"action":"pong"}"#);
    assert_eq!(busy.next().await, Some(Frame::Close(None)));
    assert_eq!(busy.next().await, None);

    // The close is seen at once, and the handler may finish within a bound.
    let mut busy = app.connect("/ws").await.unwrap();
    let waits = busy.begin(Wait).await;
    state.entered.notified().await;
    drop(waits);
    let closing = tokio::spawn(busy.disconnect());
    while !closing.is_finished() {
        tokio::task::yield_now().await;
        app.advance(Duration::from_millis(10)).await;
    }
    closing.await.unwrap();
    assert_eq!(state.disconnected(), 2);
}
