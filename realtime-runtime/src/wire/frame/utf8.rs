//! Text that comes in pieces, which may cut a character.

/// Knows of a text, as it comes, whether it can still become UTF-8. Each byte is looked at once.
#[derive(Debug, Default)]
pub(super) struct Utf8 {
    /// The beginning of a character that the last piece cut, in its first bytes.
    cut: [u8; 4],
    len: u8,
}

impl Utf8 {
    /// Takes the next piece. `false`: however the text goes on, it is not UTF-8.
    pub(super) fn accepts(&mut self, mut piece: &[u8]) -> bool {
        while self.len > 0 {
            let [next, rest @ ..] = piece else {
                return true;
            };
            self.cut[usize::from(self.len)] = *next;
            self.len += 1;
            piece = rest;
            match std::str::from_utf8(&self.cut[..usize::from(self.len)]) {
                Ok(_) => self.len = 0,
                Err(error) if error.error_len().is_some() => return false,
                // Three bytes at most: the fourth ends a character or the text.
                Err(_) => {}
            }
        }
        match std::str::from_utf8(piece) {
            Ok(_) => true,
            Err(error) if error.error_len().is_some() => false,
            Err(error) => {
                let cut = &piece[error.valid_up_to()..];
                self.cut[..cut.len()].copy_from_slice(cut);
                self.len = cut.len() as u8;
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// How many bytes are accepted when they come in pieces of these sizes, up to the piece that is refused.
    fn accepted(bytes: &[u8], sizes: &[usize]) -> Result<(), usize> {
        let (mut utf8, mut at) = (Utf8::default(), 0);
        for size in sizes.iter().copied().cycle() {
            let end = bytes.len().min(at + size);
            if !utf8.accepts(&bytes[at..end]) {
                return Err(end);
            }
            at = end;
            if at == bytes.len() {
                break;
            }
        }
        Ok(())
    }

    #[test]
    fn what_cannot_become_utf_8_is_refused_with_its_first_wrong_byte() {
        for (bytes, wrong) in [
            (&b"\xFF"[..], 1),
            (b"abc\x80", 4),
            (b"\xC0\x80", 1),
            (b"\xE2\x82x", 3),
            (b"\xE0\x9F\xBF", 2),
            (b"\xED\xA0\x80", 2),
            (b"\xF0\x8F\xBF\xBF", 2),
            (b"\xF0\x9F\x8C\xC0", 4),
            (b"\xF4\x90\x80\x80", 2),
            (b"\xF5\x80\x80\x80", 1),
            ("κόσμε".as_bytes(), usize::MAX),
        ] {
            let expected = if wrong == usize::MAX {
                Ok(())
            } else {
                Err(wrong)
            };
            assert_eq!(accepted(bytes, &[1]), expected, "{bytes:x?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn however_it_is_cut_a_text_is_judged_as_a_whole(
            parts in vec(prop_oneof![
                8 => "\\PC{0,3}".prop_map(String::into_bytes),
                1 => vec(any::<u8>(), 0..3),
            ], 0..8),
            sizes in vec(1..5_usize, 1..5),
        ) {
            let bytes = parts.concat();
            let whole = match std::str::from_utf8(&bytes) {
                Err(error) if error.error_len().is_some() => Some(error.valid_up_to()),
                _ => None,
            };
            match (accepted(&bytes, &sizes), whole) {
                (Ok(()), None) => {}
                // Not before the wrong byte, and not after the piece that has it: at most four bytes of a character, and a piece.
                (Err(at), Some(valid)) => prop_assert!(at > valid && at < valid + 4 + 5),
                (judged, whole) => prop_assert!(false, "{judged:?} instead of {whole:?}"),
            }
        }
    }
}
