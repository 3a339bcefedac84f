//! `rename-table`: a table or a view gets another name.

use super::{ALL, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "rename-table",
    groups: &[Group::Breaks],
    dialects: ALL,
    what: "A table or a view gets another name.",
    known_as: "squawk renaming-table; Atlas BC101; strong_migrations, online_migrations: renaming a table; pgfence 18",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "ALTER TABLE users RENAME TO people;",
    )],
    good: &[(
        "",
        "CREATE TABLE a (id integer); ALTER TABLE a RENAME TO b;",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::RenameTable { table, to } = seen.act
            && step.stands(table)
        {
            found.add(Group::Breaks, seen, table, format!("renames {table} to {to}: programs that still run ask for {table}"), format!("keep the old name as a view (`CREATE VIEW {table} AS SELECT * FROM {to}`) until no such program runs"));
        }
    }
}
