//! What every driver has to do in its own way: errors with their place, values, transactions that an app nests, futures that
//! are dropped, and what a start costs.

use std::future::Future;
use std::pin::pin;
use std::sync::{Barrier, mpsc};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use migrate_runtime::{
    AsyncConnection, AsyncContext, Connection, Error, ErrorKind, Function, Lock, Migrations,
    Migrator, Moment, Outcome, Value,
};
use migrate_tests::Proxy;

use crate::failure::told;
use crate::reached::{Action, Reached, Run, runtime};
use crate::support::{Engine as _, Postgres, Versions, ids, shop};

fn load(versions: Versions, reached: &Reached) -> Migrations {
    versions.load_for(&[reached.dialect()])
}

/// An [`Action`] that is a whole life of a database.
struct Life<'a>(&'a Migrations);

impl Action for Life<'_> {
    type Done = ();

    fn blocking<C: Connection>(self, client: &mut C) {
        let shop = self.0;
        assert_eq!(shop.current(client).unwrap(), ids(&[]));
        let report = shop.run(client).unwrap();
        assert_eq!((report.outcome, report.steps.len()), (Outcome::Applied, 4));
        assert_eq!(shop.run(client).unwrap().outcome, Outcome::UpToDate);
        assert_eq!(shop.downgrade(client, "a1").unwrap().steps.len(), 3);
        assert_eq!(shop.upgrade(client, "+1").unwrap().to, ids(&["b1"]));
        assert_eq!(shop.stamp(client, &["c1"]).unwrap().to, ids(&["c1"]));
        assert_eq!(shop.verify(client).unwrap(), []);
        assert_eq!(shop.history(client).unwrap().len(), 4);
        assert!(shop.set_environment(client, "test").unwrap());
        assert_eq!(shop.environment(client).unwrap().as_deref(), Some("test"));
        assert_eq!(shop.log(client).unwrap().len(), 9);
    }

    async fn awaited<C: AsyncConnection>(self, client: &mut C) {
        let shop = self.0;
        assert_eq!(shop.current_async(client).await.unwrap(), ids(&[]));
        let report = shop.run_async(client).await.unwrap();
        assert_eq!((report.outcome, report.steps.len()), (Outcome::Applied, 4));
        assert_eq!(
            shop.run_async(client).await.unwrap().outcome,
            Outcome::UpToDate
        );
        assert_eq!(
            shop.downgrade_async(client, "a1")
                .await
                .unwrap()
                .steps
                .len(),
            3
        );
        assert_eq!(
            shop.upgrade_async(client, "+1").await.unwrap().to,
            ids(&["b1"])
        );
        assert_eq!(
            shop.stamp_async(client, &["c1"]).await.unwrap().to,
            ids(&["c1"])
        );
        assert_eq!(shop.verify_async(client).await.unwrap(), []);
        assert_eq!(shop.history_async(client).await.unwrap().len(), 4);
        assert!(shop.set_environment_async(client, "test").await.unwrap());
        assert_eq!(
            shop.environment_async(client).await.unwrap().as_deref(),
            Some("test")
        );
        assert_eq!(shop.log_async(client).await.unwrap().len(), 9);
    }
}

#[test]
fn a_database_lives_the_same_life() {
    for reached in Reached::all() {
        eprintln!("{}", reached.name());
        reached.with(Life(&load(shop(), &reached)));
        assert_eq!(reached.heads(), ["c1"]);
    }
}

/// An error is the same one, at the same place, and leaves everything as it was.
#[test]
fn errors_are_the_same_at_the_same_place() {
    let scripts = [
        "-- é\nINSERT INTO author VALUES (1, 'twice');",
        "CREATE TABLE x (y INTEGER);\nINSERT INTO nowhere VALUES ('é');",
        "CREATE TABLE x (y INTEGER);\n\n  SELECT é FORM x;",
        "INSERT INTO book (id, author) VALUES (1, NULL);",
    ];
    for script in scripts {
        for drivers in [Reached::on_sqlite(), Reached::on_postgres()] {
            let mut first = None;
            for reached in drivers {
                let chain = load(shop().sql("e1", "d1", script, ""), &reached);
                load(shop(), &reached).run_on(&reached).unwrap();
                let before = reached.dump();
                let error = chain.run_on(&reached).unwrap_err();
                let story = told(&error);
                assert!(
                    story.starts_with("versions/e1.sql:"),
                    "{}: {story}",
                    reached.name()
                );
                assert_eq!(
                    *first.get_or_insert_with(|| story.clone()),
                    story,
                    "{}",
                    reached.name()
                );
                assert_eq!(reached.dump(), before, "{}", reached.name());
            }
        }
    }
}

