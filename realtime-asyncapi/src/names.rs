//! Keys and titles from the names that the code has.

use std::collections::BTreeSet;

/// The words of a name: split at what is no ASCII letter or digit, and where lower case turns to upper.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut chars = name.chars().peekable();
    let mut previous: Option<char> = None;
    while let Some(c) = chars.next() {
        if !c.is_ascii_alphanumeric() {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            previous = None;
            continue;
        }
        let next_is_lower = chars.peek().is_some_and(char::is_ascii_lowercase);
        // `userID` is user, ID; `HTTPServer` is HTTP, Server.
        let boundary = c.is_ascii_uppercase()
            && previous.is_some_and(|p| !p.is_ascii_uppercase() || next_is_lower);
        if boundary && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.push(c.to_ascii_lowercase());
        previous = Some(c);
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

fn capitalised(word: &str) -> String {
    let (head, tail) = word.split_at(word.len().min(1));
    head.to_ascii_uppercase() + tail
}

/// `mark_read`, `MarkRead` and `mark.read` as `markRead`.
pub(crate) fn lower_camel(name: &str) -> String {
    let mut key = String::new();
    for (index, word) in words(name).iter().enumerate() {
        if index == 0 {
            key.push_str(word);
        } else {
            key.push_str(&capitalised(word));
        }
    }
    // A name without a single ASCII letter or digit still needs a key.
    if key.is_empty() {
        "unnamed".to_owned()
    } else {
        key
    }
}

/// `mark_read` as `MarkRead`.
pub(crate) fn upper_camel(name: &str) -> String {
    capitalised(&lower_camel(name))
}

/// `mark_read` and `MarkRead` as `Mark read`.
pub(crate) fn title(name: &str) -> String {
    let title = capitalised(&words(name).join(" "));
    if title.is_empty() {
        name.to_owned()
    } else {
        title
    }
}

/// Whether a key may stand under `components` (AsyncAPI 3.0.0 § Components Object).
pub(crate) fn is_component_key(key: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    !key.is_empty() && key.bytes().all(allowed)
}

/// Keys given out so far: a wish that is taken gets the next free number, from 2.
#[derive(Debug, Default)]
pub(crate) struct Keys(BTreeSet<String>);

impl Keys {
    pub(crate) fn take(&mut self, wish: &str) -> String {
        let mut key = wish.to_owned();
        let mut number = 2_usize;
        while !self.0.insert(key.clone()) {
            key = format!("{wish}{number}");
            number += 1;
        }
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_style_give_the_same_key() {
        for name in [
            "mark_read",
            "MarkRead",
            "mark.read",
            "mark-read",
            "markRead",
        ] {
            assert_eq!(lower_camel(name), "markRead");
        }
    }

    #[test]
    fn an_acronym_is_one_word() {
        assert_eq!(title("HTTPServer"), "Http server");
        assert_eq!(upper_camel("userID"), "UserId");
    }

    #[test]
    fn a_name_without_letters_still_gives_a_key() {
        assert_eq!(lower_camel("привет"), "unnamed");
    }

    #[test]
    fn a_taken_key_is_numbered_from_two() {
        let mut keys = Keys::default();
        assert_eq!(
            [keys.take("a"), keys.take("a"), keys.take("a")],
            ["a", "a2", "a3"]
        );
    }
}
