//! tokio-postgres, and `async` Rust-coded revisions on every driver.

use std::future::Future;
use std::time::{Duration, Instant};

use migrate_runtime::{
    AsyncContext, BoxedStep, ErrorKind, Event, Function, Goal, Migrations, Migrator, Outcome,
    Result,
};
use migrate_tests::Shared as _;
use tokio_postgres::{Client, NoTls};

use crate::failure::told;
use crate::support::{Engine, Postgres, Versions, ids, shop};

on_both!(
    an_async_step_runs_on_blocking_drivers,
    awaiting_something_else_is_an_error
);

/// Runs a future with a connection to a database, on a runtime of this thread.
fn connected<T>(database: &Postgres, test: impl AsyncFnOnce(Client) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (client, connection) = connect(database).await;
        let running = tokio::spawn(connection);
        let done = test(client).await;
        running.abort();
        done
    })
}

async fn connect(
    database: &Postgres,
) -> (
    Client,
    impl Future<Output = Result<(), tokio_postgres::Error>> + Send + use<>,
) {
    let config: tokio_postgres::Config = database.url().parse().unwrap();
    config.connect(NoTls).await.unwrap()
}

#[test]
fn every_operation_has_an_async_twin() {
    let shop = shop().load::<Postgres>();
    let (one, two) = (Postgres::new(), Postgres::new());
    connected(&one, async |mut client| {
        let client = &mut client;
        assert_eq!(shop.current_async(client).await.unwrap(), ids(&[]));
        let report = shop.run_async(client).await.unwrap();
        assert_eq!((report.outcome, report.steps.len()), (Outcome::Applied, 4));
        let report = shop.run_async(client).await.unwrap();
        assert_eq!(report.outcome, Outcome::UpToDate);
        assert_eq!(
            shop.downgrade_async(client, "a1")
                .await
                .unwrap()
                .steps
                .len(),
            3
        );
        let target = "head".parse().unwrap();
        let plan = shop
            .plan_async(client, Goal::Upgrade(&target))
            .await
            .unwrap();
        assert_eq!(plan.steps.len(), 3);
        assert_eq!(
            shop.upgrade_async(client, "+1").await.unwrap().to,
            ids(&["b1"])
        );
        assert_eq!(
            Migrator::new(&shop)
                .stamp_back(true)
                .stamp_async(client, &["a1"])
                .await
                .unwrap()
                .to,
            ids(&["a1"])
        );
        assert_eq!(
            shop.stamp_purge_async(client, &["b1"]).await.unwrap().to,
            ids(&["b1"])
        );
        assert_eq!(shop.verify_async(client).await.unwrap(), []);
        assert_eq!(shop.history_async(client).await.unwrap().len(), 4);
        let mut seen = Vec::new();
        Migrator::new(&shop)
            .on_event(|event| {
                if let Event::StepFinished { step, .. } = event {
                    seen.push(step.revision.clone());
                }
            })
            .run_async(client)
            .await
            .unwrap();
        assert_eq!(seen, ["c1", "d1"]);
        assert!(shop.log_async(client).await.unwrap().len() > 8);
    });
    // Both drivers make the same of it.
    shop.run(&mut two.connect()).unwrap();
    assert_eq!(one.made(), two.made());
    assert_eq!(
        shop.run(&mut one.connect()).unwrap().outcome,
        Outcome::UpToDate
    );
}

#[test]
fn the_future_can_be_sent() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let shop: &'static Migrations = Box::leak(Box::new(shop().load::<Postgres>()));
    let database = Postgres::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let report = runtime.block_on(async {
        let (mut client, connection) = connect(&database).await;
        tokio::spawn(connection);
        let start = async move { shop.run_async(&mut client).await };
        tokio::spawn(is_send(start)).await.unwrap().unwrap()
    });
    assert_eq!(report.steps.len(), 4);
}

