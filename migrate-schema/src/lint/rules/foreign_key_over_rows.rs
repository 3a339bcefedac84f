//! `foreign-key-over-rows`: a foreign key is added to a table that may hold rows.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::{Act, ConstraintKind};
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "foreign-key-over-rows",
    groups: &[Group::MayFail],
    dialects: POSTGRES,
    what: "A foreign key is added to a table that may hold rows.",
    known_as: "none",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE TABLE orders (id integer PRIMARY KEY, user_id integer);",
        "ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES users (id);",
    )],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE TABLE orders (id integer PRIMARY KEY, user_id integer);",
            "ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE TABLE orders (id integer PRIMARY KEY, user_id integer);",
            "ALTER TABLE orders ADD COLUMN u integer; ALTER TABLE orders ADD FOREIGN KEY (u) REFERENCES users (id);",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        let table = match seen.act {
            Act::AddConstraint { table, constraint }
                if constraint.kind == ConstraintKind::ForeignKey
                    && !constraint.not_valid
                    && constraint
                        .columns
                        .iter()
                        .all(|column| step.column_stands(table, column)) =>
            {
                table
            }
            _ => continue,
        };
        if step.stands(table) {
            found.add(
                Group::MayFail,
                seen,
                table,
                format!("fails if a row of {table} refers to nothing"),
                "look for such rows first, or add it NOT VALID",
            );
        }
    }
}
