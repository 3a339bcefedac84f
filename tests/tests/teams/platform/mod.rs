//! An evaluation platform: one variable with SQLAlchemy's URL, files named `ID_message`, a linear chain, and Alembic's
//! everyday commands, on `sqlite:///local.db` and on PostgreSQL.

mod models;

use std::fs;

use expect_test::expect;
use migrate_runtime::Dialect;
use migrate_tests::{Postgres, Shared as _};

use crate::support::{Checkout, Release};
use models::{EXPERIMENTS, JOBS};

const CONFIGURATION: &str = "\
dialects = [\"sqlite\", \"postgres\"]
url_env = \"SQLALCHEMY_DATABASE_URL\"
file_template = \"{revision}_{slug}\"
";

/// The database, as the product sees it.
trait Product {
    fn execute(&mut self, sql: &str);
    fn value(&mut self, query: &str) -> String;
    /// Starts a release on it.
    fn start(&self, release: &Release) -> String;
}

struct Sqlite(std::path::PathBuf);

impl Product for Sqlite {
    fn execute(&mut self, sql: &str) {
        let connection = rusqlite::Connection::open(&self.0).unwrap();
        connection.execute_batch(sql).unwrap();
    }

    fn value(&mut self, query: &str) -> String {
        let connection = rusqlite::Connection::open(&self.0).unwrap();
        let query = format!("SELECT CAST(({query}) AS TEXT)");
        connection.query_row(&query, [], |row| row.get(0)).unwrap()
    }

    fn start(&self, release: &Release) -> String {
        let url = format!("sqlite:{}", self.0.display());
        release.start(&url).ok("a start")
    }
}

impl Product for migrate_tests::postgres::Database {
    fn execute(&mut self, sql: &str) {
        crate::support::execute(self, sql);
    }

    fn value(&mut self, query: &str) -> String {
        crate::support::value(self, query)
    }

    fn start(&self, release: &Release) -> String {
        release.start(&self.url()).ok("a start")
    }
}

#[test]
fn on_sqlite() {
    let mut checkout = checkout();
    checkout.set("SQLALCHEMY_DATABASE_URL", "sqlite:///local.db");
    let product = Sqlite(checkout.path().join("local.db"));
    everyday(&checkout, product);
    assert!(fs::metadata("/local.db").is_err());
}

#[test]
fn on_postgres() {
    let database = Postgres::shared().database();
    let mut checkout = checkout();
    let url = database
        .url()
        .replace("postgres://", "postgresql+psycopg2://");
    assert!(url.contains("+psycopg2"), "{url}");
    checkout.set("SQLALCHEMY_DATABASE_URL", &url);
    everyday(&checkout, database);
}

fn checkout() -> Checkout {
    let checkout = Checkout::empty(&Dialect::ALL);
    checkout.write("migrate.toml", CONFIGURATION);
    checkout.ok("init --dialect sqlite,postgres");
    checkout
}

fn everyday(checkout: &Checkout, mut product: impl Product) {
    // A revision by hand, filled in as Alembic's are.
    checkout.ok("revision -m 'create datasets' --rev-id 4a1c9f0be2d7");
    assert_eq!(checkout.revisions(), ["4a1c9f0be2d7_create_datasets.sql"]);
    let path = "versions/4a1c9f0be2d7_create_datasets.sql";
    let text = checkout.read(path);
    let text = text
        .replace(
            "-- upgrade\n",
            "-- upgrade\nCREATE TABLE datasets (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n",
        )
        .replace("-- downgrade\n", "-- downgrade\nDROP TABLE datasets;\n");
    checkout.write(path, &text);
    checkout.ok("upgrade head");
    product.execute("INSERT INTO datasets VALUES (1, 'squad')");

    // And two by the models.
    checkout.app_ok(
        &EXPERIMENTS,
        "revision --autogenerate -m 'add experiments' --rev-id 8e52d7706cb4",
    );
    let old = checkout.release();
    checkout.app_ok(
        &JOBS,
        "revision --autogenerate -m 'add jobs' --rev-id d30f6a19e845",
    );
    let new = checkout.release();

    let mut session = String::new();
    for line in [
        "history",
        "current",
        "upgrade +1",
        "current",
        "upgrade d30f6a19e845",
        "history -i",
        "downgrade -1",
        "downgrade 4a1c9f0be2d7",
        "current",
        "upgrade head",
        "current",
    ] {
        session += &format!("$ {line}\n{}", checkout.run(line).shown());
    }
    expect![[r#"
        $ history
        8e52d7706cb4 -> d30f6a19e845 (head), add jobs
        4a1c9f0be2d7 -> 8e52d7706cb4, add experiments
        <base> -> 4a1c9f0be2d7, create datasets
        $ current
        4a1c9f0be2d7
        $ upgrade +1
        ! Running upgrade 4a1c9f0be2d7 -> 8e52d7706cb4, add experiments
        $ current
        8e52d7706cb4
        $ upgrade d30f6a19e845
        ! Running upgrade 8e52d7706cb4 -> d30f6a19e845, add jobs
        $ history -i
        8e52d7706cb4 -> d30f6a19e845 (head) (current), add jobs
        4a1c9f0be2d7 -> 8e52d7706cb4, add experiments
        <base> -> 4a1c9f0be2d7, create datasets
        $ downgrade -1
        ! Running downgrade d30f6a19e845 -> 8e52d7706cb4, add jobs
        $ downgrade 4a1c9f0be2d7
        ! Running downgrade 8e52d7706cb4 -> 4a1c9f0be2d7, add experiments
        $ current
        4a1c9f0be2d7
        $ upgrade head
        ! Running upgrade 4a1c9f0be2d7 -> 8e52d7706cb4, add experiments
        ! Running upgrade 8e52d7706cb4 -> d30f6a19e845, add jobs
        $ current
        d30f6a19e845 (head)
    "#]]
    .assert_shared(&session);
    assert_eq!(
        product.value("SELECT name FROM datasets WHERE id = 1"),
        "squad"
    );

    // The old release on the new database, and the new one.
    product.execute("INSERT INTO experiments (id, dataset_id, name) VALUES (3, 1, 'first')");
    assert!(product.start(&old).contains("outcome: ahead\n"));
    assert!(product.start(&new).contains("outcome: up to date\n"));
    assert_eq!(product.value("SELECT count(*) FROM experiments"), "1");

    // Down to nothing, and from nothing to the head, by the program itself.
    checkout.ok("downgrade base");
    assert_eq!(checkout.ok("current"), "");
    assert!(product.start(&old).contains("step: 8e52d7706cb4\n"));
    product.execute("INSERT INTO datasets VALUES (2, 'boolq')");
    assert!(product.start(&new).contains("step: d30f6a19e845\n"));
    assert_eq!(product.value("SELECT name FROM datasets"), "boolq");
    checkout.app_ok(&JOBS, "check --drift");
}