trait RunOn {
    fn run_on(&self, reached: &Reached) -> migrate_runtime::Result<migrate_runtime::Report>;
}

impl RunOn for Migrations {
    fn run_on(&self, reached: &Reached) -> migrate_runtime::Result<migrate_runtime::Report> {
        reached.with(Run(&mut Migrator::new(self)))
    }
}

/// Writes and reads each kind of value.
fn values<'a>(db: &'a mut AsyncContext<'_>) -> migrate_runtime::BoxedStep<'a> {
    Box::pin(async move {
        let row = [
            1.into(),
            "it's ?1 \\ 'é'".into(),
            2.5.into(),
            (&b"\0\\\xff"[..]).into(),
            true.into(),
            Value::Null,
        ];
        let into = "INSERT INTO kept VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        assert_eq!(db.execute(into, &row).await?, 1);
        let again = [
            Value::Integer(-7),
            "x".into(),
            f64::INFINITY.into(),
            Value::Null,
            false.into(),
            "ten".into(),
        ];
        assert_eq!(db.execute(into, &again).await?, 1);
        let rows = db
            .query(
                "SELECT * FROM kept WHERE a IN (?2, ?1) ORDER BY a DESC",
                &[1.into(), (-7).into()],
            )
            .await?;
        assert_eq!(rows.len(), 2);
        let cells = |at: usize| {
            (0..6)
                .map(|cell| rows[at].get(cell).unwrap().clone())
                .collect::<Vec<_>>()
        };
        let dialect = db.dialect();
        let as_kept = |mut row: Vec<Value>| {
            if dialect == migrate_runtime::Dialect::Sqlite {
                row[4] = Value::Integer(i64::from(row[4] == Value::Bool(true)));
            }
            row
        };
        assert_eq!(cells(0), as_kept(row.to_vec()));
        assert_eq!(cells(1), as_kept(again.to_vec()));
        assert_eq!(
            db.execute("UPDATE kept SET b = ?1", &["y".into()]).await?,
            2
        );
        db.execute_batch("CREATE TABLE more (x INTEGER); INSERT INTO more VALUES (3)")
            .await?;
        let error = db.query("SELECT ?2", &[1.into()]).await;
        // SQLite binds NULL to what has no value.
        assert!(db.dialect() == migrate_runtime::Dialect::Sqlite || error.is_err());
        if db.dialect() == migrate_runtime::Dialect::Postgres {
            return Err(Error::other("enough"));
        }
        Ok(())
    })
}

#[test]
fn values_come_back_as_they_went() {
    for reached in Reached::all() {
        eprintln!("{}", reached.name());
        let bytes = match reached.dialect() {
            migrate_runtime::Dialect::Sqlite => "BLOB",
            _ => "BYTEA",
        };
        let table = format!(
            "CREATE TABLE kept (a INTEGER, b TEXT, c DOUBLE PRECISION, d {bytes}, e BOOLEAN, f TEXT);"
        );
        let chain = Versions::new()
            .sql("a1", "", &table, "DROP TABLE kept;")
            .code("b1", "a1", Function::Async(values));
        let done = load(chain, &reached).run_on(&reached);
        if reached.sqlite().is_some() {
            done.unwrap();
            assert_eq!(reached.column("SELECT count(*) FROM kept"), ["2"]);
        } else {
            // The last query has failed the transaction.
            let error = done.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Code, "{error:#}");
            assert!(format!("{error:#}").contains("enough"), "{error:#}");
        }
    }
}

