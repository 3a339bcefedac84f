//! Every setting that a script may make holds for its step alone: one run of several steps leaves the data that as many
//! runs of one step leave, and the session as it was.

use std::collections::BTreeSet;
use std::time::Duration;

use migrate_runtime::{ErrorKind, Function, Migrations, Migrator};

use crate::support::{Engine, Postgres, Sqlite, Versions};

/// Where the scripts of a chain run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// With others, in one transaction.
    Together,
    /// With others, each in a message of its own.
    Observed,
    Outside,
}

const WAYS: [Way; 3] = [Way::Together, Way::Observed, Way::Outside];

/// A chain of a script, of what looks at the session after it, and of a script that fails.
fn chain<E: Engine>(way: Way, script: &str, look: &str, fails: bool) -> Migrations {
    let header = match way {
        Way::Outside => "-- upgrade (no transaction)",
        _ => "-- upgrade",
    };
    let section = |text: &str| format!("{header}\n{text}\n\n-- downgrade: nothing");
    let versions = Versions::new()
        .with("a1", "", "", &section(script))
        .sql("b1", "a1", look, "");
    let versions = if fails {
        let failing = section(&format!("{script}\nSELECT nowhere;"));
        versions.with("c1", "b1", "", &failing)
    } else {
        versions
    };
    versions.load::<E>()
}

fn migrator(migrations: &Migrations, way: Way) -> Migrator<'_> {
    let migrator = Migrator::new(migrations);
    match way {
        Way::Observed => migrator.on_event(|_| {}),
        _ => migrator,
    }
}

/// Runs a chain that fails at its end, then one that doesn't, in one run and in one run a step: what `look` finds is the
/// same, and what `session` reads is as before.
fn holds_for_its_step_alone<E: Engine>(
    way: Way,
    script: &str,
    prepare: &str,
    look: &str,
    seen: &str,
    session: &str,
) {
    let read = |client: &mut E::Client| E::rows(client, session);
    let found: Vec<_> = [false, true]
        .into_iter()
        .map(|step_by_step| {
            let database = E::new();
            let mut client = database.connect();
            E::execute(&mut client, prepare);
            let before = read(&mut client);
            let case = format!("{way:?}, step by step: {step_by_step}\n{script}");
            let good = chain::<E>(way, script, look, false);
            if step_by_step {
                for id in ["a1", "b1"] {
                    let mut client = database.connect();
                    E::execute(&mut client, prepare_session(prepare));
                    let done = migrator(&good, way).upgrade(&mut client, id);
                    done.unwrap_or_else(|error| panic!("{case}: {error:#}"));
                }
            } else {
                let done = migrator(&good, way).run(&mut client);
                done.unwrap_or_else(|error| panic!("{case}: {error:#}"));
            }
            assert_same(&before, &read(&mut client), &case);
            let bad = chain::<E>(way, script, look, true);
            migrator(&bad, way).run(&mut client).unwrap_err();
            assert_same(
                &before,
                &read(&mut client),
                &format!("after an error, {case}"),
            );
            E::rows(&mut client, seen)
        })
        .collect();
    assert_same(
        &found[1],
        &found[0],
        &format!("{way:?}, in one run and step by step:\n{script}"),
    );
}

/// What of the preparation is the session's, and not the database's.
fn prepare_session(prepare: &str) -> &str {
    prepare
        .split_once("-- session\n")
        .map_or("", |(_, session)| session)
}

fn assert_same(before: &[Vec<String>], after: &[Vec<String>], case: &str) {
    let different: Vec<_> = before
        .iter()
        .zip(after)
        .filter(|(before, after)| before != after)
        .collect();
    assert!(
        different.is_empty() && before.len() == after.len(),
        "{case}\n{different:#?}"
    );
}

const POSTGRES_SESSION: &str = "SELECT name, setting, source FROM pg_settings \
     WHERE name NOT LIKE 'plpgsql%' AND name NOT IN ('transaction_isolation', 'transaction_read_only', 'transaction_deferrable') \
     UNION ALL SELECT 'user', session_user, current_setting('role') \
     UNION ALL SELECT 'custom', current_setting('my.own'), '' ORDER BY 1";

