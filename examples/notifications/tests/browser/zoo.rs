//! A server whose document has every shape that the page must show, and text that nobody should trust.

use std::collections::BTreeMap;

use axum::routing::get;
use axum::{Json, Router};
use futures_util::{Stream, stream};
use http::request::Parts;
use realtime_runtime::asyncapi::spec::SecuritySpec;
use realtime_runtime::auth::{offered_subprotocols, select_subprotocol};
use realtime_runtime::prelude::*;
use realtime_runtime::schemars::{self, JsonSchema};
use realtime_runtime::{Docs, serde};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// What would run if the page took text for markup, or followed any link.
const HOSTILE: &str = "</script><script>window.owned = 1</script><img src=x onerror=\"window.owned = 1\"> \
    [a link](javascript:window.owned=1) ![picture](javascript:window.owned=1) <javascript:window.owned=1> \
    [data](data:text/html,<script>window.owned=1</script>)";

const DESCRIPTION: &str = "A zoo of shapes: what the page must be able to show.\n\n\
    ## How to begin\n\n\
    1. Pick a **room**, and connect.\n2. Send `chat`, and everybody *there* hears it.\n   - also who came late\n   - not who left\n\n\
    | Plan | Rooms | Price |\n|---|---:|---|\n| Free | 3 | nothing |\n| Large | any \\| all | [ask](https://example.org/ask) |\n\n\
    ```json\n{\"action\": \"chat\", \"payload\": {\"text\": \"hi\"}}\n```\n\n\
    Nothing here is kept.\n\n\
    See also <https://example.org/zoo> and [the notes](/notes).";

/// Which room.
#[derive(Deserialize, JsonSchema)]
#[serde(crate = "realtime_runtime::serde")]
pub(crate) struct RoomPath {
    /// Name of the room.
    #[schemars(length(min = 1, max = 40), example = &"lobby")]
    room: String,
}

/// How to begin.
#[derive(Deserialize, JsonSchema)]
#[serde(crate = "realtime_runtime::serde")]
#[expect(dead_code, reason = "only the document reads it")]
pub(crate) struct RoomQuery {
    /// The last number seen.
    since: Option<u64>,
    /// What to hear of.
    #[serde(default)]
    mode: Mode,
}

#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(crate = "realtime_runtime::serde", rename_all = "snake_case")]
pub(crate) enum Mode {
    #[default]
    All,
    Mentions,
}

/// Somebody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "realtime_runtime::serde")]
pub(crate) struct User {
    /// As it is shown.
    name: String,
    role: Role,
    /// Who is asked when this one is away.
    deputy: Option<Box<User>>,
}

/// What somebody may do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "realtime_runtime::serde", rename_all = "snake_case")]
pub(crate) enum Role {
    /// May read.
    Guest,
    /// May read and write.
    Member,
    /// May also remove what others wrote.
    Moderator,
}

/// Says something to everyone in the room.
#[message(action = "chat")]
pub(crate) struct Chat {
    /// What is said. Plain text.
    #[schemars(length(min = 1, max = 4000))]
    text: String,
    /// The message that this one answers.
    reply_to: Option<u32>,
    /// Who is meant.
    #[serde(default)]
    #[schemars(length(max = 10), inner(pattern(r"^@\w+$")))]
    mentions: Vec<String>,
}

/// Somebody said something.
#[message(action = "chat_message")]
pub(crate) struct ChatMessage {
    from: User,
    text: String,
    /// When each user has seen it, in seconds since it was sent.
    seen_by: BTreeMap<String, f64>,
    /// Latitude and longitude.
    at: (f64, f64),
}

/// A comment, with those that answer it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "realtime_runtime::serde")]
pub(crate) struct Comment {
    text: String,
    /// Each may have some of its own.
    #[serde(default)]
    replies: Vec<Comment>,
}

/// Posts a whole discussion at once.
#[message(action = "discuss")]
pub(crate) struct Discuss {
    root: Comment,
    /// By topic.
    #[serde(default)]
    others: BTreeMap<String, Comment>,
}

#[message(action = "discussed")]
pub(crate) struct Discussed {
    /// How many comments were posted.
    count: usize,
}

