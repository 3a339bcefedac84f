//! A revision is tried before it is written: upgraded and downgraded on scratch databases, empty and with rows at the
//! edges of every type. What it then says of the database is held against what it was to make.

mod edges;
mod values;

use std::slice;

use migrate_chain::{Dialect, Folder, NewHeader, Options, load};
use migrate_runtime::Migrations;

use crate::diff::{Answers, Changes, compare, diff, opaque};
use crate::hazards::HazardKind;
use crate::hints::Hints;
use crate::introspect::Ignore;
use crate::model::{Opaque, Schema};
use crate::operation::Change;
use crate::revision::Revision;
use crate::scratch::Scratch;
use crate::sql::{ident, relation};
use crate::testing::TestDb;
use crate::testing::rows::Seeder;
use crate::{Error, Result};

use self::values::Values;

/// What the trial's own tables start with.
const PREFIX: &str = "migrate_trial";

/// How many rows a table is given.
const ROWS: usize = 10;

/// What came of a trial.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Findings {
    /// Why the revision can't be written: it fails, makes something else than the models say, or changes values in
    /// silence.
    pub problems: Vec<String>,
    /// What a person has to know before the revision is used.
    pub careful: Vec<String>,
}

/// Revisions that follow each other on a chain, tried on one of its databases.
///
/// `steps` is what [`Revision::online`] gives, or the revision alone; `at` is the place of the database among their
/// changes. The scratch database is of that kind.
///
/// # Errors
///
/// The chain itself fails, or a scratch database can't be made. That the revision fails is a finding.
pub fn try_out(
    chain: &Migrations,
    steps: &[Revision],
    at: usize,
    scratch: &Scratch<'_>,
    ignore: &Ignore,
) -> Result<Findings> {
    let steps: Vec<&Changes> = steps
        .iter()
        .filter_map(|step| step.changes.get(at))
        .collect();
    let Some(trial) = Trial::new(chain, &steps, scratch, ignore)? else {
        return Ok(Findings::default());
    };
    let mut findings = Findings::default();
    let used = trial.run_empty(&mut findings)?;
    // What fails on an empty database fails on rows too.
    if findings.problems.is_empty() {
        trial.run_with_rows(used, &mut findings)?;
    }
    Ok(findings)
}

struct Trial<'t> {
    chain: &'t Migrations,
    steps: Vec<&'t Changes>,
    /// The revisions alone, as a chain of their own.
    revisions: Migrations,
    scratch: &'t Scratch<'t>,
    ignore: Ignore,
    prefix: &'t str,
}

impl<'t> Trial<'t> {
    /// `None` where there is nothing to do.
    fn new(
        chain: &'t Migrations,
        steps: &[&'t Changes],
        scratch: &'t Scratch<'t>,
        ignore: &'t Ignore,
    ) -> Result<Option<Trial<'t>>> {
        let mut folder = Folder::new("trial");
        let ids: Vec<String> = (0..=steps.len()).map(id).collect();
        let mut used: Vec<&Changes> = Vec::new();
        for changes in steps {
            let revision = Revision {
                changes: vec![(*changes).clone()],
                spent: Vec::new(),
                kept: Vec::new(),
            };
            let (Some(id), parent) = (ids.get(used.len()), used.len().checked_sub(1)) else {
                continue;
            };
            let parents: Vec<&str> = parent
                .and_then(|at| ids.get(at))
                .map(String::as_str)
                .into_iter()
                .collect();
            let header = NewHeader {
                down_revision: &parents,
                ..NewHeader::new("tried", id, "2000-01-01 00:00:00 UTC")
            };
            if let Some(text) = revision.text(&header) {
                folder.add(&format!("{id}.sql"), text.as_bytes());
                used.push(changes);
            }
        }
        if used.is_empty() {
            return Ok(None);
        }
        folder.finish();
        let mut options = Options::new("trial");
        options.dialects = vec![scratch.dialect()];
        let revisions = load(folder, &options).map_err(|problems| {
            Error::new(format!("the revision can't be read back:\n{problems}"))
        })?;
        let own =
            ["revision", "log", "in_progress", "setting"].map(|name| format!("{PREFIX}_{name}"));
        Ok(Some(Trial {
            chain,
            steps: used,
            revisions: revisions.into(),
            scratch,
            ignore: ignore.clone().names(own),
            prefix: ignore.tables_prefix(),
        }))
    }

