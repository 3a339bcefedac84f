//! A role that may do what PostgreSQL 14 lets everybody do: log in, and create in `public`. What it
//! plants there is neither run nor believed by anybody who migrates or looks.

use std::time::Duration;

use ::postgres::{Client, NoTls};
use migrate_runtime::{ErrorKind, Lock, Migrations, Migrator, OnAhead, Outcome};
use migrate_schema::introspect::{Ignore, postgres};
use migrate_schema::scratch::Server;

use crate::support::{Engine, Postgres, Versions};
use crate::whereabouts::{all, all_async, with_client, with_each_driver};

/// Operators, functions and types of all names that PostgreSQL's own have, each of which counts its calls
/// in a sequence, since a number that was drawn stays drawn whatever is rolled back.
const PLANT: &str = r"
CREATE SEQUENCE public.hits;
GRANT ALL ON SEQUENCE public.hits TO PUBLIC;
DO $plant$
DECLARE
    one record; body text := 'BEGIN PERFORM pg_catalog.nextval(''public.hits''); RETURN NULL; END';
BEGIN
    FOR one IN
        SELECT DISTINCT o.oprname AS name, l.typname AS l, r.typname AS r, v.typname AS v
        FROM pg_operator o JOIN pg_type l ON l.oid = oprleft JOIN pg_type r ON r.oid = oprright
        JOIN pg_type v ON v.oid = oprresult WHERE o.oprnamespace = 'pg_catalog'::regnamespace
        UNION
        SELECT n, l, r, 'bool' FROM unnest(ARRAY['=','<>','<','>','<=','>=','~','||','+','-','*','/','<<','|','&','~~','->>']) n,
        unnest(ARRAY['text','name','int4','int8','float8','numeric','bool','timestamptz','interval','oid','regclass','bytea']) l,
        unnest(ARRAY['text','name','int4','int8','float8','numeric','bool','timestamptz','interval','oid','regclass','bytea']) r
    LOOP BEGIN
        EXECUTE format('CREATE OR REPLACE FUNCTION public.planted(pg_catalog.%I, pg_catalog.%I) RETURNS pg_catalog.%I LANGUAGE plpgsql AS %L', one.l, one.r, one.v, body);
        EXECUTE format('CREATE OPERATOR public.%s (leftarg = pg_catalog.%I, rightarg = pg_catalog.%I, function = public.planted)', one.name, one.l, one.r);
    EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP;
    FOR one IN
        SELECT p.proname AS name, pg_get_function_identity_arguments(p.oid) AS arguments, p.prorettype::regtype AS v
        FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.pronargs <= 4 AND p.provariadic = 0
    LOOP BEGIN
        EXECUTE format('CREATE FUNCTION public.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', one.name, one.arguments, one.v, body);
    EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP;
    CREATE FUNCTION public.hit(anyelement) RETURNS pg_catalog.bool LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_catalog.nextval(''public.hits''); RETURN true; END';
    FOR one IN SELECT unnest(ARRAY['text','name','int4','int8','float8','numeric','bool','timestamptz','interval','oid','regclass','bytea']) AS name
    LOOP
        EXECUTE format('CREATE DOMAIN public.%I AS pg_catalog.%I CHECK (public.hit(VALUE))', one.name, one.name);
    END LOOP;
END $plant$;
";

struct Scene {
    database: Postgres,
    mallory: Client,
    name: String,
}

impl Scene {
    fn new() -> Scene {
        let database = Postgres::new();
        let name = format!("mallory_{}", database.name());
        Postgres::execute(
            &mut database.connect(),
            &format!("CREATE ROLE {name} LOGIN; GRANT CREATE ON SCHEMA public TO PUBLIC"),
        );
        let mut config = database.config();
        config.user(&name);
        let mallory = config.connect(NoTls).unwrap();
        Scene {
            database,
            mallory,
            name,
        }
    }

    /// How often something planted was called.
    fn hits(&self) -> String {
        let sql = "SELECT pg_catalog.concat(last_value, is_called) FROM public.hits";
        let rows = self.database.connect().simple_query(sql).unwrap();
        rows.iter()
            .find_map(|message| match message {
                ::postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            })
            .unwrap()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let mut admin = self.database.connect();
        let _ = admin.batch_execute(&format!(
            "SET search_path = pg_catalog; DROP OWNED BY {0} CASCADE; DROP ROLE {0}",
            self.name
        ));
    }
}

