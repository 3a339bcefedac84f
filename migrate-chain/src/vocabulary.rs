//! Words that every part of the crate uses.

/// What language a revision is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// A `.sql` file: sections are scripts.
    Sql,
    /// A `.rs` file: `pub fn upgrade` and `pub fn downgrade`.
    Rust,
}

/// Which way a step goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Towards the head.
    Upgrade,
    /// Towards the base.
    Downgrade,
}

impl Direction {
    /// `upgrade` or `downgrade`.
    pub const fn name(self) -> &'static str {
        match self {
            Direction::Upgrade => "upgrade",
            Direction::Downgrade => "downgrade",
        }
    }

    pub(crate) const BOTH: [Direction; 2] = [Direction::Upgrade, Direction::Downgrade];
}

impl std::fmt::Display for Direction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// How a function of a Rust-coded revision is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// A `fn`.
    Sync,
    /// An `async fn`.
    Async,
}
