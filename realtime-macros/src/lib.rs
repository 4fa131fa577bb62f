//! The attribute macros of `realtime-runtime`, which re-exports them.
//!
//! Each macro goes the same way: *parse* tokens into a syntax tree that leaves bodies unread, *validate* it into a model
//! while collecting every mistake, *expand* the model. What has mistakes is still emitted, so that one mistake does not
//! cause others elsewhere.

mod attribute;
mod client_error;
mod consumer;
mod docs;
mod errors;
mod marker;
mod message;
#[cfg(test)]
mod snapshots;
mod spans;

use proc_macro::TokenStream;

/// Makes a struct a message: gives it a tag and derives what a message needs.
///
/// - `#[message(action = "chat")]`: `{"action":"chat","payload":{…}}`
/// - `#[message(type = "chat")]`: `{"type":"chat",…}`, the fields beside the tag
///
/// Derives `Debug`, `Clone`, `PartialEq`, `Serialize`, `Deserialize` and `JsonSchema`, unless a `#[derive(…)]` below
/// names them already, or `skip_derive(Debug, Clone, PartialEq)` leaves them out. `crate = path` says where
/// `realtime_runtime` is.
///
/// `rename_all = "camelCase"` is `#[serde(rename_all = "camelCase")]`: the fields' names on the wire, in error paths and
/// in the document. The keys of maps and the fields of other types are left alone.
///
/// With the feature `garde` of `realtime-runtime`, `#[garde(…)]` gives fields rules, which are checked before a handler
/// runs: a message that breaks one is answered with the error `invalid_payload`, which names all broken rules at once.
/// `garde::Validate` is derived then, and fields need no rule; the application depends on `garde` 0.23 itself, as what
/// garde derives names it. The rules have no context and are not async, as only a handler has either. What the server
/// sends is not checked.
///
/// The first line of the documentation comment is the message's summary in the document, the rest its description.
///
/// # Examples
///
/// The fields are plain serde, with its attributes:
///
/// ```
/// use realtime_runtime::prelude::*;
///
/// /// Somebody says something.
/// #[message(action = "chat")]
/// pub struct Chat {
///     pub text: String,
///     #[serde(default)]
///     pub loud: bool,
/// }
///
/// /// No fields, no payload: `{"action":"ping"}`.
/// #[message(action = "ping")]
/// pub struct Ping;
///
/// /// `{"type":"initial","unreadCount":5}`
/// #[message(type = "initial")]
/// #[serde(rename_all = "camelCase")]
/// pub struct Initial {
///     pub unread_count: u32,
/// }
///
/// assert_eq!(Chat::TAGS, ["chat"]);
/// assert_eq!(Ping, Ping.clone());
/// ```
///
/// Other names on the wire:
///
/// ```
/// use realtime_runtime::{prelude::*, wire};
///
/// #[message(action = "address", rename_all = "camelCase")]
/// pub struct Address {
///     pub line_1: String,
/// }
///
/// let address = Address { line_1: "Main Street 1".to_owned() };
/// let text = wire::to_text(&address, None)?;
/// assert_eq!(text, r#"{"action":"address","payload":{"line1":"Main Street 1"}}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Rules, which fields of other types have by `dive`:
///
/// ```
/// use garde::Validate;
/// use realtime_runtime::{
///     prelude::*,
///     schemars::JsonSchema,
///     serde::{Deserialize, Serialize},
/// };
///
/// #[message(action = "post")]
/// pub struct Post {
///     #[garde(length(chars, min = 1, max = 2000))]
///     pub text: String,
///     #[garde(dive)]
///     pub attachments: Vec<Attachment>,
///     pub loud: bool,
/// }
///
/// #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
/// # #[serde(crate = "realtime_runtime::serde")]
/// # #[schemars(crate = "realtime_runtime::schemars")]
/// pub struct Attachment {
///     #[garde(ascii, custom(no_folder))]
///     pub name: String,
/// }
///
/// fn no_folder(name: &str, _: &()) -> garde::Result {
///     if name.contains('/') {
///         return Err(garde::Error::new("a name without folders"));
///     }
///     Ok(())
/// }
///
/// let attachments = vec![Attachment { name: "a/b".to_owned() }];
/// let post = Post { text: String::new(), attachments, loud: false };
/// assert_eq!(Post::violations(&post).len(), 2);
/// ```
///
/// Examples, which the document shows as they go over the wire. A test beside the message, `examples_of_Rate`, fails if one
/// breaks the message's rules or reads differently than it was written, and the document cannot be made with it:
///
/// ```
/// use realtime_runtime::{message::Example, prelude::*};
///
/// #[message(action = "rate")]
/// #[example(Rate { stars: 4 })]
/// #[example("The best there is", Self { stars: 5 })]
/// pub struct Rate {
///     pub stars: u8,
/// }
///
/// assert_eq!(Rate::examples()[0], Example::new(Rate { stars: 4 }));
/// ```
///
/// A field of a flat message that has the name of an envelope key does not compile:
///
/// ```compile_fail
/// # use realtime_runtime::prelude::*;
/// #[message(type = "quote")]
/// pub struct Quote {
///     pub r#ref: String,
/// }
/// ```
#[proc_macro_attribute]
pub fn message(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let garde = cfg!(feature = "garde");
    message::attribute(arguments.into(), &item.into(), garde).into()
}

