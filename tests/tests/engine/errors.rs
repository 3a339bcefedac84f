//! One list of every kind of error, with its text.

use std::time::Duration;

use expect_test::expect;
use migrate_runtime::{
    Error, ErrorKind, Function, Migrations, Migrator, OnAhead, Options, Startup,
};

use crate::failure::told;
use crate::support::{Engine, Postgres, Sqlite, Versions, shop};

/// An error of each kind, as an app would meet it.
fn every_kind() -> Vec<(ErrorKind, Error)> {
    let shop = || shop().load::<Sqlite>();
    let with = |id, sections: &str| crate::support::shop().with(id, "d1", "", sections);
    let fresh = || rusqlite::Connection::open_in_memory().unwrap();
    let started = |applied: &Migrations| {
        let mut client = fresh();
        applied.run(&mut client).unwrap();
        client
    };
    let error = |migrations: &Migrations, client: &mut rusqlite::Connection| {
        migrations.run(client).unwrap_err()
    };

    let chain = {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a1.sql"), "-- no header").unwrap();
        Migrations::load(dir.path(), &Options::new("versions")).unwrap_err()
    };
    let dialect = shop().run(&mut Postgres::new().connect()).unwrap_err();
    let usage = shop().upgrade(&mut fresh(), "a b").unwrap_err();
    let target = shop().upgrade(&mut fresh(), "c2").unwrap_err();
    let irreversible = {
        let sections = "-- upgrade\nDELETE FROM book;\n\n-- irreversible: the books are gone";
        let chain = with("e1", sections).load::<Sqlite>();
        chain.downgrade(&mut started(&chain), "-1").unwrap_err()
    };
    let pending = Migrator::new(&shop())
        .startup(Startup::Check)
        .run(&mut fresh())
        .unwrap_err();
    let newer = crate::support::shop()
        .sql("e1", "d1", "CREATE TABLE e (x INTEGER);", "DROP TABLE e;")
        .load::<Sqlite>();
    let ahead = Migrator::new(&shop())
        .on_ahead(OnAhead::Refuse)
        .run(&mut started(&newer))
        .unwrap_err();
    let other = crate::support::shop()
        .sql("z1", "d1", "CREATE TABLE z (x INTEGER);", "")
        .load::<Sqlite>();
    let diverged = error(&other, &mut started(&newer));
    let unknown = {
        let mut client = started(&shop());
        Sqlite::execute(&mut client, "UPDATE migrate_revision SET revision = 'zz'");
        error(&shop(), &mut client)
    };
    let edited = {
        let edited = Versions::new()
            .sql("a1", "", "CREATE TABLE author (id INTEGER);", "")
            .load::<Sqlite>();
        let before = Versions::new()
            .sql("a1", "", "CREATE TABLE author (id TEXT);", "")
            .load::<Sqlite>();
        error(&edited, &mut started(&before))
    };
    let locked = {
        let database = Sqlite::new();
        let mut other = database.connect();
        Sqlite::execute(&mut other, "BEGIN IMMEDIATE");
        let mut client = database.connect();
        client.busy_timeout(Duration::ZERO).unwrap();
        Migrator::new(&shop())
            .lock_wait(Duration::ZERO)
            .run(&mut client)
            .unwrap_err()
    };
    let interrupted = {
        let chain = |first: &str| {
            let sections = format!(
                "-- upgrade (no transaction)\n{first}\nVACUUM;\nCREATE TABLE e (x INTEGER);\n\n-- downgrade: nothing"
            );
            with("e1", &sections).load::<Sqlite>()
        };
        let mut client = fresh();
        error(&chain("CREATE TABLE e (x INTEGER);"), &mut client);
        error(&chain("CREATE TABLE f (x INTEGER);"), &mut client)
    };
    let script = error(
        &with("e1", "-- upgrade\nSELEC 1;\n\n-- downgrade: nothing").load::<Sqlite>(),
        &mut fresh(),
    );
    let code = error(
        &crate::support::shop()
            .code("e1", "d1", Function::Sync(|_| Err("no units".into())))
            .load::<Sqlite>(),
        &mut fresh(),
    );
    let adoption = {
        let mut client = fresh();
        Sqlite::execute(
            &mut client,
            "CREATE TABLE done (k TEXT); INSERT INTO done VALUES ('9')",
        );
        let adopt = "-- adopt: mig\n-- table: done\n-- applied\nSELECT k, 'applied' FROM done;\n-- record: nothing\n-- unrecord: nothing\n";
        let nothing = "\n-- upgrade: nothing\n-- downgrade: nothing";
        let chain = Versions::new().file("adopt.sql", adopt);
        let chain = chain.with("a1", "", "-- adopts: 1", nothing);
        error(&chain.load::<Sqlite>(), &mut client)
    };
    let in_transaction = {
        let mut client = fresh();
        Sqlite::execute(&mut client, "BEGIN");
        error(&shop(), &mut client)
    };
    let privilege = {
        let database = Postgres::new();
        let chain = crate::support::shop().load::<Postgres>();
        let role = format!("role_{}", database.name());
        let mut client = database.connect();
        chain.run(&mut client).unwrap();
        Postgres::execute(&mut client, &format!("CREATE ROLE {role}; SET ROLE {role}"));
        let error = chain.run(&mut client).unwrap_err();
        Postgres::execute(&mut client, &format!("RESET ROLE; DROP ROLE {role}"));
        error
    };
    let read_only = {
        let mut client = started(&shop());
        shop().downgrade(&mut client, "-1").unwrap();
        Sqlite::execute(&mut client, "PRAGMA query_only = ON");
        error(&shop(), &mut client)
    };
    let database = {
        let mut client = fresh();
        Sqlite::execute(&mut client, "CREATE TABLE migrate_revision (x INTEGER)");
        error(&shop(), &mut client)
    };
    let internal = error(&migrate_runtime::__private::invalid(), &mut fresh());

    vec![
        (ErrorKind::Chain, chain),
        (ErrorKind::Dialect, dialect),
        (ErrorKind::Usage, usage),
        (ErrorKind::Target, target),
        (ErrorKind::Irreversible, irreversible),
        (ErrorKind::Pending, pending),
        (ErrorKind::Ahead, ahead),
        (ErrorKind::Diverged, diverged),
        (ErrorKind::Unknown, unknown),
        (ErrorKind::Edited, edited),
        (ErrorKind::Adoption, adoption),
        (ErrorKind::Locked, locked),
        (ErrorKind::Interrupted, interrupted),
        (ErrorKind::Script, script),
        (ErrorKind::Code, code),
        (ErrorKind::InTransaction, in_transaction),
        (ErrorKind::Privilege, privilege),
        (ErrorKind::ReadOnly, read_only),
        (ErrorKind::Database, database),
        (ErrorKind::Other, Error::other("the app's own")),
        (ErrorKind::Internal, internal),
    ]
}

