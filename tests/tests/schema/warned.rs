//! The query of a warning, run before the change, finds the rows that the change fails on.

use migrate_schema::diff::{Answers, diff};
use migrate_schema::hints::Hints;

use crate::change::{Change, Read, schema_of};
use crate::support::{Postgres, Sqlite};

const TOOLS: &str = "
CREATE TABLE sites (id INTEGER NOT NULL, CONSTRAINT pk_sites PRIMARY KEY (id));
CREATE TABLE tools (id INTEGER NOT NULL, name TEXT, days INTEGER, site_id INTEGER, CONSTRAINT pk_tools PRIMARY KEY (id));
";
const ROWS: &str = "
INSERT INTO sites VALUES (1);
INSERT INTO tools VALUES (1, 'saw', 0, 8), (2, 'saw', 3, 1);
";

/// Refused, and every warning of the file finds as many rows.
fn finds<E: Read>(after: &str, fill: &str, warning: &str, rows: &str) {
    let before = format!("{TOOLS}{ROWS}");
    let answers = match fill {
        "" => Answers::new(),
        fill => Answers::new().fill(fill).unwrap(),
    };
    assert_ne!(after, TOOLS);
    let change = Change {
        answers,
        ..Change::new(&before, "", after)
    };
    let (_, text) = change.refused::<E>();
    let (_, query) = text
        .split_once(&format!("-- Fails if there are {warning}:\n--   "))
        .unwrap_or_else(|| panic!("no warning of {warning} in\n{text}"));
    let query = query.lines().next().unwrap().trim_end_matches(';');
    let database = E::new();
    let mut client = database.connect();
    E::execute(&mut client, &before);
    let count = format!("SELECT count(*) FROM ({query}) AS found");
    assert_eq!(E::column(&mut client, &count), [rows], "{query}");
}

fn on_both(more: &str, fill: &str, warning: &str, rows: &str) {
    finds::<Sqlite>(&with(more), fill, warning, rows);
    finds::<Postgres>(&with(more), fill, warning, rows);
}

/// Tools with more columns or constraints.
fn with(more: &str) -> String {
    TOOLS.replace("site_id INTEGER,", &format!("site_id INTEGER, {more},"))
}

#[test]
fn what_new_columns_are_filled_with_is_held_against_a_key() {
    on_both(
        "label TEXT NOT NULL, CONSTRAINT uq_tools_label UNIQUE (label)",
        "tools.label='T-' || name",
        "rows of tools that are equal in label",
        "1",
    );
}

#[test]
fn what_new_columns_are_filled_with_is_held_against_parents() {
    on_both(
        "home_id INTEGER NOT NULL, CONSTRAINT fk_tools_home_id FOREIGN KEY (home_id) REFERENCES sites (id)",
        "tools.home_id=id",
        "rows of tools that refer to no row of sites",
        "1",
    );
}

#[test]
fn what_is_there_is_held_against_a_parent_that_is_new() {
    let places =
        "CREATE TABLE places (id INTEGER NOT NULL, CONSTRAINT pk_places PRIMARY KEY (id));";
    let key = "CONSTRAINT fk_tools_site_id FOREIGN KEY (site_id) REFERENCES places (id)";
    let after = format!("{places}{}", with(key));
    let warning = "rows of tools that refer to no row of places";
    finds::<Sqlite>(&after, "", warning, "2");
    finds::<Postgres>(&after, "", warning, "2");
}

#[test]
fn what_is_there_is_held_against_a_check() {
    on_both(
        "CONSTRAINT ck_tools_days CHECK (days > 0)",
        "",
        "rows of tools that ck_tools_days refuses",
        "1",
    );
}

/// All rows get NULL, or what the model itself gives them.
#[test]
fn new_columns_that_no_rule_can_refuse_are_no_warning() {
    let after = with(
        "label TEXT, state TEXT NOT NULL DEFAULT 'fine', home_id INTEGER,
        CONSTRAINT uq_tools_label UNIQUE (label), CONSTRAINT ck_tools_state CHECK (state <> 'lost'),
        CONSTRAINT fk_tools_home_id FOREIGN KEY (home_id) REFERENCES sites (id)",
    );
    let change = Change::new(TOOLS, ROWS, &after);
    change.clone().carry_out::<Sqlite>().lacks("Fails if");
    change.carry_out::<Postgres>().lacks("Fails if");
}

