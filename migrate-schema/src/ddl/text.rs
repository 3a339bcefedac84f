//! Small pieces of SQL, the same on both databases.

use migrate_chain::Dialect;
use migrate_runtime::schema::{
    Action, CheckDef, ColumnDef, Constraint, Deferrable, ForeignKeyDef, IndexDef, Key, KeyDef,
    Nulls, TableDef, UniqueDef,
};

/// A name, in quotes.
pub(super) fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Names, in quotes and with commas.
pub(super) fn names(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|one| name(one)).collect();
    quoted.join(", ")
}

/// A text literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The statement that creates a table of these columns and constraints.
pub(super) fn create_table(table: &str, parts: &[String]) -> String {
    format!(
        "CREATE TABLE {} (\n    {}\n)",
        name(table),
        parts.join(",\n    ")
    )
}

pub(super) fn unique(unique: &UniqueDef, dialect: Dialect) -> String {
    let mut text = format!("CONSTRAINT {} UNIQUE", name(unique.name));
    if dialect == Dialect::Postgres && unique.is_nulls_not_distinct {
        text.push_str(" NULLS NOT DISTINCT");
    }
    text.push_str(&format!(" ({})", names(unique.columns)));
    if dialect == Dialect::Postgres {
        text.push_str(deferrable(unique.deferrable));
    } else if let Some(conflict) = unique.on_conflict {
        text.push_str(&format!(" ON CONFLICT {conflict}"));
    }
    text
}

/// A CHECK, on a database that has it.
pub(super) fn check(check: &CheckDef, dialect: Dialect) -> Option<String> {
    let expression = check.expression.get(dialect)?;
    Some(format!(
        "CONSTRAINT {} CHECK ({expression})",
        name(check.name)
    ))
}

/// The CHECK that limits a column to the values of its enum, where the type doesn't.
pub(super) fn values(table: &TableDef, column: &ColumnDef) -> Option<String> {
    let of = column.sql_type.enumeration?;
    let values: Vec<String> = (of.values.iter())
        .map(|value| literal(value.name))
        .collect();
    Some(format!(
        "CONSTRAINT {} CHECK ({} IN ({}))",
        name(&values_name(table, column)),
        name(column.name),
        values.join(", ")
    ))
}

/// The name of that CHECK.
pub(super) fn values_name(table: &TableDef, column: &ColumnDef) -> String {
    Constraint::Check.name(table.name, &[column.name, "enum"])
}

pub(super) fn foreign_key(key: &ForeignKeyDef) -> String {
    let mut text = format!(
        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
        name(key.name),
        names(key.columns),
        name(key.references),
        names(key.referenced),
    );
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        let action = match action {
            Action::NoAction => continue,
            Action::Restrict => "RESTRICT",
            Action::Cascade => "CASCADE",
            Action::SetNull => "SET NULL",
            Action::SetDefault => "SET DEFAULT",
        };
        text.push_str(&format!(" ON {event} {action}"));
    }
    text.push_str(deferrable(key.deferrable));
    text
}

fn deferrable(when: Deferrable) -> &'static str {
    match when {
        Deferrable::No => "",
        Deferrable::InitiallyImmediate => " DEFERRABLE INITIALLY IMMEDIATE",
        Deferrable::InitiallyDeferred => " DEFERRABLE INITIALLY DEFERRED",
    }
}

/// The statement that creates an index, on a database that has it.
pub(super) fn index(table: &str, index: &IndexDef, dialect: Dialect) -> Option<String> {
    if !index.exists_on(dialect) {
        return None;
    }
    let postgres = dialect == Dialect::Postgres;
    let unique = if index.is_unique { "UNIQUE " } else { "" };
    let mut text = format!(
        "CREATE {unique}INDEX {} ON {}",
        name(index.name),
        name(table)
    );
    if let Some(method) = index.method.filter(|_| postgres) {
        text.push_str(&format!(" USING {}", name(method)));
    }
    let keys: Vec<String> = (index.keys.iter())
        .filter_map(|one| key(one, dialect))
        .collect();
    text.push_str(&format!(" ({})", keys.join(", ")));
    if postgres && !index.include.is_empty() {
        text.push_str(&format!(" INCLUDE ({})", names(index.include)));
    }
    if postgres && index.is_nulls_not_distinct {
        text.push_str(" NULLS NOT DISTINCT");
    }
    if let Some(predicate) = index.predicate.get(dialect) {
        text.push_str(&format!(" WHERE {predicate}"));
    }
    Some(text)
}

fn key(key: &KeyDef, dialect: Dialect) -> Option<String> {
    let mut text = match key.key {
        Key::Column(column) => name(column),
        Key::Expression(text) => format!("({})", text.get(dialect)?),
    };
    if let Some(collation) = key.collation.get(dialect) {
        text.push_str(&format!(" COLLATE {}", name(collation)));
    }
    // An operator class may have parameters, or a schema.
    if let Some(class) = key.operator_class.filter(|_| dialect == Dialect::Postgres) {
        text.push_str(&format!(" {class}"));
    }
    if key.is_descending {
        text.push_str(" DESC");
    }
    // SQLite's indexes know one place for NULL.
    match key.nulls.filter(|_| dialect == Dialect::Postgres) {
        Some(Nulls::First) => text.push_str(" NULLS FIRST"),
        Some(Nulls::Last) => text.push_str(" NULLS LAST"),
        None => {}
    }
    Some(text)
}
