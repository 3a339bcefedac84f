//! `foreign-key-without-not-valid`: a foreign key is checked against all rows at once.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::{Act, ConstraintKind};
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "foreign-key-without-not-valid",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "A foreign key is checked against all rows at once.",
    known_as: "squawk adding-foreign-key-constraint, constraint-missing-not-valid; Atlas PG306; eugene E1; strong_migrations, online_migrations: adding a foreign key, adding a reference; pgfence 9",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE TABLE orders (id integer PRIMARY KEY, user_id integer);",
            "ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES users (id);",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE TABLE orders (id integer PRIMARY KEY, user_id integer);",
            "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE TABLE orders (id integer PRIMARY KEY, user_id integer);",
            "ALTER TABLE orders ADD COLUMN buyer integer DEFAULT 1 REFERENCES users (id);",
        ),
    ],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE TABLE orders (id integer PRIMARY KEY, user_id integer);",
            "ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "CREATE TABLE a (user_id integer REFERENCES users (id));",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE TABLE orders (id integer PRIMARY KEY, user_id integer);",
            "ALTER TABLE orders ADD COLUMN buyer integer REFERENCES users (id);",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        let table = match seen.act {
            Act::AddConstraint { table, constraint }
                if constraint.kind == ConstraintKind::ForeignKey && !constraint.not_valid =>
            {
                table
            }
            Act::AddColumn { table, column }
                if column.references.is_some() && column.fills_itself() =>
            {
                table
            }
            _ => continue,
        };
        if step.stands(table) {
            found.add(Group::Locks, seen, table, format!("all rows of {table} are checked while nobody can write it, nor the table that it refers to"), "add it NOT VALID, and VALIDATE CONSTRAINT in the next revision");
        }
    }
}
