//! Groups, events and direct sends. In memory and over TCP.
#![allow(missing_docs, missing_debug_implementations)]

mod support;

use realtime_runtime::prelude::*;
use realtime_testing::TestApp;
use support::{
    Greet, Greeting, Join, Leave, Ping, Pong, Shout, Shouted, Zoo, both_ways, zoo, zoo_with,
};

fn shout(text: &str, others_only: bool) -> Shout {
    Shout {
        text: text.into(),
        others_only,
    }
}

fn shouted(text: &str) -> Shouted {
    Shouted { text: text.into() }
}

#[tokio::test]
async fn every_member_hears_a_group_send_once() {
    for app in both_ways() {
        let mut alice = app.connect("/ws").await.unwrap();
        let mut bob = app.connect("/ws").await.unwrap();
        alice.send(shout("hi", false)).await;
        assert_eq!(alice.messages::<Shouted>(), [shouted("hi")]);
        assert_eq!(bob.messages::<Shouted>(), [shouted("hi")]);
        alice.assert_silent();
        bob.assert_silent();
    }
}

#[tokio::test]
async fn exclude_self_excludes_this_connection_only() {
    for app in both_ways() {
        let mut alice = app.connect("/ws?alice").await.unwrap();
        let mut other_tab = app.connect("/ws?alice").await.unwrap();
        alice.send(shout("hi", true)).await;
        alice.assert_silent();
        assert_eq!(other_tab.messages::<Shouted>(), [shouted("hi")]);
    }
}

#[tokio::test]
async fn who_left_or_closed_hears_nothing() {
    for app in both_ways() {
        let mut alice = app.connect("/ws").await.unwrap();
        let mut bob = app.connect("/ws").await.unwrap();
        let carol = app.connect("/ws").await.unwrap();
        bob.send(Leave {
            group: "all".into(),
        })
        .await;
        bob.expect::<Pong>();
        carol.disconnect().await;
        alice.send(shout("hi", false)).await;
        bob.assert_silent();
        assert_eq!(alice.messages::<Shouted>().len(), 1);
    }
}

#[tokio::test]
async fn an_event_with_self_gives_each_member_its_own_variant_or_none() {
    let (realtime, _) = zoo();
    let app = TestApp::new(&realtime);
    let mut alice = app.connect("/ws?alice").await.unwrap();
    let mut bob = app.connect("/ws?bob").await.unwrap();
    let all = Group::<Zoo>::new(["all"]);
    all.send(
        &realtime.layer(),
        Greet {
            name: "alice".into(),
        },
    )
    .await
    .unwrap();
    // Published outside of a cause: a frame of one's own comes after it.
    bob.send(Ping).await;
    alice.send(Ping).await;
    assert_eq!(
        bob.messages::<Greeting>(),
        [Greeting {
            text: "alice greets bob".into()
        }]
    );
    assert_eq!(alice.messages::<Greeting>(), []);
}

#[tokio::test]
async fn a_connection_in_two_groups_of_one_send_gets_it_once() {
    let (realtime, _) = zoo();
    let app = TestApp::new(&realtime);
    let mut alice = app.connect("/ws").await.unwrap();
    alice.send(Join { group: "a".into() }).await;
    alice.send(Join { group: "b".into() }).await;
    let (a, b) = (Group::<Zoo>::new(["a"]), Group::new(["b"]));
    Group::send_all([&a, &b], &realtime.layer(), shouted("hi"))
        .await
        .unwrap();
    alice.send(Ping).await;
    assert_eq!(alice.messages::<Shouted>(), [shouted("hi")]);
}

#[tokio::test]
async fn different_keys_never_share_a_group() {
    let keys: [&[&str]; 7] = [
        &["a", "b/c"],
        &["a/b", "c"],
        &["a", "b", "c"],
        &["a", "b%2Fc"],
        &["a%2Fb", "c"],
        &["a"],
        &["a", ""],
    ];
    for (index, key) in keys.iter().enumerate() {
        for other in &keys[..index] {
            assert_ne!(
                Group::<Zoo>::new(*key),
                Group::<Zoo>::new(*other),
                "{key:?} {other:?}"
            );
        }
    }
}

