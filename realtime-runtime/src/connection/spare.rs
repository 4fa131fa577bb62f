//! Buffers of a thread: a connection that is idle has none of its own, and one that is not has one that is warm.

use std::cell::{Cell, RefCell};

use bytes::BytesMut;

/// A buffer for frames that has grown beyond so many bytes is not kept.
const MOST: usize = 16 * 1024;
/// As many are in use at once at most: what a handler replies, and what is written.
const BUFFERS: usize = 2;

thread_local! {
    static READ: Cell<BytesMut> = Cell::default();
    static FRAMES: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// The read buffer that was given back last, if nobody has taken it; else one without room.
pub(super) fn take_read() -> BytesMut {
    READ.take()
}

/// Gives back an empty read buffer of usually `size` bytes, unless it has grown beyond four times as many.
pub(super) fn give_read(mut buffer: BytesMut, size: usize) {
    buffer.clear();
    // What was read is in front of it: from its beginning on it is used again.
    if buffer.capacity() <= 4 * size && (buffer.capacity() >= size || buffer.try_reclaim(size)) {
        READ.set(buffer);
    }
}

/// An empty buffer for frames.
pub(super) fn take() -> Vec<u8> {
    FRAMES.with_borrow_mut(Vec::pop).unwrap_or_default()
}

/// Gives back a buffer for frames.
pub(super) fn give(mut buffer: Vec<u8>) {
    buffer.clear();
    if (1..=MOST).contains(&buffer.capacity()) {
        FRAMES.with_borrow_mut(|buffers| {
            if buffers.len() < BUFFERS {
                buffers.push(buffer);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use bytes::Buf as _;

    use super::*;

    #[test]
    fn a_read_buffer_is_taken_once_and_without_what_was_in_it() {
        let mut buffer = BytesMut::with_capacity(512);
        buffer.extend_from_slice(b"secret");
        give_read(buffer, 512);
        let taken = take_read();
        assert!(taken.is_empty() && taken.capacity() >= 512);
        assert_eq!(take_read().capacity(), 0);
    }

    #[test]
    fn a_read_buffer_begins_where_it_began() {
        let mut buffer = BytesMut::with_capacity(512);
        let begin = buffer.as_ptr();
        buffer.extend_from_slice(b"message");
        buffer.advance(7);
        give_read(buffer, 512);
        assert_eq!(take_read().as_ptr(), begin);
    }

    #[test]
    fn what_has_grown_is_not_kept() {
        give_read(BytesMut::with_capacity(4096), 512);
        assert_eq!(take_read().capacity(), 0);
        give(Vec::with_capacity(MOST + 1));
        assert_eq!(take().capacity(), 0);
    }

    #[test]
    fn a_buffer_for_frames_comes_back_empty() {
        give(b"secret".to_vec());
        let taken = take();
        assert!(taken.is_empty() && taken.capacity() >= 6);
    }
}
