//! The documents: what they say is what the program does.

#[allow(dead_code, reason = "the tests of the program need more of it")]
#[path = "../app/client.rs"]
mod client;

mod asyncapi;
mod committed;
mod openapi;
mod responses;
