//! How long a statement waits for a lock, and whom it keeps out meanwhile: safe unless somebody says otherwise.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use migrate_runtime::{
    ErrorKind, Event, Goal, Lock, Migrations, Migrator, Report, Result, Transactions,
};
use tokio_postgres::NoTls;

use crate::reached::{Reached, Run};
use crate::support::{Engine, Postgres, Versions};

/// How the engine is called.
#[derive(Debug, Clone, Copy)]
enum Driver {
    Blocking,
    Async,
}

const DRIVERS: [Driver; 2] = [Driver::Blocking, Driver::Async];

impl Driver {
    /// A start on a session that was set up by the app; what `show` says after it.
    fn run(
        self,
        database: &Postgres,
        migrator: &mut Migrator<'_>,
        set_up: &str,
        show: &str,
    ) -> (Result<Report>, String) {
        match self {
            Driver::Blocking => {
                let mut client = database.connect();
                Postgres::execute(&mut client, set_up);
                let done = migrator.run(&mut client);
                (done, Postgres::column(&mut client, show).remove(0))
            }
            Driver::Async => {
                let runtime = tokio::runtime::Builder::new_current_thread();
                let runtime = { runtime }.enable_all().build().unwrap();
                runtime.block_on(async {
                    let config: tokio_postgres::Config = database.url().parse().unwrap();
                    let (mut client, connection) = config.connect(NoTls).await.unwrap();
                    let running = tokio::spawn(connection);
                    client.batch_execute(set_up).await.unwrap();
                    let done = migrator.run_async(&mut client).await;
                    let shown = client.query_one(show, &[]).await.unwrap().get(0);
                    running.abort();
                    (done, shown)
                })
            }
        }
    }
}

const SHOW: &str = "SHOW lock_timeout";

/// Two tables with rows, which an app uses.
fn used() -> Postgres {
    let database = Postgres::new();
    Postgres::execute(
        &mut database.connect(),
        "CREATE TABLE used (x INTEGER); INSERT INTO used VALUES (1), (2); \
         CREATE TABLE other (x INTEGER); INSERT INTO other VALUES (1)",
    );
    database
}

fn chain(script: &str) -> Migrations {
    Versions::new()
        .sql(
            "a1",
            "",
            "CREATE TABLE made (x INTEGER); INSERT INTO made VALUES (1);",
            "",
        )
        .sql("b1", "a1", script, "")
        .load::<Postgres>()
}

/// A transaction of an app called `shop`, which holds what it has locked until it is told to let go.
struct Holder<'h> {
    database: &'h Postgres,
    let_go: mpsc::Sender<()>,
    gone: Mutex<mpsc::Receiver<()>>,
}

impl Holder<'_> {
    /// Ends the transaction; returns once it is over.
    fn let_go(&self) {
        let _ = self.let_go.send(());
        let _ = self.gone.lock().unwrap().recv_timeout(LONG);
    }

    /// Ends it once somebody has waited for a lock for longer than a try is.
    fn let_go_once_it_was_waited_for(&self) {
        let mut looking = self.database.connect();
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
             AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > '2500 ms'";
        let since = Instant::now();
        while Postgres::column(&mut looking, waits) == ["0"] && since.elapsed() < LONG {
            thread::sleep(Duration::from_millis(20));
        }
        self.let_go();
    }
}

/// Calls the test while an app holds what `sql` locks: until it is told to let go, or the test is over.
fn held<T>(database: &Postgres, sql: &str, test: impl FnOnce(&Holder<'_>) -> T) -> T {
    let mut config = database.config();
    config.application_name("shop");
    let mut app = config.connect(postgres::NoTls).unwrap();
    Postgres::execute(&mut app, &format!("BEGIN; {sql}"));
    let (let_go, waits) = mpsc::channel::<()>();
    let (over, gone) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let _ = waits.recv_timeout(LONG);
            Postgres::execute(&mut app, "ROLLBACK");
            let _ = over.send(());
        });
        test(&Holder {
            database,
            let_go,
            gone: Mutex::new(gone),
        })
    })
}

/// The longest read of a table so far, in milliseconds.
#[derive(Default)]
struct Longest(AtomicU64);

