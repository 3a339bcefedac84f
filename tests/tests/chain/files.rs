//! What a revision file may look like, and what is said of one that is wrong.

use migrate_chain::{Dialect, Options};
use proptest::prelude::*;

use super::support::try_load;

const SQL: &str = "\
-- create users
--
-- In prose: anything may stand here, also https://example.org and upgrade hints.
-- revision: a1
-- down_revision: none
-- branch_labels: users
-- created: 2026-11-20 10:02:11 UTC
-- version: v1
-- breaking: old clients fail

-- upgrade
CREATE TABLE users (name TEXT DEFAULT 'é
-- upgrades are no section
');

-- downgrade (sqlite, own transaction)
DROP TABLE users;
-- downgrade (postgres)
DROP TABLE users CASCADE;
";

const RUST: &str = "\
//! fill units
//!
//! revision: b1
//! down_revision: a1
//! content: 2
//! upgrade: (own transaction)
//! irreversible: units are gone

use migrate_runtime::{Context, Result};

pub fn upgrade(db: &mut Context<'_>) -> Result<()> {
    db.execute(\"INSERT INTO unit VALUES ('{')\", &[])?;
    Ok(())
}
";

fn options() -> Options {
    let mut options = Options::new("versions");
    options.dialects = Dialect::ALL.to_vec();
    options
}

/// What is wrong with `a1.sql`, one `line:column message` each.
fn told(text: &str) -> Vec<String> {
    told_of("a1.sql", text)
}

fn told_of(path: &str, text: &str) -> Vec<String> {
    match try_load([(path, text)], &options()) {
        Ok(_) => Vec::new(),
        Err(problems) => (problems.iter())
            .map(|problem| {
                let place = problem.place.as_ref().unwrap();
                format!("{}:{} {}", place.line, place.column, problem.message)
            })
            .collect(),
    }
}

fn fingerprints(files: &[(&str, &str)]) -> Vec<String> {
    let loaded = try_load(files.iter().copied(), &options()).unwrap_or_else(|p| panic!("{p}"));
    let chain = loaded.packed().chain().unwrap();
    (chain.revisions().iter())
        .flat_map(|revision| Dialect::ALL.map(|dialect| revision.fingerprint(dialect)))
        .map(|fingerprint| fingerprint.unwrap().to_string())
        .collect()
}

#[test]
fn line_endings_a_mark_and_trailing_space_change_nothing() {
    let plain = fingerprints(&[("a1.sql", SQL), ("b1.rs", RUST)]);
    let changes: [fn(&str) -> String; 5] = [
        |text| text.replace('\n', "\r\n"),
        |text| format!("\u{feff}{text}"),
        |text| text.replace('\n', " \t\n"),
        |text| format!("\u{feff}{}\r\n\r\n", text.replace('\n', "  \r\n")),
        |text| text.trim_end().to_owned(),
    ];
    for change in changes {
        let (sql, rust) = (change(SQL), change(RUST));
        assert_eq!(
            fingerprints(&[("a1.sql", &sql), ("b1.rs", &rust)]),
            plain,
            "{sql:?}"
        );
    }
}

#[test]
fn only_the_upgrade_is_in_the_fingerprint() {
    let plain = fingerprints(&[("a1.sql", SQL)]);
    for (from, to) in [
        ("DROP TABLE users;", "DROP TABLE IF EXISTS users;"),
        ("create users", "make users"),
        ("-- upgrade\n", "-- upgrade (own transaction)\n"),
        ("breaking: old clients fail", "breaking: no"),
        ("version: v1", "version: v2"),
        ("branch_labels: users", "branch_labels: people"),
    ] {
        let text = SQL.replacen(from, to, 1);
        assert_ne!(text, SQL);
        assert_eq!(fingerprints(&[("a1.sql", &text)]), plain, "{to}");
    }
    let edited = SQL.replacen("name TEXT", "name  TEXT", 1);
    assert_ne!(fingerprints(&[("a1.sql", &edited)]), plain);
}

/// A file of a1 with these lines in place of the sections, or before them.
fn file(header: &str, sections: &str) -> String {
    format!("-- m\n-- revision: a1\n-- down_revision: none\n{header}\n{sections}")
}

const SECTIONS: &str = "-- upgrade\nSELECT 1;\n-- downgrade\nSELECT 2;\n";

#[test]
fn prose_is_prose() {
    for header in [
        "-- Note: a capital letter\n",
        "-- see https://example.org: there\n",
        "-- two words: are no key\n",
    ] {
        assert_eq!(told(&file(header, SECTIONS)), [""; 0], "{header}");
    }
    for line in [
        "-- upgrade the units to metric",
        "-- downgrade is not lossless",
        "-- upgrading the rows",
        "-- update: one row",
        "---- upgrade ----",
        "-- irreversible damage is done below",
    ] {
        let sections = SECTIONS.replace("SELECT 1;", &format!("{line}\nSELECT 1;"));
        assert_eq!(told(&file("", &sections)), [""; 0], "{line}");
    }
}

#[test]
fn the_first_line_is_the_message() {
    for (first, message) in [
        ("fix: the index", "fix: the index"),
        ("content: new pages", "content: new pages"),
        ("Revision of prices", "Revision of prices"),
        ("revision 2 of prices", "revision 2 of prices"),
    ] {
        let text = file("", SECTIONS).replacen("-- m", &format!("-- {first}"), 1);
        let loaded = try_load([("a1.sql", text)], &options()).unwrap_or_else(|p| panic!("{p}"));
        assert_eq!(loaded.packed().chain().unwrap().get(0).message, message);
    }
    // Without a message, the keys begin at once.
    let text = file("", SECTIONS).replacen("-- m\n", "", 1);
    let loaded = try_load([("a1.sql", text)], &options()).unwrap();
    assert_eq!(loaded.packed().chain().unwrap().get(0).message, "");
}

#[test]
fn a_section_line_written_otherwise_is_an_error() {
    for line in [
        "-- Downgrade (postgres)",
        "-- DOWNGRADE (postgres)",
        "--downgrade (postgres)",
        "--  downgrade (postgres)",
        "--\tdowngrade (postgres)",
        "  -- downgrade (postgres)",
        "\t-- downgrade (postgres)",
        "-- downgrad (postgres)",
        "-- downgrade postgres",
        "-- downgrade no transaction",
        "-- downgrade nothing",
        "-- upgrade nothing",
        "-- Upgrade:",
    ] {
        // The line would otherwise move its script into the section above it.
        let text = file("", &format!("{SECTIONS}{line}\nSELECT 3;\n"));
        let expected = format!("9:{} `{}` is not a section line", 1, line.trim_start());
        let found = told(&text);
        assert_eq!(found.len(), 1, "{line}: {found:?}");
        assert_eq!(found[0], expected, "{line}");
    }
}

#[test]
fn forms_of_section_lines() {
    for (line, message) in [
        ("-- downgrade (postgres", "9:14 the `(` is not closed"),
        (
            "-- downgrade (postgers)",
            "9:15 unknown property `postgers`: did you mean `postgres`?",
        ),
        ("-- downgrade ()", "9:15 an empty property"),
        ("-- downgrade (postgres) soon", "9:25 unexpected `soon`"),
        (
            "-- downgrade (postgres): later",
            "9:26 `downgrade:` is followed by `later`",
        ),
        (
            "-- irreversible (postgres)",
            "9:1 `irreversible` without a reason",
        ),
        ("-- downgrade", "9:1 a second downgrade section"),
        ("-- irreversible: no", "9:1 a second downgrade section"),
    ] {
        let found = told(&file("", &format!("{SECTIONS}{line}\n")));
        assert_eq!(
            found.first().map(String::as_str),
            Some(message),
            "{line}: {found:?}"
        );
    }
}

/// Below a section without a script, a script would be dropped in silence.
#[test]
fn a_script_below_nothing_is_an_error() {
    for (opened, other) in [
        ("-- upgrade: nothing", "-- downgrade: nothing"),
        ("-- irreversible: gone", "-- upgrade: nothing"),
    ] {
        let text = file(
            "",
            &format!("{other}\n-- a remark\n\n{opened}\n\nDROP TABLE t;\nSELECT 1;\n"),
        );
        assert_eq!(
            told(&text),
            ["10:1 a script that would never run"],
            "{opened}"
        );
    }
    let text = file(
        "",
        "-- upgrade: nothing\n-- a remark\n\n-- downgrade: nothing\n",
    );
    assert_eq!(told(&text), [""; 0]);
}

#[test]
fn header_mistakes() {
    for (header, messages) in [
        (
            "-- revison: a1\n",
            &["4:4 unknown key `revison` in the header"][..],
        ),
        (
            "-- author: me\n",
            &["4:4 unknown key `author` in the header"],
        ),
        (
            "-- content: 2\n",
            &["4:4 unknown key `content` in the header"],
        ),
        ("-- revision: a2\n", &["4:1 `revision` is given twice"]),
        ("-- depends_on:\n", &["4:4 `depends_on` has no value"]),
        (
            "-- depends_on: a b\n",
            &[
                "4:16 illegal `depends_on`: `a b` contains ' ': only `A-Z a-z 0-9 _ .` may stand in it",
            ],
        ),
        (
            "-- depends_on: zz, zz\n",
            &["4:16 unknown depends_on `zz`", "4:20 `zz` is named twice"],
        ),
        ("-- depends_on: a1\n", &["4:16 `a1` is its own dependency"]),
        (
            "-- branch_labels: head\n",
            &["4:19 illegal `branch_labels`: `head` is a reserved word"],
        ),
        ("-- created: yesterday\n", &["4:13 `created` is not a date"]),
        (
            "-- version (sqlite): 1\n",
            &["4:1 `version` takes no parentheses"],
        ),
        (
            "-- fingerprint: 12\n",
            &["4:1 `fingerprint` names no dialect"],
        ),
        (
            "-- fingerprint (sqlite): 12\n",
            &["4:26 a fingerprint is 64 lower-case hex digits"],
        ),
        (
            "\n-- version: 2\n",
            &["5:13 `version` stands outside the header"],
        ),
        ("\nSELECT 0;\n", &["5:1 text before the first section"]),
    ] {
        let found = told(&file(header, SECTIONS));
        assert_eq!(found, messages, "{header}");
    }
}

#[test]
fn rust_header_mistakes() {
    for (header, message) in [
        (
            "//! upgrade: (own transaction)",
            "7:1 a second upgrade section",
        ),
        (
            "//! upgrade (sqlite): (no transaction)",
            "7:1 `upgrade` is given properties twice",
        ),
        (
            "//! downgrade: later",
            "7:1 `downgrade: later` is not a list of properties",
        ),
        (
            "//! upgrade (mysql): nothing",
            "7:1 unknown property `mysql`: the properties are sqlite, postgres, no transaction, own transaction, foreign keys off",
        ),
        ("//! irreversible:", "7:1 `irreversible` without a reason"),
    ] {
        let text = RUST
            .replacen(
                "//! irreversible",
                &format!("{header}\n//! irreversible"),
                1,
            )
            .replace("down_revision: a1", "down_revision: none");
        let found = told_of("b1.rs", &text);
        assert_eq!(found, [message], "{header}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a file holds, it is read or reported.
    #[test]
    fn no_file_panics(
        rust in any::<bool>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, 0usize..PIECES.len()), 1..8),
        end in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = if rust { RUST } else { SQL }.as_bytes().to_vec();
        for (at, len, piece) in edits {
            let start = at.index(bytes.len() + 1);
            let end = (start + len).min(bytes.len());
            bytes.splice(start..end, PIECES[piece].iter().copied());
        }
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len() + 1));
        }
        let path = if rust { "b1.rs" } else { "a1.sql" };
        match try_load([(path, bytes)], &options()) {
            Ok(loaded) => {
                let chain = loaded.packed().chain().unwrap();
                prop_assert_eq!(chain.len(), 1);
            }
            Err(problems) => prop_assert!(!problems.to_string().is_empty()),
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), path in prop::sample::select(vec!["a1.sql", "b1.rs", "chain.lock", "a.b/.sql", ".rs"])) {
        if let Err(problems) = try_load([(path, bytes)], &options()) {
            prop_assert!(!problems.to_string().is_empty());
        }
    }
}

