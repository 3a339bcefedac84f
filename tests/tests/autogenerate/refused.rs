//! Models that a database refuses: which part of which model, in the database's words.

use expect_test::expect;
use migrate_cli::Exit;
use migrate_runtime::{Schema, schema};

use crate::releases::first;
use crate::support::{Database, Project, on_both};

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

/// What a model was, and what it becomes.
mod shelves {
    use migrate_runtime::Table;

    #[derive(Table)]
    #[table(name = "items")]
    pub(crate) struct Lettered {
        #[column(primary_key)]
        id: i64,
        shelf: String,
    }

    #[derive(Table)]
    #[table(name = "items")]
    pub(crate) struct Numbered {
        #[column(primary_key)]
        id: i64,
        shelf: i64,
    }

    #[derive(Table)]
    #[table(name = "items")]
    pub(crate) struct InThree {
        #[column(primary_key)]
        id: i64,
        house: Option<String>,
        room: Option<String>,
        shelf: Option<String>,
    }

    #[derive(Table)]
    #[table(name = "items")]
    pub(crate) struct Placed {
        #[column(primary_key)]
        id: i64,
        place: String,
    }
}

static LETTERED: Schema = schema![shelves::Lettered];
static NUMBERED: Schema = schema![shelves::Numbered];
static IN_THREE: Schema = schema![shelves::InThree];
static PLACED: Schema = schema![shelves::Placed];

/// No model declares the index, so that it stays, and somebody has to say that it goes.
#[test]
fn an_index_in_the_way_is_told_with_the_flag_that_drops_it() {
    let project = Project::<migrate_tests::postgres::Database>::new();
    project.generate(&LETTERED, "a1", &[]);
    project.by_hand(
        "versions/2026-11-20-b1-b1.sql",
        "-- by hand\n--\n-- revision: b1\n-- down_revision: a1\n-- created: 2026-11-20 10:02:11 UTC\n\n\
         -- upgrade\nCREATE INDEX by_hand ON items (lower(shelf));\nCREATE INDEX plain ON items (id);\n\n\
         -- downgrade\nDROP INDEX by_hand;\nDROP INDEX plain;\n",
    );
    let words = ["revision", "--autogenerate", "-m", "c1", "--rev-id", "c1"];
    for online in [&[][..], &["--online"]] {
        let ran = project.run(Some(&NUMBERED), &[&words[..], online].concat());
        assert_eq!(ran.exit, Exit::Failed, "{}", ran.out);
        assert!(
            ran.err.contains("function lower(bigint) does not exist"),
            "{}",
            ran.err
        );
        assert!(
            ran.err.contains(
                "= help: an index that no model declares may be in the way, and goes by `--drop by_hand`, `--drop plain`"
            ),
            "{}",
            ran.err
        );
    }
    project.generate(&NUMBERED, "c1", &["--drop", "by_hand"]);
    project.ok(&NUMBERED, &["upgrade", "head"]);
}

on_both!(
    three_columns_are_not_all_renamed_to_one,
    a_fill_from_a_column_that_is_not_there_is_refused,
);

fn three_columns_are_not_all_renamed_to_one<D: Database>() {
    let project = Project::<D>::new();
    project.generate(&IN_THREE, "a1", &[]);
    let ran = project.run(Some(&PLACED), &["check", "--files"]);
    assert_eq!(ran.exit, Exit::Pending, "{}{}", ran.out, ran.err);
    let flags = "--rename items.house=place --drop items.room --drop items.shelf";
    assert!(
        ran.err.contains(&format!("such as `{flags}`")),
        "{}",
        ran.err
    );
    // All of them together are refused; those that are proposed are taken.
    let words = ["revision", "--autogenerate", "-m", "b1", "--rev-id", "b1"];
    let all = ["house", "room", "shelf"].map(|old| format!("items.{old}=place"));
    let all: Vec<&str> = all.iter().flat_map(|one| ["--rename", one]).collect();
    let ran = project.run(Some(&PLACED), &[&words[..], &all].concat());
    assert_eq!(ran.exit, Exit::Failed, "{}{}", ran.out, ran.err);
    assert!(
        ran.err.contains("`place` is the new name of `house`"),
        "{}",
        ran.err
    );
    assert_eq!(project.files().len(), 2, "{:?}", project.files());
    let flags: Vec<&str> = flags.split(' ').collect();
    let ran = project.run(Some(&PLACED), &[&words[..], &flags].concat());
    assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
}

/// One that the same revision drops can be read; one that went before, or that was never there, can't.
fn a_fill_from_a_column_that_is_not_there_is_refused<D: Database>() {
    let project = Project::<D>::new();
    project.generate(&IN_THREE, "a1", &[]);
    let words = ["revision", "--autogenerate", "-m", "b1", "--rev-id", "b1"];
    let drops = ["house", "room", "shelf"].map(|old| format!("items.{old}"));
    let drops: Vec<&str> = drops.iter().flat_map(|one| ["--drop", one]).collect();
    let filled = |fill: &str| {
        let fill = format!("items.place={fill}");
        project.run(
            Some(&PLACED),
            &[&words[..], &drops, &["--fill", &fill]].concat(),
        )
    };
    let ran = filled("hosue");
    assert_eq!(ran.exit, Exit::Failed, "{}{}", ran.out, ran.err);
    assert!(
        ran.err.contains("nothing is written") && ran.err.contains("hosue"),
        "{}",
        ran.err
    );
    assert_eq!(project.files().len(), 2, "{:?}", project.files());
    let ran = filled("coalesce(house, '') || coalesce(room, '') || coalesce(shelf, '')");
    assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
    project.ok(&PLACED, &["upgrade", "head"]);
}
