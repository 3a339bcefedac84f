//! Steps outside a transaction: how far they came is known, and where it isn't, a person is asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use migrate_runtime::{
    Code, Context, Dialect, ErrorKind, Event, Function, Goal, Migrations, Migrator, Moment,
    Outcome, Resolution, Result, Startup,
};
use migrate_tests::{Cut, Proxy, When};

use crate::support::{Engine, Postgres, Sqlite, Versions, ids};

on_both!(
    the_first_revision_may_be_outside,
    a_downgrade_may_be_outside,
    every_head_is_blank_while_one_step_is_pending,
    who_does_not_know_every_head_resolves_nothing,
    code_that_failed_is_a_persons_to_judge,
    a_clean_failure_goes_on_where_it_stopped,
    a_changed_script_is_not_gone_on_with,
    a_hook_that_fails_outside_takes_nothing_back,
    only_who_has_the_step_in_the_plan_goes_on_with_it,
    the_rest_of_a_script_may_be_mended_after_a_clean_failure,
    a_step_in_progress_is_seen,
    an_interrupted_downgrade_is_gone_on_with_by_its_like,
);

/// What can't run in a transaction.
fn alone<E: Engine>() -> &'static str {
    match E::DIALECT {
        Dialect::Sqlite => "VACUUM;",
        _ => "VACUUM kept;",
    }
}

fn outside(upgrade: &str) -> String {
    format!("-- upgrade (no transaction)\n{upgrade}\n\n-- downgrade: nothing")
}

fn the_first_revision_may_be_outside<E: Engine>() {
    let script = match E::DIALECT {
        Dialect::Sqlite => {
            "PRAGMA journal_mode = WAL;\nVACUUM;\nCREATE TABLE a (x INTEGER);\nINSERT INTO a VALUES (1);"
        }
        _ => {
            "CREATE TABLE a (x INTEGER);\nINSERT INTO a VALUES (1);\nCREATE INDEX CONCURRENTLY a_x ON a (x);\nVACUUM a;"
        }
    };
    let chain = Versions::new()
        .with("a1", "", "", &outside(script))
        .load::<E>();
    let database = E::new();
    let mut client = database.connect();
    let report = chain
        .run(&mut client)
        .unwrap_or_else(|error| panic!("{error:#}"));
    assert_eq!(report.to, ["a1"]);
    assert_eq!(report.steps[0].step.transaction, None);
    assert_eq!(E::column(&mut client, "SELECT x FROM a"), ["1"]);
    assert!(E::rows(&mut client, "SELECT * FROM migrate_in_progress").is_empty());
    if E::DIALECT == Dialect::Sqlite {
        assert_eq!(E::column(&mut client, "PRAGMA journal_mode"), ["wal"]);
    }
    let report = chain.run(&mut database.connect()).unwrap();
    assert_eq!(report.outcome, Outcome::UpToDate);
}

fn a_downgrade_may_be_outside<E: Engine>() {
    let (up, down) = match E::DIALECT {
        Dialect::Sqlite => ("CREATE INDEX i ON a (x);", "DROP INDEX i;\nVACUUM;"),
        _ => (
            "CREATE INDEX i ON a (x);",
            "DROP INDEX CONCURRENTLY i;\nVACUUM a;",
        ),
    };
    let chain = Versions::new()
        .sql("a1", "", "CREATE TABLE a (x INTEGER);", "DROP TABLE a;")
        .with(
            "b1",
            "a1",
            "",
            &format!("-- upgrade\n{up}\n\n-- downgrade (no transaction)\n{down}"),
        )
        .sql("c1", "b1", "CREATE TABLE c (x INTEGER);", "DROP TABLE c;")
        .load::<E>();
    let database = E::new();
    let mut client = database.connect();
    let before = database.made();
    chain.run(&mut client).unwrap();
    let report = chain
        .downgrade(&mut client, "base")
        .unwrap_or_else(|error| panic!("{error:#}"));
    let steps = report.steps.iter().map(|done| done.step.revision.as_str());
    assert_eq!(steps.collect::<Vec<_>>(), ["c1", "b1", "a1"]);
    assert_eq!(database.made(), before);
    let acts = "SELECT revision FROM migrate_log WHERE direction = 'downgrade' ORDER BY id";
    assert_eq!(E::column(&mut client, acts), ["c1", "b1", "a1"]);
    assert_eq!(chain.current(&mut client).unwrap(), ids(&[]));
}

