//! A hub with environments that one variable chooses and whose databases others name: row-level security, old clients
//! that are refused where a change breaks them, staging before production, and a release at the end.

mod models;

use expect_test::expect;
use migrate_runtime::Dialect;
use migrate_schema::testing::Suite;
use migrate_tests::{Postgres, postgres};

use crate::support::{Checkout, execute, value};
use models::{V1_0, V1_1};

const CONFIGURATION: &str = "\
default_env = \"local\"

[env.local]
url_env = \"LNDB_DSN\"

[env.staging]
url_env = \"LNDB_STAGING_DSN\"

[env.prod]
url_env = \"LNDB_PROD_DSN\"
protected = true
requires = \"staging\"
";

/// Written by hand, on what the models made: each role sees what it may.
const POLICIES: &str = "\
-- upgrade
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY readers ON documents FOR SELECT USING (access <= current_setting('hub.access')::int);
GRANT SELECT ON documents TO pg_read_all_data;

-- downgrade
REVOKE SELECT ON documents FROM pg_read_all_data;
DROP POLICY readers ON documents;
ALTER TABLE documents DISABLE ROW LEVEL SECURITY;
";

const ROWS: &str = "INSERT INTO accounts (id, name) VALUES (1, 'anna');
    INSERT INTO documents (id, owner_id, title, access) VALUES (5, 1, 'open', 0), (6, 1, 'secret', 9);";

/// What a client of release 1.0 asks.
const OLD_CLIENT: &str = "SELECT id, title FROM documents WHERE owner_id = 1";

/// What a reader with little access sees.
fn visible(database: &postgres::Database, column: &str) -> String {
    let mut client = database.connect();
    client
        .batch_execute("SET ROLE pg_read_all_data; SET hub.access = '3'")
        .unwrap();
    let rows = client.query(&format!("SELECT {column} FROM documents"), &[]);
    let rows = rows.unwrap();
    let rows: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    rows.join(" ")
}

