//! The channel layer in one process: room, order, code that is not async.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use realtime_runtime::{OutboxPolicy, PublishError, prelude::*};
use realtime_testing::Communicator;
use serde_json::Value;
use tokio::sync::Notify;

use crate::{
    Transport, scenarios,
    support::{Ping, Pong, Shouted, Zoo, zoo_with},
    until,
};

scenarios! {
    chanx_28_beyond_the_outbox_the_policy_applies_and_is_counted,
    django_14_sending_in_a_handler_and_to_an_address_of_who_has_gone_is_no_error,
    django_18_connections_of_one_group_get_one_copy_each,
    django_19_the_fourth_of_three_is_full_and_the_member_hears_of_the_gap,
    django_20_filling_one_connection_leaves_room_in_another,
    django_34_code_that_is_not_async_publishes_ten_thousand_times_in_order,
}

#[message(action = "number")]
struct Number {
    number: u32,
}

/// Answered when the test lets it.
#[message(action = "wait")]
struct Wait;

#[derive(Clone, Default)]
struct Lines(Arc<Inner>);

#[derive(Default)]
struct Inner {
    addresses: Mutex<Vec<Address<Line>>>,
    entered: Notify,
    open: Notify,
    sent: AtomicUsize,
    gone: AtomicUsize,
}

struct Line;

fn all() -> Group<Line> {
    Group::new(["all"])
}

#[consumer(name = "line", state = Lines, groups("all"), output(Number))]
impl Line {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        let addresses = &cx.state().0.addresses;
        addresses.lock().unwrap().push(cx.address());
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(_: Ping) -> Pong {
        Pong
    }

    #[ws_handler]
    async fn wait(&mut self, _: Wait, cx: &mut Context<'_, Self>) -> Pong {
        let lines = cx.state().clone();
        lines.0.entered.notify_one();
        lines.0.open.notified().await;
        for number in 0..10 {
            cx.send(Number { number }).await.unwrap();
            lines.0.sent.fetch_add(1, Ordering::SeqCst);
        }
        Pong
    }

    #[event_handler]
    async fn number(event: &Number) -> Number {
        event.clone()
    }

    #[on_disconnect]
    async fn gone(&mut self, cx: &mut Context<'_, Self>) {
        cx.state().0.gone.fetch_add(1, Ordering::SeqCst);
    }
}

/// Two connections whose outboxes take three messages, and their addresses.
async fn line(
    transport: Transport,
    policy: OutboxPolicy,
) -> (Realtime, [(Communicator, Address<Line>); 2]) {
    let lines = Lines::default();
    let builder = Realtime::builder()
        .state(lines.clone())
        .outbox(3, 1024)
        .outbox_policy(policy)
        .consumer::<Line>("/ws");
    let realtime = builder.build().unwrap();
    let app = transport.app(&realtime);
    let (one, two) = (app.connect("/ws").await, app.connect("/ws").await);
    let addresses = lines.0.addresses.lock().unwrap().clone();
    let clients = [(one.unwrap(), addresses[0]), (two.unwrap(), addresses[1])];
    (realtime, clients)
}

/// What came, in short: numbers, and gaps by how many they say are missing.
async fn heard(client: &mut Communicator) -> Vec<String> {
    client.send(Ping).await;
    let frames = client.frames();
    let short = |frame: &Value| match frame["action"].as_str().unwrap() {
        "gap" => {
            assert!(frame["payload"]["since"].as_u64().unwrap() > 1_700_000_000_000);
            format!("gap of {}", frame["payload"]["dropped"])
        }
        "number" => frame["payload"]["number"].to_string(),
        other => other.to_owned(),
    };
    frames.iter().map(short).collect()
}

async fn chanx_28_beyond_the_outbox_the_policy_applies_and_is_counted(transport: Transport) {
    let expected: [(_, &[&str], u64); 4] = [
        (
            OutboxPolicy::DropOldest,
            &["gap of 2", "3", "4", "5", "pong"],
            2,
        ),
        (
            OutboxPolicy::DropNewest,
            &["1", "2", "3", "gap of 2", "pong"],
            2,
        ),
        (
            OutboxPolicy::keep_latest(|_| Some("".into())),
            &["4", "5", "pong"],
            3,
        ),
        (OutboxPolicy::Disconnect, &[], 0),
    ];
    for (policy, expected, dropped) in expected {
        let (realtime, [(mut one, _), (mut two, _)]) = line(transport, policy.clone()).await;
        // Nobody has their turn meanwhile.
        for number in 1..=5 {
            let sent = all().send(&realtime.layer(), Number { number }).await;
            sent.unwrap();
        }
        for client in [&mut one, &mut two] {
            if expected.is_empty() {
                client.assert_closed(CloseCode::SLOW_CONSUMER).await;
            } else {
                assert_eq!(heard(client).await, expected, "{policy:?}");
            }
        }
        assert_eq!(realtime.dropped_messages(), 2 * dropped, "{policy:?}");
    }
}

