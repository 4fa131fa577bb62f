//! The three programs that answer the same frames, behind one trait, and the frames that they are held against.

use std::hint::black_box;

use crate::{
    by_hand, expert,
    messages::{Place, frames},
    ours,
};

/// Answers frames.
pub trait Program {
    /// Its name in tables.
    fn name(&self) -> &'static str;

    /// Answers one frame: how many bytes the answer has.
    fn answer(&mut self, text: &str) -> usize;

    /// Answers so many frames, in turn.
    fn run(&mut self, frames: &[String], times: usize) {
        for text in frames.iter().cycle().take(times) {
            black_box(self.answer(black_box(text)));
        }
    }
}

/// Ours, the one written by hand, and the usual one.
pub fn all() -> [Box<dyn Program>; 3] {
    [
        Box::new(Ours(ours::Connection::new())),
        Box::new(ByHand(Vec::new())),
        Box::new(Expert),
    ]
}

/// What they are given: a name, and a frame for each of the twenty messages.
pub fn cases() -> [(&'static str, Vec<String>); 4] {
    [
        ("100 B, tag first", frames(100, Place::First)),
        ("100 B, tag last", frames(100, Place::Last)),
        ("4 KiB, tag first", frames(4096, Place::First)),
        ("4 KiB, tag last", frames(4096, Place::Last)),
    ]
}

/// A consumer and its connection.
#[derive(Debug)]
struct Ours(ours::Connection);

impl Program for Ours {
    fn name(&self) -> &'static str {
        "ours"
    }

    fn answer(&mut self, text: &str) -> usize {
        self.0.answer(text).len()
    }
}

/// The visitor written by hand, with a buffer that is kept as ours is.
#[derive(Debug)]
struct ByHand(Vec<u8>);

impl Program for ByHand {
    fn name(&self) -> &'static str {
        "by hand"
    }

    fn answer(&mut self, text: &str) -> usize {
        self.0.clear();
        by_hand::answer(text, &mut self.0).map_or(0, |()| self.0.len())
    }
}

/// Enums that serde tags.
#[derive(Debug)]
struct Expert;

impl Program for Expert {
    fn name(&self) -> &'static str {
        "serde's enums"
    }

    fn answer(&mut self, text: &str) -> usize {
        expert::answer(text).map_or(0, |answer| black_box(answer).len())
    }
}
