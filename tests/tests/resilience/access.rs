//! Roles with few rights, hooks, tenants, names that look like code, and passwords.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use ::postgres::{Client, Config, NoTls};
use migrate_runtime::{
    Dialect, Error, ErrorKind, Goal, Migrations, Migrator, Moment, OnAhead, Outcome, Startup,
    Tenants,
};
use migrate_tests::{Cut, Proxy, When};

use crate::corner::Corner;
use crate::herd::applied_once;
use crate::replicas::{folder, load, mixed, plain, replica};
use crate::support::{Engine, Postgres, Sqlite, Versions};

on_both!(
    hooks_see_each_step_inside_its_transaction,
    names_that_look_like_code_are_names,
);

/// A role of the test's own, dropped with the value.
struct Role {
    name: String,
    admin: Client,
    config: Config,
}

impl Role {
    fn new(database: &Postgres, word: &str) -> Self {
        let mut role = Self {
            name: format!("{word}_{}", database.name()),
            admin: database.connect(),
            config: database.config(),
        };
        role.admin("CREATE ROLE IT LOGIN");
        role.config.user(&role.name);
        role
    }

    /// What the superuser does for it.
    fn admin(&mut self, sql: &str) {
        let sql = sql.replace(" IT", &format!(" {}", self.name));
        Postgres::execute(&mut self.admin, &sql);
    }

    fn connect(&self) -> Client {
        self.config.connect(NoTls).unwrap()
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        let name = &self.name;
        let _ = self
            .admin
            .batch_execute(&format!("DROP OWNED BY {name}; DROP ROLE {name}"));
    }
}

fn checked(migrations: &Migrations, client: &mut Client) -> Result<Outcome, Error> {
    let mut migrator = Migrator::new(migrations).startup(Startup::Check);
    migrator.run(client).map(|report| report.outcome)
}

#[test]
fn a_role_that_may_only_read_can_check() {
    let files = plain();
    let (half, whole) = (
        load(&folder(&files[..3]), Dialect::Postgres),
        load(&folder(&files), Dialect::Postgres),
    );
    let database = Postgres::new();
    let mut role = Role::new(&database, "reader");
    let mut client = role.connect();
    // Nothing is there yet.
    let error = checked(&half, &mut client).unwrap_err();
    assert_eq!(error.to_string(), "3 revisions are pending");
    half.run(&mut database.connect()).unwrap();
    let error = checked(&half, &mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Privilege, "{error:#}");
    let story = format!("{error:#}");
    assert!(
        story.contains("permission denied for table migrate_revision"),
        "{story}"
    );
    assert!(
        story.contains("USAGE on the schema, and SELECT on"),
        "{story}"
    );

    // A start that has nothing to do reads one table; why there is more to do is in the others.
    role.admin("GRANT SELECT ON migrate_revision TO IT");
    assert_eq!(checked(&half, &mut client).unwrap(), Outcome::UpToDate);
    assert_eq!(half.run(&mut client).unwrap().outcome, Outcome::UpToDate);
    let error = checked(&whole, &mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Privilege, "{error:#}");
    // The very statement that the error names is enough.
    let story = format!("{error:#}");
    let (_, grant) = story.split_once("`GRANT SELECT").unwrap();
    let (grant, _) = grant.split_once('`').unwrap();
    role.admin(&format!("GRANT SELECT{}", grant.replace("ROLE", "IT")));
    assert_eq!(checked(&half, &mut client).unwrap(), Outcome::UpToDate);
    assert_eq!(half.run(&mut client).unwrap().outcome, Outcome::UpToDate);
    let error = checked(&whole, &mut client).unwrap_err();
    assert_eq!(error.to_string(), "3 revisions are pending");
    assert_eq!(whole.history(&mut client).unwrap().len(), 6);
    assert_eq!(whole.verify(&mut client).unwrap(), []);
    // To migrate takes more, and the error says what.
    let before = database.dump();
    let error = whole.run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Script, "{error:#}");
    assert!(
        format!("{error:#}").contains("permission denied for table ledger"),
        "{error:#}"
    );
    assert_eq!(database.dump(), before);
}

const OUTSIDE: &str = "-- upgrade (no transaction)\nVACUUM;\n\n-- downgrade: nothing";