/// A chain whose last step fails at its third statement, until a row of `kept` is gone.
fn stops_at_three<E: Engine>() -> Versions {
    let bad = match E::DIALECT {
        Dialect::Sqlite => {
            "INSERT INTO done SELECT 2 WHERE (SELECT CASE WHEN count(*) THEN abs(-9223372036854775807 - 1) ELSE 1 END FROM kept);"
        }
        _ => "INSERT INTO done SELECT 2 WHERE (SELECT 1 / (1 - count(*)) FROM kept) = 1;",
    };
    let script = format!(
        "INSERT INTO done VALUES (1);\n{}\n{bad}\nINSERT INTO done VALUES (3);",
        alone::<E>()
    );
    Versions::new()
        .sql(
            "a1",
            "",
            "CREATE TABLE kept (x INTEGER);\nINSERT INTO kept VALUES (1);\nCREATE TABLE done (n INTEGER);",
            "DROP TABLE kept;\nDROP TABLE done;",
        )
        .with("b1", "a1", "", &outside(&script))
        .sql("c1", "b1", "INSERT INTO done VALUES (4);", "")
}

fn done<E: Engine>(client: &mut E::Client) -> Vec<String> {
    E::column(client, "SELECT n FROM done ORDER BY n")
}

fn a_clean_failure_goes_on_where_it_stopped<E: Engine>() {
    let chain = stops_at_three::<E>().load::<E>();
    let database = E::new();
    let mut client = database.connect();
    for attempt in 0..3 {
        let error = chain.run(&mut client).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Script, "{error:#}");
        assert_eq!(error.revision(), Some("b1"));
        let story = format!("{error:#}");
        assert!(story.contains("failed at statement 3 of 4"), "{story}");
        assert!(
            story.contains("the 2 statements before it are done and recorded; the next start goes on at this one"),
            "{story}"
        );
        assert_eq!(error.place().unwrap().line, 8, "{story}");
        assert_eq!(done::<E>(&mut client), ["1"], "try {attempt}");
        let pending = "SELECT revision, direction, started, done, total FROM migrate_in_progress";
        assert_eq!(
            E::rows(&mut client, pending),
            [["b1", "upgrade", "2", "2", "4"]]
        );
        // Nobody takes that for up to date.
        let fingerprints = "SELECT fingerprint FROM migrate_revision";
        assert_eq!(E::column(&mut client, fingerprints), [""]);
        let mut check = Migrator::new(&chain).startup(Startup::Check);
        let error = check.run(&mut client).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted, "{error:#}");
        assert_eq!(
            error.to_string(),
            "the upgrade of `b1` is under way or was interrupted, after 2 of 4 statements"
        );
    }
    E::execute(&mut client, "DELETE FROM kept");
    let report = chain.run(&mut client).unwrap();
    assert_eq!(report.outcome, Outcome::Applied);
    assert_eq!((report.from, report.to), (ids(&["a1"]), ids(&["c1"])));
    assert_eq!(report.steps.len(), 2);
    assert_eq!(done::<E>(&mut client), ["1", "2", "3", "4"]);
    assert_eq!(chain.run(&mut client).unwrap().outcome, Outcome::UpToDate);
}

fn a_changed_script_is_not_gone_on_with<E: Engine>() {
    let chain = stops_at_three::<E>().load::<E>();
    let changed = |down: &str| {
        Versions::new()
            .sql(
                "a1",
                "",
                "CREATE TABLE kept (x INTEGER);\nINSERT INTO kept VALUES (1);\nCREATE TABLE done (n INTEGER);",
                down,
            )
            .with("b1", "a1", "", &outside("INSERT INTO done VALUES (9);\nVACUUM;"))
            .sql("c1", "b1", "INSERT INTO done VALUES (4);", "")
            .load::<E>()
    };
    let changed = changed("DROP TABLE kept;\nDROP TABLE done;");
    let database = E::new();
    let mut client = database.connect();
    chain.run(&mut client).unwrap_err();
    let before = database.dump();
    let error = changed.run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert_eq!(
        error.to_string(),
        "versions/b1.sql: the upgrade of `b1` was interrupted after 2 of 4 statements, and its script has changed since"
    );
    let error = changed.resolve(&mut client, Resolution::Retry).unwrap_err();
    assert!(error.to_string().contains("has changed since"), "{error:#}");
    assert_eq!(database.dump(), before);
    // The other ways out remain.
    let report = changed
        .resolve(&mut client, Resolution::RolledBack)
        .unwrap();
    assert_eq!(report.to, ["a1"]);
    assert_eq!(done::<E>(&mut client), ["1"]);
    changed.run(&mut client).unwrap();
    assert_eq!(done::<E>(&mut client), ["1", "4", "9"]);
}