/// Makes a serde-tagged enum several messages, one for each variant; or a struct one, with `#[message(action = "…")]`.
///
/// The enum's own serde attributes say the tags: `#[serde(tag = "action", content = "payload")]` or
/// `#[serde(tag = "type")]`, with `rename` and `rename_all` as usual. Nothing is derived beside `Message`.
///
/// # Examples
///
/// A handler of the enum takes each of its tags, and a handler that returns it may reply with any of them:
///
/// ```
/// use realtime_runtime::prelude::*;
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, JsonSchema, Message)]
/// #[serde(tag = "action", content = "payload", rename_all = "snake_case")]
/// pub enum Edit {
///     /// `{"action":"push_back","payload":{"item":"a"}}`
///     PushBack { item: String },
///     /// `{"action":"clear"}`
///     Clear,
/// }
///
/// assert_eq!(Edit::TAGS, ["push_back", "clear"]);
/// ```
#[proc_macro_derive(Message, attributes(message, example))]
pub fn derive_message(item: TokenStream) -> TokenStream {
    message::derive(item.into(), cfg!(feature = "garde")).into()
}

/// Makes the methods of an `impl` block a consumer.
///
/// The block is the type's own, and there is one of them. Its marked methods are handlers:
/// [`#[ws_handler]`](macro@ws_handler), [`#[event_handler]`](macro@event_handler),
/// [`#[on_connect]`](macro@on_connect), which is needed, and [`#[on_disconnect]`](macro@on_disconnect). Whatever else
/// stands in the block stays as it is. The markers are read here, so they need no import.
///
/// Arguments, all optional:
/// - `name = "room"`: its name in documents and group keys; by default the type's, in snake case, without `Consumer`
/// - `tag = "action"` or `tag = "type"`: the key of its tags; `action` by default
/// - `state = AppState`: what it needs of the application; `()` by default
/// - `auth = SessionAuth`: its authenticator; by default everybody may connect
/// - `permissions(A, B)`: what a client must be allowed
/// - `path = RoomPath`, `query = RoomQuery`: types of its parameters
/// - `output(A, B)`: messages that it sends beyond what its handlers return
/// - `groups("everybody", ["room", &cx.path().room])`: keys of groups that are joined before `#[on_connect]` runs;
///   expressions over `cx`, the `Connect`
/// - `forward(E1, E2)`: events that every member gets as they are, encoded once; a handler of the block wins
/// - `ws_handlers(f, g)`, `event_handlers(h)`: functions that several consumers share, see
///   [`#[ws_handler]`](macro@ws_handler)
/// - `authentication`: the first message says whether the client is known, also where it is refused:
///   `{"action":"authentication","payload":{"status_code":200,…}}`
/// - `completions`: sends `complete`, `group_complete` and `event_complete`
/// - `crate = path`: where `realtime_runtime` is
///
/// # Examples
///
/// ```
/// use realtime_runtime::prelude::*;
///
/// #[message(action = "ping")]
/// pub struct Ping;
///
/// #[message(action = "pong")]
/// pub struct Pong;
///
/// /// Greets with what it answers.
/// #[message(action = "hello")]
/// pub struct Hello;
///
/// pub struct EchoConsumer;
///
/// /// Answers pings.
/// #[consumer(name = "echo", output(Hello))]
/// impl EchoConsumer {
///     #[on_connect]
///     async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
///         cx.send(Hello).await?;
///         Ok(Self)
///     }
///
///     #[ws_handler]
///     async fn ping(&mut self, _: Ping) -> Pong {
///         Pong
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let realtime = Realtime::builder().consumer::<EchoConsumer>("/ws").build()?;
/// # Ok(()) }
/// ```
///
/// Groups that are joined on connect, and events that are passed on as they are:
///
/// ```
/// use realtime_runtime::prelude::*;
/// use realtime_testing::TestApp;
///
/// #[message(action = "moved")]
/// pub struct Moved {
///     pub to: u32,
/// }
///
/// pub struct Board;
///
/// #[consumer(groups("everybody"), forward(Moved))]
/// impl Board {
///     #[on_connect]
///     async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
///         Ok(Self)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// let realtime = Realtime::builder().consumer::<Board>("/ws").build()?;
/// let layer = realtime.layer();
/// let mut client = TestApp::new(realtime).connect("/ws").await.unwrap();
/// Group::<Board>::new(["everybody"]).send(&layer, Moved { to: 4 }).await?;
/// assert_eq!(client.next::<Moved>().await, Moved { to: 4 });
/// # Ok(()) }
/// ```
///
/// A generic consumer has a name, and `#[cfg]` on a handler takes it out of everything:
///
/// ```
/// use realtime_runtime::prelude::*;
///
/// pub trait Store: Clone + Send + Sync + 'static {}
///
/// #[message(action = "reset")]
/// pub struct Reset;
///
/// pub struct Room<S> {
///     store: S,
/// }
///
/// #[consumer(name = "room", state = S)]
/// impl<S: Store> Room<S> {
///     #[on_connect]
///     async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
///         Ok(Self { store: cx.state().clone() })
///     }
///
///     #[cfg(test)]
///     #[ws_handler]
///     async fn reset(&mut self, _: Reset) {}
/// }
/// ```
#[proc_macro_attribute]
pub fn consumer(arguments: TokenStream, item: TokenStream) -> TokenStream {
    consumer::attribute(arguments.into(), &item.into(), None).into()
}