    /// A database that the chain made, and its schema.
    fn database(&self) -> Result<(TestDb<'_>, Schema)> {
        let live = TestDb::on(self.chain, self.scratch, self.prefix)?.live;
        let mut db = TestDb::over(live, &self.revisions, self.scratch.dialect(), PREFIX);
        let start = db.live.read(&self.ignore)?;
        Ok((db, start))
    }

    /// Up and down on an empty database, which is given back if it then is as it was.
    fn run_empty(&self, findings: &mut Findings) -> Result<Option<(TestDb<'_>, Schema)>> {
        let (mut db, start) = self.database()?;
        let dialect = self.scratch.dialect();
        if let Err(failure) = self.upgrade(&mut db, "head", false) {
            if !self.is_shown() {
                findings.problems.push(failure);
            }
            return Ok(None);
        }
        if let Some(last) = self.steps.last() {
            let now = db.live.read(&self.ignore)?;
            findings
                .problems
                .extend(left(&now, &declared(last)).into_iter().map(|line| {
                    format!(
                        "{dialect}: after the upgrade the models would still ask for this: {line}"
                    )
                }));
        }
        let Some(backs) = self.backs() else {
            return Ok(None);
        };
        if let Err(failure) = self.downgrade(&mut db, "base", &backs, false) {
            findings.careful.extend(failure);
            return Ok(None);
        }
        let now = db.live.read(&self.ignore)?;
        let differs = differences(&now, &start);
        if !differs.is_empty() {
            findings.careful.push(format!(
                "{dialect}: the downgrade doesn't make all that was there: {}",
                differs.join(", ")
            ));
        }
        Ok((now == start).then_some((db, start)))
    }

    /// Up and down with rows at the edges of every type. Which schema that makes is known by now.
    fn run_with_rows(
        &self,
        used: Option<(TestDb<'_>, Schema)>,
        findings: &mut Findings,
    ) -> Result<()> {
        let (mut db, start) = used.map_or_else(|| self.database(), Ok)?;
        fill(&mut db, &start);
        let dialect = self.scratch.dialect();
        for (at, step) in self.steps.iter().enumerate() {
            let schema = if at == 0 {
                &start
            } else {
                step.schema_before()
            };
            let before = Values::read(&mut db, schema)?;
            if let Err(failure) = self.upgrade(&mut db, &id(at), true) {
                // It may never meet such a row.
                if !(self.is_shown() || self.may_fail()) {
                    findings.careful.push(failure);
                }
                return Ok(());
            }
            let changed = before.changed_in_silence(&mut db, step).into_iter();
            let changed = changed.map(|line| format!("{dialect}: {line}"));
            findings.problems.extend(changed);
        }
        for (at, back) in self.backs().unwrap_or_default().iter().enumerate().rev() {
            let before = Values::read(&mut db, back.schema_before())?;
            let to = at.checked_sub(1).map_or("base".to_owned(), id);
            if let Err(failure) = self.downgrade(&mut db, &to, slice::from_ref(back), true) {
                findings.careful.extend(failure);
                return Ok(());
            }
            let changed = before.changed_in_silence(&mut db, back).into_iter();
            let changed = changed.map(|line| format!("{dialect}: on the way back {line}"));
            findings.problems.extend(changed);
        }
        Ok(())
    }

    /// What the database says if it fails, as a sentence.
    fn upgrade(&self, db: &mut TestDb<'_>, to: &str, with_rows: bool) -> Result<(), String> {
        let dialect = self.scratch.dialect();
        db.upgrade(to)
            .map_err(|error| format!("{dialect}: the upgrade fails {}: {error:#}", on(with_rows)))
    }

    /// The way back of each step; `None` where a file has none.
    fn backs(&self) -> Option<Vec<Changes>> {
        let backs: Result<_, _> = self.steps.iter().map(|step| step.back()).collect();
        backs.ok()
    }

    /// What the database says if it fails, unless the file says so.
    fn downgrade(
        &self,
        db: &mut TestDb<'_>,
        to: &str,
        backs: &[Changes],
        with_rows: bool,
    ) -> Result<(), Option<String>> {
        let dialect = self.scratch.dialect();
        db.downgrade(to).map_err(|error| {
            let is_announced = backs
                .iter()
                .any(|back| !back.reviews().is_empty() || with_rows && may_fail(back));
            (!is_announced).then(|| {
                format!(
                    "{dialect}: the downgrade fails {}: {error:#}",
                    on(with_rows)
                )
            })
        })
    }

    /// Whether the file asks a person to look.
    fn is_shown(&self) -> bool {
        self.steps.iter().any(|step| !step.reviews().is_empty())
    }

    fn may_fail(&self) -> bool {
        self.steps.iter().any(|step| may_fail(step))
    }
}

/// What a step is called.
fn id(at: usize) -> String {
    format!("{at}a")
}

fn on(with_rows: bool) -> &'static str {
    if with_rows {
        "on rows at the edges of their types"
    } else {
        "on an empty database"
    }
}

