use migrate_chain::{Chain, random};

/// A new id of 12 lower-case hex digits, which nothing in the chain has: not a revision, not one that
/// a squash replaced, not a label.
pub(crate) fn new_id(chain: &Chain<'_>) -> String {
    loop {
        let id = format!("{:012x}", random() & 0xffff_ffff_ffff);
        let is_taken = chain.index_of(&id).is_some()
            || chain.replacing(&id).is_some()
            || chain.labelled(&id).is_some();
        if !is_taken {
            return id;
        }
    }
}
