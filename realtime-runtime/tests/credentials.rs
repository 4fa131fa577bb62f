//! Who a client is, while its connection stands: expiry, fresh tokens, re-checks. In memory and over TCP.
#![allow(missing_docs, missing_debug_implementations, unreachable_pub)]

#[path = "scenarios/log.rs"]
mod log;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use http::request::Parts;
use log::Log;
use realtime_runtime::{OutboxPolicy, auth::Attempt, prelude::*};
use realtime_testing::{Communicator, Connecting, NotConnected, TestApp};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tracing::Level;

const SECOND: Duration = Duration::from_secs(1);

#[message(action = "ping")]
struct Ping;
#[message(action = "pong")]
struct Pong;
#[message(action = "wait")]
struct Wait;
#[message(action = "which")]
struct Which;
/// The token that the connection stands by.
#[message(action = "token")]
struct Token {
    token: String,
}
#[message(type = "hello")]
struct Hello;

#[derive(Clone, Default)]
struct Desk {
    /// What a re-check says of a user, or of a room.
    verdicts: Arc<Mutex<HashMap<String, &'static str>>>,
    asked: Arc<AtomicUsize>,
    gone: Arc<AtomicUsize>,
    entered: Arc<Notify>,
    open: Arc<Notify>,
}

impl Desk {
    fn says(&self, whom: &str, verdict: &'static str) {
        let mut verdicts = self.verdicts.lock().unwrap();
        verdicts.insert(whom.to_owned(), verdict);
    }

    async fn judge(&self, whom: &str) -> Result<(), Reject> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let verdict = self.verdicts.lock().unwrap().get(whom).copied();
        match verdict {
            Some("banned") => Err(Reject::forbidden("banned")),
            Some("signed out") => Err(Reject::unauthenticated("signed out")),
            Some("http") => Err(Reject::http(http::StatusCode::NOT_FOUND)),
            Some("broken") => Err(std::io::Error::other("the secret of the database"))?,
            Some("panics") => panic!("the secret of the database"),
            Some("hangs") => std::future::pending().await,
            _ => Ok(()),
        }
    }

    fn gone(&self) -> usize {
        self.gone.load(Ordering::SeqCst)
    }
}

/// A token is `user`, or `user:seconds` until it expires, with anything behind a second colon.
#[derive(Clone)]
struct Known {
    user: String,
    expires: Option<SystemTime>,
    token: String,
}

impl Known {
    fn by(token: &str) -> Result<Self, Reject> {
        let mut parts = token.split(':');
        let user = parts.next().unwrap_or_default().to_owned();
        match &*user {
            "" => return Err(Reject::unauthenticated("no token")),
            "bad" => return Err(Reject::unauthenticated("a bad token")),
            "broken" => Err(std::io::Error::other("the secret of the database"))?,
            "panics" => panic!("the secret of the database"),
            _ => {}
        }
        let seconds = parts.next().and_then(|seconds| seconds.parse().ok());
        let left = seconds.map(|seconds: i64| match u64::try_from(seconds) {
            Ok(seconds) => SystemTime::now() + SECOND * seconds as u32,
            Err(_) => SystemTime::now() - SECOND,
        });
        Ok(Self {
            user,
            expires: left,
            token: token.to_owned(),
        })
    }
}

fn token(request: &Parts) -> String {
    let token = request.headers.get("x-token");
    let token = token.and_then(|token| token.to_str().ok());
    token.unwrap_or_default().to_owned()
}

/// Tokens that may be replaced.
struct Tokens;

impl Authenticator<Desk> for Tokens {
    type Identity = Known;

    const REFRESHES: bool = true;

    async fn authenticate(request: &mut Parts, _: &Desk) -> Result<Known, Reject> {
        Known::by(&token(request))
    }

    fn user(identity: &Known) -> Option<String> {
        Some(identity.user.clone())
    }

    fn expires(identity: &Known) -> Option<SystemTime> {
        identity.expires
    }

    async fn refresh(_: &Known, token: &str, _: &Desk) -> Result<Known, Reject> {
        Known::by(token)
    }

    async fn recheck(identity: &Known, desk: &Desk) -> Result<(), Reject> {
        desk.judge(&identity.user).await
    }
}

/// The same, once and for all.
struct FixedTokens;

impl Authenticator<Desk> for FixedTokens {
    type Identity = Known;

    async fn authenticate(request: &mut Parts, _: &Desk) -> Result<Known, Reject> {
        Known::by(&token(request))
    }