/// Code of the app's that begins a transaction, as drivers of that kind have it.
fn nested<'a>(db: &'a mut AsyncContext<'_>) -> migrate_runtime::BoxedStep<'a> {
    Box::pin(async move {
        db.execute("INSERT INTO a VALUES (1)", &[]).await?;
        if let Ok(connection) = db.sqlx_postgres() {
            let mut transaction = sqlx::Connection::begin(connection).await?;
            sqlx::query("INSERT INTO a VALUES (2)")
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            let mut transaction = sqlx::Connection::begin(connection).await?;
            sqlx::query("INSERT INTO a VALUES (3)")
                .execute(&mut *transaction)
                .await?;
            drop(transaction);
        } else if let Ok(connection) = db.sqlx_0_8_postgres() {
            let mut transaction = sqlx_core_0_8::connection::Connection::begin(connection).await?;
            sqlx_core_0_8::query::query("INSERT INTO a VALUES (2)")
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
        }
        Ok(())
    })
}

fn nested_in_diesel(db: &mut migrate_runtime::Context<'_>) -> migrate_runtime::Result<()> {
    use diesel::Connection as _;
    use diesel::connection::SimpleConnection as _;
    let inserted = |n: u32| format!("INSERT INTO a VALUES ({n})");
    db.execute(&inserted(1), &[])?;
    if let Ok(connection) = db.diesel_postgres() {
        connection.transaction(|connection| connection.batch_execute(&inserted(2)))?;
        let _ = connection.transaction::<(), _, _>(|connection| {
            connection.batch_execute(&inserted(3))?;
            Err(diesel::result::Error::RollbackTransaction)
        });
    } else if let Ok(connection) = db.diesel_sqlite() {
        connection.transaction(|connection| connection.batch_execute(&inserted(2)))?;
        let _ = connection.transaction::<(), _, _>(|connection| {
            connection.batch_execute(&inserted(3))?;
            Err(diesel::result::Error::RollbackTransaction)
        });
    }
    Ok(())
}

/// What an app commits within a step is a savepoint of the step's: if the step is not recorded, neither is that.
#[test]
fn a_transaction_within_a_step_is_a_savepoint() {
    let drivers = Reached::all().into_iter().filter(|reached| {
        matches!(
            reached,
            Reached::Sqlx(_) | Reached::Sqlx08(_) | Reached::Diesel(_) | Reached::DieselSqlite(_)
        )
    });
    for reached in drivers {
        let function = if reached.is_async() {
            Function::Async(nested)
        } else {
            Function::Sync(nested_in_diesel)
        };
        let first = Versions::new().sql("a1", "", "CREATE TABLE a (x INTEGER);", "DROP TABLE a;");
        load(first.clone(), &reached).run_on(&reached).unwrap();
        let chain = load(first.code("b1", "a1", function), &reached);
        let mut refusing = Migrator::new(&chain).hook_async(|moment, _| {
            let refuses = matches!(moment, Moment::BeforeCommit);
            Box::pin(async move {
                if refuses {
                    Err(Error::other("no"))
                } else {
                    Ok(())
                }
            })
        });
        reached.with(Run(&mut refusing)).unwrap_err();
        assert_eq!(
            reached.column("SELECT x FROM a"),
            ids(&[]),
            "{}",
            reached.name()
        );
        let report = chain.run_on(&reached).unwrap();
        assert_eq!(report.to, ["b1"], "{}", reached.name());
        assert_eq!(
            reached.column("SELECT x FROM a ORDER BY x"),
            ["1", "2"],
            "{}",
            reached.name()
        );
    }
}

