//! `long-identifier`: a name is longer than PostgreSQL keeps.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "long-identifier",
    groups: &[Group::MayFail],
    dialects: POSTGRES,
    what: "A name is longer than PostgreSQL keeps.",
    known_as: "squawk identifier-too-long",
    check,
    bad: &[
        (
            "",
            "CREATE TABLE a_table_whose_name_is_much_longer_than_sixty_three_bytes_can_hold (id integer);",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "CREATE INDEX an_index_whose_name_is_much_longer_than_sixty_three_bytes_can_hold ON users (mail);",
        ),
    ],
    good: &[("", "CREATE TABLE a (id integer);")],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::Names(names) = seen.act
            && let Some(name) = names.iter().find(|name| name.len() > 63)
        {
            found.add(Group::MayFail, seen, name, format!("PostgreSQL cuts {name} to 63 bytes: it is found under another name, or collides with one"), "choose a shorter name");
        }
    }
}
