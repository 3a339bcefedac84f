//! `newer-feature`: a statement needs a newer database than the oldest one in use.

use migrate_chain::Dialect;

use super::{ALL, Rule};
use crate::lint::Group;
use crate::lint::step::{Found, Step};
use crate::sql::cursor::{Token, lex};

pub(super) const RULE: Rule = Rule {
    id: "newer-feature",
    groups: &[Group::MayFail],
    dialects: ALL,
    what: "A statement needs a newer database than `sqlite = \"3.40\"` or `postgres = \"14\"` in migrate.toml declares.",
    known_as: "pgfence 20",
    check,
    // What is old enough depends on what is declared: `tests::a_declared_version` tries both.
    bad: &[],
    good: &[],
};

/// A version: what is declared, or what a feature came with.
type Version = (u32, u32);

/// What came when: its words in a row (`(` and `->` are words, too), and how it is called.
struct Feature {
    dialect: Dialect,
    since: Version,
    words: &'static [&'static str],
    name: &'static str,
}

const fn sqlite(minor: u32, words: &'static [&'static str], name: &'static str) -> Feature {
    Feature {
        dialect: Dialect::Sqlite,
        since: (3, minor),
        words,
        name,
    }
}

const fn postgres(major: u32, words: &'static [&'static str], name: &'static str) -> Feature {
    Feature {
        dialect: Dialect::Postgres,
        since: (major, 0),
        words,
        name,
    }
}

static FEATURES: &[Feature] = &[
    sqlite(24, &["ON", "CONFLICT", "("], "upsert"),
    sqlite(24, &["ON", "CONFLICT", "DO"], "upsert"),
    sqlite(25, &["RENAME", "COLUMN"], "RENAME COLUMN"),
    sqlite(25, &["OVER", "("], "window functions"),
    sqlite(30, &["NULLS", "FIRST"], "NULLS FIRST"),
    sqlite(30, &["NULLS", "LAST"], "NULLS LAST"),
    sqlite(30, &["FILTER", "("], "FILTER"),
    sqlite(31, &["GENERATED", "ALWAYS"], "generated columns"),
    sqlite(32, &["IIF", "("], "iif()"),
    sqlite(35, &["DROP", "COLUMN"], "DROP COLUMN"),
    sqlite(35, &["RETURNING"], "RETURNING"),
    sqlite(35, &["AS", "MATERIALIZED"], "MATERIALIZED"),
    sqlite(37, &[")", "STRICT"], "STRICT tables"),
    sqlite(37, &["ROWID", ",", "STRICT"], "STRICT tables"),
    sqlite(38, &["->"], "the operator ->"),
    sqlite(38, &["->>"], "the operator ->>"),
    sqlite(38, &["UNIXEPOCH", "("], "unixepoch()"),
    sqlite(39, &["RIGHT", "JOIN"], "RIGHT JOIN"),
    sqlite(39, &["FULL", "JOIN"], "FULL JOIN"),
    sqlite(39, &["FULL", "OUTER", "JOIN"], "FULL JOIN"),
    sqlite(39, &["IS", "DISTINCT", "FROM"], "IS DISTINCT FROM"),
    sqlite(39, &["IS", "NOT", "DISTINCT", "FROM"], "IS DISTINCT FROM"),
    sqlite(41, &["UNHEX", "("], "unhex()"),
    sqlite(43, &["OCTET_LENGTH", "("], "octet_length()"),
    sqlite(43, &["TIMEDIFF", "("], "timediff()"),
    sqlite(44, &["CONCAT", "("], "concat()"),
    sqlite(44, &["CONCAT_WS", "("], "concat_ws()"),
    sqlite(44, &["STRING_AGG", "("], "string_agg()"),
    sqlite(45, &["JSONB", "("], "jsonb()"),
    sqlite(45, &["JSONB_OBJECT", "("], "jsonb_object()"),
    sqlite(45, &["JSONB_ARRAY", "("], "jsonb_array()"),
    sqlite(45, &["JSONB_SET", "("], "jsonb_set()"),
    sqlite(45, &["JSONB_EXTRACT", "("], "jsonb_extract()"),
    postgres(
        12,
        &["REINDEX", "INDEX", "CONCURRENTLY"],
        "REINDEX CONCURRENTLY",
    ),
    postgres(
        12,
        &["REINDEX", "TABLE", "CONCURRENTLY"],
        "REINDEX CONCURRENTLY",
    ),
    postgres(12, &[")", "STORED"], "generated columns"),
    postgres(13, &["GEN_RANDOM_UUID", "("], "gen_random_uuid()"),
    postgres(
        14,
        &["OR", "REPLACE", "TRIGGER"],
        "CREATE OR REPLACE TRIGGER",
    ),
    postgres(14, &["BEGIN", "ATOMIC"], "functions whose body is SQL"),
    postgres(15, &["NULLS", "NOT", "DISTINCT"], "NULLS NOT DISTINCT"),
    postgres(15, &["NULLS", "DISTINCT"], "NULLS DISTINCT"),
    postgres(15, &["MERGE", "INTO"], "MERGE"),
    postgres(15, &["SECURITY_INVOKER"], "security_invoker views"),
    postgres(
        15,
        &["SET", "NULL", "("],
        "ON DELETE SET NULL of some columns",
    ),
    postgres(15, &["SET", "ACCESS", "METHOD"], "SET ACCESS METHOD"),
    postgres(15, &["REGEXP_LIKE", "("], "regexp_like()"),
    postgres(15, &["REGEXP_COUNT", "("], "regexp_count()"),
    postgres(15, &["REGEXP_SUBSTR", "("], "regexp_substr()"),
    postgres(15, &["REGEXP_INSTR", "("], "regexp_instr()"),
    postgres(16, &["ANY_VALUE", "("], "any_value()"),
    postgres(16, &["IS", "JSON"], "IS JSON"),
    postgres(16, &["JSON_ARRAY", "("], "JSON_ARRAY()"),
    postgres(16, &["JSON_OBJECT", "("], "JSON_OBJECT() of the standard"),
    postgres(17, &["JSON_TABLE", "("], "JSON_TABLE()"),
    postgres(17, &["JSON_QUERY", "("], "JSON_QUERY()"),
    postgres(17, &["JSON_VALUE", "("], "JSON_VALUE()"),
    postgres(17, &["JSON_EXISTS", "("], "JSON_EXISTS()"),
    postgres(17, &["SET", "EXPRESSION"], "SET EXPRESSION"),
    postgres(
        17,
        &["UUID_EXTRACT_TIMESTAMP", "("],
        "uuid_extract_timestamp()",
    ),
    postgres(18, &[")", "VIRTUAL"], "virtual generated columns"),
    postgres(18, &["NOT", "ENFORCED"], "NOT ENFORCED"),
    postgres(18, &["WITHOUT", "OVERLAPS"], "WITHOUT OVERLAPS"),
    postgres(18, &["UUIDV7", "("], "uuidv7()"),
    postgres(18, &["UUIDV4", "("], "uuidv4()"),
    postgres(18, &["ADD", "NOT", "NULL"], "NOT NULL as a constraint"),
    postgres(18, &["CASEFOLD", "("], "casefold()"),
];

