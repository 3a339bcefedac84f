//! Values at the edges of a type: the longest, the widest, negative ones, leading zeros, fractions, every enum value.

use std::collections::BTreeMap;

use migrate_chain::Dialect;

use crate::ddl::affinity;
use crate::model::{Column, Enum};
use crate::sql::literal;
use crate::sql::qualified::of_type;

/// Literals that a column may take; the database refuses those that it does not.
pub(super) fn edges(
    dialect: Dialect,
    column: &Column,
    enums: &BTreeMap<String, Enum>,
) -> Vec<String> {
    let mut edges: Vec<String> = match dialect {
        Dialect::Sqlite => of_sqlite(&column.kind),
        _ => match enums.get(&of_type(&column.kind)) {
            Some(one) if column.kind.ends_with("[]") => one
                .values
                .iter()
                .map(|value| format!("ARRAY[{}]::{}", literal(value), column.kind))
                .collect(),
            Some(one) => one.values.iter().map(|value| literal(value)).collect(),
            None => of_postgres(&column.kind),
        },
    };
    if column.nullable {
        edges.push("NULL".to_owned());
    }
    edges
}

fn owned(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

const TEXTS: &[&str] = &[
    "'00701'",
    "'-1.50'",
    "'it''s \"one\"  '",
    "''",
    "'true'",
    "'2026-11-20'",
];

fn of_sqlite(kind: &str) -> Vec<String> {
    owned(match affinity(kind) {
        "INTEGER" => &[
            "-9223372036854775808",
            "9223372036854775807",
            "0",
            "1.5",
            "9007199254740993",
        ],
        "TEXT" => TEXTS,
        "REAL" => &["-0.1", "1e300", "3.0", "0.30000000000000004"],
        "BLOB" => &["x'00ff'", "'007'", "7", "1.5"],
        _ => &["-1.5", "'00701'", "0.1", "9007199254740993", "'abc'"],
    })
}

fn of_postgres(kind: &str) -> Vec<String> {
    if kind.ends_with("[]") {
        return owned(&["'{}'", "'{NULL}'", "'{1}'"]);
    }
    let (name, inside) = kind.split_once('(').unwrap_or((kind, ""));
    let longest = inside
        .split(')')
        .next()
        .and_then(|inside| inside.parse::<usize>().ok());
    let name = name.trim();
    owned(match name {
        "smallint" => &["-32768", "32767", "0"],
        "integer" => &["-2147483648", "2147483647", "0", "16777217"],
        "bigint" => &[
            "-9223372036854775808",
            "9223372036854775807",
            "0",
            "9007199254740993",
        ],
        "numeric" => return numeric(inside),
        "real" => &["-0.1", "3.4e38", "'NaN'", "16777216"],
        "double precision" => &["-0.1", "1e300", "'NaN'", "0.30000000000000004", "2.5"],
        "boolean" => &["true", "false"],
        "character varying" | "character" => {
            let mut all = owned(TEXTS);
            all.extend(longest.map(|longest| literal(&"x".repeat(longest.min(10_000)))));
            return all;
        }
        "text" | "citext" => TEXTS,
        "date" => &["'0001-01-01'", "'2026-11-20'", "'9999-12-31'"],
        "json" => &["'{\"a\":1,\"a\":2}'", "'[]'", "'{\"b\": 1, \"a\": 2}'"],
        "jsonb" => &["'{\"a\": 1}'", "'[]'"],
        "interval" => &["'-1 day'", "'00:00:00.123456'"],
        "uuid" => &["'ffffffff-ffff-ffff-ffff-ffffffffffff'"],
        name if name.starts_with("timestamp") => &[
            "'2026-11-20 10:00:00.999999'",
            "'0001-01-01 00:00:00'",
            "'2026-11-20 00:00:00'",
        ],
        name if name.starts_with("time") => &["'23:59:59.999999'", "'00:00:00'"],
        "bytea" => &["'\\x00ff'", "'a'", "''"],
        // A domain, or a type that an extension brings, takes what it can read.
        _ => ANY,
    })
}

const ANY: &[&str] = &[
    "'1'",
    "'-1.50'",
    "'00701'",
    "'abc'",
    "'Abc '",
    "'true'",
    "'2026-11-20'",
    "'10.0.0.1/8'",
    "'<a/>'",
    "'{}'",
    "'(1,2)'",
    "'[1,3)'",
];

/// The largest number of so many digits, a fraction, and a negative one.
fn numeric(inside: &str) -> Vec<String> {
    let mut digits = inside
        .trim_end_matches(')')
        .split(',')
        .map(|one| one.trim().parse::<usize>().ok());
    let Some(all) = digits.next().flatten() else {
        return owned(&["-1.005", "1e30", "0.1", "'NaN'"]);
    };
    let scale = digits.next().flatten().unwrap_or(0).min(all);
    let (whole, fraction) = ("9".repeat(all - scale), "9".repeat(scale));
    let largest = format!("{}.{fraction}", if whole.is_empty() { "0" } else { &whole });
    vec![
        largest.trim_end_matches('.').to_owned(),
        "-1".to_owned(),
        "0".to_owned(),
        format!("0.{fraction}0"),
    ]
}
