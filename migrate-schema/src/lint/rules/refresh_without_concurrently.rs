//! `refresh-without-concurrently`: a materialized view is filled anew while nobody can read it.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "refresh-without-concurrently",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "A materialized view is filled anew while nobody can read it.",
    known_as: "pgfence 23",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE MATERIALIZED VIEW m AS SELECT id FROM users;",
        "REFRESH MATERIALIZED VIEW m;",
    )],
    good: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE MATERIALIZED VIEW m AS SELECT id FROM users; CREATE UNIQUE INDEX m_id ON m (id);",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY m;",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::Refresh {
            view,
            is_concurrent: false,
        } = seen.act
            && !step
                .acts()
                .any(|one| matches!(one.act, Act::CreateView { view: made, .. } if made == view))
        {
            found.add(
                Group::Locks,
                seen,
                view,
                format!("nobody can read {view} while it is filled anew"),
                "REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on it",
            );
        }
    }
}
