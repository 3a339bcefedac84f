use crate::Dialect::{self, Postgres, Sqlite};
use crate::sql::{Section, inspect};

const PLAIN: fn(Dialect) -> Section = Section::new;

fn outside(dialect: Dialect) -> Section {
    Section {
        in_transaction: false,
        ..Section::new(dialect)
    }
}

fn foreign_keys_off(dialect: Dialect) -> Section {
    Section {
        foreign_keys_off: true,
        ..Section::new(dialect)
    }
}

/// Each finding as `place: message`.
fn found(script: &str, section: &Section) -> Vec<String> {
    let findings = inspect(script, section).findings;
    assert!(findings.iter().all(|found| !found.help.is_empty()));
    findings
        .into_iter()
        .map(|found| format!("{}: {}", &script[found.range], found.message))
        .collect()
}

#[track_caller]
fn fires(script: &str, section: &Section, expected: &[&str]) {
    assert_eq!(found(script, section), expected, "{script}");
}

#[track_caller]
fn silent(script: &str, section: &Section) {
    fires(script, section, &[]);
}

#[test]
fn unclosed() {
    let plain = PLAIN(Postgres);
    fires(
        "select 1; select 'a;",
        &plain,
        &["': this string is never closed"],
    );
    fires(
        "select E'a\\';",
        &plain,
        &["E: this string is never closed"],
    );
    fires(
        "select \"a;",
        &plain,
        &["\": this quoted name is never closed"],
    );
    fires(
        "select $a$ $b$;",
        &plain,
        &["$: this dollar quote is never closed"],
    );
    fires(
        "select 1; /* /* */",
        &plain,
        &["/*: this comment is never closed"],
    );
    fires(
        "select ((1); commit;",
        &plain,
        &["(: this parenthesis is never closed"],
    );
    fires(
        "select ('1; commit;",
        &plain,
        &["': this string is never closed"],
    );
    fires(
        "create function f() begin atomic select 1;",
        &plain,
        &["begin: this `BEGIN ATOMIC` has no `END`"],
    );
    let plain = PLAIN(Sqlite);
    fires(
        "select `a;",
        &plain,
        &["`: this quoted name is never closed"],
    );
    fires(
        "select [a;",
        &plain,
        &["[: this quoted name is never closed"],
    );
    fires(
        "select 1 /* a",
        &plain,
        &["/*: this comment is never closed"],
    );
    fires(
        "create trigger r begin select 1;",
        &plain,
        &["trigger: this trigger has no `END`"],
    );
    fires(
        "select\0 1;",
        &plain,
        &["\0: a NUL character ends the script for the database"],
    );
    silent("select (1;", &plain);
    silent("select 1 -- it's", &plain);
}

#[test]
fn transaction_control() {
    for dialect in Dialect::ALL {
        for section in [PLAIN(dialect), outside(dialect)] {
            for script in [
                "begin",
                "Begin Immediate;",
                "commit;",
                "/* a */ commit /* b */ work;",
                "end transaction;",
                "rollback",
                "rollback and chain;",
                "abort;",
                "start transaction;",
                "prepare transaction 'x';",
                "commit prepared 'x';",
                "rollback prepared 'x';",
                "select 1; commit; select 2;",
            ] {
                assert_eq!(found(script, &section).len(), 1, "{script}");
            }
            for script in [
                "select 'commit;'",
                "-- commit;",
                "create table \"commit\" (\"begin\" int)",
                "select a as commit from t",
            ] {
                silent(script, &section);
            }
        }
        silent(
            "savepoint a; rollback to a; rollback to savepoint a; rollback transaction to a; release a",
            &PLAIN(dialect),
        );
    }
    fires(
        "COMMIT;",
        &PLAIN(Postgres),
        &["COMMIT: `COMMIT` would end the migration's own transaction"],
    );
    fires(
        "begin;",
        &PLAIN(Sqlite),
        &["begin: `BEGIN` would open a transaction inside of the migration's own"],
    );
    fires(
        "rollback prepared 'x'",
        &PLAIN(Postgres),
        &["rollback prepared: `ROLLBACK PREPARED` ends a transaction that is not the migration's"],
    );
    fires(
        "begin; select 1; end;",
        &outside(Sqlite),
        &[
            "begin: `BEGIN` would open a transaction in a section that has none",
            "end: `END` has no transaction to end: this section has none",
        ],
    );
    silent(
        "create trigger r after insert on t begin select 1; end;",
        &PLAIN(Sqlite),
    );
    silent(
        "create function f() begin atomic select 1; end;",
        &PLAIN(Postgres),
    );
    silent(
        "do $$ begin commit; end $$; prepare transaction as select 1;",
        &PLAIN(Postgres),
    );
}