const POSTGRES_LOOK: &str = "CREATE TABLE public.seen AS SELECT name, setting FROM pg_settings WHERE name NOT LIKE 'plpgsql%' AND name NOT IN \
     ('transaction_isolation', 'transaction_read_only', 'transaction_deferrable', 'client_connection_check_interval', \
     'idle_in_transaction_session_timeout', 'transaction_timeout') \
     UNION ALL SELECT 'user', session_user || current_user UNION ALL SELECT 'custom', current_setting('my.own');";

const POSTGRES_SEEN: &str = "SELECT * FROM public.seen ORDER BY 1";

/// What the app has set of its own.
const POSTGRES_APP: &str = "-- session\n\
     SET DateStyle = 'SQL, DMY'; SET lock_timeout = '13s'; SET statement_timeout = '17min'; SET my.own = 'the app''s'; \
     SET search_path = public, pg_catalog; SET TIME ZONE INTERVAL '-03:30' HOUR TO MINUTE; SET work_mem = '5MB'";

/// Another value for each setting that a role may set.
fn every_setting() -> Vec<String> {
    let database = Postgres::new();
    let mut client = database.connect();
    Postgres::execute(&mut client, POSTGRES_APP);
    let settings = Postgres::rows(
        &mut client,
        "SELECT name, setting, vartype, coalesce(min_val, ''), coalesce(max_val, ''), array_to_string(enumvals, ','), \
         coalesce(unit, '') FROM pg_settings WHERE context IN ('user', 'superuser') ORDER BY name",
    );
    let mut all = Vec::new();
    for setting in settings {
        let [name, now, kind, min, max, values, _unit] = &setting[..] else {
            panic!("{setting:?}");
        };
        let quoted = |value: &str| format!("'{}'", value.replace('\'', "''"));
        // What the scanner refuses, BEGIN sets, only crashes are for, or would stop the step itself.
        if ["client_encoding", "standard_conforming_strings"].contains(&name.as_str())
            || (name.starts_with("transaction_") && name != "transaction_timeout")
            || name == "zero_damaged_pages"
            // Not beside the others of its kind.
            || name == "log_statement_stats"
            || name == "ignore_system_indexes"
            || name == "exit_on_error"
            || name == "force_parallel_mode"
            || name == "debug_parallel_query"
        {
            continue;
        }
        let candidates: Vec<String> = match (kind.as_str(), name.as_str()) {
            (_, name) if name.ends_with("_timeout") => vec!["3333333".to_owned()],
            ("bool", _) => vec![if now == "on" { "off" } else { "on" }.to_owned()],
            ("enum", _) => values
                .split(',')
                .filter(|value| value != now)
                .map(str::to_owned)
                .collect(),
            // A little dearer: much dearer, and the server would compile each query.
            ("real", _) => {
                let now = now.parse::<f64>().unwrap();
                vec![
                    (now * 1.25).to_string(),
                    (now + 0.5).to_string(),
                    min.clone(),
                ]
            }
            ("integer", _) => {
                let [now, min, max] =
                    [now, min, max].map(|text| text.parse::<f64>().unwrap_or(0.0));
                let near = if now + 64.0 <= max {
                    now + 64.0
                } else {
                    (now + min) / 2.0
                };
                vec![near.floor().to_string(), max.to_string(), min.to_string()]
            }
            (_, "DateStyle") => vec!["ISO, YMD".to_owned()],
            (_, "TimeZone") => vec!["Asia/Tokyo".to_owned()],
            (_, "timezone_abbreviations") => vec!["Australia".to_owned()],
            (_, "default_text_search_config") => vec!["pg_catalog.german".to_owned()],
            (_, "default_table_access_method") => vec!["heap".to_owned()],
            (_, "search_path") => vec!["pg_catalog".to_owned()],
            (_, name) if name.starts_with("lc_") => vec!["C.UTF-8".to_owned(), "POSIX".to_owned()],
            (_, name) if name.ends_with("_tablespace") || name.ends_with("_tablespaces") => {
                vec!["pg_default".to_owned()]
            }
            (_, name) if name.starts_with("debug_") || name.ends_with("_debug") => vec![],
            ("string", _) => vec!["plpgsql".to_owned(), "all".to_owned()],
            other => panic!("{other:?}"),
        };
        let candidates = candidates.into_iter().filter(|value| value != now);
        for value in candidates {
            let set = format!("SET {name} = {}", quoted(&value));
            if Postgres::try_execute(&mut client, &format!("BEGIN; {set}; ROLLBACK")).is_ok() {
                all.push(format!("{set};"));
                break;
            }
            Postgres::execute(&mut client, "ROLLBACK");
        }
    }
    all
}

