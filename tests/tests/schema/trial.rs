//! A revision is tried before it is written: what doesn't work is refused.

use migrate_chain::Dialect;
use migrate_schema::diff::{Answers, SchemaPair};
use migrate_schema::hints::Hints;
use migrate_schema::model::Opaque;
use migrate_schema::operation::{ColumnOperation, OpaqueOperation, Operation};
use migrate_schema::revision::{Revision, work_out};
use migrate_schema::trial::Findings;

use crate::change::{Read, schema_of, tried};
use crate::support::Postgres;

on_both!(
    a_revision_that_works_says_nothing,
    an_operation_that_is_left_out_is_missed,
    a_statement_that_fails_is_found,
    a_value_that_changes_in_silence_is_found,
    a_row_that_goes_in_silence_is_found,
    a_value_that_a_later_step_changes_in_silence_is_found,
    a_downgrade_that_fails_is_announced,
);

const BEFORE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER);";

fn revision<E: Read>(after: &str) -> Revision {
    let pair = SchemaPair::new(schema_of::<E>(BEFORE), schema_of::<E>(after));
    work_out(&[pair], &Hints::default(), &Answers::new()).unwrap()
}

/// A revision that adds a column, written wrong on purpose by a statement more.
fn with<E: Read>(statement: &str) -> Findings {
    let mut revision = revision::<E>(&BEFORE.replace("b INTEGER", "b INTEGER, c TEXT"));
    spoil(&mut revision, statement);
    tried::<E>(BEFORE, &[revision])
}

/// Adds a statement.
fn spoil(revision: &mut Revision, statement: &str) {
    let opaque = Opaque::new("view", "wrong", statement, "");
    let mut change = revision.changes[0].operations[0].clone();
    change.operation = Operation::Opaque(OpaqueOperation::Create {
        table: None,
        opaque,
        gone: Vec::new(),
    });
    revision.changes[0].operations.push(change);
}

fn a_revision_that_works_says_nothing<E: Read>() {
    for after in [
        BEFORE.replace("b INTEGER", "b INTEGER, c TEXT"),
        BEFORE.replace(", b INTEGER", ""),
        BEFORE.replace("b INTEGER", "b TEXT"),
        BEFORE.replace("a TEXT", "a INTEGER"),
        BEFORE.replace("a TEXT", "a TEXT NOT NULL"),
        BEFORE.replace("a TEXT", "a TEXT UNIQUE"),
    ] {
        // A column that goes is a question where one comes.
        let found = tried::<E>(BEFORE, &[revision::<E>(&after)]);
        assert_eq!(found, Findings::default(), "{after}");
    }
}

fn an_operation_that_is_left_out_is_missed<E: Read>() {
    let mut revision = revision::<E>(&BEFORE.replace("b INTEGER", "b INTEGER, c TEXT, d TEXT"));
    let is_d = |operation: &Operation| matches!(operation, Operation::Column(ColumnOperation::Add { column, .. }) if column.name == "d");
    let operations = &mut revision.changes[0].operations;
    operations.retain(|change| !is_d(&change.operation));
    let found = tried::<E>(BEFORE, &[revision]);
    assert!(
        found.problems[0].ends_with("the models would still ask for this: add column t.d"),
        "{found:?}"
    );
}

fn a_statement_that_fails_is_found<E: Read>() {
    let found = with::<E>("CREATE VIEW wrong AS SELECT * FROM nowhere; SELECT * FROM wrong");
    assert!(
        found.problems[0].contains("the upgrade fails on an empty database"),
        "{found:?}"
    );
    assert!(found.problems[0].contains("nowhere"), "{found:?}");
}

fn a_value_that_changes_in_silence_is_found<E: Read>() {
    let found = with::<E>("UPDATE t SET a = substr(a, 1, 1) WHERE length(a) > 1");
    assert!(
        found.problems[0].contains("it changes values of t.a without saying so"),
        "{found:?}"
    );
}

fn a_value_that_a_later_step_changes_in_silence_is_found<E: Read>() {
    let after = BEFORE.replace("b INTEGER", "b INTEGER, c TEXT") + "CREATE INDEX ix_t_a ON t (a);";
    let mut steps = revision::<E>(&after).online();
    let count = match E::DIALECT {
        Dialect::Sqlite => 1,
        _ => 2,
    };
    assert_eq!(steps.len(), count);
    assert_eq!(tried::<E>(BEFORE, &steps), Findings::default());
    let statement = "UPDATE t SET a = substr(a, 1, 1) WHERE length(a) > 1";
    spoil(steps.last_mut().unwrap(), statement);
    let found = tried::<E>(BEFORE, &steps);
    assert!(
        found.problems[0].contains("it changes values of t.a without saying so"),
        "{found:?}"
    );
}

/// An event trigger is what the way back meets here: the script itself is made by the rules that would have to be wrong.
#[test]
fn a_value_that_the_way_back_changes_in_silence_is_found() {
    let found = with::<Postgres>(
        "CREATE FUNCTION cut() RETURNS event_trigger LANGUAGE plpgsql AS
             $$ BEGIN UPDATE t SET a = substr(a, 1, 1) WHERE length(a) > 1; END $$;
         CREATE EVENT TRIGGER cuts ON sql_drop EXECUTE FUNCTION cut()",
    );
    assert!(
        found.problems[0].contains("on the way back it changes values of t.a without saying so"),
        "{found:?}"
    );
}

/// Of a type that nothing is known of, values that it takes are tried.
#[test]
fn a_row_of_any_type_is_tried() {
    for kind in [
        "money",
        "inet",
        "xml",
        "bytea",
        "point",
        "int4range",
        "ltree",
    ] {
        let extension = match kind {
            "ltree" => "CREATE EXTENSION ltree;",
            _ => "",
        };
        let before =
            format!("{extension} CREATE TABLE t (id integer PRIMARY KEY, a {kind} NOT NULL);");
        let after = before.replace("NOT NULL", "NOT NULL, b integer");
        let pair = SchemaPair::new(
            schema_of::<Postgres>(&before),
            schema_of::<Postgres>(&after),
        );
        let mut revision = work_out(&[pair], &Hints::default(), &Answers::new()).unwrap();
        assert_eq!(
            tried::<Postgres>(&before, &[revision.clone()]),
            Findings::default(),
            "{kind}"
        );
        spoil(
            &mut revision,
            "DELETE FROM t WHERE a::text = (SELECT max(a::text) FROM t)",
        );
        let found = tried::<Postgres>(&before, &[revision]);
        assert!(!found.problems.is_empty(), "{kind}");
    }
}

fn a_row_that_goes_in_silence_is_found<E: Read>() {
    let found = with::<E>("DELETE FROM t WHERE id = (SELECT min(id) FROM t)");
    assert!(!found.problems.is_empty(), "{found:?}");
}

fn a_downgrade_that_fails_is_announced<E: Read>() {
    let found = with::<E>("CREATE VIEW wrong AS SELECT c FROM t");
    assert_eq!(found.problems, [""; 0]);
    assert!(!found.careful.is_empty(), "{found:?}");
}
