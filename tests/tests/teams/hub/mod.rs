//! A hub's server on PostgreSQL. One configuration names several databases, each with a chain of its own. The models
//! are rewritten (a column renamed and one added, a constraint put on and one taken off, a table added), the script is
//! generated, tested, and deployed with `upgrade head`.

mod models;

use expect_test::expect;
use migrate_runtime::Dialect;
use migrate_schema::testing::Suite;
use migrate_tests::Postgres;

use crate::support::{Checkout, execute, value};
use models::{CATALOG, FIRST, SECOND};

const CONFIGURATION: &str = "\
[env.hub]
url_env = \"HUB_URL\"

[env.cbwk]
url_env = \"CBWK_URL\"
versions = \"cbwk\"
chain = \"cbwk\"
";

/// What the hub's clients wrote before the models changed.
const ROWS: &str = "INSERT INTO accounts (id, handle) VALUES (1, 'anna'), (2, 'ben');
    INSERT INTO collections (id, account_id, title) VALUES (10, 1, 'mice'), (11, 2, NULL);";

#[test]
fn models_are_rewritten_and_deployed() {
    let server = Postgres::shared();
    let (hub, fresh, cbwk) = (server.database(), server.database(), server.database());
    let mut checkout = Checkout::new(Dialect::Postgres, CONFIGURATION);
    checkout.set("HUB_URL", &hub.url());
    checkout.set("CBWK_URL", &cbwk.url());
    checkout.app_ok(
        &FIRST,
        "revision --name hub --autogenerate -m 'accounts and collections' --rev-id 6f1d5b0a7c21",
    );
    checkout.ok("--name hub upgrade head");
    execute(&hub, ROWS);
    let old = checkout.release();

    // The models are rewritten. What has a new name is said there, so nothing is asked.
    let out = checkout.app_ok(
        &SECOND,
        "revision --name hub --autogenerate -m 'names, runs, titles' --rev-id c2a94e8817f3",
    );
    expect![[r#"
        found: rename column accounts.handle to name
        found: drop check ck_collections_title on collections
        found: rename constraint uq_accounts_handle on accounts to uq_accounts_name
        found: create table runs
        found: add column accounts.email
        found: add check ck_accounts_name on accounts
        found: create index ix_runs_collection_id on runs
        found: create index ix_runs_created_by on runs
        Generated versions/2026-11-20-c2a94e8817f3-names-runs-titles.sql
    "#]]
    .assert_eq(&out);

    // Tested thoroughly: each revision there and back, on rows, against the models.
    let migrations = checkout.build().unwrap();
    let folder = checkout.path().to_str().unwrap();
    let suite = Suite::new(&migrations, &SECOND, folder);
    suite.single_head().unwrap();
    suite.models_match().unwrap();
    suite.stairway().unwrap();
    suite.downgrade_leaves_no_trace().unwrap();
    suite.upgrade_with_data().unwrap();

    // And in CI, on a fresh database.
    checkout.set("HUB_URL", &fresh.url());
    for line in [
        "--name hub upgrade head",
        "--name hub check",
        "--name hub downgrade base --yes",
        "--name hub upgrade head",
    ] {
        checkout.ok(line);
    }
    checkout.app_ok(&SECOND, "--name hub check");

    // Deployed. The rows are there, under the new name.
    checkout.set("HUB_URL", &hub.url());
    let ran = checkout.run("--name hub upgrade head");
    expect![[r#"
        ! Running upgrade 6f1d5b0a7c21 -> c2a94e8817f3, names, runs, titles
    "#]]
    .assert_eq(&ran.shown());
    let names = "SELECT string_agg(name, ' ' ORDER BY id) FROM accounts";
    assert_eq!(value(&hub, names), "anna ben");
    assert_eq!(value(&hub, "SELECT count(*) FROM collections"), "2");

    // The other database of the same file has a chain of its own, and no table of this one.
    checkout.ok("--name cbwk init --dialect postgres");
    checkout.chain = Some("cbwk".to_owned());
    checkout.app_ok(
        &CATALOG,
        "--name cbwk revision --autogenerate -m terms --rev-id 0d7be3f41a90",
    );
    checkout.ok("--name cbwk upgrade head");
    assert_eq!(checkout.ok("--name cbwk current"), "0d7be3f41a90 (head)\n");
    assert_eq!(checkout.ok("--name hub current"), "c2a94e8817f3 (head)\n");
    execute(&cbwk, "INSERT INTO terms (name) VALUES ('neuron')");
    assert_eq!(
        value(&cbwk, "SELECT to_regclass('accounts') IS NULL"),
        "true"
    );

    // A program of the last release: `handle` is gone, and the revision says so.
    let refusal = old.start(&hub.url()).refused(1);
    assert_eq!(
        refusal.lines().next().unwrap(),
        "the database has `c2a94e8817f3`, which breaks older releases such as this one: renames accounts.handle to name"
    );
}

/// The table of the team's documentation: what is there of it.
#[test]
fn a_table_documents_each_migration() {
    let database = Postgres::shared().database();
    let mut checkout = Checkout::new(Dialect::Postgres, CONFIGURATION);
    checkout.set("HUB_URL", &database.url());
    checkout.app_ok(
        &FIRST,
        "--name hub revision --autogenerate -m first --rev-id 6f1d5b0a7c21",
    );
    checkout.ok("--name hub upgrade");
    checkout.ok("--name hub release v1.0.0");
    let history = checkout.ok("--name hub history --json");
    let history: serde_json::Value = serde_json::from_str(&history).unwrap();
    let row = &history[0];
    assert_eq!(row["created"], "2026-11-20 10:02:11 UTC");
    assert_eq!(row["revision"], "6f1d5b0a7c21");
    assert_eq!(row["version"], "v1.0.0");
    assert_eq!(row["message"], "first");
    let log = checkout.ok("--name hub log --json");
    let log: serde_json::Value = serde_json::from_str(&log).unwrap();
    assert!(log[0]["applied_by"].is_string(), "{log}");
}