#[test]
fn every_setting_of_postgres_holds_for_its_step_alone() {
    let settings = every_setting();
    assert!(settings.len() > 120, "{}", settings.len());
    // A server that logs each statement of a message logs all of the message each time: those are set apart.
    let is_of_logs = |set: &&String| {
        ["log_", "debug_", "trace_", "client_min_messages"]
            .iter()
            .any(|word| set.starts_with(&format!("SET {word}")))
    };
    let (of_logs, others): (Vec<&String>, Vec<&String>) = settings.iter().partition(is_of_logs);
    for way in WAYS {
        let holds = |script: &str| {
            holds_for_its_step_alone::<Postgres>(
                way,
                script,
                POSTGRES_APP,
                POSTGRES_LOOK,
                POSTGRES_SEEN,
                POSTGRES_SESSION,
            );
        };
        for settings in [&of_logs, &others] {
            let lines = |line: &dyn Fn(&str, &str) -> String| {
                let each = settings.iter().map(|set| {
                    let set = set.strip_prefix("SET ").unwrap().trim_end_matches(';');
                    let (name, value) = set.split_once(" = ").unwrap();
                    line(name, value)
                });
                each.collect::<Vec<_>>().join("\n")
            };
            let calls = lines(&|name, value| format!("set_config('{name}', {value}, false)"));
            holds(&format!("SELECT {};", calls.replace('\n', ",\n")));
            // Outside, each statement takes a few round trips.
            if way != Way::Outside {
                holds(&lines(&|name, value| format!("SET {name} = {value};")));
                holds(&lines(&|name, value| {
                    format!("SET LOCAL {name} = {value};")
                }));
            }
        }
        holds(
            "SET DateStyle = 'ISO, YMD'; SET lock_timeout = 0; SET session_replication_role = replica; SET my.own = 'x';",
        );
        holds("RESET ALL; SET my.own = 'another'; SET your.own = 'x';");
        holds(
            "DO $$ BEGIN PERFORM set_config('session_replication_role', 'replica', false); END $$;",
        );
    }
    assert_eq!(
        settings.iter().collect::<BTreeSet<_>>().len(),
        settings.len()
    );
}

#[test]
fn no_orphan_is_let_in_and_no_date_is_read_in_another_order() {
    let steps = |header: &str| {
        Versions::new()
            .sql(
                "a1",
                "",
                "CREATE TABLE parent (id integer PRIMARY KEY);\nCREATE TABLE child (parent integer REFERENCES parent, day date);",
                "",
            )
            .with(
                "b1",
                "a1",
                "",
                &format!("{header}\nSET session_replication_role = replica;\nSET DateStyle = 'ISO, DMY';\n\n-- downgrade: nothing"),
            )
            .sql("c1", "b1", "INSERT INTO child VALUES (NULL, '01/02/2026');", "")
            .sql("d1", "c1", "INSERT INTO child VALUES (7, NULL);", "")
            .load::<Postgres>()
    };
    for header in ["-- upgrade", "-- upgrade (no transaction)"] {
        let database = Postgres::new();
        let mut client = database.connect();
        let migrations = steps(header);
        migrations.upgrade(&mut client, "c1").unwrap();
        assert_eq!(
            Postgres::column(&mut client, "SELECT day FROM child"),
            ["2026-01-02"]
        );
        let error = migrations.run(&mut client).unwrap_err();
        assert!(
            format!("{error:#}").contains("violates foreign key"),
            "{error:#}"
        );
    }
}