impl Longest {
    fn is_over(&self, time: Duration) -> bool {
        Duration::from_millis(self.0.load(Ordering::SeqCst)) > time
    }
}

/// Reads a table again and again while the test runs; how long the longest read took.
fn longest_read<T>(database: &Postgres, test: impl FnOnce(&Longest) -> T) -> (T, Duration) {
    let mut reader = database.connect();
    let over = AtomicBool::new(false);
    let longest = Longest::default();
    thread::scope(|scope| {
        let reading = scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                let since = Instant::now();
                Postgres::rows(&mut reader, "SELECT x FROM used");
                let took = u64::try_from(since.elapsed().as_millis()).unwrap();
                longest.0.fetch_max(took, Ordering::SeqCst);
                thread::sleep(Duration::from_millis(2));
            }
        });
        let done = test(&longest);
        over.store(true, Ordering::SeqCst);
        reading.join().unwrap();
        (
            done,
            Duration::from_millis(longest.0.load(Ordering::SeqCst)),
        )
    })
}

/// Long beside what a try takes, on a busy machine too.
const LATER: Duration = Duration::from_secs(15);

/// As long as a lock is held by somebody who is never told to let go.
const LONG: Duration = Duration::from_secs(30);

#[test]
fn a_reader_is_waited_for_and_others_get_through() {
    for driver in DRIVERS {
        let database = used();
        let chain = chain("ALTER TABLE used ADD COLUMN y INTEGER DEFAULT 7;");
        let mut holders = Vec::new();
        let ((done, shown), longest) = held(&database, READ, |holder| {
            longest_read(&database, |longest| {
                let mut migrator = Migrator::new(&chain).on_event(|event| {
                    if let Event::Retrying { holder: who, .. } = event {
                        holders.push(who.map(str::to_owned));
                        // Whoever queued behind the try gets through now, though the lock is still held.
                        let since = Instant::now();
                        while !longest.is_over(Duration::from_secs(1)) && since.elapsed() < LONG {
                            thread::sleep(Duration::from_millis(5));
                        }
                        holder.let_go();
                    }
                });
                driver.run(&database, &mut migrator, "SELECT 1", SHOW)
            })
        });
        let report = done.unwrap_or_else(|error| panic!("{driver:?}: {error:#}"));
        assert_eq!(report.steps.len(), 2);
        assert!(
            report.waited.unwrap() > Duration::from_secs(2),
            "{report:?}"
        );
        assert_eq!(shown, "0", "{driver:?}");
        assert!(
            longest > Duration::from_secs(1),
            "nobody was kept out: {longest:?}"
        );
        assert!(longest < LATER, "{driver:?}: {longest:?}");
        let [Some(holder)] = holders.as_slice() else {
            panic!("{holders:?}");
        };
        assert!(holder.starts_with("process "), "{holder}");
        assert!(
            holder.contains("(shop), which has a lock on `used` in a transaction of "),
            "{holder}"
        );
        assert!(
            holder.contains("last ran `BEGIN; SELECT x FROM used`"),
            "{holder}"
        );
        let mut client = database.connect();
        let rows = Postgres::rows(&mut client, "SELECT x, y FROM used ORDER BY x");
        assert_eq!(rows, [["1", "7"], ["2", "7"]]);
        assert_eq!(Postgres::column(&mut client, "SELECT x FROM made"), ["1"]);
    }
}

#[test]
fn who_never_lets_go_is_named_on_time() {
    for driver in DRIVERS {
        let database = used();
        let chain = chain(ALTER);
        let before = database.dump();
        let ((done, _), longest) = held(&database, READ, |_| {
            longest_read(&database, |_| {
                let since = Instant::now();
                let mut migrator = Migrator::new(&chain).lock_wait(Duration::from_secs(3));
                let done = driver.run(&database, &mut migrator, "SELECT 1", SHOW);
                let took = since.elapsed();
                assert!(took > Duration::from_millis(2_900), "{took:?}");
                assert!(took < LATER, "{took:?}");
                done
            })
        });
        let error = done.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Locked, "{error:#}");
        assert_eq!(
            error.to_string(),
            "versions/b1.sql:6:1: the upgrade of `b1` failed"
        );
        let story = format!("{error:#}");
        assert!(story.contains("the lock is held by process "), "{story}");
        assert!(
            story.contains("(shop), which has a lock on `used`"),
            "{story}"
        );
        assert!(story.contains("`BEGIN; SELECT x FROM used`"), "{story}");
        assert!(story.contains("the lock was waited for in "), "{story}");
        assert!(longest < LATER, "{longest:?}");
        assert_eq!(database.dump(), before);
    }
}

