//! `domain-constraint`: a constraint is added to a domain that tables use.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "domain-constraint",
    groups: &[Group::Locks, Group::MayFail],
    dialects: POSTGRES,
    what: "A constraint is added to a domain that tables use.",
    known_as: "squawk ban-alter-domain-with-add-constraint; pgfence 37",
    check,
    bad: &[(
        "CREATE DOMAIN mail AS text; CREATE TABLE users (mail mail);",
        "ALTER DOMAIN mail ADD CONSTRAINT c CHECK (value LIKE '%@%');",
    )],
    good: &[(
        "CREATE DOMAIN mail AS text;",
        "ALTER DOMAIN mail ADD CONSTRAINT c CHECK (value LIKE '%@%') NOT VALID;",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::DomainConstraint {
            name,
            not_valid: false,
        } = seen.act
        {
            found.add(
                Group::Locks,
                seen,
                name,
                format!(
                    "every table with a column of {name} is read, and nobody can write it meanwhile"
                ),
                "add it NOT VALID, and validate it in the next revision",
            );
            found.add(
                Group::MayFail,
                seen,
                name,
                format!("fails if a value of {name} doesn't fit"),
                "look for such values first",
            );
        }
    }
}
