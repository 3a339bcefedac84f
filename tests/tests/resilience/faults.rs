//! Full disks, files and transactions that can't be written to, and locks that others hold.

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use migrate_runtime::{Dialect, ErrorKind, Event, Migrator, Outcome, Startup};
use migrate_tests::PgBouncer;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, OpenFlags};

use crate::herd::applied_once;
use crate::replicas::{Replica, folder, load, mixed, plain};
use crate::support::{Engine, Postgres, Sqlite, Versions};

fn set_pages(conn: &Connection, pages: usize) {
    conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
        .unwrap();
}

/// The disk is full at whichever statement first needs one page more.
fn disk_full_at_each_page(files: &[(String, String)]) {
    let migrations = load(&folder(files), Dialect::Sqlite);
    for (failures, pages) in (2..).enumerate() {
        let database = Sqlite::new();
        let mut conn = database.connect();
        conn.execute_batch(
            "PRAGMA synchronous = OFF; CREATE TABLE kept (x TEXT); INSERT INTO kept VALUES ('x')",
        )
        .unwrap();
        set_pages(&conn, pages);
        let before = database.dump();
        let Err(error) = migrations.run(&mut conn) else {
            assert!(failures > 5, "{failures}");
            return;
        };
        let story = format!("{error:#}");
        assert!(story.contains("database or disk is full"), "{story}");
        if files.len() == 6 {
            assert_eq!(database.dump(), before, "{pages} pages: {story}");
        }
        assert!(conn.is_autocommit(), "{pages} pages: {story}");
        // With room again, the same connection goes on.
        set_pages(&conn, 100_000);
        migrations
            .run(&mut conn)
            .unwrap_or_else(|error| panic!("{pages} pages: {error:#}"));
        applied_once::<Sqlite>(&mut conn, files);
        assert_eq!(Sqlite::column(&mut conn, "SELECT x FROM kept"), ["x"]);
    }
}

#[test]
fn the_disk_is_full_at_each_page() {
    disk_full_at_each_page(&plain());
}

#[test]
fn the_disk_is_full_at_each_page_of_steps_outside_a_transaction() {
    disk_full_at_each_page(&mixed(Dialect::Sqlite));
}

