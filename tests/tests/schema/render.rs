//! A schema as DDL, in the plainest way that the model's documentation allows: a second opinion on what its texts mean.

use std::collections::BTreeMap;

use migrate_runtime::Dialect;
use migrate_schema::model::{
    Action, Column, Deferrable, ForeignKey, Index, Numbering, Opaque, Schema, Table,
};

pub(crate) fn render(schema: &Schema) -> String {
    let mut ddl = Vec::new();
    for one in schema.enums.values() {
        let values: Vec<_> = one.values.iter().map(|value| literal(value)).collect();
        ddl.push(format!(
            "CREATE TYPE {} AS ENUM ({})",
            name(&one.name),
            values.join(", ")
        ));
        ddl.extend(comment(&format!("TYPE {}", name(&one.name)), &one.comment));
    }
    let (first, last): (Vec<_>, Vec<_>) = schema.opaque.iter().partition(|one| one.before_tables);
    first.into_iter().for_each(|one| opaque(one, &mut ddl));
    let tables = || schema.tables.values();
    for table in tables() {
        create(schema.dialect, table, &mut ddl);
    }
    for table in tables().filter(|_| schema.dialect == Dialect::Postgres) {
        let keys = table.foreign_keys.values();
        ddl.extend(
            keys.map(|key| format!("ALTER TABLE {} ADD {}", name(&table.name), foreign_key(key))),
        );
    }
    last.into_iter().for_each(|one| opaque(one, &mut ddl));
    for one in tables().flat_map(|table| &table.opaque) {
        opaque(one, &mut ddl);
    }
    ddl.iter()
        .map(|statement| format!("{statement};\n"))
        .collect()
}

fn opaque(one: &Opaque, ddl: &mut Vec<String>) {
    ddl.push(one.create.clone());
}

fn comment(on: &str, text: &Option<String>) -> Option<String> {
    text.as_ref()
        .map(|text| format!("COMMENT ON {on} IS {}", literal(text)))
}

fn create(dialect: Dialect, table: &Table, ddl: &mut Vec<String>) {
    let quoted = name(&table.name);
    let mut parts: Vec<String> = table
        .columns
        .iter()
        .map(|one| column(dialect, one))
        .collect();
    if let Some(key) = &table.primary_key {
        let numbered = table
            .columns
            .iter()
            .any(|one| one.numbering == Some(Numbering::AutoIncrement));
        let key_name = key
            .name
            .as_ref()
            .map(|given| format!("CONSTRAINT {} ", name(given)));
        parts.push(format!(
            "{}PRIMARY KEY ({}{}){}",
            key_name.unwrap_or_default(),
            keys(&key.columns, &key.clauses),
            if numbered { " AUTOINCREMENT" } else { "" },
            on_conflict(&key.on_conflict)
        ));
    }
    for unique in table.uniques.values() {
        parts.push(format!(
            "{}UNIQUE {}({}){}{}",
            constraint(&unique.name, unique.is_named),
            if unique.nulls_not_distinct {
                "NULLS NOT DISTINCT "
            } else {
                ""
            },
            keys(&unique.columns, &unique.clauses),
            deferrable(unique.deferrable),
            on_conflict(&unique.on_conflict)
        ));
    }
    let mut later = Vec::new();
    for check in table.checks.values() {
        let text = format!(
            "{}CHECK ({})",
            constraint(&check.name, check.is_named),
            check.expression
        );
        if check.validated {
            parts.push(text);
        } else {
            later.push(format!("ALTER TABLE {quoted} ADD {text} NOT VALID"));
        }
    }
    if dialect == Dialect::Sqlite {
        parts.extend(table.foreign_keys.values().map(foreign_key));
    }
    let mut options = Vec::new();
    options.extend(table.strict.then_some("STRICT"));
    options.extend(table.without_rowid.then_some("WITHOUT ROWID"));
    ddl.push(format!(
        "CREATE TABLE {quoted} ({}) {}",
        parts.join(", "),
        options.join(", ")
    ));
    ddl.append(&mut later);
    for one in table.indexes.values() {
        ddl.push(index(&quoted, one));
        ddl.extend(comment(&format!("INDEX {}", name(&one.name)), &one.comment));
    }
    ddl.extend(comment(&format!("TABLE {quoted}"), &table.comment));
    for one in &table.columns {
        ddl.extend(comment(
            &format!("COLUMN {quoted}.{}", name(&one.name)),
            &one.comment,
        ));
        if one.numbering == Some(Numbering::Serial) && one.nullable {
            let column = name(&one.name);
            ddl.push(format!("ALTER TABLE {quoted} ALTER {column} DROP NOT NULL"));
        }
        if let (Some(Numbering::Serial), Some(options)) = (one.numbering, &one.sequence) {
            let sequence = format!("{}_{}_seq", table.name, one.name);
            ddl.push(format!(
                "ALTER SEQUENCE {} {options} RESTART",
                name(&sequence)
            ));
        }
    }
}

