//! What waits for a client beyond its outbox. In memory and over TCP.

use realtime_runtime::{OutboxPolicy, prelude::*};
use realtime_testing::Communicator;
use serde_json::Value;

use crate::feed::{
    Fill, Number, OwnNumber, Ping, Price, Telling, Text, Volume, Wait, World, both_ways,
};

/// What came, in short, up to the answer to a ping.
async fn heard(client: &mut Communicator) -> Vec<String> {
    client.send(Ping).await;
    let mut frames = client.frames();
    assert_eq!(frames.pop().unwrap()["action"], "pong");
    frames.iter().map(short).collect()
}

fn short(frame: &Value) -> String {
    let payload = &frame["payload"];
    match frame["action"].as_str().unwrap() {
        "gap" => {
            assert!(payload["since"].as_u64().unwrap() > 1_700_000_000_000);
            format!("gap of {}", payload["dropped"])
        }
        "number" => payload["number"].to_string(),
        "price" => format!(
            "{}={}",
            payload["symbol"].as_str().unwrap(),
            payload["cents"]
        ),
        "volume" => format!(
            "{}x{}",
            payload["symbol"].as_str().unwrap(),
            payload["pieces"]
        ),
        "text" => payload["text"].as_str().unwrap()[..1].to_owned(),
        other => other.to_owned(),
    }
}

async fn numbers(world: &World, numbers: impl IntoIterator<Item = u32>) {
    for number in numbers {
        world.publishes(Number { number }).await;
    }
}

#[tokio::test]
async fn drop_oldest_drops_what_waits_longest_and_says_where() {
    let policy = OutboxPolicy::DropOldest;
    for world in both_ways(|builder| builder.outbox(3, 10_000).outbox_policy(policy.clone())) {
        let mut client = world.client().await;
        numbers(&world, 1..=3).await;
        assert_eq!(heard(&mut client).await, ["1", "2", "3"]);
        numbers(&world, 4..=10).await;
        assert_eq!(heard(&mut client).await, ["gap of 4", "8", "9", "10"]);
        numbers(&world, 11..=14).await;
        assert_eq!(heard(&mut client).await, ["gap of 1", "12", "13", "14"]);
        assert_eq!(world.realtime.dropped_messages(), 5);
        assert_eq!(client.closed(), None);
    }
}

#[tokio::test]
async fn drop_newest_drops_what_comes_last_and_says_where() {
    let policy = OutboxPolicy::DropNewest;
    for world in both_ways(|builder| builder.outbox(3, 10_000).outbox_policy(policy.clone())) {
        let mut client = world.client().await;
        numbers(&world, 1..=10).await;
        assert_eq!(heard(&mut client).await, ["1", "2", "3", "gap of 7"]);
        numbers(&world, 11..=14).await;
        assert_eq!(heard(&mut client).await, ["11", "12", "13", "gap of 1"]);
        assert_eq!(world.realtime.dropped_messages(), 8);
    }
}

#[tokio::test]
async fn events_that_a_member_handles_are_dropped_as_others_are() {
    for (policy, expected) in [
        (OutboxPolicy::DropOldest, ["gap of 2", "3", "4", "5"]),
        (OutboxPolicy::DropNewest, ["1", "2", "3", "gap of 2"]),
    ] {
        for world in both_ways(|builder| builder.outbox(3, 10_000).outbox_policy(policy.clone())) {
            let mut client = world.client().await;
            for number in 1..=5 {
                world.publishes(OwnNumber { number }).await;
            }
            assert_eq!(heard(&mut client).await, expected, "{policy:?}");
            assert_eq!(world.realtime.dropped_messages(), 2);
        }
    }
}

#[tokio::test]
async fn what_a_handler_sends_may_be_dropped_and_its_reply_may_not() {
    let keep = OutboxPolicy::keep_latest(|message| Some(message.tag().to_owned()));
    let expected: [(_, &[&str]); 3] = [
        (
            OutboxPolicy::DropOldest,
            &["gap of 2", "3", "4", "5", "pong"],
        ),
        (
            OutboxPolicy::DropNewest,
            &["1", "2", "3", "gap of 2", "pong"],
        ),
        (keep, &["4", "5", "pong"]),
    ];
    for (policy, expected) in expected {
        for world in both_ways(|builder| builder.outbox(3, 10_000).outbox_policy(policy.clone())) {
            let mut client = world.client().await;
            client.send_with_ref(Fill { up_to: 5 }, 7).await;
            let frames = client.frames();
            let heard: Vec<_> = frames.iter().map(short).collect();
            assert_eq!(heard, expected, "{policy:?}");
            assert_eq!(frames.last().unwrap()["ref"], 7);
        }
    }
}

