use crate::Dialect::{Postgres, Sqlite};
use crate::sql::{Concurrently, concurrent_index, runs_in_transaction};

#[test]
fn in_a_transaction_or_not() {
    let inside = [
        "create index i on t (a)",
        "drop index i",
        "create table vacuum_log (a int)",
        "alter table p detach partition q",
        "alter table p detach partition q finalize",
        "alter database d set work_mem = '1MB'",
        "refresh materialized view concurrently m",
        "discard plans",
        "analyze t",
        "do $$ begin perform 1; end $$",
        "create procedure p() language plpgsql as $$ begin commit; end $$",
        "alter type e add value 'x'",
        "create subscription s connection 'c' publication p with (connect = false)",
        "create subscription s connection 'c' publication p with (enabled, create_slot = 'off')",
        "alter subscription s set publication p with (copy_data = false, refresh = 0)",
        "alter subscription s disable",
        "rollback to s",
    ];
    let outside = [
        "create unique /* c */ index\nconcurrently i on t (a)",
        "DROP INDEX CONCURRENTLY IF EXISTS i",
        "reindex table concurrently t",
        "reindex (verbose, concurrently) index i",
        "reindex schema s",
        "reindex (verbose) database",
        "reindex table t",
        "vacuum (full) t",
        "alter system set work_mem = '1MB'",
        "create database d",
        "drop database d with (force)",
        "create tablespace s location '/s'",
        "drop tablespace s",
        "alter database d set tablespace s",
        "alter table if exists only s.p detach partition s.q concurrently;",
        "create subscription s connection 'c' publication p",
        "create subscription s connection 'c' publication p with (create_slot)",
        "drop subscription s",
        "alter subscription s refresh publication",
        "alter subscription s add publication p",
        "alter subscription s set (failover = true)",
        "cluster",
        "cluster verbose;",
        "cluster t using i",
        "discard all",
        "call p()",
        "do $$ begin loop commit; end loop; end $$",
        "do 'begin commit; end'",
        "commit",
    ];
    for statement in inside {
        assert!(runs_in_transaction(statement, Postgres), "{statement}");
    }
    for statement in outside {
        assert!(!runs_in_transaction(statement, Postgres), "{statement}");
    }
    for statement in ["create table t (a)", "create table vacuum (a)", "analyze"] {
        assert!(runs_in_transaction(statement, Sqlite), "{statement}");
    }
    for statement in [
        "VACUUM;",
        "vacuum into 'x'",
        "detach a",
        "attach 'f' as a",
        "pragma user_version = 1",
    ] {
        assert!(!runs_in_transaction(statement, Sqlite), "{statement}");
    }
}

#[test]
fn concurrent_indexes() {
    use Concurrently::*;
    let long = "x".repeat(70);
    let cut = "x".repeat(63);
    let table = [
        (
            "create index concurrently I on T (a);",
            Create,
            None,
            "i",
            Some("t"),
        ),
        (
            "create index concurrently if not exists i on only \"S\".t (a)",
            Create,
            Some("S"),
            "i",
            Some("t"),
        ),
        (
            "create unique index concurrently \"a\"\"B\" on d.s.t (a)",
            Create,
            Some("s"),
            "a\"B",
            Some("t"),
        ),
        (
            &format!("create index concurrently {long} on t (a)"),
            Create,
            None,
            &cut,
            Some("t"),
        ),
        (
            "reindex index concurrently s.I",
            ReindexIndex,
            Some("s"),
            "i",
            None,
        ),
        (
            "reindex (verbose off, concurrently true) table t",
            ReindexTable,
            None,
            "t",
            None,
        ),
        (
            "reindex schema concurrently s",
            ReindexSchema,
            None,
            "s",
            None,
        ),
        (
            "reindex database concurrently",
            ReindexDatabase,
            None,
            "",
            None,
        ),
    ];
    for (statement, target, schema, name, on) in table {
        let found = concurrent_index(statement).expect(statement);
        assert_eq!(found.target, target, "{statement}");
        assert_eq!(found.schema.as_deref(), schema, "{statement}");
        assert_eq!(found.name, name, "{statement}");
        assert_eq!(found.table.as_deref(), on, "{statement}");
    }
    for statement in [
        "create index i on t (a)",
        "create index concurrently on t (a)",
        "create index \"concurrently\" on t (a)",
        "create index concurrently",
        "drop index concurrently i",
        "reindex (concurrently false) table t",
        "reindex (concurrently off, verbose) table t",
        "reindex table t",
        "-- create index concurrently i on t (a)",
        "",
    ] {
        assert_eq!(concurrent_index(statement), None, "{statement}");
    }
}