/// What pg_dump writes at the top.
const PREAMBLE: &str = "SET statement_timeout = 0;\nSET lock_timeout = 0;\nSET idle_in_transaction_session_timeout = 0;\n\
     SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n\
     SELECT pg_catalog.set_config('search_path', '', false);\nSET check_function_bodies = false;\n\
     SET xmloption = content;\nSET client_min_messages = warning;\nSET row_security = off;\n";

#[test]
fn timeouts_hold_for_every_step_with_a_dumps_preamble_or_without() {
    let timeouts = "CREATE TABLE public.{} AS SELECT current_setting('lock_timeout') AS l, current_setting('statement_timeout') AS s, \
         current_setting('search_path') AS p;";
    for way in WAYS {
        for (limits, expected) in [(false, ["13s", "17min"]), (true, ["1500ms", "7s"])] {
            let dump = format!("{PREAMBLE}{}", timeouts.replace("{}", "dumped"));
            let migrations =
                chain::<Postgres>(way, &dump, &timeouts.replace("{}", "after_it"), false);
            let database = Postgres::new();
            let mut client = database.connect();
            Postgres::execute(&mut client, POSTGRES_APP);
            let before = Postgres::rows(&mut client, POSTGRES_SESSION);
            let mut migrator = migrator(&migrations, way);
            if limits {
                migrator = migrator
                    .lock_timeout(Duration::from_millis(1500))
                    .statement_timeout(Duration::from_secs(7));
            }
            migrator.run(&mut client).unwrap();
            drop(migrator);
            let case = format!("{way:?}, limits: {limits}");
            assert_same(
                &before,
                &Postgres::rows(&mut client, POSTGRES_SESSION),
                &case,
            );
            for (table, path) in [("dumped", ""), ("after_it", "public, pg_catalog")] {
                let found = Postgres::rows(&mut client, &format!("SELECT * FROM public.{table}"));
                let [lock, statement] = expected;
                assert_eq!(found, [[lock, statement, path]], "{case}: {table}");
            }
        }
    }
}