#[tokio::test]
async fn bytes_are_a_limit_as_messages_are() {
    let text = |first: &str| Text {
        text: first.repeat(100),
    };
    let policy = OutboxPolicy::DropOldest;
    for world in both_ways(|builder| builder.outbox(100, 400).outbox_policy(policy.clone())) {
        let mut client = world.client().await;
        for first in ["a", "b", "c", "d"] {
            world.publishes(text(first)).await;
        }
        assert_eq!(heard(&mut client).await, ["gap of 2", "c", "d"]);
        // What is more than the whole outbox by itself does not cost the others.
        world.publishes(text("e")).await;
        let big = "x".repeat(500);
        world.publishes(Text { text: big }).await;
        world.publishes(text("f")).await;
        assert_eq!(heard(&mut client).await, ["e", "gap of 1", "f"]);
        assert_eq!(world.realtime.dropped_messages(), 3);
    }
}

fn latest() -> OutboxPolicy {
    OutboxPolicy::keep_latest(|message| message.field("symbol"))
}

#[tokio::test]
async fn keep_latest_keeps_the_newest_of_each_key_and_tag() {
    for world in both_ways(|builder| builder.outbox(3, 10_000).outbox_policy(latest())) {
        let mut client = world.client().await;
        let price = async |symbol: &str, cents| {
            let symbol = symbol.to_owned();
            world.publishes(Price { symbol, cents }).await;
        };
        price("A", 1).await;
        price("B", 2).await;
        let symbol = "A".to_owned();
        world.publishes(Volume { symbol, pieces: 3 }).await;
        price("A", 4).await;
        price("A", 5).await;
        price("B", 6).await;
        assert_eq!(heard(&mut client).await, ["Ax3", "A=5", "B=6"]);
        assert_eq!(world.realtime.dropped_messages(), 3);
        // While there is room nothing is dropped.
        price("A", 7).await;
        price("A", 8).await;
        assert_eq!(heard(&mut client).await, ["A=7", "A=8"]);
    }
}

#[tokio::test]
async fn keep_latest_closes_where_nothing_is_replaced() {
    for world in both_ways(|builder| builder.outbox(3, 10_000).outbox_policy(latest())) {
        let mut client = world.client().await;
        numbers(&world, 1..=4).await;
        client.assert_closed(CloseCode::SLOW_CONSUMER).await;
        assert_eq!(world.realtime.dropped_messages(), 0);
    }
}

#[tokio::test]
async fn completions_are_no_messages_of_the_outbox() {
    let last = OutboxPolicy::keep_latest(|message| Some(message.tag().to_owned()));
    let expected: [(_, &[&str], u64); 3] = [
        (OutboxPolicy::DropOldest, &["gap of 2", "3", "4", "5"], 2),
        (OutboxPolicy::DropNewest, &["1", "2", "3", "gap of 2"], 2),
        (last, &["4", "5"], 3),
    ];
    for (policy, expected, dropped) in expected {
        for world in both_ways(|builder| builder.outbox(3, 10_000).outbox_policy(policy.clone())) {
            let mut client = world.app.connect("/telling").await.unwrap();
            for number in 1..=5 {
                let group = Group::<Telling>::new(["all"]);
                let sent = group.send(&world.realtime.layer(), Number { number }).await;
                sent.unwrap();
            }
            client.send(Ping).await;
            let frames: Vec<_> = client.frames().iter().map(short).collect();
            let (completions, messages): (Vec<_>, Vec<_>) = frames
                .into_iter()
                .partition(|frame| frame == "group_complete");
            assert_eq!(messages[..expected.len()], *expected, "{policy:?}");
            assert_eq!(messages[expected.len()..], ["pong", "complete"]);
            // What was dropped is not done.
            assert_eq!(completions.len() as u64, 5 - dropped);
            assert_eq!(world.realtime.dropped_messages(), dropped);
        }
    }
}

/// Lets a busy member take what was published so far.
async fn turn(world: &World) {
    for _ in 0..3 {
        world.client().await.disconnect().await;
    }
}

#[tokio::test]
async fn events_that_wait_for_a_busy_handler_are_dropped_as_others_are() {
    let last = OutboxPolicy::keep_latest(|message| Some(message.tag().to_owned()));
    let expected: [(_, &[&str], u64); 3] = [
        (
            OutboxPolicy::DropOldest,
            &["pong", "gap of 2", "3", "4", "5"],
            2,
        ),
        (
            OutboxPolicy::DropNewest,
            &["pong", "1", "2", "3", "gap of 2"],
            2,
        ),
        (last, &["pong", "4", "5"], 3),
    ];
    for (policy, expected, dropped) in expected {
        for world in both_ways(|builder| builder.outbox(3, 10_000).outbox_policy(policy.clone())) {
            let mut client = world.client().await;
            let waits = client.begin(Wait).await;
            world.door.entered.notified().await;
            for number in 1..=5 {
                world.publishes(OwnNumber { number }).await;
                turn(&world).await;
            }
            world.door.open.notify_one();
            waits.done().await;
            assert_eq!(heard(&mut client).await, expected, "{policy:?}");
            assert_eq!(world.realtime.dropped_messages(), dropped);
        }
    }
}
