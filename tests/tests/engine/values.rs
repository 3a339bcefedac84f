//! What a Rust-coded revision reads and writes.

use std::sync::Mutex;

use migrate_runtime::{Context, Dialect, ErrorKind, Function, Result, Value};
use migrate_tests::Shared as _;

use crate::failure::told;
use crate::support::{Engine, Postgres, Sqlite, Versions};

on_both!(
    every_value_comes_back,
    parameters_in_strings_are_text,
    a_context_says_where_it_is,
    a_batch_runs_whole,
);

/// Runs a function as an upgrade.
fn run<E: Engine>(code: fn(&mut Context<'_>) -> Result<()>) -> Result<()> {
    let chain = Versions::new()
        .code("a1", "", Function::Sync(code))
        .load::<E>();
    chain.run(&mut E::new().connect()).map(drop)
}

/// In an upgrade, where a failed assertion is an error that shows.
fn must<E: Engine>(code: fn(&mut Context<'_>) -> Result<()>) {
    run::<E>(code).unwrap_or_else(|error| panic!("{error:#}"));
}

fn every_value_comes_back<E: Engine>() {
    must::<E>(|db| {
        let types = match db.dialect() {
            Dialect::Sqlite => "b INTEGER, i INTEGER, r REAL, t TEXT, x BLOB",
            _ => "b boolean, i bigint, r double precision, t text, x bytea",
        };
        db.execute_batch(&format!("CREATE TABLE v (n INTEGER, {types})"))?;
        let values: Vec<[Value; 5]> = vec![
            [
                true.into(),
                i64::MAX.into(),
                f64::MIN_POSITIVE.into(),
                "é ' \" \\ ?1 $1".into(),
                vec![0_u8, 255, 39, 92].into(),
            ],
            [
                false.into(),
                i64::MIN.into(),
                (-0.1).into(),
                "".into(),
                Vec::<u8>::new().into(),
            ],
            [
                None::<bool>.into(),
                None::<i64>.into(),
                None::<f64>.into(),
                None::<&str>.into(),
                None::<Vec<u8>>.into(),
            ],
            [
                true.into(),
                7_u8.into(),
                f64::INFINITY.into(),
                String::from("\u{1F600}\n\t").into(),
                (&[1_u8][..]).into(),
            ],
            [
                true.into(),
                (-3_i16).into(),
                f64::MAX.into(),
                Some("x").into(),
                Some(vec![9_u8]).into(),
            ],
        ];
        for (n, row) in values.iter().enumerate() {
            let mut all = vec![Value::from(n as i64)];
            all.extend(row.iter().cloned());
            let count = db.execute("INSERT INTO v VALUES (?1, ?2, ?3, ?4, ?5, ?6)", &all)?;
            assert_eq!(count, 1);
        }
        let rows = db.query("SELECT b, i, r, t, x FROM v ORDER BY n", &[])?;
        assert_eq!(rows.len(), values.len());
        for (row, given) in rows.iter().zip(&values) {
            assert_eq!((row.len(), row.is_empty()), (5, false));
            for (at, given) in given.iter().enumerate() {
                // SQLite has no truth values.
                let wanted = match (db.dialect(), given) {
                    (Dialect::Sqlite, Value::Bool(value)) => Value::Integer((*value).into()),
                    (_, value) => value.clone(),
                };
                assert_eq!(row.get(at), Some(&wanted));
            }
            assert_eq!(row.get(5), None);
        }
        assert_eq!(rows[0].integer(0)?, 1);
        assert_eq!(rows[0].text(3)?, "é ' \" \\ ?1 $1");
        assert_eq!(
            rows[2].text(3).unwrap_err().to_string(),
            "column 3 is NULL, not text"
        );
        assert_eq!(
            rows[0].integer(9).unwrap_err().to_string(),
            "column 9 is missing, not an integer"
        );
        // A value stands where it is needed, as often as it is.
        let rows = db.query(
            "SELECT n FROM v WHERE t = ?2 OR n = ?1 OR n = ?1 + 1 ORDER BY n",
            &[2.into(), "x".into()],
        )?;
        let found: Result<Vec<i64>> = rows.iter().map(|row| row.integer(0)).collect();
        assert_eq!(found?, [2, 3, 4]);
        assert_eq!(db.execute("UPDATE v SET i = ?1", &[1.into()])?, 5);
        Ok(())
    });
}

fn parameters_in_strings_are_text<E: Engine>() {
    must::<E>(|db| {
        let sql = "SELECT '?1', ?1, \"?2\", 'it''s ?1' /* ?3 */ FROM (SELECT 5 AS \"?2\") AS s -- ?4\nWHERE ?2 = ?2";
        let sql = match db.dialect() {
            Dialect::Sqlite => sql.to_owned(),
            _ => sql
                .replace("'?1', ?1", "'?1', ?1::bigint")
                .replace("?2 = ?2", "?2::int = ?2 AND $$?9$$ = '?' || '9'"),
        };
        let rows = db.query(&sql, &[42.into(), 1.into()])?;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].text(0)?, "?1");
        assert_eq!(rows[0].integer(1)?, 42);
        assert_eq!(rows[0].integer(2)?, 5);
        assert_eq!(rows[0].text(3)?, "it's ?1");
        Ok(())
    });
}

