//! What one client has yet to hear.

use std::{collections::VecDeque, time::Instant};

use super::Shared;
use crate::job::RING;

/// What one client has yet to hear: answers to what it asked, and what is sent to all, each in order.
#[derive(Debug, Default)]
pub(super) struct Ears {
    /// The next answer, by its place in the ring.
    answer: Next,
    /// The next delivery. Who comes while others speak begins with the first that it hears.
    delivery: Next,
    /// When what is not answered was to be asked.
    asked: VecDeque<Instant>,
}

/// The place in the ring of what comes next.
#[derive(Debug, Default)]
struct Next(Option<usize>);

/// How what came fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fits {
    /// So many before it have not come.
    After(usize),
    /// It has come before.
    Again,
}

impl Next {
    fn hears(&mut self, place: usize) -> Fits {
        let next = self.0.unwrap_or(place);
        let skipped = (place + RING - next) % RING;
        // Half of a ring ahead is as far as half of a ring behind; neither is ever on the way.
        if skipped >= RING / 2 {
            return Fits::Again;
        }
        self.0 = Some((place + 1) % RING);
        Fits::After(skipped)
    }
}

impl Ears {
    /// Of somebody who is there from the first on.
    pub(super) fn from_the_first() -> Self {
        Self {
            answer: Next(Some(0)),
            delivery: Next(Some(0)),
            asked: VecDeque::new(),
        }
    }

    /// Of somebody who comes while others speak.
    pub(super) fn from_now_on() -> Self {
        Self {
            delivery: Next(None),
            ..Self::from_the_first()
        }
    }

    pub(super) fn asks(&mut self, due: Instant) {
        self.asked.push_back(due);
    }

    /// Whether all that it asked is answered.
    pub(super) fn is_answered(&self) -> bool {
        self.asked.is_empty()
    }

    /// Takes what came. Returns how many of all that must come are accounted for by it.
    pub(super) fn hears(
        &mut self,
        shared: &Shared,
        text: &[u8],
        now: Instant,
    ) -> Result<u64, String> {
        let fits = if let Some(place) = shared.broadcast.answered(text) {
            shared.deliveries.add(shared.sent.borrow()[place], now);
            self.delivery.hears(place)
        } else if let Some(place) = shared.chat.answered(text) {
            let fits = self.answer.hears(place);
            if let Fits::After(skipped) = fits {
                let due = self
                    .asked
                    .drain(..(skipped + 1).min(self.asked.len()))
                    .next_back();
                shared
                    .run
                    .latencies
                    .add(due.ok_or("an answer came to nothing that was asked")?, now);
            }
            fits
        } else {
            let text = String::from_utf8_lossy(text);
            return Err(format!("nobody says {text}"));
        };
        shared.count(|totals| {
            totals.messages += 1;
            match fits {
                Fits::After(skipped) => totals.lost += skipped as u64,
                Fits::Again => totals.doubled += 1,
            }
        });
        Ok(match fits {
            Fits::After(skipped) => skipped as u64 + 1,
            Fits::Again => 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_skipped_and_what_comes_again_is_told_apart() {
        let mut next = Next(Some(0));
        assert_eq!(next.hears(0), Fits::After(0));
        assert_eq!(next.hears(0), Fits::Again);
        assert_eq!(next.hears(3), Fits::After(2));
        assert_eq!(next.hears(2), Fits::Again);
        assert_eq!(next.hears(4), Fits::After(0));
    }

    #[test]
    fn who_comes_later_begins_with_what_it_hears_first() {
        let mut next = Next(None);
        assert_eq!(next.hears(RING - 1), Fits::After(0));
        assert_eq!(next.hears(0), Fits::After(0));
        assert_eq!(next.hears(RING - 1), Fits::Again);
    }
}
