//! Which handler takes a tag: looked up in a table that is made when the consumer is compiled.

use std::marker::PhantomData;

use crate::consumer::Incoming;

/// Which handler takes a tag, and the tag as the handler's message spells it.
#[derive(Clone, Copy, Debug)]
pub(in crate::wire) struct Handler {
    pub(in crate::wire) index: usize,
    pub(in crate::wire) tag: &'static str,
}

impl Handler {
    /// Finds a tag.
    pub(in crate::wire) fn find<I: Incoming>(tag: &str) -> Option<Self> {
        let first = match Table::<I>::FIRST[place(tag)] {
            NOBODY => return None,
            first => usize::from(first),
        };
        // As a rule it is the first; tags that share a place follow somewhere.
        let mut handlers = I::TAGS.iter().enumerate().skip(first);
        handlers.find_map(|(index, tags)| {
            let tag = tags.iter().find(|known| **known == tag)?;
            Some(Self { index, tag })
        })
    }
}

const PLACES: usize = 256;
const NOBODY: u16 = u16::MAX;

struct Table<I>(PhantomData<I>);

impl<I: Incoming> Table<I> {
    /// For each place the first handler with a tag there.
    const FIRST: &'static [u16; PLACES] = &first(I::TAGS);
}

const fn first(tags: &[&[&str]]) -> [u16; PLACES] {
    let mut first = [NOBODY; PLACES];
    let mut handler = tags.len();
    while handler > 0 {
        handler -= 1;
        let mut tag = 0;
        while tag < tags[handler].len() {
            // One beyond what a place can say is looked for from the last that it can.
            let known = if handler < NOBODY as usize {
                handler as u16
            } else {
                NOBODY - 1
            };
            first[place(tags[handler][tag])] = known;
            tag += 1;
        }
    }
    first
}

/// A tag's place: names of one application differ in length, in the middle or at an end.
const fn place(tag: &str) -> usize {
    let tag = tag.as_bytes();
    let length = tag.len();
    if length == 0 {
        return 0;
    }
    let mixed = length
        .wrapping_add((tag[0] as usize).wrapping_mul(3))
        .wrapping_add((tag[length / 2] as usize).wrapping_mul(17))
        .wrapping_add((tag[length - 1] as usize).wrapping_mul(71));
    mixed % PLACES
}

#[cfg(test)]
mod tests {
    use serde::de::MapAccess;

    use super::*;
    use crate::{
        message::Action,
        wire::{Body, FieldError, Fields},
    };

    const LETTERS: [&str; 26] = [
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r",
        "s", "t", "u", "v", "w", "x", "y", "z",
    ];

    struct Letters;

    impl Incoming for Letters {
        type Tag = Action;
        // The second and the third differ where nobody looks.
        const TAGS: &'static [&'static [&'static str]] =
            &[&LETTERS, &["one_and_all"], &["", "onE_and_all", "other"]];

        fn read<'de, A: MapAccess<'de>>(
            _: usize,
            fields: Fields<'_, 'de, A>,
        ) -> Result<Self, A::Error> {
            Err(fields.unknown())
        }

        fn diagnose(_: usize, _: &Body<'_>) -> Vec<FieldError> {
            Vec::new()
        }
    }

    fn find(tag: &str) -> Option<(usize, &'static str)> {
        Handler::find::<Letters>(tag).map(|handler| (handler.index, handler.tag))
    }

    #[test]
    fn each_tag_has_its_handler() {
        for (index, tags) in Letters::TAGS.iter().enumerate() {
            for tag in *tags {
                assert_eq!(find(tag), Some((index, *tag)));
            }
        }
    }

    #[test]
    fn tags_that_share_a_place_are_told_apart() {
        assert_eq!(place("one_and_all"), place("onE_and_all"));
        assert_eq!(place("one_and_all"), place("oNe_and_all"));
        assert_eq!(find("oNe_and_all"), None);
    }

    #[test]
    fn a_tag_that_nobody_takes_has_no_handler() {
        for tag in ["aa", "A", "ä", "one_and_al", "one_and_all_", "\0"] {
            assert_eq!(find(tag), None, "{tag}");
        }
    }

    #[test]
    fn beyond_what_a_place_can_say_the_last_that_it_can_is_said() {
        const MANY: usize = NOBODY as usize + 2;
        let mut tags: Vec<&[&str]> = vec![&["few"]; MANY];
        tags[MANY - 1] = &["many"];
        assert_eq!(first(&tags)[place("many")], NOBODY - 1);
        assert_eq!(first(&tags)[place("few")], 0);
    }
}
