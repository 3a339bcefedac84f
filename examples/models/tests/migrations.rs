//! What every chain should keep, on both databases, and rows of the first release carried to the last.

use migrate_runtime::Dialect;
use migrate_schema::testing::{Result, TestDb};
use models::MIGRATIONS;
use models::models::SCHEMA;

migrate_schema::migration_tests!(MIGRATIONS, SCHEMA);

#[test]
fn what_the_first_release_knew_is_known_to_the_last() -> Result {
    for dialect in Dialect::ALL {
        let mut db = TestDb::at(&MIGRATIONS, dialect, "3f1c9a7e20b4")?;
        db.execute(
            "INSERT INTO members (id, name, mail) VALUES (1, 'Ada', 'ada@example.org'); \
             INSERT INTO tools (id, name) VALUES (1, 'drill'); \
             INSERT INTO loans (id, tool_id, member_id) VALUES (1, 1, 1)",
        )?;
        db.upgrade("head")?;
        let members: Vec<(String, String)> = db.query("SELECT name, email FROM members")?;
        assert_eq!(members, [("Ada".to_owned(), "ada@example.org".to_owned())]);
        let state: String = db.value("SELECT CAST(state AS text) FROM tools")?;
        assert_eq!(state, "fine");
        let lent: i64 = db.value("SELECT count(*) FROM loans JOIN tools ON tools.id = tool_id")?;
        assert_eq!(lent, 1);
    }
    Ok(())
}