/// Scripts become other roles, which may less than the app, and more.
#[test]
fn a_role_holds_for_its_step_alone_and_ours_keeps_the_record() {
    let database = Postgres::new();
    let name = database.name();
    let (app, owner, able) = (
        format!("app_{name}"),
        format!("owner_{name}"),
        format!("able_{name}"),
    );
    let mut admin = database.connect();
    Postgres::execute(
        &mut admin,
        &format!(
            "CREATE ROLE {owner}; CREATE ROLE {able} SUPERUSER; CREATE ROLE {app} LOGIN IN ROLE {owner}, {able}; \
             CREATE SCHEMA mine AUTHORIZATION {owner}; CREATE TABLE mine.t (x integer); ALTER TABLE mine.t OWNER TO {owner}; \
             CREATE SCHEMA ours AUTHORIZATION {app}"
        ),
    );
    let concurrently = format!(
        "SET ROLE {owner};\nCREATE INDEX CONCURRENTLY t_x ON mine.t (x);\nINSERT INTO mine.t VALUES (1);"
    );
    let becomes_able = format!("SET ROLE {able};\nSET session_replication_role = replica;");
    let look = "CREATE TABLE ours.seen_ID AS SELECT current_user AS who, current_setting('session_replication_role') AS r;";
    let versions = Versions::new()
        .with(
            "a1",
            "",
            "",
            &format!("-- upgrade (no transaction)\n{concurrently}\n\n-- downgrade: nothing"),
        )
        .sql("b1", "a1", &look.replace("ID", "b1"), "")
        .sql("c1", "b1", &becomes_able, "")
        .sql("d1", "c1", &look.replace("ID", "d1"), "")
        .with(
            "e1",
            "d1",
            "",
            &format!("-- upgrade (no transaction)\n{becomes_able}\n\n-- downgrade: nothing"),
        )
        .sql("f1", "e1", &look.replace("ID", "f1"), "");
    let mut config = database.config();
    config.user(&app).options("-c search_path=ours");
    let mut client = config.connect(postgres::NoTls).unwrap();
    let before = Postgres::rows(
        &mut client,
        POSTGRES_SESSION
            .replace("current_setting('my.own')", "''")
            .as_str(),
    );
    let migrations = versions.clone().load::<Postgres>();
    let report = migrations
        .run(&mut client)
        .unwrap_or_else(|error| panic!("{error:#}"));
    assert_eq!(report.steps.len(), 6);
    for id in ["b1", "d1", "f1"] {
        let seen = Postgres::rows(&mut client, &format!("SELECT * FROM ours.seen_{id}"));
        assert_eq!(seen, [[app.as_str(), "origin"]], "{id}");
    }
    let after = Postgres::rows(
        &mut client,
        POSTGRES_SESSION
            .replace("current_setting('my.own')", "''")
            .as_str(),
    );
    assert_same(&before, &after, "");

    // What a function did with its owner's rights is not the app's to take back: an error, and all is as it was.
    Postgres::execute(
        &mut admin,
        "CREATE FUNCTION ours.able() RETURNS void LANGUAGE sql SECURITY DEFINER AS \
         $$ SELECT set_config('session_replication_role', 'replica', false) $$",
    );
    let migrations = versions
        .sql("g1", "f1", "SELECT ours.able();", "")
        .load::<Postgres>();
    let error = migrations.run(&mut client).unwrap_err();
    expect_test::expect![[r#"
        versions/g1.sql: what the upgrade of `g1` has set for the session can't be put back
        permission denied to set parameter "session_replication_role"
          = note: its transaction was rolled back: the database is as it was before it
          = help: take it back there, as the role that has set it (`RESET ..`), or set it with `SET LOCAL` in a function
    "#]]
    .assert_eq(&crate::failure::told(&error));
    let after = Postgres::rows(
        &mut client,
        POSTGRES_SESSION
            .replace("current_setting('my.own')", "''")
            .as_str(),
    );
    assert_same(&before, &after, "");
    drop(client);
    Postgres::execute(
        &mut admin,
        &format!(
            "DROP OWNED BY {app}, {owner}, {able} CASCADE; DROP ROLE {app}; DROP ROLE {owner}, {able}"
        ),
    );
}

#[test]
fn a_session_that_reads_scripts_otherwise_is_refused() {
    let migrations = Versions::new()
        .sql("a1", "", "CREATE TABLE t (x text DEFAULT '\\');", "")
        .load::<Postgres>();
    for set in [
        "SET standard_conforming_strings = off",
        "SET client_encoding = 'LATIN1'",
    ] {
        let database = Postgres::new();
        let mut client = database.connect();
        Postgres::execute(&mut client, set);
        let before = database.dump();
        let error = migrations.run(&mut client).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Database);
        let name = set.split(' ').nth(1).unwrap();
        assert!(error.to_string().contains(name), "{error:#}");
        assert_eq!(database.dump(), before);
    }
}

/// `SET CONSTRAINTS` can't be taken back within a transaction, so the plan commits behind it.
#[test]
fn deferred_constraints_are_deferred_for_their_step_alone() {
    let migrations = Versions::new()
        .sql(
            "a1",
            "",
            "CREATE TABLE p (id integer PRIMARY KEY);\nCREATE TABLE c (p integer REFERENCES p DEFERRABLE);\n\
             SET CONSTRAINTS ALL DEFERRED;\nINSERT INTO c VALUES (1);\nINSERT INTO p VALUES (1);",
            "",
        )
        .sql("b1", "a1", "INSERT INTO c VALUES (2);\nINSERT INTO p VALUES (2);", "")
        .load::<Postgres>();
    let database = Postgres::new();
    let mut client = database.connect();
    let error = migrations.run(&mut client).unwrap_err();
    assert!(
        format!("{error:#}").contains("violates foreign key"),
        "{error:#}"
    );
    assert_eq!(Postgres::heads(&mut client), ["a1"]);
}

#[test]
fn the_async_driver_puts_the_session_back() {
    let settings = every_setting();
    let calls = settings
        .iter()
        .filter(|set| !set.contains("log_") && !set.contains("debug_"))
        .map(|set| {
            let set = set.strip_prefix("SET ").unwrap().trim_end_matches(';');
            let (name, value) = set.split_once(" = ").unwrap();
            format!("set_config('{name}', {value}, false)")
        });
    let settings = format!("SELECT {};", calls.collect::<Vec<_>>().join(", "));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for way in WAYS {
        for fails in [false, true] {
            let migrations = chain::<Postgres>(way, &settings, POSTGRES_LOOK, fails);
            let database = Postgres::new();
            let (before, after) = runtime.block_on(async {
                let (mut client, connection) =
                    tokio_postgres::connect(&database.url(), tokio_postgres::NoTls)
                        .await
                        .unwrap();
                let running = tokio::spawn(connection);
                client.batch_execute(POSTGRES_APP).await.unwrap();
                let before = texts(&client.simple_query(POSTGRES_SESSION).await.unwrap());
                let done = migrator(&migrations, way).run_async(&mut client).await;
                assert_eq!(done.is_err(), fails, "{done:?}");
                let after = texts(&client.simple_query(POSTGRES_SESSION).await.unwrap());
                running.abort();
                (before, after)
            });
            assert_same(&before, &after, &format!("{way:?}, fails: {fails}"));
        }
    }
}

fn texts(messages: &[tokio_postgres::SimpleQueryMessage]) -> Vec<Vec<String>> {
    let rows = messages.iter().filter_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => Some(
            (0..row.len())
                .map(|at| row.get(at).unwrap_or("NULL").to_owned())
                .collect(),
        ),
        _ => None,
    });
    rows.collect()
}

