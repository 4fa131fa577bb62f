//! Groups and the events that their members get.

use axum::{Router, extract::State as Extension, routing::post};
use realtime_runtime::prelude::*;
use realtime_testing::{Communicator, TestApp};
use serde_json::{Value, json};

use crate::{
    Transport, scenarios,
    support::{Ping, Pong},
};

scenarios! {
    chanx_20_everybody_hears_a_broadcast_once_or_everybody_else,
    chanx_21_who_comes_and_goes_is_noticed_by_the_others,
    chanx_22_what_is_published_outside_reaches_the_group_and_nobody_else,
    chanx_26_membership_may_change_within_an_event,
    chanx_27_groups_of_all_sources_are_one_set_and_later_ones_are_ones_own,
    chanx_28_who_is_in_two_groups_of_a_send_hears_it_once,
    django_17_who_left_hears_nothing_and_sending_to_nobody_succeeds,
    django_32_no_two_keys_share_a_group,
    django_36_what_is_for_a_user_reaches_all_of_its_tabs_and_nobody_else,
    django_43_who_types_hears_no_echo_but_its_other_tabs_do,
}

#[message(action = "say")]
struct Say {
    text: String,
    others_only: bool,
}
#[message(action = "said")]
struct Said {
    text: String,
}
#[message(action = "came")]
struct Came {
    name: String,
}
#[message(action = "went")]
struct Went {
    name: String,
}
/// Has its members move from one group to another.
#[message(action = "move")]
struct Move {
    from: String,
    to: String,
}
#[message(action = "moved")]
struct Moved;
#[message(action = "notice")]
struct Notice {
    text: String,
}
#[message(action = "join")]
struct Join {
    group: String,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct HallPath {
    name: String,
}

/// Its path says who it is.
struct Hall {
    name: String,
}

fn all() -> Group<Hall> {
    Group::new(["all"])
}

fn of(name: &str) -> Group<Hall> {
    Group::new(["user", name])
}

#[consumer(
    name = "hall",
    path = HallPath,
    completions,
    groups("all", ["user", &cx.path().name], "all")
)]
impl Hall {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        let name = cx.path().name.clone();
        // Once more, which is not twice.
        cx.join(&all()).await?;
        cx.join(&Group::new(["second"])).await?;
        let came = Came { name: name.clone() };
        all().send(&cx.exclude_self(), came).await?;
        Ok(Self { name })
    }

    #[ws_handler]
    async fn ping(_: Ping) -> Pong {
        Pong
    }

    #[ws_handler]
    async fn say(&mut self, say: Say, cx: &mut Context<'_, Self>) -> Result<(), Error> {
        let said = Said { text: say.text };
        if say.others_only {
            all().send(&cx.exclude_self(), said).await?;
        } else {
            all().send(cx, said).await?;
        }
        Ok(())
    }

    #[ws_handler]
    async fn join(&mut self, join: Join, cx: &mut Context<'_, Self>) -> Result<Pong, Error> {
        cx.join(&Group::new([join.group])).await?;
        Ok(Pong)
    }

    #[event_handler]
    async fn said(event: &Said) -> Said {
        event.clone()
    }

    #[event_handler]
    async fn came(event: &Came) -> Came {
        event.clone()
    }

    #[event_handler]
    async fn went(event: &Went) -> Went {
        event.clone()
    }

    #[event_handler]
    async fn notice(&mut self, event: &Notice) -> Notice {
        let text = format!("{}, {}", event.text, self.name);
        Notice { text }
    }

    #[event_handler]
    async fn moved(&mut self, event: &Move, cx: &mut Context<'_, Self>) -> Result<Moved, Error> {
        cx.leave(&Group::new([&event.from]));
        cx.join(&Group::new([&event.to])).await?;
        Ok(Moved)
    }

    #[on_disconnect]
    async fn gone(&mut self, cx: &mut Context<'_, Self>) {
        let name = std::mem::take(&mut self.name);
        all().send(cx, Went { name }).await.unwrap();
    }
}

/// Publishes from an HTTP request: to a user, a notice.
async fn notify(Extension(layer): Extension<ChannelLayer>, user: String) {
    let text = "hello".to_owned();
    of(&user).send(&layer, Notice { text }).await.unwrap();
}

fn hall(transport: Transport) -> (TestApp, ChannelLayer) {
    let builder = Realtime::builder().consumer::<Hall>("/ws/{name}");
    let realtime = builder.build().unwrap();
    let layer = realtime.layer();
    let router = Router::new()
        .route("/notify", post(notify))
        .with_state(layer.clone())
        .merge(realtime.router());
    let app = TestApp::new(router);
    match transport {
        Transport::Memory => (app, layer),
        Transport::Tcp => (app.over_tcp(), layer),
    }
}