/// Marks a method that handles a message: `async fn chat(&mut self, message: Chat, cx: &mut Context<'_, Self>) -> Reply`.
///
/// `&mut self` and `cx` may be left out. What it returns is the reply: `()`, a message, `Option`, `Result`, a `Vec` of
/// messages, or `impl Stream<Item = Message> + use<>`.
///
/// Arguments, all optional:
/// - `output(A, B)`: messages that it sends beyond what it returns
/// - `permission = P`: a `HandlerPermission` that is asked before it runs; what it grants is the argument after the message
/// - `spawn`: it runs as a task of its own, beside the frames that follow: without `self`, with `cx: OwnedContext<Self>`;
///   cancelled when the connection ends, and bounded in number by `max_concurrent`
/// - `summary = "…"`: in the document, in place of the first line of its documentation
/// - `tags("…")`: names under which readers of the document find it
/// - `hidden`: leaves it out of the document
/// - `shared`: on a function, a handler that several consumers name in `ws_handlers(…)`; with `tag` and `crate` as for
///   `#[consumer]`
///
/// `#[deprecated]` is in the document, too. On an `impl` block the macro is [`#[consumer]`](macro@consumer) whose unmarked
/// `async fn`s are such handlers.
///
/// # Examples
///
/// A stream goes on beside the frames that follow, each item with the `ref` of the request. It borrows nothing, and is
/// dropped when the connection ends:
///
/// ```
/// use futures_util::stream::{self, Stream};
/// use realtime_runtime::prelude::*;
/// use realtime_testing::TestApp;
///
/// #[message(action = "count")]
/// pub struct Count {
///     pub up_to: u32,
/// }
///
/// #[message(action = "number")]
/// pub struct Number {
///     pub number: u32,
/// }
///
/// pub struct Counter;
///
/// #[consumer]
/// impl Counter {
///     #[on_connect]
///     async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
///         Ok(Self)
///     }
///
///     #[ws_handler]
///     async fn count(&mut self, count: Count) -> impl Stream<Item = Number> + use<> {
///         stream::iter((1..=count.up_to).map(|number| Number { number }))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// let realtime = Realtime::builder().consumer::<Counter>("/ws").build()?;
/// let mut client = TestApp::new(realtime).connect("/ws").await.unwrap();
/// client.send(Count { up_to: 2 }).await;
/// assert_eq!(client.messages::<Number>(), [Number { number: 1 }, Number { number: 2 }]);
/// # Ok(()) }
/// ```
///
/// A function that every consumer may have for a handler. What it asks of its consumer it says as bounds of its one
/// parameter; a tag that is taken twice does not compile:
///
/// ```
/// use realtime_runtime::prelude::*;
/// use realtime_testing::TestApp;
///
/// #[message(action = "ping")]
/// pub struct Ping;
///
/// #[message(action = "pong")]
/// pub struct Pong {
///     pub from: String,
/// }
///
/// pub trait Named {
///     fn name(&self) -> String;
/// }
///
/// #[ws_handler(shared)]
/// pub async fn ping<C: Consumer + Named>(consumer: &mut C, _: Ping) -> Pong {
///     Pong { from: consumer.name() }
/// }
///
/// pub struct Lobby;
///
/// impl Named for Lobby {
///     fn name(&self) -> String {
///         "lobby".to_owned()
///     }
/// }
///
/// #[consumer(ws_handlers(ping))]
/// impl Lobby {
///     #[on_connect]
///     async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
///         Ok(Self)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// let realtime = Realtime::builder().consumer::<Lobby>("/ws").build()?;
/// let mut client = TestApp::new(realtime).connect("/ws").await.unwrap();
/// client.send(Ping).await;
/// assert_eq!(client.expect::<Pong>().from, "lobby");
/// # Ok(()) }
/// ```
///
/// Beside others, and only for those who may:
///
/// ```
/// use realtime_runtime::prelude::*;
/// use realtime_testing::TestApp;
///
/// #[message(action = "search")]
/// pub struct Search {
///     pub text: String,
/// }
///
/// #[message(action = "found")]
/// pub struct Found {
///     pub text: String,
/// }
///
/// pub struct NotEmpty;
///
/// impl HandlerPermission<Archive, Search> for NotEmpty {
///     type Granted = ();
///
///     async fn check(search: &Search, _: &mut Context<'_, Archive>) -> Result<(), Error> {
///         if search.text.is_empty() { Err(Error::forbidden()) } else { Ok(()) }
///     }
/// }
///
/// pub struct Archive;
///
/// #[consumer]
/// impl Archive {
///     #[on_connect]
///     async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
///         Ok(Self)
///     }
///
///     #[ws_handler(spawn, permission = NotEmpty, tags("reading"))]
///     async fn search(search: Search) -> Found {
///         Found { text: search.text }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// let realtime = Realtime::builder().consumer::<Archive>("/ws").build()?;
/// let mut client = TestApp::new(realtime).connect("/ws").await.unwrap();
/// client.send(Search { text: String::new() }).await;
/// assert_eq!(client.frames()[0]["payload"]["code"], "forbidden");
/// client.send(Search { text: "it".to_owned() }).await;
/// assert_eq!(client.expect::<Found>().text, "it");
/// # Ok(()) }
/// ```
///
/// A list is so many replies, and the document says what the attributes say:
///
/// ```
/// use realtime_runtime::prelude::*;
/// use realtime_testing::TestApp;
///
/// #[message(action = "list")]
/// pub struct List;
///
/// #[message(action = "entry")]
/// pub struct Entry {
///     pub name: String,
/// }
///
/// #[message(action = "reset")]
/// pub struct Reset;
///
/// pub struct Files;
///
/// #[consumer]
/// impl Files {
///     #[on_connect]
///     async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
///         Ok(Self)
///     }
///
///     #[deprecated]
///     #[ws_handler(summary = "Lists everything.", tags("reading"))]
///     async fn list(&mut self, _: List) -> Vec<Entry> {
///         ["a", "b"].map(|name| Entry { name: name.to_owned() }).into()
///     }
///
///     #[ws_handler(hidden)]
///     async fn reset(&mut self, _: Reset) {}
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// let builder = Realtime::builder().consumer::<Files>("/ws");
/// let document = serde_json::to_value(builder.asyncapi()?)?;
/// assert_eq!(document["operations"]["onList"]["summary"], "Lists everything.");
/// assert_eq!(document["operations"]["onList"]["tags"][0]["name"], "reading");
/// assert_eq!(document["operations"]["onList"]["x-deprecated"], true);
/// assert!(document["operations"]["onReset"].is_null());
///
/// let mut client = TestApp::new(builder.build()?).connect("/ws").await.unwrap();
/// client.send(List).await;
/// assert_eq!(client.messages::<Entry>().len(), 2);
/// # Ok(()) }
/// ```
///
/// An error is an error frame, and what is sent beside the reply is declared:
///
/// ```
/// use realtime_runtime::prelude::*;
///
/// #[message(action = "find")]
/// pub struct Find {
///     pub item: String,
/// }
///
/// #[message(action = "found")]
/// pub struct Found {
///     pub at: usize,
/// }
///
/// #[message(action = "searching")]
/// pub struct Searching;
///
/// pub struct List {
///     items: Vec<String>,
/// }
///
/// #[consumer]
/// impl List {
///     #[on_connect]
///     async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
///         Ok(Self { items: Vec::new() })
///     }
///
///     /// `None` is no reply; an error is an error frame.
///     #[ws_handler(output(Searching))]
///     async fn find(
///         &mut self,
///         find: Find,
///         cx: &mut Context<'_, Self>,
///     ) -> Result<Option<Found>, Error> {
///         if find.item.is_empty() {
///             return Err(Error::client("empty", "Say what to look for."));
///         }
///         cx.send(Searching).await?;
///         let at = self.items.iter().position(|item| *item == find.item);
///         Ok(at.map(|at| Found { at }))
///     }
/// }
/// ```
///
/// On the block itself:
///
/// ```
/// # use realtime_runtime::prelude::*;
/// # #[message(action = "ping")]
/// # pub struct Ping;
/// # #[message(action = "pong")]
/// # pub struct Pong;
/// # pub struct Echo;
/// #[ws_handler(name = "echo")]
/// impl Echo {
///     #[on_connect]
///     async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
///         Ok(Self)
///     }
///
///     async fn ping(_: Ping) -> Pong {
///         Pong
///     }
/// }
/// ```
///
/// What is not declared cannot be sent:
///
/// ```compile_fail
/// # use realtime_runtime::prelude::*;
/// # #[message(action = "ping")]
/// # pub struct Ping;
/// # #[message(action = "pong")]
/// # pub struct Pong;
/// # pub struct Echo;
/// # #[consumer]
/// # impl Echo {
/// #     #[on_connect]
/// #     async fn connect(_: &mut Connect<'_, Self>) -> Result<Self, Reject> {
/// #         Ok(Self)
/// #     }
/// #[ws_handler]
/// async fn ping(_: Ping, cx: &mut Context<'_, Self>) -> Result<(), Error> {
///     cx.send(Pong).await
/// }
/// # }
/// ```
#[proc_macro_attribute]
pub fn ws_handler(arguments: TokenStream, item: TokenStream) -> TokenStream {
    marker::attribute(marker::Marker::WsHandler, arguments.into(), &item.into()).into()
}

