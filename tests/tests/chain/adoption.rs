//! `adopt.sql` and the header key `adopts`.

use expect_test::{Expect, expect};
use migrate_chain::chain_lock::ChainLock;
use migrate_chain::{Dialect, Loaded, Options};

use super::support::{revision, try_load};

const ADOPT: &str = "\
-- adopt: sqlx
-- table: _sqlx_migrations
-- without: 20, 30
-- Written by a person, who may say more.

-- applied
SELECT version, CASE WHEN success THEN 'applied' ELSE 'failed' END FROM _sqlx_migrations;

-- record (sqlite)
INSERT INTO _sqlx_migrations VALUES (?1, ?2, '?3', ?3, ?4); -- ?4
-- record (postgres)
INSERT INTO _sqlx_migrations VALUES (?1, decode(?3, 'hex'));

-- unrecord: nothing
";

fn options() -> Options {
    let mut options = Options::new("versions");
    options.dialects = Dialect::ALL.to_vec();
    options
}

/// Two revisions with these lines in their headers, beside an `adopt.sql`.
fn loaded(adopt: Option<&str>, a: &str, b: &str) -> Result<Loaded, migrate_chain::Problems> {
    let line = |line: &str| match line {
        "" => String::new(),
        line => format!("-- {line}\n"),
    };
    let mut files = vec![
        revision("a1", "none", &line(a)),
        revision("b1", "a1", &line(b)),
    ];
    files.extend(adopt.map(|text| ("adopt.sql".to_owned(), text.to_owned())));
    try_load(files, &options())
}

#[test]
fn what_is_written_is_read() {
    let written = "adopts: 7 AB|cd, x.8 \"second, with a comma\", 9 e=f+/ \"third\"";
    for ending in ["\n", "\r\n"] {
        let adopt = ADOPT.replace('\n', ending);
        let loaded = loaded(Some(&adopt), "adopts: 1", written).unwrap();
        let packed = loaded.packed();
        let adoption = packed.adoption().unwrap().unwrap();
        assert_eq!(
            (adoption.tool, adoption.table),
            ("sqlx", Some("_sqlx_migrations"))
        );
        assert_eq!(adoption.without, ["20", "30"]);
        let keys = |at| {
            let keys = adoption.keys(at).iter();
            keys.map(|one| (one.key, one.sums.clone(), one.name))
                .collect::<Vec<_>>()
        };
        assert_eq!(keys(0), [("1", vec![], None)]);
        assert_eq!(
            keys(1),
            [
                ("7", vec!["AB", "cd"], None),
                ("x.8", vec![], Some("second, with a comma")),
                ("9", vec!["e=f+/"], Some("third")),
            ]
        );
        assert_eq!(adoption.position("9"), Some((1, 2)));
        assert_eq!(adoption.position("20"), None);
        let sqlite = adoption.scripts(Dialect::Sqlite);
        let record = sqlite.record.unwrap();
        assert!(sqlite.applied.is_some() && sqlite.unrecord.is_none());
        assert_eq!(
            record.filled(Dialect::Sqlite, [Some("1"), Some("it's"), Some("ab"), None]),
            format!(
                "INSERT INTO _sqlx_migrations VALUES ('1', 'it''s', '?3', 'ab', NULL); -- ?4{ending}"
            )
        );
        let (place, _) = adoption.locate("versions", record.offset..record.offset + 6);
        assert_eq!(place.to_string(), "versions/adopt.sql:10:1");
        let postgres = adoption.scripts(Dialect::Postgres).record.unwrap();
        assert!(postgres.text.contains("decode"));
        assert_eq!(packed.chain().unwrap().len(), 2);
    }
}

#[test]
fn a_pragma_takes_a_number() {
    let adopt = "-- adopt: rusqlite_migration\n-- table: none\n-- applied\nSELECT user_version, 'upto' FROM pragma_user_version WHERE user_version > 0;\n-- record\nPRAGMA user_version = ?1;\n-- unrecord\nPRAGMA main.user_version=?4\n";
    let loaded = loaded(Some(adopt), "adopts: 1", "adopts: 2").unwrap();
    let adoption = loaded.packed().adoption().unwrap().unwrap();
    let scripts = adoption.scripts(Dialect::Sqlite);
    let none = [Some("1"), None, None, None];
    let filled = scripts.unrecord.unwrap().filled(Dialect::Sqlite, none);
    assert_eq!(filled, "PRAGMA main.user_version=0\n");
    let filled = scripts.record.unwrap().filled(Dialect::Sqlite, none);
    assert_eq!(filled, "PRAGMA user_version = '1';\n");
}