async fn connect(app: &TestApp, name: &str) -> Communicator {
    app.connect(&format!("/ws/{name}")).await.unwrap()
}

/// What came, and nothing of it any more.
fn tags(client: &mut Communicator) -> Vec<String> {
    let frames = client.frames();
    let tag = |frame: &Value| frame["action"].as_str().unwrap().to_owned();
    frames.iter().map(tag).collect()
}

/// What was published by the test itself is before the answer to this.
async fn settle(clients: &mut [&mut Communicator]) {
    for client in clients {
        client.send(Ping).await;
        assert!(!client.messages::<Pong>().is_empty());
    }
}

async fn chanx_20_everybody_hears_a_broadcast_once_or_everybody_else(transport: Transport) {
    let (app, _) = hall(transport);
    let (mut ann, mut bob) = (connect(&app, "ann").await, connect(&app, "bob").await);
    tags(&mut ann);
    let say = |others_only| Say {
        text: "hi".to_owned(),
        others_only,
    };
    ann.send(say(false)).await;
    assert_eq!(tags(&mut ann), ["said", "group_complete", "complete"]);
    assert_eq!(tags(&mut bob), ["said", "group_complete"]);
    ann.send(say(true)).await;
    assert_eq!(tags(&mut ann), ["complete"]);
    assert_eq!(tags(&mut bob), ["said", "group_complete"]);
}

async fn chanx_21_who_comes_and_goes_is_noticed_by_the_others(transport: Transport) {
    let (app, _) = hall(transport);
    let mut ann = connect(&app, "ann").await;
    ann.assert_silent();
    let bob = connect(&app, "bob").await;
    bob.assert_silent();
    let name = || "bob".to_owned();
    assert_eq!(ann.messages::<Came>(), [Came { name: name() }]);
    bob.disconnect().await;
    assert_eq!(ann.messages::<Went>(), [Went { name: name() }]);
    assert_eq!(tags(&mut ann), ["group_complete"; 2]);
}

async fn chanx_22_what_is_published_outside_reaches_the_group_and_nobody_else(
    transport: Transport,
) {
    let (app, _) = hall(transport);
    let (mut ann, mut tab) = (connect(&app, "ann").await, connect(&app, "ann").await);
    let mut bob = connect(&app, "bob").await;
    for client in [&mut ann, &mut tab, &mut bob] {
        tags(client);
    }
    let request = http::Request::post("/notify").body("ann".into()).unwrap();
    assert_eq!(app.http(request).await.status(), 200);
    let notice = json!({"action": "notice", "payload": {"text": "hello, ann"}});
    let complete = json!({"action": "event_complete"});
    for client in [&mut ann, &mut tab] {
        assert_eq!(client.frames(), [notice.clone(), complete.clone()]);
    }
    bob.assert_silent();
}

async fn chanx_26_membership_may_change_within_an_event(transport: Transport) {
    let (app, layer) = hall(transport);
    let mut ann = connect(&app, "ann").await;
    ann.send(Join { group: "a".into() }).await;
    tags(&mut ann);
    let (a, b) = (Group::<Hall>::new(["a"]), Group::<Hall>::new(["b"]));
    let (from, to) = ("a".to_owned(), "b".to_owned());
    a.send(&layer, Move { from, to }).await.unwrap();
    settle(&mut [&mut ann]).await;
    assert_eq!(ann.messages::<Moved>().len(), 1);
    let said = |text: &str| Said { text: text.into() };
    a.send(&layer, said("to a")).await.unwrap();
    b.send(&layer, said("to b")).await.unwrap();
    settle(&mut [&mut ann]).await;
    assert_eq!(ann.messages::<Said>(), [said("to b")]);
}

async fn chanx_27_groups_of_all_sources_are_one_set_and_later_ones_are_ones_own(
    transport: Transport,
) {
    let (app, layer) = hall(transport);
    let (mut ann, mut bob) = (connect(&app, "ann").await, connect(&app, "bob").await);
    ann.send(Join {
        group: "later".into(),
    })
    .await;
    let said = |text: &str| Said { text: text.into() };
    // Of the attribute, twice; of `#[on_connect]`; of the user; of a handler.
    for group in [
        all(),
        Group::new(["second"]),
        of("ann"),
        Group::new(["later"]),
    ] {
        group.send(&layer, said("hi")).await.unwrap();
    }
    settle(&mut [&mut ann, &mut bob]).await;
    assert_eq!(ann.messages::<Said>().len(), 4);
    assert_eq!(bob.messages::<Said>().len(), 2);
}

