use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::SystemTime;

use migrate_chain::Chain;

/// A new id of 12 lower-case hex digits, which nothing in the chain has: not a revision, not one that
/// a squash replaced, not a label.
pub(crate) fn new_id(chain: &Chain<'_>) -> String {
    loop {
        let id = random();
        let is_taken = chain.index_of(&id).is_some()
            || chain.replacing(&id).is_some()
            || chain.labelled(&id).is_some();
        if !is_taken {
            return id;
        }
    }
}

/// The standard library seeds every `RandomState` anew.
fn random() -> String {
    let mut hasher = RandomState::new().build_hasher();
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    hasher.write_u128(now.as_nanos());
    hasher.write_u32(std::process::id());
    format!("{:012x}", hasher.finish() & 0xffff_ffff_ffff)
}