fn every_head_is_blank_while_one_step_is_pending<E: Engine>() {
    let chain = stops_at_three::<E>()
        .sql("x1", "", "CREATE TABLE x (x INTEGER);", "DROP TABLE x;")
        .load::<E>();
    let database = E::new();
    let mut client = database.connect();
    chain.upgrade(&mut client, "x1").unwrap();
    let heads = "SELECT revision, fingerprint FROM migrate_revision ORDER BY revision";
    let x1 = E::rows(&mut client, heads)[0].clone();
    chain.run(&mut client).unwrap_err();
    assert_eq!(E::rows(&mut client, heads), [["a1", ""], ["x1", ""]]);
    E::execute(&mut client, "DELETE FROM kept");
    let report = chain.run(&mut client).unwrap();
    assert_eq!(report.to, ["c1", "x1"]);
    assert_eq!(E::rows(&mut client, heads)[1], x1);
    assert_eq!(chain.run(&mut client).unwrap().outcome, Outcome::UpToDate);
}

fn who_does_not_know_every_head_resolves_nothing<E: Engine>() {
    let new = stops_at_three::<E>()
        .sql("x1", "", "CREATE TABLE x (x INTEGER);", "DROP TABLE x;")
        .load::<E>();
    let old = stops_at_three::<E>().load::<E>();
    let database = E::new();
    let mut client = database.connect();
    new.upgrade(&mut client, "x1").unwrap();
    new.run(&mut client).unwrap_err();
    let before = database.dump();
    for resolution in [
        Resolution::Applied,
        Resolution::Retry,
        Resolution::RolledBack,
    ] {
        let error = old.resolve(&mut client, resolution).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Ahead, "{error:#}");
        assert_eq!(error.revision(), Some("x1"));
        assert_eq!(database.dump(), before, "{resolution:?}");
    }
    new.resolve(&mut client, Resolution::RolledBack).unwrap();
    assert_eq!(E::heads(&mut client), ["a1", "x1"]);
}

/// Whatever else would leave what the step has done unrecorded, and run it again one day.
fn only_who_has_the_step_in_the_plan_goes_on_with_it<E: Engine>() {
    let chain = stops_at_three::<E>()
        .sql("x1", "", "CREATE TABLE x (x INTEGER);", "DROP TABLE x;")
        .load::<E>();
    let database = E::new();
    let mut client = database.connect();
    chain.upgrade(&mut client, "x1").unwrap();
    chain.run(&mut client).unwrap_err();
    assert_eq!(E::heads(&mut client), ["a1", "x1"]);
    // A person finishes it by hand.
    E::execute(&mut client, "INSERT INTO done VALUES (2), (3)");
    let before = database.dump();
    let target = |text: &str| text.parse().unwrap();
    let (head, base) = (target("c1"), target("base"));
    let x1 = [target("x1")];
    for (what, done) in [
        ("stamp b1", chain.stamp(&mut client, &["b1"]).map(drop)),
        ("stamp c1", chain.stamp(&mut client, &["c1"]).map(drop)),
        ("stamp a1", chain.stamp(&mut client, &["a1"]).map(drop)),
        (
            "stamp back",
            Migrator::new(&chain)
                .stamp_back(true)
                .stamp(&mut client, &["base"])
                .map(drop),
        ),
        (
            "downgrade x1",
            chain.downgrade(&mut client, "x1@base").map(drop),
        ),
        (
            "downgrade base",
            chain.downgrade(&mut client, "base").map(drop),
        ),
        ("upgrade x1", chain.upgrade(&mut client, "x1").map(drop)),
        ("upgrade a1", chain.upgrade(&mut client, "a1").map(drop)),
        ("repair", chain.repair(&mut client).map(drop)),
        (
            "a dry run of downgrade",
            chain.plan(&mut client, Goal::Downgrade(&base)).map(drop),
        ),
        (
            "a dry run of stamp",
            chain.plan(&mut client, Goal::Stamp(&x1)).map(drop),
        ),
    ] {
        let error = done.expect_err(what);
        assert_eq!(error.kind(), ErrorKind::Interrupted, "{what}: {error:#}");
        assert_eq!(error.revision(), Some("b1"), "{what}: {error:#}");
        assert_eq!(database.dump(), before, "{what}");
    }
    // A dry run of what goes on with it shows just what the run does.
    let plan = chain.plan(&mut client, Goal::Upgrade(&head)).unwrap();
    let steps: Vec<&str> = plan
        .steps
        .iter()
        .map(|step| step.revision.as_str())
        .collect();
    assert_eq!(steps, ["b1", "c1"]);
    chain.resolve(&mut client, Resolution::Applied).unwrap();
    chain.run(&mut client).unwrap();
    assert_eq!(
        done::<E>(&mut client),
        ["1", "2", "3", "4"],
        "nothing ran twice"
    );
}

