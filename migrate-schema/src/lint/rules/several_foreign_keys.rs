//! `several-foreign-keys`: foreign keys to several tables are added in one transaction.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "several-foreign-keys",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "Foreign keys to several tables come, or go with their table, in one transaction.",
    known_as: "online_migrations: adding multiple foreign keys, removing a table with multiple foreign keys",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE TABLE orders (id integer PRIMARY KEY, user_id integer); CREATE TABLE items (id integer, user_id integer, order_id integer);",
            "ALTER TABLE items ADD FOREIGN KEY (user_id) REFERENCES users NOT VALID; ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES orders NOT VALID;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE TABLE orders (id integer PRIMARY KEY, user_id integer);",
            "CREATE TABLE items (id integer, user_id integer REFERENCES users, order_id integer REFERENCES orders);",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY); CREATE TABLE orders (id integer PRIMARY KEY); CREATE TABLE items (id integer, user_id integer REFERENCES users, order_id integer REFERENCES orders);",
            "DROP TABLE items;",
        ),
    ],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE TABLE orders (id integer PRIMARY KEY, user_id integer);",
            "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users NOT VALID;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "CREATE TABLE a (one integer REFERENCES users, two integer REFERENCES users);",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY); CREATE TABLE a (id integer PRIMARY KEY, one integer REFERENCES users, two integer REFERENCES users, three integer REFERENCES a);",
            "DROP TABLE a;",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    let mut first: Option<&str> = None;
    for seen in step.acts().filter(|_| step.is_transaction) {
        for target in targets(step, seen.act)
            .into_iter()
            .filter(|table| step.stands(table))
        {
            match first {
                None => first = Some(target),
                Some(one) if one.eq_ignore_ascii_case(target) => {}
                Some(one) => {
                    found.add(
                        Group::Locks,
                        seen,
                        target,
                        format!("nobody can write {one} nor {target} until both are locked, and programs that take them in the other order end in a deadlock"),
                        match seen.act {
                            Act::DropTable { .. } => "drop its foreign keys first, one by one, each in a revision with `-- upgrade (postgres, own transaction)`",
                            _ => "add the foreign keys one by one, each in a revision with `-- upgrade (postgres, own transaction)`",
                        },
                    );
                    return;
                }
            }
        }
    }
}

/// The tables that foreign keys which come or go with an act refer to.
fn targets<'a>(step: &'a Step<'_>, act: &'a Act) -> Vec<&'a str> {
    match act {
        Act::DropTable {
            table,
            is_rebuilt: false,
            ..
        } => {
            let keys = step
                .table_before(table)
                .map(|one| one.foreign_keys.values());
            let others = keys
                .into_iter()
                .flatten()
                .map(|key| key.references.as_str());
            others
                .filter(|other| !other.eq_ignore_ascii_case(table))
                .collect()
        }
        Act::AddConstraint { constraint, .. } => {
            constraint.references.as_deref().into_iter().collect()
        }
        Act::AddColumn { column, .. } => column.references.as_deref().into_iter().collect(),
        Act::CreateTable {
            columns,
            constraints,
            ..
        } => columns
            .iter()
            .filter_map(|column| column.references.as_deref())
            .chain(
                constraints
                    .iter()
                    .filter_map(|one| one.references.as_deref()),
            )
            .collect(),
        _ => Vec::new(),
    }
}