const PIECES: [&[u8]; 30] = [
    b"",
    b"\n",
    b"\r\n",
    b"--",
    b"-- upgrade\n",
    b"\n-- downgrade (sqlite)\n",
    b"\n-- upgrade: nothing\n",
    b"-- irreversible (postgres): \xc3\xa9\n",
    b"//! ",
    b"//! irreversible ( ): x\n",
    b"//! upgrade (postgres): (sqlite)\n",
    b":",
    b"(",
    b")",
    b",",
    b"'",
    b"\"",
    b"$a$",
    b"/*",
    b"*/",
    b"\\",
    b"r#\"",
    b"{",
    b"}",
    b"\xef\xbb\xbf",
    b"\xc3\xa9",
    b"\xe2\x80\xa8",
    b"\0",
    b"\xff",
    b" none, a1 ",
];

#[cfg(unix)]
#[test]
fn what_cannot_be_read_hides_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a1.sql"), SQL).unwrap();
    std::fs::create_dir(dir.path().join("billing")).unwrap();
    std::fs::write(dir.path().join("billing/b1.rs"), RUST).unwrap();
    std::os::unix::fs::symlink("gone", dir.path().join("0.sql")).unwrap();
    let folder = migrate_chain::Folder::read(dir.path(), "versions");
    let paths: Vec<&str> = folder.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["a1.sql", "billing/b1.rs"]);
    let problems: Vec<String> = (folder.problems.iter())
        .map(|p| p.place.as_ref().unwrap().to_string())
        .collect();
    assert_eq!(problems, ["versions/0.sql"]);
}

