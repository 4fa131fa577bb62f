//! What is said on the socket, and what is published inside the server.

use realtime_runtime::{
    prelude::*,
    schemars::JsonSchema,
    serde::{Deserialize, Serialize},
};

// ---- from the server

/// How many are here, who has come and who has gone.
///
/// The first frame of every connection has no names. After it there is at most one each tenth of a second, for all that
/// has happened meanwhile. One without names says that somebody's status is another now: ask `who`.
#[message(action = "presence")]
#[example("Somebody has come", Presence { users: 2, connections: 3, joined: vec!["ann".into()], left: Vec::new() })]
#[example("The first frame", Presence { users: 1, connections: 1, joined: Vec::new(), left: Vec::new() })]
pub struct Presence {
    /// How many users are here. Whoever has just lost the last connection still counts for ten seconds.
    pub users: u64,
    /// How many connections they have.
    pub connections: u64,
    /// Who has come.
    pub joined: Vec<String>,
    /// Who has gone, and has not come back in time.
    pub left: Vec<String>,
}

/// Everybody who is here, by name.
#[message(action = "roster")]
#[example(Roster { users: vec![Person { name: "ann".into(), connections: 2, status: "away".into() }] })]
pub struct Roster {
    /// Who is here.
    pub users: Vec<Person>,
}

/// Somebody who is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "realtime_runtime::serde")]
#[schemars(crate = "realtime_runtime::schemars")]
pub struct Person {
    /// The user's name.
    pub name: String,
    /// How many connections the user has; 0 for somebody who may come back.
    pub connections: u64,
    /// What the user has said last with `set_status`, else `online`.
    pub status: String,
}

/// Somebody is typing, in another connection than this.
#[message(action = "typing")]
#[example(SomebodyTypes { name: "ann".into() })]
pub struct SomebodyTypes {
    /// Who.
    pub name: String,
}

// ---- from a client

/// Who is here?
#[message(action = "who")]
pub struct Who;

/// Say something of yourself, which everybody sees in the roster.
#[message(action = "set_status")]
#[derive(garde::Validate)]
#[example(SetStatus { status: "away".into() })]
pub struct SetStatus {
    /// Any text of 1 to 64 characters.
    #[garde(length(chars, min = 1, max = 64))]
    pub status: String,
}

/// Tell the others that you are typing.
#[message(action = "typing")]
pub struct Typing;

// ---- inside the server

/// Somebody is typing.
#[message(action = "types")]
pub struct Types {
    /// Who.
    pub name: String,
}
