//! `create-trigger`: a trigger is put on a table that programs write, or switched there, before a statement that takes long.

use super::slow_after_lock::slow;
use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "create-trigger",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "A trigger is put on a table that programs write, or switched there, before a statement that takes long.",
    known_as: "Atlas PG308; pgfence 25, 27",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;",
            "CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION f(); UPDATE users SET age = 1 WHERE age IS NULL;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION f();",
            "ALTER TABLE users DISABLE TRIGGER t; UPDATE users SET age = 1 WHERE age IS NULL; ALTER TABLE users ENABLE TRIGGER t;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY); CREATE TABLE counts (n bigint); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;",
            "CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION f(); INSERT INTO counts SELECT count(*) FROM users;",
        ),
    ],
    good: &[
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;",
            "CREATE TABLE a (id integer); CREATE TRIGGER t BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION f();",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;",
            "CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION f();",
        ),
        // Nothing of this takes long.
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50));",
            "CREATE TABLE counts (id integer PRIMARY KEY, n bigint); ALTER TABLE users ADD COLUMN n integer; CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE counts SET n = n + 1; RETURN NEW; END $$; CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION f(); COMMENT ON TABLE users IS 'SELECT';",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION f();",
            "DROP TRIGGER t ON users; CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f();",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts().filter(|_| step.is_transaction) {
        if let Act::CreateTrigger { table } | Act::SwitchTrigger { table } = seen.act
            && step.stands(table)
            && is_followed(step, seen.index)
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

/// Whether something that takes long stands below a statement.
fn is_followed(step: &Step<'_>, index: usize) -> bool {
    let writes = step.acts().any(|seen| {
        let is_write = match seen.act {
            Act::Update { table, .. } | Act::Delete { table, .. } => step.stands(table),
            _ => slow(step, seen).is_some(),
        };
        seen.index > index && is_write
    });
    let below = step.statements.iter().skip(index + 1);
    writes || below.into_iter().any(|one| queries(&one.text))
}

/// Whether a statement reads who knows how many rows, or calls what nobody can tell.
fn queries(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let mut words = words.filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    let is = |word: &str| first.eq_ignore_ascii_case(word);
    let selects = words.any(|word| word.eq_ignore_ascii_case("SELECT"));
    is("DO") || is("CALL") || is("SELECT") || is("WITH") || (is("INSERT") && selects)
}