/// The statement that SQLite ends a transaction with by itself.
#[test]
fn a_statement_that_rolls_back_leaves_the_connection_fit() {
    struct Twice<'a>(&'a Migrations, &'a Migrations);
    impl Action for Twice<'_> {
        type Done = ();
        fn blocking<C: Connection>(self, client: &mut C) {
            self.0.run(client).unwrap_err();
            self.1.run(client).unwrap();
        }
        async fn awaited<C: AsyncConnection>(self, client: &mut C) {
            self.0.run_async(client).await.unwrap_err();
            self.1.run_async(client).await.unwrap();
        }
    }
    for reached in Reached::on_sqlite() {
        let first = || {
            Versions::new().sql(
                "a1",
                "",
                "CREATE TABLE a (x INTEGER PRIMARY KEY);\nINSERT INTO a VALUES (1);",
                "",
            )
        };
        let fails = first().sql(
            "b1",
            "a1",
            "INSERT INTO a VALUES (2);\nINSERT OR ROLLBACK INTO a VALUES (1);",
            "",
        );
        let works = first().sql("b1", "a1", "INSERT INTO a VALUES (2);", "");
        reached.with(Twice(&load(fails, &reached), &load(works, &reached)));
        assert_eq!(
            reached.column("SELECT x FROM a"),
            ["1", "2"],
            "{}",
            reached.name()
        );
        assert!(!reached.is_locked(), "{}", reached.name());
    }
}

/// 32 starts at once, of which one does the work.
#[test]
fn a_herd_migrates_once() {
    const HERD: usize = 32;
    for reached in Reached::all() {
        for lock in [Lock::Auto, Lock::Table] {
            if lock == Lock::Table && reached.on_server().is_none() {
                continue;
            }
            let fresh = match reached.sqlite() {
                Some(_) => None,
                None => Some(reached.another()),
            };
            let reached = fresh.as_ref().unwrap_or(&reached);
            let chain = load(shop(), reached);
            let together = Barrier::new(HERD);
            let applied = thread::scope(|scope| {
                let starts: Vec<_> = (0..HERD)
                    .map(|_| {
                        scope.spawn(|| {
                            together.wait();
                            let report = reached.with(Run(&mut Migrator::new(&chain).lock(lock)));
                            let report = report
                                .unwrap_or_else(|error| panic!("{}: {error:#}", reached.name()));
                            usize::from(report.outcome == Outcome::Applied)
                        })
                    })
                    .collect();
                starts
                    .into_iter()
                    .map(|start| start.join().unwrap())
                    .sum::<usize>()
            });
            assert_eq!(applied, 1, "{}", reached.name());
            assert_eq!(reached.heads(), ["d1"], "{}", reached.name());
            assert_eq!(
                reached.column("SELECT count(*) FROM migrate_log"),
                ["4"],
                "{}",
                reached.name()
            );
        }
    }
}

#[test]
fn up_to_date_is_one_round_trip_on_every_driver() {
    struct Again<'a>(&'a Migrations, &'a Proxy);
    impl Action for Again<'_> {
        type Done = ();
        fn blocking<C: Connection>(self, client: &mut C) {
            self.1.reset();
            assert_eq!(self.0.run(client).unwrap().outcome, Outcome::UpToDate);
        }
        async fn awaited<C: AsyncConnection>(self, client: &mut C) {
            self.1.reset();
            assert_eq!(
                self.0.run_async(client).await.unwrap().outcome,
                Outcome::UpToDate
            );
        }
    }
    for reached in Reached::on_postgres() {
        let chain = load(shop(), &reached);
        chain.run_on(&reached).unwrap();
        let proxy = Proxy::new(reached.postgres());
        reached.with_and_read(&proxy.url(), Again(&chain, &proxy), None);
        let traffic = proxy.traffic();
        assert_eq!(
            traffic.round_trips,
            1,
            "{}: {:?}",
            reached.name(),
            traffic.statements
        );
        assert_eq!(
            traffic.statements.len(),
            1,
            "{}: {:?}",
            reached.name(),
            traffic.statements
        );
    }
}

