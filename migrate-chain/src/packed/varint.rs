//! Unsigned LEB128: seven bits a byte, the lowest first.

pub(super) fn write(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The value and how many bytes it took.
pub(super) fn read(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0usize;
    for (index, &byte) in bytes.iter().take(5).enumerate() {
        value |= ((byte & 0x7f) as usize).checked_shl(7 * index as u32)?;
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #[test]
    fn round_trip() {
        for value in [0, 1, 127, 128, 300, 16_383, 16_384, 4_000_000_000] {
            let mut bytes = Vec::new();
            super::write(&mut bytes, value);
            assert_eq!(super::read(&bytes), Some((value, bytes.len())));
        }
        assert_eq!(super::read(&[0x80; 9]), None);
        assert_eq!(super::read(&[]), None);
    }
}
