//! Frames as bytes: those of a client are made beforehand, those of a server are read where they lie.

pub(crate) const TEXT: u8 = 0x81;
pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8A;
pub(crate) const CLOSE: u8 = 0x88;

/// Not zero: a server has to unmask in earnest.
const MASK: [u8; 4] = [0x5A, 0x01, 0xFE, 0x33];

/// A masked frame; `first` is its first byte.
pub(crate) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(len @ 0..=125), _) => frame.push(0x80 | len),
        (_, Ok(len)) => {
            frame.push(0x80 | 126);
            frame.extend(len.to_be_bytes());
        }
        _ => {
            frame.push(0x80 | 127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    let bytes = payload.iter().zip(MASK.iter().cycle());
    frame.extend(bytes.map(|(byte, key)| byte ^ key));
    frame
}

/// A frame of the server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) first: u8,
    pub(crate) payload: &'a [u8],
    /// With its header.
    pub(crate) len: usize,
}

/// The first frame, if all of it is there.
pub(crate) fn first(bytes: &[u8]) -> Option<Frame<'_>> {
    let (header, payload) = match *bytes.get(1)? {
        126 => (
            4,
            u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?).into(),
        ),
        127 => (10, u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)),
        len => (2, u64::from(len)),
    };
    let len = header + usize::try_from(payload).ok()?;
    Some(Frame {
        first: bytes[0],
        payload: bytes.get(header..len)?,
        len,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_masked_has_its_length_before_it() {
        assert_eq!(masked(TEXT, b"Z")[..2], [TEXT, 0x81]);
        assert_eq!(masked(TEXT, b"Z")[6..], [0]);
        assert_eq!(masked(TEXT, &[0; 300])[..4], [TEXT, 0xFE, 1, 44]);
    }

    #[test]
    fn a_frame_is_read_when_all_of_it_is_there() {
        let bytes = [TEXT, 2, b'h', b'i', PING];
        let frame = Frame {
            first: TEXT,
            payload: b"hi",
            len: 4,
        };
        assert_eq!(first(&bytes), Some(frame));
        for len in 0..4 {
            assert_eq!(first(&bytes[..len]), None);
        }
        let mut long = vec![TEXT, 126, 1, 0];
        long.extend([0; 256]);
        assert_eq!(first(&long).map(|frame| frame.len), Some(260));
    }
}