#[test]
fn a_missing_grant_is_named() {
    let database = Postgres::new();
    let mut role = Role::new(&database, "writer");
    role.admin("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    let mut client = role.connect();
    let outside = Versions::new()
        .with("v1", "", "", OUTSIDE)
        .load::<Postgres>();
    for chain in [&load(&folder(&plain()), Dialect::Postgres), &outside] {
        let error = chain.run(&mut client).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Privilege, "{error:#}");
        let story = format!("{error:#}");
        assert!(
            story.contains("permission denied for schema public"),
            "{story}"
        );
        let grant = format!(
            "`GRANT CREATE, USAGE ON SCHEMA \"public\" TO \"{}\"`",
            role.name
        );
        assert!(story.contains(&grant), "{story}");
        assert!(story.contains("Startup::Check"), "{story}");
    }
    let error = Migrator::new(&outside)
        .schema("nowhere")
        .run(&mut client)
        .unwrap_err();
    assert!(format!("{error:#}").contains("nowhere"), "{error:#}");
    let error = Migrator::new(&load(&folder(&plain()), Dialect::Postgres))
        .schema("nowhere")
        .run(&mut database.connect())
        .unwrap_err();
    assert!(
        format!("{error:#}").contains("`CREATE SCHEMA`"),
        "{error:#}"
    );
}

#[test]
fn a_record_that_the_role_cannot_see_is_no_empty_database() {
    let chain = load(&folder(&plain()), Dialect::Postgres);
    let database = Postgres::new();
    let mut admin = database.connect();
    admin
        .batch_execute("CREATE SCHEMA app; SET search_path TO app")
        .unwrap();
    chain.run(&mut admin).unwrap();
    let mut role = Role::new(&database, "blind");
    role.admin("GRANT CREATE, USAGE ON SCHEMA public TO IT");
    let before = database.dump();
    let mut client = role.connect();
    client
        .batch_execute("SET search_path TO app, public")
        .unwrap();
    let outside = Versions::new()
        .with("v1", "", "", OUTSIDE)
        .load::<Postgres>();
    let goal = Goal::Upgrade(&"head".parse().unwrap());
    let says = "the schema `app` of the search_path keeps a record that this role may not read";
    let refused = [
        chain.run(&mut client).unwrap_err(),
        outside.run(&mut client).unwrap_err(),
        checked(&chain, &mut client).unwrap_err(),
        chain.current(&mut client).unwrap_err(),
        chain.history(&mut client).unwrap_err(),
        chain.log(&mut client).unwrap_err(),
        chain.verify(&mut client).unwrap_err(),
        chain.plan(&mut client, goal).unwrap_err(),
        chain.downgrade(&mut client, "base").unwrap_err(),
    ];
    for error in refused {
        assert_eq!(error.kind(), ErrorKind::Privilege, "{error:#}");
        assert_eq!(error.to_string(), says);
    }
    assert_eq!(database.dump(), before);
    // Who names a schema means that one.
    let report = Migrator::new(&chain)
        .schema("public")
        .plan(&mut client, goal);
    assert_eq!(report.unwrap().steps.len(), 6);
    role.admin("GRANT USAGE ON SCHEMA app TO IT");
    role.admin("GRANT SELECT ON ALL TABLES IN SCHEMA app TO IT");
    assert_eq!(checked(&chain, &mut client).unwrap(), Outcome::UpToDate);
}

fn hooks_see_each_step_inside_its_transaction<E: Engine>() {
    let chain = Versions::new()
        .sql("a1", "", "CREATE TABLE seen (at TEXT);", "DROP TABLE seen;")
        .sql("b1", "a1", "INSERT INTO seen VALUES ('b1');", "")
        .load::<E>();
    let database = E::new();
    let mut client = database.connect();
    let mut moments = Vec::new();
    Migrator::new(&chain)
        .hook(|moment, db| {
            moments.push(moment.to_string());
            match moment {
                Moment::AfterStep(step) => db
                    .execute(
                        "INSERT INTO seen VALUES (?1)",
                        &[format!("after {}", step.revision).into()],
                    )
                    .map(drop),
                Moment::BeforeCommit => {
                    assert_eq!(db.query("SELECT * FROM seen", &[])?.len(), 3);
                    Ok(())
                }
                _ => Ok(()),
            }
        })
        .run(&mut client)
        .unwrap();
    assert_eq!(
        moments,
        [
            "before the upgrade of `a1`",
            "after the upgrade of `a1`",
            "before the upgrade of `b1`",
            "after the upgrade of `b1`",
            "before COMMIT"
        ]
    );
    let seen = E::column(&mut client, "SELECT at FROM seen ORDER BY at");
    assert_eq!(seen, ["after a1", "after b1", "b1"]);

    // Whichever of them fails, however it does, nothing has happened.
    for (at, moment) in moments.iter().enumerate() {
        for panics in [false, true] {
            let database = E::new();
            let mut client = database.connect();
            let before = database.dump();
            let mut left = at;
            let error = Migrator::new(&chain)
                .hook(|_, _| {
                    left = left.wrapping_sub(1);
                    match (left == usize::MAX, panics) {
                        (true, true) => panic!("no more"),
                        (true, false) => Err("no more".into()),
                        _ => Ok(()),
                    }
                })
                .run(&mut client)
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Code);
            assert_eq!(error.to_string(), format!("the hook {moment} failed"));
            let story = format!("{error:#}");
            assert!(story.contains("no more"), "{story}");
            assert!(story.contains("its transaction was rolled back"), "{story}");
            assert_eq!(database.dump(), before);
            assert_eq!(chain.run(&mut client).unwrap().steps.len(), 2);
        }
    }
}

