//! The decoder of frames on bytes that come in pieces: however they are cut, the same comes out.
//!
//! The property tests run it with streams made by chance, the fuzzer with whatever it comes upon.

use bytes::{Buf as _, BytesMut};

use super::{Decoder, Fault, Kind, Received};

/// What became of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) received: Vec<Received>,
    /// What ended it early.
    pub(super) fault: Option<Fault>,
    /// So many bytes wait for the rest of their frame.
    pub(super) left: usize,
}

/// Reads bytes that come in pieces of these sizes, over and over. No more is kept than the limit allows.
pub(super) fn receive(max_message: usize, bytes: &[u8], sizes: &[usize]) -> Outcome {
    let mut sizes = sizes.iter().copied().cycle();
    let (mut decoder, mut buffer, mut rest) = (Decoder::new(max_message), BytesMut::new(), bytes);
    let mut received = Vec::new();
    let mut longest = 0;
    let fault = loop {
        match decoder.next(&mut buffer) {
            Ok(Some(next)) => {
                let next = whole(next, &mut buffer, max_message);
                // A text that comes at once is judged by who reads it, one that comes in pieces by the decoder.
                if is_bad_text(&next) {
                    break Some(Fault::NotUtf8);
                }
                received.push(next);
                continue;
            }
            Err(fault) => break Some(fault),
            Ok(None) => {}
        }
        let partial = decoder.partial.as_ref();
        assert!(partial.is_none_or(|partial| partial.1.len() <= max_message));
        // The rest of a frame, a header, and what came with them; a buffer that grows may double.
        let most = 2 * (max_message.max(125) + 14 + longest);
        assert!(buffer.capacity() <= most, "{} > {most}", buffer.capacity());
        if rest.is_empty() {
            break None;
        }
        let piece = sizes.next().unwrap_or(1).clamp(1, rest.len());
        longest = longest.max(piece);
        buffer.extend_from_slice(&rest[..piece]);
        rest = &rest[piece..];
    };
    let left = if fault.is_none() { buffer.len() } else { 0 };
    Outcome {
        received,
        fault,
        left,
    }
}

/// The same message whether its payload was in the buffer or put together.
fn whole(received: Received, buffer: &mut BytesMut, max_message: usize) -> Received {
    match received {
        Received::Whole { kind, len } => {
            assert!(len <= max_message);
            let payload = buffer[..len].to_vec();
            buffer.advance(len);
            Received::Assembled { kind, payload }
        }
        Received::Assembled { kind, payload } => {
            assert!(payload.len() <= max_message);
            Received::Assembled { kind, payload }
        }
        Received::Ping(payload) => {
            assert!(payload.len() <= 125);
            Received::Ping(payload)
        }
        other => other,
    }
}

fn is_bad_text(received: &Received) -> bool {
    matches!(received, Received::Assembled { kind: Kind::Text, payload }
        if std::str::from_utf8(payload).is_err())
}

/// What is found of the peer's close once all else is thrown away.
pub(super) fn skip(bytes: &[u8], sizes: &[usize]) -> bool {
    let mut sizes = sizes.iter().copied().cycle();
    let (mut decoder, mut buffer, mut rest) = (Decoder::new(10), BytesMut::new(), bytes);
    while !rest.is_empty() {
        let piece = sizes.next().unwrap_or(1).clamp(1, rest.len());
        buffer.extend_from_slice(&rest[..piece]);
        rest = &rest[piece..];
        if decoder.skip_to_close(&mut buffer) {
            return true;
        }
        // A header at most waits.
        assert!(buffer.len() < 14, "{}", buffer.len());
    }
    false
}

/// Cuts a stream in several ways, and compares.
pub(super) fn agree(max_message: usize, bytes: &[u8], sizes: &[usize]) {
    let at_once = receive(max_message, bytes, &[bytes.len()]);
    let skipped = skip(bytes, &[bytes.len()]);
    for sizes in [sizes, &[1]] {
        assert_eq!(receive(max_message, bytes, sizes), at_once, "{sizes:?}");
        assert_eq!(skip(bytes, sizes), skipped, "{sizes:?}");
    }
}

/// A stream with three bytes before it: how large a message may be, and two sizes of pieces.
pub(crate) fn stream(bytes: &[u8]) {
    let [limit, one, other, stream @ ..] = bytes else {
        return;
    };
    let max_message = [1000, 125, 10, 0][usize::from(limit % 4)];
    let sizes = [one, other].map(|size| usize::from(*size) + 1);
    agree(max_message, stream, &sizes);
}