/// Polls a future so many times; `None` if it wasn't through by then, and it is dropped.
async fn polled<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut polls = 0;
    std::future::poll_fn(|context| {
        if polls == times {
            return Poll::Ready(None);
        }
        polls += 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// A chain that has a step of every kind, so that there is something to drop everywhere.
fn every_kind() -> Versions {
    fn code<'a>(db: &'a mut AsyncContext<'_>) -> migrate_runtime::BoxedStep<'a> {
        Box::pin(async move {
            db.execute("INSERT INTO author VALUES (3, 'joan')", &[])
                .await?;
            db.query("SELECT id FROM author", &[]).await.map(drop)
        })
    }
    shop()
        .code("e1", "d1", Function::Async(code))
        .with(
            "f1",
            "e1",
            "",
            "-- upgrade (no transaction)\nINSERT INTO book VALUES (30, 3, 'x');\nDELETE FROM book WHERE id = 30;\n\n-- downgrade\nDELETE FROM author WHERE id = 3;",
        )
}

/// How often a future is dropped; so many times as many as usual, for a machine that has nothing else to do.
fn rounds(usual: usize) -> std::ops::Range<usize> {
    let times = std::env::var("MIGRATE_TEST_TIMES");
    0..usual * times.map_or(1, |times| times.parse::<usize>().unwrap())
}

/// That no transaction is open, and no lock is held; as a simple query, whose transaction begins with it.
const CLEAN: &str = "SELECT (transaction_timestamp() = statement_timestamp() AND NOT EXISTS (SELECT FROM pg_locks \
                     WHERE locktype = 'advisory' AND pid = pg_backend_pid()))::text";

/// Brings it to the head again and again, never to the end but once in a while; the connection is used in between.
macro_rules! dropped {
    ($name:ident, $reached:ident, $pool:expr, $scalar:expr) => {
        #[test]
        fn $name() {
            let reached = Reached::$reached(Postgres::new());
            let chain = load(every_kind(), &reached);
            runtime().block_on(async {
                let pool = $pool(reached.url()).await;
                let mut through = 0;
                for round in rounds(100) {
                    let mut connection = pool.acquire().await.unwrap();
                    let done = polled(chain.run_async(&mut *connection), round % 50).await;
                    drop(connection);
                    let mut connection = pool.acquire().await.unwrap();
                    let clean: String = $scalar(CLEAN, &mut connection).await;
                    assert_eq!(clean, "true", "after {} polls", round % 50);
                    match done {
                        None => {}
                        Some(done) => {
                            // A statement outside a transaction whose fate is unknown is decided by a person.
                            if let Err(error) = done {
                                assert_eq!(error.kind(), ErrorKind::Interrupted, "{error:#}");
                            }
                            through += 1;
                            let mut migrator = Migrator::new(&chain);
                            if migrator
                                .in_progress_async(&mut *connection)
                                .await
                                .unwrap()
                                .is_some()
                            {
                                let resolved = migrator
                                    .resolve_async(
                                        &mut *connection,
                                        migrate_runtime::Resolution::Applied,
                                    )
                                    .await;
                                resolved.unwrap();
                            }
                            migrator
                                .downgrade_async(&mut *connection, "base")
                                .await
                                .unwrap();
                        }
                    }
                }
                assert!(through > 5, "{through}");
            });
        }
    };
}

dropped!(
    a_future_dropped_through_a_pool_of_sqlx,
    Sqlx,
    |url: String| async move {
        sqlx::postgres::PgPoolOptions::new()
            .max_connections(1)
            .connect(&url)
            .await
            .unwrap()
    },
    async |sql: &'static str, connection: &mut sqlx::PgConnection| {
        let row = sqlx::raw_sql(sql).fetch_one(connection).await.unwrap();
        sqlx::Row::get(&row, 0)
    }
);

dropped!(
    a_future_dropped_through_a_pool_of_sqlx_0_8,
    Sqlx08,
    |url: String| async move {
        let options = sqlx_core_0_8::pool::PoolOptions::<sqlx_postgres_0_8::Postgres>::new();
        options.max_connections(1).connect(&url).await.unwrap()
    },
    async |sql: &'static str, connection: &mut sqlx_postgres_0_8::PgConnection| {
        use sqlx_core_0_8::row::Row as _;
        sqlx_core_0_8::raw_sql::raw_sql(sql)
            .fetch_one(connection)
            .await
            .unwrap()
            .get(0)
    }
);