/// What older databases know as well, but in no transaction.
static IN_TRANSACTION: &[Feature] = &[postgres(
    12,
    &["ADD", "VALUE"],
    "ADD VALUE in a transaction",
)];

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    let Some(oldest) = step.oldest else { return };
    let in_transaction = IN_TRANSACTION.iter().filter(|_| step.is_transaction);
    let all: Vec<&Feature> = FEATURES.iter().chain(in_transaction).collect();
    let of_dialect = || all.iter().filter(|one| one.dialect == step.dialect);
    for statement in &step.statements {
        let tokens = lex(&statement.text, step.dialect).unwrap_or_default();
        let mut named = Vec::new();
        for feature in of_dialect().filter(|one| one.since > oldest) {
            let mut places = tokens.windows(feature.words.len());
            let Some(at) = places.position(|tokens| is_named(tokens, feature.words)) else {
                continue;
            };
            if named.contains(&feature.name) {
                continue;
            }
            named.push(feature.name);
            let (Some(first), Some(last)) =
                (tokens.get(at), tokens.get(at + feature.words.len() - 1))
            else {
                continue;
            };
            let start = statement.range.start;
            let (since, oldest) = (
                shown(step.dialect, feature.since),
                shown(step.dialect, oldest),
            );
            found.add_at(
                Group::MayFail,
                start + first.start..start + last.end,
                statement.range.clone(),
                format!("{} came with {since}, and {oldest} is in use", feature.name),
                "do it in a way that the oldest database knows, or raise the version in migrate.toml",
            );
        }
    }
}

fn is_named(tokens: &[Token<'_>], words: &[&str]) -> bool {
    let mut both = tokens.iter().zip(words);
    both.all(|(token, word)| {
        let is_name = word.starts_with(|c: char| c.is_ascii_alphabetic());
        if is_name {
            token.is_word(word)
        } else {
            token.text == *word
        }
    })
}

fn shown(dialect: Dialect, (major, minor): Version) -> String {
    match dialect {
        Dialect::Sqlite => format!("SQLite {major}.{minor}"),
        _ => format!("PostgreSQL {major}"),
    }
}
