//! Databases that another tool has migrated: what it has applied is recorded here without running, and what we run of its
//! steps is recorded there, so that its releases go on working beside ours.
//!
//! The tool is known by `adopt.sql` and by the keys `adopts` of the headers alone. A program whose chain has none links
//! nothing of this (`engine/linked.rs`).

pub(crate) mod beside;
mod judge;
mod look;
mod name;
mod record;
mod refusal;
mod step;

use migrate_chain::Adoption;

use crate::{Error, Migrations, Result};

pub(crate) use look::{Look, is_present, look};
pub(crate) use name::Name;
pub(crate) use record::record;

/// The other tool, as far as it is known.
#[derive(Debug)]
pub(crate) struct Other<'m> {
    pub(crate) adoption: Adoption<'m>,
    /// True when its table is there, so that it can be told of steps.
    pub(super) is_present: bool,
    /// True when it matters what the tool has applied, so that it may be at work beside us.
    pub(crate) is_due: bool,
}

/// Reads what `adopt.sql` says of the other tool.
pub(crate) fn other(migrations: &Migrations) -> Result<Option<Other<'_>>> {
    let adoption = migrations.packed()?.adoption();
    let adoption = adoption.map_err(|mismatch| Error::internal(mismatch.to_string()))?;
    Ok(adoption.map(|adoption| Other {
        adoption,
        is_present: false,
        is_due: false,
    }))
}