/// All that a connection of SQLite's has of its own, in one query.
fn sqlite_session() -> String {
    let database = Sqlite::new();
    let mut client = database.connect();
    let readable = readable_pragmas(&mut client);
    let each = readable.iter().map(|name| {
        format!(
            "SELECT '{name}' AS name, (SELECT group_concat([{name}]) FROM pragma_{name}) AS value"
        )
    });
    let mut all: Vec<String> = each.collect();
    all.push("SELECT 'like', 'a' LIKE 'A'".to_owned());
    all.push("SELECT 'attached', (SELECT group_concat(name) FROM pragma_database_list WHERE name <> 'temp')".to_owned());
    all.push("SELECT 'temporary', (SELECT group_concat(name) FROM temp.sqlite_master)".to_owned());
    all.join(" UNION ALL ")
}

/// What a pragma says of the file, or asks it to do.
const NOT_OF_THE_CONNECTION: [&str; 15] = [
    "application_id",
    "user_version",
    "schema_version",
    "data_version",
    "page_count",
    "freelist_count",
    "auto_vacuum",
    "encoding",
    "page_size",
    "default_cache_size",
    "hard_heap_limit",
    "soft_heap_limit",
    "data_store_directory",
    "temp_store_directory",
    "compile_options",
];

/// The pragmas with a value of one cell that a connection has of its own.
fn readable_pragmas(client: &mut rusqlite::Connection) -> Vec<String> {
    let names = Sqlite::column(
        client,
        "SELECT DISTINCT name FROM pragma_pragma_list ORDER BY name",
    );
    let commands = [
        "incremental_vacuum",
        "integrity_check",
        "quick_check",
        "optimize",
        "shrink_memory",
        "wal_checkpoint",
        "foreign_key_check",
    ];
    names
        .into_iter()
        .filter(|name| {
            !NOT_OF_THE_CONNECTION.contains(&name.as_str()) && !commands.contains(&name.as_str())
        })
        .filter(|name| {
            let read = client.prepare(&format!("SELECT [{name}] FROM pragma_{name}"));
            read.is_ok_and(|read| read.column_count() == 1)
        })
        .collect()
}

/// Another value for each pragma, if the section may say it.
fn every_pragma(way: Way) -> Vec<String> {
    let database = Sqlite::new();
    let mut client = database.connect();
    let mut all = Vec::new();
    for name in readable_pragmas(&mut client) {
        let now = Sqlite::column(&mut client, &format!("PRAGMA {name}")).remove(0);
        let refused = match way {
            Way::Outside => ["foreign_keys"].as_slice(),
            _ => ["foreign_keys", "journal_mode", "synchronous", "temp_store"].as_slice(),
        };
        if refused.contains(&name.as_str()) {
            continue;
        }
        let value = match (name.as_str(), now.as_str()) {
            ("journal_mode", _) => "MEMORY",
            ("locking_mode", _) => "EXCLUSIVE",
            ("secure_delete", _) => "FAST",
            ("mmap_size", _) => "400000000",
            ("cache_spill", _) => "OFF",
            (_, "0") => "1",
            (_, "1") => "0",
            _ => "4321",
        };
        all.push(format!("PRAGMA {name} = {value};"));
    }
    all.push("PRAGMA case_sensitive_like = ON;".to_owned());
    all
}

