//! What the engine writes down: the recorded heads and the audit log.

use migrate_runtime::{Migrations, Migrator, Moment};

use crate::support::{Engine, Versions};

on_both!(
    rows_say_who_did_what,
    who_looks_on_finds_the_row,
    times_follow_one_another,
    tables_of_the_layout_before_the_first_release_are_refused,
);

/// Every column but the times.
const HISTORY: &str = "SELECT chain, revision, down_revision, depends_on, direction, fingerprint, message, breaking, \
    downgrade, downgrade_properties, app_version, applied_by, run_id FROM migrate_log ORDER BY id";

fn chain<E: Engine>() -> Migrations {
    Versions::new()
        .sql(
            "a1",
            "",
            "CREATE TABLE a (x INTEGER);",
            "-- the ' and \\ of é\nDROP TABLE a;",
        )
        .with(
            "b1",
            "a1",
            "-- breaking: it's gone\n",
            "-- upgrade\nCREATE TABLE b (x INTEGER);\n\n-- downgrade (own transaction)\nDROP TABLE b;",
        )
        .with(
            "x1",
            "",
            "",
            "-- upgrade\nCREATE TABLE x (x INTEGER);\n\n-- irreversible: no way",
        )
        .with(
            "c1",
            "a1",
            "-- depends_on: x1\n",
            "-- upgrade: nothing\n-- downgrade: nothing",
        )
        .with("m1", "b1, c1", "", "")
        .load::<E>()
}

fn rows_say_who_did_what<E: Engine>() {
    for observed in [false, true] {
        let migrations = chain::<E>();
        let revisions = migrations.chain().unwrap();
        let print = |id: &str| {
            let at = revisions.index_of(id).unwrap();
            (revisions.get(at).fingerprint(E::DIALECT).unwrap()).to_string()
        };
        let database = E::new();
        let mut client = database.connect();
        let migrator = || {
            let migrator = Migrator::new(&migrations).app_version("1.2.3");
            if observed {
                migrator.on_event(|_| {})
            } else {
                migrator
            }
        };
        migrator().run(&mut client).unwrap();
        let recorded = E::rows(
            &mut client,
            "SELECT chain, revision, fingerprint FROM migrate_revision",
        );
        assert_eq!(recorded, [["main", "m1", &print("m1")]]);
        migrator().downgrade(&mut client, "b1").unwrap();
        let recorded = E::rows(
            &mut client,
            "SELECT chain, revision, fingerprint FROM migrate_revision ORDER BY revision",
        );
        assert_eq!(
            recorded,
            [["main", "b1", &print("b1")], ["main", "c1", &print("c1")]]
        );

        let user = match E::DIALECT {
            migrate_runtime::Dialect::Sqlite => ["USER", "LOGNAME", "USERNAME"]
                .into_iter()
                .find_map(|name| std::env::var(name).ok())
                .unwrap_or_default(),
            _ => E::column(&mut client, "SELECT session_user").remove(0),
        };
        let rows = E::rows(&mut client, HISTORY);
        let (first, last) = (rows[0][12].clone(), rows[5][12].clone());
        assert_eq!(first.len(), 32);
        assert_ne!(first, last);
        let undo = "-- the ' and \\ of é\nDROP TABLE a;";
        let row = |id: &str,
                   down: &str,
                   depends: &str,
                   way: &str,
                   breaking: &str,
                   undo: (&str, &str),
                   run: &str| {
            [
                "main",
                id,
                down,
                depends,
                way,
                &print(id),
                &format!("make {id}"),
                breaking,
                undo.0,
                undo.1,
                "1.2.3",
                &user,
                run,
            ]
            .map(str::to_owned)
        };
        let trimmed: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(|cell| cell.trim().to_owned()).collect())
            .collect();
        let mut expected = [
            row("a1", "", "", "upgrade", "NULL", (undo, ""), &first),
            row(
                "b1",
                "a1",
                "",
                "upgrade",
                "it's gone",
                ("DROP TABLE b;", "own transaction"),
                &first,
            ),
            row("x1", "", "", "upgrade", "NULL", ("NULL", "NULL"), &first),
            row("c1", "a1", "x1", "upgrade", "NULL", ("", ""), &first),
            row("m1", "b1, c1", "", "upgrade", "NULL", ("", ""), &first),
            row("m1", "b1, c1", "", "downgrade", "NULL", ("", ""), &last),
        ];
        // Where nothing orders two revisions, the chain does.
        expected[..5].sort_by_key(|row| revisions.index_of(&row[1]));
        assert_eq!(trimmed, expected, "observed: {observed}");
        let layout = E::rows(&mut client, "SELECT chain, key, value FROM migrate_setting");
        assert_eq!(layout, [["main", "layout", "2"]]);
        assert!(E::rows(&mut client, "SELECT * FROM migrate_in_progress").is_empty());
    }
}

