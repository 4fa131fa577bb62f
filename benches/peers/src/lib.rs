//! The job that all peers do: the same twenty messages, read into types and written from types.

pub mod messages;

use std::{
    io::{self, Write as _},
    net::SocketAddr,
};

use clap::Parser;

pub use messages::{Answer, Ask};

/// A server of the job that `cargo xtask bench` compares.
#[derive(Debug, Parser)]
pub struct Options {
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9002")]
    pub addr: String,
}

/// Says that whoever connects from now on is accepted.
pub fn announce(address: SocketAddr) {
    announce_at(address, "/ws");
}

/// As [`announce`], of a server elsewhere than at `/ws`.
pub fn announce_at(address: SocketAddr, path: &str) {
    let mut out = io::stdout();
    let _ = writeln!(out, "listening on ws://{address}{path}").and_then(|()| out.flush());
}

/// What becomes of an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Reply {
    /// The sender gets this text.
    Sender(String),
    /// Everyone gets this text.
    Everyone(String),
}

/// Does what a text asks for.
///
/// # Errors
/// When it is none of the messages.
pub fn answer(text: &[u8]) -> serde_json::Result<Reply> {
    let answer = serde_json::from_slice::<Ask>(text)?.answer();
    let text = serde_json::to_string(&answer)?;
    Ok(match answer {
        Answer::RoomMessage(_) => Reply::Everyone(text),
        _ => Reply::Sender(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_is_the_same_under_another_tag() {
        let asked = br#"{"action":"broadcast","payload":{"message":"hi","seq":1}}"#;
        let said = r#"{"action":"room_message","payload":{"message":"hi","seq":1}}"#;
        assert_eq!(answer(asked).unwrap(), Reply::Everyone(said.to_owned()));
        let asked = br#"{"action":"read","payload":{"room":"a","seq":2}}"#;
        let said = r#"{"action":"read_up_to","payload":{"room":"a","seq":2}}"#;
        assert_eq!(answer(asked).unwrap(), Reply::Sender(said.to_owned()));
        assert!(answer(br#"{"action":"chat","payload":{"seq":1}}"#).is_err());
    }
}
