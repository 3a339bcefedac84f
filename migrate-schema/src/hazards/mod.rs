//! What an operation does to others: older clients, rows, locks.

pub(crate) mod queries;

/// How an operation hurts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HazardKind {
    /// Programs that know the schema as it was fail.
    Breaks,
    /// Values are gone for good.
    Loses,
    /// Values become other ones.
    Changes,
    /// Rows that exist may not fit.
    MayFail,
    /// Values that don't fit stay as they are.
    Keeps,
    /// Others wait while a table is read or written as a whole.
    Locks,
}

/// One way in which an operation hurts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hazard {
    /// How.
    pub kind: HazardKind,
    /// What, in a few words: `drops users.mail`.
    pub what: String,
    /// The query whose rows say whether it will.
    pub query: Option<String>,
}

impl Hazard {
    pub(crate) fn new(kind: HazardKind, what: impl Into<String>) -> Hazard {
        Hazard {
            kind,
            what: what.into(),
            query: None,
        }
    }

    pub(crate) fn breaks(what: impl Into<String>) -> Hazard {
        Hazard::new(HazardKind::Breaks, what)
    }

    pub(crate) fn query(mut self, query: impl Into<String>) -> Hazard {
        self.query = Some(query.into());
        self
    }

    /// Adds the query, unless it is about columns whose type changes, so that it can't run before the change.
    pub(crate) fn query_if(self, is_askable: bool, query: String) -> Hazard {
        if is_askable { self.query(query) } else { self }
    }
}