#[test]
fn a_query_that_the_role_may_not_see_is_told_to_be_hidden() {
    let database = used();
    let role = format!("role_{}", database.name());
    Postgres::execute(
        &mut database.connect(),
        &format!(
            "CREATE ROLE {role} LOGIN; GRANT ALL ON SCHEMA public TO {role}; ALTER TABLE used OWNER TO {role}"
        ),
    );
    let chain = chain("ALTER TABLE used ADD COLUMN y INTEGER;");
    let mut config = database.config();
    config.user(&role);
    let mut client = config.connect(postgres::NoTls).unwrap();
    let error = held(&database, READ, |_| {
        Migrator::new(&chain)
            .lock_wait(Duration::from_millis(300))
            .run(&mut client)
    })
    .unwrap_err();
    let story = format!("{error:#}");
    assert!(
        story.contains("(shop), which has a lock on `used`"),
        "{story}"
    );
    assert!(story.contains("`pg_read_all_stats` shows it"), "{story}");
    assert!(!story.contains("SELECT x FROM"), "{story}");
    drop(client);
    Postgres::execute(
        &mut database.connect(),
        &format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"),
    );
}

/// When a lock is let go.
#[derive(Debug, Clone, Copy)]
enum LetGo {
    /// As soon as so many tries have failed.
    AfterTries(usize),
    /// Once it was waited for for longer than a try.
    AfterLong,
}