fn a_context_says_where_it_is<E: Engine>() {
    must::<E>(|db| {
        assert_eq!(db.revision(), "a1");
        assert!(db.assets().files().next().is_none());
        assert_eq!(db.rusqlite().is_ok(), db.dialect() == Dialect::Sqlite);
        assert_eq!(db.postgres().is_ok(), db.dialect() == Dialect::Postgres);
        assert!(format!("{db:?}").contains("\"a1\""));
        if let Ok(connection) = db.rusqlite() {
            assert!(!connection.is_autocommit());
        }
        Ok(())
    });
}

fn a_batch_runs_whole<E: Engine>() {
    must::<E>(|db| {
        db.execute_batch(
            "CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2);",
        )?;
        assert_eq!(db.query("SELECT x FROM t", &[])?.len(), 2);
        assert_eq!(db.execute("DELETE FROM t WHERE x = ?1", &[7.into()])?, 0);
        Ok(())
    });
}

#[test]
fn numbers_and_texts_fit_any_column_of_postgres() {
    must::<Postgres>(|db| {
        db.execute_batch(
            "CREATE TABLE v (s smallint, i int, n numeric, f real, d date, u uuid, j jsonb, t timestamptz, c char(3), v varchar, e text[])",
        )?;
        db.execute(
            "INSERT INTO v VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            &[
                5.into(),
                5.into(),
                1.5.into(),
                1.5.into(),
                "2026-11-20".into(),
                "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11".into(),
                "{\"a\": 1}".into(),
                "2026-11-20 10:00:00+00".into(),
                "abc".into(),
                "abc".into(),
                "{x,y}".into(),
            ],
        )?;
        let row = db
            .query("SELECT s, i, n::text, f, d::text, c, v FROM v", &[])?
            .remove(0);
        assert_eq!((row.integer(0)?, row.integer(1)?), (5, 5));
        assert_eq!((row.text(2)?, row.get(3)), ("1.5", Some(&Value::Real(1.5))));
        assert_eq!(
            (row.text(4)?, row.text(5)?, row.text(6)?),
            ("2026-11-20", "abc", "abc")
        );
        Ok(())
    });
}

#[test]
fn a_column_without_a_value_says_what_to_do() {
    let error = run::<Postgres>(|db| db.query("SELECT now()", &[]).map(drop)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Code);
    expect_test::expect![[r#"
        versions/a1.rs: the upgrade of `a1` failed
        error deserializing column 0: a timestamptz has no `Value`: cast it in the query, as in `column::text`
          = note: its transaction was rolled back: the database is as it was before it
    "#]].assert_shared(&told(&error));
    let error =
        run::<Postgres>(|db| db.query("SELECT 1 + ?1", &["x".into()]).map(drop)).unwrap_err();
    expect_test::expect![[r#"
        versions/a1.rs: the upgrade of `a1` failed
        invalid input syntax for type integer: "x"
        where: unnamed portal parameter $1 = '...'
          = note: its transaction was rolled back: the database is as it was before it
    "#]]
    .assert_shared(&told(&error));
    let error = run::<Sqlite>(|db| db.query("SELECT ?1", &[]).map(drop)).unwrap_err();
    expect_test::expect![[r#"
        versions/a1.rs: the upgrade of `a1` failed
        Wrong number of parameters passed to query. Got 0, needed 1
          = note: its transaction was rolled back: the database is as it was before it
    "#]]
    .assert_shared(&told(&error));
}

static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[test]
fn code_sees_what_steps_before_it_did_and_steps_after_it_see_code() {
    let chain = Versions::new()
        .sql(
            "a1",
            "",
            "CREATE TABLE t (x INTEGER);\nINSERT INTO t VALUES (1);",
            "",
        )
        .code(
            "b1",
            "a1",
            Function::Sync(|db| {
                let rows = db.query("SELECT x FROM t", &[])?;
                SEEN.lock().unwrap().push(format!("{rows:?}"));
                db.execute("INSERT INTO t VALUES (?1)", &[2.into()])
                    .map(drop)
            }),
        )
        .sql("c1", "b1", "INSERT INTO t SELECT x + 10 FROM t;", "")
        .load_for(&[Dialect::Sqlite, Dialect::Postgres]);
    fn check<E: Engine>(chain: &migrate_runtime::Migrations) {
        let database = E::new();
        let mut client = database.connect();
        chain.run(&mut client).unwrap();
        let rows = E::column(&mut client, "SELECT x FROM t ORDER BY x");
        assert_eq!(rows, ["1", "2", "11", "12"]);
    }
    check::<Sqlite>(&chain);
    check::<Postgres>(&chain);
    assert_eq!(SEEN.lock().unwrap().len(), 2);
}
