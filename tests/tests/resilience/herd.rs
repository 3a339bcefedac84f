//! Many processes start at once: each step runs once, nobody fails, and who waited says so.

use std::time::{Duration, Instant};

use migrate_runtime::Dialect;
use migrate_tests::PgBouncer;

use crate::replicas::{Folder, Replica, Said, folder, ids_of, mixed, noted, plain, rounds};
use crate::support::{Engine, Postgres, Sqlite};

/// How many processes.
const HERD: usize = 32;

/// The database before they start.
#[derive(Clone, Copy, Debug)]
enum Before {
    Empty,
    Half,
    UpToDate,
}

const EACH: [Before; 3] = [Before::Empty, Before::Half, Before::UpToDate];

/// Starts them all, lets them go together, and waits for their ends.
fn stampede(folder: &Folder, url: &str, options: &[&str]) -> Vec<Said> {
    let options: Vec<&str> = [&["--at-once"], options].concat();
    let mut herd: Vec<Replica> = (0..HERD)
        .map(|_| Replica::start(folder, url, &options))
        .collect();
    herd.iter_mut().for_each(Replica::go);
    herd.into_iter().map(Replica::end).collect()
}

/// Every step is in the ledger once and in the history once, and the arithmetic comes out.
pub(crate) fn applied_once<E: Engine>(client: &mut E::Client, files: &[(String, String)]) {
    let ids = ids_of(files);
    let ledger = E::column(client, "SELECT step FROM ledger ORDER BY step");
    assert_eq!(ledger, ids);
    let history = "SELECT revision FROM migrate_log WHERE direction = 'upgrade' ORDER BY revision";
    assert_eq!(E::column(client, history), ids);
    let product: u32 = match ids.len() {
        6 => 3 * 5 * 7,
        _ => 3 * 5 * 7 * 11 * 13 * 17,
    };
    assert_eq!(
        E::column(client, "SELECT n FROM stock"),
        [product.to_string()]
    );
    assert_eq!(E::heads(client), ids[ids.len() - 1..]);
    assert!(E::rows(client, "SELECT * FROM migrate_in_progress").is_empty());
}

/// One stampede; tells how many waited.
fn round<E: Engine>(
    before: Before,
    files: &[(String, String)],
    url: impl Fn(&E) -> (String, Vec<String>),
) -> usize {
    let database = E::new();
    let (url, options) = url(&database);
    let whole = folder(files);
    match before {
        Before::Empty => {}
        Before::Half => {
            let said = crate::replicas::replica(&folder(&files[..3]), &url, &[]);
            assert!(said.status.success(), "{said:?}");
        }
        Before::UpToDate => {
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            let said = crate::replicas::replica(&whole, &url, &options);
            assert!(said.status.success(), "{said:?}");
        }
    }
    let since = Instant::now();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let said = stampede(&whole, &url, &options);
    assert!(since.elapsed() < Duration::from_secs(60));
    for one in &said {
        assert!(one.status.success(), "{before:?}: {one:?}");
        // Who did nothing says so.
        let did = !one.all("step").is_empty();
        let outcome = if did { "applied" } else { "up to date" };
        assert_eq!(one.one("outcome"), Some(outcome), "{before:?}: {one:?}");
    }
    applied_once::<E>(&mut database.connect(), files);
    let mut steps: Vec<&str> = said.iter().flat_map(|one| one.all("step")).collect();
    steps.sort_unstable();
    let ids = ids_of(files);
    let expected: &[String] = match before {
        Before::Empty => &ids,
        Before::Half => &ids[3..],
        Before::UpToDate => &[],
    };
    assert_eq!(steps, expected, "{before:?}: each step is reported by one");
    let waited = said.iter().filter(|one| one.one("waited").is_some());
    waited.count()
}

fn herds<E: Engine>(
    files: &[(String, String)],
    url: impl Fn(&E) -> (String, Vec<String>) + Copy,
) -> [usize; 3] {
    EACH.map(|before| (0..rounds()).map(|_| round(before, files, url)).sum())
}

