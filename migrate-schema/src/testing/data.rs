use std::collections::{BTreeMap, BTreeSet};

use migrate_chain::Dialect;

use super::suite::{position, unknown};
use super::{Result, Suite, TestDb, all, at, rows};
use crate::Error;
use crate::model::Schema;

impl Suite<'_> {
    /// Every revision runs on tables that hold rows: two are made up for each table as soon as it is
    /// there, and again whenever it has changed, children of foreign keys included. Tables that stay keep their rows, and no foreign key
    /// is left without its parent.
    ///
    /// Where no row can be made up for a table (it has to fit a format that no literal of its CHECKs
    /// tells, or a trigger refuses it), the test says so, and is given one:
    /// [`rows`](Suite::rows). A revision that removes rows on purpose is named in
    /// [`removes_rows`](Suite::removes_rows). A table that is renamed counts as one that goes.
    ///
    /// # Errors
    ///
    /// The step that failed, the tables without rows, or the rows that are gone.
    pub fn upgrade_with_data(&self) -> Result {
        let chain = self.migrations.chain()?;
        let mut may_remove = BTreeSet::new();
        for id in &self.removes_rows {
            may_remove.insert(position(&chain, "removes_rows", id)?);
        }
        let mut known = BTreeSet::new();
        for &dialect in &chain.dialects {
            let mut db = TestDb::at(self.migrations, dialect, "base")?;
            let mut schema = db.schema()?;
            let mut seeder = rows::Seeder::default();
            for (position, revision) in chain.revisions().iter().enumerate() {
                if revision.is_blank() {
                    continue;
                }
                let unfilled = seeder.seed(&mut db, &schema, &self.rows)?;
                all(unfilled).map_err(|error| {
                    Error::new(format!(
                        "tables would be empty when revision {} runs on {dialect}",
                        revision.id
                    ))
                    .with_source(error)
                })?;
                let before = counts(&mut db, &schema)?;
                let mut step = || {
                    db.upgrade(revision.id)?;
                    schema = db.schema()?;
                    if !may_remove.contains(&position) {
                        kept(&before, &counts(&mut db, &schema)?, revision.id)?;
                    }
                    foreign_keys(&mut db)
                };
                step().map_err(|error| at(&chain, revision.id, dialect, error))?;
                known.extend(schema.tables.keys().cloned());
            }
        }
        match self.rows.iter().find(|one| !known.contains(one.name)) {
            Some(one) => Err(unknown("rows", one.name, known.iter().map(String::as_str))),
            None => Ok(()),
        }
    }
}

fn counts(db: &mut TestDb<'_>, schema: &Schema) -> Result<BTreeMap<String, i64>> {
    let count = |name: &String| Ok((name.clone(), rows::count(db, name)?));
    schema.tables.keys().map(count).collect()
}

fn kept(before: &BTreeMap<String, i64>, after: &BTreeMap<String, i64>, id: &str) -> Result {
    let mut lost = Vec::new();
    for (table, before) in before {
        if let Some(after) = after.get(table)
            && after < before
        {
            lost.push(format!(
                "{table} held {before} rows before and {after} after"
            ));
        }
    }
    if lost.is_empty() {
        Ok(())
    } else {
        Err(Error::new(lost.join("\n")).with_help(format!(
            "if the revision is to remove rows: `migration_tests!(.., removes_rows = [\"{id}\"])`"
        )))
    }
}

/// PostgreSQL holds them itself.
pub(super) fn foreign_keys(db: &mut TestDb<'_>) -> Result {
    if db.dialect() != Dialect::Sqlite {
        return Ok(());
    }
    let found: Option<String> =
        db.value("SELECT group_concat(DISTINCT \"table\") FROM pragma_foreign_key_check")?;
    match found {
        None => Ok(()),
        Some(tables) => Err(Error::new(format!(
            "rows without the parent that their foreign key names: {tables}"
        ))),
    }
}