/// Times differ from run to run.
fn without_times(text: &str) -> String {
    let mut rest = text;
    let mut told = String::new();
    while let Some((before, after)) = rest.split_once(" at 2") {
        let end = after.find('Z').map_or(after.len(), |at| at + 1);
        told += before;
        told += " at TIME";
        rest = &after[end..];
    }
    told + rest
}

#[test]
fn every_kind_of_error_has_its_text() {
    let all = every_kind();
    for (kind, error) in &all {
        assert_eq!(error.kind(), *kind, "{error:#}");
    }
    // The list is complete: the enum says what there is.
    let source = include_str!("../../../migrate-runtime/src/error.rs");
    let body = source.split_once("pub enum ErrorKind {").unwrap().1;
    let body = body.split_once("\n}").unwrap().0;
    let kinds: Vec<&str> = body
        .lines()
        .filter_map(|line| line.trim().strip_suffix(','))
        .collect();
    let listed: Vec<String> = all.iter().map(|(kind, _)| format!("{kind:?}")).collect();
    assert_eq!(listed, kinds);

    let list: Vec<String> = all
        .iter()
        .map(|(kind, error)| format!("== {kind:?}\n{}", without_times(&told(error))))
        .collect();
    let list = list.concat();
    let temporary = std::env::temp_dir();
    assert!(!list.contains(&*temporary.to_string_lossy()), "{list}");
    assert!(!list.contains(env!("CARGO_MANIFEST_DIR")), "{list}");
    expect![[r#"
        == Chain
        2 problems in the versions directory
        no database is named, by chain.lock, the files or the app
          --> versions
          = help: name the databases the scripts are for in chain.lock, in a line such as `dialects sqlite`, or `embed_migrations!("versions", dialects = [sqlite])`, or `dialects = ["sqlite"]` in migrate.toml

        the header has no `revision` and no `down_revision`
          --> versions/a1.sql:1:1
           |
         1 | -- no header
           | ^^^^^^^^^^^^
          = help: the comment block at the top needs a line such as `-- revision: cb3cf47d9259`
          = help: the comment block at the top needs a line such as `-- down_revision: none`
        == Dialect
        the chain `main` has no scripts for postgres
          = help: `cargo migrate lock --dialect postgres` lets it serve this one, `--dialect sqlite,postgres` both: chain.lock says so, and the next build reads it
        == Usage
        `a b` is no target: `a b` contains ' ': only `A-Z a-z 0-9 _ .` may stand in it
          = help: a target is a revision id or a unique prefix, a branch label, head, heads, base or current, with steps up or down if wanted: head, ae10, +1, -1, ae10+2, billing@head
        == Target
        there is no revision or branch label `c2`
          = help: did you mean `c1`?
        == Irreversible
        `e1` is irreversible: the books are gone
          = note: nothing was changed
          = help: choose a target above it; what it destroyed can only come from a backup
        == Pending
        4 revisions are pending
          = note: upgrade  -> a1, make a1
          = note: upgrade a1 -> b1, make b1
          = note: upgrade b1 -> c1, make c1
          = note: upgrade c1 -> d1, make d1
          = help: this start only checks: apply them with `upgrade`, of `cargo migrate` or of the commands that the app mounts, or start with MIGRATE_ON_STARTUP=apply where the app reads that
        == Ahead
        the database has a revision that this program doesn't: `e1`
          = note: `e1`, make e1, applied at TIME
          = help: start the release that brought it, or a later one; that release can also downgrade the database
        == Diverged
        the database has `e1`, which this program doesn't, and lacks `z1`, which it has
          = note: `e1`, make e1, applied at TIME
          = help: two branches of the app meet in one database: join their revisions with `cargo migrate merge`, and deploy the result
        == Unknown
        revision `zz` is recorded as applied, but neither this program nor the database's history knows it
          = help: is this the right database, and the right chain name? Two chains in one database need two names
          = help: a program that has the revision can downgrade it; `stamp --purge REV` records what a person knows to be true
        == Edited
        revision `a1` (versions/a1.sql) was edited after it was applied at TIME
          = help: the database ran another text than the one compiled in: put it back, and make the change in a new revision
          = help: if a person has looked and the outcome is the same, `repair` accepts the edit of chain `main`
          = help: as long as no release has sealed it, `cargo migrate redo` takes it down and up again, as the file is now
        == Adoption
        mig has applied `9`, which no revision of this program stands for
          = note: nothing was changed, here or there
          = help: is this the right database, and the newest release of this program?
          = help: files that mig got since are added by `cargo migrate import`; a key that no revision needs is named in versions/adopt.sql: `-- without: 9`
        == Locked
        the migration lock was not obtained in 0.0 s
          = note: another connection is writing, or holds the lock
          = note: nothing was changed
          = help: wait for it to finish, or allow more time with `lock_wait`
        == Interrupted
        versions/e1.sql: the upgrade of `e1` was interrupted after 2 of 3 statements, and its script has changed since
          = note: the 2 statements before it are done
          = note: only what comes after statement 2 may change
          = help: put those statements back, and start again: it goes on where it stopped
          = help: or look at the database, then `resolve --applied` (the step is done) or `--rolled-back` (what it did is undone)
        == Script
        versions/e1.sql:6:1: the upgrade of `e1` failed
        near "SELEC": syntax error
          --> versions/e1.sql:6:1
           |
         6 | SELEC 1;
           | ^^^^^
          = note: its transaction was rolled back: the database is as it was before it
        == Code
        versions/e1.rs: the upgrade of `e1` failed
        no units
          = note: its transaction was rolled back: the database is as it was before it
        == InTransaction
        the connection is inside a transaction of the caller's
          = help: commit it or roll it back before the migrations run: they commit on their own
        == Privilege
        can't read what is recorded
        permission denied for table migrate_revision
          = help: the role needs USAGE on the schema, and SELECT on `migrate_revision` and the tables beside it
          = help: whoever migrates can give it: `GRANT SELECT ON "migrate_revision", "migrate_log", "migrate_in_progress", "migrate_setting" TO ROLE`
        == ReadOnly
        can't begin
        attempt to write a readonly database
          = help: connect so that it can be written to; `Startup::Check` only reads
        == Database
        can't read what is recorded
        no such column: revision
        == Other
        the app's own
        == Internal
        the compiled-in revisions don't fit their table: a file changed during the build; build again
    "#]].assert_eq(&list);
}
