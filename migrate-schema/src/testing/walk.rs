//! Up and down a chain, a revision at a time.

use migrate_chain::{Action, Chain, Dialect, Direction};
use migrate_runtime::Migrations;

use super::{Result, Suite, TestDb, at};
use crate::Error;
use crate::diff::compare;
use crate::model::Schema;
use crate::operation::Change;

impl Suite<'_> {
    /// An empty database gets to the head.
    ///
    /// # Errors
    ///
    /// The step that failed.
    pub fn upgrade_from_base(&self) -> Result {
        let chain = self.migrations.chain()?;
        for &dialect in &chain.dialects {
            let mut db = TestDb::at(self.migrations, dialect, "base")?;
            for head in chain.written_heads() {
                let id = chain.get(head).id;
                db.upgrade(id)
                    .map_err(|error| at(&chain, id, dialect, error))?;
            }
        }
        Ok(())
    }

    /// Every revision goes up, down and up again.
    ///
    /// # Errors
    ///
    /// The step that failed.
    pub fn stairway(&self) -> Result {
        steps(self.migrations, |step| {
            step.up()?;
            step.down()?;
            step.up()
        })
    }

    /// What a downgrade leaves is what was there before the upgrade, to the last detail that can be read.
    ///
    /// # Errors
    ///
    /// What differs.
    pub fn downgrade_leaves_no_trace(&self) -> Result {
        steps(self.migrations, |step| {
            let before = step.db.schema()?;
            step.up()?;
            step.down()?;
            let after = step.db.schema()?;
            step.up()?;
            if before == after {
                Ok(())
            } else {
                Err(Error::new(format!(
                    "the downgrade leaves something else than what was there: {}",
                    differences(&before, &after)
                )))
            }
        })
    }
}

/// A revision about to be tried.
pub(super) struct Step<'s, 'm> {
    pub(super) db: &'s mut TestDb<'m>,
    pub(super) id: &'s str,
    /// What it goes down to; nothing where the way down is not one step, or is declared impossible.
    parent: Option<&'s str>,
}

impl Step<'_, '_> {
    pub(super) fn up(&mut self) -> Result {
        self.db.upgrade(self.id)
    }

    pub(super) fn down(&mut self) -> Result {
        match self.parent {
            Some(parent) => self.db.downgrade(parent),
            None => Ok(()),
        }
    }
}

/// Does something with every revision that can go down again, on every database.
fn steps(migrations: &Migrations, mut act: impl FnMut(&mut Step<'_, '_>) -> Result) -> Result {
    let chain = migrations.chain()?;
    for &dialect in &chain.dialects {
        let open = |target: &str| TestDb::at(migrations, dialect, target);
        steps_on(&chain, dialect, &open, &|_| true, &mut act)?;
    }
    Ok(())
}

/// Does something with the revisions that are wanted and can go down again, on one database.
pub(super) fn steps_on<'m>(
    chain: &Chain<'_>,
    dialect: Dialect,
    open: &dyn Fn(&str) -> Result<TestDb<'m>>,
    is_wanted: &dyn Fn(usize) -> bool,
    act: &mut dyn FnMut(&mut Step<'_, '_>) -> Result,
) -> Result {
    let mut db = open("base")?;
    let is_line = (0..chain.len()).all(|at| {
        chain.parents(at).len() <= 1
            && chain.children(at).len() <= 1
            && chain.dependencies(at).is_empty()
    }) && chain.bases().len() <= 1;
    for (position, revision) in chain.revisions().iter().enumerate() {
        let parent = match chain.parents(position) {
            [] => Some("base"),
            [parent] => Some(chain.get(*parent).id),
            _ => None,
        };
        let is_irreversible = matches!(
            revision.action(Direction::Downgrade, dialect),
            Action::Irreversible { .. }
        );
        let parent = parent.filter(|_| !is_irreversible && chain.dependencies(position).is_empty());
        if revision.is_blank() {
            continue;
        }
        let id = revision.id;
        let tried = match (is_line, parent.filter(|_| is_wanted(position))) {
            (_, None) => db.upgrade(id),
            (true, _) => act(&mut Step {
                db: &mut db,
                id,
                parent,
            }),
            // Beside a branch of its own a downgrade would take the others down, too.
            (false, Some(below)) => open(below).and_then(|mut db| {
                act(&mut Step {
                    db: &mut db,
                    id,
                    parent,
                })
            }),
        };
        tried.map_err(|error| at(chain, id, dialect, error))?;
    }
    Ok(())
}

pub(crate) fn differences(before: &Schema, after: &Schema) -> String {
    let operations = compare(before, after);
    let mut differences: Vec<String> = operations.iter().filter_map(Change::describe).collect();
    differences.extend(crate::diff::opaque(before, after));
    if differences.is_empty() {
        "the order of columns, or a detail of a constraint".to_owned()
    } else {
        differences.join(", ")
    }
}