/// Marks a method that handles an event.
///
/// Without `self` it runs once for each event, and every member gets the same bytes: `async fn said(event: &Said) -> Out`.
/// With `&mut self` (and `cx` if wanted) it runs for each member. Its arguments are those of
/// [`#[ws_handler]`](macro@ws_handler), without `permission` and `spawn`; a `shared` one is named in `event_handlers(…)`.
///
/// On an `impl` block it is [`#[consumer]`](macro@consumer) whose unmarked `async fn`s are such handlers.
///
/// # Examples
///
/// ```
/// use realtime_runtime::prelude::*;
///
/// #[message(action = "said")]
/// pub struct Said {
///     pub from: u32,
///     pub text: String,
/// }
///
/// #[message(action = "waved")]
/// pub struct Waved {
///     pub to: u32,
/// }
///
/// #[message(action = "greeting")]
/// pub struct Greeting;
///
/// pub struct Room {
///     me: u32,
/// }
///
/// #[consumer]
/// impl Room {
///     #[on_connect]
///     async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
///         cx.join(&Group::new(["everybody"])).await?;
///         Ok(Self { me: 1 })
///     }
///
///     /// Once for all members.
///     #[event_handler]
///     async fn said(event: &Said) -> Said {
///         event.clone()
///     }
///
///     /// For each member.
///     #[event_handler]
///     async fn waved(&mut self, event: &Waved) -> Option<Greeting> {
///         (event.to == self.me).then_some(Greeting)
///     }
/// }
///
/// /// A handler for every consumer that names it in `event_handlers(said_aloud)`.
/// #[event_handler(shared)]
/// async fn said_aloud(event: &Said) -> Said {
///     Said { from: event.from, text: event.text.to_uppercase() }
/// }
///
/// /// From anywhere in the application.
/// async fn wave(layer: &ChannelLayer, to: u32) -> Result<(), Error> {
///     Group::<Room>::new(["everybody"]).send(layer, Waved { to }).await?;
///     Ok(())
/// }
/// ```
#[proc_macro_attribute]
pub fn event_handler(arguments: TokenStream, item: TokenStream) -> TokenStream {
    marker::attribute(marker::Marker::EventHandler, arguments.into(), &item.into()).into()
}

