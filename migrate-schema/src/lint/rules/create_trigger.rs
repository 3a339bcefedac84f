//! `create-trigger`: a trigger is put on a table that programs write, beside other statements.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "create-trigger",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "A trigger is put on a table that programs write, beside other statements.",
    known_as: "Atlas PG308; pgfence 25",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;",
        "CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION f(); UPDATE users SET age = 1 WHERE age IS NULL;",
    )],
    good: &[
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;",
            "CREATE TABLE a (id integer); CREATE TRIGGER t BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION f();",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;",
            "CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION f();",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::CreateTrigger { table } = seen.act
            && step.stands(table)
            && step.statements.iter().filter(|one| !one.sets()).count() > 1
            && step.is_transaction
        {
            found.add(
                Group::Locks,
                seen,
                table,
                format!("nobody can write {table} until the step commits"),
                "put it in a revision of its own, with `-- upgrade (postgres, own transaction)`",
            );
        }
    }
}