/// The way back may fail as well, on rows that came in the meantime.
#[test]
fn the_way_back_is_warned_of_too() {
    let before = with("CONSTRAINT ck_tools_days CHECK (days < 9)");
    let change = Change::new(&before, ROWS, TOOLS);
    let warning = "Fails if there are rows of tools that ck_tools_days refuses:";
    change.clone().carry_out::<Sqlite>().has(warning);
    change.carry_out::<Postgres>().has(warning);
}

const MOODS: &str = "CREATE TABLE people (id INTEGER PRIMARY KEY, mood TEXT, CONSTRAINT ck_people_mood_enum CHECK (mood IN ('good', 'bad')))";
const PEOPLE: &str = "INSERT INTO people VALUES (1, 'good'), (2, 'bad')";

/// Nothing that the shorter list took does the longer one refuse.
#[test]
fn a_value_that_comes_is_no_warning_and_one_that_goes_is() {
    let longer = MOODS.replace("'bad'", "'bad', 'it''s'");
    let done = Change::new(MOODS, PEOPLE, &longer).carry_out::<Sqlite>();
    let (upgrade, downgrade) = done.text.split_once("-- downgrade").unwrap();
    assert!(!upgrade.contains("Fails if"), "{upgrade}");
    assert!(!upgrade.contains("breaking"), "{upgrade}");
    done.has("in place: the values of `mood` change.");
    assert!(
        downgrade.contains("hold a removed value in mood"),
        "{downgrade}"
    );
    assert_eq!(told(MOODS, &longer), ["add value it's to enum people.mood"]);

    let (error, text) =
        Change::new(&format!("{longer}; {PEOPLE}, (3, 'it''s');"), "", MOODS).refused::<Sqlite>();
    assert!(error.contains("ck_people_mood_enum"), "{error}");
    assert!(
        text.contains("-- breaking: removes value it's of people.mood\n"),
        "{text}"
    );
    assert!(
        text.contains("--   SELECT * FROM people WHERE mood IN ('it''s');\n"),
        "{text}"
    );
    assert_eq!(
        told(&longer, MOODS),
        ["drop value it's of enum people.mood"]
    );

    let other = MOODS.replace("'good', 'bad'", "'bad', 'good'");
    assert_eq!(
        told(MOODS, &other),
        ["change the order of the values of enum people.mood"]
    );
    let more = MOODS.replace("IN ('good', 'bad')", "<> ''");
    assert_eq!(told(MOODS, &more).len(), 2);
}

fn told(before: &str, after: &str) -> Vec<String> {
    let (base, wanted) = (schema_of::<Sqlite>(before), schema_of::<Sqlite>(after));
    let changes = diff(&base, &wanted, &Hints::default(), &Answers::new()).unwrap();
    changes.describe()
}

/// Only a STRICT table refuses a value for its type.
#[test]
fn a_type_that_values_do_not_fit() {
    let plain = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)";
    let numbers = plain.replace("TEXT", "INTEGER");
    let rows = "INSERT INTO t VALUES (1, '7'), (2, 'x')";
    let query = |cast: &str| {
        format!(
            "\n--   SELECT a FROM t WHERE typeof(a) = 'blob' OR typeof(a) = 'text' AND NOT CAST(a AS {cast}) = a OR typeof(a) = 'real' AND CAST(a AS INTEGER) <> a;\n"
        )
    };
    let done = Change::new(plain, rows, &numbers).carry_out::<Sqlite>();
    done.has(&format!(
        "-- If there are values of t.a that are no INTEGER, they stay as they are:{}",
        query("NUMERIC")
    ));
    done.lacks("Fails if");

    let strict = |table: &str| format!("{table} STRICT; {rows};");
    let (_, text) =
        Change::new(&strict(plain), "", &strict(&numbers).replace(rows, "")).refused::<Sqlite>();
    assert!(
        text.contains(&format!(
            "-- Fails if there are values of t.a that are no INTEGER:{}",
            query("INTEGER")
        )),
        "{text}"
    );
    let alike = plain.replace("TEXT", "VARCHAR(9)");
    Change::new(plain, rows, &alike)
        .carry_out::<Sqlite>()
        .lacks("If there are");
}