fn may_fail(changes: &Changes) -> bool {
    !changes.unfilled().is_empty()
        || changes
            .hazards()
            .iter()
            .any(|hazard| hazard.kind == HazardKind::MayFail)
}

/// The schema to arrive at, without what no model declares: the server may spell that otherwise now.
fn declared(changes: &Changes) -> Schema {
    let mut to = changes.to.clone();
    for (table, index) in &changes.kept {
        if let Some(table) = to.tables.get_mut(table) {
            table.indexes.remove(index);
        }
    }
    to
}

/// What a second run would find.
fn left(now: &Schema, to: &Schema) -> Vec<String> {
    match diff(now, to, &Hints::default(), &Answers::new()) {
        Ok(changes) => changes.describe(),
        Err(refusal) => vec![refusal.to_string()],
    }
}

/// What is not as it was. SQLite writes quotes into the text of what mentions a renamed table.
fn differences(now: &Schema, start: &Schema) -> Vec<String> {
    let plain = |schema: &Schema| {
        let mut schema = schema.clone();
        let strip = |one: &mut Opaque| one.create = one.create.replace('"', "");
        schema.opaque.iter_mut().for_each(strip);
        let own = schema
            .tables
            .values_mut()
            .flat_map(|table| &mut table.opaque);
        own.for_each(strip);
        schema
    };
    let mut lines: Vec<String> = compare(now, start)
        .iter()
        .filter_map(Change::describe)
        .collect();
    match now.dialect {
        Dialect::Sqlite => lines.extend(opaque(&plain(now), &plain(start))),
        _ => lines.extend(opaque(now, start)),
    }
    lines
}

/// Puts rows into every table that takes some, then values at the edges into what takes them.
fn fill(db: &mut TestDb<'_>, schema: &Schema) {
    let mut seeder = Seeder::default();
    // A table that takes no made-up row stays empty.
    for _ in 0..ROWS {
        seeder.add(db, schema);
    }
    for table in schema.tables.values() {
        let row = match schema.dialect {
            Dialect::Sqlite if table.without_rowid => continue,
            Dialect::Sqlite => "rowid",
            _ => "ctid",
        };
        let name = relation(&table.name);
        let in_key = |column: &str| {
            let mut keys = table.foreign_keys.values();
            keys.any(|key| key.columns.iter().any(|one| one == column))
                || table
                    .primary_key
                    .as_ref()
                    .is_some_and(|key| key.columns.iter().any(|one| one == column))
        };
        for column in table
            .columns
            .iter()
            .filter(|one| one.generated.is_none() && !in_key(&one.name))
        {
            let edges = edges::edges(schema.dialect, column, &schema.enums);
            for (at, edge) in edges.iter().enumerate().take(ROWS) {
                let of = ident(&column.name);
                // What the database refuses can't be there.
                let _ = db.execute(&format!(
                    "UPDATE {name} SET {of} = {edge} WHERE {row} = (SELECT {row} FROM {name} ORDER BY {row} LIMIT 1 OFFSET {at})"
                ));
            }
        }
    }
}
