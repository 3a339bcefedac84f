//! What every chain should keep, on both databases, and rows of each release carried to a later one.

use migrate_runtime::Dialect;
use migrate_schema::testing::{Result, TestDb};
use models::MIGRATIONS;
use models::models::SCHEMA;

migrate_schema::migration_tests!(MIGRATIONS, SCHEMA);

const V1_0: &str = "39579f9287dd";
const V1_1: &str = "092c39d1000a";
const V1_2: &str = "df758f95eec4";
const V2_0: &str = "ff7fe5d2e2dc";
const V2_1: &str = "7da202b236bf";
const V2_2: &str = "8a5bb7495b68";

/// What the first release wrote.
const FIRST: &str = "
    INSERT INTO members (id, name, mail) VALUES (1, 'Ada', 'Ada@example.org'), (7, 'Grace', 'grace@example.org');
    INSERT INTO places (id, name) VALUES (1, 'North');
    INSERT INTO shelves (place_id, code) VALUES (1, 'A1');
    INSERT INTO tools (id, name, place_id, shelf, price_cents) VALUES (3, 'drill', 1, 'A1', 8900), (4, 'saw', 1, 'A1', 0);
    INSERT INTO tags (id, name) VALUES (1, 'power');
    INSERT INTO tool_tags (tool_id, tag_id) VALUES (3, 1), (4, 1);
    INSERT INTO loans (id, tool_id, member_id, days) VALUES (1, 3, 1, 14);
    INSERT INTO remarks (tool_id, text) VALUES (3, 'loud'), (3, 'heavy');
";

/// A query, and what it answers.
type Fact = (&'static str, &'static str);

/// The answer, whatever its type.
fn text(db: &mut TestDb<'_>, query: &str) -> Result<String> {
    db.value(&format!("SELECT CAST(({query}) AS TEXT)"))
}

/// On both databases: rows at one release, upgraded to another, where the facts hold.
fn carried(rows: &[(&str, &str)], to: &str, facts: &[Fact]) -> Result {
    for dialect in Dialect::ALL {
        let mut db = TestDb::at(&MIGRATIONS, dialect, "base")?;
        for (release, rows) in rows {
            db.upgrade(release)?;
            db.execute(rows)?;
        }
        db.upgrade(to)?;
        for (query, answer) in facts {
            assert_eq!(text(&mut db, query)?, *answer, "{query} on {dialect}");
        }
    }
    Ok(())
}

#[test]
fn mail_is_kept_as_email_and_tools_get_labels() -> Result {
    let facts = [
        ("SELECT email FROM members WHERE id = 1", "Ada@example.org"),
        ("SELECT label FROM tools WHERE name = 'drill'", "T-3"),
        ("SELECT label FROM tools WHERE name = 'saw'", "T-4"),
        ("SELECT min(condition) FROM tools", "fine"),
        // Their tables are made anew on SQLite.
        ("SELECT count(*) FROM tool_tags", "2"),
        (
            "SELECT count(*) FROM loans WHERE member_id = 1 AND tool_id = 3",
            "1",
        ),
        ("SELECT count(*) FROM remarks WHERE tool_id = 3", "2"),
    ];
    carried(&[(V1_0, FIRST)], V1_1, &facts)
}

#[test]
fn remarks_are_kept_in_the_details() -> Result {
    let facts = [
        (
            "SELECT details ->> 'remarks' FROM tools WHERE id = 3",
            r#"["loud","heavy"]"#,
        ),
        ("SELECT details FROM tools WHERE id = 4", "{}"),
        ("SELECT search FROM tools WHERE id = 3", "t-3 drill"),
    ];
    for dialect in Dialect::ALL {
        let mut db = TestDb::at(&MIGRATIONS, dialect, V1_0)?;
        db.execute(FIRST)?;
        db.upgrade(V1_2)?;
        for (query, answer) in facts {
            let found = text(&mut db, query)?.replace(", ", ",");
            assert_eq!(found, answer, "{query} on {dialect}");
        }
        db.downgrade(V1_1)?;
        let remarks =
            "SELECT count(*) FROM remarks WHERE tool_id = 3 AND text IN ('loud', 'heavy')";
        assert_eq!(text(&mut db, remarks)?, "2", "on {dialect}");
    }
    Ok(())
}

