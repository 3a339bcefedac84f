//! The checksums that other tools record.

use std::hash::{Hash, Hasher};

use sha2::{Digest, Sha256, Sha384};
use siphasher::sip::SipHasher13;

/// sqlx: SHA-384 of the file, in hex.
pub(super) fn sqlx(text: &str) -> String {
    hex(&Sha384::digest(text))
}

/// Prisma: SHA-256 of the file, in hex.
pub(super) fn prisma(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// refinery: SipHash of name, version and script.
pub(super) fn refinery(name: &str, version: i32, text: &str) -> String {
    let mut hasher = SipHasher13::new();
    name.hash(&mut hasher);
    version.hash(&mut hasher);
    text.hash(&mut hasher);
    hasher.finish().to_string()
}

/// Flyway: CRC-32 of the lines without what ends them, as a signed number.
pub(super) fn flyway(text: &str) -> String {
    let mut hasher = crc32fast::Hasher::new();
    for line in text.split(['\n', '\r']) {
        hasher.update(line.as_bytes());
    }
    hasher.finalize().cast_signed().to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The checksums of both forms of a file, one where they are the same.
pub(super) fn of_both(forms: &[String; 2], sum: impl Fn(&str) -> String) -> Vec<String> {
    let mut sums: Vec<String> = forms.iter().map(|form| sum(form)).collect();
    sums.dedup();
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the real tools have written stands in `tests/adopt/fixtures`; `tests/tests/cli/import` imports those histories.
    #[test]
    fn what_ends_a_line_is_no_part_of_flyways() {
        assert_eq!(flyway("123456789"), "-873187034");
        assert_eq!(flyway("1234\n5678\r\n9"), "-873187034");
    }

    #[test]
    fn refinerys_covers_the_name() {
        let text = "CREATE TABLE ran (step INTEGER NOT NULL);\n";
        assert_ne!(refinery("users", 1, text), refinery("people", 1, text));
    }

    #[test]
    fn a_form_that_is_the_same_is_named_once() {
        let forms = ["SELECT 1;".to_owned(), "SELECT 1;".to_owned()];
        assert_eq!(of_both(&forms, sqlx).len(), 1);
    }
}
