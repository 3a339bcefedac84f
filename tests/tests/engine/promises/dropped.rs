//! A future that is dropped in the middle leaves no half of a step and no lock, and the connection can go on.

use std::future::pending;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use migrate_runtime::Moment;
use tokio::sync::Notify;

use super::{ALL, Operation, Reached, apart, builder, in_runtime};
use crate::support::Engine;

/// Where a run is dropped, which the hook waits at.
const PLACES: [&str; 3] = ["before the step", "after the step", "before COMMIT"];

fn place(moment: Moment<'_>) -> &'static str {
    match moment {
        Moment::BeforeStep(_) => PLACES[0],
        Moment::AfterStep(_) => PLACES[1],
        _ => PLACES[2],
    }
}

#[test]
fn a_dropped_future_leaves_nothing_behind() {
    for operation in ALL {
        for at in PLACES {
            if (operation.revision().is_none() && at != PLACES[2])
                || (!operation.in_transaction() && at == PLACES[2])
            {
                continue;
            }
            let case = format!("{operation:?}, dropped {at}");
            let reached = Reached::Tokio(crate::support::Postgres::new());
            let migrations = reached.prepare(operation);
            let (before, made) = (reached.heads(), reached.postgres().made());
            let arrived = Arc::new(Notify::new());
            let mut migrator = builder(operation, &migrations).hook_async(|moment, _| {
                let stays = place(moment) == at;
                let arrived = Arc::clone(&arrived);
                Box::pin(async move {
                    if stays {
                        arrived.notify_one();
                        pending::<()>().await;
                    }
                    Ok(())
                })
            });
            let url = reached.postgres().url();
            in_runtime(&url, async |client| {
                {
                    let running = operation.awaited(&mut migrator, client);
                    tokio::select! {
                        done = running => panic!("{case}: {done:?}"),
                        () = arrived.notified() => {}
                    }
                }
                drop(migrator);
                // The server hears of it with the next message of the same connection.
                let one = client.query_one("SELECT pg_is_in_recovery()", &[]).await;
                assert!(!one.unwrap().get::<_, bool>(0), "{case}");
                let start = Instant::now();
                while reached.is_locked() {
                    assert!(start.elapsed() < Duration::from_secs(20), "{case}: locked");
                    thread::sleep(Duration::from_millis(10));
                }
                if operation.in_transaction() {
                    assert_eq!(reached.heads(), before, "{case}");
                    assert_eq!(apart(|| reached.postgres().made()), made, "{case}");
                    let again = operation
                        .awaited(&mut builder(operation, &migrations), client)
                        .await;
                    again.unwrap_or_else(|error| panic!("{case}, again: {error:#}"));
                }
            });
            if operation.in_transaction() {
                assert_eq!(reached.heads(), [operation.head()], "{case}");
            }
        }
    }
}

/// The dropped step outside a transaction is one that was interrupted: what it did is recorded, and it can be resolved.
#[test]
fn a_dropped_step_outside_a_transaction_is_gone_on_with() {
    let operation = Operation::RunOutside;
    let reached = Reached::Tokio(crate::support::Postgres::new());
    let migrations = reached.prepare(operation);
    let arrived = Arc::new(Notify::new());
    let mut migrator = builder(operation, &migrations).hook_async(|moment, _| {
        let stays = matches!(moment, Moment::AfterStep(_));
        let arrived = Arc::clone(&arrived);
        Box::pin(async move {
            if stays {
                arrived.notify_one();
                pending::<()>().await;
            }
            Ok(())
        })
    });
    let url = reached.postgres().url();
    in_runtime(&url, async |client| {
        {
            let running = operation.awaited(&mut migrator, client);
            tokio::select! {
                done = running => panic!("{done:?}"),
                () = arrived.notified() => {}
            }
        }
        drop(migrator);
        let again = migrations.run_async(client).await.unwrap();
        assert_eq!(again.to, ["b1"]);
    });
    let mut client = reached.postgres().connect();
    let rows = crate::support::Postgres::column(
        &mut client,
        "SELECT concat((SELECT count(*) FROM a), ' ', (SELECT count(*) FROM missing))",
    );
    assert_eq!(rows, ["1 1"], "each statement ran once");
}