fn the_rest_of_a_script_may_be_mended_after_a_clean_failure<E: Engine>() {
    let chain = |rest: &str| {
        let script = format!("INSERT INTO done VALUES (1);\n{}\n{rest}", alone::<E>());
        Versions::new()
            .sql(
                "a1",
                "",
                "CREATE TABLE kept (x INTEGER);\nCREATE TABLE done (n INTEGER);",
                "",
            )
            .with("b1", "a1", "", &outside(&script))
            .load::<E>()
    };
    for way in [None, Some(Resolution::Retry)] {
        let database = E::new();
        let mut client = database.connect();
        let error = chain("INSERT INTO dnoe VALUES (2);")
            .run(&mut client)
            .unwrap_err();
        let story = format!("{error:#}");
        assert!(story.contains("failed at statement 3 of 3"), "{story}");
        assert!(!story.contains("--retry"), "{story}");
        // Another text before what failed is not gone on with, nor one that ends before it.
        let other = Versions::new()
            .sql(
                "a1",
                "",
                "CREATE TABLE kept (x INTEGER);\nCREATE TABLE done (n INTEGER);",
                "",
            )
            .with("b1", "a1", "", &outside("INSERT INTO done VALUES (1);"))
            .load::<E>();
        let error = other.run(&mut client).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted, "{error:#}");
        assert!(!format!("{error:#}").contains("--retry"), "{error:#}");
        let mended = chain("INSERT INTO done VALUES (2);\nINSERT INTO done VALUES (3);");
        match way {
            Some(resolution) => mended.resolve(&mut client, resolution).unwrap(),
            None => mended.run(&mut client).unwrap(),
        };
        assert_eq!(done::<E>(&mut client), ["1", "2", "3"]);
        let report = mended.run(&mut client).unwrap();
        assert_eq!(report.outcome, Outcome::UpToDate);
        assert_eq!(mended.verify(&mut client).unwrap(), []);
    }
}

fn an_interrupted_downgrade_is_gone_on_with_by_its_like<E: Engine>() {
    let down = format!(
        "INSERT INTO done VALUES (1);\n{}\nINSERT INTO missing VALUES (2);",
        alone::<E>()
    );
    let chain = Versions::new()
        .sql(
            "a1",
            "",
            "CREATE TABLE kept (x INTEGER);\nCREATE TABLE done (n INTEGER);",
            "",
        )
        .with(
            "b1",
            "a1",
            "",
            &format!("-- upgrade: nothing\n\n-- downgrade (no transaction)\n{down}"),
        )
        .sql(
            "c1",
            "b1",
            "INSERT INTO done VALUES (3);",
            "DELETE FROM done WHERE n = 3;",
        )
        .load::<E>();
    let database = E::new();
    let mut client = database.connect();
    chain.upgrade(&mut client, "b1").unwrap();
    chain.downgrade(&mut client, "a1").unwrap_err();
    let before = database.dump();
    for error in [
        chain.upgrade(&mut client, "c1").unwrap_err(),
        chain.stamp(&mut client, &["a1"]).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Interrupted, "{error:#}");
        assert_eq!(database.dump(), before);
    }
    E::execute(&mut client, "CREATE TABLE missing (x INTEGER)");
    let report = chain.downgrade(&mut client, "a1").unwrap();
    assert_eq!((report.from, report.to), (ids(&["b1"]), ids(&["a1"])));
    assert_eq!(done::<E>(&mut client), ["1"]);
    assert_eq!(E::column(&mut client, "SELECT x FROM missing"), ["2"]);
}

