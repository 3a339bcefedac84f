//! A versions directory applies the same however a chain is made of it: by a macro, from disk, or
//! from an `include_dir::Dir`; and what one form has applied, every other finds up to date.

// The same revisions are compiled by each macro.
#![allow(clippy::duplicate_mod)]

use std::path::Path;

use include_dir::{Dir, DirEntry, File, include_dir};
use migrate_runtime::{
    BoxedStep, Code, Context, Dialect, Function, Migrations, Options, Outcome, Result,
    embed_migrations,
};

use crate::support::{Engine, Postgres, Sqlite};

fn sync(_db: &mut Context<'_>) -> Result<()> {
    Ok(())
}

fn unsync<'a>(_db: &'a mut migrate_runtime::AsyncContext<'_>) -> BoxedStep<'a> {
    Box::pin(async { Ok(()) })
}

/// The code of the ui tests' directories, which a chain that no macro compiled needs.
const CODE: [Code; 3] = [
    Code {
        revision: "b1",
        upgrade: Some(Function::Async(unsync)),
        downgrade: Some(Function::Sync(sync)),
    },
    Code {
        revision: "B.2",
        upgrade: Some(Function::Sync(sync)),
        downgrade: None,
    },
    Code {
        revision: "c1",
        upgrade: Some(Function::Sync(sync)),
        downgrade: Some(Function::Sync(sync)),
    },
];

/// Makes a chain of a directory in each way, and applies each to databases of their own.
macro_rules! forms {
    ($test:ident, $path:literal, $full:tt, $dialects:tt, [$($dialect:ident),+], [$($engine:ident),+]) => {
        #[test]
        fn $test() {
            static EMBEDDED: Migrations = embed_migrations!($path, dialects = $dialects);
            #[derive(Migrations)]
            #[migrations(path = $path, dialects = $dialects)]
            struct Derived;
            static DIR: Dir<'static> = include_dir!($full);

            static LAZY: Migrations = Migrations::from_dir(&DIR)
                .dialects(&[$(Dialect::$dialect),+])
                .code(&CODE)
                .build();
            let mut options = Options::new($path);
            options.dialects = vec![$(Dialect::$dialect),+];
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join($path);
            let loaded = Migrations::load_with_code(path, &options, CODE).unwrap();
            $(alike::<$engine>(&[&EMBEDDED, Derived::migrations(), &LAZY, &loaded]);)+
        }
    };
}

forms!(
    files,
    "ui/pass-files/versions",
    "$CARGO_MANIFEST_DIR/ui/pass-files/versions",
    [sqlite],
    [Sqlite],
    [Sqlite]
);
forms!(
    scripts,
    "ui/pass-script/versions",
    "$CARGO_MANIFEST_DIR/ui/pass-script/versions",
    [sqlite, postgres],
    [Sqlite, Postgres],
    [Sqlite]
);
forms!(
    code,
    "ui/pass-derive/versions",
    "$CARGO_MANIFEST_DIR/ui/pass-derive/versions",
    [sqlite, postgres],
    [Sqlite, Postgres],
    [Sqlite, Postgres]
);

fn alike<E: Engine>(forms: &[&Migrations]) {
    const HISTORY: &str = "SELECT revision, down_revision, depends_on, direction, fingerprint, message, breaking, \
        downgrade, downgrade_properties FROM migrate_log ORDER BY id";
    let mut results = Vec::new();
    for form in forms {
        let database = E::new();
        let mut client = database.connect();
        let report = form.run(&mut client).unwrap();
        assert!(!report.steps.is_empty());
        let heads = E::rows(&mut client, "SELECT * FROM migrate_revision");
        for other in forms {
            assert_eq!(other.run(&mut client).unwrap().outcome, Outcome::UpToDate);
            assert_eq!(other.verify(&mut client).unwrap(), []);
        }
        results.push((database.made(), heads, E::rows(&mut client, HISTORY)));
    }
    assert!(
        results.windows(2).all(|pair| pair[0] == pair[1]),
        "{results:#?}"
    );
}

/// Two bases, and with them two heads.
static TWO: Dir<'static> = Dir::new(
    "",
    &[
        DirEntry::File(File::new(
            "a1.sql",
            b"-- a\n-- revision: a1\n-- down_revision: none\n\n-- upgrade: nothing\n-- downgrade: nothing\n",
        )),
        DirEntry::File(File::new(
            "b1.sql",
            b"-- b\n-- revision: b1\n-- down_revision: none\n\n-- upgrade: nothing\n-- downgrade: nothing\n",
        )),
    ],
);

/// What the macro can say, the builder can, and what is wrong is mended with its own methods.
#[test]
fn a_directory_is_told_about_with_methods() {
    let problems = |migrations: &Migrations| {
        let problems = migrations.chain().unwrap_err();
        let story = format!("{problems:#}");
        assert!(!story.contains("embed_migrations!"), "{story}");
        story
    };
    let plain = Migrations::from_dir(&TWO);
    assert!(problems(&plain.build()).contains(".dialects(&[Dialect::Sqlite])`"));
    let plain = plain.dialects(&[Dialect::Sqlite]);
    let story = problems(&plain.build());
    for method in [".multiple_bases()`", ".multiple_heads()`"] {
        assert!(story.contains(method), "{story}");
    }
    let both = plain.multiple_bases().multiple_heads();
    let story = problems(&both.head("a1").build());
    assert!(story.contains("change `.head(\"...\")` there"), "{story}");

    static NAMED: Migrations = Migrations::from_dir(&TWO)
        .dialects(&[Dialect::Sqlite])
        .name("billing")
        .multiple_bases()
        .multiple_heads()
        .app_version("1.2")
        .build();
    let database = Sqlite::new();
    NAMED.run(&mut database.connect()).unwrap();
    let log = NAMED.log(&mut database.connect()).unwrap();
    assert_eq!(log.len(), 2);
    assert!(log.iter().all(|entry| entry.app_version == "1.2"));
    // A chain of another name shares the database, and no record.
    let main = both.build();
    let mut client = database.connect();
    assert_eq!(main.current(&mut client).unwrap(), [""; 0]);
    assert_eq!(NAMED.current(&mut client).unwrap().len(), 2);
    // A chain that serves one database says how it would serve the other.
    let error = NAMED.run(&mut Postgres::new().connect()).unwrap_err();
    assert_eq!(
        error.help(),
        ["name it: `Migrations::from_dir(..).dialects(&[Dialect::Postgres])`"]
    );
}