/// Observers read the log while a step is recorded, also where no script runs before it and the tables have yet to be
/// made.
fn who_looks_on_finds_the_row<E: Engine>() {
    let migrations = chain::<E>();
    for stamps in [false, true] {
        let database = E::new();
        let mut client = database.connect();
        let mut found = Vec::new();
        let mut migrator = Migrator::new(&migrations).hook(|moment, db| {
            if let Moment::AfterStep(step) = moment {
                let rows = db.query("SELECT revision FROM migrate_log ORDER BY id", &[])?;
                let last = rows.last().map(|row| row.text(0).map(str::to_owned));
                assert_eq!(last.transpose()?.as_ref(), Some(&step.revision));
                found.push(step.revision.clone());
            }
            Ok(())
        });
        if stamps {
            migrator.stamp(&mut client, &["m1"]).unwrap()
        } else {
            migrator.run(&mut client).unwrap()
        };
        drop(migrator);
        assert_eq!(found, ["a1", "b1", "x1", "c1", "m1"]);

        // An observer sends nothing by itself, so that nothing has made the tables before.
        let database = E::new();
        let mut client = database.connect();
        let mut migrator = Migrator::new(&migrations).on_event(|_| {});
        if stamps {
            migrator.stamp(&mut client, &["m1"]).unwrap()
        } else {
            migrator.run(&mut client).unwrap()
        };
        assert_eq!(migrations.log(&mut client).unwrap().len(), 5);
    }
}

fn times_follow_one_another<E: Engine>() {
    // A tenth of a second, on PostgreSQL exactly.
    let (slow, quick) = match E::DIALECT {
        migrate_runtime::Dialect::Sqlite => (
            "CREATE TABLE s AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 400000) SELECT max(x) AS x FROM n;",
            0.0,
        ),
        _ => ("SELECT pg_sleep(0.1);", 99.0),
    };
    let code = |db: &mut migrate_runtime::Context<'_>| db.execute_batch("SELECT 1");
    let migrations = Versions::new()
        .sql("a1", "", "CREATE TABLE a (x INTEGER);", "")
        .sql("b1", "a1", slow, "")
        .sql("c1", "b1", "CREATE TABLE c (x INTEGER);", "")
        .code("d1", "c1", migrate_runtime::Function::Sync(code))
        .sql("e1", "d1", "CREATE TABLE e (x INTEGER);", "")
        .load::<E>();
    for observed in [false, true] {
        let database = E::new();
        let mut client = database.connect();
        let now = match E::DIALECT {
            migrate_runtime::Dialect::Sqlite => "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')",
            _ => "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS')",
        };
        let before = E::column(&mut client, now).remove(0);
        let began = std::time::Instant::now();
        let migrator = Migrator::new(&migrations);
        let report = if observed {
            migrator.on_event(|_| {}).run(&mut client).unwrap()
        } else {
            { migrator }.run(&mut client).unwrap()
        };
        let whole = began.elapsed().as_secs_f64() * 1000.0;
        let after = E::column(&mut client, now).remove(0);

        // Milliseconds since the first of January, near enough.
        let since = match E::DIALECT {
            migrate_runtime::Dialect::Sqlite => "(julianday(started_at) - 2461000.0) * 86400000.0",
            _ => "extract(epoch FROM started_at) * 1000",
        };
        let rows = E::rows(
            &mut client,
            &format!("SELECT revision, {since}, duration_ms FROM migrate_log ORDER BY id"),
        );
        let number = |cell: &String| cell.parse::<f64>().unwrap();
        let times: Vec<_> = rows
            .iter()
            .map(|row| (row[0].as_str(), number(&row[1]), number(&row[2])))
            .collect();
        assert_eq!(times.len(), 5);
        for pair in times.windows(2) {
            let ((_, start, took), (_, next, _)) = (pair[0], pair[1]);
            // SQLite's clock has milliseconds.
            assert!(
                start + took <= next + 1.5,
                "observed: {observed}: {times:?}"
            );
        }
        let took: f64 = times.iter().map(|(_, _, took)| took).sum();
        assert!(took <= whole + 5.0, "{times:?} in {whole}");
        let (_, _, slept) = times[1];
        assert!(slept >= quick, "observed: {observed}: {times:?}");
        let log = migrations.log(&mut client).unwrap();
        for entry in &log {
            let at = entry.started_at.replace('T', " ").replace('Z', "");
            assert!(before <= at && at <= after, "{before} <= {at} <= {after}");
            assert!(entry.duration.as_secs_f64() * 1000.0 <= whole + 1.5);
        }
        // What the report says is what was seen from here.
        assert_eq!(report.steps.len(), 5);
        if observed || E::DIALECT == migrate_runtime::Dialect::Sqlite {
            let slow = report.steps[1].duration.as_secs_f64() * 1000.0;
            assert!(slow + 1.5 >= slept, "{slow} and {slept}");
        }
    }
}

/// Their names changed before the first release, so there is nothing to carry over.
fn tables_of_the_layout_before_the_first_release_are_refused<E: Engine>() {
    let migrations = chain::<E>();
    let database = E::new();
    let mut client = database.connect();
    migrations.upgrade(&mut client, "a1").unwrap();
    E::execute(
        &mut client,
        "ALTER TABLE migrate_log RENAME TO migrate_history; \
         ALTER TABLE migrate_in_progress RENAME TO migrate_pending; \
         UPDATE migrate_setting SET value = '1' WHERE key = 'layout'",
    );
    let before = database.dump();
    for refused in [
        migrations.run(&mut client).map(drop),
        migrations.upgrade(&mut client, "heads").map(drop),
        migrations.downgrade(&mut client, "base").map(drop),
        migrations.stamp(&mut client, &["b1"]).map(drop),
        migrations.log(&mut client).map(drop),
        migrations.verify(&mut client).map(drop),
        migrations.repair(&mut client).map(drop),
    ] {
        let story = format!("{:#}", refused.unwrap_err());
        for part in [
            "the record has the layout of before the first release: there is a table `migrate_history`",
            "no release has written such tables",
            "`stamp` the revision that the database is at",
        ] {
            assert!(story.contains(part), "{story}");
        }
    }
    assert_eq!(database.dump(), before);
}