#[test]
fn nothing_is_part_of_a_fingerprint() {
    let plain = loaded(None, "", "").unwrap();
    let adopting = loaded(Some(ADOPT), "adopts: 1 ab", "adopts: 2").unwrap();
    assert_eq!(plain.packed().adoption(), Ok(None));
    assert!(plain.encoded.adoption.is_empty());
    let (one, other) = (
        plain.packed().chain().unwrap(),
        adopting.packed().chain().unwrap(),
    );
    for dialect in Dialect::ALL {
        assert_eq!(
            one.get(1).fingerprint(dialect),
            other.get(1).fingerprint(dialect)
        );
    }
    // Without it the table is, to the byte, what it was before there was such a file.
    assert_eq!(plain.encoded.table.len(), adopting.encoded.table.len());
}

#[test]
fn chain_lock_shows_that_it_was_changed() {
    let first = loaded(Some(ADOPT), "adopts: 1", "adopts: 2").unwrap();
    let lock = first.chain_lock(&ChainLock::default()).unwrap();
    let text = lock.to_string();
    assert!(
        text.lines().any(|line| line.starts_with("adopt.sql ")),
        "{text}"
    );
    assert_eq!(
        ChainLock::parse("versions", &text).unwrap().to_string(),
        text
    );
    assert!(lock.up_to_date(&first.packed().chain().unwrap()).is_ok());
    let stale = |adopt: Option<&str>| {
        let (a, b) = match adopt {
            Some(_) => ("adopts: 1", "adopts: 2"),
            None => ("", ""),
        };
        let now = loaded(adopt, a, b).unwrap();
        let chain = now.packed().chain().unwrap();
        lock.up_to_date(&chain)
            .unwrap_err()
            .iter()
            .next()
            .unwrap()
            .message
            .clone()
    };
    let edited = ADOPT.replace("20, 30", "20");
    assert_eq!(
        stale(Some(&edited)),
        "chain.lock is stale: adopt.sql has changed"
    );
    assert_eq!(
        stale(None),
        "chain.lock is stale: adopt.sql is no longer there"
    );
    let before = loaded(None, "", "")
        .unwrap()
        .chain_lock(&ChainLock::default())
        .unwrap();
    let refused = before
        .up_to_date(&first.packed().chain().unwrap())
        .unwrap_err();
    assert!(
        refused.to_string().contains("adopt.sql is not in it"),
        "{refused}"
    );
}

fn refused(adopt: Option<&str>, a: &str, b: &str, expected: &Expect) {
    let problems = loaded(adopt, a, b).unwrap_err();
    expected.assert_eq(&problems.to_string());
}