/// What is no regular file, and what is too large, is reported unread.
#[cfg(unix)]
#[test]
fn only_files_of_a_revisions_size_are_read() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a1.sql"), SQL).unwrap();
    for pipe in ["b1.sql", "chain.lock", "stray"] {
        let made = std::process::Command::new("mkfifo")
            .arg(dir.path().join(pipe))
            .status();
        assert!(made.unwrap().success());
    }
    std::os::unix::fs::symlink("stray", dir.path().join("c1.rs")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", dir.path().join("d1.sql")).unwrap();
    // They hold nothing, so that they take no room.
    let sized = |name: &str, len: u64| {
        let file = std::fs::File::create(dir.path().join(name)).unwrap();
        file.set_len(len).unwrap();
    };
    sized("e1.sql", 3 << 30);
    sized("dump.bin", 3 << 30);
    let folder = migrate_chain::Folder::read(dir.path(), "versions");
    let paths: Vec<&str> = folder.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["a1.sql"]);
    let told = |problems: &migrate_chain::Problems| -> Vec<String> {
        let told = problems.clone().sorted();
        told.iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        told(&folder.problems),
        [
            "versions/b1.sql: not a regular file",
            "versions/c1.rs: not a regular file",
            "versions/chain.lock: not a regular file",
            "versions/d1.sql: a symbolic link that leads out of the directory",
            "versions/e1.sql: 3072 MiB, and a revision has at most 64",
        ]
    );
    assert_eq!(
        told(&folder.strays),
        [
            "versions/dump.bin: not a revision: those end in `.sql` or `.rs`",
            "versions/stray: not a revision: those end in `.sql` or `.rs`",
        ]
    );
}

#[test]
fn what_editors_leave_behind_is_no_file_of_the_chain() {
    let left = [
        "a1.sql~",
        "a1.sql.orig",
        "a1.sql.rej",
        "a1.sql.swp",
        ".a1.sql.swp",
        "a1.swo",
        "#a1.sql#",
        ".#a1.sql",
        "Thumbs.db",
        "desktop.ini",
        ".DS_Store",
        "billing/THUMBS.DB",
        "a1.sql___jb_tmp___",
    ];
    let files = left.into_iter().map(|path| (path, b"\xff".to_vec()));
    try_load(files.chain([("a1.sql", SQL.into())]), &options()).unwrap();
    for stray in ["a1.sql.bak", "a1.txt", "x.swift", "#", "orig", "b~/x.txt"] {
        let problems = try_load([(stray, b"x".to_vec()), ("a1.sql", SQL.into())], &options());
        assert_eq!(problems.unwrap_err().len(), 1, "{stray}");
    }
}