async fn chanx_28_who_is_in_two_groups_of_a_send_hears_it_once(transport: Transport) {
    let (app, layer) = hall(transport);
    let (mut ann, mut bob) = (connect(&app, "ann").await, connect(&app, "bob").await);
    let groups = [all(), of("ann"), Group::new(["second"]), all()];
    let text = "once".to_owned();
    let sent = Group::send_all(&groups, &layer, Said { text }).await;
    sent.unwrap();
    settle(&mut [&mut ann, &mut bob]).await;
    assert_eq!(ann.messages::<Said>().len(), 1);
    assert_eq!(bob.messages::<Said>().len(), 1);
}

async fn django_17_who_left_hears_nothing_and_sending_to_nobody_succeeds(transport: Transport) {
    let (app, layer) = hall(transport);
    let mut clients = Vec::new();
    for name in ["a", "b", "c"] {
        let mut client = connect(&app, name).await;
        let group = "three".to_owned();
        client.send(Join { group }).await;
        clients.push(client);
    }
    let three = Group::<Hall>::new(["three"]);
    let leave = |from: &str, to: &str| Move {
        from: from.into(),
        to: to.into(),
    };
    of("c").send(&layer, leave("three", "four")).await.unwrap();
    // It is not in this one.
    of("c").send(&layer, leave("five", "four")).await.unwrap();
    let said = |text: &str| Said { text: text.into() };
    let [a, b, c] = &mut clients[..] else {
        panic!("they are three");
    };
    settle(&mut [c]).await;
    three.send(&layer, said("hi")).await.unwrap();
    let nobody = Group::<Hall>::new(["nobody"]);
    nobody.send(&layer, said("hi")).await.unwrap();
    settle(&mut [a, b, c]).await;
    let heard = [a, b, c].map(|client| client.messages::<Said>().len());
    assert_eq!(heard, [1, 1, 0]);
}

async fn django_32_no_two_keys_share_a_group(transport: Transport) {
    let (app, layer) = hall(transport);
    let (mut ann, mut bob) = (connect(&app, "ann").await, connect(&app, "b%2F").await);
    for (client, group) in [(&mut ann, "a_b/c"), (&mut bob, "a_b%2Fc")] {
        let group = group.to_owned();
        client.send(Join { group }).await;
        assert_eq!(client.messages::<Pong>().len(), 1);
    }
    let long = "long".repeat(500);
    for key in [
        &["a_b", "c"][..],
        &["a", "b_c"],
        &["a_b/c", ""],
        &["", "a_b/c"],
        &["a b", "ä", "日本\0", &long],
    ] {
        let text = "to nobody".to_owned();
        let sent = Group::<Hall>::new(key).send(&layer, Said { text }).await;
        sent.unwrap();
    }
    let text = "to one".to_owned();
    let one = Group::<Hall>::new(["a_b/c"]);
    one.send(&layer, Said { text: text.clone() }).await.unwrap();
    settle(&mut [&mut ann, &mut bob]).await;
    assert_eq!(ann.messages::<Said>(), [Said { text }]);
    assert_eq!(bob.messages::<Said>(), []);
}

async fn django_36_what_is_for_a_user_reaches_all_of_its_tabs_and_nobody_else(
    transport: Transport,
) {
    let (app, layer) = hall(transport);
    let (mut ann, mut tab) = (connect(&app, "ann").await, connect(&app, "ann").await);
    let mut bob = connect(&app, "bob").await;
    let text = "for ann".to_owned();
    of("ann").send(&layer, Said { text }).await.unwrap();
    settle(&mut [&mut ann, &mut tab, &mut bob]).await;
    let heard = [ann, tab, bob].map(|mut client| client.messages::<Said>().len());
    assert_eq!(heard, [1, 1, 0]);
}

async fn django_43_who_types_hears_no_echo_but_its_other_tabs_do(transport: Transport) {
    let (app, _) = hall(transport);
    let (mut ann, mut tab) = (connect(&app, "ann").await, connect(&app, "ann").await);
    let mut bob = connect(&app, "bob").await;
    for client in [&mut ann, &mut tab, &mut bob] {
        tags(client);
    }
    let text = "…".to_owned();
    let others_only = true;
    ann.send(Say { text, others_only }).await;
    assert_eq!(tags(&mut ann), ["complete"]);
    assert_eq!(tags(&mut tab), ["said", "group_complete"]);
    assert_eq!(tags(&mut bob), ["said", "group_complete"]);
}