#[test]
fn savepoints_outside_of_a_transaction() {
    fires(
        "savepoint a; release a; rollback to a;",
        &outside(Sqlite),
        &[
            "savepoint: `SAVEPOINT` needs a transaction, and this section has none",
            "release: `RELEASE` needs a transaction, and this section has none",
            "rollback: `ROLLBACK` needs a transaction, and this section has none",
        ],
    );
}

#[test]
fn set_transaction() {
    fires(
        "set transaction isolation level serializable",
        &PLAIN(Postgres),
        &[
            "set transaction: `SET TRANSACTION` comes too late: the migration's transaction has begun",
        ],
    );
    fires(
        "set local transaction read only",
        &outside(Postgres),
        &["set local transaction: `SET TRANSACTION` does nothing: this section has no transaction"],
    );
    silent(
        "set session characteristics as transaction read only; set constraints all deferred",
        &PLAIN(Postgres),
    );
}

#[test]
fn statements_that_run_outside() {
    let script = "create index concurrently i on t (a);";
    fires(
        script,
        &PLAIN(Postgres),
        &[
            "create index concurrently i on t (a): `CREATE INDEX CONCURRENTLY` cannot run in a transaction",
        ],
    );
    silent(script, &outside(Postgres));
    for script in ["VACUUM", "detach a;"] {
        assert_eq!(found(script, &PLAIN(Sqlite)).len(), 1);
        silent(script, &outside(Sqlite));
    }
    silent(
        "attach 'f' as a; create table vacuum (detach)",
        &PLAIN(Sqlite),
    );
    // What only the database can tell is left to it.
    silent(
        "call p(); reindex table t; cluster t; reindex (concurrently off) table t",
        &PLAIN(Postgres),
    );
    silent(
        "create index i on t (a); create function f() begin atomic select vacuum; end",
        &PLAIN(Postgres),
    );
    silent("refresh materialized view concurrently m", &PLAIN(Postgres));
    fires(
        "drop subscription s",
        &PLAIN(Postgres),
        &["drop subscription s: `DROP SUBSCRIPTION` cannot run in a transaction"],
    );
    silent(
        "alter subscription s set (slot_name = none); drop subscription s",
        &PLAIN(Postgres),
    );
}

#[test]
fn unnamed_concurrent_index() {
    let message = "an index that is built `CONCURRENTLY` needs a name";
    fires(
        "create unique index concurrently on t (a)",
        &outside(Postgres),
        &[&format!("create unique index concurrently: {message}")],
    );
    assert_eq!(
        found(
            "create index concurrently if not exists on t (a)",
            &PLAIN(Postgres)
        )
        .len(),
        2
    );
    silent(
        "create index on t (a); create index concurrently \"on\" on t (a)",
        &outside(Postgres),
    );
}

#[test]
fn new_enum_values() {
    let message = "the enum value 'x' cannot be used in the transaction that adds it";
    let add = "alter type s.e add value if not exists 'x' before 'y';";
    for (rest, place) in [
        ("insert into t values ('x')", "'x'"),
        ("alter table t alter a set default $$x$$", "$$x$$"),
        ("do $$ begin insert into t values ('x'); end $$", "'x'"),
        (
            "create or replace function f() returns e language SQL as $a$ select 'x'::e $a$",
            "'x'",
        ),
        (
            "create function f() begin atomic select 'x'::e; end;",
            "'x'",
        ),
    ] {
        fires(
            &format!("{add}{rest}"),
            &PLAIN(Postgres),
            &[&format!("{place}: {message}")],
        );
        silent(&format!("{add}{rest}"), &outside(Postgres));
        silent(&format!("{rest};{add}"), &PLAIN(Postgres));
    }
    for rest in [
        "insert into t values ('X', 'y', 'xx')",
        "alter type e add value 'z' after 'x'; alter type e rename value 'x' to 'w'",
        "create function f() returns e language plpgsql as $$ begin return 'x'::e; end $$",
        "comment on type e is 'x'",
        "select \"x\" -- 'x'",
    ] {
        silent(&format!("{add}{rest}"), &PLAIN(Postgres));
    }
    let adds = |script| inspect(script, &PLAIN(Postgres)).needs_commit;
    assert!(adds(add));
    assert!(adds("ALTER TYPE e ADD /* a */ VALUE 'x'"));
    assert!(!adds(
        "alter type e add attribute value text; alter type e rename value 'x' to 'y'"
    ));
    assert!(!inspect(add, &PLAIN(Sqlite)).needs_commit);
}