/// Marks the method that sets a connection up: `async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject>`.
///
/// It runs before the handshake is answered. Arguments after `cx` are axum extractors.
///
/// # Examples
///
/// ```
/// use axum::{extract::Path, http::HeaderMap};
/// use realtime_runtime::prelude::*;
///
/// pub struct Room {
///     name: String,
/// }
///
/// #[consumer]
/// impl Room {
///     #[on_connect]
///     async fn connect(
///         cx: &mut Connect<'_, Self>,
///         Path(name): Path<String>,
///         headers: HeaderMap,
///     ) -> Result<Self, Reject> {
///         if !headers.contains_key("x-invited") {
///             return Err(Reject::http(axum::http::StatusCode::FORBIDDEN));
///         }
///         cx.join(&Group::new(["room", &name])).await?;
///         Ok(Self { name })
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn on_connect(arguments: TokenStream, item: TokenStream) -> TokenStream {
    marker::attribute(marker::Marker::OnConnect, arguments.into(), &item.into()).into()
}

/// Marks the method that runs once when a connection is over: `async fn gone(&mut self, cx: &mut Context<'_, Self>)`.
///
/// `cx` may be left out. It returns nothing, as nobody is there to be told.
///
/// # Examples
///
/// ```
/// use std::sync::{
///     Arc,
///     atomic::{AtomicUsize, Ordering},
/// };
///
/// use realtime_runtime::prelude::*;
///
/// #[derive(Clone, Default)]
/// pub struct Online(Arc<AtomicUsize>);
///
/// pub struct Presence;
///
/// #[consumer(state = Online)]
/// impl Presence {
///     #[on_connect]
///     async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
///         cx.state().0.fetch_add(1, Ordering::Relaxed);
///         Ok(Self)
///     }
///
///     #[on_disconnect]
///     async fn gone(&mut self, cx: &mut Context<'_, Self>) {
///         cx.state().0.fetch_sub(1, Ordering::Relaxed);
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn on_disconnect(arguments: TokenStream, item: TokenStream) -> TokenStream {
    marker::attribute(marker::Marker::OnDisconnect, arguments.into(), &item.into()).into()
}

