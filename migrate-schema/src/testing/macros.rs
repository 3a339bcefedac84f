/// Makes a test of each promise that a chain should keep.
///
/// ```
/// use migrate_runtime::{Migrations, Schema, Table, embed_migrations, schema};
///
/// #[derive(Table)]
/// #[table(name = "notes")]
/// struct Note {
///     #[column(primary_key)]
///     id: i64,
/// }
///
/// static SCHEMA: Schema = schema![Note];
/// static MIGRATIONS: Migrations = embed_migrations!("doc/versions", dialects = [sqlite]);
///
/// migrate_schema::migration_tests!(MIGRATIONS, SCHEMA);
/// ```
///
/// | test | fails when |
/// |---|---|
/// | `single_head` | two branches were merged and their revisions were not |
/// | `upgrade_from_base` | an empty database doesn't get to the head |
/// | `models_match` | models and chain differ, or the head is still to be written: it then prints the whole file |
/// | `stairway` | a revision can't go up, down and up again |
/// | `downgrade_leaves_no_trace` | what a downgrade leaves differs from what was before the upgrade |
/// | `upgrade_with_data` | a revision fails on tables with rows, or loses rows of a table that stays |
/// | `sealed_revisions_unchanged` | a released revision is not what the release brought |
/// | `embedded_matches_disk` | the program was built from other files than those on disk |
/// | `lint_clean` | `lint` finds something in an open revision that no comment allows |
/// | `old_client_compat` | a query of an earlier release no longer runs, and no revision says `breaking:` |
///
/// Each runs on every database of the chain; migrate-schema's feature for it has to be on. A
/// downgrade that is declared irreversible is left out. What each test does is told at the method of
/// its name of [`Suite`](crate::testing::Suite).
///
/// What the tests can't know they are told behind the models, in any order:
///
/// ```
/// # use migrate_runtime::{Migrations, Schema, Table, embed_migrations, schema};
/// # #[derive(Table)]
/// # #[table(name = "notes")]
/// # struct Note {
/// #     #[column(primary_key)]
/// #     id: i64,
/// # }
/// # static SCHEMA: Schema = schema![Note];
/// # static MIGRATIONS: Migrations = embed_migrations!("doc/versions", dialects = [sqlite]);
/// migrate_schema::migration_tests!(
///     MIGRATIONS,
///     SCHEMA,
///     rows = {
///         "notes": ["INSERT INTO notes VALUES (7)"],
///     },
///     removes_rows = ["5b1e8f0c7d21"],
///     old_client_compat = {
///         "5b1e8f0c7d21": ["SELECT id FROM notes", "INSERT INTO notes VALUES (8)"],
///     },
/// );
/// ```
///
/// | option | says |
/// |---|---|
/// | `rows` | by table: rows for `upgrade_with_data`, where none can be made up. An empty list leaves the table empty. |
/// | `removes_rows` | the revisions that remove rows on purpose |
/// | `old_client_compat` | by release (`version:` in the headers) or revision: what a program of that time asks. Without it, that test is not made. |
///
/// SQL for one of the databases only has its name behind the key: `"notes" (postgres): ["INSERT .."]`.
/// A file of queries is `[include_str!("queries.sql")]`.
#[macro_export]
macro_rules! migration_tests {
    ($migrations:expr, $schema:expr $(, $option:ident = $given:tt)* $(,)?) => {
        $crate::__migration_tests! {
            @tests {
                $crate::testing::Suite::new(&$migrations, &$schema, ::core::env!("CARGO_MANIFEST_DIR"))
                    $(.with(|suite| $crate::__migration_tests!(@option suite $option $given)))*
            }
            [
                single_head
                upgrade_from_base
                models_match
                stairway
                downgrade_leaves_no_trace
                upgrade_with_data
                sealed_revisions_unchanged
                embedded_matches_disk
                lint_clean
            ]
            [$($option)*]
        }
    };
}

/// The parts of `migration_tests!`.
#[doc(hidden)]
#[macro_export]
macro_rules! __migration_tests {
    (@tests { $suite:expr } [$($test:ident)*] [$($option:ident)*]) => {
        $(
            #[test]
            fn $test() -> $crate::testing::Result {
                $suite.$test()
            }
        )*
        $($crate::__migration_tests!(@test_of { $suite } $option);)*
    };

    // Most options are of a test that is made anyway.
    (@test_of { $suite:expr } old_client_compat) => {
        $crate::__migration_tests!(@tests { $suite } [old_client_compat] []);
    };
    (@test_of { $suite:expr } $option:ident) => {};

    (@option $suite:ident rows {
        $($table:literal $(($dialect:ident))? : [$($sql:expr),* $(,)?]),* $(,)?
    }) => {
        $suite $(.rows($table, $crate::__migration_tests!(@dialect $($dialect)?), &[$($sql),*]))*
    };
    (@option $suite:ident removes_rows [$($revision:expr),* $(,)?]) => {
        $suite $(.removes_rows($revision))*
    };
    (@option $suite:ident old_client_compat {
        $($release:literal $(($dialect:ident))? : [$($sql:expr),* $(,)?]),* $(,)?
    }) => {
        $suite $(.old_client($release, $crate::__migration_tests!(@dialect $($dialect)?), &[$($sql),*]))*
    };
    (@option $suite:ident $option:ident $given:tt) => {
        ::core::compile_error!(::core::concat!(
            "`", ::core::stringify!($option), "` is no option of migration_tests!, or is written otherwise; it has\n",
            "  rows = { \"table\": [\"INSERT ..\"] }\n",
            "  removes_rows = [\"revision\"]\n",
            "  old_client_compat = { \"release\": [\"SELECT ..\"] }",
        ))
    };

    (@dialect) => { ::core::option::Option::None };
    (@dialect sqlite) => { ::core::option::Option::Some($crate::testing::__Dialect::Sqlite) };
    (@dialect postgres) => { ::core::option::Option::Some($crate::testing::__Dialect::Postgres) };
    (@dialect $other:ident) => {
        ::core::compile_error!(::core::concat!(
            "`", ::core::stringify!($other), "` is no database: `sqlite` or `postgres`",
        ))
    };
}
