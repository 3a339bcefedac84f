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
