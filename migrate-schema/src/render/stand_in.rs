//! What stands in for values that are gone, so that a downgrade runs on a table with rows.

use migrate_chain::Dialect;

use crate::diff::Changes;
use crate::model::{Column, Table};
use crate::operation::{Constraint, constraints};
use crate::sql::literal;
use crate::sql::qualified::of_type;
use migrate_chain::sql::unquoted;

/// A neutral value of the column's type; `None` where none can be: in a key, and for a type that
/// isn't known.
pub(crate) fn stand_in(changes: &Changes, table: &Table, column: &Column) -> Option<String> {
    let keyed = constraints(table)
        .iter()
        .any(|constraint| match constraint {
            Constraint::PrimaryKey(key) => key.columns == [column.name.as_str()],
            Constraint::Unique(unique) => unique.columns == [column.name.as_str()],
            Constraint::ForeignKey(key) => key.columns.contains(&column.name),
            Constraint::Check(_) => false,
        });
    let unique = table
        .indexes
        .values()
        .any(|index| match index.keys.as_slice() {
            [key] => index.unique && unquoted(key) == column.name,
            _ => false,
        });
    if keyed || unique {
        return None;
    }
    let kind = column.kind.to_ascii_lowercase();
    match changes.dialect() {
        Dialect::Sqlite => Some(by_affinity(&kind).to_owned()),
        _ => {
            let own = changes
                .to
                .enums
                .values()
                .find(|one| !kind.ends_with("[]") && one.name == of_type(&column.kind));
            match own {
                // One that is only being added can't be used yet.
                Some(own) => {
                    let before = changes.from.enums.get(&own.name);
                    let old = |value: &&String| {
                        before.is_some_and(|before| before.values.contains(value))
                    };
                    let value = own.values.iter().find(old).or(own.values.first());
                    value.map(|value| literal(value))
                }
                None => by_type(&kind).map(str::to_owned),
            }
        }
    }
}

fn by_affinity(kind: &str) -> &'static str {
    let has = |part: &str| kind.contains(part);
    if has("int") {
        "0"
    } else if has("char") || has("clob") || has("text") {
        "''"
    } else if has("blob") || kind.is_empty() {
        "x''"
    } else if has("real") || has("floa") || has("doub") {
        "0.0"
    } else {
        "0"
    }
}

fn by_type(kind: &str) -> Option<&'static str> {
    if kind.ends_with("[]") {
        return Some("'{}'");
    }
    let name = kind.split('(').next().unwrap_or(kind).trim();
    Some(match name {
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" | "money" => {
            "0"
        }
        "text" | "character varying" | "character" | "bytea" | "citext" => "''",
        "boolean" => "false",
        "date" => "'epoch'",
        "uuid" => "'00000000-0000-0000-0000-000000000000'",
        "json" | "jsonb" => "'null'",
        "interval" => "'0'",
        name if name.starts_with("timestamp") => "'epoch'",
        name if name.starts_with("time") => "'00:00'",
        _ => return None,
    })
}