#[tokio::test]
async fn code_that_is_not_async_publishes_in_order() {
    let (realtime, _) = zoo();
    let app = TestApp::new(&realtime);
    let mut alice = app.connect("/ws").await.unwrap();
    let layer = realtime.layer();
    std::thread::spawn(move || {
        for number in 0..100 {
            Group::<Zoo>::new(["all"])
                .try_publish(&layer, shouted(&number.to_string()))
                .unwrap();
        }
    })
    .join()
    .unwrap();
    let mut heard = Vec::new();
    while heard.len() < 100 {
        alice.send(Ping).await;
        alice.messages::<Pong>();
        heard.extend(alice.messages::<Shouted>());
    }
    let expected: Vec<_> = (0..100)
        .map(|number| shouted(&number.to_string()))
        .collect();
    assert_eq!(heard, expected);
}

#[tokio::test]
async fn before_the_first_connection_publishing_reaches_nobody_and_is_no_error() {
    let (realtime, _) = zoo();
    let group = Group::<Zoo>::new(["all"]);
    group.try_publish(&realtime.layer(), shouted("hi")).unwrap();
    group.send(&realtime.layer(), shouted("hi")).await.unwrap();
}

#[tokio::test]
async fn beyond_the_limit_of_groups_joining_fails_and_the_connection_goes_on() {
    let (realtime, _) = zoo_with(|builder| builder.max_groups(2));
    let app = TestApp::new(&realtime);
    let mut alice = app.connect("/ws").await.unwrap();
    alice.send(Join { group: "a".into() }).await;
    alice.expect::<Pong>();
    // Joining again is not one more.
    alice.send(Join { group: "a".into() }).await;
    alice.expect::<Pong>();
    alice.send(Join { group: "b".into() }).await;
    assert_eq!(alice.frames()[0]["payload"]["code"], "internal");
    alice.send(Leave { group: "a".into() }).await;
    alice.expect::<Pong>();
    alice.send(Join { group: "b".into() }).await;
    alice.expect::<Pong>();
}

/// Sends itself everything it can in `#[on_connect]`.
struct Eager;

#[message(action = "go")]
pub struct Go;
#[message(action = "first")]
pub struct First {
    pub number: u32,
}
#[message(action = "later")]
pub struct Later {
    pub number: u32,
}

#[consumer(name = "eager", output(First))]
impl Eager {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        let group = Group::new(["eager"]);
        cx.join(&group).await?;
        group.send(cx, Later { number: 1 }).await?;
        cx.send(First { number: 1 }).await?;
        cx.address().send(cx, Go).await?;
        group.send(cx, Later { number: 2 }).await?;
        cx.send(First { number: 2 }).await?;
        Ok(Self)
    }

    #[event_handler]
    async fn later(event: &Later) -> Later {
        event.clone()
    }

    #[event_handler]
    async fn go(&mut self, _: &Go) -> First {
        First { number: 3 }
    }
}

#[tokio::test]
async fn what_on_connect_sends_comes_first_and_held_events_follow_in_order() {
    let realtime = Realtime::builder()
        .consumer::<Eager>("/ws")
        .build()
        .unwrap();
    for app in [TestApp::new(&realtime), TestApp::new(&realtime).over_tcp()] {
        let mut client = app.connect("/ws").await.unwrap();
        assert_eq!(client.expect::<First>(), First { number: 1 });
        assert_eq!(client.expect::<First>(), First { number: 2 });
        assert_eq!(client.expect::<Later>(), Later { number: 1 });
        assert_eq!(client.expect::<First>(), First { number: 3 });
        assert_eq!(client.expect::<Later>(), Later { number: 2 });
        client.assert_silent();
    }
}