#[test]
fn every_pragma_of_sqlite_holds_for_its_step_alone() {
    let session = sqlite_session();
    // Its values in our transaction are ours: the room of its cache.
    let look =
        format!("CREATE TABLE seen AS SELECT * FROM ({session}) WHERE name <> 'cache_spill';");
    let other = tempfile::tempdir().unwrap();
    let file = other.path().join("other.db");
    for way in WAYS {
        let pragmas = every_pragma(way);
        assert!(pragmas.len() > 25, "{pragmas:?}");
        let attach = format!(
            "ATTACH '{}' AS beside;\nCREATE TABLE IF NOT EXISTS beside.t_{way:?} (x);\nINSERT INTO beside.t_{way:?} VALUES (1);",
            file.display()
        );
        for (script, app) in [
            (pragmas.join("\n"), ""),
            (
                pragmas.join("\n"),
                "PRAGMA recursive_triggers = ON; PRAGMA secure_delete = FAST; PRAGMA cache_size = 77; PRAGMA case_sensitive_like = ON",
            ),
            (attach, ""),
            (
                "CREATE TEMP TABLE seen (x); CREATE TEMP VIEW v AS SELECT 1; CREATE TABLE m (x);\n\
                 CREATE TEMP TRIGGER t AFTER INSERT ON main.m BEGIN SELECT 1; END;"
                    .to_owned(),
                "CREATE TEMP TABLE of_the_app (x)",
            ),
        ] {
            holds_for_its_step_alone::<Sqlite>(
                way,
                &script,
                &format!("-- session\n{app}"),
                &look,
                "SELECT * FROM seen ORDER BY 1",
                &session,
            );
        }
    }
}

#[test]
fn what_code_sets_is_put_back() {
    let of_postgres: fn(&mut migrate_runtime::Context<'_>) -> migrate_runtime::Result<()> = |db| {
        db.execute_batch("SET session_replication_role = replica; SET lock_timeout = 0; SET DateStyle = 'ISO, YMD'")
    };
    let of_sqlite: fn(&mut migrate_runtime::Context<'_>) -> migrate_runtime::Result<()> = |db| {
        db.execute_batch("PRAGMA ignore_check_constraints = ON; PRAGMA case_sensitive_like = ON; CREATE TEMP TABLE t (x)")
    };
    fn check<E: Engine>(
        code: fn(&mut migrate_runtime::Context<'_>) -> migrate_runtime::Result<()>,
        app: &str,
        look: &str,
        seen: &str,
        session: &str,
    ) {
        let migrations = Versions::new()
            .code("a1", "", Function::Sync(code))
            .sql("b1", "a1", look, "")
            .load::<E>();
        let found: Vec<_> = [false, true]
            .into_iter()
            .map(|step_by_step| {
                let database = E::new();
                let mut client = database.connect();
                E::execute(&mut client, app);
                let before = E::rows(&mut client, session);
                if step_by_step {
                    migrations.upgrade(&mut client, "a1").unwrap();
                }
                migrations.run(&mut client).unwrap();
                assert_same(&before, &E::rows(&mut client, session), "");
                E::rows(&mut client, seen)
            })
            .collect();
        assert_same(&found[1], &found[0], "");
    }
    check::<Postgres>(
        of_postgres,
        POSTGRES_APP,
        POSTGRES_LOOK,
        POSTGRES_SEEN,
        POSTGRES_SESSION,
    );
    let session = sqlite_session();
    let look =
        format!("CREATE TABLE seen AS SELECT * FROM ({session}) WHERE name <> 'cache_spill';");
    check::<Sqlite>(
        of_sqlite,
        "",
        &look,
        "SELECT * FROM main.seen ORDER BY 1",
        &session,
    );
}
