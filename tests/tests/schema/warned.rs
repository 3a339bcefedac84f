//! The query of a warning, run before the change, finds the rows that the change fails on.

use migrate_schema::diff::Answers;

use crate::change::{Change, Read};
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
