//! The plan of an older program that undoes what it doesn't contain, with the scripts that the log keeps.

use migrate_chain::{Chain, Dialect, Properties, Transaction};

use super::plan::{Plan, PlanStep};
use crate::log::LogEntry;
use crate::state::{Head, State};
use crate::{Error, ErrorKind, Result};

/// [`plan`], behind a pointer, because a program that never undoes what is ahead links nothing then that does.
pub(crate) type UndoAhead = for<'p> fn(&'p Chain<'p>, &'p State, Dialect) -> Result<Plan<'p>>;

/// Downgrades all that is ahead, the newest first.
///
/// # Errors
///
/// One of which the log keeps no script that can run here; nothing is undone then.
pub(crate) fn plan<'p>(
    chain: &'p Chain<'p>,
    state: &'p State,
    dialect: Dialect,
) -> Result<Plan<'p>> {
    let ahead: Vec<&LogEntry> = state.ahead().collect();
    let mut steps = Vec::with_capacity(ahead.len());
    for (index, entry) in ahead.iter().enumerate() {
        let script = runnable(entry)?;
        let left = ahead.get(index + 1..).unwrap_or_default();
        steps.push(PlanStep::of_log(
            entry,
            script,
            bared(chain, state, entry, left, dialect),
        ));
    }
    Ok(Plan {
        steps,
        heads: state.heads(chain, dialect),
        ends_in_progress: false,
        notes: Vec::new(),
    })
}

/// The script that undoes a revision, if the log could keep one.
fn runnable(entry: &LogEntry) -> Result<(&str, Properties)> {
    let refused = |why: String| {
        Error::new(
            ErrorKind::Ahead,
            format!(
                "the database has `{}`, and it can't be downgraded from here: {why}",
                entry.revision
            ),
        )
        .with_revision(&entry.revision)
        .with_help("downgrade with the release that brought it")
    };
    let Some((script, words)) = &entry.downgrade else {
        return Err(refused(
            "it is irreversible or Rust-coded, so the log keeps no script".to_owned(),
        ));
    };
    let properties = match words.as_str() {
        "" => Properties::default(),
        words => Properties::parse(words).map_err(refused)?.1,
    };
    if properties.transaction == Transaction::Outside {
        return Err(refused(
            "its downgrade runs outside a transaction".to_owned(),
        ));
    }
    Ok((script, properties))
}

/// The heads that undoing a revision lays bare: what it stood on, unless something else that is then still applied
/// stands on it too.
fn bared<'p>(
    chain: &'p Chain<'p>,
    state: &State,
    entry: &'p LogEntry,
    left: &[&'p LogEntry],
    dialect: Dialect,
) -> Vec<Head<'p>> {
    let mut heads: Vec<Head<'p>> = Vec::new();
    for id in entry.down_revision.iter().chain(&entry.depends_on) {
        let stands_on_it = |other: &&LogEntry| {
            let mut below = other.down_revision.iter().chain(&other.depends_on);
            below.any(|below| below == id)
        };
        let known = chain.index_of(id);
        let by_known = known.is_some_and(|at| {
            let mut above = chain.required_by(at).iter();
            above.any(|&above| state.applied.contains(above))
        });
        if left.iter().any(stands_on_it) || by_known || heads.iter().any(|head| head.revision == id)
        {
            continue;
        }
        let fingerprint = match known {
            Some(at) => chain.get(at).fingerprint(dialect),
            None => {
                (left.iter().find(|left| left.revision == *id)).and_then(|left| left.fingerprint)
            }
        };
        heads.push(Head {
            revision: id,
            fingerprint,
        });
    }
    heads
}
