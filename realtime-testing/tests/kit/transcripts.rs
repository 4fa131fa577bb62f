//! What a client sees in memory, it sees over TCP: the same scenarios both ways, and what was said in each.

use std::{fmt::Write as _, pin::Pin, time::Duration};

use axum::{body::Body, extract, routing::post};
use realtime_runtime::prelude::*;
use realtime_testing::{Communicator, Connecting, Direction, NotConnected, TestApp};

use crate::room::{
    Boom, Bye, Count, Greet, Kick, List, Nudge, Ping, Refuse, Remind, Room, Said, State, Tell,
    Wait, WaitBeside, everybody, said, say,
};

/// A consumer that looks at its query.
struct Numbered;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Query {
    #[expect(dead_code, reason = "it only has to fit")]
    number: u32,
}

#[consumer(query = Query)]
impl Numbered {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }
}

/// An application, and what is said in it.
struct Stage {
    app: TestApp,
    realtime: Realtime,
    state: State,
    told: String,
}

impl Stage {
    fn new(over_tcp: bool) -> Self {
        let state = State::default();
        let realtime = Realtime::builder()
            .state(state.clone())
            .consumer::<Room>("/ws")
            .consumer::<Numbered>("/numbered")
            .build()
            .unwrap();
        let announce = |extract::State(layer): extract::State<ChannelLayer>| async move {
            everybody().try_publish(&layer, said("announced")).unwrap();
        };
        let router = axum::Router::new()
            .route("/announce", post(announce))
            .with_state(realtime.layer());
        let app = TestApp::new(router.merge(realtime.router()));
        Self {
            app: if over_tcp { app.over_tcp() } else { app },
            realtime,
            state,
            told: String::new(),
        }
    }

    async fn connect(&self, name: &str) -> Communicator {
        self.app.connect("/ws").name(name).await.unwrap()
    }

    fn tell(&mut self, line: impl std::fmt::Display) {
        let _ = writeln!(self.told, "  {line}");
    }

    async fn refused(&mut self, connecting: Connecting) {
        match connecting.await.unwrap_err() {
            NotConnected::Refused { status, body } => {
                self.tell(format_args!(
                    "{status} {:?}",
                    String::from_utf8_lossy(&body)
                ));
            }
            NotConnected::Closed { code, reason } => {
                self.tell(format_args!("close {code} {reason:?}"));
            }
            other => panic!("{other:?}"),
        }
    }

    async fn refuses(&mut self, user: &str) {
        let connecting = self.app.connect("/ws").query("user", user);
        self.refused(connecting).await;
    }

    /// What this client has seen; it is to leave.
    fn saw(&mut self, name: &str, client: &Communicator) {
        for said in client.received() {
            let sign = match said.direction {
                Direction::Sent => "→",
                Direction::Received => "←",
                Direction::End => "×",
            };
            let text: String = said.text.chars().take(200).collect();
            self.tell(format_args!("{name} {sign} {text}"));
        }
    }
}

type Played<'s> = Pin<Box<dyn Future<Output = ()> + 's>>;
type Scenario = (&'static str, fn(&mut Stage) -> Played<'_>);

macro_rules! scenarios {
    ($($name:ident => |$stage:ident| $play:block)*) => {
        const SCENARIOS: &[Scenario] = &[$((stringify!($name), |$stage| Box::pin(async move $play))),*];
    };
}

/// One client that does this, and what it saw.
macro_rules! alone {
    ($stage:ident, $alice:ident, $play:block) => {{
        #[allow(unused_mut, reason = "not every client changes")]
        let mut $alice = $stage.connect("alice").await;
        $play
        $stage.saw("alice", &$alice);
    }};
}

/// Two clients.
macro_rules! together {
    ($stage:ident, $alice:ident, $bob:ident, $play:block) => {{
        #[allow(unused_mut, reason = "not every client changes")]
        let (mut $alice, mut $bob) = ($stage.connect("alice").await, $stage.connect("bob").await);
        $play
        $stage.saw("alice", &$alice);
        $stage.saw("bob", &$bob);
    }};
}

