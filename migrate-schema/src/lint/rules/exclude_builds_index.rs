//! `exclude-builds-index`: an EXCLUDE constraint builds its index, and rows may not fit.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::{Act, ConstraintKind};
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "exclude-builds-index",
    groups: &[Group::Locks, Group::MayFail],
    dialects: POSTGRES,
    what: "An EXCLUDE constraint builds its index, and rows may not fit.",
    known_as: "eugene E8; strong_migrations, online_migrations: adding an exclusion constraint; pgfence 12",
    check,
    bad: &[(
        "CREATE TABLE a (r int4range);",
        "ALTER TABLE a ADD CONSTRAINT e EXCLUDE USING gist (r WITH &&);",
    )],
    good: &[(
        "",
        "CREATE TABLE a (r int4range, EXCLUDE USING gist (r WITH &&));",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        let table = match seen.act {
            Act::AddConstraint { table, constraint }
                if constraint.kind == ConstraintKind::Exclude =>
            {
                table
            }
            _ => continue,
        };
        if step.stands(table) {
            found.add(Group::Locks, seen, table, format!("nobody can use {table} while the index of the constraint is built"), "there is no way without the lock: do it at a quiet hour, or keep the rule with a trigger");
            found.add(
                Group::MayFail,
                seen,
                table,
                format!("fails if two rows of {table} exclude each other"),
                "look for such rows first",
            );
        }
    }
}
