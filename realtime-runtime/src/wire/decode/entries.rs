//! The entries of a frame's object, one after the other. The envelope is scanned here, the values are serde_json's.

use std::borrow::Cow;

use serde::de::{
    DeserializeSeed, Error as _, IgnoredAny, IntoDeserializer as _, MapAccess,
    value::BorrowedStrDeserializer,
};
use serde_json::{Deserializer, Error};

use super::CowStr;

/// What is left of a frame.
#[derive(Debug)]
pub(super) struct Entries<'de> {
    text: &'de str,
    /// How far it is read.
    at: usize,
    /// An entry was read: a comma comes before the next.
    begun: bool,
    /// The object is over.
    closed: bool,
}

impl<'de> Entries<'de> {
    /// The entries of the object that `text` is.
    pub(super) fn of(text: &'de str) -> Result<Self, Error> {
        let mut entries = Self::before(text);
        entries.take(b'{')?;
        Ok(entries)
    }

    /// The object that `text` is, before its brace.
    pub(super) fn before(text: &'de str) -> Self {
        Self {
            text,
            at: 0,
            begun: false,
            closed: false,
        }
    }

    /// Skips what the next bytes are as a rule, which begins or goes on with an entry. `false`: they are something else.
    #[inline]
    pub(super) fn skip(&mut self, usual: &'static str) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let skips = rest.starts_with(usual.as_bytes());
        if skips {
            self.at += usual.len();
            self.begun = true;
        }
        skips
    }

    /// That nothing follows the object.
    pub(super) fn end(mut self) -> Result<(), Error> {
        if self.closed && self.peek().is_none() {
            Ok(())
        } else {
            Err(Error::custom("the object does not end the frame"))
        }
    }

    /// A value that is a string.
    #[inline]
    pub(super) fn text(&mut self) -> Result<Cow<'de, str>, Error> {
        match self.plain_text() {
            Some(text) => Ok(Cow::Borrowed(text)),
            None => self.value(CowStr),
        }
    }

    /// A string that stands here as it is.
    fn plain_text(&mut self) -> Option<&'de str> {
        if self.peek() != Some(b'"') {
            return None;
        }
        let rest = self.text.get(self.at + 1..)?;
        let (text, end) = rest.split_at_checked(plain(rest.as_bytes()))?;
        if !end.starts_with('"') {
            return None;
        }
        self.at += text.len() + 2;
        Some(text)
    }

    fn value<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut deserializer = Deserializer::from_str(rest);
        let value = seed.deserialize(&mut deserializer)?;
        // Nothing is read here: it only says how far the value went.
        self.at += deserializer.into_iter::<IgnoredAny>().byte_offset();
        Ok(value)
    }

    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.as_bytes().get(self.at).copied() {
                Some(b' ' | b'\n' | b'\t' | b'\r') => self.at += 1,
                byte => return byte,
            }
        }
    }

    fn take(&mut self, byte: u8) -> Result<(), Error> {
        if self.peek() != Some(byte) {
            return Err(Error::custom("not an object"));
        }
        self.at += 1;
        Ok(())
    }
}

/// How many bytes of a string come before its end, an escape or what must be one. Keys and tags are short: eight bytes
/// at a time, most are seen at once.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;
    // The lowest high bit that is set is that of the first byte below `limit`; bits above it may be wrong.
    const fn below(word: u64, limit: u8) -> u64 {
        word.wrapping_sub(ONES * limit as u64) & !word
    }

    let (chunks, rest) = bytes.as_chunks::<8>();
    for (index, chunk) in chunks.iter().enumerate() {
        let word = u64::from_le_bytes(*chunk);
        let quote = below(word ^ (ONES * b'"' as u64), 1);
        let backslash = below(word ^ (ONES * b'\\' as u64), 1);
        let found = (quote | backslash | below(word, b' ')) & HIGHS;
        if found != 0 {
            return index * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let ends = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < b' ';
    bytes.len() - rest.len() + rest.iter().position(ends).unwrap_or(rest.len())
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        if self.closed {
            return Ok(None);
        }
        if self.peek() == Some(b'}') {
            self.at += 1;
            self.closed = true;
            return Ok(None);
        }
        if self.begun {
            self.take(b',')?;
        }
        self.begun = true;
        let key = self.text()?;
        self.take(b':')?;
        match key {
            Cow::Borrowed(key) => seed.deserialize(BorrowedStrDeserializer::new(key)),
            Cow::Owned(key) => seed.deserialize(key.into_deserializer()),
        }
        .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        self.value(seed)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn read(text: &str) -> Result<Vec<(String, Value)>, Error> {
        let mut entries = Entries::of(text)?;
        let mut read = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            read.push(entry);
        }
        assert_eq!(entries.next_key::<String>()?, None);
        entries.end()?;
        Ok(read)
    }

    #[test]
    fn what_serde_json_takes_for_an_object_is_read_alike() {
        for text in [
            "{}",
            " {\t} \r\n",
            r#"{"a":1}"#,
            r#"{"a":1,"a":[2, {"b":"}"}]}"#,
            "{ \"a\" : -1.5e3 , \"b\"\n:\ttrue ,\r\"\" : null }",
            r#"{"\u0061\n\"":"ä\\","ü":"\ud83d\ude00"}"#,
        ] {
            let read = read(text).unwrap();
            let expected: serde_json::Map<_, _> = serde_json::from_str(text).unwrap();
            assert_eq!(
                read.into_iter().collect::<serde_json::Map<_, _>>(),
                expected
            );
        }
    }

    #[test]
    fn a_string_is_plain_up_to_its_end_or_an_escape() {
        for end in ['"', '\\', '\n', '\0', '\u{1f}'] {
            for before in 0..20 {
                for filler in ["a", "!", "#", "[", "]", " ", "\u{7f}"] {
                    let text = format!("{}{end}\"\\aaaaaaaaaa", filler.repeat(before));
                    assert_eq!(plain(text.as_bytes()), before, "{text:?}");
                }
                let text = format!("{}{end}\"\\", "ü".repeat(before));
                assert_eq!(plain(text.as_bytes()), 2 * before, "{text:?}");
            }
        }
        assert_eq!(plain(b""), 0);
        assert_eq!(plain(b"no end at all"), 13);
    }

    #[test]
    fn what_serde_json_refuses_is_refused() {
        for text in [
            "",
            " ",
            "{",
            "}",
            "[]",
            "1",
            "{,}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a" 1}"#,
            r#"{"a":1"#,
            r#"{"a":1,}"#,
            r#"{"a":1,,"b":1}"#,
            r#"{"a":1 "b":1}"#,
            r#"{"a":1"b":1}"#,
            r#"{,"a":1}"#,
            r#"{"a":1}}"#,
            r#"{"a":1} x"#,
            r#"{"a":truefalse}"#,
            r#"{"a":01}"#,
            r#"{a:1}"#,
            r#"{1:1}"#,
            r#"{"a:1}"#,
            "{\"a\n\":1}",
            "{\"a\":1\u{a0}}",
            r#"{"\x":1}"#,
            r#"{"\ud800":1}"#,
        ] {
            assert!(
                serde_json::from_str::<Value>(text).is_err() || !text.contains('{'),
                "{text}"
            );
            assert!(read(text).is_err(), "{text}");
        }
    }
}
