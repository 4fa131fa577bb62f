//! A consumer without the macros: the same traits, implemented by hand.
#![allow(missing_docs, missing_debug_implementations)]

use std::any::Any;

use realtime_runtime::{
    Description, FanOut, HandlesEvent, Incoming, MemoryBus, Reply, Unused,
    auth::Anyone,
    message::Action,
    prelude::*,
    wire::{Body, FieldError, Fields, fields},
};
use realtime_testing::TestApp;
use serde::de::MapAccess;

#[message(action = "ping")]
pub struct Ping;
#[message(action = "pong")]
pub struct Pong;

struct ByHand;

enum Frame {
    Ping(Ping),
}

impl Incoming for Frame {
    type Tag = Action;
    const TAGS: &'static [&'static [&'static str]] = &[Ping::TAGS];

    fn read<'de, A: MapAccess<'de>>(
        _: usize,
        fields: Fields<'_, 'de, A>,
    ) -> Result<Self, A::Error> {
        fields.read().map(Self::Ping)
    }

    fn diagnose(_: usize, body: &Body<'_>) -> Vec<FieldError> {
        fields::<Ping>(body)
    }
}

impl Consumer for ByHand {
    const NAME: &'static str = "by_hand";
    type Tag = Action;
    type State = ();
    type Auth = Anyone;
    type Permissions = ();
    type Path = Unused;
    type Query = Unused;
    type Incoming = Frame;

    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        cx.join(&Group::new(["all"])).await?;
        Ok(Self)
    }

    async fn dispatch(
        &mut self,
        Frame::Ping(Ping): Frame,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), Error> {
        Group::<Self>::new(["all"]).send(cx, Ping).await?;
        cx.reply(Some(Pong))
    }

    async fn event(
        &mut self,
        _: &(dyn Any + Send + Sync),
        _: &mut Context<'_, Self>,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn disconnect(&mut self, _: &mut Context<'_, Self>) {}

    fn describe() -> Description {
        let mut description = Description::default();
        description.receive(
            ["ping", "", ""],
            <Ping as Message>::describe(),
            <Option<Pong> as Reply<Action>>::describe(),
        );
        description.push(["pinged", "", ""], <Ping as Message>::describe());
        description.takes::<Self, Ping>("pinged");
        description
    }
}

impl HandlesEvent<Ping> for ByHand {
    async fn fan_out(event: &Ping) -> Result<FanOut, Error> {
        FanOut::shared::<Action, _>(event.clone())
    }
}

#[tokio::test]
async fn a_consumer_can_be_written_by_hand() {
    let realtime = Realtime::builder()
        .consumer::<ByHand>("/ws")
        .build()
        .unwrap();
    let app = TestApp::new(realtime);
    let mut alice = app.connect("/ws").await.unwrap();
    alice.send(Ping).await;
    assert_eq!(alice.expect::<Ping>(), Ping);
    assert_eq!(alice.expect::<Pong>(), Pong);
    alice.assert_silent();
}

#[tokio::test]
async fn a_consumer_written_by_hand_takes_events_of_other_nodes() {
    let bus = MemoryBus::new();
    let [one, two] = [(); 2].map(|()| {
        let builder = Realtime::builder().consumer::<ByHand>("/ws");
        builder.layer(bus.connect()).build().unwrap()
    });
    let app = TestApp::new(one);
    let mut alice = app.connect("/ws").await.unwrap();
    let everybody = Group::<ByHand>::new(["all"]);
    everybody.send(&two.layer(), Ping).await.unwrap();
    assert_eq!(alice.next::<Ping>().await, Ping);
    app.gap().await;
    assert_eq!(alice.next_frame().await.unwrap()["action"], "gap");
}
