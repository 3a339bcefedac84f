//! `change-type`: a column gets a type that not every old value has.

use migrate_chain::Dialect;

use super::{ALL, Rule};
use crate::ddl::affinity;
use crate::hazards::{Hazard, HazardKind};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};
use crate::operation::{ColumnOperation, Operation};

pub(super) const RULE: Rule = Rule {
    id: "change-type",
    groups: &[Group::Breaks, Group::Loses, Group::MayFail],
    dialects: ALL,
    what: "A column gets a type that not every old value has.",
    known_as: "squawk changing-column-type; strong_migrations, online_migrations: changing the type of a column",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, note text);",
        "CREATE TABLE n (id integer PRIMARY KEY, note integer); INSERT INTO n SELECT id, CAST(note AS integer) FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users;",
    )],
    good: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, note varchar(50));",
        "CREATE TABLE n (id integer PRIMARY KEY, note text); INSERT INTO n SELECT id, note FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users;",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        let Act::AlterType { table, column, to } = seen.act else {
            continue;
        };
        if !step.stands(table) {
            continue;
        }
        let Some(hazards) = hazards(step, table, column) else {
            let is_known = step.changes.is_some();
            // Where the schemas are known, the type is the old one.
            if !is_known {
                let message = format!(
                    "{table}.{column} becomes {to}: programs that still run expect its old type"
                );
                found.add(Group::Breaks, seen, table, message, CURE);
            }
            continue;
        };
        for hazard in hazards {
            let what = &hazard.what;
            let (group, message) = match hazard.kind {
                HazardKind::Breaks => (
                    Group::Breaks,
                    format!("{what}: programs that still run expect the old type"),
                ),
                HazardKind::Loses => (Group::Loses, format!("{what} are gone for good")),
                HazardKind::Changes => (Group::Loses, format!("changes {what}")),
                HazardKind::MayFail => (Group::MayFail, format!("fails if there are {what}")),
                HazardKind::Keeps | HazardKind::Locks => continue,
            };
            found.add(group, seen, table, message, CURE);
        }
    }
}

const CURE: &str = "add a column of the new type beside it, copy the values, and drop the old one in a later release";

/// What becomes of the values, by the same rules that generated revisions are judged by.
fn hazards(step: &Step<'_>, table: &str, column: &str) -> Option<Vec<Hazard>> {
    let changes = step.changes.as_ref()?;
    let change = changes
        .operations
        .iter()
        .find(|change| match &change.operation {
            Operation::Column(ColumnOperation::Change {
                table: of,
                from,
                to,
                ..
            }) => {
                of.eq_ignore_ascii_case(table)
                    && to.name.eq_ignore_ascii_case(column)
                    && from.kind != to.kind
            }
            _ => false,
        })?;
    let mut hazards = change.hazards(changes);
    // Whole numbers are written as they are; what else a column of them may hold on SQLite is none of its type's.
    if step.dialect == Dialect::Sqlite
        && let Operation::Column(ColumnOperation::Change { from, to, .. }) = &change.operation
        && (affinity(&from.kind), affinity(&to.kind)) == ("INTEGER", "TEXT")
    {
        hazards.retain(|hazard| hazard.kind != HazardKind::Changes);
    }
    Some(hazards)
}
