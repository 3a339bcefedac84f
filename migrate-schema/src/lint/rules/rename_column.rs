//! `rename-column`: a column gets another name.

use super::{ALL, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Seen, Step, is_named};

pub(super) const RULE: Rule = Rule {
    id: "rename-column",
    groups: &[Group::Breaks],
    dialects: ALL,
    what: "A column gets another name.",
    known_as: "squawk renaming-column; Atlas BC102; strong_migrations, online_migrations: renaming a column; pgfence 17",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users RENAME COLUMN mail TO email;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users RENAME mail TO email;",
        ),
    ],
    good: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "ALTER TABLE users ADD COLUMN email varchar(50);",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::RenameColumn { table, column, to } = seen.act
            && step.stands(table)
            && step.column_stands(table, column)
        {
            let to = last_name(step, seen, table, to);
            found.add(
                Group::Breaks,
                seen,
                table,
                format!(
                    "renames {table}.{column} to {to}: programs that still run ask for {column}"
                ),
                "add the new column beside it, write both, and drop the old one in a later release",
            );
        }
    }
}

/// What a column is called in the end: columns that change places go by way of a third name.
fn last_name<'s>(step: &'s Step<'_>, renamed: Seen<'_>, table: &str, to: &'s str) -> &'s str {
    let later = step.acts().filter(|seen| seen.index > renamed.index);
    later.fold(to, |name, seen| match seen.act {
        Act::RenameColumn {
            table: of,
            column,
            to,
        } if is_named(of, table) && is_named(column, name) => to,
        _ => name,
    })
}
