//! Every rule finds its bad examples, and none of its good ones, on real databases.

use migrate_chain::{Dialect, Folder, Options, load};
use migrate_runtime::Migrations;

use super::{Finding, Report, Scope, lint, rules};
use crate::introspect::Ignore;
use crate::scratch::{Scratch, Server};

/// What is found in the second of two revisions.
fn found(
    dialect: Dialect,
    scratch: Option<Scratch<'_>>,
    setup: &str,
    script: &str,
) -> Vec<Finding> {
    report(dialect, scratch, setup, script).findings
}

/// What is found in the second of two revisions, and what it does.
fn report(dialect: Dialect, scratch: Option<Scratch<'_>>, setup: &str, script: &str) -> Report {
    let properties = if script.contains("CONCURRENTLY") || script.contains("VACUUM") {
        ", no transaction"
    } else if script.contains("/*keys off*/")
        || (dialect == Dialect::Sqlite && script.contains("RENAME TO users"))
    {
        ", foreign keys off"
    } else {
        ""
    };
    let setup = if setup.is_empty() { "SELECT 1;" } else { setup };
    let mut folder = Folder::new("versions");
    for (id, parent, properties, script) in
        [("a1", "none", "", setup), ("b1", "a1", properties, script)]
    {
        let text = format!(
            "-- one\n-- revision: {id}\n-- down_revision: {parent}\n\n-- upgrade ({dialect}{properties})\n{script}\n\n-- downgrade: nothing\n"
        );
        folder.add(&format!("{id}.sql"), text.as_bytes());
    }
    let loaded =
        load(folder, &Options::new("versions")).unwrap_or_else(|error| panic!("{script}: {error}"));
    let migrations = Migrations::from(loaded);
    let ignore = Ignore::default();
    let scope = Scope::new(&[1], &ignore).design(true);
    let report = lint(&migrations, scope, &[(dialect, scratch)]).unwrap();
    assert!(report.notes.is_empty(), "{script}: {:?}", report.notes);
    report
}