/// A shape to draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    crate = "realtime_runtime::serde",
    tag = "kind",
    rename_all = "snake_case"
)]
pub(crate) enum Shape {
    /// Round.
    Circle {
        center: Point,
        /// In millimetres.
        #[schemars(range(min = 0.1, max = 500.0))]
        radius: f64,
    },
    /// Through all points, in order.
    Path {
        #[schemars(length(min = 2))]
        points: Vec<Point>,
        closed: bool,
    },
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "realtime_runtime::serde")]
pub(crate) struct Point {
    x: i32,
    y: i32,
}

/// A colour: its name, or red, green and blue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "realtime_runtime::serde", untagged)]
pub(crate) enum Colour {
    Named(String),
    Mixed(u8, u8, u8),
}

/// Draws one shape on the board.
#[message(action = "draw")]
pub(crate) struct Draw {
    shape: Shape,
    fill: Option<Colour>,
    /// Anything the client wants back.
    #[serde(default)]
    extra: Option<serde_json::Value>,
}

#[message(action = "drawn")]
pub(crate) struct Drawn {
    shape: Shape,
}

/// Counts up, slowly.
#[message(action = "count")]
pub(crate) struct Count {
    #[schemars(range(min = 1, max = 1000))]
    up_to: u32,
}

#[message(action = "number")]
pub(crate) struct Number {
    number: u32,
}

#[message(action = "shout")]
#[deprecated]
pub(crate) struct Shout {
    text: String,
}

/// Why a message is not passed on.
#[derive(Debug, thiserror::Error, ClientError)]
pub(crate) enum ChatError {
    #[error("muted")]
    #[client_error(detail = "You may not write here.")]
    Muted,
    #[error("full")]
    #[client_error(code = "room_full", detail = "The room is full.")]
    Full,
}

/// Lets in who knows the word, however it is said.
pub(crate) struct Word;

impl<S: Sync> Authenticator<S> for Word {
    type Identity = String;

    async fn authenticate(request: &mut Parts, _: &S) -> Result<String, Reject> {
        let query = request.uri.query().unwrap_or_default();
        let offered = offered_subprotocols(&request.headers).any(|token| token == "open-sesame");
        if query.split('&').any(|pair| pair == "token=open-sesame") || offered {
            select_subprotocol(request, "bearer");
            return Ok("ali".to_owned());
        }
        Err(Reject::unauthenticated("the word is another"))
    }

    fn security() -> Vec<SecuritySpec> {
        let said = |text: &str| Some(text.to_owned());
        vec![
            SecuritySpec::Query {
                name: "token".to_owned(),
                description: said("The word."),
            },
            SecuritySpec::Header {
                name: "Sec-WebSocket-Protocol".to_owned(),
                description: said(
                    "The word, offered as the subprotocol after `bearer`: `new WebSocket(url, [\"bearer\", token])`.",
                ),
            },
            SecuritySpec::Cookie {
                name: "session".to_owned(),
                description: None,
            },
            SecuritySpec::Bearer {
                format: said("JWT"),
                description: None,
            },
        ]
    }
}

pub(crate) struct Room {
    group: Group<Self>,
}