    fn expires(identity: &Known) -> Option<SystemTime> {
        identity.expires
    }
}

/// Asked again for the room.
struct InRoom;

impl Permission<Session> for InRoom {
    type Granted = &'static str;

    async fn check(_: Attempt<'_, Session>) -> Result<&'static str, Reject> {
        Ok("room")
    }

    async fn recheck(room: &&'static str, _: &Known, desk: &Desk) -> Result<(), Reject> {
        desk.judge(room).await
    }
}

struct Session;

#[consumer(name = "session", state = Desk, auth = Tokens, permissions(InRoom), authentication)]
impl Session {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(_: Ping) -> Pong {
        Pong
    }

    #[ws_handler]
    async fn wait(&mut self, _: Wait, cx: &mut Context<'_, Self>) -> Pong {
        cx.state().entered.notify_one();
        cx.state().open.notified().await;
        Pong
    }

    #[ws_handler]
    async fn which(&mut self, _: Which, cx: &mut Context<'_, Self>) -> Token {
        let token = cx.identity().token.clone();
        Token { token }
    }

    #[on_disconnect]
    async fn gone(&mut self, cx: &mut Context<'_, Self>) {
        cx.state().gone.fetch_add(1, Ordering::SeqCst);
    }
}

/// With flat messages.
struct Flat;

#[consumer(name = "flat", tag = "type", state = Desk, auth = Tokens, authentication)]
impl Flat {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn hello(_: Hello) -> Hello {
        Hello
    }
}

/// Neither says who the client is nor takes fresh tokens.
struct Plain;

#[consumer(name = "plain", state = Desk, auth = FixedTokens)]
impl Plain {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    #[ws_handler]
    async fn ping(_: Ping) -> Pong {
        Pong
    }
}

fn builder() -> RealtimeBuilder {
    Realtime::builder()
        .consumer::<Session>("/ws")
        .consumer::<Flat>("/flat")
        .consumer::<Plain>("/plain")
}

struct World {
    app: TestApp,
    realtime: Realtime,
    desk: Desk,
}

impl World {
    fn connect(&self, path: &str, token: &str) -> Connecting {
        self.app.connect(path).header("x-token", token)
    }

