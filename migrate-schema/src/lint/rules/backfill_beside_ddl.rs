//! `backfill-beside-ddl`: rows are written in the transaction that changes their table.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "backfill-beside-ddl",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "Rows are written in the transaction that changes their table.",
    known_as: "strong_migrations, online_migrations: backfilling; eugene E4",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "ALTER TABLE users ADD COLUMN x integer; UPDATE users SET x = age WHERE x IS NULL;",
    )],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "UPDATE users SET age = 1 WHERE age IS NULL;",
        ),
        (
            "",
            "CREATE TABLE a (id integer); ALTER TABLE a ADD COLUMN x integer; UPDATE a SET x = 1 WHERE x IS NULL;",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for (seen, locked) in step.acts_behind_a_lock() {
        if let Act::Update { table, .. } | Act::Delete { table, .. } = seen.act
            && step.stands(table)
        {
            found.add(
                Group::Locks,
                seen,
                table,
                format!("{locked} is kept from everybody by a statement above until all these rows are written"),
                "write rows in a revision of its own, in batches: `-- upgrade (postgres, no transaction)`",
            );
        }
    }
}
