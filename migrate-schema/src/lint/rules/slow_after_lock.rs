//! `slow-after-lock`: a statement that takes long runs after one that keeps everybody from a table.

use super::{POSTGRES, Rule, change_type_rewrites, set_not_null_scans};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Seen, Step};

pub(super) const RULE: Rule = Rule {
    id: "slow-after-lock",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "A statement that takes long runs after one that keeps everybody from a table.",
    known_as: "eugene E4, W12; pgfence 26, 40",
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
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ALTER mail SET NOT NULL; ALTER TABLE users ALTER age SET NOT NULL;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50)); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION f();",
            "DROP TRIGGER t ON users; CREATE INDEX users_mail ON users (mail);",
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
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ALTER mail SET NOT NULL, ALTER age SET NOT NULL;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION f();",
            "DROP TRIGGER t ON users; DROP FUNCTION f();",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for (seen, locked) in step.acts_behind_a_lock() {
        if let Some(slow) = slow(step, seen) {
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

/// The table whose rows an act reads or writes anew, if it was there before.
pub(super) fn slow<'a>(step: &Step<'_>, seen: Seen<'a>) -> Option<&'a str> {
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
    slow.filter(|slow| step.stands(slow))
}
