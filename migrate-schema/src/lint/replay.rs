//! A chain replayed on a scratch database, and each revision in question looked at on the way.

use std::collections::BTreeSet;
use std::error::Error as _;

use migrate_chain::{Action, Chain, Dialect, Direction, Transaction};
use migrate_runtime::Migrations;

use super::statement::{Act, Statement, read, resolve};
use super::step::{Found, Step, is_named};
#[cfg(feature = "postgres")]
use super::trace::Trace;
use super::{Finding, Group, Report, Scope, Section, hidden, locks, rules};
use crate::Result;
use crate::model::Schema;
use crate::scratch::{Live, Scratch};
use crate::testing::TestDb;

pub(super) fn lint(
    migrations: &Migrations,
    chain: &Chain<'_>,
    scope: Scope<'_>,
    dialect: Dialect,
    scratch: Option<&Scratch<'_>>,
    report: &mut Report,
) -> Result<()> {
    let Some(&last) = scope.positions.iter().max() else {
        return Ok(());
    };
    let prefix = scope.ignore.tables_prefix();
    #[cfg(feature = "postgres")]
    let trace = Trace::default();
    let mut replay = match scratch {
        Some(scratch) => {
            let live = Live::new(scratch)?;
            let db = TestDb::over(live, migrations, dialect, prefix);
            #[cfg(feature = "postgres")]
            let db = match dialect {
                Dialect::Postgres => {
                    let trace = trace.clone();
                    db.hook(move |moment, db| trace.look(moment, db))
                }
                _ => db,
            };
            Some(db)
        }
        None => None,
    };
    let mut created = BTreeSet::new();
    let mut schema: Option<Schema> = None;
    for at in (0..=last).filter(|&at| !chain.get(at).is_blank()) {
        let revision = chain.get(at);
        let is_wanted = scope.positions.contains(&at);
        let before = match &mut replay {
            Some(db) if is_wanted => match schema.take() {
                Some(schema) => Some(schema),
                None => Some(db.live.read(scope.ignore)?),
            },
            _ => None,
        };
        #[cfg(feature = "postgres")]
        if let Some(db) = &mut replay
            && let Live::Postgres(live) = &mut db.live
            && is_wanted
        {
            trace.begin(&mut live.0)?;
        }
        let mut traced = None;
        if let Some(db) = &mut replay
            && let Err(error) = db.upgrade(revision.id)
        {
            replay = None;
            failed(chain, at, dialect, is_wanted, &error, report);
        }
        #[cfg(feature = "postgres")]
        if let Some(db) = &mut replay
            && let Live::Postgres(live) = &mut db.live
            && is_wanted
        {
            traced = trace.end(&mut live.0)?;
        }
        if !is_wanted {
            schema = None;
            continue;
        }
        let after = match &mut replay {
            Some(db) => Some(db.live.read(scope.ignore)?),
            None => None,
        };
        if scope.alone {
            created.clear();
        }
        for direction in [Direction::Upgrade, Direction::Downgrade] {
            let is_up = direction == Direction::Upgrade;
            let (from, to) = if is_up {
                (before.as_ref(), after.as_ref())
            } else {
                (after.as_ref(), before.as_ref())
            };
            let action = revision.action(direction, dialect);
            let properties = action.properties();
            let (mut statements, section) = match action {
                Action::Script(script) => (
                    read(script.text, script.offset, dialect),
                    script.offset..script.offset,
                ),
                Action::Code(_) if is_up => (Vec::new(), 0..0),
                _ => continue,
            };
            resolve(&mut statements, dialect, [from, to]);
            let mut own = hidden::mark_rebuilds(&mut statements, from, to);
            let mut changes = None;
            if is_up {
                own.extend(new_tables(&statements, from, to));
                if let (Some(from), Some(to)) = (from, to) {
                    let found = hidden::changes(&statements, from, to);
                    hidden::complete(&mut statements, &found, dialect, section);
                    changes = Some(found);
                }
                created.extend(own.iter().cloned());
            } else {
                // What the upgrade made is the downgrade's to take away.
                let mut upgrade = upgraded(revision, dialect);
                resolve(&mut upgrade, dialect, [from, to]);
                own.extend(new_tables(&upgrade, before.as_ref(), after.as_ref()));
                own.extend(new_tables(&statements, from, to));
            }
            let is_transaction = properties.transaction != Transaction::Outside;
            let traced = traced.take().filter(|_| is_up && is_transaction);
            let mut step = Step {
                root: chain.root,
                revision,
                direction,
                dialect,
                // A downgrade is held against what was there before the upgrade.
                before: if is_up { from } else { before.as_ref() },
                after: to,
                changes,
                statements,
                is_transaction,
                traced: traced.as_deref(),
                is_without_keys: properties.foreign_keys_off,
                oldest: scope.oldest(dialect),
                created: if is_up { &created } else { &own },
            };
            let locks = match dialect {
                Dialect::Postgres => locks::predicted(&step),
                _ => Vec::new(),
            };
            hidden::complete_locks(&mut step, &locks);
            check(&step, scope.design, &mut report.findings);
            if is_up && breaks(&step, &own) {
                report.breaks.push(at);
            }
            report.sections.push(Section {
                position: at,
                direction,
                dialect,
                operations: step.changes.as_ref().map(|changes| changes.describe()),
                changes: step.changes.take().filter(|_| scope.changes).map(Box::new),
                locks,
                traced,
            });
        }
        schema = after;
    }
    Ok(())
}

