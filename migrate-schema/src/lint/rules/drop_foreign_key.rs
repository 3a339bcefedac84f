//! `drop-foreign-key`: a foreign key goes: rows may refer to nothing from now on.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "drop-foreign-key",
    groups: &[Group::Design],
    dialects: POSTGRES,
    what: "A foreign key goes: rows may refer to nothing from now on.",
    known_as: "Atlas CD101",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE TABLE a (user_id integer CONSTRAINT f REFERENCES users (id));",
        "ALTER TABLE a DROP CONSTRAINT f;",
    )],
    good: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE TABLE a (user_id integer CONSTRAINT c CHECK (user_id > 0));",
        "ALTER TABLE a DROP CONSTRAINT c;",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::DropConstraint { table, name, .. } = seen.act
            && step
                .table_before(table)
                .is_some_and(|table| table.foreign_keys.contains_key(name))
        {
            found.add(
                Group::Design,
                seen,
                table,
                format!("rows of {table} may refer to nothing from now on"),
                "put another one in its place, in the same revision",
            );
        }
    }
}
