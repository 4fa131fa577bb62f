//! WebSocket frames on the server's side (RFC 6455 § 5).
//!
//! Headers are tungstenite's; the rest is here because its stream ends the conversation as soon as it has *read* the
//! peer's close, while we still owe replies to the frames before it, and because a frame that goes to a thousand
//! members is built once, header included.

#[cfg(any(test, fuzzing))]
pub(crate) mod cuts;
#[cfg(test)]
mod tests;
mod utf8;

use std::io::Cursor;

use bytes::{Buf, BytesMut};
use tungstenite::protocol::frame::{
    FrameHeader,
    coding::{Control, Data, OpCode},
};

use super::CloseCode;
use utf8::Utf8;

/// Appends a text frame whose payload `write` appends. If it fails, nothing was appended.
pub(crate) fn text<E>(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    data(out, Kind::Text, write)
}

/// Appends a whole data frame whose payload `write` appends. If it fails, nothing was appended.
pub(crate) fn data<E>(
    out: &mut Vec<u8>,
    kind: Kind,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    const USUAL_HEADER: usize = 4;
    let first = match kind {
        Kind::Text => 0x81,
        Kind::Binary => 0x82,
    };

    let start = out.len();
    out.extend_from_slice(&[0; USUAL_HEADER]);
    if let Err(error) = write(out) {
        out.truncate(start);
        return Err(error);
    }
    let payload = out.len() - start - USUAL_HEADER;
    match u16::try_from(payload) {
        Ok(length @ 0..=125) => {
            // The header is two bytes shorter than was reserved.
            out.copy_within(start + USUAL_HEADER.., start + 2);
            out.truncate(start + 2 + payload);
            out[start..start + 2].copy_from_slice(&[first, length as u8]);
        }
        Ok(length) => {
            let [high, low] = length.to_be_bytes();
            out[start..start + USUAL_HEADER].copy_from_slice(&[first, 126, high, low]);
        }
        Err(_) => {
            let mut header = [first, 127, 0, 0, 0, 0, 0, 0, 0, 0];
            header[2..].copy_from_slice(&(payload as u64).to_be_bytes());
            out.splice(start..start + USUAL_HEADER, header);
        }
    }
    Ok(())
}

/// The payload of the first of some whole data frames that [`data`] wrote.
pub(crate) fn payload(frames: &[u8]) -> &[u8] {
    let (header, length) = match frames.get(1) {
        Some(127) => (10, frames.get(2..10)),
        Some(126) => (4, frames.get(2..4)),
        _ => (2, frames.get(1..2)),
    };
    let length = length.unwrap_or_default().iter();
    let length = length.fold(0, |length, byte| length << 8 | usize::from(*byte));
    frames.get(header..header + length).unwrap_or_default()
}

/// Appends a control frame; a payload beyond 125 bytes is cut (RFC 6455 § 5.5).
pub(crate) fn control(out: &mut Vec<u8>, kind: Control, payload: &[u8]) {
    let payload = &payload[..payload.len().min(125)];
    out.push(0x80 | u8::from(OpCode::Control(kind)));
    out.push(payload.len() as u8);
    out.extend_from_slice(payload);
}

/// Appends a close frame; a reason beyond 123 bytes is cut at a character's end.
pub(crate) fn close(out: &mut Vec<u8>, code: Option<CloseCode>, reason: &str) {
    let mut payload = Vec::new();
    if let Some(code) = code {
        payload.extend_from_slice(&code.as_u16().to_be_bytes());
        payload.extend_from_slice(&reason.as_bytes()[..reason.floor_char_boundary(123)]);
    }
    control(out, Control::Close, &payload);
}

/// What a peer sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// A message in one frame: its payload is the first `len` bytes of the buffer, and stays there until taken.
    Whole {
        kind: Kind,
        len: usize,
    },
    /// A message in several frames, put together.
    Assembled {
        kind: Kind,
        payload: Vec<u8>,
    },
    Ping(Vec<u8>),
    Pong,
    Close(Option<CloseCode>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Binary,
}

/// Why a connection cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Protocol(&'static str),
    /// A text that is not UTF-8, seen before its end.
    NotUtf8,
    TooBig,
}