#[test]
fn what_only_a_commit_takes_back() {
    let needs = |script, dialect| inspect(script, &PLAIN(dialect)).needs_commit;
    for script in [
        "SELECT 1; set constraints all deferred",
        "SET /* a */ CONSTRAINTS fk IMMEDIATE",
        "DO $$ BEGIN SET CONSTRAINTS ALL DEFERRED; END $$",
    ] {
        assert!(needs(script, Postgres), "{script}");
        assert!(!needs(script, Sqlite), "{script}");
    }
    assert!(!needs("SELECT 'SET CONSTRAINTS ALL DEFERRED'", Postgres));
    assert!(needs("attach 'a.db' as a", Sqlite));
    assert!(!needs("attach 'a.db' as a", Postgres));
}

#[test]
fn copy_through_the_client() {
    let script = "copy t (a) from stdin;\nit's\t\\N\n/* \"\n\\.\n\ncommit;";
    fires(
        script,
        &PLAIN(Postgres),
        &[
            "copy t (a) from stdin: `COPY .. FROM STDIN` needs a client that speaks it",
            "commit: `COMMIT` would end the migration's own transaction",
        ],
    );
    assert_eq!(inspect(script, &PLAIN(Postgres)).statements.len(), 2);
    fires(
        "copy (select a from stdin) to stdout with csv; select 1;",
        &PLAIN(Postgres),
        &[
            "copy (select a from stdin) to stdout with csv: `COPY .. TO STDOUT` needs a client that speaks it",
        ],
    );
    assert_eq!(
        found(
            "copy t from stdin; copy t from stdin; commit",
            &PLAIN(Postgres)
        )
        .len(),
        3
    );
    silent(
        "copy (select a from stdin) to '/f'; copy t from '/f'; copy t from program 'stdin'",
        &PLAIN(Postgres),
    );
}

#[test]
fn shell_commands() {
    fires(
        "\\restrict it's\r\nselect 1;\n\\c db",
        &PLAIN(Postgres),
        &[
            "\\restrict it's: `\\restrict` is a command of psql, not SQL",
            "\\c db: `\\c` is a command of psql, not SQL",
        ],
    );
    fires(
        "select 1 \\gexec\ncommit",
        &PLAIN(Postgres),
        &["\\gexec: `\\gexec` is a command of psql, not SQL"],
    );
    fires(
        ".mode csv\nselect 1;\n.quit",
        &PLAIN(Sqlite),
        &[
            ".mode csv: `.mode` is a command of the sqlite3 shell, not SQL",
            ".quit: `.quit` is a command of the sqlite3 shell, not SQL",
        ],
    );
    silent("select '\n\\c db\n', $$\n\\c\n$$; -- \\c", &PLAIN(Postgres));
    silent("select '\n.mode', t\n.a from t;", &PLAIN(Sqlite));
}

#[test]
fn pragmas() {
    for name in [
        "foreign_keys",
        "journal_mode",
        "synchronous",
        "page_size",
        "auto_vacuum",
        "encoding",
    ] {
        let fixed = ["foreign_keys", "encoding"].contains(&name);
        for script in [
            format!("pragma {name} = 1;"),
            format!("PRAGMA main.{}(1)", name.to_uppercase()),
        ] {
            assert_eq!(found(&script, &PLAIN(Sqlite)).len(), 1, "{script}");
            assert_eq!(
                found(&script, &outside(Sqlite)).len(),
                usize::from(fixed),
                "{script}"
            );
            silent(&script, &PLAIN(Postgres));
        }
        silent(
            &format!("pragma {name}; pragma main.{name}"),
            &PLAIN(Sqlite),
        );
    }
    fires(
        "pragma wal_checkpoint",
        &PLAIN(Sqlite),
        &["pragma wal_checkpoint: `PRAGMA wal_checkpoint` fails in a transaction that writes"],
    );
    silent(
        "pragma user_version = 3; pragma defer_foreign_keys = on; pragma foreign_key_check(t)",
        &PLAIN(Sqlite),
    );
}

