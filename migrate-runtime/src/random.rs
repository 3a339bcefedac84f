//! Randomness that needs no crate: the standard library seeds every `RandomState` anew.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, SystemTime};

fn number() -> u64 {
    let mut hasher = RandomState::new().build_hasher();
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    hasher.write_u128(now.as_nanos());
    hasher.write_u32(std::process::id());
    hasher.finish()
}

/// 32 hex digits that no other run has.
pub(crate) fn run_id() -> String {
    format!("{:016x}{:016x}", number(), number())
}

/// 8 hex digits that hardly come twice.
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
pub(crate) fn word() -> String {
    format!("{:08x}", number() as u32)
}

/// Between a half and the whole of a time.
pub(crate) fn jitter(time: Duration) -> Duration {
    time / 2 + time / 2 / 1024 * (number() % 1024) as u32
}