#[test]
fn a_change_goes_through_staging_to_production() {
    let server = Postgres::shared();
    let (local, staging, prod) = (server.database(), server.database(), server.database());
    let mut checkout = Checkout::new(Dialect::Postgres, CONFIGURATION);
    checkout.set("LNDB_DSN", &local.url());
    checkout.set("LNDB_STAGING_DSN", &staging.url());
    checkout.set("LNDB_PROD_DSN", &prod.url());

    // Release 1.0, in all three.
    checkout.app_ok(
        &V1_0,
        "revision --autogenerate -m 'documents' --rev-id 1a5ce0d94b72",
    );
    checkout.ok("revision -m 'row-level security' --rev-id 2e8f17b6c303");
    let path = "versions/2026-11-20-2e8f17b6c303-row-level-security.sql";
    let header = checkout.read(path);
    let (header, _) = header.split_once("\n-- upgrade").unwrap();
    checkout.write(path, &format!("{header}\n{POLICIES}"));
    for env in ["local", "staging", "prod"] {
        checkout.set("MIGRATE_ENV", env);
        checkout.ok("upgrade head");
    }
    checkout.ok("release v1.0.0");
    let old = checkout.release();
    for database in [&local, &staging, &prod] {
        execute(database, ROWS);
        assert_eq!(visible(database, "title"), "open");
    }

    // A branch: the models are edited, the script is generated and reviewed. The policies are in it.
    checkout.set("MIGRATE_ENV", "local");
    let ran = checkout.app(
        &V1_1,
        "revision --autogenerate -m 'migrate to vX.X.X' --rev-id 3b90c4d1ae57",
    );
    expect![[r#"
        found: rename column documents.title to name
        found: add column accounts.email
        found: change column documents.access: type integer to bigint
        Generated versions/2026-11-20-3b90c4d1ae57-migrate-to-vx-x-x.sql
        ! lint: [breaks/rename-column] renames documents.title to name: programs that still run ask for title (postgres), at versions/2026-11-20-3b90c4d1ae57-migrate-to-vx-x-x.sql:9:23
        ! lint: [locks/change-type-rewrites] documents and its indexes are written anew, and nobody can read it meanwhile (postgres), at versions/2026-11-20-3b90c4d1ae57-migrate-to-vx-x-x.sql:16:23
        ! lint: [locks/slow-after-lock] documents is kept from everybody by a statement above until all of this is done (postgres), at versions/2026-11-20-3b90c4d1ae57-migrate-to-vx-x-x.sql:16:23
    "#]]
    .assert_eq(&ran.shown());
    let script = checkout.read(&format!("versions/{}", checkout.revisions()[2]));
    expect![[r#"
        -- migrate to vX.X.X
        --
        -- revision: 3b90c4d1ae57
        -- down_revision: 2e8f17b6c303
        -- created: 2026-11-20 10:02:11 UTC
        -- breaking: renames documents.title to name

        -- upgrade
        ALTER TABLE documents RENAME COLUMN title TO name;

        -- The policy readers is put back below: it depends on what changes below.
        DROP POLICY readers ON documents;

        ALTER TABLE accounts ADD COLUMN email text;

        ALTER TABLE documents ALTER COLUMN access TYPE bigint;

        CREATE POLICY readers ON documents FOR SELECT USING (access <= (current_setting('hub.access'::text))::integer);

        -- downgrade
        ALTER TABLE documents RENAME COLUMN name TO title;

        -- The policy readers is put back below: it depends on what changes below.
        DROP POLICY readers ON documents;

        -- Fails if there are values of documents.access that are too large:
        --   SELECT access FROM documents WHERE access NOT BETWEEN -2147483648 AND 2147483647;
        ALTER TABLE documents ALTER COLUMN access TYPE integer;

        -- This loses the values of accounts.email.
        ALTER TABLE accounts DROP COLUMN email;

        CREATE POLICY readers ON documents FOR SELECT USING (access <= (current_setting('hub.access'::text))::integer);
    "#]].assert_eq(&script);

    // CI: a fresh database, migrated, and the product's tests against it. They find what breaks old clients.
    let fresh = server.database();
    let mut ci = checkout.cloned();
    ci.set("LNDB_DSN", &fresh.url());
    ci.ok("upgrade head");
    ci.app_ok(&V1_1, "check");
    let folder = ci.path().to_str().unwrap();
    let old_client = |checkout: &Checkout| {
        let migrations = checkout.build().unwrap();
        let suite = Suite::new(&migrations, &V1_1, folder);
        suite.sealed_revisions_unchanged().unwrap();
        let suite = suite.old_client("v1.0.0", None, &[OLD_CLIENT]);
        suite.old_client_compat().map_err(|error| error.to_string())
    };
    old_client(&ci).unwrap();
    let path = format!("versions/{}", ci.revisions()[2]);
    ci.write(
        &path,
        &script.replace("-- breaking: renames documents.title to name\n", ""),
    );
    let found = old_client(&ci).unwrap_err();
    expect![[r#"
        versions/2026-11-20-3b90c4d1ae57-migrate-to-vx-x-x.sql: revision 3b90c4d1ae57 breaks programs of v1.0.0 on postgres:
          SELECT id, title FROM documents WHERE owner_id = 1: column "title" does not exist"#]].assert_eq(&found);

    // The deploy says what it accepts: nothing that breaks old clients, then such a change as well.
    checkout.set("MIGRATE_ENV", "staging");
    let refusal = checkout.run("upgrade head --breaking=no").refused(1);
    expect![[r#"
        error: `3b90c4d1ae57` breaks older releases (renames documents.title to name), and `--breaking=no` was given
          = note: nothing was changed
    "#]].assert_eq(&refusal);
    checkout.set("MIGRATE_ENV", "prod");
    let refusal = checkout.run("upgrade head --breaking=yes --yes").refused(1);
    expect![[r#"
        error: `3b90c4d1ae57` is not applied in `staging`, where it must be first
          = note: nothing was changed
          = help: `migrate --env staging upgrade 3b90c4d1ae57` applies it there
    "#]]
    .assert_eq(&refusal);
    assert_eq!(checkout.ok("current"), "2e8f17b6c303\n");
    checkout.set("MIGRATE_ENV", "staging");
    checkout.ok("upgrade head --breaking=yes");
    checkout.ok("check");
    let refusal = old.start(&staging.url()).refused(1);
    assert!(
        refusal.starts_with("the database has `3b90c4d1ae57`, which breaks older releases"),
        "{refusal}"
    );
    assert_eq!(visible(&staging, "name"), "open");

    // Production: the same plan, that staging has, once a person has said yes.
    old.start(&prod.url())
        .ok("the old client, on production as it was");
    checkout.set("MIGRATE_ENV", "prod");
    let refusal = checkout.run("upgrade head").refused(1);
    expect![[r#"
        error: `prod` is protected, and `3b90c4d1ae57` breaks older releases (renames documents.title to name)
          = note: nothing was changed
          = help: look at it with `--dry-run`, then give `--yes`
    "#]].assert_eq(&refusal);
    checkout.ok("upgrade head --breaking=yes --yes");
    old.start(&prod.url()).refused(1);
    assert_eq!(visible(&prod, "name"), "open");
    assert_eq!(
        value(
            &prod,
            "SELECT count(*) FROM documents WHERE name IN ('open', 'secret')"
        ),
        "2"
    );

    // Merged and released: the number takes the place that was kept for it.
    checkout.ok("release v1.1.0");
    assert_eq!(
        checkout.revisions()[2],
        "2026-11-20-3b90c4d1ae57-migrate-to-v1-1-0.sql"
    );
    let history = checkout.ok("history");
    assert!(
        history.starts_with("2e8f17b6c303 -> 3b90c4d1ae57 (head), migrate to v1.1.0\n"),
        "{history}"
    );
    checkout.ok("check");
    checkout.release().start(&prod.url()).ok("the new release");
}

/// As the team has it today: the variable of the DSN is the same one everywhere.
#[test]
fn staging_that_is_production_itself_proves_nothing() {
    let database = Postgres::shared().database();
    let configuration = CONFIGURATION
        .replace("LNDB_STAGING_DSN", "LNDB_DSN")
        .replace("LNDB_PROD_DSN", "LNDB_DSN");
    let mut checkout = Checkout::new(Dialect::Postgres, &configuration);
    checkout.set("LNDB_DSN", &database.url());
    checkout.app_ok(
        &V1_0,
        "revision --autogenerate -m documents --rev-id 1a5ce0d94b72",
    );
    checkout.set("MIGRATE_ENV", "prod");
    let refusal = checkout.run("upgrade head").refused(1);
    expect![[r#"
        error: `staging`, where a plan must be applied first, is the very database that is to be changed: URL
          = note: nothing was changed
          = help: give each environment a variable of its own, such as `url_env = "STAGING_URL"`
    "#]].assert_eq(&refusal.replace(&database.url(), "URL"));
    assert_eq!(
        value(&database, "SELECT to_regclass('accounts') IS NULL"),
        "true"
    );
}

/// One revision after the other, as far as staging has them.
#[test]
fn production_follows_staging_step_by_step() {
    let server = Postgres::shared();
    let (staging, prod) = (server.database(), server.database());
    let mut checkout = Checkout::new(Dialect::Postgres, CONFIGURATION);
    checkout.set("LNDB_STAGING_DSN", &staging.url());
    checkout.set("LNDB_PROD_DSN", &prod.url());
    for id in ["a1", "b2", "c3"] {
        checkout.ok(&format!("revision -m {id} --rev-id {id}"));
        let path = format!("versions/2026-11-20-{id}-{id}.sql");
        let text = checkout.read(&path);
        let text = text.replace(
            "-- upgrade\n",
            &format!("-- upgrade\nCREATE TABLE {id} (x int);\n"),
        );
        let text = text.replace(
            "-- downgrade\n",
            &format!("-- downgrade\nDROP TABLE {id};\n"),
        );
        checkout.write(&path, &text);
    }
    checkout.ok("--env staging upgrade b2");
    for target in ["a1", "+1"] {
        checkout.ok(&format!("--env prod upgrade {target}"));
    }
    let refusal = checkout.run("--env prod upgrade head").refused(1);
    expect![[r#"
        error: `c3` is not applied in `staging`, where it must be first
          = note: nothing was changed
          = help: `migrate --env staging upgrade c3` applies it there
    "#]]
    .assert_eq(&refusal);
    checkout.ok("--env staging upgrade head");
    checkout.ok("--env prod upgrade head");
}
