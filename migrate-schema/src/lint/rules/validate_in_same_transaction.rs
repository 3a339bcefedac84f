//! `validate-in-same-transaction`: a constraint is validated in the transaction that adds it.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "validate-in-same-transaction",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "A constraint is validated in the transaction that adds it.",
    known_as: "squawk constraint-missing-not-valid; strong_migrations: validate_foreign_key, validate_check_constraint; eugene E1; pgfence 39",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT c;",
    )],
    good: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID;",
        "ALTER TABLE users VALIDATE CONSTRAINT c;",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts().filter(|_| step.is_transaction) {
        if let Act::Validate { table, name } = seen.act
            && step.stands(table)
            && step
                .acts()
                .any(|one| adds(one.act, name) && one.index <= seen.index)
        {
            found.add(
                Group::Locks,
                seen,
                table,
                format!("{name} is validated under the lock that adding it took: nobody can use {table} while all rows are read"),
                "validate it in a revision of its own, with `-- upgrade (postgres, own transaction)`",
            );
        }
    }
}

fn adds(act: &Act, name: &str) -> bool {
    match act {
        Act::AddConstraint { constraint, .. } => {
            constraint.not_valid
                && constraint
                    .name
                    .as_deref()
                    .is_some_and(|own| own.eq_ignore_ascii_case(name))
        }
        _ => false,
    }
}
