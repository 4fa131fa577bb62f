//! What is sent, and what must come back.

use serde_json::{Value, json};

use crate::{
    Outcome,
    frame::{self, TEXT},
};

/// So many messages are made beforehand, each with a number of its own; then they begin anew.
pub(crate) const RING: usize = 256;
/// From it on all numbers have as many digits, so that all frames have the same length.
const FIRST: usize = 1000;
const MESSAGE: &str = "The quick brown fox jumps over the lazy dog, twice.";
/// As often in a long message: 4 KiB or so.
const LONG: usize = 80;

/// How messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// `{"action":"chat","payload":{…}}`
    Tagged,
    /// `42["chat",{…}]`; answers may overtake each other, as servers begin to handle a message before the last is done.
    SocketIo,
}

impl Wire {
    fn text(self, action: &str, message: &str, seq: usize) -> String {
        let message = serde_json::to_string(message).unwrap_or_default();
        let payload = format!(r#"{{"message":{message},"seq":{seq}}}"#);
        match self {
            Self::Tagged => format!(r#"{{"action":"{action}","payload":{payload}}}"#),
            Self::SocketIo => format!(r#"42["{action}",{payload}]"#),
        }
    }
}

/// Messages of one kind.
#[derive(Debug)]
pub(crate) struct Job {
    wire: Wire,
    /// The ring twice in a row, so that as many as are in the ring can be sent at once from any of them.
    frames: Vec<u8>,
    /// Length of one.
    frame: usize,
    answers: Vec<String>,
}

impl Job {
    /// Of messages `asks` that are answered with `answers`.
    pub(crate) fn new(wire: Wire, asks: &str, answers: &str) -> Self {
        Self::of(MESSAGE, wire, asks, answers)
    }

    /// As [`new`](Self::new), with messages that soon fill what a slow reader leaves free.
    pub(crate) fn long(wire: Wire, asks: &str, answers: &str) -> Self {
        Self::of(&MESSAGE.repeat(LONG), wire, asks, answers)
    }

    fn of(message: &str, wire: Wire, asks: &str, answers: &str) -> Self {
        let texts = |action: &str| -> Vec<String> {
            let text = |seq| wire.text(action, message, FIRST + seq);
            (0..RING).map(text).collect()
        };
        let frames: Vec<_> = texts(asks)
            .iter()
            .map(|text| frame::masked(TEXT, text.as_bytes()))
            .collect();
        Self {
            wire,
            frame: frames.first().map_or(0, Vec::len),
            frames: frames.concat().repeat(2),
            answers: texts(answers),
        }
    }

    /// The frames of messages `from` and following; at most [`RING`].
    pub(crate) fn frames(&self, from: u64, count: usize) -> &[u8] {
        let from = index(from) * self.frame;
        &self.frames[from..from + count * self.frame]
    }

    /// The place in the ring of the message that this text answers, if it answers one.
    pub(crate) fn answered(&self, text: &[u8]) -> Option<usize> {
        let place = numbered(text)?;
        self.check(place as u64, text).is_ok().then_some(place)
    }

    /// Whether this text answers that message.
    pub(crate) fn check(&self, number: u64, text: &[u8]) -> Outcome {
        let place = match self.wire {
            Wire::Tagged => index(number),
            Wire::SocketIo => numbered(text).unwrap_or(index(number)),
        };
        let expected = &self.answers[place];
        if expected.as_bytes() == text || same(expected, text) {
            return Ok(());
        }
        let text = String::from_utf8_lossy(text);
        Err(format!("instead of {expected} came {text}"))
    }
}

fn index(number: u64) -> usize {
    usize::try_from(number % RING as u64).unwrap_or(0)
}

/// The place in the ring of the number that a text ends with, but for brackets.
fn numbered(text: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(text).ok()?;
    let (_, number) = text.trim_end_matches(['}', ']']).rsplit_once(':')?;
    let place = number.trim().parse::<usize>().ok()?.checked_sub(FIRST)?;
    (place < RING).then_some(place)
}

/// Whether both are the same JSON, in whatever order and with whatever spaces.
fn same(expected: &str, text: &[u8]) -> bool {
    let expected = serde_json::from_str(expected).unwrap_or(json!(null));
    serde_json::from_slice::<Value>(text).is_ok_and(|text| text == expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(action: &str, seq: usize) -> String {
        Wire::Tagged.text(action, MESSAGE, seq)
    }

    #[test]
    fn any_stretch_of_the_ring_can_be_sent_at_once() {
        let job = Job::new(Wire::Tagged, "chat", "chat_echo");
        let one = frame::masked(TEXT, text("chat", FIRST + 255).as_bytes());
        assert_eq!(job.frames(255, 1), one);
        assert_eq!(job.frames(255, RING).len(), RING * one.len());
        assert_eq!(job.frames(255, 2)[one.len()..], *job.frames(256, 1));
    }

    #[test]
    fn socket_io_has_its_own_way_of_writing() {
        let text = Wire::SocketIo.text("chat", MESSAGE, 1);
        assert!(text.starts_with(r#"42["chat",{"message":"The"#), "{text}");
        assert!(text.ends_with(r#","seq":1}]"#), "{text}");
        let job = Job::new(Wire::SocketIo, "chat", "chat_echo");
        for (action, seq, is_right) in [
            ("chat_echo", FIRST + 9, true),
            ("chat", FIRST + 9, false),
            ("chat_echo", FIRST - 1, false),
            ("chat_echo", FIRST + RING, false),
        ] {
            let text = Wire::SocketIo.text(action, MESSAGE, seq);
            assert_eq!(job.check(0, text.as_bytes()).is_ok(), is_right, "{text}");
        }
    }

    #[test]
    fn a_long_message_is_4_kib_or_so() {
        let job = Job::long(Wire::Tagged, "chat", "chat_echo");
        assert_eq!(job.answers[0].len() / 1024, 4);
    }

    #[test]
    fn only_the_right_answer_will_do() {
        let job = Job::new(Wire::Tagged, "chat", "chat_echo");
        let right = text("chat_echo", FIRST);
        assert!(job.check(0, right.as_bytes()).is_ok());
        assert!(job.check(256, right.as_bytes()).is_ok());
        let spaced = right.replace(':', ": ");
        assert!(job.check(0, spaced.as_bytes()).is_ok());
        assert_eq!(job.answered(right.as_bytes()), Some(0));
        assert_eq!(job.answered(text("chat", FIRST).as_bytes()), None);
        let wrong = [right.replace("echo", "ohce"), text("chat_echo", FIRST + 1)];
        for wrong in wrong {
            assert!(job.check(0, wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
