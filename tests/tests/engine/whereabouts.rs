//! Where the record is, and whose: no migrated database is taken for an empty one, and nothing of
//! another role's is trusted with the record or run by reading it.

use ::postgres::{Client, NoTls};
use migrate_runtime::{Error, ErrorKind, Goal, Migrations, Migrator, Outcome, Startup};

use crate::support::{Engine, Postgres, Versions};

on_both!(deleted_heads_are_not_base);

/// Run twice, it says so: 2, 4.
fn chain<E: Engine>() -> Migrations {
    Versions::new()
        .sql(
            "a1",
            "",
            "CREATE TABLE account (n INTEGER); INSERT INTO account VALUES (1);",
            "DROP TABLE account;",
        )
        .sql("b1", "a1", "UPDATE account SET n = n + n;", "")
        .load::<E>()
}

/// Everything that believes the record, blocking and async.
macro_rules! operations {
    ($($name:ident, $name_async:ident ($($argument:expr),*);)+) => {
        pub(crate) fn all(
            migrations: &Migrations,
            client: &mut Client,
        ) -> Vec<(&'static str, Result<(), Error>)> {
            let mut check = Migrator::new(migrations).startup(Startup::Check);
            let mut done = vec![("a start that checks", check.run(client).map(drop))];
            $(done.push((stringify!($name), migrations.$name(client, $($argument),*).map(drop)));)+
            done
        }

        pub(crate) async fn all_async(
            migrations: &Migrations,
            client: &mut tokio_postgres::Client,
        ) -> Vec<(&'static str, Result<(), Error>)> {
            let mut check = Migrator::new(migrations).startup(Startup::Check);
            let mut done = vec![("a start that checks", check.run_async(client).await.map(drop))];
            $(done.push((
                stringify!($name_async),
                migrations.$name_async(client, $($argument),*).await.map(drop),
            ));)+
            done
        }
    };
}

operations! {
    run, run_async();
    check, check_async();
    upgrade, upgrade_async("head");
    downgrade, downgrade_async("base");
    stamp, stamp_async(&["b1"]);
    plan, plan_async(Goal::Upgrade(&"head".parse().unwrap()));
    current, current_async();
    in_progress, in_progress_async();
    history, history_async();
    log, log_async();
    verify, verify_async();
    repair, repair_async();
    environment, environment_async();
    set_environment, set_environment_async("staging");
}

/// Everything that believes the record, done by one role with each driver.
pub(crate) fn with_each_driver(
    migrations: &Migrations,
    database: &Postgres,
    role: &str,
    options: &str,
) -> Vec<(&'static str, Result<(), Error>)> {
    let mut config = database.config();
    let mut blocking = config.user(role).options(options).connect(NoTls).unwrap();
    let mut done = all(migrations, &mut blocking);
    let mut config: tokio_postgres::Config = database.url().parse().unwrap();
    config.user(role).options(options);
    done.extend(with_client(&config, async |client| {
        all_async(migrations, client).await
    }));
    done
}

/// Runs a test with a client of tokio-postgres.
pub(crate) fn with_client<T>(
    config: &tokio_postgres::Config,
    test: impl AsyncFnOnce(&mut tokio_postgres::Client) -> T,
) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(async {
        let (mut client, connection) = config.connect(NoTls).await.unwrap();
        let running = tokio::spawn(connection);
        let done = test(&mut client).await;
        running.abort();
        done
    })
}

fn deleted_heads_are_not_base<E: Engine>() {
    let migrations = chain::<E>();
    let database = E::new();
    let mut client = database.connect();
    migrations.run(&mut client).unwrap();
    E::execute(&mut client, "DELETE FROM migrate_revision");
    let before = database.dump();
    for refused in [
        migrations.run(&mut client).map(drop),
        migrations.upgrade(&mut client, "head").map(drop),
        migrations.stamp(&mut client, &["a1"]).map(drop),
        migrations.current(&mut client).map(drop),
        migrations.history(&mut client).map(drop),
        migrations.verify(&mut client).map(drop),
    ] {
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unknown, "{error:#}");
        let story = format!("{error:#}");
        assert!(story.contains("`stamp --purge"), "{story}");
    }
    assert_eq!(database.dump(), before);
    assert_eq!(migrations.log(&mut client).unwrap().len(), 2);
    // What a person says is so.
    migrations.stamp_purge(&mut client, &["b1"]).unwrap();
    assert_eq!(
        migrations.run(&mut client).unwrap().outcome,
        Outcome::UpToDate
    );
    E::execute(
        &mut client,
        "DELETE FROM migrate_revision; DROP TABLE account",
    );
    migrations.stamp_purge(&mut client, &["base"]).unwrap();
    assert_eq!(migrations.current(&mut client).unwrap(), [""; 0]);
    assert_eq!(migrations.run(&mut client).unwrap().steps.len(), 2);
    // Base that was reached by downgrades is base.
    migrations.downgrade(&mut client, "a1").unwrap();
    migrations.downgrade(&mut client, "base").unwrap();
    assert_eq!(migrations.run(&mut client).unwrap().steps.len(), 2);
}

