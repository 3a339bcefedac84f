//! The framing of PostgreSQL's protocol: a type byte (absent from a connection's first message), a length, a body.

use std::io::{self, Read};

/// Asks for TLS: a first message that is answered with one byte and followed by another first message.
pub(super) const SSL_REQUEST: u32 = 80_877_103;
/// Asks for GSSAPI encryption: answered and followed as a request for TLS is.
pub(super) const GSSENC_REQUEST: u32 = 80_877_104;

/// One message as it travels.
pub(super) struct Frame {
    /// Its type; 0 for a first message.
    pub(super) kind: u8,
    /// All of it, type and length included.
    pub(super) bytes: Vec<u8>,
}

impl Frame {
    /// Reads a message; `None` at the end of the stream.
    pub(super) fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        let mut head = [0; 5];
        if !started(from, &mut head)? {
            return Ok(None);
        }
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        Self::rest(from, head[0], head.to_vec(), length).map(Some)
    }

    /// Reads a connection's first message; `None` at the end of the stream.
    pub(super) fn read_first(from: &mut impl Read) -> io::Result<Option<Self>> {
        let mut head = [0; 4];
        if !started(from, &mut head)? {
            return Ok(None);
        }
        Self::rest(from, 0, head.to_vec(), u32::from_be_bytes(head)).map(Some)
    }

    /// The length counts itself, but not the type.
    fn rest(from: &mut impl Read, kind: u8, mut bytes: Vec<u8>, length: u32) -> io::Result<Self> {
        let body = u64::from(length)
            .checked_sub(4)
            .ok_or(io::ErrorKind::InvalidData)?;
        if from.take(body).read_to_end(&mut bytes)? as u64 != body {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Self { kind, bytes })
    }

    /// The request code or protocol version of a first message.
    pub(super) fn code(&self) -> u32 {
        self.bytes.get(4..8).map_or(0, |code| {
            u32::from_be_bytes([code[0], code[1], code[2], code[3]])
        })
    }

    /// The statement that a Query or a Parse carries.
    pub(super) fn statement(&self) -> Option<String> {
        let mut strings = self.bytes.get(5..)?.split(|byte| *byte == 0);
        let text = match self.kind {
            b'Q' => strings.next(),
            // The first is the statement's name.
            b'P' => strings.nth(1),
            _ => None,
        };
        text.map(|text| String::from_utf8_lossy(text).into_owned())
    }
}

/// Fills `head`, unless the stream ends before its first byte.
fn started(from: &mut impl Read, head: &mut [u8]) -> io::Result<bool> {
    let (first, rest) = head.split_at_mut(1);
    if from.read(first)? == 0 {
        return Ok(false);
    }
    from.read_exact(rest)?;
    Ok(true)
}