#[test]
fn rebuilds() {
    let message = "is dropped and renamed to in one section: with foreign keys on, rows that refer to it are lost";
    for (script, place, name) in [
        (
            "create table n (a); drop table t; alter table n rename to t;",
            "alter table n rename to t",
            "t",
        ),
        (
            "alter table t rename to o; create table t (a); drop table o;",
            "drop table o",
            "o",
        ),
        (
            "drop table if exists main.[T]; alter table `n` rename to \"t\"",
            "alter table `n` rename to \"t\"",
            "t",
        ),
        (
            "drop table 't'; alter table main.n rename /* a */ to T",
            "alter table main.n rename /* a */ to T",
            "t",
        ),
    ] {
        fires(
            script,
            &PLAIN(Sqlite),
            &[&format!("{place}: `{name}` {message}")],
        );
        assert_eq!(found(script, &outside(Sqlite)).len(), 1);
        silent(script, &foreign_keys_off(Sqlite));
        silent(script, &PLAIN(Postgres));
    }
    for script in [
        "drop table a; alter table b rename to c",
        "drop table a; create table a (b)",
        "drop table a; alter table b rename column c to a",
        "drop table a; alter table b rename c to a",
        "drop table temp.a; alter table b rename to a",
        "drop view a; alter table b rename to a",
    ] {
        silent(script, &PLAIN(Sqlite));
    }
}

#[test]
fn in_the_order_of_the_script() {
    fires(
        "vacuum; \\c a\ncommit; select 'x",
        &PLAIN(Postgres),
        &[
            "vacuum: `VACUUM` cannot run in a transaction",
            "\\c a: `\\c` is a command of psql, not SQL",
            "commit: `COMMIT` would end the migration's own transaction",
            "': this string is never closed",
        ],
    );
}

#[test]
fn other_readings_of_the_script() {
    for section in [PLAIN(Postgres), outside(Postgres)] {
        for script in [
            "SET client_encoding = 'LATIN1'",
            "set local client_encoding to latin1",
            "SET SESSION \"client_encoding\" TO \"WIN1252\"",
            "SET NAMES 'SQL_ASCII'",
            "SET standard_conforming_strings = off",
            "SET LOCAL standard_conforming_strings TO 'false'",
            "SET standard_conforming_strings = 0",
            "SELECT set_config('standard_conforming_strings', 'off', false)",
            "SELECT pg_catalog.set_config('Client_Encoding', 'LATIN1', true)",
            "INSERT INTO t SELECT set_config(setting_name => 'client_encoding', new_value => 'EUC_JP', is_local => true)",
            "UPDATE pg_catalog.pg_settings SET setting = 'off' WHERE name = 'standard_conforming_strings'",
            "DO $$ BEGIN PERFORM set_config('client_encoding', 'LATIN1', true); END $$",
            "DO $x$ BEGIN IF true THEN SET LOCAL standard_conforming_strings = no; END IF; END $x$",
        ] {
            let found = found(script, &section);
            assert_eq!(found.len(), 1, "{script}: {found:?}");
            assert!(found[0].contains(" is set to `"), "{found:?}");
        }
        for script in [
            "SET client_encoding = 'UTF8'",
            "SET NAMES 'utf-8'",
            "SET client_encoding TO UNICODE",
            "SET client_encoding TO DEFAULT",
            "RESET client_encoding",
            "SET standard_conforming_strings = on",
            "SET standard_conforming_strings TO 'tr'",
            "SELECT pg_catalog.set_config('search_path', '', false)",
            "SELECT set_config('client_encoding', 'UTF8', false)",
            "ALTER ROLE app SET client_encoding = 'LATIN1'",
            "ALTER DATABASE app SET standard_conforming_strings = off",
            "UPDATE t SET client_encoding = 'LATIN1'",
            "UPDATE pg_settings SET setting = '1' WHERE name = 'work_mem'",
            "SELECT 'SET client_encoding = LATIN1'",
        ] {
            silent(script, &section);
        }
    }
    silent(
        "SELECT set_config('client_encoding', 'LATIN1', 1)",
        &PLAIN(Sqlite),
    );
}
