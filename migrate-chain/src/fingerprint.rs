//! What proves that two databases have the same history.

use std::fmt;
use std::str::FromStr;

use hmac_sha256::Hash;

use crate::sort::sort_positions;

/// SHA-256 over a revision and all it stands on: a Merkle chain, as git commits are.
///
/// Two databases whose heads have the same fingerprint have the same upgrades behind them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

/// Changes when the fields below or their order do.
const ALGORITHM: &str = "migrate fingerprint 1";

impl Fingerprint {
    /// The fingerprint of a revision, from those of its parents and dependencies, in any order.
    ///
    /// `content` is normalised here, so that neither line endings nor a byte order mark nor
    /// trailing white space matter.
    pub fn new(
        id: &str,
        parents: &[Fingerprint],
        dependencies: &[Fingerprint],
        content: &str,
    ) -> Fingerprint {
        Fingerprint::of(id, parents, dependencies, &normalized(content))
    }

    /// The fingerprint of a revision from content that is normalised already.
    pub(crate) fn of(
        id: &str,
        parents: &[Fingerprint],
        dependencies: &[Fingerprint],
        content: &str,
    ) -> Fingerprint {
        let mut hash = Hash::new();
        // Lengths come first, so that no two lists of fields read alike.
        let mut field = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        field(ALGORITHM.as_bytes());
        field(id.as_bytes());
        for list in [parents, dependencies] {
            let mut sorted: Vec<usize> = (0..list.len()).collect();
            sort_positions(&mut sorted, &|one, other| list[one].cmp(&list[other]));
            let mut bytes = Vec::with_capacity(32 * list.len());
            sorted
                .iter()
                .for_each(|&at| bytes.extend_from_slice(&list[at].0));
            field(&bytes);
        }
        field(content.as_bytes());
        Fingerprint(hash.finalize())
    }

    /// The hash of a content alone, as chain.lock keeps it.
    pub fn of_content(content: &str) -> Fingerprint {
        Fingerprint(Hash::hash(normalized(content).as_bytes()))
    }

    /// From its bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Fingerprint {
        Fingerprint(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// True when `hex` is this fingerprint as [`Display`](fmt::Display) writes it; allocates
    /// nothing.
    pub fn is_hex(&self, hex: &str) -> bool {
        hex.len() == 64
            && (self.0.iter().zip(hex.as_bytes().chunks_exact(2)))
                .all(|(byte, pair)| pair == [digit(byte >> 4), digit(byte & 15)])
    }
}

const fn digit(nibble: u8) -> u8 {
    match nibble {
        0..=9 => b'0' + nibble,
        _ => b'a' + nibble - 10,
    }
}

/// 64 lower-case hex digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut hex = [0; 64];
        for (at, byte) in self.0.iter().enumerate() {
            hex[2 * at] = digit(byte >> 4);
            hex[2 * at + 1] = digit(byte & 15);
        }
        // In one piece: written byte by byte it took as long as a row of the history to insert.
        f.write_str(str::from_utf8(&hex).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is not 64 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoFingerprint;

impl fmt::Display for NoFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fingerprint is 64 lower-case hex digits")
    }
}

impl std::error::Error for NoFingerprint {}

impl FromStr for Fingerprint {
    type Err = NoFingerprint;

    fn from_str(hex: &str) -> Result<Fingerprint, NoFingerprint> {
        let legal = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if hex.len() != 64 || !hex.bytes().all(legal) {
            return Err(NoFingerprint);
        }
        let value = |b: u8| {
            if b.is_ascii_digit() {
                b - b'0'
            } else {
                b - b'a' + 10
            }
        };
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            *byte = value(pair[0]) << 4 | value(pair[1]);
        }
        Ok(Fingerprint(bytes))
    }
}

/// The text that is hashed: LF, no byte order mark, no white space at the end of a line or around
/// the whole.
///
/// ```
/// # use migrate_chain::fingerprint::normalized;
/// assert_eq!(normalized("\u{feff}\r\n  SELECT 1; \r\n\n"), normalized("  SELECT 1;"));
/// assert_ne!(normalized("SELECT 'a b'"), normalized("SELECT 'ab'"));
/// ```
pub fn normalized(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.trim_start_matches('\u{feff}').lines() {
        let line = line.trim_end();
        if !(out.is_empty() && line.is_empty()) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// What stands for the content of Rust code in its fingerprint.
pub(crate) fn content_of_code(content: Option<&str>) -> String {
    format!("Rust-coded revision {}", content.unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trips() {
        let fingerprint = Fingerprint::new("a", &[], &[], "SELECT 1;");
        let hex = fingerprint.to_string();
        assert_eq!(hex.parse(), Ok(fingerprint));
        assert!(fingerprint.is_hex(&hex));
        assert!(!fingerprint.is_hex(&hex.to_uppercase()));
        assert!(!fingerprint.is_hex(&hex[1..]));
        assert_eq!("é".repeat(32).parse::<Fingerprint>(), Err(NoFingerprint));
    }

    /// A change of the algorithm would make every recorded database look edited.
    #[test]
    fn the_algorithm_is_fixed() {
        let a = Fingerprint::new("a", &[], &[], "CREATE TABLE t (x);");
        let b = Fingerprint::new("b", &[a], &[], "");
        assert_eq!(
            [a.to_string(), b.to_string()],
            [
                "0a978103ce622714a3f35eeed879248c2a803f0108d98b9ffe4e0ba8a6ec041a",
                "496f22637a494662d7d26a6e420fc71a2b4eac02f868aad2cffbc1b6c6e2926d",
            ]
        );
    }

    #[test]
    fn every_field_counts() {
        let a = Fingerprint::new("a", &[], &[], "");
        let b = Fingerprint::new("b", &[], &[], "");
        assert_ne!(a, b);
        assert_ne!(
            Fingerprint::new("c", &[a], &[], ""),
            Fingerprint::new("c", &[], &[a], "")
        );
        assert_eq!(
            Fingerprint::new("c", &[a, b], &[], ""),
            Fingerprint::new("c", &[b, a], &[], "")
        );
        assert_ne!(
            Fingerprint::new("c", &[a], &[], ""),
            Fingerprint::new("c", &[a], &[], "x")
        );
    }
}
