//! What a section asks of its script, and what is found against it.

use crate::{Dialect, Direction};
use std::ops::Range;

/// What a section asks of its script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Section {
    /// Which way the script goes.
    pub direction: Direction,
    /// The database the script is for.
    pub dialect: Dialect,
    /// False for a section that is `no transaction`.
    pub in_transaction: bool,
    /// True for a section that is `foreign keys off`.
    pub foreign_keys_off: bool,
}

impl Section {
    /// An upgrade without properties.
    pub const fn new(dialect: Dialect) -> Section {
        Section {
            direction: Direction::Upgrade,
            dialect,
            in_transaction: true,
            foreign_keys_off: false,
        }
    }

    /// The line that opens such a section with a property, for a hint.
    pub(super) fn marked(&self, property: &str) -> String {
        format!("`-- {} ({}, {property})`", self.direction, self.dialect)
    }
}

/// Something that a script must not contain.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The place, in bytes of the script.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// Adds a finding.
pub(super) fn find(
    findings: &mut Vec<Finding>,
    range: Range<usize>,
    message: impl Into<String>,
    help: impl Into<String>,
) {
    findings.push(Finding {
        range,
        message: message.into(),
        help: help.into(),
    });
}
