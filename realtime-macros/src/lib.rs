//! The attribute macros of `realtime-runtime`, which re-exports them.
//!
//! Each macro goes the same way: *parse* tokens into a syntax tree that leaves bodies unread, *validate* it into a model
//! while collecting every mistake, *expand* the model. What has mistakes is still emitted, so that one mistake does not
//! cause others elsewhere.

mod attribute;
mod consumer;
mod docs;
mod errors;
mod marker;
mod message;
#[cfg(test)]
mod snapshots;

use proc_macro::TokenStream;

/// Makes a struct a message: gives it a tag and derives what a message needs.
///
/// - `#[message(action = "chat")]`: `{"action":"chat","payload":{…}}`
/// - `#[message(type = "chat")]`: `{"type":"chat",…}`, the fields beside the tag
///
/// Derives `Debug`, `Clone`, `PartialEq`, `Serialize`, `Deserialize` and `JsonSchema`, unless a `#[derive(…)]` below
/// names them already, or `skip_derive(Debug, Clone, PartialEq)` leaves them out. The documentation comment is what the
/// document says of the message.
#[proc_macro_attribute]
pub fn message(arguments: TokenStream, item: TokenStream) -> TokenStream {
    message::attribute(arguments.into(), &item.into()).into()
}

/// Makes a serde-tagged enum several messages, one for each variant; or a struct one, with `#[message(action = "…")]`.
///
/// The enum's own serde attributes say the tags: `#[serde(tag = "action", content = "payload")]` or
/// `#[serde(tag = "type")]`, with `rename` and `rename_all` as usual.
#[proc_macro_derive(Message, attributes(message))]
pub fn derive_message(item: TokenStream) -> TokenStream {
    message::derive(item.into()).into()
}

/// Makes the methods of an `impl` block a consumer.
///
/// Arguments, all optional:
/// - `name = "room"`: its name in documents and group keys; by default the type's, in snake case, without `Consumer`
/// - `tag = "action"` or `tag = "type"`: the key of its tags; `action` by default
/// - `state = AppState`: what it needs of the application; `()` by default
/// - `auth = SessionAuth`: its authenticator; by default everybody may connect
/// - `permissions(A, B)`: what a client must be allowed
/// - `path = RoomPath`, `query = RoomQuery`: types of its parameters
/// - `output(A, B)`: messages that it sends beyond what its handlers return
/// - `completions`: sends `complete`, `group_complete` and `event_complete`
/// - `crate = path`: where `realtime_runtime` is
#[proc_macro_attribute]
pub fn consumer(arguments: TokenStream, item: TokenStream) -> TokenStream {
    consumer::attribute(arguments.into(), &item.into(), None).into()
}

/// Marks a method that handles a message: `async fn chat(&mut self, message: Chat, cx: &mut Context<'_, Self>) -> Reply`.
///
/// `&mut self` and `cx` may be left out. What it returns is the reply: `()`, a message, `Option`, `Result`. With
/// `#[ws_handler(output(A, B))]` it sends more.
///
/// On an `impl` block it is `#[consumer]` whose unmarked `async fn`s are such handlers.
#[proc_macro_attribute]
pub fn ws_handler(arguments: TokenStream, item: TokenStream) -> TokenStream {
    marker::attribute(marker::Marker::WsHandler, arguments.into(), &item.into()).into()
}

/// Marks a method that handles an event.
///
/// Without `self` it runs once for each event, and every member gets the same bytes: `async fn said(event: &Said) -> Out`.
/// With `&mut self` (and `cx` if wanted) it runs for each member.
///
/// On an `impl` block it is `#[consumer]` whose unmarked `async fn`s are such handlers.
#[proc_macro_attribute]
pub fn event_handler(arguments: TokenStream, item: TokenStream) -> TokenStream {
    marker::attribute(marker::Marker::EventHandler, arguments.into(), &item.into()).into()
}

/// Marks the method that sets a connection up: `async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject>`.
///
/// Arguments after `cx` are axum extractors.
#[proc_macro_attribute]
pub fn on_connect(arguments: TokenStream, item: TokenStream) -> TokenStream {
    marker::attribute(marker::Marker::OnConnect, arguments.into(), &item.into()).into()
}

/// Marks the method that runs once when a connection is over: `async fn gone(&mut self, cx: &mut Context<'_, Self>)`.
#[proc_macro_attribute]
pub fn on_disconnect(arguments: TokenStream, item: TokenStream) -> TokenStream {
    marker::attribute(marker::Marker::OnDisconnect, arguments.into(), &item.into()).into()
}
