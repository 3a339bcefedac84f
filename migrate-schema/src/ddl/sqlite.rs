use migrate_chain::Dialect;
use migrate_runtime::schema::{ColumnDef, Schema, TableDef};

use super::text::{self, name, names};
use super::{order, types};

const SQLITE: Dialect = Dialect::Sqlite;

/// The statements, for SQLite.
pub(super) fn create(schema: &Schema) -> Vec<String> {
    let mut statements = Vec::new();
    for table in order::tables(schema) {
        statements.push(create_table(table));
        let indexes = table.indexes.iter();
        statements.extend(indexes.filter_map(|index| text::index(table.name, index, SQLITE)));
    }
    statements
}

fn create_table(table: &TableDef) -> String {
    let inline = table.columns.iter().any(|column| column.is_auto_increment);
    let mut parts: Vec<String> = (table.columns.iter())
        .map(|column| self::column(table, column))
        .collect();
    if let Some(key) = table.primary_key.as_ref().filter(|_| !inline) {
        let conflict = key
            .on_conflict
            .map(|clause| format!(" ON CONFLICT {clause}"));
        parts.push(format!(
            "CONSTRAINT {} PRIMARY KEY ({}){}",
            name(key.name),
            names(key.columns),
            conflict.unwrap_or_default()
        ));
    }
    parts.extend(table.uniques.iter().map(|one| text::unique(one, SQLITE)));
    parts.extend(
        table
            .columns
            .iter()
            .filter_map(|column| text::values(table, column)),
    );
    parts.extend(
        table
            .checks
            .iter()
            .filter_map(|one| text::check(one, SQLITE)),
    );
    parts.extend(table.foreign_keys.iter().map(text::foreign_key));
    let mut statement = text::create_table(table.name, &parts);
    let options = match (table.is_strict, table.is_without_rowid) {
        (false, false) => "",
        (true, false) => " STRICT",
        (false, true) => " WITHOUT ROWID",
        (true, true) => " STRICT, WITHOUT ROWID",
    };
    statement.push_str(options);
    statement
}

fn column(table: &TableDef, column: &ColumnDef) -> String {
    let mut kind = column.sql_type.sqlite.to_owned();
    if table.is_strict
        && let Some(strict) = types::strict(&kind)
    {
        kind = strict.to_owned();
    }
    let mut text = format!("{} {kind}", name(column.name));
    if !column.is_nullable {
        text.push_str(" NOT NULL");
    }
    if let Some(key) = table
        .primary_key
        .as_ref()
        .filter(|_| column.is_auto_increment)
    {
        // AUTOINCREMENT is said at the column only.
        let conflict = key
            .on_conflict
            .map(|clause| format!(" ON CONFLICT {clause}"));
        text.push_str(&format!(
            " CONSTRAINT {} PRIMARY KEY{} AUTOINCREMENT",
            name(key.name),
            conflict.unwrap_or_default()
        ));
    }
    if let Some(default) = column.default.get(SQLITE) {
        let default = if is_plain(default) {
            default.to_owned()
        } else {
            format!("({default})")
        };
        text.push_str(&format!(" DEFAULT {default}"));
    }
    if let Some(collation) = column.collation.get(SQLITE) {
        text.push_str(&format!(" COLLATE {}", name(collation)));
    }
    if let Some(generated) = &column.generated
        && let Some(expression) = generated.expression.get(SQLITE)
    {
        let kept = if generated.is_stored.sqlite {
            "STORED"
        } else {
            "VIRTUAL"
        };
        text.push_str(&format!(" GENERATED ALWAYS AS ({expression}) {kept}"));
    }
    text
}

/// Whether SQLite takes a default without parentheses: a number, a text, a word.
fn is_plain(default: &str) -> bool {
    let text = default.trim();
    let number = text.strip_prefix(['-', '+']).unwrap_or(text);
    if number.starts_with(|c: char| c.is_ascii_digit()) {
        return number.parse::<f64>().is_ok();
    }
    const WORDS: &[&str] = &[
        "null",
        "true",
        "false",
        "current_timestamp",
        "current_date",
        "current_time",
    ];
    if WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return true;
    }
    let body = text.strip_prefix(['x', 'X']).unwrap_or(text);
    let inner = body
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    inner.is_some_and(|inner| !inner.replace("''", "").contains('\''))
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn expressions_are_told_from_literals() {
        for plain in [
            "0",
            "-1.5",
            "1e3",
            "'it''s'",
            "''",
            "x'00'",
            "CURRENT_TIMESTAMP",
            "true",
        ] {
            assert!(is_plain(plain), "{plain}");
        }
        for other in [
            "1 + 1",
            "'a' || 'b'",
            "now()",
            "(0)",
            "lower('A')",
            "'",
            "a",
        ] {
            assert!(!is_plain(other), "{other}");
        }
    }
}