/// Of a frame that is still to come, so many bytes are made room for at first; then as many as have come.
const RESERVED: usize = 64 * 1024;

/// Finds frames in a buffer.
#[derive(Debug)]
pub(crate) struct Decoder {
    max_message: usize,
    max_frame: usize,
    /// The message that is being put together.
    partial: Option<Box<(Kind, Vec<u8>)>>,
    /// What is known of a text that is not whole yet.
    utf8: Utf8,
    /// Bytes of the payload at the beginning of the buffer that were looked at: they are unmasked.
    seen: usize,
    /// Bytes of a frame's payload that are still to be thrown away.
    skip: u64,
    /// The frame that is thrown away is a close.
    skips_close: bool,
}

impl Decoder {
    pub(crate) fn new(max_message: usize) -> Self {
        Self {
            max_message,
            max_frame: max_message,
            partial: None,
            utf8: Utf8::default(),
            seen: 0,
            skip: 0,
            skips_close: false,
        }
    }

    /// Single frames are smaller than messages may be.
    pub(crate) fn with_max_frame(mut self, bytes: Option<usize>) -> Self {
        self.max_frame = bytes.unwrap_or(self.max_frame);
        self
    }

    /// The next frame, unmasked. `None`: more bytes are needed, and there is room for some.
    ///
    /// A text is refused with the first byte that is not UTF-8 if it is not whole by then; that of a whole frame, and
    /// the end of every text, is left to who reads it. After a fault the buffer begins with the frame that has it.
    pub(crate) fn next(&mut self, buffer: &mut BytesMut) -> Result<Option<Received>, Fault> {
        loop {
            let Some((header, length, header_len)) = parse_header(buffer)? else {
                return Ok(None);
            };
            let Some(mask) = header.mask else {
                return Err(Fault::Protocol("a client's frames must be masked"));
            };
            if header.rsv1 || header.rsv2 || header.rsv3 {
                return Err(Fault::Protocol("reserved bits are set"));
            }
            let length = match header.opcode {
                OpCode::Control(_) if !header.is_final || length > 125 => {
                    return Err(Fault::Protocol(
                        "a control frame is whole and at most 125 bytes",
                    ));
                }
                OpCode::Control(_) => length as usize,
                OpCode::Data(data) => self.admit(data, length)?,
            };
            let total = header_len + length;
            let whole = buffer.len() >= total;
            if whole || self.is_text(header.opcode) {
                let end = total.min(buffer.len());
                let fresh = &mut buffer[header_len + self.seen..end];
                unmask(fresh, turned(mask, self.seen));
                self.seen = end - header_len;
                let ends = whole && header.is_final;
                if self.is_text(header.opcode) && !ends && !self.utf8.accepts(fresh) {
                    return Err(Fault::NotUtf8);
                }
            }
            if !whole {
                // Not at once what a header promises, which may never come.
                let missing = total - buffer.len();
                buffer.reserve(missing.min(buffer.len().max(RESERVED)));
                return Ok(None);
            }
            let received = match header.opcode {
                OpCode::Control(control) => {
                    let received = take_control(control, &buffer[header_len..total])?;
                    buffer.advance(total);
                    Some(received)
                }
                OpCode::Data(data) => {
                    buffer.advance(header_len);
                    if header.is_final {
                        self.utf8 = Utf8::default();
                    }
                    self.take_data(data, header.is_final, buffer, length)
                }
            };
            self.seen = 0;
            if received.is_some() {
                return Ok(received);
            }
        }
    }

    /// Throws away all input but the peer's close, broken frames too. `true`: the whole close was there.
    pub(crate) fn skip_to_close(&mut self, buffer: &mut BytesMut) -> bool {
        self.partial = None;
        loop {
            let skipped = self.skip.min(buffer.len() as u64);
            buffer.advance(skipped as usize);
            self.skip -= skipped;
            if self.skip > 0 {
                return false;
            }
            if self.skips_close {
                return true;
            }
            let Some((opcode, length, header_len)) = outline(buffer) else {
                return false;
            };
            buffer.advance(header_len);
            self.skip = length;
            self.skips_close = opcode == u8::from(OpCode::Control(Control::Close));
        }
    }