/// Runs something while `lock` is held by an app; the tries that failed, and the longest read of `used`.
fn while_held<T>(
    database: &Postgres,
    lock: &str,
    let_go: LetGo,
    run: impl FnOnce(&mut (dyn FnMut(&Event<'_>) + Send)) -> T,
) -> (T, usize, Duration) {
    let mut tries = 0;
    let (done, longest) = held(database, lock, |holder| {
        longest_read(database, |_| {
            thread::scope(|scope| {
                if let LetGo::AfterLong = let_go {
                    scope.spawn(|| holder.let_go_once_it_was_waited_for());
                }
                run(&mut |event| {
                    if let Event::Retrying { .. } = event {
                        tries += 1;
                        if let LetGo::AfterTries(limit) = let_go
                            && tries == limit
                        {
                            holder.let_go();
                        }
                    }
                })
            })
        })
    });
    (done, tries, longest)
}

/// A start on a session that was set up by the app, while `lock` is held.
fn start_while(
    driver: Driver,
    script: &str,
    (lock, let_go): (&str, LetGo),
    set_up: &str,
    configure: impl FnOnce(Migrator<'_>) -> Migrator<'_>,
) -> (Postgres, usize, Duration, String) {
    let database = used();
    let chain = chain(script);
    let ((done, shown), tries, longest) = while_held(&database, lock, let_go, |count| {
        let mut migrator = configure(Migrator::new(&chain)).on_event(count);
        driver.run(&database, &mut migrator, set_up, SHOW)
    });
    let report = done.unwrap_or_else(|error| panic!("{driver:?}: {error:#}"));
    assert_eq!(report.steps.len(), 2);
    assert!(longest < LATER, "{longest:?}");
    (database, tries, longest, shown)
}

fn other(database: &Postgres) -> Vec<String> {
    Postgres::column(&mut database.connect(), "SELECT x FROM other")
}

const ROW: &str = "UPDATE other SET x = 5";

#[test]
fn rows_are_awaited_without_starting_again() {
    for driver in DRIVERS {
        let script = "UPDATE other SET x = x + 1;\nDELETE FROM other WHERE x = 99;";
        let lock = (ROW, LetGo::AfterLong);
        let (database, tries, longest, _) =
            start_while(driver, script, lock, "SELECT 1", |migrator| migrator);
        assert_eq!(tries, 0, "{driver:?}");
        // Nobody was kept out for as long as the rows were waited for.
        assert!(longest < Duration::from_millis(2_400), "{longest:?}");
        assert_eq!(other(&database), ["2"]);
    }
}

#[test]
fn rows_are_awaited_in_tries_while_readers_are_kept_out() {
    let script = "ALTER TABLE used ADD COLUMN y INTEGER;\nUPDATE other SET x = x + 1;";
    let lock = (ROW, LetGo::AfterTries(1));
    let (database, tries, ..) =
        start_while(Driver::Blocking, script, lock, "SELECT 1", |migrator| {
            migrator
        });
    assert_eq!(tries, 1);
    assert_eq!(other(&database), ["2"]);
}

const ALTER: &str = "ALTER TABLE used ADD COLUMN y INTEGER;";
const READ: &str = "SELECT x FROM used";

#[test]
fn a_limit_of_the_apps_own_stays() {
    for driver in DRIVERS {
        let lock = (READ, LetGo::AfterTries(2));
        let (_, tries, _, shown) = start_while(
            driver,
            ALTER,
            lock,
            "SET lock_timeout = '400ms'",
            |migrator| migrator,
        );
        assert_eq!(tries, 2);
        assert_eq!(shown, "400ms");
    }
}

#[test]
fn the_limit_can_be_taken_off_and_a_script_may_say_its_own() {
    let driver = Driver::Blocking;
    fn off(migrator: Migrator<'_>) -> Migrator<'_> {
        migrator.lock_timeout(Duration::ZERO)
    }
    let lock = (READ, LetGo::AfterLong);
    let (_, tries, ..) = start_while(driver, ALTER, lock, "SELECT 1", off);
    assert_eq!(tries, 0);
    let script =
        format!("SET LOCAL lock_timeout = '20s';\n{ALTER}\nUPDATE used SET x = 3;\n{ALTER}",);
    let script = script.replacen(" y ", " z ", 1);
    let (_, tries, ..) = start_while(driver, &script, lock, "SELECT 1", |all| all);
    assert_eq!(tries, 0);
}

/// What an index that is built concurrently waits for.
const WRITE: &str = "DELETE FROM used WHERE x = 9";

/// A step outside a transaction while another transaction is open.
fn outside_while(
    statement: &str,
    (lock, let_go): (&str, LetGo),
    configure: impl FnOnce(Migrator<'_>) -> Migrator<'_>,
) -> (usize, Duration) {
    let database = used();
    let chain = Versions::new()
        .sql("a1", "", "CREATE TABLE made (x INTEGER);", "")
        .with(
            "b1",
            "a1",
            "",
            &format!("-- upgrade (no transaction)\n{statement}\n\n-- downgrade: nothing"),
        )
        .load::<Postgres>();
    let mut client = database.connect();
    let (done, tries, longest) = while_held(&database, lock, let_go, |count| {
        configure(Migrator::new(&chain))
            .on_event(count)
            .run(&mut client)
    });
    assert_eq!(done.unwrap().steps.len(), 2);
    assert_eq!(Postgres::column(&mut client, SHOW), ["0"]);
    let invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
    assert_eq!(Postgres::column(&mut client, invalid), ["0"]);
    assert!(longest < LATER, "{longest:?}");
    (tries, longest)
}

#[test]
fn an_index_is_built_concurrently_however_long_it_waits() {
    let statement = "CREATE INDEX CONCURRENTLY used_x ON used (x);";
    let (tries, longest) = outside_while(statement, (WRITE, LetGo::AfterLong), |migrator| migrator);
    assert_eq!(tries, 0);
    // Nobody was kept out for as long as it waited.
    assert!(longest < Duration::from_millis(2_400), "{longest:?}");
    // Whoever wants a limit all the same gets one, and what it leaves is dropped before the next try.
    let limit = Duration::from_millis(300);
    let lock = (WRITE, LetGo::AfterTries(2));
    let (tries, _) = outside_while(statement, lock, |migrator| migrator.lock_timeout(limit));
    assert!(tries >= 2, "{tries}");
}

#[test]
fn what_keeps_readers_out_waits_in_tries_outside_a_transaction_too() {
    for statement in ["VACUUM FULL used;", ALTER] {
        let lock = (READ, LetGo::AfterTries(1));
        let (tries, _) = outside_while(statement, lock, |migrator| migrator);
        assert_eq!(tries, 1, "{statement}");
    }
}

#[test]
fn a_limit_of_the_script_holds_outside_a_transaction_too() {
    for statement in ["VACUUM FULL used;", ALTER] {
        let script = format!("SET lock_timeout = '20s';\n{statement}");
        let (tries, _) = outside_while(&script, (READ, LetGo::AfterLong), |migrator| migrator);
        assert_eq!(tries, 0, "{statement}");
    }
    let script = format!("SET lock_timeout = '20s';\n{WRITE};");
    let chain = Versions::new()
        .sql("a1", "", "CREATE TABLE seen (x TEXT);", "")
        .with(
            "b1",
            "a1",
            "",
            &format!("-- upgrade (no transaction)\n{script}\nINSERT INTO seen SELECT current_setting('lock_timeout');\n\n-- downgrade: nothing"),
        )
        .load::<Postgres>();
    let database = used();
    let mut client = database.connect();
    Migrator::new(&chain).run(&mut client).unwrap();
    assert_eq!(Postgres::column(&mut client, "SELECT x FROM seen"), ["20s"]);
    assert_eq!(Postgres::column(&mut client, SHOW), ["0"]);
}

/// What waits for a table of the record.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    /// A start that finds everything up to date.
    UpToDate,
    /// A start that applies a revision.
    Pending,
    /// A start that applies one outside a transaction.
    Outside,
    /// A start whose lock is a row.
    Row,
}

/// Another has locked a table of the record for itself.
fn record_locked(driver: fn(Postgres) -> Reached, wanted: Wanted, table: &str, lets_go: bool) {
    let reached = driver(used());
    let database = reached.postgres();
    let driver = reached.name();
    let case = format!("{driver} {wanted:?} {table} lets go: {lets_go}");
    let one = Versions::new().sql("a1", "", "CREATE TABLE made (x INTEGER);", "");
    one.load::<Postgres>().run(&mut database.connect()).unwrap();
    let one = Versions::new().sql("a1", "", "CREATE TABLE made (x INTEGER);", "");
    let migrations = match wanted {
        Wanted::UpToDate => one,
        Wanted::Pending | Wanted::Row => one.sql("b1", "a1", "CREATE TABLE more (x INTEGER);", ""),
        Wanted::Outside => one.with(
            "b1",
            "a1",
            "",
            "-- upgrade (no transaction)\nVACUUM used;\n\n-- downgrade: nothing",
        ),
    }
    .load::<Postgres>();
    if let Wanted::Row = wanted {
        Migrator::new(&migrations)
            .lock(Lock::Table)
            .upgrade(&mut database.connect(), "a1")
            .unwrap();
    }
    let before = database.dump();
    let wait = if lets_go {
        LONG
    } else {
        Duration::from_millis(1_200)
    };
    let mut waits: Vec<String> = Vec::new();
    let lock = format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
    let (done, shown) = held(database, &lock, |holder| {
        let mut migrator = Migrator::new(&migrations)
            .lock_wait(wait)
            .on_event(|event| {
                if matches!(event, Event::Waiting { .. } | Event::Retrying { .. }) {
                    waits.push(event.to_string());
                    if lets_go {
                        holder.let_go();
                    }
                }
            });
        if let Wanted::Row = wanted {
            migrator = migrator.lock(Lock::Table);
        }
        let show = "SELECT current_setting('lock_timeout') AS value";
        reached.with_and_read(&reached.url(), Run(&mut migrator), Some(show))
    });
    assert_eq!(shown.as_deref(), Some("0"), "{case}");
    if lets_go {
        done.unwrap_or_else(|error| panic!("{case}: {error:#}"));
        assert!(!waits.is_empty(), "{case}");
    } else {
        // The lock is still held: nothing has waited for longer.
        let error = done.expect_err(&case);
        assert_eq!(error.kind(), ErrorKind::Locked, "{case}: {error:#}");
        let story = format!("{error:#}");
        assert!(story.contains("held by process "), "{case}: {story}");
        assert!(
            story.contains(&format!("which has a lock on `{table}`")),
            "{case}: {story}"
        );
        match (wanted, table) {
            // The statement is done and recorded so; what is left is to record the step.
            (Wanted::Outside, "migrate_log") => {
                migrations.run(&mut database.connect()).unwrap();
            }
            _ => assert_eq!(database.dump(), before, "{case}"),
        }
    }
    if table == "migrate_revision" {
        let line = waits.first().unwrap_or_else(|| panic!("{case}: no event"));
        assert!(
            line.contains("(shop), which has a lock on `migrate_revision`"),
            "{case}: {line}"
        );
    }
}

#[test]
fn tables_of_the_record_are_awaited_as_long_as_was_said() {
    let drivers = [
        Reached::Postgres,
        Reached::Tokio,
        Reached::Sqlx,
        Reached::Sqlx08,
        Reached::Diesel,
    ];
    thread::scope(|scope| {
        for driver in drivers {
            scope.spawn(move || record_locked_through(driver));
        }
    });
}

fn record_locked_through(driver: fn(Postgres) -> Reached) {
    for (wanted, table) in [
        (Wanted::UpToDate, "migrate_revision"),
        (Wanted::Pending, "migrate_revision"),
        (Wanted::Pending, "migrate_log"),
        (Wanted::Pending, "migrate_in_progress"),
        (Wanted::Outside, "migrate_revision"),
        (Wanted::Outside, "migrate_in_progress"),
        (Wanted::Outside, "migrate_log"),
    ] {
        record_locked(driver, wanted, table, false);
    }
    record_locked(driver, Wanted::Row, "migrate_setting", false);
    record_locked(driver, Wanted::UpToDate, "migrate_revision", true);
    record_locked(driver, Wanted::Outside, "migrate_log", true);
}

#[test]
fn a_plan_that_keeps_others_out_for_long_says_so() {
    let versions = |before: &str| {
        Versions::new()
            .sql("a1", "", before, "")
            .sql("b1", "a1", "ALTER TABLE used ADD COLUMN y INTEGER;", "")
            .sql(
                "c1",
                "b1",
                "CREATE TABLE made (x INTEGER); INSERT INTO made VALUES (1);",
                "",
            )
            .sql("d1", "c1", "UPDATE other SET x = x + 1;", "")
    };
    let database = used();
    let mut client = database.connect();
    let migrations = versions("SELECT 1;").load::<Postgres>();
    let target = "head".parse().unwrap();
    let plan = migrations
        .plan(&mut client, Goal::Upgrade(&target))
        .unwrap();
    let [note] = plan.notes.as_slice() else {
        panic!("{:?}", plan.notes);
    };
    assert!(
        note.starts_with(
            "`b1` locks `used` for everybody until its transaction commits, and `d1` in the same one works through `other`"
        ),
        "{note}"
    );
    assert!(note.contains("`--transactions per-step`"), "{note}");
    // With each revision by itself there is nothing to say, and neither is there of tables that are new.
    let mut per_step = Migrator::new(&migrations).transactions(Transactions::PerStep);
    let plan = per_step.plan(&mut client, Goal::Upgrade(&target)).unwrap();
    assert_eq!(plan.notes, [""; 0]);
    let empty = Postgres::new();
    let fresh = versions("CREATE TABLE used (x INTEGER); CREATE TABLE other (x INTEGER);");
    let fresh = fresh.load::<Postgres>();
    let plan = fresh
        .plan(&mut empty.connect(), Goal::Upgrade(&target))
        .unwrap();
    assert_eq!(plan.notes, [""; 0]);
    // The start says it, too.
    let mut notes = Vec::new();
    Migrator::new(&migrations)
        .on_event(|event| {
            if let Event::Planned { plan } = event {
                notes.extend(plan.notes.clone());
            }
        })
        .run(&mut client)
        .unwrap();
    assert_eq!(notes.len(), 1);
}