fn column(dialect: Dialect, column: &Column) -> String {
    let kind = match (column.numbering, column.kind.as_str()) {
        (Some(Numbering::Serial), "smallint") => "smallserial",
        (Some(Numbering::Serial), "integer") => "serial",
        (Some(Numbering::Serial), _) => "bigserial",
        (_, kind) => kind,
    };
    let mut text = format!("{} {kind}", name(&column.name));
    if let Some(collation) = &column.collation {
        text.push_str(&format!(" COLLATE {collation}"));
    }
    let options = column
        .sequence
        .as_ref()
        .map(|options| format!(" ({options})"))
        .unwrap_or_default();
    match column.numbering {
        Some(Numbering::IdentityAlways) => {
            text.push_str(&format!(" GENERATED ALWAYS AS IDENTITY{options}"));
        }
        Some(Numbering::IdentityByDefault) => {
            text.push_str(&format!(" GENERATED BY DEFAULT AS IDENTITY{options}"));
        }
        _ => {}
    }
    if let Some(default) = &column.default {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    if let Some(generated) = &column.generated {
        let how = match (generated.stored, dialect) {
            (true, _) => " STORED",
            (false, _) => " VIRTUAL",
        };
        text.push_str(&format!(
            " GENERATED ALWAYS AS ({}){how}",
            generated.expression
        ));
    }
    if !column.nullable {
        text.push_str(&format!(
            " NOT NULL{}",
            on_conflict(&column.not_null_on_conflict)
        ));
    }
    text
}

fn foreign_key(key: &ForeignKey) -> String {
    let action = |action| match action {
        Action::NoAction => "NO ACTION",
        Action::Restrict => "RESTRICT",
        Action::Cascade => "CASCADE",
        Action::SetNull => "SET NULL",
        Action::SetDefault => "SET DEFAULT",
    };
    format!(
        "{}FOREIGN KEY ({}) REFERENCES {} ({}){} ON DELETE {} ON UPDATE {}{}{}",
        constraint(&key.name, key.is_named),
        keys(&key.columns, &BTreeMap::new()),
        name(&key.references),
        keys(&key.referenced, &BTreeMap::new()),
        if key.match_full { " MATCH FULL" } else { "" },
        action(key.on_delete),
        action(key.on_update),
        deferrable(key.deferrable),
        if key.validated { "" } else { " NOT VALID" },
    )
}

fn index(table: &str, index: &Index) -> String {
    let mut text = format!(
        "CREATE {}INDEX {} ON {table}{} ({})",
        if index.unique { "UNIQUE " } else { "" },
        name(&index.name),
        if index.method.is_empty() {
            String::new()
        } else {
            format!(" USING {}", index.method)
        },
        index.keys.join(", ")
    );
    if !index.include.is_empty() {
        text.push_str(&format!(
            " INCLUDE ({})",
            keys(&index.include, &BTreeMap::new())
        ));
    }
    if index.nulls_not_distinct {
        text.push_str(" NULLS NOT DISTINCT");
    }
    if let Some(storage) = &index.storage {
        text.push_str(&format!(" WITH ({storage})"));
    }
    if let Some(predicate) = &index.predicate {
        text.push_str(&format!(" WHERE {predicate}"));
    }
    text
}

fn keys(columns: &[String], clauses: &BTreeMap<String, String>) -> String {
    let keys = columns.iter().map(|column| match clauses.get(column) {
        Some(clause) => format!("{} {clause}", name(column)),
        None => name(column),
    });
    keys.collect::<Vec<_>>().join(", ")
}

fn constraint(given: &str, is_named: bool) -> String {
    if is_named {
        format!("CONSTRAINT {} ", name(given))
    } else {
        String::new()
    }
}

fn on_conflict(clause: &Option<String>) -> String {
    clause
        .as_ref()
        .map(|clause| format!(" ON CONFLICT {clause}"))
        .unwrap_or_default()
}

fn deferrable(when: Deferrable) -> &'static str {
    match when {
        Deferrable::No => "",
        Deferrable::InitiallyImmediate => " DEFERRABLE",
        Deferrable::InitiallyDeferred => " DEFERRABLE INITIALLY DEFERRED",
    }
}

fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