fn a_step_in_progress_is_seen<E: Engine>() {
    let chain = stops_at_three::<E>().load::<E>();
    let database = E::new();
    let mut client = database.connect();
    assert_eq!(chain.in_progress(&mut client).unwrap(), None);
    chain.run(&mut client).unwrap_err();
    let before = database.dump();
    let step = chain.in_progress(&mut client).unwrap().unwrap();
    assert_eq!(
        (step.revision.as_str(), step.started, step.done, step.total),
        ("b1", 2, 2, 4)
    );
    let history = chain.history(&mut client).unwrap();
    let seen: Vec<_> = history
        .iter()
        .map(|entry| entry.in_progress.is_some())
        .collect();
    assert_eq!(seen, [false, true, false], "{history:?}");
    let error = chain.check(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error:#}");
    assert_eq!(database.dump(), before);
    E::execute(&mut client, "DELETE FROM kept");
    chain.run(&mut client).unwrap();
    assert_eq!(chain.in_progress(&mut client).unwrap(), None);
    assert_eq!(chain.check(&mut client).unwrap().outcome, Outcome::UpToDate);
}

const CODE: &str = "//! make b1\n//!\n//! revision: b1\n//! down_revision: a1\n//! upgrade: (no transaction)\n//! downgrade: nothing\n\n\
     use migrate_runtime::{Context, Result};\n\npub fn upgrade(db: &mut Context<'_>) -> Result<()> { Ok(()) }\n";

fn coded<E: Engine>(upgrade: fn(&mut Context<'_>) -> Result<()>) -> Migrations {
    Versions::new()
        .sql(
            "a1",
            "",
            "CREATE TABLE done (n INTEGER);",
            "DROP TABLE done;",
        )
        .file("b1.rs", CODE)
        .sql("c1", "b1", "INSERT INTO done VALUES (4);", "")
        .functions(Code {
            revision: "b1",
            upgrade: Some(Function::Sync(upgrade)),
            downgrade: None,
        })
        .load::<E>()
}

fn code_that_failed_is_a_persons_to_judge<E: Engine>() {
    let failing = coded::<E>(|db| {
        db.execute("INSERT INTO done VALUES (?1)", &[1.into()])?;
        Err("no more".into())
    });
    let mended = coded::<E>(|db| {
        db.execute("INSERT INTO done VALUES (?1)", &[2.into()])
            .map(drop)
    });
    for (resolution, expected) in [
        (Resolution::Applied, ["1", "4"].as_slice()),
        (Resolution::Retry, &["1", "2", "4"]),
        (Resolution::RolledBack, &["1", "2", "4"]),
    ] {
        let database = E::new();
        let mut client = database.connect();
        let error = failing.run(&mut client).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Code, "{error:#}");
        assert!(
            format!("{error:#}").contains("what it did before it failed remains"),
            "{error:#}"
        );
        assert_eq!(done::<E>(&mut client), ["1"]);
        for _ in 0..2 {
            let error = Migrator::new(&mended)
                .lock_wait(Duration::from_millis(100))
                .run(&mut client)
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Interrupted, "{error:#}");
            assert_eq!(error.revision(), Some("b1"));
            let story = format!("{error:#}");
            for way in ["--applied", "--retry", "--rolled-back"] {
                assert!(story.contains(way), "{story}");
            }
        }
        assert_eq!(done::<E>(&mut client), ["1"], "never unasked");
        mended
            .resolve(&mut client, resolution)
            .unwrap_or_else(|error| panic!("{resolution:?}: {error:#}"));
        mended.run(&mut client).unwrap();
        assert_eq!(done::<E>(&mut client), expected, "{resolution:?}");
        let error = mended.resolve(&mut client, resolution).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        let history = "SELECT revision FROM migrate_log ORDER BY id";
        assert_eq!(E::column(&mut client, history), ["a1", "b1", "c1"]);
    }
}