    /// A client that has heard that it is known.
    async fn client(&self, token: &str) -> Communicator {
        let mut client = self.connect("/ws", token).await.unwrap();
        let status = client.frames()[0]["payload"]["status_code"].clone();
        assert_eq!(status, 200);
        client
    }
}

fn both_ways(settings: impl Fn(RealtimeBuilder) -> RealtimeBuilder) -> [World; 2] {
    [false, true].map(|over_tcp| {
        let desk = Desk::default();
        let realtime = settings(builder().state(desk.clone())).build().unwrap();
        let app = TestApp::new(&realtime);
        let app = if over_tcp { app.over_tcp() } else { app };
        World {
            app,
            realtime,
            desk,
        }
    })
}

async fn answer(client: &mut Communicator, frame: Value) -> Value {
    client.send_raw(frame.to_string()).await;
    let mut frames = client.frames();
    assert_eq!(frames.len(), 1, "{frames:?}");
    frames.remove(0)
}

async fn refresh(client: &mut Communicator, token: &str) -> Value {
    let payload = json!({"token": token});
    let frame = json!({"action": "refresh", "payload": payload, "ref": 5});
    let mut answer = answer(client, frame).await;
    assert_eq!(
        (&answer["action"], &answer["ref"]),
        (&json!("authentication"), &json!(5))
    );
    answer["payload"].take()
}

async fn which(client: &mut Communicator) -> String {
    client.send(Which).await;
    client.expect::<Token>().token
}

#[tokio::test]
async fn credentials_that_expire_end_the_connection_with_4401() {
    for world in both_ways(|builder| builder) {
        let mut short = world.client("ann:60").await;
        let mut long = world.client("bob:600").await;
        let mut never = world.client("carol").await;
        world.app.advance(50 * SECOND).await;
        short.send(Ping).await;
        short.expect::<Pong>();
        world.app.advance(11 * SECOND).await;
        let reason = short.assert_closed(CloseCode::UNAUTHENTICATED).await;
        assert_eq!(reason, "the credentials have expired");
        assert_eq!(world.desk.gone(), 1);
        world.app.advance(1000 * SECOND).await;
        long.assert_closed(CloseCode::UNAUTHENTICATED).await;
        assert_eq!(world.desk.gone(), 2);
        never.send(Ping).await;
        never.expect::<Pong>();
    }
}

#[tokio::test]
async fn credentials_that_have_expired_do_not_connect() {
    for world in both_ways(|builder| builder) {
        let refused = world.connect("/plain", "ann:-1").await.unwrap_err();
        let reason = "the credentials have expired".to_owned();
        assert_eq!(refused, NotConnected::Closed { code: 4401, reason });
    }
}

#[tokio::test]
async fn a_fresh_token_prolongs_the_connection() {
    for world in both_ways(|builder| builder) {
        let mut client = world.client("ann:60").await;
        world.app.advance(50 * SECOND).await;
        let told = refresh(&mut client, "ann:60:second").await;
        assert_eq!(told["status_code"], 200);
        assert!(
            matches!(told["expires_in"].as_u64(), Some(58..=60)),
            "{told}"
        );
        assert_eq!(which(&mut client).await, "ann:60:second");
        world.app.advance(50 * SECOND).await;
        // One that does not expire any more.
        assert_eq!(
            refresh(&mut client, "ann").await,
            json!({"status_code": 200, "status_text": "OK"})
        );
        world.app.advance(1000 * SECOND).await;
        assert_eq!(which(&mut client).await, "ann");
    }
}

#[tokio::test]
async fn a_token_that_is_refused_changes_nothing() {
    for world in both_ways(|builder| builder) {
        let mut client = world.client("ann:60").await;
        for (token, status) in [
            ("bad", 401),
            ("", 401),
            ("bob:600", 403),
            ("broken", 500),
            ("panics", 500),
        ] {
            let told = refresh(&mut client, token).await;
            assert_eq!(told["status_code"], status, "{told}");
            assert!(!told.to_string().contains("secret"));
            assert_eq!(which(&mut client).await, "ann:60");
        }
        let refresh = json!({"action": "refresh", "payload": {"tocken": "ann"}, "ref": 6});
        let told = answer(&mut client, refresh).await;
        assert_eq!(told["payload"]["code"], "invalid_payload");
        assert_eq!(told["payload"]["fields"][0]["path"], "token");
        assert_eq!(told["ref"], 6);
        world.app.advance(61 * SECOND).await;
        client.assert_closed(CloseCode::UNAUTHENTICATED).await;
    }
}

#[tokio::test]
async fn where_nobody_takes_fresh_tokens_refresh_is_unknown() {
    for world in both_ways(|builder| builder) {
        let mut client = world.connect("/plain", "ann").await.unwrap();
        let refresh = json!({"action": "refresh", "payload": {"token": "ann"}});
        let told = answer(&mut client, refresh).await;
        assert_eq!(told["payload"]["code"], "unknown_action");
        client.send(Ping).await;
        client.expect::<Pong>();
    }
}

#[tokio::test]
async fn a_flat_consumer_is_told_flat() {
    for world in both_ways(|builder| builder) {
        let mut client = world.connect("/flat", "ann").await.unwrap();
        let known = |more: Value| {
            let mut known =
                json!({"type": "authentication", "status_code": 200, "status_text": "OK"});
            known
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            known
        };
        assert_eq!(client.frames(), [known(json!({}))]);
        let refresh = json!({"type": "refresh", "token": "ann", "ref": "r"});
        assert_eq!(
            answer(&mut client, refresh).await,
            known(json!({"ref": "r"}))
        );
        let mut refused = world.connect("/flat", "bad").await.unwrap();
        let told = json!({
            "type": "authentication", "status_code": 401, "status_text": "Unauthorized",
            "detail": "a bad token"
        });
        assert_eq!(refused.frames(), [told]);
        refused.assert_closed(CloseCode::UNAUTHENTICATED).await;
    }
}

#[tokio::test]
async fn who_may_not_be_here_any_more_is_closed_by_the_clock() {
    for world in both_ways(|builder| builder.recheck_every(60 * SECOND)) {
        let mut ann = world.client("ann").await;
        let mut bob = world.client("bob").await;
        world.app.advance(29 * SECOND).await;
        assert_eq!(world.desk.asked.load(Ordering::SeqCst), 0);
        world.app.advance(31 * SECOND).await;
        // Each for the user and for the room.
        assert_eq!(world.desk.asked.load(Ordering::SeqCst), 4);
        world.desk.says("ann", "banned");
        world.app.advance(60 * SECOND).await;
        assert_eq!(ann.assert_closed(CloseCode::FORBIDDEN).await, "banned");
        assert_eq!((world.desk.gone(), world.realtime.connections()), (1, 1));
        // What a permission has loaded is asked for, too.
        world.desk.says("room", "http");
        world.app.advance(60 * SECOND).await;
        bob.assert_closed(CloseCode::NOT_FOUND).await;
    }
}

#[tokio::test]
async fn who_may_not_be_here_any_more_is_closed_when_the_application_says_so() {
    for world in both_ways(|builder| builder) {
        let mut phone = world.client("ann").await;
        let mut laptop = world.client("ann").await;
        let mut bob = world.client("bob").await;
        assert_eq!(world.realtime.recheck(Target::user("ann")), 2);
        for client in [&mut phone, &mut laptop, &mut bob] {
            client.send(Ping).await;
            client.expect::<Pong>();
        }
        assert_eq!(world.desk.asked.load(Ordering::SeqCst), 4);
        world.desk.says("ann", "signed out");
        world.desk.says("bob", "signed out");
        assert_eq!(world.realtime.layer().recheck(Target::user("ann")), 2);
        for client in [&mut phone, &mut laptop] {
            let reason = client.assert_closed(CloseCode::UNAUTHENTICATED).await;
            assert_eq!(reason, "signed out");
        }
        bob.send(Ping).await;
        bob.expect::<Pong>();
        assert_eq!(world.realtime.recheck(Target::user("nobody")), 0);
    }
}

#[tokio::test]
async fn a_recheck_that_fails_closes_with_1011_and_tells_nothing() {
    for world in both_ways(|builder| builder) {
        for verdict in ["broken", "panics", "hangs"] {
            let log = Log::new();
            let user = format!("user-{verdict}");
            let mut client = world.client(&user).await;
            world.desk.says(&user, verdict);
            world.realtime.recheck(Target::user(&user));
            if verdict == "hangs" {
                while client.closed().is_none() {
                    tokio::task::yield_now().await;
                    world.app.advance(SECOND).await;
                }
            }
            let reason = client.assert_closed(CloseCode::INTERNAL).await;
            assert!(!reason.contains("secret"), "{reason}");
            client.assert_silent();
            assert_eq!(log.lines(Level::ERROR).len(), 1, "{verdict}");
        }
    }
}

#[tokio::test]
async fn a_recheck_waits_for_the_handler_in_hand() {
    for world in both_ways(|builder| builder) {
        let mut client = world.client("ann").await;
        let waits = client.begin(Wait).await;
        world.desk.entered.notified().await;
        world.desk.says("ann", "banned");
        world.realtime.recheck(Target::user("ann"));
        world.app.advance(5 * SECOND).await;
        assert_eq!(client.closed(), None);
        world.desk.open.notify_one();
        waits.done().await;
        client.expect::<Pong>();
        client.assert_closed(CloseCode::FORBIDDEN).await;
    }
}

/// The names of the framework's messages at a path: what it receives and what it sends.
fn messages(builder: RealtimeBuilder, channel: &str) -> [Vec<&'static str>; 2] {
    let document: Value = serde_json::to_value(builder.asyncapi().unwrap()).unwrap();
    let operations = document["operations"].as_object().unwrap();
    ["receive", "send"].map(|action| {
        let of_channel: Vec<_> = operations
            .values()
            .filter(|operation| operation["action"] == action)
            .filter(|operation| operation["channel"]["$ref"] == format!("#/channels/{channel}"))
            .map(|operation| operation["messages"].to_string())
            .collect();
        ["authentication", "gap", "refresh"]
            .into_iter()
            .filter(|name| {
                let quoted = format!("/{name}\"");
                of_channel.iter().any(|messages| messages.contains(&quoted))
            })
            .collect()
    })
}

#[test]
fn the_document_has_the_frameworks_messages_where_they_can_occur() {
    let none: Vec<&str> = Vec::new();
    for channel in ["session", "flat"] {
        let [received, sent] = messages(builder(), channel);
        assert_eq!((received, sent), (vec!["refresh"], vec!["authentication"]));
    }
    assert_eq!(messages(builder(), "plain"), [none.clone(), none.clone()]);
    for policy in [OutboxPolicy::DropOldest, OutboxPolicy::DropNewest] {
        let builder = || builder().outbox_policy(policy.clone());
        assert_eq!(messages(builder(), "plain"), [none.clone(), vec!["gap"]]);
        let [_, sent] = messages(builder(), "session");
        assert_eq!(sent, ["authentication", "gap"]);
    }
    let keep = builder().outbox_policy(OutboxPolicy::keep_latest(|_| None));
    assert_eq!(messages(keep, "plain"), [none.clone(), none]);
}