scenarios! {
    nothing_at_this_path => |stage| { stage.refused(stage.app.connect("/nowhere")).await; }
    a_foreign_origin => |stage| {
        stage.refused(stage.app.connect("/ws").origin("https://evil.example")).await;
    }
    no_origin => |stage| { stage.refused(stage.app.connect("/ws").no_origin()).await; }
    a_key_that_is_none => |stage| {
        stage.refused(stage.app.connect("/ws").header("sec-websocket-key", "short")).await;
    }
    another_version => |stage| {
        stage.refused(stage.app.connect("/ws").header("sec-websocket-version", "12")).await;
    }
    no_upgrade => |stage| {
        stage.refused(stage.app.connect("/ws").header("upgrade", "h2c")).await;
    }
    a_subprotocol_that_nobody_speaks => |stage| {
        stage.refused(stage.app.connect("/ws").subprotocols(["mqtt"])).await;
    }
    an_http_status_of_the_authenticator => |stage| { stage.refuses("unpaid").await; }
    unauthenticated => |stage| { stage.refuses("nobody").await; }
    forbidden => |stage| { stage.refuses("banned").await; }
    not_found => |stage| { stage.refuses("lost").await; }
    too_many => |stage| { stage.refuses("busy").await; }
    an_authenticator_that_fails => |stage| { stage.refuses("broken").await; }
    an_authenticator_that_panics => |stage| {
        stage.app.expect_panics();
        stage.refuses("crash").await;
    }
    a_query_that_does_not_fit => |stage| {
        stage.refused(stage.app.connect("/numbered?number=many")).await;
    }
    an_identity_of_another_type => |stage| {
        stage.refused(stage.app.connect("/ws").identity(7_u8)).await;
    }
    what_on_connect_sends_comes_first => |stage| {
        let mut alice = stage.app.connect("/ws?user=welcome").await.unwrap();
        alice.send(Ping).await;
        stage.saw("alice", &alice);
    }
    a_reply => |stage| { alone!(stage, alice, { alice.send(Ping).await; }); }
    a_reply_with_a_ref => |stage| {
        alone!(stage, alice, {
            alice.send_with_ref(Ping, 7).await;
            alice.send_with_ref(Ping, -7).await;
            alice.send_with_ref(Ping, "seven").await;
        });
    }
    an_error_of_the_application => |stage| {
        alone!(stage, alice, { alice.send_with_ref(Refuse, 1).await; });
    }
    a_handler_that_panics => |stage| {
        stage.app.expect_panics();
        alone!(stage, alice, { alice.send_with_ref(Boom, 1).await; });
    }
    frames_that_do_not_fit => |stage| {
        alone!(stage, alice, {
            for text in [
                "{",
                "[]",
                "{}",
                r#"{"action":"nothing","ref":1}"#,
                r#"{"action":"say","payload":{},"ref":"two"}"#,
                r#"{"action":"say","payload":{"text":1}}"#,
                r#"{"action":"ping","action":"ping"}"#,
            ] {
                alice.send_raw(text).await;
            }
        });
    }
    a_binary_frame => |stage| { alone!(stage, alice, { alice.send_binary([1, 2, 3]).await; }); }
    text_that_is_not_utf8 => |stage| {
        alone!(stage, alice, { alice.send_text_bytes([b'{', 0xff]).await; });
    }
    a_message_that_is_too_big => |stage| {
        alone!(stage, alice, { alice.send_raw("x".repeat(70_000)).await; });
    }
    too_many_frames => |stage| {
        alone!(stage, alice, {
            for _ in 0..401 {
                alice.send(Ping).await;
            }
        });
        let last: Vec<_> = stage.told.lines().rev().take(2).map(str::to_owned).collect();
        stage.told = format!("  400 of these before\n{}\n{}\n", last[1], last[0]);
    }
    a_list => |stage| { alone!(stage, alice, { alice.send_with_ref(List { to: 3 }, 1).await; }); }
    a_stream => |stage| {
        alone!(stage, alice, {
            let counting = alice.begin(Count { to: 2 }).await;
            alice.next::<crate::room::Number>().await;
            alice.send(Ping).await;
            stage.state.gate.notify_one();
            counting.done().await;
        });
    }
    a_spawned_handler => |stage| {
        alone!(stage, alice, {
            let waiting = alice.begin(WaitBeside).await;
            alice.send(Refuse).await;
            stage.state.gate.notify_one();
            waiting.done().await;
        });
    }
    frames_are_handled_in_order => |stage| {
        alone!(stage, alice, {
            let waiting = alice.begin(Wait).await;
            let refused = alice.begin(Refuse).await;
            stage.state.gate.notify_one();
            waiting.done().await;
            refused.done().await;
        });
    }
    a_group => |stage| { together!(stage, alice, bob, { alice.send(say("hi")).await; }); }
    a_group_but_oneself => |stage| {
        together!(stage, alice, bob, { alice.send(Tell { text: "psst".into() }).await; });
    }
    an_event_to_oneself => |stage| { together!(stage, alice, bob, { alice.send(Nudge).await; }); }
    an_event_that_causes_another => |stage| {
        alone!(stage, alice, { alice.send(Greet { name: "eve".into() }).await; });
    }
    a_push_from_http => |stage| {
        alone!(stage, alice, {
            let request = http::Request::post("/announce").body(Body::empty()).unwrap();
            let status = stage.app.http(request).await.status();
            stage.tell(status);
        });
    }
    a_push_from_elsewhere => |stage| {
        alone!(stage, alice, {
            let layer = stage.realtime.layer();
            everybody().send(&layer, said("from elsewhere")).await.unwrap();
            stage.app.settled().await;
        });
    }
    a_kick => |stage| {
        let bob = stage.app.connect("/ws?user=bob").await.unwrap();
        alone!(stage, alice, { alice.send(Kick { user: "bob".into() }).await; });
        stage.saw("bob", &bob);
    }
    a_close_by_the_handler => |stage| { alone!(stage, alice, { alice.send(Bye).await; }); }
    a_close_by_the_client => |stage| {
        together!(stage, alice, bob, {
            alice.send(Ping).await;
            bob.disconnect().await;
            bob = stage.connect("bob").await;
        });
        stage.tell(stage.state.left());
    }
    a_cut => |stage| {
        let alice = stage.connect("alice").await;
        alice.drop_connection().await;
        stage.tell(stage.state.left());
    }
    a_drain => |stage| {
        alone!(stage, alice, {
            stage.realtime.drained_after(std::future::ready(())).await;
            alice.assert_closed(CloseCode::SERVICE_RESTART).await;
        });
        stage.refused(stage.app.connect("/ws")).await;
    }
    a_timer => |stage| {
        alone!(stage, alice, {
            alice.send(Remind { seconds: 5 }).await;
            stage.app.advance(Duration::from_secs(5)).await;
        });
    }
    a_missing_pong => |stage| {
        let mut bob = stage.connect("bob").await;
        bob.half_open();
        alone!(stage, alice, { stage.app.advance(Duration::from_secs(60)).await; });
        stage.tell(stage.state.left());
    }
    a_layer_that_fails => |stage| {
        alone!(stage, alice, {
            stage.app.fail_layer();
            alice.send(say("lost")).await;
            stage.app.heal_layer();
            alice.send(say("heard")).await;
        });
    }
    events_that_are_only_recorded => |stage| {
        let capture = stage.app.capture().without_delivery();
        alone!(stage, alice, { alice.send(say("recorded")).await; });
        stage.tell(capture.events::<Said>().len());
    }
}

async fn play(play: fn(&mut Stage) -> Played<'_>, over_tcp: bool) -> String {
    let mut stage = Stage::new(over_tcp);
    play(&mut stage).await;
    stage.told
}

#[tokio::test]
async fn transcripts_are_the_same_in_memory_and_over_tcp() {
    let mut all = String::new();
    for (name, scenario) in SCENARIOS {
        let in_memory = play(*scenario, false).await;
        let over_tcp = play(*scenario, true).await;
        assert_eq!(in_memory, over_tcp, "{name}");
        let _ = writeln!(all, "{name}\n{in_memory}");
    }
    insta::assert_snapshot!(all);
}
