//! Frames, with tungstenite at the other end.

use std::{
    collections::VecDeque,
    io::{self, Read, Write},
};

use proptest::{collection::vec, option, prelude::*};
use tungstenite::{
    Message, WebSocket,
    protocol::{Role, frame::Frame},
};

use super::{
    cuts::{Outcome, agree, receive},
    *,
};

/// Bytes in both directions.
#[derive(Debug, Default)]
struct Pipe {
    input: VecDeque<u8>,
    output: Vec<u8>,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.input.read(buffer)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            count => Ok(count),
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn faults(bytes: &[u8]) -> Fault {
    receive(1000, bytes, &[1]).fault.expect("a fault")
}

/// A client's message: its kind, its payload, where it is cut into fragments, and the pings between them.
#[derive(Clone, Debug)]
struct Sent {
    text: bool,
    payload: Vec<u8>,
    cuts: Vec<prop::sample::Index>,
    ping: Option<Vec<u8>>,
}

fn sent() -> impl Strategy<Value = Sent> {
    let len = prop_oneof![0..10_usize, 120..130_usize, 65_530..65_540_usize];
    let payload = (len, any::<u8>()).prop_map(|(len, seed)| {
        (0..len)
            .map(|at| (at as u8).wrapping_mul(31) ^ seed)
            .collect()
    });
    let cuts = vec(any::<prop::sample::Index>(), 0..4);
    let ping = option::of(vec(any::<u8>(), 0..=125));
    (any::<bool>(), payload, cuts, ping).prop_map(|(text, payload, cuts, ping)| Sent {
        text,
        payload: if text { characters(payload) } else { payload },
        cuts,
        ping,
    })
}

/// A text of about as many bytes, with characters of every length.
fn characters(bytes: Vec<u8>) -> Vec<u8> {
    let text: String = bytes
        .into_iter()
        .map(|byte| ['a', 'é', '€', '🌍'][usize::from(byte % 13).saturating_sub(9)])
        .collect();
    text.into_bytes()
}

impl Sent {
    fn write(&self, client: &mut WebSocket<Pipe>, expected: &mut Vec<Received>) {
        let mut cuts: Vec<_> = self
            .cuts
            .iter()
            .map(|cut| cut.index(self.payload.len() + 1))
            .collect();
        cuts.sort_unstable();
        cuts.push(self.payload.len());
        let (mut from, last) = (0, cuts.len() - 1);
        for (index, to) in cuts.into_iter().enumerate() {
            let kind = match (index, self.text) {
                (0, true) => Data::Text,
                (0, false) => Data::Binary,
                _ => Data::Continue,
            };
            let part = self.payload[from..to].to_vec();
            let frame = Frame::message(part, OpCode::Data(kind), index == last);
            client.send(Message::Frame(frame)).unwrap();
            from = to;
            if let Some(ping) = self.ping.as_ref().filter(|_| index != last) {
                client.send(Message::Ping(ping.clone().into())).unwrap();
                expected.push(Received::Ping(ping.clone()));
            }
        }
        expected.push(Received::Assembled {
            kind: if self.text { Kind::Text } else { Kind::Binary },
            payload: self.payload.clone(),
        });
    }
}

/// A frame that keeps most rules most of the time, with a mask.
fn raw_frame() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        8 => prop::sample::select(vec![0x81_u8, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8A]),
        1 => Just(0x88),
        1 => any::<u8>(),
    ];
    let payload = prop_oneof![
        6 => vec(any::<u8>(), 0..20),
        1 => vec(any::<u8>(), 100..150),
        1 => Just(vec![0x03, 0xE8, b'o', b'k']),
    ];
    (first, payload, any::<[u8; 4]>()).prop_map(|(first, payload, mask)| {
        let mut frame = vec![first];
        match u8::try_from(payload.len()) {
            Ok(length @ 0..=125) => frame.push(0x80 | length),
            _ => {
                frame.push(0xFE);
                frame.extend((payload.len() as u16).to_be_bytes());
            }
        }
        frame.extend(mask);
        let masked = payload.iter().zip(mask.iter().cycle());
        frame.extend(masked.map(|(byte, key)| byte ^ key));
        frame
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn however_a_stream_is_cut_the_same_messages_come_out(
        messages in vec(sent(), 1..4),
        sizes in vec(prop_oneof![1..4_usize, 1..300_usize, 4000..70_000_usize], 1..8),
        reply in any::<bool>(),
    ) {
        let mut client = WebSocket::from_raw_socket(Pipe::default(), Role::Client, None);
        let mut expected = Vec::new();
        for message in &messages {
            message.write(&mut client, &mut expected);
        }
        if reply {
            client.send(Message::Pong(b"unasked".to_vec().into())).unwrap();
            expected.push(Received::Pong);
        }
        client.close(None).unwrap();
        client.flush().unwrap();
        expected.push(Received::Close(None));
        let whole = Outcome { received: expected, fault: None, left: 0 };
        prop_assert_eq!(receive(200_000, &client.get_ref().output, &sizes), whole);
    }

    #[test]
    fn a_damaged_stream_ends_the_same_however_it_is_cut(
        frames in vec(raw_frame(), 0..8),
        damage in option::weighted(0.5, (any::<prop::sample::Index>(), any::<u8>())),
        lost in 0..20_usize,
        max in 0..300_usize,
        sizes in vec(1..40_usize, 1..5),
    ) {
        let mut bytes = frames.concat();
        if let Some((at, byte)) = damage.filter(|_| !bytes.is_empty()) {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(bytes.len().saturating_sub(lost));
        agree(max, &bytes, &sizes);
    }

    #[test]
    fn any_bytes_end_the_same_however_they_are_cut(
        bytes in vec(any::<u8>(), 0..200),
        max in 0..300_usize,
        sizes in vec(1..40_usize, 1..5),
    ) {
        agree(max, &bytes, &sizes);
    }

    #[test]
    fn no_bytes_make_it_panic_or_read_beyond_its_limit(
        bytes in vec(any::<u8>(), 0..64),
        max in 0..100_usize,
    ) {
        let (mut decoder, mut buffer) = (Decoder::new(max), BytesMut::from(&*bytes));
        while let Ok(Some(received)) = decoder.next(&mut buffer) {
            match received {
                Received::Whole { len, .. } => {
                    prop_assert!(len <= max);
                    buffer.advance(len);
                }
                Received::Assembled { payload, .. } => prop_assert!(payload.len() <= max),
                _ => {}
            }
        }
        prop_assert!(buffer.capacity() < 1000);
        let mut buffer = BytesMut::from(&*bytes);
        Decoder::new(max).skip_to_close(&mut buffer);
    }
}

#[test]
fn a_client_reads_what_is_encoded_at_every_size_of_header() {
    let mut out = Vec::new();
    let lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000];
    for len in lengths {
        text(&mut out, |out| {
            out.extend(std::iter::repeat_n(b'x', len));
            Ok::<_, ()>(())
        })
        .unwrap();
        control(&mut out, Control::Ping, &vec![b'p'; len]);
    }
    assert_eq!(
        text(&mut out, |out| {
            out.push(b'x');
            Err(())
        }),
        Err(())
    );
    close(&mut out, CloseCode::application(4000), &"é".repeat(100));
    let pipe = Pipe {
        input: out.into(),
        ..Pipe::default()
    };
    let mut client = WebSocket::from_raw_socket(pipe, Role::Client, None);
    for len in lengths {
        assert_eq!(client.read().unwrap(), Message::text("x".repeat(len)));
        let ping = vec![b'p'; len.min(125)];
        assert_eq!(client.read().unwrap(), Message::Ping(ping.into()));
    }
    let Message::Close(Some(close)) = client.read().unwrap() else {
        panic!("no close");
    };
    assert_eq!(u16::from(close.code), 4000);
    assert_eq!(close.reason.as_str(), "é".repeat(61));
    assert_eq!(client.get_ref().input.len(), 0);
}

#[test]
fn a_close_without_a_code_is_empty() {
    let mut out = Vec::new();
    close(&mut out, None, "a reason needs a code");
    assert_eq!(out, [0x88, 0]);
}

#[test]
fn the_mask_is_taken_off_at_every_length() {
    let mask = [1, 2, 3, 4];
    for len in 0..40 {
        let mut payload: Vec<u8> = (0..len).collect();
        unmask(&mut payload, mask);
        for (at, byte) in (0..len).zip(&payload) {
            assert_eq!(*byte, at ^ mask[usize::from(at % 4)]);
        }
    }
}

#[test]
fn a_frame_that_breaks_the_protocol_is_a_fault_as_soon_as_its_header_is_there() {
    const MASK: [u8; 4] = [0; 4];
    let with_mask = |head: &[u8]| [head, &MASK].concat();
    for bytes in [
        vec![0x81, 0],
        with_mask(&[0xC1, 0x85]),
        with_mask(&[0xA1, 0x85]),
        with_mask(&[0x91, 0x85]),
        with_mask(&[0x83, 0x80]),
        with_mask(&[0x8B, 0x80]),
        with_mask(&[0x09, 0x85]),
        with_mask(&[0x08, 0x80]),
        with_mask(&[0x89, 0xFE, 0, 126]),
        with_mask(&[0x80, 0x85]),
        [with_mask(&[0x01, 0x80]), with_mask(&[0x81, 0x85])].concat(),
        [with_mask(&[0x88, 0x81]), vec![3]].concat(),
        [with_mask(&[0x88, 0x82]), vec![3, 0xE7]].concat(),
        [with_mask(&[0x88, 0x83]), vec![3, 0xE8, 0xFF]].concat(),
    ] {
        assert!(matches!(faults(&bytes), Fault::Protocol(_)), "{bytes:x?}");
    }
    for bytes in [
        with_mask(&[0x81, 0xFE, 0x03, 0xE9]),
        with_mask(&[0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0]),
        with_mask(&[0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        with_mask(&[0x82, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
        [
            with_mask(&[0x01, 0x81]),
            vec![b'x'],
            with_mask(&[0x80, 0xFE, 0x03, 0xE8]),
        ]
        .concat(),
    ] {
        assert_eq!(faults(&bytes), Fault::TooBig, "{bytes:x?}");
    }
}

#[test]
fn after_its_own_close_all_but_the_peers_close_is_thrown_away() {
    let mut client = WebSocket::from_raw_socket(Pipe::default(), Role::Client, None);
    client.send(Message::text("x".repeat(70_000))).unwrap();
    client.send(Message::Ping(b"hi".to_vec().into())).unwrap();
    client.close(None).unwrap();
    client.flush().unwrap();
    let bytes = &client.get_ref().output;
    for size in [1, 7, 100_000] {
        let (mut decoder, mut buffer) = (Decoder::new(10), BytesMut::new());
        let mut pieces = bytes.chunks(size).peekable();
        while let Some(piece) = pieces.next() {
            buffer.extend_from_slice(piece);
            let there = decoder.skip_to_close(&mut buffer);
            assert_eq!(there, pieces.peek().is_none());
            assert!(buffer.len() < 20);
        }
    }
}

/// A client's frame, with a mask; `first` is its first byte.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x5A, 0x01, 0xFE, 0x33];
    let mut frame = vec![first, 0x80 | payload.len() as u8];
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(a, b)| a ^ b));
    frame
}

#[test]
fn a_text_is_refused_with_its_first_wrong_byte_and_not_at_its_end() {
    let (good, bad) = ("κόσμε".as_bytes(), b"\xF4\x90");
    let cases = [
        // In one frame, of which the end is still to come.
        masked(0x81, &[good, bad, b"\x80\x80edited"].concat())[..6 + good.len() + 2].to_vec(),
        // In a fragment, with a character that the one before it has begun, and an empty one between them.
        [
            masked(0x01, good),
            masked(0x00, &bad[..1]),
            masked(0x00, b""),
        ]
        .concat(),
    ];
    let [whole, mut fragments] = cases;
    assert_eq!(receive(1000, &fragments, &[1]).fault, None);
    fragments.extend(&masked(0x80, &[&bad[1..], b"and more"].concat())[..7]);
    for bytes in [whole, fragments] {
        let (begin, wrong) = bytes.split_at(bytes.len() - 1);
        for size in [1, 3, 100] {
            let (mut decoder, mut buffer) = (Decoder::new(1000), BytesMut::new());
            for piece in begin.chunks(size) {
                buffer.extend_from_slice(piece);
                assert_eq!(decoder.next(&mut buffer), Ok(None));
            }
            buffer.extend_from_slice(wrong);
            assert_eq!(decoder.next(&mut buffer), Err(Fault::NotUtf8));
        }
    }
}

#[test]
fn binary_messages_may_hold_anything_however_they_come() {
    let frames = [masked(0x02, b"\xFF\x80"), masked(0x80, b"\xC0")].concat();
    let expected = Received::Assembled {
        kind: Kind::Binary,
        payload: b"\xFF\x80\xC0".to_vec(),
    };
    let Outcome {
        received, fault, ..
    } = receive(1000, &frames, &[1]);
    assert_eq!((received, fault), (vec![expected], None));
}

#[test]
fn behind_a_frame_that_breaks_the_protocol_the_peers_close_is_found() {
    let close = masked(0x88, &1000_u16.to_be_bytes());
    for broken in [
        masked(0xF1, b"reserved bits"),
        masked(0x83, b"a reserved opcode"),
        masked(0x80, b"a continuation of nothing"),
        masked(0x09, b"a ping in parts"),
        vec![0x81, 1, b'x'],
    ] {
        let mut decoder = Decoder::new(1000);
        let mut buffer = BytesMut::from(&*broken);
        assert!(matches!(decoder.next(&mut buffer), Err(Fault::Protocol(_))));
        assert!(!decoder.skip_to_close(&mut buffer));
        buffer.extend_from_slice(&close);
        assert!(decoder.skip_to_close(&mut buffer), "{broken:x?}");
    }
}

#[test]
fn a_close_that_breaks_the_protocol_is_the_peers_close_all_the_same() {
    for broken in [
        masked(0x88, b"\x03"),
        masked(0x88, &999_u16.to_be_bytes()),
        masked(0x88, b"\x03\xE8\xFF"),
        masked(0x08, b""),
        masked(0xC8, b""),
        vec![0x88, 0],
        [&[0x88, 0xFE, 0, 126, 0, 0, 0, 0][..], &[0; 126]].concat(),
    ] {
        let mut decoder = Decoder::new(1000);
        let mut buffer = BytesMut::from(&*broken);
        assert!(matches!(decoder.next(&mut buffer), Err(Fault::Protocol(_))));
        assert!(decoder.skip_to_close(&mut buffer), "{broken:x?}");
    }
}