async fn django_14_sending_in_a_handler_and_to_an_address_of_who_has_gone_is_no_error(
    transport: Transport,
) {
    let lines = Lines::default();
    let builder = Realtime::builder().state(lines.clone());
    let realtime = builder.outbox(3, 1024).consumer::<Line>("/ws").build();
    let realtime = realtime.unwrap();
    let app = transport.app(&realtime);
    let mut client = app.connect("/ws").await.unwrap();
    drop(client.begin(Wait).await);
    lines.0.entered.notified().await;
    drop(client);
    // Far more than the outbox takes.
    lines.0.open.notify_one();
    until(|| lines.0.gone.load(Ordering::SeqCst) == 1).await;
    assert_eq!(lines.0.sent.load(Ordering::SeqCst), 10);
    let address = lines.0.addresses.lock().unwrap()[0];
    for number in 0..10 {
        let sent = address.send(&realtime.layer(), Number { number }).await;
        assert_eq!(sent, Ok(()));
    }
    assert_eq!(realtime.connections(), 0);
    assert_eq!(lines.0.gone.load(Ordering::SeqCst), 1);
}

async fn django_18_connections_of_one_group_get_one_copy_each(transport: Transport) {
    let (realtime, _) = zoo_with(|builder| builder);
    let app = transport.app(&realtime);
    let mut clients = Vec::new();
    for _ in 0..20 {
        clients.push(app.connect("/ws?same").await.unwrap());
    }
    let text = "one".to_owned();
    let group = Group::<Zoo>::new(["all"]);
    let sent = group.send(&realtime.layer(), Shouted { text }).await;
    sent.unwrap();
    for client in &mut clients {
        client.send(Ping).await;
        client.expect::<Shouted>();
        client.expect::<Pong>();
        client.assert_silent();
    }
}

async fn django_19_the_fourth_of_three_is_full_and_the_member_hears_of_the_gap(
    transport: Transport,
) {
    let (realtime, [(mut full, to_full), (mut other, _)]) =
        line(transport, OutboxPolicy::DropNewest).await;
    let layer = realtime.layer();
    for number in 1..=3 {
        assert_eq!(to_full.send(&layer, Number { number }).await, Ok(()));
    }
    let fourth = to_full.send(&layer, Number { number: 4 }).await;
    assert_eq!(fourth, Err(PublishError::Full));
    // To the group it succeeds: the other has room.
    let fifth = all().send(&layer, Number { number: 5 }).await;
    assert_eq!(fifth, Ok(()));
    assert_eq!(heard(&mut full).await, ["1", "2", "3", "gap of 2", "pong"]);
    assert_eq!(heard(&mut other).await, ["5", "pong"]);
    assert_eq!(realtime.dropped_messages(), 2);
}

async fn django_20_filling_one_connection_leaves_room_in_another(transport: Transport) {
    let (realtime, [(_full, to_full), (mut other, to_other)]) =
        line(transport, OutboxPolicy::Disconnect).await;
    let layer = realtime.layer();
    let mut results = Vec::new();
    for number in 1..=5 {
        results.push(to_full.send(&layer, Number { number }).await.is_ok());
    }
    assert_eq!(results[..4], [true, true, true, false]);
    for number in 1..=3 {
        assert_eq!(to_other.send(&layer, Number { number }).await, Ok(()));
    }
    assert_eq!(heard(&mut other).await, ["1", "2", "3", "pong"]);
}

async fn django_34_code_that_is_not_async_publishes_ten_thousand_times_in_order(
    transport: Transport,
) {
    const EVENTS: u32 = 10_000;
    let realtime = Realtime::builder()
        .state(Lines::default())
        .consumer::<Line>("/ws")
        .build()
        .unwrap();
    let app = transport.app(&realtime);
    let mut client = app.connect("/ws").await.unwrap();
    let layer = realtime.layer();
    let publishing = tokio::task::spawn_blocking(move || {
        for number in 0..EVENTS {
            // What waits is bounded; who publishes decides what then.
            while all().try_publish(&layer, Number { number }) == Err(PublishError::Full) {
                std::thread::yield_now();
            }
        }
    });
    for number in 0..EVENTS {
        assert_eq!(client.next::<Number>().await.number, number);
    }
    publishing.await.unwrap();
    client.assert_silent();
    assert_eq!(realtime.connections(), 1);
}
