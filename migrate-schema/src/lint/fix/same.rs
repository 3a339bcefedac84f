//! A chain and what came of it, held against each other.

use migrate_chain::{Action, Chain, Direction};
use migrate_runtime::Migrations;

use crate::diff::drift;
use crate::introspect::Ignore;
use crate::scratch::{Live, Scratch};
use crate::testing::TestDb;
use crate::{Error, Result};

/// A revision that doesn't end where it did.
#[derive(Debug)]
#[non_exhaustive]
pub struct Elsewhere {
    /// The place of the pair among those that were given.
    pub pair: usize,
    /// What fails, or differs.
    pub why: String,
}

/// Runs two chains beside each other, and compares their schemas behind each pair of revisions: those that were
/// rewritten, and the last that came of each. Each goes up, down, and up again.
///
/// The inner error is the first pair that differs.
///
/// # Errors
///
/// There is no scratch database, or the old chain fails on it.
pub fn same(
    old: &Migrations,
    new: &Migrations,
    pairs: &[(&str, &str)],
    scratch: &Scratch<'_>,
    ignore: &Ignore,
) -> Result<std::result::Result<(), Elsewhere>> {
    let mut old = Side::new(old, scratch, ignore)?;
    let mut new = Side::new(new, scratch, ignore)?;
    for (pair, &(first, last)) in pairs.iter().enumerate() {
        let up = (Move::Up(first), Move::Up(last));
        let mut moves = vec![up];
        if let (Some(from), Some(to)) = (old.parent(first), new.parent(first)) {
            moves.extend([(Move::Down(from), Move::Down(to)), up]);
        }
        for (one, other) in moves {
            old.go(one)?;
            if let Err(error) = new.go(other) {
                let why = reason(&error);
                return Ok(Err(Elsewhere { pair, why }));
            }
            let differences = drift(
                &old.db.live.read(ignore)?,
                &new.db.live.read(ignore)?,
                ignore,
            );
            if !differences.is_empty() {
                let back = match one {
                    Move::Up(_) => "",
                    Move::Down(_) => "taken back, ",
                };
                let why = format!("{back}{}", differences.join(", "));
                return Ok(Err(Elsewhere { pair, why }));
            }
        }
    }
    Ok(Ok(()))
}

#[derive(Clone, Copy)]
enum Move<'m> {
    Up(&'m str),
    Down(&'m str),
}

/// One of the chains, on a scratch database.
struct Side<'m> {
    chain: Chain<'m>,
    db: TestDb<'m>,
}

impl<'m> Side<'m> {
    fn new(
        migrations: &'m Migrations,
        scratch: &Scratch<'_>,
        ignore: &'m Ignore,
    ) -> Result<Side<'m>> {
        let (live, prefix) = (Live::new(scratch)?, ignore.tables_prefix());
        Ok(Side {
            chain: migrations.chain()?,
            db: TestDb::over(live, migrations, scratch.dialect(), prefix),
        })
    }

    fn go(&mut self, one: Move<'_>) -> Result<()> {
        match one {
            Move::Up(target) => self.db.upgrade(target),
            Move::Down(target) => self.db.downgrade(target),
        }
    }

    /// What is left when a revision is taken back; none where it can't be, or where that is no single point.
    fn parent(&self, id: &str) -> Option<&'m str> {
        let at = self.chain.index_of(id)?;
        let action = self
            .chain
            .get(at)
            .action(Direction::Downgrade, self.db.dialect());
        let is_line = (0..self.chain.len()).all(|at| self.chain.required_by(at).len() <= 1);
        match (self.chain.parents(at), action) {
            (_, Action::Irreversible { .. } | Action::Absent) => None,
            ([], _) if is_line => Some("base"),
            ([parent], _) if is_line => Some(self.chain.get(*parent).id),
            _ => None,
        }
    }
}

/// What the database says.
fn reason(error: &Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