/// Says what a client is told of an error that a handler returns, and what only the log is told.
///
/// On each variant of an enum, or on a struct, `#[client_error(…)]` has one of
/// - `detail = "The room takes {max} members."`: the client is told this sentence. Fields in braces are shown as
///   `format!` shows them, `{max:>3}` and `{0:?}` too; no others are. With `code = "room_full"` beside it; by default the
///   code is the name in snake case
/// - `internal`: the client is told `internal`, the log what the field is, or the name where there is none
/// - `transparent`: what its only field is, an error that implements `ClientError` itself
///
/// A field with `#[source]` or `#[from]`, or with the name `source`, is the cause: it goes to the log. `Display` is never
/// shown to a client, as it may say too much; so none is needed, but with `thiserror` it goes well.
///
/// `#[client_error(crate = path)]` on the type says where `realtime_runtime` is.
///
/// # Examples
///
/// ```
/// use realtime_runtime::prelude::*;
///
/// #[derive(Debug, ClientError)]
/// pub enum RoomError {
///     #[client_error(detail = "You may not write here.")]
///     Muted,
///     #[client_error(code = "room_full", detail = "The room takes {max} members.")]
///     Full { max: usize },
///     /// The client is told to try again, and only the log why.
///     #[client_error(detail = "The archive is away; try again.")]
///     Away(#[source] std::io::Error),
///     #[client_error(internal)]
///     Database(std::io::Error),
///     #[client_error(transparent)]
///     Gone(Gone),
/// }
///
/// #[derive(Debug, ClientError)]
/// #[client_error(code = "not_found", detail = "There is no room {0:?}.")]
/// pub struct Gone(String);
///
/// assert_eq!(RoomError::codes(), ["muted", "room_full", "away", "not_found"]);
///
/// let error = RoomError::Full { max: 8 }.into_error();
/// assert_eq!(error.code(), "room_full");
/// assert_eq!(error.to_string(), "room_full: The room takes 8 members.");
///
/// let error = RoomError::Gone(Gone("attic".into())).into_error();
/// assert_eq!(error.to_string(), "not_found: There is no room \"attic\".");
///
/// let error = RoomError::Away(std::io::Error::other("disk full")).into_error();
/// assert_eq!(error.to_string(), "away: The archive is away; try again.");
///
/// let error = RoomError::Database(std::io::Error::other("disk full")).into_error();
/// assert_eq!(error.code(), "internal");
/// ```
///
/// What a client is told is written down, for every variant:
///
/// ```compile_fail
/// # use realtime_runtime::prelude::*;
/// #[derive(ClientError)]
/// pub enum RoomError {
///     Muted,
/// }
/// ```
// Not `from`: without a derive that reads it, it would do nothing.
#[proc_macro_derive(ClientError, attributes(client_error, source))]
pub fn derive_client_error(item: TokenStream) -> TokenStream {
    client_error::derive(item.into()).into()
}
