//! What becomes of an event on its way to its members.

use realtime_runtime::prelude::*;
use realtime_testing::Communicator;
use serde_json::json;
use tracing::Level;

use crate::{
    Transport,
    log::Log,
    scenarios,
    support::{Ping, Pong},
};

scenarios! {
    chanx_23_each_member_gets_its_own_variant,
    chanx_24_what_is_forwarded_arrives_unchanged_and_a_handler_of_its_own_wins,
    chanx_25_after_an_event_that_fails_the_next_event_and_frame_work,
    django_16_what_is_sent_in_order_arrives_in_order,
    django_31_what_one_handler_changes_no_other_sees,
}

/// Somebody posted something.
#[message(action = "post")]
struct Post {
    by: String,
    text: String,
}
#[message(action = "posted")]
struct Posted {
    text: String,
    is_mine: bool,
}
#[message(action = "moved")]
struct Moved {
    to: (i32, i32),
    label: Option<String>,
}
#[message(action = "renamed")]
struct Renamed {
    name: String,
}
#[message(action = "title")]
struct Title {
    title: String,
}
/// Fails for who is named.
#[message(action = "risky")]
struct Risky {
    fails_for: String,
    shared: bool,
}
#[message(action = "tags")]
struct Tags {
    tags: Vec<String>,
}
/// Publishes some numbers.
#[message(action = "count")]
struct Count {
    up_to: u32,
}
#[message(action = "number")]
struct Number {
    number: u32,
}

struct Wall {
    name: String,
    me: Address<Self>,
}

fn wall() -> Group<Wall> {
    Group::new(["wall"])
}

#[consumer(name = "wall", completions, forward(Moved, Renamed), groups("wall"))]
impl Wall {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self {
            name: cx.uri().query().unwrap_or_default().to_owned(),
            me: cx.address(),
        })
    }

    #[ws_handler]
    async fn ping(_: Ping) -> Pong {
        Pong
    }

    #[ws_handler]
    async fn post(&mut self, post: Post, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        wall().send(cx, post).await?;
        Ok(())
    }

    #[ws_handler]
    async fn moves(&mut self, moved: Moved, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        wall().send(cx, moved).await?;
        Ok(())
    }

    #[ws_handler]
    async fn rename(&mut self, renamed: Renamed, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        wall().send(cx, renamed).await?;
        Ok(())
    }

    #[ws_handler]
    async fn risk(&mut self, risky: Risky, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        wall().send(cx, risky).await?;
        Ok(())
    }

    #[ws_handler]
    async fn tag(&mut self, tags: Tags, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        wall().send(cx, tags).await?;
        Ok(())
    }

    #[ws_handler]
    async fn count(&mut self, count: Count, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        for number in 0..count.up_to {
            self.me.send(cx, Number { number }).await?;
        }
        Ok(())
    }

    #[event_handler]
    async fn posted(&mut self, event: &Post) -> Posted {
        Posted {
            text: event.text.clone(),
            is_mine: event.by == self.name,
        }
    }

    #[event_handler]
    async fn renamed(event: &Renamed) -> Title {
        let title = event.name.to_uppercase();
        Title { title }
    }

    #[event_handler]
    async fn risky(&mut self, event: &Risky) -> Result<Pong, Error> {
        if event.fails_for != self.name {
            return Ok(Pong);
        }
        assert!(event.shared, "the secret of the handler");
        Err(std::io::Error::other("the secret of the handler").into())
    }

    /// Adds its own to what it got.
    #[event_handler]
    async fn tagged(&mut self, event: &Tags) -> Tags {
        let mut tags = event.clone();
        tags.tags.push(self.name.clone());
        tags
    }

    #[event_handler]
    async fn number(event: &Number) -> Number {
        event.clone()
    }
}

async fn two(transport: Transport) -> (Communicator, Communicator) {
    let builder = Realtime::builder().consumer::<Wall>("/ws");
    let app = transport.app(&builder.build().unwrap());
    let ann = app.connect("/ws?ann").await.unwrap();
    (ann, app.connect("/ws?bob").await.unwrap())
}

async fn chanx_23_each_member_gets_its_own_variant(transport: Transport) {
    let (mut ann, mut bob) = two(transport).await;
    let (by, text) = ("ann".to_owned(), "hi".to_owned());
    let posted = |is_mine| Posted {
        text: "hi".to_owned(),
        is_mine,
    };
    ann.send(Post { by, text }).await;
    assert_eq!(ann.messages::<Posted>(), [posted(true)]);
    assert_eq!(bob.messages::<Posted>(), [posted(false)]);
}

async fn chanx_24_what_is_forwarded_arrives_unchanged_and_a_handler_of_its_own_wins(
    transport: Transport,
) {
    let (mut ann, mut bob) = two(transport).await;
    for label in [None, Some("a \"b\" \u{1F980}".to_owned())] {
        let to = (-1, 7);
        let label = || label.clone();
        ann.send(Moved { to, label: label() }).await;
        assert_eq!(bob.messages::<Moved>(), [Moved { to, label: label() }]);
    }
    bob.frames();
    let name = "square".to_owned();
    ann.send(Renamed { name }).await;
    assert_eq!(
        bob.frames(),
        [
            json!({"action": "title", "payload": {"title": "SQUARE"}}),
            json!({"action": "group_complete"})
        ]
    );
}

async fn chanx_25_after_an_event_that_fails_the_next_event_and_frame_work(transport: Transport) {
    let (mut ann, mut bob) = two(transport).await;
    ann.expect_panics();
    for shared in [true, false] {
        let log = Log::new();
        let fails_for = "bob".to_owned();
        ann.send(Risky { fails_for, shared }).await;
        assert_eq!(log.lines(Level::ERROR).len(), 1, "an error, then a panic");
        let complete = json!({"action": "event_complete"});
        assert_eq!(bob.frames(), [complete], "nobody asked, so nobody is told");
        assert_eq!(ann.messages::<Pong>().len(), 1);
        let (by, text) = ("ann".to_owned(), "next".to_owned());
        ann.send(Post { by, text }).await;
        assert_eq!(bob.messages::<Posted>().len(), 1);
        bob.send(Ping).await;
        assert_eq!(bob.messages::<Pong>().len(), 1);
        bob.frames();
    }
}

async fn django_16_what_is_sent_in_order_arrives_in_order(transport: Transport) {
    let (mut ann, bob) = two(transport).await;
    ann.send(Count { up_to: 200 }).await;
    let numbers = ann.messages::<Number>();
    let numbers: Vec<_> = numbers.iter().map(|number| number.number).collect();
    assert_eq!(numbers, Vec::from_iter(0..200));
    bob.assert_silent();
}

async fn django_31_what_one_handler_changes_no_other_sees(transport: Transport) {
    let (mut ann, mut bob) = two(transport).await;
    let tags = |names: &[&str]| Tags {
        tags: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    ann.send(tags(&["a"])).await;
    assert_eq!(ann.messages::<Tags>(), [tags(&["a", "ann"])]);
    assert_eq!(bob.messages::<Tags>(), [tags(&["a", "bob"])]);
}