#[test]
fn a_future_dropped_through_a_pool_of_sqlx_on_sqlite() {
    let reached = Reached::SqlxSqlite(crate::support::Sqlite::new());
    let chain = load(every_kind(), &reached);
    let Reached::SqlxSqlite(database) = &reached else {
        unreachable!("made above")
    };
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(database.path())
        .create_if_missing(true);
    runtime().block_on(async {
        let pool = sqlx::sqlite::SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options)
            .await
            .unwrap();
        let mut through = 0;
        for round in rounds(300) {
            let mut connection = pool.acquire().await.unwrap();
            let done = polled(chain.run_async(&mut *connection), round % 150).await;
            drop(connection);
            let mut connection = pool.acquire().await.unwrap();
            // The connection's thread has worked off what was left for it.
            let open = sqlx::raw_sql("BEGIN IMMEDIATE; COMMIT")
                .execute(&mut *connection)
                .await;
            open.unwrap_or_else(|error| panic!("after {} polls: {error}", round % 150));
            assert!(!reached.is_locked());
            if let Some(done) = done {
                if let Err(error) = done {
                    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error:#}");
                }
                through += 1;
                let mut migrator = Migrator::new(&chain);
                if migrator
                    .in_progress_async(&mut *connection)
                    .await
                    .unwrap()
                    .is_some()
                {
                    migrator
                        .resolve_async(&mut *connection, migrate_runtime::Resolution::Applied)
                        .await
                        .unwrap();
                }
                migrator
                    .downgrade_async(&mut *connection, "base")
                    .await
                    .unwrap();
            }
        }
        assert!(through > 5, "{through}");
    });
}

/// In a transaction that the app has begun, by sqlx's or diesel's own means, nothing is run.
#[test]
fn a_transaction_of_the_callers_is_refused() {
    struct InOne<'a>(&'a Migrations);
    impl Action for InOne<'_> {
        type Done = migrate_runtime::Result<migrate_runtime::Report>;
        fn blocking<C: Connection>(self, client: &mut C) -> Self::Done {
            self.0.run(client)
        }
        async fn awaited<C: AsyncConnection>(self, client: &mut C) -> Self::Done {
            self.0.run_async(client).await
        }
    }
    let refused = |done: migrate_runtime::Result<migrate_runtime::Report>| {
        assert_eq!(done.unwrap_err().kind(), ErrorKind::InTransaction);
    };
    for reached in Reached::all() {
        let chain = load(shop(), &reached);
        match &reached {
            Reached::Sqlx(_) => runtime().block_on(async {
                let mut client = <sqlx::PgConnection as sqlx::Connection>::connect(&reached.url())
                    .await
                    .unwrap();
                let mut transaction = sqlx::Connection::begin(&mut client).await.unwrap();
                refused(InOne(&chain).awaited(&mut *transaction).await);
                transaction.commit().await.unwrap();
                // One that sqlx doesn't know of: what limits the first read is put back.
                chain.run_async(&mut client).await.unwrap();
                sqlx::raw_sql("BEGIN; SET LOCAL lock_timeout = '7s'")
                    .execute(&mut client)
                    .await
                    .unwrap();
                let mut migrator = Migrator::new(&chain).lock_wait(Duration::from_secs(1));
                refused(migrator.run_async(&mut client).await);
                let limit: String = sqlx::query_scalar("SELECT current_setting('lock_timeout')")
                    .fetch_one(&mut client)
                    .await
                    .unwrap();
                assert_eq!(limit, "7s");
            }),
            Reached::SqlxSqlite(database) => runtime().block_on(async {
                let mut client = crate::reached::sqlx_sqlite(database).await;
                let mut transaction = sqlx::Connection::begin(&mut client).await.unwrap();
                refused(InOne(&chain).awaited(&mut *transaction).await);
                transaction.commit().await.unwrap();
                sqlx::raw_sql("BEGIN; CREATE TABLE theirs (x INTEGER)")
                    .execute(&mut client)
                    .await
                    .unwrap();
                refused(InOne(&chain).awaited(&mut client).await);
                sqlx::raw_sql("COMMIT").execute(&mut client).await.unwrap();
                assert!(reached.made().contains("theirs"));
            }),
            Reached::Diesel(_) => {
                use diesel::Connection as _;
                let mut client = diesel::PgConnection::establish(&reached.url()).unwrap();
                client.begin_test_transaction().unwrap();
                refused(InOne(&chain).blocking(&mut client));
                let mut client = diesel::PgConnection::establish(&reached.url()).unwrap();
                chain.run(&mut client).unwrap();
                diesel::connection::SimpleConnection::batch_execute(&mut client, "BEGIN").unwrap();
                let mut migrator = Migrator::new(&chain).lock_wait(Duration::from_secs(1));
                refused(migrator.run(&mut client));
            }
            Reached::DieselSqlite(_) => {
                use diesel::Connection as _;
                use diesel::connection::SimpleConnection as _;
                let mut client = diesel::SqliteConnection::establish(&reached.url()).unwrap();
                client.begin_test_transaction().unwrap();
                refused(InOne(&chain).blocking(&mut client));
                let mut client = diesel::SqliteConnection::establish(&reached.url()).unwrap();
                client
                    .batch_execute("BEGIN; CREATE TABLE theirs (x INTEGER)")
                    .unwrap();
                refused(InOne(&chain).blocking(&mut client));
                client.batch_execute("COMMIT").unwrap();
                assert!(reached.made().contains("theirs"));
            }
            _ => {}
        }
    }
}

