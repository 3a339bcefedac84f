//! SQLite keeps statements as they were typed. However that was, the same meaning is the same schema; and whatever can be
//! typed is either understood to the last token or said not to be.

use std::collections::BTreeSet;

use expect_test::expect;
use migrate_chain::sql::{Token, TokenKind, statements, tokens};
use migrate_runtime::Dialect;
use migrate_schema::introspect::{Ignore, sqlite};
use migrate_schema::model::Schema;
use proptest::prelude::*;
use rusqlite::Connection;

use crate::render::render;

const SHOP: &str = include_str!("ddl/sqlite.sql");

/// Whatever SQLite accepts can be read.
fn read(ddl: &str) -> Option<Schema> {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(ddl).ok()?;
    Some(sqlite(&conn, &Ignore::default()).unwrap_or_else(|error| panic!("{error:#}\n{ddl}")))
}

/// The statements of the shop that make tables and indexes.
fn shop() -> Vec<&'static str> {
    let all = statements(SHOP, Dialect::Sqlite);
    let texts = all.map(|one| SHOP[one.range].trim_end_matches(';'));
    texts
        .filter(|text| {
            ["CREATE TABLE", "CREATE INDEX", "CREATE UNIQUE"]
                .iter()
                .any(|head| text.contains(head))
        })
        .filter(|text| !text.contains("VIRTUAL TABLE"))
        .collect()
}

/// Numbers that follow from one.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }

    fn pick<'t>(&mut self, among: &[&'t str]) -> &'t str {
        among[self.below(among.len())]
    }
}

fn names(schema: &Schema) -> BTreeSet<String> {
    let tables = schema.tables.values();
    tables
        .flat_map(|table| {
            let columns = table.columns.iter().map(|column| column.name.clone());
            columns
                .chain([table.name.clone()])
                .chain(table.indexes.keys().cloned())
        })
        .collect()
}

/// Whether a token is one whatever stands beside it, as `|` and `-` are not.
fn is_apart(token: Token) -> bool {
    matches!(token.kind, TokenKind::Symbol(b'(' | b')' | b','))
}

/// The statement as somebody else would type it.
fn respell(text: &str, names: &BTreeSet<String>, dice: &mut Dice) -> String {
    let tokens = tokens(text, Dialect::Sqlite).unwrap();
    let mut respelled = String::new();
    let mut before: Option<(Token, &str)> = None;
    for token in tokens {
        let said = &text[token.start..token.end];
        if let Some((last, word)) = before {
            let glued = last.end == token.start;
            let space = match () {
                () if glued && !is_apart(last) && !is_apart(token) => "",
                () if is_apart(last) || is_apart(token) => dice.pick(&["", " ", "\n\t", "/* ( */"]),
                () => dice.pick(&[" ", "  ", "\n", " -- '\n", "/**/"]),
            };
            respelled.push_str(space);
            if word.eq_ignore_ascii_case("DEFAULT") {
                respelled.push_str(said);
                before = Some((token, said));
                continue;
            }
        }
        let inner = match token.kind {
            TokenKind::Word if names.contains(said) => Some(said),
            TokenKind::Name => Some(said.trim_matches('"')),
            _ => None,
        };
        match (inner, token.kind) {
            (Some(name), kind) => match dice.below(4) {
                0 => respelled.push_str(&format!("[{name}]")),
                1 => respelled.push_str(&format!("`{name}`")),
                2 if kind == TokenKind::Word => respelled.push_str(name),
                _ => respelled.push_str(&format!("\"{name}\"")),
            },
            (None, TokenKind::Word)
                if said.bytes().all(|byte| byte.is_ascii_alphabetic()) && is_keyword(said) =>
            {
                match dice.below(2) {
                    0 => respelled.push_str(&said.to_ascii_lowercase()),
                    _ => respelled.push_str(&said.to_ascii_uppercase()),
                }
            }
            _ => respelled.push_str(said),
        }
        before = Some((token, said));
    }
    respelled
}

/// The shop's keywords, types and functions are those in one case; its names are mixed or in the set of names.
fn is_keyword(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_uppercase())
}

const CLAUSES: &[&str] = &[
    "NOT NULL",
    "UNIQUE",
    "CHECK (1)",
    "DEFAULT 1",
    "PRIMARY KEY",
    "COLLATE NOCASE",
    "(",
    ")",
    ",",
    "CONSTRAINT",
    "x",
    "'x'",
    "\"y\"",
    "REFERENCES users",
    "DEFERRABLE",
    "ON CONFLICT IGNORE",
    "AS (1)",
    "STORED",
    "STRICT",
    "WITHOUT ROWID",
    "DESC",
    "AUTOINCREMENT",
    "1",
    "-",
    "NULL",
    "WHERE",
    "MATCH FULL",
    "FOREIGN KEY",
    "INTEGER",
    ";",
    "GENERATED ALWAYS",
];

