//! Why a database is not taken over: each reason in its own words, with the other tool's keys.

use migrate_chain::{ADOPT_SQL, Adoption, Chain};

use crate::error::{Refusal, RefusalKind};
use crate::{Error, ErrorKind};

/// A step of which the tool has recorded another checksum.
pub(super) struct Edited<'r> {
    pub(super) key: &'r str,
    pub(super) position: usize,
    pub(super) recorded: &'r str,
}

const UNTOUCHED: &str = "nothing was changed, here or there";

fn refused(adoption: &Adoption<'_>, kind: RefusalKind, keys: &[&str], message: String) -> Error {
    let error = match kind {
        RefusalKind::HalfDone => ErrorKind::Interrupted,
        _ => ErrorKind::Adoption,
    };
    Error::new(error, message)
        .with_refusal(Refusal {
            kind,
            from: adoption.tool.to_owned(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        })
        .with_note(UNTOUCHED)
}

/// Keys for a sentence: the first few of them.
fn listed(keys: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<String> = keys
        .iter()
        .take(SHOWN)
        .map(|key| format!("`{key}`"))
        .collect();
    match keys.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

pub(super) fn half_done(adoption: &Adoption<'_>, keys: &[&str]) -> Error {
    let Adoption { tool, table, .. } = adoption;
    let steps = listed(keys);
    let key = keys.first().copied().unwrap_or_default();
    let table = table.unwrap_or_default();
    // What each of them calls it, and its own means of saying that it is mended.
    let (message, cure) = match *tool {
        "golang-migrate" => (
            format!("golang-migrate has {steps} marked as dirty: that step began, and did not end"),
            format!(
                "say so: `migrate force {key}` where all of it is done, and `migrate force` with the version before it where it is undone"
            ),
        ),
        "sqlx" => (
            format!("sqlx has recorded that {steps} began, and not that it succeeded"),
            format!(
                "say so: `UPDATE {table} SET success = TRUE WHERE version = {key}` where all of it is done, and `DELETE FROM {table} WHERE version = {key}` where it is undone"
            ),
        ),
        "flyway" => (
            format!("Flyway has recorded {steps} as failed"),
            "say so: `flyway repair` once it is undone, which takes the row away".to_owned(),
        ),
        "prisma" => (
            format!("Prisma has begun {steps}, which failed"),
            format!(
                "say so: `prisma migrate resolve --applied {key}` where all of it is done, and `prisma migrate resolve --rolled-back {key}` where it is undone"
            ),
        ),
        "atlas" => (
            format!("Atlas has applied a part of the statements of {steps}"),
            "say so: `atlas migrate apply` goes on with the rest, and `atlas migrate set` says up to which version all is done"
                .to_owned(),
        ),
        _ => (
            format!("{tool} has left {steps} half done"),
            format!("have {tool} record it so"),
        ),
    };
    refused(adoption, RefusalKind::HalfDone, keys, message)
        .with_note("how far it came, only a person can tell")
        .with_help(format!(
            "look at the database, finish or undo that by hand, and {cure}; then start again"
        ))
}

pub(super) fn unknown(chain: &Chain<'_>, adoption: &Adoption<'_>, keys: &[&str]) -> Error {
    let tool = adoption.tool;
    let message = format!(
        "{tool} has applied {}, which no revision of this program stands for",
        listed(keys)
    );
    let error = refused(adoption, RefusalKind::Unknown, keys, message)
        .with_help("is this the right database, and the newest release of this program?");
    match keys.iter().find(|key| adoption.without.contains(key)) {
        Some(key) => error.with_help(format!(
            "`-- without: {key}` is no way out: {tool} has recorded that all before it was applied, and what that is can't be known; name the key in the header of the last revision that was: `-- adopts: ..`"
        )),
        None => error.with_help(format!(
            "files that {tool} got since are added by `cargo migrate import`; a key that no revision needs is named in {}/{ADOPT_SQL}: `-- without: {}`",
            chain.root,
            keys.first().copied().unwrap_or_default()
        )),
    }
}

pub(super) fn edited(chain: &Chain<'_>, adoption: &Adoption<'_>, edited: &[Edited<'_>]) -> Error {
    let keys: Vec<&str> = edited.iter().map(|one| one.key).collect();
    let tool = adoption.tool;
    let message = format!(
        "{tool} has recorded another checksum of {} than this program has",
        listed(&keys)
    );
    let mut error = refused(adoption, RefusalKind::Edited, &keys, message);
    for one in edited.iter().take(5) {
        let revision = chain.get(one.position);
        error = error.with_note(format!(
            "`{}` is {}/{}; recorded is {}",
            one.key, chain.root, revision.path, one.recorded
        ));
    }
    if let [one] = edited {
        error = error.with_revision(chain.get(one.position).id);
    }
    error.with_help("the file was edited after it ran: put it back, and import it again; or, once a person has seen that both mean the same, add the recorded checksum: `-- adopts: KEY SUM|SUM`")
}

pub(super) fn missing_below(
    chain: &Chain<'_>,
    adoption: &Adoption<'_>,
    missing: &[usize],
    above: usize,
) -> Error {
    let tool = adoption.tool;
    let keys: Vec<&str> = (missing.iter())
        .flat_map(|&at| adoption.keys(at).iter().map(|one| one.key))
        .collect();
    let revision = chain.get(above).id;
    let stands_for = adoption.keys(above).last().map_or("", |one| one.key);
    let what = match keys[..] {
        [] => format!(
            "`{}`, which no key of {tool}'s stands for,",
            chain.get(missing[0]).id
        ),
        _ => listed(&keys),
    };
    let message = format!("{tool} has applied `{stands_for}`, and {what} below it is missing");
    let mut error = refused(adoption, RefusalKind::MissingBelow, &keys, message);
    for &at in missing.iter().take(5) {
        let below = chain.get(at);
        error = error.with_note(format!(
            "`{}` ({}/{}) comes before `{revision}`",
            below.id, chain.root, below.path
        ));
    }
    error.with_help(format!(
        "it was added to the middle of the history after the database had passed that place: run it with {tool}, which may need to be allowed to, or by hand and record it there; then start again"
    ))
}

pub(super) fn inside(chain: &Chain<'_>, adoption: &Adoption<'_>, at: usize, has: &[bool]) -> Error {
    let tool = adoption.tool;
    let of = |wanted: bool| -> Vec<&str> {
        let keys = adoption.keys(at).iter().zip(has);
        keys.filter(|(_, has)| **has == wanted)
            .map(|(one, _)| one.key)
            .collect()
    };
    let (there, lacking) = (of(true), of(false));
    let revision = chain.get(at);
    let message = format!(
        "the database is in the middle of what `{}` stands for: {tool} has applied {}, and not {}",
        revision.id,
        listed(&there),
        listed(&lacking)
    );
    refused(adoption, RefusalKind::Inside, &lacking, message)
        .with_revision(revision.id)
        .with_help(format!(
            "bring it up to `{}` with {tool} first, with the last release that still has it; then start this one",
            adoption.keys(at).last().map_or("", |one| one.key)
        ))
}