/// Ways in which another schema comes before the one that has the record, and what stands there then.
#[test]
fn a_record_in_another_schema_of_the_path_is_found() {
    let migrations = chain::<Postgres>();
    let role = "ALTER ROLE SHOP SET search_path = app, public";
    let of_database = "ALTER DATABASE THIS SET search_path = app, public";
    for (way, made, options) in [
        (
            "a schema named like the role",
            "CREATE SCHEMA SHOP AUTHORIZATION SHOP",
            "",
        ),
        ("the role's setting", role, ""),
        ("the database's setting", of_database, ""),
        (
            "the options of the connection",
            "",
            "-c search_path=app,public",
        ),
        (
            "names to be quoted",
            "CREATE SCHEMA \"A, b\"; GRANT ALL ON SCHEMA \"A, b\" TO SHOP",
            "-c search_path=\"A,\\ b\",\"public\"",
        ),
        ("temporary tables", "", "-c search_path=pg_temp,public"),
    ] {
        let database = Postgres::new();
        let shop = format!("shop_{}", database.name());
        let mut admin = database.connect();
        let named = |sql: &str| sql.replace("SHOP", &shop).replace("THIS", database.name());
        Postgres::execute(
            &mut admin,
            &named(
                "CREATE ROLE SHOP LOGIN; GRANT CREATE, USAGE ON SCHEMA public TO SHOP; CREATE SCHEMA app; GRANT ALL ON SCHEMA app TO SHOP",
            ),
        );
        let mut config = database.config();
        config.user(&shop);
        migrations.run(&mut config.connect(NoTls).unwrap()).unwrap();
        if !made.is_empty() {
            Postgres::execute(&mut admin, &named(made));
        }
        config.options(options);
        let before = database.dump();
        for (what, done) in with_each_driver(&migrations, &database, &shop, options) {
            let story = format!("{:#}", done.expect_err(what));
            assert!(
                story.contains("the record is kept in the schema `public`"),
                "{way}, {what}: {story}"
            );
            assert!(
                story.contains("`.schema(\"public\")`"),
                "{way}, {what}: {story}"
            );
        }
        assert_eq!(database.dump(), before, "{way}");
        // The line that settles it.
        let mut client = config.connect(NoTls).unwrap();
        let mut settled = Migrator::new(&migrations).schema("public");
        assert_eq!(
            settled.run(&mut client).unwrap().outcome,
            Outcome::UpToDate,
            "{way}"
        );
        drop(client);
        Postgres::execute(&mut admin, &named("DROP OWNED BY SHOP; DROP ROLE SHOP"));
    }
}

/// A schema of the role's name that the first revision itself makes.
#[test]
fn a_chain_that_makes_a_schema_of_the_roles_name_runs_once() {
    let database = Postgres::new();
    let shop = format!("shop_{}", database.name());
    let mut admin = database.connect();
    Postgres::execute(
        &mut admin,
        &format!(
            "CREATE ROLE {shop} LOGIN; GRANT CREATE ON DATABASE {} TO {shop}; GRANT CREATE, USAGE ON SCHEMA public TO {shop}",
            database.name()
        ),
    );
    let migrations = Versions::new()
        .sql("a1", "", &format!("CREATE SCHEMA {shop}; CREATE TABLE public.account (n INTEGER); INSERT INTO public.account VALUES (1);"), "")
        .sql("b1", "a1", "UPDATE public.account SET n = n + n;", "")
        .load::<Postgres>();
    let mut config = database.config();
    config.user(&shop);
    let mut client = config.connect(NoTls).unwrap();
    assert_eq!(migrations.run(&mut client).unwrap().steps.len(), 2);
    for mut client in [client, config.connect(NoTls).unwrap()] {
        let error = migrations.run(&mut client).unwrap_err();
        assert!(
            format!("{error:#}").contains("`.schema(\"public\")`"),
            "{error:#}"
        );
    }
    assert_eq!(
        Postgres::column(&mut admin, "SELECT n FROM public.account"),
        ["2"]
    );
    Postgres::execute(
        &mut admin,
        &format!("DROP OWNED BY {shop}; DROP ROLE {shop}"),
    );
}

/// Where nothing lasts, nothing is recorded.
#[test]
fn temporary_tables_are_no_place_for_a_record() {
    let database = Postgres::new();
    let mut client = database.connect();
    Postgres::execute(&mut client, "SET search_path = pg_temp, public");
    let error = chain::<Postgres>().run(&mut client).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("begins with the temporary schema"),
        "{error:#}"
    );
}

#[test]
fn row_security_is_no_empty_database() {
    let migrations = chain::<Postgres>();
    let database = Postgres::new();
    let mut admin = database.connect();
    migrations.run(&mut admin).unwrap();
    let reader = format!("reader_{}", database.name());
    Postgres::execute(
        &mut admin,
        &format!(
            "CREATE ROLE {reader} LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO {reader}; \
             ALTER TABLE migrate_revision ENABLE ROW LEVEL SECURITY"
        ),
    );
    let before = database.dump();
    for (what, done) in with_each_driver(&migrations, &database, &reader, "") {
        let story = format!("{:#}", done.expect_err(what));
        assert!(
            story.contains("row security hides rows of it"),
            "{what}: {story}"
        );
    }
    assert_eq!(database.dump(), before);
    Postgres::execute(
        &mut admin,
        &format!("DROP OWNED BY {reader}; DROP ROLE {reader}"),
    );
}