fn a_hook_that_fails_outside_takes_nothing_back<E: Engine>() {
    let chain = Versions::new()
        .sql("a1", "", "CREATE TABLE kept (x INTEGER);", "")
        .with(
            "b1",
            "a1",
            "",
            &outside(&format!("{}\nINSERT INTO kept VALUES (1);", alone::<E>())),
        )
        .load::<E>();
    let database = E::new();
    let mut client = database.connect();
    let error = Migrator::new(&chain)
        .hook(|moment, _| match moment {
            Moment::AfterStep(step) if step.revision == "b1" => Err("too late".into()),
            _ => Ok(()),
        })
        .run(&mut client)
        .unwrap_err();
    let story = format!("{error:#}");
    assert!(
        story.contains("the hook after the upgrade of `b1` failed"),
        "{story}"
    );
    assert!(!story.contains("rolled back"), "{story}");
    assert_eq!(E::column(&mut client, "SELECT x FROM kept"), ["1"]);
    // Its statements are done; what is missing is the record.
    chain.run(&mut client).unwrap();
    assert_eq!(E::column(&mut client, "SELECT x FROM kept"), ["1"]);
    assert_eq!(E::heads(&mut client), ["b1"]);
}

static CALLS: AtomicUsize = AtomicUsize::new(0);
static WAITS: AtomicUsize = AtomicUsize::new(0);

#[test]
fn code_runs_once_though_two_start_at_once_on_sqlite() {
    let chain = coded::<Sqlite>(|db| {
        CALLS.fetch_add(1, Ordering::SeqCst);
        // Goes on when another one waits for it.
        let since = Instant::now();
        while WAITS.load(Ordering::SeqCst) == 0 && since.elapsed() < Duration::from_secs(20) {
            thread::sleep(Duration::from_millis(1));
        }
        db.execute("INSERT INTO done VALUES (?1)", &[2.into()])
            .map(drop)
    });
    let database = Sqlite::new();
    chain.upgrade(&mut database.connect(), "a1").unwrap();
    let run = || {
        let mut conn = database.connect();
        Migrator::new(&chain)
            .on_event(|event| {
                if let Event::Waiting { .. } = event {
                    WAITS.fetch_add(1, Ordering::SeqCst);
                }
            })
            .run(&mut conn)
            .unwrap_or_else(|error| panic!("{error:#}"))
    };
    let reports = thread::scope(|scope| {
        let all: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
        all.into_iter()
            .map(|one| one.join().unwrap())
            .collect::<Vec<_>>()
    });
    assert_eq!(CALLS.load(Ordering::SeqCst), 1);
    let steps: usize = reports.iter().map(|report| report.steps.len()).sum();
    assert_eq!(steps, 2, "{reports:?}");
    assert_eq!(done::<Sqlite>(&mut database.connect()), ["2", "4"]);
}

/// An index that can't be built for two equal rows, between two rows for the ledger.
fn indexed() -> Migrations {
    let script = "INSERT INTO done VALUES (1);\nCREATE UNIQUE INDEX CONCURRENTLY i ON kept (x);\nINSERT INTO done VALUES (2);";
    Versions::new()
        .sql(
            "a1",
            "",
            "CREATE TABLE kept (x INTEGER);\nINSERT INTO kept VALUES (1), (1);\nCREATE TABLE done (n INTEGER);",
            "",
        )
        .with("b1", "a1", "", &outside(script))
        .load::<Postgres>()
}

const INDEXES: &str = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('public.i')";

#[test]
fn an_invalid_index_is_dropped_before_the_next_try() {
    let chain = indexed();
    let database = Postgres::new();
    let mut client = database.connect();
    for _ in 0..2 {
        let error = chain.run(&mut client).unwrap_err();
        let story = format!("{error:#}");
        assert!(story.contains("could not create unique index"), "{story}");
        assert!(
            story.contains("the statement before it is done and recorded"),
            "{story}"
        );
        assert_eq!(Postgres::column(&mut client, INDEXES), ["f"]);
        assert_eq!(done::<Postgres>(&mut client), ["1"]);
    }
    client
        .batch_execute("DELETE FROM kept WHERE ctid = (SELECT min(ctid) FROM kept)")
        .unwrap();
    chain.run(&mut client).unwrap();
    assert_eq!(Postgres::column(&mut client, INDEXES), ["t"]);
    assert_eq!(done::<Postgres>(&mut client), ["1", "2"]);
}