#[test]
fn keys_without_a_file_are_a_problem() {
    refused(
        None,
        "adopts: 1",
        "adopts: 2",
        &expect![[r#"
        `adopts` without adopt.sql, which would say how the keys are found
          --> versions/a1.sql:4:12
           |
         4 | -- adopts: 1
           |            ^
          = help: put adopt.sql back beside the revisions: `cargo migrate import` writes it
          = help: once every database was taken over, take the lines `-- adopts: ..` out of all revisions: they are no part of what is recorded"#]],
    );
}

#[test]
fn a_file_without_keys_is_a_problem() {
    refused(
        Some(ADOPT),
        "",
        "",
        &expect![[r#"
        no revision has a key `adopts`, so no database can be taken over
          --> versions/adopt.sql
          = help: name in each revision what the other tool calls it: `-- adopts: KEY`"#]],
    );
}

#[test]
fn a_key_has_one_meaning() {
    refused(
        Some(ADOPT),
        "adopts: 1, 20",
        "adopts: 2, 1, 2",
        &expect![[r#"
            `20` stands in `without`, and `a1` adopts it
              --> versions/adopt.sql:3:13
               |
             3 | -- without: 20, 30
               |             ^^
              = help: keep one of the two

            `b1` adopts `1`, and so does `a1`
              --> versions/b1.sql:4:15
               |
             4 | -- adopts: 2, 1, 2
               |               ^
              = help: one revision stands for a key; the other is versions/a1.sql

            `2` is named twice
              --> versions/b1.sql:4:18
               |
             4 | -- adopts: 2, 1, 2
               |                  ^"#]],
    );
}

#[test]
fn a_key_that_is_written_otherwise_is_a_problem() {
    refused(
        Some(ADOPT),
        "adopts: 1 ab cd",
        "adopts: 2,, 3",
        &expect![[r#"
            this is neither a checksum nor a name
              --> versions/a1.sql:4:17
               |
             4 | -- adopts: 1 ab cd
               |                 ^^
              = help: it is written `adopts: KEY`, `adopts: KEY SUM|SUM`, `adopts: KEY "NAME"`, or several of them separated by commas

            `adopts` lacks a key here
              --> versions/b1.sql:4:14
               |
             4 | -- adopts: 2,, 3
               |              ^
              = help: it is written `adopts: KEY`, `adopts: KEY SUM|SUM`, `adopts: KEY "NAME"`, or several of them separated by commas"#]],
    );
    refused(
        Some(ADOPT),
        "adopts: 1 \"x",
        "adopts: 2 a||b",
        &expect![[r#"
            the `"` is not closed
              --> versions/a1.sql:4:14
               |
             4 | -- adopts: 1 "x
               |              ^^
              = help: it is written `adopts: KEY`, `adopts: KEY SUM|SUM`, `adopts: KEY "NAME"`, or several of them separated by commas

            a checksum is empty
              --> versions/b1.sql:4:14
               |
             4 | -- adopts: 2 a||b
               |              ^^^^
              = help: it is written `adopts: KEY`, `adopts: KEY SUM|SUM`, `adopts: KEY "NAME"`, or several of them separated by commas"#]],
    );
    refused(
        Some(ADOPT),
        "adopt: 1",
        "adopts:",
        &expect![[r#"
            unknown key `adopt` in the header
              --> versions/a1.sql:4:4
               |
             4 | -- adopt: 1
               |    ^^^^^
              = help: did you mean `adopts`?

            `adopts` has no value
              --> versions/b1.sql:4:4
               |
             4 | -- adopts:
               |    ^^^^^^
              = help: give it one, or remove the line"#]],
    );
}

#[test]
fn what_is_missing_is_named() {
    refused(
        Some("-- Nothing yet.\n"),
        "adopts: 1",
        "",
        &expect![[r#"
            no key `adopt`
              --> versions/adopt.sql
              = help: name the other tool at the top of the file: `-- adopt: sqlx`

            no key `table`
              --> versions/adopt.sql
              = help: name the table of the other tool's: `-- table: _sqlx_migrations`; or say `-- table: none`, where the query of `-- applied` decides alone

            no section `applied`
              --> versions/adopt.sql
              = help: a line `-- applied` opens one; one that does nothing on purpose is `-- applied: nothing`

            no section `record`
              --> versions/adopt.sql
              = help: a line `-- record` opens one; one that does nothing on purpose is `-- record: nothing`

            no section `unrecord`
              --> versions/adopt.sql
              = help: a line `-- unrecord` opens one; one that does nothing on purpose is `-- unrecord: nothing`"#]],
    );
    let half = "-- adopt: mine\n-- table: t\n-- applied (sqlite)\nSELECT 1;\n-- record: nothing\n-- unrecord: nothing\n";
    refused(
        Some(half),
        "adopts: 1",
        "",
        &expect![[r#"
        no section `applied` for postgres
          --> versions/adopt.sql
          = help: a line `-- applied (postgres)` opens one; one that does nothing on purpose is `-- applied (postgres): nothing`"#]],
    );
}

#[test]
fn what_is_misspelled_is_named() {
    let adopt = "-- adopt: mine\n-- tabel: t\n-- aplied\nSELECT 1;\n";
    refused(
        Some(adopt),
        "adopts: 1",
        "",
        &expect![[r#"
        unknown key `tabel`
          --> versions/adopt.sql:2:4
           |
         2 | -- tabel: t
           |    ^^^^^
          = help: did you mean `table`?

        `-- aplied` is not a section line
          --> versions/adopt.sql:3:1
           |
         3 | -- aplied
           | ^^^^^^^^^
          = help: write it at the start of the line, as `-- applied`"#]],
    );
    let adopt = "-- adopt:\n-- table: two words\n-- record (no transaction)\nSELECT 1;\n";
    refused(
        Some(adopt),
        "adopts: 1",
        "",
        &expect![[r#"
        `adopt` has no value
          --> versions/adopt.sql:1:4
           |
         1 | -- adopt:
           |    ^^^^^

        this names no table
          --> versions/adopt.sql:2:11
           |
         2 | -- table: two words
           |           ^^^^^^^^^
          = help: write a table's name, quoted where SQL needs it, with or without a schema: `_sqlx_migrations`; or `none`, where the query of `-- applied` decides alone

        only a dialect stands here
          --> versions/adopt.sql:3:12
           |
         3 | -- record (no transaction)
           |            ^^^^^^^^^^^^^^
          = help: it runs in the transaction of the step that it belongs to"#]],
    );
    let adopt = "SELECT 1;\n-- applied (mysql)\n-- record: none\n";
    refused(
        Some(adopt),
        "adopts: 1",
        "",
        &expect![[r#"
        text before the first section
          --> versions/adopt.sql:1:1
           |
         1 | SELECT 1;
           | ^^^^^^^^^
          = help: a section line is `-- applied`, `-- record` or `-- unrecord`, optionally with a dialect: `-- applied (postgres)`; one that does nothing is `-- record: nothing`

        unknown property `mysql`: the properties are sqlite, postgres, no transaction, own transaction, foreign keys off
          --> versions/adopt.sql:2:13
           |
         2 | -- applied (mysql)
           |             ^^^^^
          = help: a section line is `-- applied`, `-- record` or `-- unrecord`, optionally with a dialect: `-- applied (postgres)`; one that does nothing is `-- record: nothing`

        unexpected `: none`
          --> versions/adopt.sql:3:10
           |
         3 | -- record: none
           |          ^^^^^^
          = help: a section line is `-- applied`, `-- record` or `-- unrecord`, optionally with a dialect: `-- applied (postgres)`; one that does nothing is `-- record: nothing`"#]],
    );
}

#[test]
fn what_can_not_run_is_named() {
    let adopt = "\
-- adopt: mine
-- table: s.\"T t\"
-- without: a, a, b c
-- applied
SELECT k, 'applied' FROM t WHERE k = ?1; SELECT 2;
-- record
COMMIT; INSERT INTO t VALUES (?5);
-- unrecord
-- Nothing yet.
-- applied
SELECT 1;
";
    refused(
        Some(adopt),
        "adopts: 1",
        "",
        &expect![[r#"
        `a` is named twice
          --> versions/adopt.sql:3:16
           |
         3 | -- without: a, a, b c
           |                ^

        this is no key
          --> versions/adopt.sql:3:19
           |
         3 | -- without: a, a, b c
           |                   ^^^
          = help: `without` lists keys, separated by commas

        `?1` has no value in `-- applied`
          --> versions/adopt.sql:5:38
           |
         5 | SELECT k, 'applied' FROM t WHERE k = ?1; SELECT 2;
           |                                      ^^
          = help: the query finds every key there is; only `-- record` and `-- unrecord` are about one

        a second statement: `-- applied` is one query
          --> versions/adopt.sql:5:42
           |
         5 | SELECT k, 'applied' FROM t WHERE k = ?1; SELECT 2;
           |                                          ^^^^^^^^^
          = help: join them with UNION ALL

        `COMMIT` would end the migration's own transaction
          --> versions/adopt.sql:7:1
           |
         7 | COMMIT; INSERT INTO t VALUES (?5);
           | ^^^^^^
          = help: remove it: the transaction is committed together with the record of the revision

        `?5` has no value
          --> versions/adopt.sql:7:31
           |
         7 | COMMIT; INSERT INTO t VALUES (?5);
           |                               ^^
          = help: ?1 is the key, ?2 the other tool's own name of it, ?3 the checksum, ?4 the key before it

        the section `unrecord` is blank
          --> versions/adopt.sql:8:1
           |
         8 | -- unrecord
           | ^^^^^^^^^^^
          = help: write the SQL, or `-- unrecord: nothing` if it does nothing on purpose

        a second section `applied`
          --> versions/adopt.sql:10:1
            |
         10 | -- applied
            | ^^^^^^^^^^
          = help: the first one is at line 4"#]],
    );
    let adopt = ADOPT.replace("nothing\n", "nothing\nSELECT 1;\n");
    refused(
        Some(&adopt),
        "adopts: 1",
        "",
        &expect![[r#"
        SQL that would never run
          --> versions/adopt.sql:15:1
            |
         15 | SELECT 1;
            | ^^^^^^^^^
          = help: `-- unrecord: nothing` has none: remove one of the two"#]],
    );
}