/// What waits for the lock, on the drivers whose waiting is their own.
#[test]
fn the_wait_for_the_lock_ends() {
    for reached in Reached::all() {
        let chain = load(shop(), &reached);
        let other = Versions::new().sql("a0", "", "CREATE TABLE zero (x INTEGER);", "");
        let other = load(other.name("other"), &reached);
        let (hold, held) = mpsc::channel::<()>();
        let (release, released) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let reached = &reached;
            let holder = scope.spawn(move || {
                let mut migrator = Migrator::new(&other).hook(move |moment, _| {
                    if matches!(moment, Moment::BeforeCommit) {
                        hold.send(()).unwrap();
                        let _ = released.recv();
                    }
                    Ok(())
                });
                match (reached.sqlite(), reached.on_server()) {
                    (Some(database), _) => migrator.run(&mut database.connect()).unwrap(),
                    (_, Some(database)) => migrator.run(&mut database.connect()).unwrap(),
                    _ => unreachable!("it is one of the two"),
                }
            });
            held.recv().unwrap();
            let mut migrator = Migrator::new(&chain).lock_wait(Duration::from_millis(300));
            let error = reached.with(Run(&mut migrator)).unwrap_err();
            assert_eq!(
                error.kind(),
                ErrorKind::Locked,
                "{}: {error:#}",
                reached.name()
            );
            release.send(()).unwrap();
            holder.join().unwrap();
        });
        let report = chain.run_on(&reached).unwrap();
        assert_eq!(report.outcome, Outcome::Applied, "{}", reached.name());
    }
}

/// The second connection is asked of a pool that has none to give.
#[test]
fn a_pool_without_a_connection_left_is_told() {
    let reached = Reached::Sqlx(Postgres::new());
    let outside = "-- upgrade (no transaction)\nVACUUM;\n\n-- downgrade: nothing";
    let chain = load(Versions::new().with("v1", "", "", outside), &reached);
    let told = runtime().block_on(async {
        let options = sqlx::postgres::PgPoolOptions::new();
        let pool = options.connect(&reached.url()).await.unwrap();
        let mut connection = pool.acquire().await.unwrap();
        // However long it takes, no connection comes of it.
        let empty = sqlx::postgres::PgPoolOptions::new()
            .acquire_timeout(Duration::from_millis(1))
            .after_connect(|_, _| Box::pin(std::future::pending()))
            .connect_lazy(&reached.url())
            .unwrap();
        let mut migrator = Migrator::new(&chain).connector_async(move || {
            let pool = empty.clone();
            async move { Ok(pool.acquire().await?.detach()) }
        });
        let error = migrator.run_async(&mut *connection).await.unwrap_err();
        format!("{error:#}")
    });
    expect_test::expect![[r#"
        pool timed out while waiting for an open connection
          = note: while connecting a second time, to hold the migration lock
          = help: every connection of the pool is in use: a start takes one, and a connector that asks the same pool a second; give the pool more (`max_connections`), or open the second one past it (`PgConnection::connect`)"#]].assert_eq(&told);
}