#[test]
fn what_is_not_known_is_asked_and_each_answer_is_carried_out() {
    for (cut, resolution, expected, says) in [
        (
            Cut::Before,
            Resolution::Retry,
            ["1", "2"].as_slice(),
            "it did not take effect",
        ),
        (
            Cut::After,
            Resolution::Retry,
            &["1", "2"],
            "there and valid: it took effect",
        ),
        (
            Cut::Before,
            Resolution::Applied,
            &["1"],
            "it did not take effect",
        ),
        (
            Cut::Before,
            Resolution::RolledBack,
            &["1", "1", "2"],
            "it did not take effect",
        ),
    ] {
        let chain = indexed();
        let database = Postgres::new();
        let mut client = database.connect();
        chain.upgrade(&mut client, "a1").unwrap();
        client
            .batch_execute("DELETE FROM kept WHERE ctid = (SELECT min(ctid) FROM kept)")
            .unwrap();
        let proxy = Proxy::new(&database);
        proxy.cut(When::Text("CREATE UNIQUE INDEX"), cut);
        let error = chain.run(&mut proxy.connect()).unwrap_err();
        assert!(
            format!("{error:#}").contains("whether the statement took effect is not known"),
            "{error:#}"
        );
        let error = chain.run(&mut client).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert_eq!(
            error.to_string(),
            "versions/b1.sql:7:1: the upgrade of `b1` was interrupted at statement 2 of 3, and whether that took effect is not known"
        );
        let story = format!("{error:#}");
        assert!(story.contains(says), "{cut:?}: {story}");
        chain
            .resolve(&mut client, resolution)
            .unwrap_or_else(|error| panic!("{resolution:?}: {error:#}"));
        chain.run(&mut client).unwrap();
        assert_eq!(
            done::<Postgres>(&mut client),
            expected,
            "{cut:?} {resolution:?}"
        );
        let valid = Postgres::column(&mut client, INDEXES);
        let expected: &[&str] = if resolution == Resolution::Applied {
            &[]
        } else {
            &["t"]
        };
        assert_eq!(valid, expected, "{cut:?} {resolution:?}");
    }
}

#[test]
fn the_session_is_set_up_again_and_put_back() {
    let script = "SET search_path TO tenant;\nINSERT INTO done VALUES (1);\nCREATE UNIQUE INDEX CONCURRENTLY i ON kept (x);\nINSERT INTO done VALUES (2);";
    let chain = Versions::new()
        .sql(
            "a1",
            "",
            "CREATE SCHEMA tenant;\nCREATE TABLE tenant.kept (x INTEGER);\nINSERT INTO tenant.kept VALUES (1), (1);\nCREATE TABLE tenant.done (n INTEGER);",
            "",
        )
        .with("b1", "a1", "", &outside(script))
        .load::<Postgres>();
    let database = Postgres::new();
    let mut client = database.connect();
    for limited in [false, true] {
        let mut migrator = Migrator::new(&chain);
        if limited {
            migrator = migrator
                .lock_timeout(Duration::from_secs(7))
                .statement_timeout(Duration::from_secs(70));
        }
        let error = migrator.run(&mut client).unwrap_err();
        assert!(
            format!("{error:#}").contains("could not create unique index"),
            "{error:#}"
        );
        let settings = "SELECT concat_ws(' ', current_setting('search_path'), current_setting('lock_timeout'), current_setting('statement_timeout'), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()))";
        assert_eq!(
            Postgres::column(&mut client, settings),
            ["\"$user\", public 0 0 0"]
        );
    }
    client.batch_execute("TRUNCATE tenant.kept").unwrap();
    chain.run(&mut client).unwrap();
    let done = Postgres::column(&mut client, "SELECT n FROM tenant.done ORDER BY n");
    assert_eq!(done, ["1", "2"]);
}

#[test]
fn a_plan_tells_what_is_pending() {
    let chain = stops_at_three::<Sqlite>().load::<Sqlite>();
    let database = Sqlite::new();
    let mut conn = database.connect();
    chain.run(&mut conn).unwrap_err();
    let goal = Goal::Upgrade(&"head".parse().unwrap());
    let plan = chain.plan(&mut conn, goal).unwrap();
    assert_eq!(plan.steps.len(), 2);
    assert_eq!(
        plan.notes,
        ["the upgrade of `b1` is under way or was interrupted, after 2 of 4 statements"]
    );
}
