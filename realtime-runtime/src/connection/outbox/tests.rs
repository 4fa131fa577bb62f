//! Whatever is pushed, dropped, held, taken and released: the accounts are right, and gaps tell of all that is missing.

use std::convert::Infallible;

use proptest::{collection::vec, prelude::*};

use super::*;

/// What is done to an outbox.
#[derive(Clone, Debug)]
enum Step {
    Push {
        kind: u8,
        key: u8,
        size: usize,
        before: bool,
    },
    /// Takes the next item; an event may be put back for a consumer that is busy.
    Take {
        hold: bool,
    },
    TakeHeld,
    /// Gives back the room of what was taken first.
    Release,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..6_u8, 0..4_u8, 0..60_usize, any::<bool>())
            .prop_map(|(kind, key, size, before)| Step::Push { kind, key, size, before }),
        3 => any::<bool>().prop_map(|hold| Step::Take { hold }),
        1 => Just(Step::TakeHeld),
        2 => Just(Step::Release),
    ]
}

fn frames(key: u8, size: usize) -> Frames {
    let mut bytes = Vec::new();
    let Ok(()) = frame::text::<Infallible>(&mut bytes, |out| {
        let x = "x".repeat(size);
        let text = format!(r#"{{"action":"p","payload":{{"key":{key},"x":"{x}"}}}}"#);
        out.extend_from_slice(text.as_bytes());
        Ok(())
    });
    Frames {
        bytes: bytes.into(),
        count: 1,
        signals: 0,
        cause: Cause::NONE,
    }
}

fn item(kind: u8, key: u8, size: usize) -> Item {
    let frames = frames(key, size);
    match kind {
        0 => Item::Own {
            frames,
            counted: true,
        },
        1 => Item::Own {
            frames,
            counted: false,
        },
        2 => Item::Signal(frames),
        3 => Item::Event(Event {
            value: Arc::new(key),
            text: |key| {
                let key = key.downcast_ref::<u8>()?;
                Some(format!(r#"{{"action":"p","payload":{{"key":{key}}}}}"#))
            },
            cause: Cause::NONE,
        }),
        _ => Item::Frames(frames),
    }
}

fn check(outbox: &Outbox, taken: &[(usize, usize)]) {
    let all = || {
        outbox
            .held
            .iter()
            .chain(&outbox.before)
            .chain(&outbox.queue)
    };
    let sum = |of: fn((usize, usize)) -> usize| {
        let waiting: usize = all().map(|queued| of(queued.item.weight())).sum();
        waiting + taken.iter().copied().map(of).sum::<usize>()
    };
    assert_eq!(
        (outbox.messages, outbox.bytes),
        (sum(|w| w.0), sum(|w| w.1))
    );
    let own = outbox.queue.iter().filter(|queued| queued.item.is_own());
    assert_eq!(outbox.own_in_queue, own.count());
}

fn gaps(outbox: &Outbox) -> usize {
    let all = outbox
        .held
        .iter()
        .chain(&outbox.before)
        .chain(&outbox.queue);
    all.map(|queued| match &queued.item {
        Item::Gap(gap) => gap.dropped,
        _ => 0,
    })
    .sum()
}

proptest! {
    #[test]
    fn the_accounts_are_right_and_gaps_tell_of_all_that_is_missing(
        policy in prop_oneof![
            Just(OutboxPolicy::DropOldest),
            Just(OutboxPolicy::DropNewest),
            Just(OutboxPolicy::keep_latest(|message| message.field("key"))),
        ],
        steps in vec(step(), 0..200),
    ) {
        let told_of = policy.leaves_gaps();
        let limits = Limits {
            outbox_messages: 8,
            outbox_bytes: 300,
            outbox_policy: policy,
            ..Limits::default()
        };
        let mut outbox = Outbox::default();
        let (mut dropped, mut told) = (0, 0);
        let mut taken = Vec::new();
        for step in steps {
            match step {
                Step::Push { kind, key, size, before } => {
                    let item = item(kind, key, size);
                    let rank = if before && item.is_own() { Rank::Before } else { Rank::After };
                    match outbox.push(item, rank, &limits, Form::Adjacent) {
                        Outcome::Queued(unsent) | Outcome::Dropped(unsent) | Outcome::Full(_, unsent) => {
                            dropped += unsent.iter().map(|item| item.weight().0).sum::<usize>();
                        }
                    }
                }
                Step::Take { hold } => match outbox.pop() {
                    Some(event @ Item::Event(_)) if hold => drop(outbox.hold(event)),
                    Some(item) => {
                        if let Item::Gap(gap) = &item {
                            told += gap.dropped;
                        }
                        taken.push(item.weight());
                    }
                    None => {}
                },
                Step::TakeHeld => if let Some(item) = outbox.take_held() {
                    if let Item::Gap(gap) = &item {
                        told += gap.dropped;
                    }
                    taken.push(item.weight());
                },
                Step::Release => if let Some(weight) = taken.pop() {
                    outbox.release(weight);
                },
            }
            check(&outbox, &taken);
            prop_assert_eq!(if told_of { dropped } else { 0 }, told + gaps(&outbox));
        }
    }
}
