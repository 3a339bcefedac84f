use migrate_chain::{Applied, Chain, Dialect};

use crate::log::{Latest, LogEntry};
use crate::state::recomputed;
use crate::{Error, ErrorKind};

/// A revision that is not as it was when it was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Its id.
    pub revision: String,
    /// Its file, relative to the crate.
    pub path: String,
    /// What differs.
    pub what: Changed,
    /// When it was applied, in UTC.
    pub applied_at: String,
}

/// What differs between a revision and its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Changed {
    /// The upgrade's text; `repair` can accept it.
    Content,
    /// Its parents or dependencies: the database was built in another order.
    Ancestry,
}

/// Compares what is applied with the audit log, revision by revision. Each is recomputed from what
/// is recorded of its parents, so that one edit shows once and not in all that follows it.
pub(crate) fn differences(
    chain: &Chain<'_>,
    dialect: Dialect,
    applied: &Applied,
    log: &[LogEntry],
) -> Vec<Difference> {
    let last = Latest::of(log);
    let mut found = Vec::new();
    for at in applied.iter() {
        let revision = chain.get(at);
        let Some(entry) = last
            .get(revision.id)
            .filter(|entry| entry.act.leaves_applied())
        else {
            // Implied by a stamp further up, so never recorded on its own.
            continue;
        };
        let what = if !same_ids(chain, chain.parents(at), &entry.down_revision)
            || !same_ids(chain, chain.dependencies(at), &entry.depends_on)
        {
            Changed::Ancestry
        } else {
            match recomputed(chain, dialect, at, &last) {
                Some(now) if Some(now) != entry.fingerprint => Changed::Content,
                _ => continue,
            }
        };
        found.push(Difference {
            revision: revision.id.to_owned(),
            path: format!("{}/{}", chain.root, revision.path),
            what,
            applied_at: entry.started_at.clone(),
        });
    }
    found
}

fn same_ids(chain: &Chain<'_>, positions: &[usize], recorded: &[String]) -> bool {
    positions.len() == recorded.len()
        && recorded
            .iter()
            .all(|id| chain.index_of(id).is_some_and(|at| positions.contains(&at)))
}

/// One error for all of them.
pub(crate) fn error(chain: &Chain<'_>, differences: &[Difference]) -> Error {
    let Some(first) = differences.first() else {
        return Error::internal("no difference to report");
    };
    let what = match first.what {
        Changed::Content => "was edited",
        Changed::Ancestry => "was put elsewhere in the chain",
    };
    let others = match differences.len() {
        1 => String::new(),
        n => format!(", and {} more", n - 1),
    };
    let mut error = Error::new(
        ErrorKind::Edited,
        format!(
            "revision `{}` ({}) {what} after it was applied at {}{others}",
            first.revision, first.path, first.applied_at
        ),
    )
    .with_revision(&first.revision);
    for difference in differences.iter().skip(1).take(9) {
        error = error.with_note(format!(
            "`{}` ({}), applied at {}",
            difference.revision, difference.path, difference.applied_at
        ));
    }
    let content = differences
        .iter()
        .all(|difference| difference.what == Changed::Content);
    let name = chain.name;
    error = error.with_help("the database ran another text than the one compiled in: put it back, and make the change in a new revision");
    if content {
        error.with_help(format!(
            "if a person has looked and the outcome is the same, `repair` accepts the edit of chain `{name}`"
        ))
        .with_help("as long as no release has sealed it, `cargo migrate redo` takes it down and up again, as the file is now")
    } else {
        error.with_help(
            "changed ancestry can't be repaired: restore the header's down_revision and depends_on",
        )
    }
}
