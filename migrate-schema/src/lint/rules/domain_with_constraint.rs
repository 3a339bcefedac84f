//! `domain-with-constraint`: a domain that checks its values.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "domain-with-constraint",
    groups: &[Group::Design],
    dialects: POSTGRES,
    what: "A domain that checks its values.",
    known_as: "squawk ban-create-domain-with-constraint; pgfence 38",
    check,
    bad: &[
        ("", "CREATE DOMAIN mail AS text CHECK (value LIKE '%@%');"),
        ("", "CREATE DOMAIN mail AS text NOT NULL;"),
        (
            "",
            "CREATE DOMAIN mail text DEFAULT 'none' CONSTRAINT has_at CHECK (position('@' in value) > 0);",
        ),
    ],
    good: &[
        ("", "CREATE DOMAIN mail AS text;"),
        ("", "CREATE DOMAIN mail AS text DEFAULT 'CHECK' NULL;"),
        (
            "",
            "CREATE TABLE users (mail text CHECK (mail LIKE '%@%'));",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::CreateDomain {
            name,
            is_constrained: true,
        } = seen.act
        {
            found.add(
                Group::Design,
                seen,
                name,
                format!(
                    "what {name} checks can't be changed without reading every table that has it"
                ),
                "a CHECK or NOT NULL of each table",
            );
        }
    }
}