#[test]
fn worn_tools_are_fine_and_places_are_sites() -> Result {
    let worn = "UPDATE tools SET condition = 'worn' WHERE name = 'drill';
        UPDATE tools SET condition = 'in_repair' WHERE name = 'saw';
        DELETE FROM members WHERE id = 7;";
    let facts = [
        ("SELECT condition FROM tools WHERE name = 'drill'", "fine"),
        (
            "SELECT condition FROM tools WHERE name = 'saw'",
            "in_repair",
        ),
        (
            "SELECT sites.name FROM sites JOIN tools ON site_id = sites.id WHERE label = 'T-3'",
            "North",
        ),
        (
            "SELECT count(*) FROM loans JOIN members ON members.id = member_id",
            "1",
        ),
    ];
    carried(&[(V1_0, FIRST), (V1_2, worn)], V2_0, &facts)
}

/// A database that nobody started for a year.
#[test]
fn the_first_release_reaches_the_last_at_once() -> Result {
    let facts = [
        (
            "SELECT email FROM members WHERE id = 7",
            "grace@example.org",
        ),
        (
            "SELECT count(*) FROM tools WHERE details ->> 'remarks' LIKE '%heavy%'",
            "1",
        ),
        ("SELECT count(*) FROM tool_tags", "2"),
    ];
    carried(&[(V1_0, FIRST)], V2_2, &facts)
}

/// The new index refuses them, and the upgrade leaves everything as it was.
#[test]
fn two_members_with_one_address_stop_the_upgrade() -> Result {
    for dialect in Dialect::ALL {
        let mut db = TestDb::at(&MIGRATIONS, dialect, V1_0)?;
        db.execute(FIRST)?;
        db.upgrade(V1_2)?;
        db.execute("INSERT INTO members (id, name, email) VALUES (8, 'Ada', 'ADA@example.org')")?;
        assert!(db.upgrade(V2_0).is_err(), "on {dialect}");
        assert_eq!(text(&mut db, "SELECT count(*) FROM places")?, "1");
    }
    Ok(())
}

/// SQLite has no schemas.
fn payments(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "payments",
        _ => "billing.payments",
    }
}

/// Who paid stands in the column that v2.1.0 called `taken_by`; the downgrade puts the names back, and not the cents.
#[test]
fn payers_and_cashiers_change_places_and_cents_are_rounded() -> Result {
    for dialect in Dialect::ALL {
        let mut db = TestDb::at(&MIGRATIONS, dialect, V1_0)?;
        db.execute(FIRST)?;
        db.upgrade(V2_1)?;
        let table = payments(dialect);
        db.execute(&format!(
            "INSERT INTO {table} (id, taken_by, paid_by, euros) VALUES (1, 1, 7, 2.0), (2, 7, 1, 3.75)"
        ))?;
        db.upgrade(V2_2)?;
        let all = |one: &str, other: &str| {
            format!(
                "SELECT CAST({one} AS text) || CAST({other} AS text) || ' ' || CAST(euros AS text) FROM {table} WHERE id = "
            )
        };
        let now = all("paid_by", "taken_by");
        assert_eq!(text(&mut db, &format!("{now} 1"))?, "17 2", "on {dialect}");
        assert_eq!(text(&mut db, &format!("{now} 2"))?, "71 4", "on {dialect}");
        db.downgrade(V2_1)?;
        let back = text(&mut db, &format!("{} 2", all("taken_by", "paid_by")))?;
        assert_eq!(back.trim_end_matches(".0"), "71 4", "on {dialect}");
    }
    Ok(())
}

/// The view is made anew, and with it what was granted.
#[test]
fn a_bookkeeper_reads_what_came_in_and_not_who_paid() -> Result {
    let mut db = TestDb::at(&MIGRATIONS, Dialect::Postgres, V2_1)?;
    let may = "SELECT has_schema_privilege('tool_bookkeeper', 'billing', 'USAGE')
        AND has_table_privilege('tool_bookkeeper', 'billing.income', 'SELECT')
        AND NOT has_table_privilege('tool_bookkeeper', 'billing.payments', 'SELECT')";
    for at in [V2_1, V2_2] {
        db.upgrade(at)?;
        assert_eq!(text(&mut db, may)?, "true", "at {at}");
    }
    db.downgrade(V2_1)?;
    assert_eq!(text(&mut db, may)?, "true");
    Ok(())
}