fn chain() -> Migrations {
    first()
        .with(
            "b1",
            "a1",
            "",
            "-- upgrade (no transaction)\nCREATE INDEX CONCURRENTLY account_n ON public.account (n);\n\n\
             -- downgrade (no transaction)\nDROP INDEX CONCURRENTLY public.account_n;",
        )
        .sql("c1", "b1", "ALTER TABLE public.account ADD m INTEGER;", "ALTER TABLE public.account DROP m;")
        .load::<Postgres>()
}

/// A chain whose steps run in transactions, which every lock allows and an older release can undo.
fn plain() -> Migrations {
    first()
        .sql(
            "b1",
            "a1",
            "ALTER TABLE public.account ADD m INTEGER;",
            "ALTER TABLE public.account DROP m;",
        )
        .load::<Postgres>()
}

/// A release that is older, which has the first revision alone.
fn older() -> Migrations {
    first().load::<Postgres>()
}

fn first() -> Versions {
    Versions::new().sql(
        "a1",
        "",
        "CREATE TABLE public.account (n INTEGER);",
        "DROP TABLE public.account;",
    )
}

#[test]
fn nothing_that_was_planted_is_called() {
    let mut scene = Scene::new();
    scene.mallory.batch_execute(PLANT).unwrap();
    // The planting has called some of it.
    let before = scene.hits();
    let (migrations, plain, older) = (chain(), plain(), older());
    for path in ["\"$user\", public", "public, pg_catalog"] {
        let mut client = scene.database.connect();
        client
            .batch_execute(&format!("SET search_path = {path}"))
            .unwrap();
        let client = &mut client;
        for observed in [false, true] {
            let migrator = Migrator::new(&migrations);
            let mut migrator = if observed {
                migrator.on_event(|_| {})
            } else {
                migrator
            };
            assert_eq!(
                migrator.run(client).unwrap().outcome,
                Outcome::Applied,
                "{path}"
            );
            assert_eq!(
                migrator.run(client).unwrap().outcome,
                Outcome::UpToDate,
                "{path}"
            );
            migrator.downgrade(client, "base").unwrap();
        }
        for lock in [Lock::Table, Lock::None] {
            Migrator::new(&plain).lock(lock).run(client).unwrap();
            let mut older = Migrator::new(&older)
                .lock(lock)
                .on_ahead(OnAhead::Downgrade);
            assert_eq!(older.run(client).unwrap().to, ["a1"], "{path}");
            older.downgrade(client, "base").unwrap();
        }
        migrations.run(client).unwrap();
        for (what, done) in all(&migrations, client) {
            // `stamp` has something else to say after `downgrade`.
            done.unwrap_or_else(|error| panic!("{path}, {what}: {error:#}"));
        }
        migrations.stamp_purge(client, &["base"]).unwrap();
        client
            .batch_execute("DROP TABLE IF EXISTS public.account")
            .unwrap();
        // Waiting for the lock, its holder is looked up.
        std::thread::scope(|scope| {
            let (held, waits) = std::sync::mpsc::channel();
            let mut holder = scene.database.connect();
            let migrations = &migrations;
            scope.spawn(move || {
                let mut migrator = Migrator::new(migrations).hook(move |_, _| {
                    let _ = held.send(());
                    std::thread::sleep(Duration::from_millis(700));
                    Ok(())
                });
                migrator.upgrade(&mut holder, "a1").unwrap();
            });
            waits.recv().unwrap();
            let mut migrator = Migrator::new(migrations)
                .lock_wait(Duration::from_millis(300))
                .on_event(|_| {});
            let error = migrator.run(client).unwrap_err();
            assert!(
                format!("{error:#}").contains("it is held by process"),
                "{error:#}"
            );
        });
        assert_eq!(scene.hits(), before, "{path}");
    }
}