/// Whoever is at work takes its time, so that the others must wait.
fn slowly(options: &[&str]) -> Vec<String> {
    let options = [&["--observed", "--pause", "5"], options].concat();
    options.into_iter().map(str::to_owned).collect()
}

fn sqlite_url(database: &Sqlite) -> (String, Vec<String>) {
    let options = ["--busy-timeout", "0"];
    (database.url(), options.map(str::to_owned).to_vec())
}

#[test]
fn on_sqlite() {
    let [empty, half, up_to_date] = herds::<Sqlite>(&plain(), |database| {
        (database.url(), slowly(&["--busy-timeout", "0"]))
    });
    assert!(empty >= rounds() && half >= rounds(), "{empty} {half}");
    assert_eq!(up_to_date, 0);
}

#[test]
fn on_sqlite_with_the_drivers_own_busy_timeout() {
    herds::<Sqlite>(&plain(), |database| (database.url(), Vec::new()));
}

#[test]
fn on_sqlite_with_steps_outside_a_transaction() {
    herds::<Sqlite>(&mixed(Dialect::Sqlite), sqlite_url);
}

#[test]
fn on_sqlite_in_wal_mode() {
    let in_wal_mode = |database: &Sqlite| {
        let mode = Sqlite::column(&mut database.connect(), "PRAGMA journal_mode = WAL");
        assert_eq!(mode, ["wal"]);
        sqlite_url(database)
    };
    herds::<Sqlite>(&plain(), in_wal_mode);
    let mut vacuums = mixed(Dialect::Sqlite);
    // Back to a rollback journal, while others are connected, is refused by SQLite.
    vacuums.pop();
    vacuums.push(noted("i1", "h1", " (no transaction)", "VACUUM;"));
    herds::<Sqlite>(&vacuums, in_wal_mode);
}

#[test]
fn on_postgres() {
    let [empty, half, up_to_date] =
        herds::<Postgres>(&plain(), |database| (database.url(), slowly(&[])));
    assert!(empty >= rounds() && half >= rounds(), "{empty} {half}");
    assert_eq!(up_to_date, 0);
}

#[test]
fn on_postgres_with_an_index_built_concurrently() {
    let [empty, half, up_to_date] = herds::<Postgres>(&mixed(Dialect::Postgres), |database| {
        (database.url(), Vec::new())
    });
    assert!(empty >= rounds() && half >= rounds(), "{empty} {half}");
    assert_eq!(up_to_date, 0);
}

/// A database behind a pooler of its own.
struct Pooled {
    bouncer: PgBouncer,
    database: Postgres,
}

impl Engine for Pooled {
    const DIALECT: Dialect = Dialect::Postgres;
    type Client = <Postgres as Engine>::Client;

    fn new() -> Self {
        let database = Postgres::new();
        Self {
            bouncer: PgBouncer::start(&database, 8),
            database,
        }
    }

    fn connect(&self) -> Self::Client {
        self.database.connect()
    }

    fn try_execute(client: &mut Self::Client, sql: &str) -> Result<(), String> {
        Postgres::try_execute(client, sql)
    }

    fn rows(client: &mut Self::Client, sql: &str) -> Vec<Vec<String>> {
        Postgres::rows(client, sql)
    }

    fn dump_without(&self, tables: &[&str]) -> String {
        self.database.dump_without(tables)
    }
}

#[test]
fn through_pgbouncer() {
    let [empty, half, up_to_date] =
        herds::<Pooled>(&plain(), |database| (database.bouncer.url(), Vec::new()));
    assert!(empty >= rounds() && half >= rounds(), "{empty} {half}");
    assert_eq!(up_to_date, 0);
}

#[test]
fn through_pgbouncer_with_an_index_built_concurrently_and_a_connector() {
    herds::<Pooled>(&mixed(Dialect::Postgres), |database| {
        let connector = vec!["--connector".to_owned(), database.database.url()];
        (database.bouncer.url(), connector)
    });
}
