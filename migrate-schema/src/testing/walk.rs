//! Up and down a chain, a revision at a time.

use std::collections::BTreeMap;

use migrate_chain::{Action, Chain, Dialect, Direction};
use migrate_runtime::Migrations;

use super::{Result, TestDb, rows};
use crate::Error;
use crate::diff::{Operation, compare};
use crate::model::Schema;
use crate::text::ident;

/// An empty database gets to the head.
///
/// # Errors
///
/// The step that failed.
pub fn upgrade_from_base(migrations: &Migrations) -> Result {
    let chain = migrations.chain()?;
    for &dialect in &chain.dialects {
        let mut db = TestDb::at(migrations, dialect, "base")?;
        for id in tips(&chain) {
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
pub fn stairway(migrations: &Migrations) -> Result {
    steps(migrations, |step| {
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
pub fn downgrade_leaves_no_trace(migrations: &Migrations) -> Result {
    steps(migrations, |step| {
        let before = step.db.schema()?;
        step.up()?;
        step.down()?;
        let after = step.db.schema()?;
        step.up()?;
        match before == after {
            true => Ok(()),
            false => Err(Error::new(format!(
                "the downgrade leaves something else than what was there: {}",
                differences(&before, &after)
            ))),
        }
    })
}

/// Every revision runs on tables that hold rows: one is made up for each table before each revision,
/// children of foreign keys included. Tables that stay keep their rows, and no foreign key is left
/// without its parent.
///
/// # Errors
///
/// The step that failed, or the rows that are gone.
pub fn upgrade_with_data(migrations: &Migrations) -> Result {
    let chain = migrations.chain()?;
    for &dialect in &chain.dialects {
        let mut db = TestDb::at(migrations, dialect, "base")?;
        for (number, revision) in chain.revisions().iter().enumerate() {
            let schema = db.schema()?;
            rows::seed(&mut db, &schema, number + 1);
            let before = counts(&mut db, &schema)?;
            db.upgrade(revision.id)
                .and_then(|()| {
                    let schema = db.schema()?;
                    kept(&before, &counts(&mut db, &schema)?)?;
                    foreign_keys(&mut db)
                })
                .map_err(|error| at(&chain, revision.id, dialect, error))?;
        }
    }
    Ok(())
}

/// A revision about to be tried.
struct Step<'s, 'm> {
    db: &'s mut TestDb<'m>,
    id: &'s str,
    /// What it goes down to; nothing where the way down is not one step, or is declared impossible.
    parent: Option<&'s str>,
}

impl Step<'_, '_> {
    fn up(&mut self) -> Result {
        self.db.upgrade(self.id)
    }

    fn down(&mut self) -> Result {
        match self.parent {
            Some(parent) => self.db.downgrade(parent),
            None => Ok(()),
        }
    }
}

/// Does something with every revision that can go down again, on every database.
fn steps(migrations: &Migrations, act: impl Fn(&mut Step<'_, '_>) -> Result) -> Result {
    let chain = migrations.chain()?;
    for &dialect in &chain.dialects {
        let mut db = TestDb::at(migrations, dialect, "base")?;
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
            let parent =
                parent.filter(|_| !is_irreversible && chain.dependencies(position).is_empty());
            let id = revision.id;
            let tried = match (is_line, parent) {
                (_, None) => db.upgrade(id),
                (true, _) => act(&mut Step {
                    db: &mut db,
                    id,
                    parent,
                }),
                // Beside a branch of its own a downgrade would take the others down, too.
                (false, Some(below)) => {
                    TestDb::at(migrations, dialect, below).and_then(|mut db| {
                        act(&mut Step {
                            db: &mut db,
                            id,
                            parent,
                        })
                    })
                }
            };
            tried.map_err(|error| at(&chain, id, dialect, error))?;
        }
    }
    Ok(())
}

fn tips<'c>(chain: &'c Chain<'_>) -> Vec<&'c str> {
    chain.tips().iter().map(|&at| chain.get(at).id).collect()
}

/// Says where it happened.
fn at(chain: &Chain<'_>, id: &str, dialect: Dialect, error: Error) -> Error {
    let path = chain.position(id).map_or_else(String::new, |at| {
        format!("{}/{}: ", chain.root, chain.get(at).path)
    });
    Error::new(format!("{path}revision {id} on {dialect}")).with_source(error)
}

fn differences(before: &Schema, after: &Schema) -> String {
    let operations = compare(before, after);
    let mut told: Vec<String> = operations.iter().filter_map(Operation::told).collect();
    told.extend(crate::diff::verbatim(before, after));
    match told.is_empty() {
        true => "the order of columns, or a detail of a constraint".to_owned(),
        false => told.join(", "),
    }
}

fn counts(db: &mut TestDb<'_>, schema: &Schema) -> Result<BTreeMap<String, String>> {
    let mut counts = BTreeMap::new();
    for name in schema.tables.keys() {
        let count = db.value(&format!("SELECT count(*) FROM {}", ident(name)))?;
        counts.insert(name.clone(), count.unwrap_or_default());
    }
    Ok(counts)
}

fn kept(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Result {
    for (table, before) in before {
        if let Some(after) = after.get(table)
            && after != before
        {
            return Err(Error::new(format!(
                "{table} held {before} rows before and {after} after"
            )));
        }
    }
    Ok(())
}

/// PostgreSQL holds them itself.
fn foreign_keys(db: &mut TestDb<'_>) -> Result {
    if db.dialect() != Dialect::Sqlite {
        return Ok(());
    }
    let found = db.value("SELECT group_concat(\"table\") FROM pragma_foreign_key_check")?;
    match found {
        None => Ok(()),
        Some(tables) => Err(Error::new(format!(
            "rows without the parent that their foreign key names: {tables}"
        ))),
    }
}