#[test]
fn nothing_that_was_planted_is_called_by_async_clients() {
    let mut scene = Scene::new();
    scene.mallory.batch_execute(PLANT).unwrap();
    let before = scene.hits();
    let (migrations, plain, older) = (chain(), plain(), older());
    let mut config: tokio_postgres::Config = scene.database.url().parse().unwrap();
    for path in ["\"$user\", public", "public, pg_catalog"] {
        config.options(format!("-c search_path={}", path.replace(' ', "")));
        with_client(&config, async |client| {
            let report = migrations.run_async(client).await.unwrap();
            assert_eq!(report.outcome, Outcome::Applied, "{path}");
            for (what, done) in all_async(&migrations, client).await {
                done.unwrap_or_else(|error| panic!("{path}, {what}: {error:#}"));
            }
            let purged = migrations.stamp_purge_async(client, &["base"]).await;
            purged.unwrap();
            let rest = "DROP TABLE IF EXISTS public.account";
            client.batch_execute(rest).await.unwrap();
            for lock in [Lock::Auto, Lock::Table, Lock::None] {
                let mut migrator = Migrator::new(&plain).lock(lock);
                for outcome in [Outcome::Applied, Outcome::UpToDate] {
                    let report = migrator.run_async(client).await.unwrap();
                    assert_eq!(report.outcome, outcome, "{path}");
                }
                let mut older = Migrator::new(&older)
                    .lock(lock)
                    .on_ahead(OnAhead::Downgrade);
                assert_eq!(older.run_async(client).await.unwrap().to, ["a1"], "{path}");
                older.downgrade_async(client, "base").await.unwrap();
            }
        });
        assert_eq!(scene.hits(), before, "{path}");
    }
}

/// The database of the URL, where scratch databases are made from, is the app's.
#[test]
fn scratch_databases_are_made_without_calling_what_was_planted() {
    let mut scene = Scene::new();
    scene.mallory.batch_execute(PLANT).unwrap();
    let before = scene.hits();
    for path in ["\"$user\",public", "public,pg_catalog"] {
        let mut config = scene.database.config();
        config.options(&format!("-c search_path={path}"));
        let (server, note) = Server::of(config).or_private().unwrap();
        assert_eq!(note, None);
        server.database().unwrap().connect().unwrap();
        assert_eq!(scene.hits(), before, "{path}");
    }
}

#[test]
fn introspection_calls_nothing_that_was_planted() {
    let mut scene = Scene::new();
    let mut client = scene.database.connect();
    client
        .batch_execute(
            "CREATE TYPE public.mood AS ENUM ('ok'); \
             CREATE TABLE public.parent (id serial PRIMARY KEY, m public.mood DEFAULT 'ok' CHECK (m = 'ok')); \
             CREATE TABLE public.child (p int REFERENCES public.parent, n int GENERATED ALWAYS AS IDENTITY (START 7), UNIQUE (n)); \
             CREATE INDEX half ON public.child (p) WHERE n > 3; COMMENT ON TABLE public.child IS 'c'; \
             CREATE VIEW public.v AS SELECT m FROM public.parent; GRANT SELECT ON public.v TO PUBLIC; \
             CREATE SCHEMA app; CREATE TABLE app.t (a int DEFAULT 1)",
        )
        .unwrap();
    let ignore = Ignore::default();
    let all = postgres(&mut client, None, &ignore).unwrap();
    scene.mallory.batch_execute(PLANT).unwrap();
    let before = scene.hits();
    for path in [
        "\"$user\", public",
        "public, pg_catalog",
        "app, public, pg_catalog",
    ] {
        for schema in [Some("public"), None] {
            client
                .batch_execute(&format!("SET search_path = {path}"))
                .unwrap();
            let found = postgres(&mut client, schema, &ignore).unwrap();
            assert_eq!(scene.hits(), before, "{path}, {schema:?}");
            if schema.is_some() {
                assert_eq!(
                    (&found.tables, &found.enums),
                    (&all.tables, &all.enums),
                    "{path}"
                );
            }
        }
    }
}