fn names_that_look_like_code_are_names<E: Engine>() {
    const EVIL: &str = "\"; DROP TABLE kept; --'\\ $$;é";
    let text = "-- \"; DROP TABLE kept; --'\\ $$;é\n-- revision: a1\n-- down_revision: none\n\
        -- branch_labels: drop_table_kept\n-- breaking: '; DROP TABLE kept; --\n-- version: 1'; DROP TABLE kept; --\n\n\
        -- upgrade\nCREATE TABLE a (x INTEGER);\n\n-- downgrade\nDROP TABLE a; -- '; DROP TABLE kept; --\n";
    let alone = if E::DIALECT == Dialect::Sqlite {
        "VACUUM;"
    } else {
        "VACUUM a;"
    };
    let old = Versions::new().name(EVIL).file("a1.sql", text);
    let new = old
        .clone()
        .sql("b1", "a1", "INSERT INTO a VALUES (1);", "DELETE FROM a;")
        .with("c1", "b1", "", &format!("-- upgrade (no transaction)\n{alone}\nINSERT INTO a VALUES (2);\n\n-- downgrade: nothing"))
        .load::<E>();
    let old = old.load::<E>();
    let database = E::new();
    let mut client = database.connect();
    E::execute(
        &mut client,
        "CREATE TABLE kept (x INTEGER); INSERT INTO kept VALUES (1)",
    );
    if E::DIALECT == Dialect::Postgres {
        let name = EVIL.replace('"', "\"\"");
        E::execute(&mut client, &format!("CREATE SCHEMA \"{name}\""));
    }
    let migrator = |chain| {
        Migrator::new(chain)
            .schema(EVIL)
            .table_prefix(EVIL)
            .app_version(EVIL)
    };
    let mut told = String::new();
    migrator(&new)
        .on_event(|event| told.push_str(&event.to_string()))
        .run(&mut client)
        .unwrap_or_else(|error| panic!("{error:#}"));
    assert!(told.contains(EVIL), "{told}");
    let log = migrator(&new).log(&mut client).unwrap();
    assert_eq!(
        (log[0].message.as_str(), log[0].app_version.as_str()),
        (EVIL, EVIL)
    );
    assert_eq!(
        migrator(&new).run(&mut client).unwrap().outcome,
        Outcome::UpToDate
    );
    assert_eq!(migrator(&new).verify(&mut client).unwrap(), []);
    // An older release tells and undoes it all the same.
    let error = migrator(&old)
        .on_ahead(OnAhead::Refuse)
        .run(&mut client)
        .unwrap_err();
    assert!(format!("{error:#}").contains(EVIL), "{error:#}");
    let report = migrator(&old).on_ahead(OnAhead::Downgrade).run(&mut client);
    assert_eq!(
        report
            .unwrap_or_else(|error| panic!("{error:#}"))
            .steps
            .len(),
        2
    );
    migrator(&old)
        .stamp_back(true)
        .stamp(&mut client, &["base"])
        .unwrap();
    migrator(&old).stamp_purge(&mut client, &["a1"]).unwrap();
    migrator(&old).downgrade(&mut client, "base").unwrap();
    assert_eq!(E::column(&mut client, "SELECT x FROM kept"), ["1"]);
    if E::DIALECT == Dialect::Postgres {
        let schemas =
            "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename LIKE '%DROP TABLE%'";
        assert_eq!(E::column(&mut client, schemas), [EVIL]);
    }
}