    /// Whether a frame is a text, or a part of one.
    fn is_text(&self, opcode: OpCode) -> bool {
        match opcode {
            OpCode::Data(Data::Text) => true,
            OpCode::Data(Data::Continue) => self
                .partial
                .as_ref()
                .is_some_and(|partial| partial.0 == Kind::Text),
            _ => false,
        }
    }

    /// Checks a data frame against what came before it, before its payload is waited for.
    fn admit(&self, data: Data, length: u64) -> Result<usize, Fault> {
        let before = match (data, &self.partial) {
            (Data::Continue, Some(partial)) => partial.1.len(),
            (Data::Continue, None) => {
                return Err(Fault::Protocol("a continuation without a beginning"));
            }
            (_, Some(_)) => return Err(Fault::Protocol("a message begins inside another")),
            (_, None) => 0,
        };
        usize::try_from(length)
            .ok()
            .filter(|length| *length <= self.max_frame)
            .filter(|length| before.saturating_add(*length) <= self.max_message)
            .ok_or(Fault::TooBig)
    }

    fn take_data(
        &mut self,
        data: Data,
        is_final: bool,
        buffer: &mut BytesMut,
        len: usize,
    ) -> Option<Received> {
        let kind = match data {
            Data::Binary => Kind::Binary,
            _ => Kind::Text,
        };
        match self.partial.take() {
            None if is_final => Some(Received::Whole { kind, len }),
            begun => {
                let mut partial = begun.unwrap_or_else(|| Box::new((kind, Vec::new())));
                partial.1.extend_from_slice(&buffer[..len]);
                buffer.advance(len);
                if is_final {
                    let (kind, payload) = *partial;
                    return Some(Received::Assembled { kind, payload });
                }
                self.partial = Some(partial);
                None
            }
        }
    }
}

fn parse_header(buffer: &BytesMut) -> Result<Option<(FrameHeader, u64, usize)>, Fault> {
    let mut cursor = Cursor::new(buffer);
    match FrameHeader::parse(&mut cursor) {
        Ok(parsed) => {
            Ok(parsed.map(|(header, length)| (header, length, cursor.position() as usize)))
        }
        Err(_) => Err(Fault::Protocol("a reserved opcode")),
    }
}

/// Opcode, length of the payload and length of the header of a frame, however many rules it breaks.
fn outline(buffer: &[u8]) -> Option<(u8, u64, usize)> {
    let [first, second, rest @ ..] = buffer else {
        return None;
    };
    let (length, extended) = match second & 0x7F {
        126 => (u64::from(u16::from_be_bytes(*rest.first_chunk()?)), 2),
        127 => (u64::from_be_bytes(*rest.first_chunk()?), 8),
        length => (u64::from(length), 0),
    };
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    let header_len = 2 + extended + mask;
    (buffer.len() >= header_len).then_some((first & 0x0F, length, header_len))
}

fn take_control(control: Control, payload: &[u8]) -> Result<Received, Fault> {
    Ok(match control {
        Control::Ping => Received::Ping(payload.to_vec()),
        Control::Pong => Received::Pong,
        Control::Close => Received::Close(close_code(payload)?),
        Control::Reserved(_) => return Err(Fault::Protocol("a reserved opcode")),
    })
}

fn close_code(payload: &[u8]) -> Result<Option<CloseCode>, Fault> {
    match payload {
        [] => Ok(None),
        [high, low, reason @ ..] => {
            let code = CloseCode::from_wire(u16::from_be_bytes([*high, *low]))
                .ok_or(Fault::Protocol("a close code that may not be sent"))?;
            std::str::from_utf8(reason)
                .map_err(|_| Fault::Protocol("a close reason that is not UTF-8"))?;
            Ok(Some(code))
        }
        [_] => Err(Fault::Protocol("half a close code")),
    }
}

/// The mask as it begins after so many bytes.
fn turned(mut mask: [u8; 4], after: usize) -> [u8; 4] {
    mask.rotate_left(after % 4);
    mask
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    // Eight bytes at a time: the compiler turns this into wide instructions.
    let wide = u64::from_ne_bytes([
        mask[0], mask[1], mask[2], mask[3], mask[0], mask[1], mask[2], mask[3],
    ]);
    let (chunks, rest) = payload.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}
