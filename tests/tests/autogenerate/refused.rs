//! Models that a database refuses: which part of which model, in the database's words.

use expect_test::expect;
use migrate_cli::Exit;
use migrate_runtime::{Schema, schema};

use crate::releases::first;
use crate::support::Project;

mod broken {
    use migrate_runtime::Table;

    #[derive(Table)]
    #[table(
        name = "items",
        check(name = "ck_items_quantity", expr = "quantity >= "),
        check(name = "ck_items_shelf", expr = "shelve <> ''"),
        index(expr = "nonsense(shelf)", name = "ix_items_nonsense")
    )]
    pub(crate) struct Item {
        #[column(primary_key)]
        id: i64,
        quantity: i64,
        shelf: String,
        #[column(generated = "lower(shelff)", stored)]
        lower: String,
    }

    #[derive(Table)]
    #[table(
        name = "remarks",
        check(name = "ck_remarks", expr = "length(body, 2) > 0")
    )]
    pub(crate) struct Remark {
        #[column(primary_key)]
        id: i64,
        body: String,
    }
}

/// Each column would do without the other.
mod tied {
    use migrate_runtime::Table;

    #[derive(Table)]
    #[table(name = "knots")]
    pub(crate) struct Knot {
        #[column(primary_key)]
        id: i64,
        #[column(generated = "b", stored)]
        a: String,
        #[column(generated = "a", stored)]
        b: String,
    }
}

static TIED: Schema = schema![first::Org, tied::Knot];
static BROKEN: Schema = schema![first::Org, broken::Item, broken::Remark];

/// Each part that the database refuses, with the model it is of, and nothing else of the schema.
#[test]
fn what_sqlite_refuses_of_models_is_told() {
    let project = Project::<migrate_tests::sqlite::Database>::new();
    let words = ["revision", "--autogenerate", "-m", "m"];
    let ran = project.run(Some(&BROKEN), &words);
    assert_eq!(ran.exit, Exit::Failed, "{}", ran.out);
    expect![[r#"
        error: the models' tables can't be made on SQLite
        model `Item`: the column `lower` of table `items`: no such column: shelff
            lower TEXT NOT NULL GENERATED ALWAYS AS (lower(shelff)) STORED
        model `Item`: the check `ck_items_quantity` of table `items`: near ")": syntax error
            CONSTRAINT ck_items_quantity CHECK (quantity >= )
        model `Item`: the check `ck_items_shelf` of table `items`: no such column: shelve
            CONSTRAINT ck_items_shelf CHECK (shelve <> '')
        model `Item`: the index `ix_items_nonsense` of table `items`: no such function: nonsense
            CREATE INDEX ix_items_nonsense ON items ((nonsense(shelf)))
        model `Remark`: the check `ck_remarks` of table `remarks`: wrong number of arguments to function length()
            CONSTRAINT ck_remarks CHECK (length(body, 2) > 0)
    "#]].assert_eq(&ran.err);
}

#[test]
fn what_postgres_refuses_of_models_is_told() {
    let project = Project::<migrate_tests::postgres::Database>::new();
    let words = ["revision", "--autogenerate", "-m", "m"];
    let ran = project.run(Some(&BROKEN), &words);
    assert_eq!(ran.exit, Exit::Failed, "{}", ran.out);
    expect![[r#"
        error: the models' tables can't be made on PostgreSQL
        model `Item`: the column `lower` of table `items`: column "shelff" does not exist
            hint: Perhaps you meant to reference the column "items.shelf".
            lower text NOT NULL GENERATED ALWAYS AS (lower(shelff)) STORED
        model `Item`: the check `ck_items_quantity` of table `items`: syntax error at or near ")"
            CONSTRAINT ck_items_quantity CHECK (quantity >= )
        model `Item`: the check `ck_items_shelf` of table `items`: column "shelve" does not exist
            hint: Perhaps you meant to reference the column "items.shelf".
            CONSTRAINT ck_items_shelf CHECK (shelve <> '')
        model `Item`: the index `ix_items_nonsense` of table `items`: function nonsense(text) does not exist
            hint: No function matches the given name and argument types. You might need to add explicit type casts.
            CREATE INDEX ix_items_nonsense ON items ((nonsense(shelf)))
        model `Remark`: the check `ck_remarks` of table `remarks`: function length(text, integer) does not exist
            hint: No function matches the given name and argument types. You might need to add explicit type casts.
            CONSTRAINT ck_remarks CHECK (length(body, 2) > 0)
    "#]].assert_eq(&ran.err);
}

/// SQLite finds out when the table is read.
#[test]
fn what_takes_several_parts_is_told_with_its_statement() {
    let project = Project::<migrate_tests::postgres::Database>::new();
    let ran = project.run(Some(&TIED), &["check", "--files"]);
    assert_eq!(ran.exit, Exit::Failed, "{}", ran.out);
    assert_eq!(ran.err.matches("CREATE TABLE").count(), 1, "{}", ran.err);
    assert!(
        ran.err.contains("\nmodel `Knot`: table `knots`: "),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("    CREATE TABLE knots (\n"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("generated column"), "{}", ran.err);
}