/// The statement with a few tokens lost, doubled, moved or from elsewhere.
fn shake(text: &str, dice: &mut Dice) -> String {
    let mut words: Vec<&str> = Vec::new();
    let tokens = tokens(text, Dialect::Sqlite).unwrap();
    let mut begins = tokens[0].start;
    for (token, next) in tokens
        .iter()
        .zip(tokens.iter().skip(1).map(Some).chain([None]))
    {
        let ends =
            next.is_none_or(|next| is_apart(*token) || is_apart(*next) || next.start > token.end);
        if ends {
            words.push(&text[begins..token.end]);
        }
        if let Some(next) = next.filter(|_| ends) {
            begins = next.start;
        }
    }
    for _ in 0..=dice.below(3) {
        let (at, other) = (dice.below(words.len()), dice.below(words.len()));
        let behind = |word: &&str| *word == ",";
        let ends: Vec<usize> = words
            .iter()
            .enumerate()
            .filter(|(_, word)| behind(word))
            .map(|(at, _)| at)
            .collect();
        match dice.below(8) {
            0 => drop(words.remove(at)),
            1 => words.insert(at, words[other]),
            2 => words.swap(at, other),
            3 => words.insert(at, dice.pick(CLAUSES)),
            // Where it has a chance.
            _ if !ends.is_empty() => words.insert(ends[dice.below(ends.len())], dice.pick(CLAUSES)),
            _ => {}
        }
    }
    words.join(" ")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_spellings_are_one_schema(seed: u64) {
        let shop = shop();
        let schema = read(&shop.join(";\n")).unwrap();
        let names = names(&schema);
        let mut dice = Dice(seed);
        let respelled: Vec<_> = shop.iter().map(|text| respell(text, &names, &mut dice)).collect();
        let respelled = respelled.join(";\n");
        let again = read(&respelled).unwrap_or_else(|| panic!("SQLite refuses\n{respelled}"));
        for (one, other) in schema.tables.values().zip(again.tables.values()) {
            prop_assert_eq!(one, other, "{}", respelled);
        }
        prop_assert_eq!(schema, again);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_understood_can_be_written(seed: u64) {
        let mut dice = Dice(seed);
        let tables: Vec<_> = shop().into_iter().filter(|text| text.contains("CREATE TABLE")).collect();
        let shaken = dice.below(tables.len());
        let shake_one = |(at, text): (usize, &&str)| if at == shaken { shake(text, &mut dice) } else { (*text).to_owned() };
        let ddl = tables.iter().enumerate().map(shake_one).collect::<Vec<_>>().join(";\n");
        let Some(schema) = read(&ddl) else { return Ok(()) };
        if schema.tables.values().all(|table| table.not_understood.is_none()) {
            let written = render(&schema);
            let again = read(&written);
            prop_assert_eq!(Some(schema), again, "{}\n{}", ddl, written);
        }
    }
}

#[test]
fn what_is_not_understood_says_why() {
    for (ddl, reason) in [
        (
            "CREATE TABLE t (id INTEGER PRIMARY KEY DESC)",
            "INTEGER PRIMARY KEY DESC is no rowid, by a quirk of SQLite's",
        ),
        (
            "CREATE TABLE t (a REFERENCES nowhere)",
            "a foreign key refers to the primary key of `nowhere`, which has none",
        ),
        (
            "CREATE TABLE t (a REFERENCES u NOT NULL DEFERRABLE, b)",
            "unexpected `DEFERRABLE`",
        ),
    ] {
        let schema = read(ddl).unwrap_or_else(|| panic!("{ddl}"));
        let table = &schema.tables["t"];
        assert_eq!(table.not_understood.as_deref(), Some(reason), "{ddl}");
        assert!(!table.columns.is_empty());
    }
}

#[test]
fn a_schema_that_somebody_wrote_into_by_hand_does_not_panic() {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch("CREATE TABLE t (a, b); CREATE INDEX i ON t (a); CREATE VIEW v AS SELECT * FROM v2; CREATE VIEW v2 AS SELECT * FROM v;").unwrap();
    sqlite(&conn, &Ignore::default()).unwrap();
    conn.execute_batch("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE t (a, b /* (' WHERE name = 't'; UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON' WHERE name = 'i'; UPDATE sqlite_schema SET sql = x'ff' WHERE name = 'v';").unwrap();
    let error = sqlite(&conn, &Ignore::default()).unwrap_err();
    expect![[r#"
        can't read the schema
        Invalid column type Blob at index: 3, name: sql"#]]
    .assert_eq(&format!("{error:#}"));
    conn.execute_batch("UPDATE sqlite_schema SET sql = 'CREATE' WHERE name = 'v'")
        .unwrap();
    let schema = sqlite(&conn, &Ignore::default()).unwrap();
    assert_eq!(
        schema.tables["t"].not_understood.as_deref(),
        Some("unexpected `(`")
    );
    assert_eq!(schema.tables["t"].opaque[0].create, "CREATE INDEX i ON");
}
