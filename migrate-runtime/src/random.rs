//! Ids that no other run has, and pauses that no other waiter makes.

use std::time::Duration;

use migrate_chain::random;

/// 32 hex digits that no other run has.
pub(crate) fn run_id() -> String {
    format!("{:016x}{:016x}", random(), random())
}

/// 8 hex digits that hardly come twice.
#[cfg(feature = "_postgres")]
pub(crate) fn word() -> String {
    format!("{:08x}", random() as u32)
}

/// Between a half and the whole of a time.
pub(crate) fn jitter(time: Duration) -> Duration {
    time / 2 + time / 2 / 1024 * (random() % 1024) as u32
}