fn examples(dialect: Dialect, scratch: &dyn Fn() -> Scratch<'static>) {
    let mut wrong = Vec::new();
    for rule in rules()
        .iter()
        .filter(|rule| rule.dialects.contains(&dialect))
    {
        for (is_bad, examples) in [(true, rule.bad), (false, rule.good)] {
            for (setup, script) in examples {
                let found = found(dialect, Some(scratch()), setup, script);
                let ids: Vec<&str> = found.iter().map(|finding| finding.id.as_str()).collect();
                if ids.contains(&"fails") {
                    wrong.push(format!(
                        "{}: {script}\n  {}",
                        rule.id,
                        found
                            .iter()
                            .map(|one| one.message.as_str())
                            .collect::<String>()
                    ));
                }
                if ids.contains(&rule.id) != is_bad {
                    wrong.push(format!(
                        "{} ({}): {script}\n  found {ids:?}",
                        rule.id,
                        if is_bad { "bad" } else { "good" }
                    ));
                }
                for finding in found.iter().filter(|finding| finding.id == rule.id) {
                    assert!(rule.groups.contains(&finding.group), "{}", rule.id);
                    assert!(finding.place.line > 0, "{}", rule.id);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn examples_on_sqlite() {
    examples(Dialect::Sqlite, &|| Scratch::Sqlite);
}

#[test]
fn examples_on_postgres() {
    let server: &'static Server = Box::leak(Box::new(Server::start().unwrap()));
    examples(Dialect::Postgres, &|| Scratch::Postgres(server));
}

/// A rule finds the same in another schema than `public`, whatever tables of the same names are made beside.
#[test]
fn examples_in_a_schema() {
    const BESIDE: &str = "CREATE TABLE public.users (id bigint PRIMARY KEY); CREATE TABLE public.a (id bigint PRIMARY KEY);";
    let server = Server::start().unwrap();
    let mut wrong = Vec::new();
    let of_postgres = |one: &&super::rules::Rule| one.dialects.contains(&Dialect::Postgres);
    for rule in rules().iter().filter(of_postgres) {
        let bad = rule.bad.iter().map(|example| (true, example));
        let good = rule.good.iter().map(|example| (false, example));
        for (is_bad, (setup, script)) in bad.chain(good) {
            let beside = if is_bad { BESIDE } else { "" };
            let setup = format!("CREATE SCHEMA inside; SET search_path = inside; {setup}");
            let script = format!("{beside} SET search_path = inside; {script}");
            let scratch = Some(Scratch::Postgres(&server));
            let found = found(Dialect::Postgres, scratch, &setup, &script);
            if found.iter().any(|one| one.id == rule.id) != is_bad {
                wrong.push(format!(
                    "{} ({is_bad}): {setup} {script} {found:?}",
                    rule.id
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What a statement does to a table of a schema is said once, at that statement.
#[test]
fn a_statement_says_what_it_does_in_a_schema() {
    let server = Server::start().unwrap();
    let setup = "CREATE SCHEMA billing; CREATE TABLE billing.payments (id bigint PRIMARY KEY, n int, m int);";
    let script = "ALTER TABLE billing.payments RENAME COLUMN n TO k;
        ALTER TABLE billing.payments ADD CONSTRAINT c CHECK (k > 0) NOT VALID;
        CREATE INDEX CONCURRENTLY ix ON billing.payments (m);
        DROP INDEX CONCURRENTLY billing.ix;";
    let scratch = Some(Scratch::Postgres(&server));
    let report = report(Dialect::Postgres, scratch, setup, script);
    let said = report
        .findings
        .iter()
        .map(|one| (one.id.as_str(), one.message.as_str()));
    let said = said.filter(|(id, _)| *id != "breaking-header");
    assert_eq!(
        said.collect::<Vec<_>>(),
        [(
            "rename-column",
            "renames billing.payments.n to k: programs that still run ask for n"
        )]
    );
    let section = report.sections.first().unwrap();
    let tables: Vec<&str> = section.locks.iter().map(|one| one.table.as_str()).collect();
    assert_eq!(tables, ["billing.payments"]);
    let operations = section.operations.clone().unwrap();
    assert!(
        operations.contains(&"rename column billing.payments.n to k".to_owned()),
        "{operations:?}"
    );
}

/// What no text shows is found in the schemas, at the statement that does it.
#[test]
fn a_block_is_seen_through() {
    let server = Server::start().unwrap();
    let setup = "CREATE TABLE users (id bigint PRIMARY KEY, mail text, age integer);";
    for (script, expected) in [
        ("ALTER TABLE users DROP COLUMN mail", "drop-column"),
        // A rename is not guessed: to programs it is the drop that it looks like.
        (
            "ALTER TABLE users RENAME COLUMN mail TO email",
            "drop-column",
        ),
        ("ALTER TABLE users ALTER age SET NOT NULL", "set-not-null"),
        ("DROP TABLE users", "drop-table"),
    ] {
        let block = format!("DO $$ BEGIN EXECUTE '{script}'; END $$;");
        let found = found(
            Dialect::Postgres,
            Some(Scratch::Postgres(&server)),
            setup,
            &block,
        );
        let finding = found.iter().find(|finding| finding.id == expected);
        let line = finding.map(|finding| finding.place.line);
        assert_eq!(line, Some(6), "{script}: {found:?}");
    }
}

/// By way of a third name: nothing comes, and nothing goes.
#[test]
fn columns_that_change_places_are_renamed() {
    let setup =
        "CREATE TABLE users (id INTEGER PRIMARY KEY, mail TEXT NOT NULL, name TEXT NOT NULL);";
    let script = "ALTER TABLE users RENAME COLUMN mail TO meanwhile;
        ALTER TABLE users RENAME COLUMN name TO mail;
        ALTER TABLE users RENAME COLUMN meanwhile TO name;";
    let found = found(Dialect::Sqlite, Some(Scratch::Sqlite), setup, script);
    let count = |id: &str| found.iter().filter(|finding| finding.id == id).count();
    assert!(count("rename-column") > 0, "{found:?}");
    assert_eq!(count("required-column"), 0, "{found:?}");
    let says = |text: &str| {
        found
            .iter()
            .any(|finding| finding.message.starts_with(text))
    };
    assert!(says("renames users.mail to name:"), "{found:?}");
    assert!(says("renames users.name to mail:"), "{found:?}");
}

#[test]
fn the_documentation_lists_the_rules() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/lint.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once("<!-- rules -->\n").unwrap();
    let (_, tail) = rest.split_once("<!-- end of rules -->\n").unwrap();
    let expected = format!(
        "{head}<!-- rules -->\n{}<!-- end of rules -->\n{tail}",
        table()
    );
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    assert!(
        text == expected,
        "docs/lint.md is stale: run this test with UPDATE_EXPECT=1"
    );
}

fn table() -> String {
    let mut table =
        "| id | finds | groups | databases | elsewhere |\n|---|---|---|---|---|\n".to_owned();
    for rule in rules() {
        let groups: Vec<&str> = rule.groups.iter().map(|group| group.name()).collect();
        let dialects: Vec<&str> = rule.dialects.iter().map(|dialect| dialect.name()).collect();
        let elsewhere = if rule.known_as == "none" {
            ""
        } else {
            rule.known_as
        };
        table.push_str(&format!(
            "| `{}` | {} | {} | {} | {elsewhere} |\n",
            rule.id,
            rule.what,
            groups.join(", "),
            dialects.join(", "),
        ));
    }
    table
}

/// A chain of one revision for each text, on SQLite.
fn chain(scripts: &[(&str, &str)]) -> Migrations {
    let mut folder = Folder::new("versions");
    let mut parent = "none".to_owned();
    for (index, (header, sections)) in scripts.iter().enumerate() {
        let id = format!("a{index}");
        let text = format!(
            "-- one\n-- revision: {id}\n-- down_revision: {parent}\n{header}\n{sections}\n"
        );
        folder.add(&format!("{id}.sql"), text.as_bytes());
        parent = id;
    }
    load(folder, &Options::new("versions")).unwrap().into()
}

fn ids(migrations: &Migrations, positions: &[usize]) -> Vec<String> {
    let ignore = Ignore::default();
    let report = lint(
        migrations,
        Scope::new(positions, &ignore),
        &[(Dialect::Sqlite, Some(Scratch::Sqlite))],
    );
    let shown = |finding: Finding| {
        format!(
            "{} {}/{}:{}",
            finding.direction, finding.group, finding.id, finding.place.line
        )
    };
    report.unwrap().findings.into_iter().map(shown).collect()
}

const USERS: (&str, &str) = (
    "",
    "-- upgrade (sqlite)\nCREATE TABLE users (id INTEGER PRIMARY KEY, mail text, age int);\n\n-- downgrade\nDROP TABLE users;",
);

#[test]
fn a_comment_allows_what_it_names() {
    let drop = "ALTER TABLE users DROP COLUMN mail;";
    let section = |text: &str| format!("-- upgrade (sqlite)\n{text}\n\n-- downgrade: nothing");
    for (header, script, expected) in [
        (
            "",
            drop.to_owned(),
            vec![
                "upgrade breaks/breaking-header:1",
                "upgrade breaks/drop-column:6",
                "upgrade loses/drop-column:6",
            ],
        ),
        (
            "",
            format!("-- lint:allow drop-column: nobody reads it\n{drop}"),
            vec![],
        ),
        (
            "",
            format!("{drop} -- lint:allow drop-column: nobody reads it"),
            vec![],
        ),
        (
            "-- lint:allow drop-column: nobody reads it\n",
            drop.to_owned(),
            vec![],
        ),
        (
            "",
            format!("-- lint:allow breaks/drop-column: nobody reads it\n{drop}"),
            vec!["upgrade loses/drop-column:7"],
        ),
        (
            "",
            format!("-- lint:allow drop-column\n{drop}"),
            vec![
                "upgrade breaks/breaking-header:1",
                "upgrade design/allowance:6",
                "upgrade breaks/drop-column:7",
                "upgrade loses/drop-column:7",
            ],
        ),
        (
            "",
            format!("{drop}\n-- lint:allow drop-column: too late\nSELECT 1;"),
            vec![
                "upgrade breaks/breaking-header:1",
                "upgrade breaks/drop-column:6",
                "upgrade loses/drop-column:6",
                "upgrade design/allowance:7",
            ],
        ),
        (
            "",
            "-- lint:allow drop-colum: a slip\nSELECT 1;".to_owned(),
            vec!["upgrade design/allowance:6"],
        ),
        (
            "",
            "SELECT '-- lint:allow drop-column: a text';".to_owned(),
            vec![],
        ),
    ] {
        let script = section(&script);
        let migrations = chain(&[USERS, (header, &script)]);
        assert_eq!(ids(&migrations, &[1]), expected, "{header}{script}");
    }
}

#[test]
fn a_downgrade_may_take_away_what_its_upgrade_made() {
    assert_eq!(ids(&chain(&[USERS]), &[0]), Vec::<String>::new());
    let later = (
        "",
        "-- upgrade (sqlite)\nALTER TABLE users ADD COLUMN x int;\n\n-- downgrade\nALTER TABLE users DROP COLUMN x;\nALTER TABLE users DROP COLUMN age;\nDELETE FROM users;",
    );
    assert_eq!(
        ids(&chain(&[USERS, later]), &[1]),
        [
            "downgrade loses/drop-column:10",
            "downgrade loses/delete-without-where:11"
        ]
    );
    // Made in the same run: nobody's rows are in it.
    assert_eq!(ids(&chain(&[USERS, later]), &[0, 1]).len(), 2);
}

#[test]
fn a_revision_that_fails_is_found_and_the_next_one_is_read() {
    let fails = (
        "",
        "-- upgrade (sqlite)\nALTER TABLE usres ADD COLUMN x int;\n\n-- downgrade: nothing",
    );
    let drops = (
        "",
        "-- upgrade (sqlite)\nDROP TABLE users;\n\n-- downgrade: nothing",
    );
    assert_eq!(
        ids(&chain(&[USERS, fails, drops]), &[1, 2]),
        [
            "upgrade may-fail/fails:6",
            "upgrade breaks/breaking-header:1",
            "upgrade breaks/drop-table:6",
            "upgrade loses/drop-table:6"
        ]
    );
}

/// What a function does is found by its locks.
#[test]
fn what_no_statement_tells_is_traced() {
    let server = Server::start().unwrap();
    let setup = "CREATE TABLE users (id integer PRIMARY KEY); CREATE TABLE others (id integer);";
    for (inside, expected) in [
        ("LOCK TABLE users", "lock-table"),
        ("ALTER TABLE users SET UNLOGGED", "rewrite-table"),
    ] {
        let script = format!("DO $$ BEGIN EXECUTE '{inside}'; END $$;");
        let found = found(
            Dialect::Postgres,
            Some(Scratch::Postgres(&server)),
            setup,
            &script,
        );
        let ids: Vec<&str> = found.iter().map(|finding| finding.id.as_str()).collect();
        assert!(ids.contains(&expected), "{script}: {ids:?}");
    }
}

/// What is newer than the declared version is found, what is as old isn't.
#[test]
fn a_declared_version_is_what_may_be_used() {
    let section = |script: &str| format!("-- upgrade (sqlite)\n{script}\n\n-- downgrade: nothing");
    for (script, since) in [
        ("CREATE TABLE t (a int) STRICT;", (3, 37)),
        (
            "CREATE TABLE t (a int PRIMARY KEY) WITHOUT ROWID, STRICT;",
            (3, 37),
        ),
        ("INSERT INTO users (id) VALUES (1) RETURNING id;", (3, 35)),
        ("SELECT mail ->> 'a' FROM users;", (3, 38)),
        (
            "CREATE VIEW v AS SELECT 1 FROM users a FULL JOIN users b;",
            (3, 39),
        ),
        (
            "SELECT 'RETURNING', \"returning\" FROM (SELECT 1 AS \"returning\");",
            (0, 0),
        ),
    ] {
        let script = section(script);
        let migrations = chain(&[USERS, ("", &script)]);
        let ignore = Ignore::default();
        let found = |oldest: (u32, u32)| {
            let scope = Scope::new(&[1], &ignore).at_least(Dialect::Sqlite, Some(oldest));
            let databases = [(Dialect::Sqlite, Some(Scratch::Sqlite))];
            let report = lint(&migrations, scope, &databases).unwrap();
            report.findings.iter().any(|one| one.id == "newer-feature")
        };
        assert!(!found((since.0.max(3), since.1)), "{script}");
        assert_eq!(
            found((3, since.1.saturating_sub(1))),
            since.0 == 3,
            "{script}"
        );
    }
}

/// The engine locks the table of a tool that was there before: that is not the step's doing.
#[test]
fn locks_of_the_engine_are_not_those_of_a_step() {
    let server = Server::start().unwrap();
    let first =
        "CREATE TABLE other_tool (version bigint PRIMARY KEY); CREATE TABLE users (id bigint);";
    let mut folder = Folder::new("versions");
    for (id, parent, script) in [
        ("a1", "none", first),
        ("b1", "a1", "ALTER TABLE users ADD COLUMN n integer;"),
    ] {
        let text = format!(
            "-- one\n-- revision: {id}\n-- down_revision: {parent}\n-- adopts: {id}\n\n-- upgrade (postgres)\n{script}\n\n-- downgrade: nothing\n"
        );
        folder.add(&format!("{id}.sql"), text.as_bytes());
    }
    let adopt = "-- adopt: other\n-- table: other_tool\n\n-- applied\nSELECT version::text, 'applied', NULL FROM other_tool;\n\n-- record: nothing\n\n-- unrecord: nothing\n";
    folder.add("adopt.sql", adopt.as_bytes());
    let migrations = Migrations::from(load(folder, &Options::new("versions")).unwrap());
    let ignore = Ignore::default();
    let databases = [(Dialect::Postgres, Some(Scratch::Postgres(&server)))];
    let report = lint(&migrations, Scope::new(&[1], &ignore), &databases).unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    let mut sections = report.sections.iter();
    let traced = sections.find_map(|one| one.traced.clone()).unwrap();
    let tables: Vec<&str> = traced.iter().map(|one| one.table.as_str()).collect();
    assert_eq!(tables, ["users"]);
}

/// PostgreSQL 11 knows the statement, but in no transaction.
#[test]
fn a_value_is_added_outside_a_transaction_before_postgres_12() {
    let ignore = Ignore::default();
    for (properties, oldest, expected) in [
        ("", 11, true),
        ("", 12, false),
        (", no transaction", 11, false),
    ] {
        let script = format!(
            "-- upgrade (postgres{properties})\nALTER TYPE kind ADD VALUE 'b';\n\n-- downgrade: nothing"
        );
        let base =
            "-- upgrade (postgres)\nCREATE TYPE kind AS ENUM ('a');\n\n-- downgrade: nothing";
        let migrations = chain(&[("", base), ("", &script)]);
        let scope = Scope::new(&[1], &ignore).at_least(Dialect::Postgres, Some((oldest, 0)));
        let report = lint(&migrations, scope, &[(Dialect::Postgres, None)]).unwrap();
        let mut found = report.findings.iter();
        let is_found = found.any(|one| one.id == "newer-feature");
        assert_eq!(is_found, expected, "{properties} {oldest}");
    }
}

#[test]
fn a_header_says_whether_older_programs_break() {
    let drop = "-- upgrade (sqlite)\nALTER TABLE users DROP COLUMN mail;\n\n-- downgrade: nothing";
    let add = "-- upgrade (sqlite)\nALTER TABLE users ADD COLUMN x int;\n\n-- downgrade: nothing";
    let allowed = "-- upgrade (sqlite)\n-- lint:allow breaks/drop-column: none reads it\nALTER TABLE users DROP COLUMN mail;\n\n-- downgrade: nothing";
    for (header, script, expected) in [
        ("", drop, vec!["breaking-header:1", "drop-column:6"]),
        ("-- breaking: mail goes\n", drop, vec!["drop-column:7"]),
        (
            "-- breaking: nothing really\n",
            add,
            vec!["breaking-header:4"],
        ),
        ("", add, vec![]),
        ("", allowed, vec![]),
        (
            "-- lint:allow breaking-header: a trigger reads it\n-- breaking: so\n",
            add,
            vec![],
        ),
    ] {
        let migrations = chain(&[USERS, (header, script)]);
        // Also in the run that makes the table, where nothing breaks, the header is right.
        for positions in [&[1][..], &[0, 1]] {
            let found = ids(&migrations, positions);
            let found = found.iter().filter_map(|one| one.split_once("breaks/"));
            let found: Vec<&str> = found.map(|(_, one)| one).collect();
            let is_alone = positions.len() == 1;
            let expected: Vec<&str> = (expected.iter().copied())
                .filter(|_| is_alone || script == add)
                .collect();
            assert_eq!(found, expected, "{header}{script}");
        }
    }
}

/// A type that takes the place of another one: programs find it by its name.
#[test]
fn a_type_that_is_replaced_is_changed_once() {
    let server = Server::start().unwrap();
    let found = found(
        Dialect::Postgres,
        Some(Scratch::Postgres(&server)),
        "CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (m mood NOT NULL DEFAULT 'a');",
        "ALTER TYPE mood RENAME TO mood_old; CREATE TYPE mood AS ENUM ('a');
         ALTER TABLE t ALTER m DROP DEFAULT; ALTER TABLE t ALTER m TYPE mood USING m::text::mood;
         ALTER TABLE t ALTER m SET DEFAULT 'a'; DROP TYPE mood_old;",
    );
    let mut ids: Vec<&str> = found.iter().map(|finding| finding.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let expected = [
        "breaking-header",
        "change-type-rewrites",
        "remove-enum-value",
    ];
    let ids: Vec<&str> = ids
        .into_iter()
        .filter(|id| *id != "no-primary-key")
        .collect();
    assert_eq!(ids, expected);
}
