//! What the other tool has applied, in terms of the chain; or why that can't be taken over.

use std::collections::HashMap;

use migrate_chain::{Action, Adoption, Chain, Dialect, Direction};

use super::refusal::{self, Edited};
use crate::driver::Rows;
use crate::state::State;
use crate::{Error, ErrorKind, Result};

/// What is to be done about what the other tool has applied.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// Positions that the tool has applied, and that are not recorded here.
    pub(super) adopted: Vec<usize>,
    /// Positions that are recorded here, and that the tool doesn't have.
    pub(super) lacking: Vec<usize>,
}

/// What the tool says of one of its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Applied,
    /// The step is applied, and all before it.
    UpTo,
    Failed,
    Undone,
}

impl Status {
    fn of(word: &str) -> Option<Status> {
        Some(match word {
            "applied" => Status::Applied,
            "upto" => Status::UpTo,
            "failed" => Status::Failed,
            "undone" => Status::Undone,
            _ => return None,
        })
    }
}

/// Judges the rows of the query `-- applied`; of several rows about one key the last counts.
///
/// # Errors
///
/// A step that the tool left half done, a key that no revision stands for, another checksum, a revision that is missing
/// below an applied one, or a part of what a revision stands for.
pub(super) fn judge(
    chain: &Chain<'_>,
    dialect: Dialect,
    state: &State,
    adoption: &Adoption<'_>,
    rows: &Rows,
) -> Result<Verdict> {
    let said = read(adoption, rows)?;
    let positions: HashMap<&str, (usize, usize)> = (adoption.keys.iter().enumerate())
        .flat_map(|(at, keys)| {
            let keys = keys.iter().enumerate();
            keys.map(move |(nth, one)| (one.key, (at, nth)))
        })
        .collect();
    let mut has: Vec<Vec<bool>> = (adoption.keys.iter())
        .map(|keys| vec![false; keys.len()])
        .collect();
    let (mut failed, mut unknown, mut edited) = (Vec::new(), Vec::new(), Vec::new());
    for Said { key, status, sum } in &said {
        if *status == Status::Failed {
            failed.push(*key);
        }
        if matches!(status, Status::Failed | Status::Undone) {
            continue;
        }
        let Some(&(at, nth)) = positions.get(key) else {
            // What comes before a key that has no place can't be known.
            if *status == Status::UpTo || !adoption.without.contains(key) {
                unknown.push(*key);
            }
            continue;
        };
        let sums = &adoption.keys[at][nth].sums;
        if let Some(sum) = sum
            && !sums.is_empty()
            && !sums.iter().any(|right| right.eq_ignore_ascii_case(sum))
        {
            edited.push(Edited {
                key,
                position: at,
                recorded: sum,
            });
        }
        if *status == Status::UpTo {
            let mut below = chain.closure(&[at]);
            below[at] = false;
            for (has, _) in has.iter_mut().zip(&below).filter(|(_, below)| **below) {
                has.fill(true);
            }
            has[at][..nth].fill(true);
        }
        has[at][nth] = true;
    }
    if !failed.is_empty() {
        return Err(refusal::half_done(adoption, &failed));
    }
    if !unknown.is_empty() {
        return Err(refusal::unknown(chain, adoption, &unknown));
    }
    if !edited.is_empty() {
        return Err(refusal::edited(chain, adoption, &edited));
    }
    let is_whole = |at: usize| !has[at].is_empty() && has[at].iter().all(|has| *has);
    let is_recorded = |at: usize| state.applied.contains(at);
    let whole: Vec<usize> = (0..chain.len()).filter(|&at| is_whole(at)).collect();
    let is_part = |at: &usize| !is_whole(*at) && !is_recorded(*at) && has[*at].contains(&true);
    if let Some(at) = (0..chain.len()).find(is_part) {
        return Err(refusal::inside(chain, adoption, at, &has[at]));
    }
    // A merge, say, has nothing to run and no key of its own.
    let is_implied = |at: usize| {
        adoption.keys(at).is_empty()
            && *chain.get(at).action(Direction::Upgrade, dialect) == Action::Nothing
    };
    let stands_on = chain.closure(&whole);
    let below = (0..chain.len()).filter(|&at| stands_on[at] && !is_recorded(at));
    let (adopted, missing): (Vec<usize>, Vec<usize>) =
        below.partition(|&at| is_whole(at) || is_implied(at));
    if let Some(&first) = missing.first() {
        let is_above = |at: &&usize| chain.closure(&[**at])[first];
        let above = whole.iter().find(is_above).copied().unwrap_or(first);
        return Err(refusal::missing_below(chain, adoption, &missing, above));
    }
    let lacks = |at: &usize| is_recorded(*at) && has[*at].contains(&false);
    Ok(Verdict {
        adopted,
        lacking: (0..chain.len()).filter(lacks).collect(),
    })
}

/// A row of the query `-- applied`.
struct Said<'r> {
    key: &'r str,
    status: Status,
    sum: Option<&'r str>,
}

/// The rows in their order; the last about a key stands for all of them.
fn read<'r>(adoption: &Adoption<'_>, rows: &'r Rows) -> Result<Vec<Said<'r>>> {
    let mut said: Vec<Said<'r>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for row in rows.iter() {
        let (Some(key), Some(word)) = (row.get(0), row.get(1)) else {
            return Err(misread(adoption, "a row without a key or a state"));
        };
        let Some(status) = Status::of(word) else {
            return Err(misread(
                adoption,
                &format!("`{word}` as the state of `{key}`"),
            ));
        };
        let row = Said {
            key,
            status,
            sum: row.get(2).filter(|sum| !sum.is_empty()),
        };
        match places.get(key) {
            Some(&at) => said[at] = row,
            None => {
                places.insert(key, said.len());
                said.push(row);
            }
        }
    }
    Ok(said)
}

fn misread(adoption: &Adoption<'_>, what: &str) -> Error {
    Error::new(
        ErrorKind::Adoption,
        format!(
            "the query `-- applied` of {} for what {} has applied answers with {what}",
            migrate_chain::ADOPT_SQL,
            adoption.tool
        ),
    )
    .with_help("it yields a key, a state (`applied`, `upto`, `failed` or `undone`) and, where the tool has one, a checksum")
}
