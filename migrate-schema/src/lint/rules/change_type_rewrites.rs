//! `change-type-rewrites`: a column gets a type that is stored otherwise.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};
use crate::model::Table;

pub(super) const RULE: Rule = Rule {
    id: "change-type-rewrites",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "A column gets a type that is stored or sorted otherwise.",
    known_as: "squawk changing-column-type; Atlas PG301; eugene E5; strong_migrations: changing the type of a column; pgfence 7",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail text UNIQUE);",
            "ALTER TABLE users ALTER COLUMN mail TYPE text COLLATE \"C\";",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail text); CREATE INDEX ix ON users (lower(mail));",
            "ALTER TABLE users ALTER COLUMN mail TYPE varchar COLLATE \"C\";",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ALTER COLUMN age TYPE bigint;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ALTER COLUMN mail SET DATA TYPE integer USING mail::integer;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "DO $$ BEGIN ALTER TABLE users ALTER COLUMN age TYPE bigint; END $$;",
        ),
    ],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail text, name text UNIQUE);",
            "ALTER TABLE users ALTER COLUMN mail TYPE text COLLATE \"C\", ALTER COLUMN name TYPE text;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ALTER COLUMN mail TYPE varchar(100);",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ALTER COLUMN mail TYPE text;",
        ),
        (
            "CREATE TABLE a (n numeric(8,2));",
            "ALTER TABLE a ALTER COLUMN n TYPE numeric(12,2);",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ALTER COLUMN mail TYPE varchar;",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        let Act::AlterType { table, column, to } = seen.act else {
            continue;
        };
        if !step.stands(table) || !step.column_stands(table, column) {
            continue;
        }
        if step.is_rewritten(table, !is_kept(step, table, column, to)) {
            found.add(
                Group::Locks,
                seen,
                table,
                format!(
                    "{table} and its indexes are written anew, and nobody can read it meanwhile"
                ),
                "add a column of the new type, copy the values in batches, and swap the names",
            );
        } else if is_sorted_anew(step, table, column) {
            found.add(
                Group::Locks,
                seen,
                table,
                format!("the indexes over {table}.{column} are built anew in the other order, and nobody can read {table} meanwhile"),
                "add a column with the new collation, copy the values in batches, index it CONCURRENTLY, and swap the names",
            );
        }
    }
}

/// Whether a column that an index sorts gets another collation.
fn is_sorted_anew(step: &Step<'_>, table: &str, column: &str) -> bool {
    let (Some(before), Some(after)) = (
        step.column_before(table, column),
        step.column_after(table, column),
    ) else {
        return false;
    };
    let is_key = |columns: &[String]| columns.contains(&before.name);
    let is_indexed = |one: &Table| {
        let name = before.name.to_lowercase();
        let is_part = |key: &String| crate::sql::mentions(key, step.dialect, &name);
        let mut indexes = one.indexes.values();
        indexes.any(|index| index.keys.iter().any(is_part))
            || one.uniques.values().any(|unique| is_key(&unique.columns))
            || (one.primary_key.as_ref()).is_some_and(|key| is_key(&key.columns))
    };
    before.collation != after.collation && step.table_before(table).is_some_and(is_indexed)
}

/// Whether a column keeps its values as they are stored, as far as the schemas tell.
pub(crate) fn is_kept(step: &Step<'_>, table: &str, column: &str, to: &str) -> bool {
    let before = step.column_before(table, column);
    let after = step.column_after(table, column);
    let after = after.map_or_else(|| to.to_owned(), |one| one.kind.to_lowercase());
    before.is_some_and(|one| is_stored_alike(&one.kind.to_lowercase(), &after))
}

/// Whether the values of a type stand as they are for another, so that no row is read or written.
fn is_stored_alike(from: &str, to: &str) -> bool {
    let (of, lengths) = parts(from);
    let (wanted, new) = parts(to);
    let longer = || match (lengths.first(), new.first()) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(old), Some(new)) => new >= old,
    };
    match (of, wanted) {
        _ if from == to => true,
        ("character varying" | "varchar" | "text", "text") => true,
        ("text", "character varying" | "varchar") => new.is_empty(),
        ("character varying" | "varchar", "character varying" | "varchar") => longer(),
        ("numeric", "numeric") => longer() && (new.is_empty() || lengths.get(1) == new.get(1)),
        ("bit varying", "bit varying") => longer(),
        ("cidr", "inet") => true,
        _ => false,
    }
}

/// A type's name, and what stands in its parentheses.
fn parts(kind: &str) -> (&str, Vec<i64>) {
    match kind.split_once('(') {
        Some((name, rest)) => {
            let rest = rest.trim_end_matches(')');
            let numbers = rest.split(',').filter_map(|one| one.trim().parse().ok());
            (name.trim(), numbers.collect())
        }
        None => (kind.trim(), Vec::new()),
    }
}
