//! Whatever is pushed, dropped, held, taken and released: the accounts are right, and gaps tell of all that is missing.

use std::{convert::Infallible, time::SystemTime};

use proptest::{collection::vec, prelude::*};

use super::*;

const MESSAGES: usize = 8;
const BYTES: usize = 300;

/// What is done to an outbox.
#[derive(Clone, Debug)]
enum Step {
    Push {
        kind: u8,
        key: u8,
        size: usize,
        before: bool,
    },
    /// Takes the next item, for a consumer that may be busy.
    Take { busy: bool },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..7_u8, 0..4_u8, 0..60_usize, any::<bool>())
            .prop_map(|(kind, key, size, before)| Step::Push { kind, key, size, before }),
        1 => any::<bool>().prop_map(|busy| Step::Take { busy }),
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
            kind: &EventKind {
                text: |key| {
                    let key = key.downcast_ref::<u8>()?;
                    Some(format!(r#"{{"action":"p","payload":{{"key":{key}}}}}"#))
                },
                tags: &["p"],
            },
            cause: Cause::NONE,
        }),
        4 => Item::Gap(Gap::unknown(SystemTime::now(), Cause::NONE)),
        _ => Item::Frames(frames),
    }
}

fn check(outbox: &Outbox) {
    let all = || {
        let all = outbox.held.iter().chain(&outbox.before);
        all.chain(&outbox.queue).map(|queued| &queued.item)
    };
    let sum = |of: fn((usize, usize)) -> usize| all().map(|item| of(item.weight())).sum::<usize>();
    assert_eq!(
        (outbox.messages, outbox.bytes),
        (sum(|w| w.0), sum(|w| w.1))
    );
    assert!(outbox.messages <= MESSAGES && outbox.bytes <= BYTES);
    let own = outbox.queue.iter().filter(|queued| queued.item.is_own());
    assert_eq!(outbox.own_in_queue, own.count());
    for part in [&outbox.held, &outbox.before, &outbox.queue] {
        let is_gap = |queued: &Queued| matches!(queued.item, Item::Gap(_));
        let gaps: Vec<_> = part.iter().map(is_gap).collect();
        let two = gaps.windows(2).any(|pair| pair == [true, true]);
        assert!(!two, "gaps are put together");
    }
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
            outbox_messages: MESSAGES,
            outbox_bytes: BYTES,
            outbox_policy: policy,
            ..Limits::default()
        };
        let mut outbox = Outbox::default();
        let (mut dropped, mut told) = (0, 0);
        for step in steps {
            match step {
                Step::Push { kind, key, size, before } => {
                    let item = item(kind, key, size);
                    let rank = if before && item.is_own() { Rank::Before } else { Rank::After };
                    match outbox.push(item, rank, &limits, Form::Adjacent) {
                        // A gap has room in any outbox.
                        Outcome::Full(Item::Gap(_), _) => prop_assert!(false),
                        Outcome::Queued(unsent) | Outcome::Dropped(unsent) | Outcome::Full(_, unsent) => {
                            dropped += unsent.iter().map(|item| item.weight().0).sum::<usize>();
                        }
                    }
                }
                Step::Take { busy } => {
                    let item = outbox.pop(busy, &mut Unsent::new());
                    prop_assert!(!(busy && matches!(item, Some(Item::Event(_)))));
                    if let Some(Item::Gap(gap)) = item {
                        told += gap.dropped;
                    }
                }
            }
            check(&outbox);
            prop_assert_eq!(if told_of { dropped } else { 0 }, told + gaps(&outbox));
        }
    }
}