/// Whether it breaks programs that know all that was there before it, also what is made in the same run.
fn breaks(step: &Step<'_>, own: &BTreeSet<String>) -> bool {
    let alone = Step {
        created: own,
        statements: step.statements.clone(),
        changes: step.changes.clone(),
        ..*step
    };
    let mut found = Vec::new();
    check(&alone, false, &mut found);
    found.iter().any(|finding| finding.group == Group::Breaks)
}

fn check(step: &Step<'_>, design: bool, findings: &mut Vec<Finding>) {
    for rule in rules() {
        let is_for = rule.dialects.contains(&step.dialect);
        let is_asked = design || rule.groups != [Group::Design];
        // A downgrade is an emergency: what it locks or breaks is meant. What it loses may not be.
        let is_meant =
            step.direction == Direction::Downgrade && !rule.groups.contains(&Group::Loses);
        if !is_for || !is_asked || is_meant {
            continue;
        }
        let mut of_rule = Vec::new();
        (rule.check)(
            step,
            &mut Found {
                id: rule.id,
                step,
                findings: &mut of_rule,
            },
        );
        let is_shown = |finding: &Finding| {
            let is_about_rows = matches!(finding.group, Group::Locks | Group::MayFail);
            let has_none = || (finding.table.as_deref()).is_some_and(|one| step.is_made_again(one));
            (step.direction == Direction::Upgrade || finding.group == Group::Loses)
                && !(is_about_rows && has_none())
        };
        findings.extend(of_rule.into_iter().filter(is_shown));
    }
}

/// A revision that fails where nobody's rows are: its text alone is looked at, and that of those above.
fn failed(
    chain: &Chain<'_>,
    at: usize,
    dialect: Dialect,
    is_wanted: bool,
    error: &crate::Error,
    report: &mut Report,
) {
    let revision = chain.get(at);
    if let Action::Code(_) = revision.action(Direction::Upgrade, dialect) {
        report.notes.push(format!(
            "{}/{} is Rust code, which this program can't run: what comes after it is judged by its text alone",
            chain.root, revision.path
        ));
        return;
    }
    let source = error
        .source()
        .and_then(|source| source.downcast_ref::<migrate_runtime::Error>());
    let why = source.map_or_else(
        || error.to_string(),
        |source| source.diagnostic().message.clone(),
    );
    let why = source
        .and_then(|source| source.source())
        .map_or(why, |cause| cause.to_string());
    if !is_wanted {
        report.notes.push(format!(
            "{}/{} fails on an empty {dialect} database ({why}): what comes after it is judged by its text alone",
            chain.root, revision.path
        ));
        return;
    }
    let (place, snippet) = revision.locate(chain.root, 0..0);
    let place = source
        .and_then(|source| source.place().cloned())
        .unwrap_or(place);
    let shown = source.and_then(|source| source.diagnostic().snippet.clone());
    report.findings.push(Finding {
        id: "fails".to_owned(),
        group: Group::MayFail,
        revision: revision.id.to_owned(),
        direction: Direction::Upgrade,
        dialect,
        place,
        snippet: shown.unwrap_or(snippet),
        range: 0..0,
        message: format!("fails on an empty {dialect} database: {why}"),
        cure: "mend it; where it needs what a scratch server lacks, such as an extension, name a server that has it with `--url`".to_owned(),
        statement: 0..revision.text().len(),
        table: None,
    });
}

/// The statements of a revision's upgrade.
fn upgraded(revision: &migrate_chain::Revision<'_>, dialect: Dialect) -> Vec<Statement> {
    match revision.action(Direction::Upgrade, dialect) {
        Action::Script(script) => read(script.text, script.offset, dialect),
        _ => Vec::new(),
    }
}

/// The tables that a section makes, in lower case: those of its statements, and those that only the schemas show.
fn new_tables(
    statements: &[Statement],
    before: Option<&Schema>,
    after: Option<&Schema>,
) -> BTreeSet<String> {
    let was_there = |name: &str| {
        before.is_some_and(|schema| schema.tables.keys().any(|own| is_named(own, name)))
    };
    let acts = || statements.iter().flat_map(|statement| &statement.acts);
    let mut new: BTreeSet<String> = BTreeSet::new();
    let mut renamed: BTreeSet<String> = BTreeSet::new();
    for (_, act) in acts() {
        match act {
            Act::CreateTable { table, .. } if !was_there(table) => {
                new.insert(table.to_lowercase());
            }
            Act::RenameTable { table, to } if !was_there(to) => {
                if new.contains(&table.to_lowercase()) {
                    new.insert(to.to_lowercase());
                } else {
                    renamed.insert(to.to_lowercase());
                }
            }
            // A partition was part of its table, and holds rows.
            Act::DetachPartition { partition, .. } => {
                renamed.insert(partition.to_lowercase());
            }
            _ => {}
        }
    }
    if let (Some(before), Some(after)) = (before, after) {
        let shown = after
            .tables
            .keys()
            .filter(|name| !before.tables.contains_key(*name));
        new.extend(
            shown
                .map(|name| name.to_lowercase())
                .filter(|name| !renamed.contains(name)),
        );
    }
    new
}