#[test]
fn errors_are_those_of_the_blocking_driver() {
    let chain = shop()
        .sql(
            "e1",
            "d1",
            "-- é\nINSERT INTO author VALUES (1, 'twice');",
            "",
        )
        .load::<Postgres>();
    let database = Postgres::new();
    let before = database.dump();
    let blocking = told(&chain.run(&mut database.connect()).unwrap_err());
    connected(&database, async |mut client| {
        let error = chain.run_async(&mut client).await.unwrap_err();
        assert_eq!(told(&error), blocking);
        assert!(blocking.starts_with("versions/e1.sql:7:1: "), "{blocking}");
        client.batch_execute("BEGIN; COMMIT").await.unwrap();
        // A transaction of the caller's is refused here too.
        client.batch_execute("BEGIN").await.unwrap();
        chain.run_async(&mut client).await.unwrap_err();
    });
    assert_eq!(database.dump(), before);
}

/// An async step, as the macros write it.
fn step<'a>(db: &'a mut AsyncContext<'_>) -> BoxedStep<'a> {
    Box::pin(async move {
        db.execute(
            "INSERT INTO author VALUES (?1, ?2)",
            &[3.into(), "async".into()],
        )
        .await?;
        let rows = db
            .query("SELECT count(*) FROM author WHERE id > ?1", &[0.into()])
            .await?;
        assert_eq!(rows[0].integer(0)?, 3);
        assert_eq!(db.revision(), "e1");
        db.execute_batch("CREATE TABLE made (x INTEGER); INSERT INTO made VALUES (1)")
            .await
    })
}

fn with_async_step() -> Versions {
    shop().code("e1", "d1", Function::Async(step)).sql(
        "f1",
        "e1",
        "INSERT INTO made VALUES (2);",
        "",
    )
}

fn an_async_step_runs_on_blocking_drivers<E: Engine>() {
    let chain = with_async_step().load::<E>();
    let database = E::new();
    let mut client = database.connect();
    assert_eq!(chain.run(&mut client).unwrap().steps.len(), 6);
    assert_eq!(
        E::column(&mut client, "SELECT x FROM made ORDER BY x"),
        ["1", "2"]
    );
}

#[test]
fn an_async_step_runs_on_tokio_postgres() {
    let chain = with_async_step().load::<Postgres>();
    let (one, two) = (Postgres::new(), Postgres::new());
    connected(&one, async |mut client| {
        assert_eq!(chain.run_async(&mut client).await.unwrap().steps.len(), 6);
    });
    chain.run(&mut two.connect()).unwrap();
    assert_eq!(one.made(), two.made());
}

#[test]
fn an_async_step_may_wait_and_fail_on_tokio_postgres() {
    fn failing<'a>(db: &'a mut AsyncContext<'_>) -> BoxedStep<'a> {
        Box::pin(async move {
            db.execute_batch("DELETE FROM book").await?;
            tokio::time::sleep(Duration::from_millis(20)).await;
            let client = db.tokio_postgres()?;
            assert!(!client.is_closed());
            Err("after a while".into())
        })
    }
    fn panicking<'a>(db: &'a mut AsyncContext<'_>) -> BoxedStep<'a> {
        Box::pin(async move {
            db.execute_batch("DELETE FROM book").await?;
            panic!("after a while")
        })
    }
    for (code, says) in [
        (Function::Async(failing), "\nafter a while\n"),
        (Function::Async(panicking), "\nit panicked: after a while\n"),
    ] {
        let chain = shop().code("e1", "d1", code).load::<Postgres>();
        let database = Postgres::new();
        let before = database.dump();
        connected(&database, async |mut client| {
            let error = chain.run_async(&mut client).await.unwrap_err();
            assert_eq!(
                (error.kind(), error.revision()),
                (ErrorKind::Code, Some("e1"))
            );
            assert!(told(&error).contains(says), "{error:#}");
            client.batch_execute("BEGIN; COMMIT").await.unwrap();
        });
        assert_eq!(database.dump(), before);
    }
}

