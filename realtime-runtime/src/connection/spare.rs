//! Read buffers of a thread: a connection that is idle has none of its own.

use std::cell::Cell;

use bytes::BytesMut;

thread_local! {
    static SPARE: Cell<BytesMut> = Cell::default();
}

/// The buffer that was given back last, if nobody has taken it; else one without room.
pub(super) fn take() -> BytesMut {
    SPARE.take()
}

/// Gives back an empty buffer, unless it has grown beyond `most` bytes.
pub(super) fn give(mut buffer: BytesMut, most: usize) {
    buffer.clear();
    if buffer.capacity() <= most {
        SPARE.set(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_back_is_taken_once_and_without_what_was_in_it() {
        let mut buffer = BytesMut::with_capacity(512);
        buffer.extend_from_slice(b"secret");
        give(buffer, 1024);
        let taken = take();
        assert!(taken.is_empty() && taken.capacity() >= 512);
        assert_eq!(take().capacity(), 0);
    }

    #[test]
    fn what_has_grown_is_not_kept() {
        give(BytesMut::with_capacity(2048), 1024);
        assert_eq!(take().capacity(), 0);
    }
}