#[test]
fn tables_that_were_planted_are_refused() {
    const TABLE: &str = "(chain text NOT NULL, revision text NOT NULL, fingerprint text NOT NULL, PRIMARY KEY (chain, revision))";
    const CALL: &str = "CREATE SEQUENCE public.hits; GRANT ALL ON SEQUENCE public.hits TO PUBLIC; \
        CREATE FUNCTION public.call() RETURNS text LANGUAGE plpgsql AS 'BEGIN PERFORM nextval(''public.hits''); RETURN ''main''; END'; \
        CREATE FUNCTION public.call_bool() RETURNS bool LANGUAGE plpgsql AS 'BEGIN PERFORM nextval(''public.hits''); RETURN true; END'; \
        CREATE FUNCTION public.same(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM nextval(''public.hits''); RETURN $1; END'; \
        CREATE FUNCTION public.fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM nextval(''public.hits''); RETURN NEW; END'";
    for (what, planted) in [
        ("a view", "CREATE VIEW migrate_revision AS SELECT public.call() AS chain, 'c1'::text AS revision, ''::text AS fingerprint".to_owned()),
        ("a plain table", format!("CREATE TABLE migrate_revision {TABLE}")),
        ("rows", format!("CREATE TABLE migrate_revision {TABLE}; INSERT INTO migrate_revision VALUES ('main', 'c1', '')")),
        ("a trigger", format!("CREATE TABLE migrate_revision {TABLE}; CREATE TRIGGER t BEFORE INSERT ON migrate_revision FOR EACH ROW EXECUTE FUNCTION public.fire()")),
        ("row security", format!("CREATE TABLE migrate_revision {TABLE}; ALTER TABLE migrate_revision ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON migrate_revision USING (public.call_bool())")),
        ("a child", format!("CREATE TABLE parent {TABLE}; CREATE TABLE migrate_revision () INHERITS (parent)")),
        ("a parent", format!("CREATE TABLE migrate_revision {TABLE}; CREATE TABLE child () INHERITS (migrate_revision); INSERT INTO child VALUES ('main', 'c1', '')")),
        ("a materialized view", "CREATE MATERIALIZED VIEW migrate_revision AS SELECT 'main'::text AS chain, 'c1'::text AS revision, ''::text AS fingerprint".to_owned()),
        ("a partitioned table", "CREATE TABLE migrate_revision (chain text NOT NULL, revision text NOT NULL, fingerprint text NOT NULL) PARTITION BY LIST (chain)".to_owned()),
        ("a default", format!("CREATE TABLE migrate_revision {TABLE}; ALTER TABLE migrate_revision ALTER chain SET DEFAULT public.call()")),
        ("a check", format!("CREATE TABLE migrate_revision {TABLE}; ALTER TABLE migrate_revision ADD CHECK (public.call_bool())")),
        ("an index", format!("CREATE TABLE migrate_revision {TABLE}; CREATE INDEX ON migrate_revision (public.same(chain))")),
        ("a domain", "CREATE DOMAIN public.word AS text CHECK (public.call_bool()); CREATE TABLE migrate_revision (chain public.word, revision public.word, fingerprint public.word)".to_owned()),
        ("the log alone", "CREATE VIEW migrate_log AS SELECT public.call() AS chain".to_owned()),
        ("the settings alone", "CREATE TABLE migrate_setting (chain text, key text, value text, PRIMARY KEY (chain, key)); CREATE TRIGGER t BEFORE INSERT ON migrate_setting FOR EACH ROW EXECUTE FUNCTION public.fire()".to_owned()),
        ("a rule", format!("CREATE TABLE migrate_revision {TABLE}; CREATE RULE r AS ON INSERT TO migrate_revision DO ALSO SELECT public.call()")),
    ] {
        let mut scene = Scene::new();
        scene.mallory.batch_execute(CALL).unwrap();
        scene.mallory.batch_execute(&planted).unwrap();
        for table in ["migrate_revision", "migrate_log", "migrate_setting"] {
            let _ = scene.mallory.batch_execute(&format!("GRANT ALL ON {table} TO PUBLIC"));
        }
        let app = format!("app_{}", scene.database.name());
        let mut admin = scene.database.connect();
        Postgres::execute(&mut admin, &format!("CREATE ROLE {app} LOGIN"));
        let mut config = scene.database.config();
        config.user(&app);
        let before = scene.database.dump();
        let migrations = chain();
        for mut client in [scene.database.connect(), config.connect(NoTls).unwrap()] {
            for lock in [Lock::Auto, Lock::Table, Lock::None] {
                let mut migrator = Migrator::new(&migrations).lock(lock);
                let error = migrator.run(&mut client).expect_err(what);
                assert_eq!(error.kind(), ErrorKind::Privilege, "{what}: {error:#}");
                let story = format!("{error:#}");
                assert!(story.contains("can't be trusted with the record"), "{what}: {story}");
            }
        }
        let superuser = scene.database.config().get_user().unwrap().to_owned();
        for role in [superuser.as_str(), &app] {
            for (operation, done) in with_each_driver(&migrations, &scene.database, role, "") {
                // What reads nothing of a planted table is not concerned.
                let is_concerned = !what.ends_with("alone") || operation.starts_with("run");
                assert!(done.is_err() || !is_concerned, "{what}, {role}, {operation}");
            }
        }
        assert_eq!(scene.hits(), "1f", "{what}");
        assert_eq!(scene.database.dump(), before, "{what}");
        Postgres::execute(&mut admin, &format!("DROP OWNED BY {app}; DROP ROLE {app}"));
    }
}