#[test]
fn a_blocking_step_is_refused_on_tokio_postgres_before_anything_runs() {
    let chain = shop()
        .code("e1", "d1", Function::Sync(|_| Ok(())))
        .load::<Postgres>();
    let database = Postgres::new();
    let before = database.dump();
    connected(&database, async |mut client| {
        let error = chain.run_async(&mut client).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.revision()),
            (ErrorKind::Code, Some("e1"))
        );
        expect_test::expect![[r#"
            the upgrade of `e1` is a blocking function, and the driver is async
              = note: nothing was changed
              = help: make it an `async fn` that takes `&mut AsyncContext<'_>`: that runs on every driver
        "#]].assert_shared(&told(&error));
    });
    assert_eq!(database.dump(), before);
    // Up to there it can go.
    connected(&database, async |mut client| {
        chain.upgrade_async(&mut client, "d1").await.unwrap();
    });
    chain.run(&mut database.connect()).unwrap();
}

/// Awaits something that is no database.
fn waits<'a>(db: &'a mut AsyncContext<'_>) -> BoxedStep<'a> {
    Box::pin(async move {
        db.execute_batch("DELETE FROM book").await?;
        std::future::pending::<()>().await;
        Ok(())
    })
}

fn awaiting_something_else_is_an_error<E: Engine>() {
    let chain = shop().code("e1", "d1", Function::Async(waits)).load::<E>();
    let database = E::new();
    let mut client = database.connect();
    let before = database.dump();
    let error = chain.run(&mut client).unwrap_err();
    assert_eq!(error.revision(), Some("e1"));
    assert_eq!(
        told(&error),
        "versions/e1.rs: the upgrade of `e1` failed\n\
         it awaits something other than the database, which a blocking driver never gets done\n  \
         = note: its transaction was rolled back: the database is as it was before it\n"
    );
    assert_eq!(database.dump(), before);
    E::execute(&mut client, "BEGIN; COMMIT");
}

#[test]
fn a_dropped_run_leaves_no_lock_and_no_half_step() {
    let slow = shop().sql(
        "e1",
        "d1",
        "DELETE FROM book;\nSELECT pg_sleep(0.4);\nCREATE TABLE e (x INTEGER);",
        "",
    );
    let breaks = shop().sql(
        "e1",
        "d1",
        "DELETE FROM book;\nSELECT pg_sleep(0.4);\nSELECT 1 / 0;",
        "",
    );
    let hangs = shop().code("e1", "d1", Function::Async(waits));
    for (way, versions) in [("slow", slow), ("breaks", breaks), ("hangs", hangs)] {
        let chain = versions.load::<Postgres>();
        let good = shop().load::<Postgres>();
        let database = Postgres::new();
        good.upgrade(&mut database.connect(), "c1").unwrap();
        let before = database.made();
        let error = connected(&database, async |mut client| {
            let limit = Duration::from_millis(200);
            let dropped = tokio::time::timeout(limit, chain.run_async(&mut client)).await;
            dropped.expect_err("it takes longer");
            // The same connection, once the server is done with the message, is as before.
            let since = Instant::now();
            let told = client
                .simple_query("SELECT transaction_timestamp() = statement_timestamp(), (SELECT count(*) FROM book)")
                .await
                .unwrap();
            let cells = told.iter().find_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => Some((row.get(0), row.get(1))),
                _ => None,
            });
            assert_eq!(cells, Some((Some("t"), Some("2"))), "{way}");
            assert!(since.elapsed() < Duration::from_secs(5));
            // It can go on, and an error is placed as if nothing had been.
            good.run_async(&mut client).await.unwrap();
            good.downgrade_async(&mut client, "c1").await.unwrap();
            let broken = shop().sql("e1", "d1", "SELECT 1;\nSELECT 1 / 0;", "");
            let broken = broken.load::<Postgres>();
            broken.run_async(&mut client).await.unwrap_err()
        });
        assert_eq!(
            error.to_string(),
            "versions/e1.sql:7:1: the upgrade of `e1` failed",
            "{way}"
        );
        assert_eq!(database.made(), before, "{way}");
        // Another connection finds no lock.
        Migrator::new(&good)
            .lock_wait(Duration::from_millis(500))
            .run(&mut database.connect())
            .unwrap();
    }
}