#[test]
fn a_read_only_file_is_refused_and_one_up_to_date_passes() {
    let files = plain();
    let (half, whole) = (
        load(&folder(&files[..3]), Dialect::Sqlite),
        load(&folder(&files), Dialect::Sqlite),
    );
    for outside in [false, true] {
        let database = Sqlite::new();
        half.run(&mut database.connect()).unwrap();
        let before = database.dump();
        let mut conn =
            Connection::open_with_flags(database.path(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        assert_eq!(half.run(&mut conn).unwrap().outcome, Outcome::UpToDate);
        let next = if outside {
            Versions::new().with(
                "n1",
                "",
                "",
                "-- upgrade (no transaction)\nVACUUM;\n\n-- downgrade: nothing",
            )
        } else {
            Versions::new().sql("n1", "", "CREATE TABLE n (x INTEGER);", "")
        };
        let next = next.name("next").load::<Sqlite>();
        for migrations in [&whole, &next] {
            let error = migrations.run(&mut conn).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error:#}");
            assert!(format!("{error:#}").contains("readonly"), "{error:#}");
            assert!(conn.is_autocommit());
            let mut check = Migrator::new(migrations).startup(Startup::Check);
            let error = check.run(&mut conn).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Pending, "{error:#}");
        }
        assert_eq!(database.dump(), before);
    }
}

#[test]
fn a_read_only_directory_is_refused() {
    let files = plain();
    let whole = folder(&files);
    let database = Sqlite::new();
    let (dir, path) = (database.dir(), database.path());
    load(&folder(&files[..3]), Dialect::Sqlite)
        .run(&mut database.connect())
        .unwrap();
    let before = database.dump();
    // root may write everywhere, so the process is somebody else's, and so must be its program.
    let program = whole.path().with_extension("replica");
    fs::copy(env!("CARGO_BIN_EXE_replica"), &program).unwrap();
    for (path, mode) in [(&*program, 0o755), (&*path, 0o666), (dir, 0o555)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let mut command = Command::new(&program);
    command
        .arg("--versions")
        .arg(whole.path())
        .args(["--database", &database.url()]);
    if let Some((uid, gid)) = migrate_tests::unprivileged_user() {
        use std::os::unix::process::CommandExt;
        command.uid(uid).gid(gid);
    }
    let said = Replica::spawn(&mut command).end();
    fs::remove_file(&program).unwrap();
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(!said.status.success());
    assert_eq!(said.one("error"), Some("ReadOnly"), "{said:?}");
    assert_eq!(database.dump(), before);
    load(&whole, Dialect::Sqlite)
        .run(&mut database.connect())
        .unwrap();
    applied_once::<Sqlite>(&mut database.connect(), &files);
}

/// What another connection does with the file meanwhile.
#[derive(Clone, Copy, Debug)]
enum Other {
    /// Holds the write lock.
    Writes,
    /// Holds the file for itself alone.
    Excludes,
    /// Reads, which in rollback-journal mode only COMMIT minds.
    Reads,
}

/// A run that finds the file in use. Where `lets_go`, that ends as soon as the run is seen to wait; else when it is over.
fn in_use(other: Other, wal: bool, lets_go: bool, wait: Duration) -> Result<(), ErrorKind> {
    let files = plain();
    let migrations = load(&folder(&files), Dialect::Sqlite);
    let database = Sqlite::new();
    let holder = database.connect();
    let mode = if wal { "WAL" } else { "DELETE" };
    holder
        .query_row(&format!("PRAGMA journal_mode = {mode}"), [], |_| Ok(()))
        .unwrap();
    holder
        .execute_batch("CREATE TABLE kept (x TEXT); INSERT INTO kept VALUES ('x')")
        .unwrap();
    let before = database.dump();
    holder
        .execute_batch(match other {
            Other::Writes => "BEGIN IMMEDIATE; INSERT INTO kept VALUES ('y')",
            Other::Excludes => "BEGIN EXCLUSIVE; INSERT INTO kept VALUES ('y')",
            Other::Reads => "BEGIN; SELECT count(*) FROM kept",
        })
        .unwrap();
    let (let_go, may_go) = mpsc::channel();
    let over = let_go.clone();
    let holder = thread::spawn(move || {
        may_go.recv().unwrap();
        holder.execute_batch("ROLLBACK").unwrap();
    });
    let mut conn = database.connect();
    // The connection's own time doesn't count, and is put back.
    const OWN: &str = "20000";
    Sqlite::rows(&mut conn, &format!("PRAGMA busy_timeout = {OWN}"));
    let mut told = 0;
    let since = Instant::now();
    let ran = Migrator::new(&migrations)
        .lock_wait(wait)
        .on_event(|event| {
            if let Event::Waiting { .. } = event {
                told += 1;
                if lets_go {
                    let _ = let_go.send(());
                }
            }
        })
        .run(&mut conn);
    let case = format!("{other:?}, WAL: {wal}");
    let took = since.elapsed();
    assert!(took < wait + Duration::from_secs(2), "{case}: {took:?}");
    assert_eq!(
        Sqlite::column(&mut conn, "PRAGMA busy_timeout"),
        [OWN],
        "{case}"
    );
    let _ = over.send(());
    holder.join().unwrap();
    match ran {
        Ok(_) => {
            applied_once::<Sqlite>(&mut conn, &files);
            let waits = !(wal && matches!(other, Other::Reads));
            assert_eq!(told > 0, waits, "{case}: a wait is visible");
            Ok(())
        }
        Err(error) => {
            assert!(told > 0, "{case}: a wait is visible");
            assert!(conn.is_autocommit(), "{case}");
            assert_eq!(database.dump(), before, "{case}: {error:#}");
            migrations.run(&mut conn).unwrap();
            applied_once::<Sqlite>(&mut conn, &files);
            Err(error.kind())
        }
    }
}

#[test]
fn a_lock_is_awaited_as_long_as_was_said() {
    let (short, long) = (Duration::from_millis(300), Duration::from_secs(30));
    for other in [Other::Writes, Other::Excludes, Other::Reads] {
        for wal in [false, true] {
            let case = format!("{other:?}, WAL: {wal}");
            assert_eq!(in_use(other, wal, true, long), Ok(()), "{case}");
            let refused = in_use(other, wal, false, short);
            match (other, wal) {
                // In WAL mode readers are in nobody's way.
                (Other::Reads, true) => assert_eq!(refused, Ok(()), "{case}"),
                _ => assert_eq!(refused, Err(ErrorKind::Locked), "{case}"),
            }
        }
    }
}

type AtStatement = (fn(&str) -> bool, Box<dyn FnOnce()>);

thread_local! {
    /// What happens once a connection of this thread begins a statement.
    static AT_STATEMENT: RefCell<Option<AtStatement>> = const { RefCell::new(None) };
}

/// Does something when a connection begins the first statement that is meant.
fn at_statement(conn: &Connection, is_meant: fn(&str) -> bool, act: impl FnOnce() + 'static) {
    AT_STATEMENT.set(Some((is_meant, Box::new(act))));
    conn.trace_v2(
        TraceEventCodes::SQLITE_TRACE_STMT,
        Some(traced as fn(TraceEvent<'_>)),
    );
}

#[expect(clippy::needless_pass_by_value, reason = "rusqlite's signature")]
fn traced(event: TraceEvent<'_>) {
    let TraceEvent::Stmt(_, sql) = event else {
        return;
    };
    let act = AT_STATEMENT.with_borrow_mut(|at| at.take_if(|(is_meant, _)| is_meant(sql)));
    if let Some((_, act)) = act {
        act();
    }
}

/// The log is read after the heads, with no lock in between: who went on meanwhile is no contradiction of the two.
#[test]
fn another_goes_on_between_the_heads_and_the_log() {
    let outside =
        |body: &str| format!("-- upgrade (no transaction)\n{body}\n-- downgrade: nothing");
    let versions = Versions::new()
        .with("a1", "", "", &outside("CREATE TABLE kept (x TEXT);"))
        .with("b2", "a1", "", &outside("INSERT INTO kept VALUES ('b');"))
        .with("c3", "b2", "", &outside("INSERT INTO kept VALUES ('c');"));
    let migrations = versions.clone().load::<Sqlite>();
    let database = Sqlite::new();
    let mut conn = database.connect();
    Migrator::new(&migrations).upgrade(&mut conn, "a1").unwrap();
    let (all, mut other) = (versions.load::<Sqlite>(), database.connect());
    at_statement(
        &conn,
        |sql| sql.contains("migrate_log") && sql.starts_with("SELECT"),
        move || drop(all.run(&mut other).unwrap()),
    );
    migrations.run(&mut conn).unwrap();
    assert!(AT_STATEMENT.with_borrow(Option::is_none));
    assert_eq!(Sqlite::column(&mut conn, "SELECT x FROM kept"), ["b", "c"]);
}

/// A reader that comes while a step runs outside a transaction: COMMIT must wait for it.
#[test]
fn a_reader_is_awaited_between_statements_too() {
    let inserts: String = (0..6)
        .map(|row| format!("INSERT INTO kept VALUES ('{row}');\n"))
        .collect();
    let migrations = Versions::new()
        .with(
            "a1",
            "",
            "",
            &format!("-- upgrade (no transaction)\n{inserts}\n-- downgrade: nothing"),
        )
        .load::<Sqlite>();
    let database = Sqlite::new();
    let mut reader = database.connect();
    reader
        .execute_batch("CREATE TABLE kept (x TEXT); CREATE TABLE migrate_probe (x TEXT)")
        .unwrap();
    let (arrived, has_arrived) = mpsc::channel();
    let (came, reader_came) = mpsc::channel();
    let (done, is_done) = mpsc::channel::<()>();
    let reading = thread::spawn(move || {
        has_arrived.recv().unwrap();
        reader.execute_batch("BEGIN").unwrap();
        assert_eq!(
            Sqlite::column(&mut reader, "SELECT done FROM migrate_in_progress"),
            ["3"]
        );
        came.send(()).unwrap();
        is_done.recv().unwrap();
        reader.execute_batch("ROLLBACK").unwrap();
    });
    let mut conn = database.connect();
    at_statement(
        &conn,
        |sql| sql.starts_with("INSERT INTO kept VALUES ('3')"),
        move || {
            arrived.send(()).unwrap();
            reader_came.recv().unwrap();
        },
    );
    let error = Migrator::new(&migrations)
        .lock_wait(Duration::from_millis(300))
        .run(&mut conn)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked, "{error:#}");
    done.send(()).unwrap();
    reading.join().unwrap();
    migrations.run(&mut conn).unwrap();
    assert_eq!(
        Sqlite::column(&mut conn, "SELECT x FROM kept ORDER BY x"),
        ["0", "1", "2", "3", "4", "5"]
    );
}

#[test]
fn a_shared_cache_is_awaited_too() {
    let files = plain();
    let migrations = load(&folder(&files), Dialect::Sqlite);
    let open =
        || Connection::open("file:shared_cache_is_awaited?mode=memory&cache=shared").unwrap();
    let holder = open();
    // The schema is locked, so that nothing at all can be read.
    holder
        .execute_batch("CREATE TABLE kept (x TEXT); BEGIN IMMEDIATE; CREATE TABLE more (x TEXT)")
        .unwrap();
    let mut conn = open();
    let (waits, waiting) = mpsc::channel();
    let holder = thread::spawn(move || {
        waiting.recv().unwrap();
        holder.execute_batch("COMMIT").unwrap();
        holder
    });
    Migrator::new(&migrations)
        .on_event(move |event| {
            if let Event::Waiting { .. } = event {
                let _ = waits.send(());
            }
        })
        .run(&mut conn)
        .unwrap();
    applied_once::<Sqlite>(&mut conn, &files);
    drop(holder.join().unwrap());
}

#[test]
fn read_only_by_default_is_no_hindrance_on_postgres() {
    let files = mixed(Dialect::Postgres);
    let migrations = load(&folder(&files), Dialect::Postgres);
    let database = Postgres::new();
    let mut client = database.connect();
    client
        .batch_execute("SET default_transaction_read_only = on")
        .unwrap();
    migrations
        .run(&mut client)
        .unwrap_or_else(|error| panic!("{error:#}"));
    applied_once::<Postgres>(&mut database.connect(), &files);
    // And it is as it was.
    let now = Postgres::column(&mut client, "SHOW default_transaction_read_only");
    assert_eq!(now, ["on"]);
}

#[test]
fn the_holder_of_the_lock_is_named() {
    let migrations = load(&folder(&plain()), Dialect::Postgres);
    for outside in [false, true] {
        let database = Postgres::new();
        // The same names in another database are another lock.
        let elsewhere = Postgres::new();
        let _other = hold(&elsewhere, "elsewhere");
        let holder = hold(&database, "the other app");
        let mut client = database.connect();
        let vacuum = Versions::new()
            .with(
                "v1",
                "",
                "",
                "-- upgrade (no transaction)\nVACUUM;\n\n-- downgrade: nothing",
            )
            .load::<Postgres>();
        let migrations = if outside { &vacuum } else { &migrations };
        let mut waits = Vec::new();
        let error = Migrator::new(migrations)
            .lock_wait(Duration::from_millis(300))
            .on_event(|event| waits.push(event.to_string()))
            .run(&mut client)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Locked);
        let story = format!("{error:#}");
        assert!(
            story.contains("the migration lock was not obtained in 0.3 s"),
            "{story}"
        );
        for text in [&story, &waits[0]] {
            assert!(text.contains("held by process"), "{text}");
            assert!(text.contains("(the other app)"), "{text}");
        }
        assert_eq!(database.made(), Postgres::new().made());
        // Nothing of ours stays behind, and once it is free it is ours.
        drop(holder);
        let locks =
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()";
        assert_eq!(Postgres::column(&mut client, locks), ["0"]);
        assert_eq!(
            migrations.run(&mut client).unwrap().outcome,
            Outcome::Applied
        );
    }
}

/// A process that holds the migration lock: one whose revision doesn't come to an end.
fn hold(database: &Postgres, name: &str) -> postgres::Client {
    let mut config = database.config();
    config.application_name(name);
    let mut client = config.connect(postgres::NoTls).unwrap();
    let key = "('x' || substr(encode(sha256(int8send(6) || 'public'::bytea || int8send(16) || 'migrate_revision'::bytea), 'hex'), 1, 16))::bit(64)::bigint";
    client
        .batch_execute(&format!("SELECT pg_advisory_lock({key})"))
        .unwrap();
    client
}

#[test]
fn a_table_that_the_app_uses_is_awaited_in_tries() {
    let chain = Versions::new()
        .sql("a1", "", "INSERT INTO kept VALUES ('a1');", "")
        .sql("b1", "a1", "ALTER TABLE used ADD COLUMN y INTEGER;", "")
        .load::<Postgres>();
    let database = Postgres::new();
    let mut client = database.connect();
    client
        .batch_execute("CREATE TABLE kept (x TEXT); CREATE TABLE used (x INTEGER)")
        .unwrap();
    let mut user = database.connect();
    let migrator = |tries: &'static std::sync::atomic::AtomicUsize| {
        Migrator::new(&chain)
            .lock_timeout(Duration::from_millis(50))
            .lock_wait(Duration::from_secs(1))
            .on_event(move |event| {
                if matches!(event, Event::Retrying { .. }) {
                    tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                }
            })
    };
    static TRIES: [std::sync::atomic::AtomicUsize; 2] =
        [const { std::sync::atomic::AtomicUsize::new(0) }; 2];
    user.batch_execute("BEGIN; SELECT * FROM used").unwrap();
    let error = migrator(&TRIES[0]).run(&mut client).unwrap_err();
    assert_eq!(error.revision(), Some("b1"), "{error:#}");
    assert!(format!("{error:#}").contains("lock timeout"), "{error:#}");
    assert!(TRIES[0].load(std::sync::atomic::Ordering::SeqCst) > 1);
    assert!(Postgres::rows(&mut client, "SELECT * FROM kept").is_empty());
    // It lets go while the tries go on.
    let user = thread::spawn(move || {
        while TRIES[1].load(std::sync::atomic::Ordering::SeqCst) == 0 {
            thread::sleep(Duration::from_millis(5));
        }
        user.batch_execute("COMMIT").unwrap();
    });
    let report = migrator(&TRIES[1]).run(&mut client).unwrap();
    user.join().unwrap();
    assert!(TRIES[1].load(std::sync::atomic::Ordering::SeqCst) > 0);
    assert_eq!(report.steps.len(), 2);
    assert_eq!(Postgres::rows(&mut client, "SELECT * FROM kept").len(), 1);
    // The session's own setting is as it was.
    assert_eq!(Postgres::column(&mut client, "SHOW lock_timeout"), ["0"]);
}

#[test]
fn a_pooler_in_statement_mode_is_named() {
    let database = Postgres::new();
    let bouncer = PgBouncer::start_in(&database, 2, "statement");
    let files = plain();
    let migrations = load(&folder(&files), Dialect::Postgres);
    let error = migrations.run(&mut bouncer.connect()).unwrap_err();
    let story = format!("{error:#}");
    assert!(
        story.contains("is it in statement mode (`pool_mode` of PgBouncer)?"),
        "{story}"
    );
    assert!(story.contains("`transaction` or `session` mode"), "{story}");
    let outside = Versions::new().with(
        "v1",
        "",
        "",
        "-- upgrade (no transaction)\nVACUUM;\n\n-- downgrade: nothing",
    );
    let outside = outside.load::<Postgres>();
    let error = outside.run(&mut bouncer.connect()).unwrap_err();
    let story = format!("{error:#}");
    // Whether the lock is missed or a BEGIN refused first depends on which connection the pooler picks.
    assert!(
        story.contains("is it in statement mode (`pool_mode` of PgBouncer)?")
            || story.contains("the pooler is in statement mode"),
        "{story}"
    );
    assert!(story.contains("`transaction` or `session` mode"), "{story}");
    assert_eq!(database.made(), Postgres::new().made());
    // A start that is up to date is one statement, and no transaction.
    migrations.run(&mut database.connect()).unwrap();
    let report = migrations.run(&mut bouncer.connect()).unwrap();
    assert_eq!(report.outcome, Outcome::UpToDate);
}