/// Runs tenants, each in a schema or a file of its own; the third has something in the way.
fn tenants<E: Engine>(databases: &[(String, E)]) {
    let chain = load(&folder(&plain()), E::DIALECT);
    let find = |tenant: &str| -> E::Client {
        let (_, database) = databases.iter().find(|(name, _)| name == tenant).unwrap();
        database.connect()
    };
    let all = || Tenants::new(databases.iter().map(|(name, _)| name.as_str()));
    E::execute(&mut find("t3"), "CREATE TABLE item (in_the_way INTEGER)");

    // One after the other, and none after the first failure.
    let summary = all()
        .concurrency(NonZeroUsize::MIN)
        .stop_on_error()
        .run(|tenant| chain.run(&mut find(tenant)));
    assert!(!summary.is_complete());
    assert_eq!(summary.remaining().collect::<Vec<_>>(), ["t3", "t4", "t5"]);
    let told = summary.to_string();
    assert!(told.contains("t1: 6 steps, from base to f1"), "{told}");
    assert!(told.contains("t3: failed: versions/c1.sql"), "{told}");
    assert!(told.contains("t4: not begun"), "{told}");
    assert!(
        told.ends_with("2 migrated, 0 up to date, 1 failed, 2 not begun"),
        "{told}"
    );
    // A failure is the tenant's own, and so is a panic.
    let under_way = Mutex::new((0, 0));
    let summary = all()
        .concurrency(NonZeroUsize::new(2).unwrap())
        .run(|tenant| {
            {
                let mut now = under_way.lock().unwrap();
                now.0 += 1;
                now.1 = now.1.max(now.0);
            }
            // Two are under way at some time, or there is nothing to see.
            let since = Instant::now();
            while under_way.lock().unwrap().1 < 2 && since.elapsed() < Duration::from_secs(20) {
                std::thread::sleep(Duration::from_millis(1));
            }
            under_way.lock().unwrap().0 -= 1;
            assert!(tenant != "t5", "t5 is not for us");
            chain.run(&mut find(tenant))
        });
    assert_eq!(under_way.lock().unwrap().1, 2, "never more at a time");
    assert_eq!(summary.remaining().collect::<Vec<_>>(), ["t3", "t5"]);
    let told = summary.to_string();
    assert!(
        told.contains("t5: failed: it panicked: t5 is not for us"),
        "{told}"
    );
    assert!(
        told.ends_with("1 migrated, 2 up to date, 2 failed, 0 not begun"),
        "{told}"
    );
    // Mended, what remains is what is run.
    E::execute(&mut find("t3"), "DROP TABLE item");
    let remaining: Vec<String> = summary.remaining().map(str::to_owned).collect();
    let summary = Tenants::new(remaining).run(|tenant| chain.run(&mut find(tenant)));
    assert!(summary.is_complete(), "{summary}");
    for (_, database) in databases {
        applied_once::<E>(&mut database.connect(), &plain());
    }
}

#[test]
fn tenants_have_a_schema_each() {
    let names = (1..=5).map(|n| format!("t{n}"));
    tenants::<Corner>(&names.map(|name| (name, Corner::new())).collect::<Vec<_>>());
}

#[test]
fn tenants_have_a_file_each() {
    let names = (1..=5).map(|n| format!("t{n}"));
    tenants::<Sqlite>(&names.map(|name| (name, Sqlite::new())).collect::<Vec<_>>());
}

#[test]
fn no_password_is_ever_told() {
    const SECRET: &str = "hunter2-is-secret";
    let files = mixed(Dialect::Postgres);
    let folder = folder(&files);
    let chain = load(&folder, Dialect::Postgres);
    let database = Postgres::new();
    let with = |url: &str| url.replacen("postgres@", &format!("postgres:{SECRET}@"), 1);
    let url = with(&database.url());
    assert!(url.contains(SECRET));
    let mut told = Vec::new();
    // A connector that can't connect, one that can, a lock that is held, a script that fails, a broken connection.
    let nowhere = with("postgres://postgres@127.0.0.1:1/nowhere");
    let proxy = Proxy::new(&database);
    let mut holder = database.connect();
    holder
        .batch_execute("CREATE TABLE item (in_the_way INTEGER)")
        .unwrap();
    for options in [
        ["--observed", "--connector", &nowhere].as_slice(),
        &["--connector", &nowhere],
    ] {
        told.push(replica(&folder, &url, options));
    }
    holder.batch_execute("DROP TABLE item").unwrap();
    told.push(replica(
        &folder,
        &url,
        &["--observed", "--connector", &nowhere],
    ));
    proxy.cut(When::Text("CREATE INDEX"), Cut::During);
    told.push(replica(
        &folder,
        &with(&proxy.url()),
        &["--observed", "--connector", &url],
    ));
    told.push(replica(
        &folder,
        &url,
        &["--observed", "--lock-wait", "100"],
    ));
    assert!(
        told.iter().filter(|said| !said.status.success()).count() >= 4,
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|said| said.err.contains("connecting a second time")),
        "{told:?}"
    );
    for said in &told {
        assert!(!format!("{said:?}").contains(SECRET), "{said:?}");
    }
    let connect = url.clone();
    let migrator = Migrator::new(&chain)
        .connector(move || Client::connect(&connect, NoTls).map_err(Error::other));
    let debug = format!("{migrator:?} {chain:?}");
    assert!(!debug.contains(SECRET), "{debug}");
    let recorded = database.dump();
    assert!(recorded.contains("migrate_log") && !recorded.contains(SECRET));
}
