//! `TestDb`, as a test of one's own uses it.

use expect_test::expect;
use migrate_runtime::{Dialect, Row, Value};
use migrate_schema::testing::{Result, TestDb};

use super::MIGRATIONS;

fn head(dialect: Dialect) -> TestDb<'static> {
    TestDb::at(&MIGRATIONS, dialect, "head").unwrap()
}

#[test]
fn rows_are_carried_there_and_back() -> Result {
    for dialect in Dialect::ALL {
        let mut db = TestDb::at(&MIGRATIONS, dialect, "a1")?;
        db.execute(
            "INSERT INTO orgs (id, name) VALUES (1, 'Ada & Co'); \
             INSERT INTO users (id, mail, org_id) VALUES (1, 'a@example.org', 1)",
        )?;
        db.upgrade("+1")?;
        let users: Vec<(i64, String, i32, Option<String>)> =
            db.query("SELECT id, email, age, CAST(mood AS text) FROM users")?;
        assert_eq!(users, [(1, "a@example.org".to_owned(), 0, None)]);
        db.query_with::<()>(
            "UPDATE users SET age = ?1 WHERE id = ?2",
            &[7.into(), 1.into()],
        )?;
        assert_eq!(db.value::<i16>("SELECT age FROM users")?, 7);
        assert!(db.value::<bool>("SELECT age = 7 FROM users")?);
        db.downgrade("-1")?;
        let names: Vec<(String, Option<String>)> = db.query("SELECT mail, nickname FROM users")?;
        assert_eq!(names, [("a@example.org".to_owned(), None)]);
        let rows: Vec<Row> = db.query("SELECT id, mail FROM users")?;
        assert_eq!(rows[0].get(0), Some(&Value::Integer(1)));
        db.downgrade("base")?;
        assert!(db.schema()?.tables.is_empty());
    }
    Ok(())
}

#[test]
fn what_can_t_be_read_is_told() {
    let mut db = head(Dialect::Sqlite);
    let told = |error: migrate_schema::Error| format!("{error:?}");
    expect![[r#"
        this fails on sqlite: SELECT NULL
        column 1 is NULL, and an i64 is to be read
          = help: read an `Option`"#]]
    .assert_eq(&told(db.value::<i64>("SELECT NULL").unwrap_err()));
    expect![[r#"
        this fails on sqlite: SELECT id FROM users
        it gives 0 rows, and one is to be read"#]]
    .assert_eq(&told(db.value::<i64>("SELECT id FROM users").unwrap_err()));
    expect![[r#"
        this fails on sqlite: SELECT 1, 2
        it gives 2 columns, and one is to be read"#]]
    .assert_eq(&told(db.value::<i64>("SELECT 1, 2").unwrap_err()));
    expect![[r#"
        this fails on sqlite: SELECT 70000
        column 1 is Integer(70000), and an i16 is to be read"#]]
    .assert_eq(&told(db.value::<i16>("SELECT 70000").unwrap_err()));
    expect![[r#"
        this fails on sqlite: SELECT 1
        a row has 1 columns, and 2 are to be read"#]]
    .assert_eq(&told(db.query::<(i64, i64)>("SELECT 1").unwrap_err()));
    expect![[r#"
        this fails on sqlite: SELECT 'yes'
        column 1 is Text("yes"), and a bool is to be read"#]]
    .assert_eq(&told(db.query::<(bool,)>("SELECT 'yes'").unwrap_err()));
    expect![[r#"
        this fails on sqlite: INSERT INTO users
        incomplete input"#]]
    .assert_eq(&told(db.execute("INSERT INTO users").unwrap_err()));
    let mut db = head(Dialect::Postgres);
    expect![[r#"
        this fails on postgres: SELECT mail FROM users
        column "mail" does not exist
        hint: Perhaps you meant to reference the column "users.email"."#]]
    .assert_eq(&told(
        db.value::<i64>("SELECT mail FROM users").unwrap_err(),
    ));
    expect![[r#"
        this fails on postgres: SELECT current_date
        error deserializing column 0: a date has no `Value`: cast it in the query, as in `column::text`"#]].assert_eq(&told(
        db.value::<String>("SELECT current_date").unwrap_err(),
    ));
    expect![[r#"
        this fails on postgres: INSERT INTO users
        syntax error at end of input"#]]
    .assert_eq(&told(db.execute("INSERT INTO users").unwrap_err()));
    expect![[r#"
        the chain can't be applied
        there is no revision or branch label `c1`
          = help: did you mean `a1`?"#]]
    .assert_eq(&told(
        TestDb::at(&MIGRATIONS, Dialect::Sqlite, "c1").unwrap_err(),
    ));
}
