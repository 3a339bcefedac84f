//! A versions directory means the same however a chain is made of it: by a macro, from disk, or
//! from an `include_dir::Dir`.

// The same Rust-coded revisions in two forms: what is compared here.
#![allow(clippy::duplicate_mod)]

use include_dir::{Dir, include_dir};
use migrate_runtime::{Dialect, Migrations, Options, embed_migrations};

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Makes a chain of a ui test's directory in each way; `include_dir!` takes no path but its own.
macro_rules! same {
    ($test:ident, $path:literal, $full:tt, $dialects:tt, [$($dialect:ident),+]) => {
        #[test]
        fn $test() -> Result {
            static EMBEDDED: Migrations = embed_migrations!($path, dialects = $dialects);
            #[derive(Migrations)]
            #[migrations(path = $path, dialects = $dialects)]
            struct Derived;
            static DIR: Dir<'static> = include_dir!($full);
            static LAZY: Migrations = Migrations::from_dir(&DIR).dialects(&[$(Dialect::$dialect),+]).build();

            let mut options = Options::new($path);
            options.dialects = vec![$(Dialect::$dialect),+];
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join($path);
            let loaded = Migrations::load(path, &options)?;

            let loaded = loaded.chain()?;
            assert!(!loaded.is_empty());
            for migrations in [&EMBEDDED, Derived::migrations(), &LAZY] {
                let chain = migrations.chain()?;
                assert_eq!(chain.name, loaded.name);
                assert_eq!(chain.dialects, loaded.dialects);
                assert_eq!(chain.revisions(), loaded.revisions());
                for position in 0..loaded.len() {
                    assert_eq!(chain.parents(position), loaded.parents(position));
                    assert_eq!(chain.dependencies(position), loaded.dependencies(position));
                }
            }
            Ok(())
        }
    };
}

same!(
    files,
    "ui/pass-files/versions",
    "$CARGO_MANIFEST_DIR/ui/pass-files/versions",
    [sqlite],
    [Sqlite]
);
same!(
    scripts,
    "ui/pass-script/versions",
    "$CARGO_MANIFEST_DIR/ui/pass-script/versions",
    [sqlite, postgres],
    [Sqlite, Postgres]
);
same!(
    code,
    "ui/pass-derive/versions",
    "$CARGO_MANIFEST_DIR/ui/pass-derive/versions",
    [sqlite, postgres],
    [Sqlite, Postgres]
);

/// A release build takes no such chain: tests/ui/blank-head-release.
#[cfg(debug_assertions)]
#[test]
fn a_start_stops_before_a_blank_head() -> Result {
    use migrate_runtime::Migrator;

    static BLANK: Migrations =
        embed_migrations!("ui/pass-blank-head/versions", dialects = [sqlite]);
    let mut conn = rusqlite::Connection::open_in_memory()?;
    let error = BLANK.run(&mut conn).unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "`b1` (ui/pass-blank-head/versions/b1.sql) is still to be written\n  \
         = note: nothing was changed\n  \
         = help: write its script, or let `revision --autogenerate` do it, and build again; a release build takes no blank revision"
    );
    let tables = "SELECT count(*) FROM sqlite_schema";
    assert_eq!(conn.query_row(tables, [], |row| row.get(0)), Ok(0));
    // What stands below it is everyday work.
    Migrator::new(&BLANK).upgrade(&mut conn, "a1")?;
    assert!(BLANK.run(&mut conn).is_err());
    // Nor can it be recorded as done.
    let error = Migrator::new(&BLANK)
        .stamp(&mut conn, &["head"])
        .unwrap_err();
    assert!(
        error.to_string().contains("is still to be written"),
        "{error}"
    );
    // From disk the section is a problem like any other.
    let mut options = Options::new("ui/pass-blank-head/versions");
    options.dialects = vec![Dialect::Sqlite];
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(&options.root);
    let error = Migrations::load(path, &options).unwrap_err();
    assert!(
        format!("{error:#}").contains("the upgrade section is blank"),
        "{error:#}"
    );
    Ok(())
}
