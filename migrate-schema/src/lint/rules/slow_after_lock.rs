//! `slow-after-lock`: a statement that takes long runs after one that keeps everybody from a table.

use super::{POSTGRES, Rule, change_type_rewrites, set_not_null_scans};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "slow-after-lock",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "A statement that takes long runs after one that keeps everybody from a table.",
    known_as: "eugene E4; pgfence 40",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN x integer; CREATE INDEX users_mail ON users (mail);",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE TABLE orders (id integer PRIMARY KEY, user_id integer);",
            "ALTER TABLE users DROP COLUMN age; ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES users (id);",
        ),
    ],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN x integer; ALTER TABLE users ADD COLUMN y integer;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "CREATE INDEX users_mail ON users (mail);",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for (seen, locked) in step.acts_behind_a_lock() {
        let slow = match seen.act {
            Act::CreateIndex { table, .. } | Act::Validate { table, .. } => Some(table.as_str()),
            Act::AlterType { table, column, to } => {
                let is_slow = !change_type_rewrites::is_kept(step, table, column, to);
                is_slow.then_some(table.as_str())
            }
            Act::SetNotNull { table, column } => {
                let is_slow = !set_not_null_scans::is_checked(step, seen, table, column);
                is_slow.then_some(table.as_str())
            }
            Act::AddConstraint { table, constraint }
                if !constraint.not_valid && !constraint.using_index =>
            {
                Some(table.as_str())
            }
            Act::Refresh { view, .. } => Some(view.as_str()),
            _ => None,
        };
        if let Some(slow) = slow.filter(|slow| step.stands(slow)) {
            found.add(
                Group::Locks,
                seen,
                slow,
                format!("{locked} is kept from everybody by a statement above until all of this is done"),
                "put this into a revision of its own, with `-- upgrade (postgres, own transaction)`",
            );
            break;
        }
    }
}