/// A chat room.
///
/// Everybody in it hears everybody. Who comes late hears nothing of what was said.
///
/// ### House rules
///
/// - be kind
/// - `caps` are for shouting
#[consumer(name = "room", auth = Word, path = RoomPath, query = RoomQuery, completions)]
impl Room {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        let group = Group::new(["room", &cx.path().room]);
        cx.join(&group).await?;
        Ok(Self { group })
    }

    /// Says something to everyone in the room.
    #[ws_handler(tags("talk", "common"))]
    async fn chat(&mut self, message: Chat, cx: &mut Context<'_, Self>) -> Result<(), ChatError> {
        match &*message.text {
            "muted" => Err(ChatError::Muted),
            "full" => Err(ChatError::Full),
            _ => {
                // Nobody but this room is in the group.
                let _ = self.group.send(cx, message).await;
                Ok(())
            }
        }
    }

    /// Posts a whole discussion.
    ///
    /// It may be **as deep** as one likes; see [`Comment`].
    #[ws_handler(tags("talk"))]
    async fn discuss(&mut self, message: Discuss) -> Discussed {
        fn count(comment: &Comment) -> usize {
            1 + comment.replies.iter().map(count).sum::<usize>()
        }
        let count = count(&message.root) + message.others.values().map(count).sum::<usize>();
        Discussed { count }
    }

    /// Draws a shape, or says which.
    #[ws_handler(tags("board"))]
    async fn draw(&mut self, message: Draw) -> Drawn {
        Drawn {
            shape: message.shape,
        }
    }

    /// Counts.
    #[ws_handler]
    async fn count(&mut self, message: Count) -> impl Stream<Item = Number> + use<> {
        stream::iter((1..=message.up_to).map(|number| Number { number }))
    }

    /// Says something louder. Use `chat`.
    #[ws_handler]
    #[deprecated]
    #[expect(deprecated, reason = "it is shown as such")]
    async fn shout(&mut self, _: Shout) {}

    /// Somebody said something.
    #[event_handler]
    async fn said(event: &Chat) -> ChatMessage {
        let user = |name: &str, deputy| User {
            name: name.to_owned(),
            role: Role::Member,
            deputy,
        };
        ChatMessage {
            from: user("ali", Some(Box::new(user("baba", None)))),
            text: event.text.clone(),
            seen_by: BTreeMap::from([("ali".to_owned(), 0.5)]),
            at: (48.2, 16.4),
        }
    }
}

/// Is told a name.
#[message(type = "hello")]
pub(crate) struct Hello {
    #[doc = "</script><script>window.owned = 1</script><img src=x onerror=\"window.owned = 1\"> [x](javascript:window.owned=1)"]
    name: String,
}

#[message(type = "greeting")]
pub(crate) struct Greeting {
    text: String,
}

pub(crate) struct Desk;

/// </script><script>window.owned = 1</script><img src=x onerror="window.owned = 1">
#[consumer(name = "desk", tag = "type")]
impl Desk {
    #[on_connect]
    async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        Ok(Self)
    }

    /// </script><img src=x onerror="window.owned = 1"> [click](javascript:window.owned=1)
    #[ws_handler(tags("<img src=x onerror=window.owned=1>"))]
    async fn hello(&mut self, message: Hello) -> Greeting {
        Greeting { text: message.name }
    }
}

/// What time it is.
#[message(type = "tick")]
pub(crate) struct Tick {
    /// UTC.
    #[schemars(extend("format" = "date-time"))]
    at: String,
}

pub(crate) struct Clock;

/// Takes nothing, says the time.
#[consumer(name = "clock", tag = "type", output(Tick))]
impl Clock {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        cx.send(Tick {
            at: "2026-01-31T12:00:00Z".to_owned(),
        })
        .await?;
        Ok(Self)
    }
}

/// The zoo, as an application that is mounted behind a prefix.
pub(crate) fn zoo() -> Realtime {
    Realtime::builder()
        .info("Zoo of shapes", "1.2.3")
        .description(format!("{DESCRIPTION}\n\n{HOSTILE}"))
        .document_server("production", "zoo.example.org", true)
        .document_server("staging", "staging.example.org:8443", true)
        .consumer::<Room>("/ws/rooms/{room}")
        .consumer::<Desk>("/ws/desk")
        .consumer::<Clock>("/ws/clock")
        .docs(Docs::at("/internal/docs").openapi("/openapi.json"))
        .build()
        .unwrap()
}

/// Serves it on any free port until the test ends; returns the address of the page.
pub(crate) async fn serve() -> String {
    serve_with(None).await
}

/// As [`serve`], with the OpenAPI document that the page asks for, if any.
pub(crate) async fn serve_with(openapi: Option<serde_json::Value>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let realtime = zoo();
    let mut app = Router::new().nest("/api", realtime.router());
    if let Some(document) = openapi {
        app = app.route(
            "/api/openapi.json",
            get(move || std::future::ready(Json(document))),
        );
    }
    tokio::spawn(async move { realtime.serve(listener, app).await });
    format!("http://{address}/api/internal/docs")
}
