//! Tables, columns, constraints and indexes as DDL.

use std::collections::BTreeMap;

use migrate_chain::Dialect;

use crate::model::{Action, Column, Deferrable, ForeignKey, Index, Numbering, Table};
use crate::operation::{Constraint, constraints};
use crate::sql::{ident, idents, relation};

/// CREATE TABLE, under a name that may be another one for a while.
pub(crate) fn table(dialect: Dialect, table: &Table, name: &str) -> String {
    let inline = inline_key(dialect, table);
    let mut lines: Vec<String> = (table.columns.iter())
        .map(|one| {
            let key = inline.as_ref().filter(|(column, _)| *column == one.name);
            column(one, key.map(|(_, key)| key.as_str()))
        })
        .collect();
    lines.extend(
        (constraints(table).iter())
            .filter(|one| inline.is_none() || !matches!(one, Constraint::PrimaryKey(_)))
            .map(constraint),
    );
    let mut options = Vec::new();
    if table.strict {
        options.push("STRICT");
    }
    if table.without_rowid {
        options.push("WITHOUT ROWID");
    }
    let options = if options.is_empty() {
        String::new()
    } else {
        format!(" {}", options.join(", "))
    };
    if lines.is_empty() {
        format!("CREATE TABLE {} (){options}", relation(name))
    } else {
        format!(
            "CREATE TABLE {} (\n    {}\n){options}",
            relation(name),
            lines.join(",\n    ")
        )
    }
}

/// A key of one column stands behind it: AUTOINCREMENT is taken only there.
fn inline_key(dialect: Dialect, table: &Table) -> Option<(String, String)> {
    let key = (table.primary_key.as_ref()).filter(|_| dialect == Dialect::Sqlite)?;
    let [name] = key.columns.as_slice() else {
        return None;
    };
    let column = table.column(name).filter(|_| key.clauses.is_empty())?;
    let named =
        (key.name.as_ref()).map_or(String::new(), |name| format!("CONSTRAINT {} ", ident(name)));
    let numbered = match column.numbering {
        Some(Numbering::AutoIncrement) => " AUTOINCREMENT",
        _ => "",
    };
    let conflict = on_conflict(&key.on_conflict);
    Some((
        name.clone(),
        format!("{named}PRIMARY KEY{conflict}{numbered}"),
    ))
}

/// A column as it stands in CREATE TABLE and ADD COLUMN; `key` is what stands behind its type.
pub(crate) fn column(column: &Column, key: Option<&str>) -> String {
    let mut text = ident(&column.name);
    let kind = kind(column);
    let mut add = |part: &str| {
        if !part.is_empty() {
            text.push(' ');
            text.push_str(part);
        }
    };
    add(&kind);
    add(key.unwrap_or_default());
    if let Some(collation) = &column.collation {
        add(&format!("COLLATE {collation}"));
    }
    // A rowid takes no NULL anyway.
    let is_rowid =
        key.is_some() && column.kind == "INTEGER" && column.not_null_on_conflict.is_none();
    if !column.nullable && !is_rowid {
        add("NOT NULL");
        if let Some(conflict) = &column.not_null_on_conflict {
            add(&format!("ON CONFLICT {conflict}"));
        }
    }
    if let Some(generated) = &column.generated {
        let stored = if generated.stored {
            "STORED"
        } else {
            "VIRTUAL"
        };
        add(&format!(
            "GENERATED ALWAYS AS ({}) {stored}",
            generated.expression
        ));
    } else if let Some(default) = column.default.as_ref().filter(|_| !is_serial(column)) {
        add(&format!("DEFAULT {default}"));
    }
    if let Some(identity) = identity(column) {
        add(&identity);
    }
    text
}

pub(crate) fn is_serial(column: &Column) -> bool {
    column.numbering == Some(Numbering::Serial)
}

fn kind(column: &Column) -> String {
    match (is_serial(column), column.kind.as_str()) {
        (true, "smallint") => "smallserial".to_owned(),
        (true, "integer") => "serial".to_owned(),
        (true, "bigint") => "bigserial".to_owned(),
        (_, kind) => kind.to_owned(),
    }
}

/// `GENERATED .. AS IDENTITY (..)`.
pub(crate) fn identity(column: &Column) -> Option<String> {
    let when = match column.numbering? {
        Numbering::IdentityAlways => "ALWAYS",
        Numbering::IdentityByDefault => "BY DEFAULT",
        Numbering::AutoIncrement | Numbering::Serial => return None,
    };
    let options = column
        .sequence
        .as_ref()
        .map_or(String::new(), |options| format!(" ({options})"));
    Some(format!("GENERATED {when} AS IDENTITY{options}"))
}

/// `CONSTRAINT name ..`, or without a name if the database has none.
pub(crate) fn constraint(constraint: &Constraint) -> String {
    let is_named = match constraint {
        Constraint::PrimaryKey(key) => key.name.is_some(),
        Constraint::Unique(unique) => unique.is_named,
        Constraint::ForeignKey(key) => key.is_named,
        Constraint::Check(check) => check.is_named,
    };
    match constraint.name().filter(|_| is_named) {
        Some(name) => format!("CONSTRAINT {} {}", ident(name), body(constraint)),
        None => body(constraint),
    }
}

fn body(constraint: &Constraint) -> String {
    match constraint {
        Constraint::PrimaryKey(key) => {
            format!(
                "PRIMARY KEY ({}){}",
                with_clauses(&key.columns, &key.clauses),
                on_conflict(&key.on_conflict)
            )
        }
        Constraint::Unique(unique) => format!(
            "UNIQUE{} ({}){}{}",
            if unique.nulls_not_distinct {
                " NULLS NOT DISTINCT"
            } else {
                ""
            },
            with_clauses(&unique.columns, &unique.clauses),
            on_conflict(&unique.on_conflict),
            deferrable(unique.deferrable)
        ),
        Constraint::ForeignKey(key) => {
            format!("FOREIGN KEY ({}) {}", idents(&key.columns), references(key))
        }
        Constraint::Check(check) => format!("CHECK ({})", check.expression),
    }
}

/// What stands behind a column that is added with its foreign key or CHECK.
pub(crate) fn behind_column(constraint: &Constraint) -> String {
    let named = match constraint {
        Constraint::ForeignKey(key) if key.is_named => format!("CONSTRAINT {} ", ident(&key.name)),
        Constraint::Check(check) if check.is_named => format!("CONSTRAINT {} ", ident(&check.name)),
        _ => String::new(),
    };
    match constraint {
        Constraint::ForeignKey(key) => format!("{named}{}", references(key)),
        other => format!("{named}{}", body(other)),
    }
}

fn references(key: &ForeignKey) -> String {
    let action = |event: &str, action: Action| match action {
        Action::NoAction => String::new(),
        Action::Restrict => format!(" ON {event} RESTRICT"),
        Action::Cascade => format!(" ON {event} CASCADE"),
        Action::SetNull => format!(" ON {event} SET NULL"),
        Action::SetDefault => format!(" ON {event} SET DEFAULT"),
    };
    format!(
        "REFERENCES {} ({}){}{}{}{}",
        relation(&key.references),
        idents(&key.referenced),
        if key.match_full { " MATCH FULL" } else { "" },
        action("DELETE", key.on_delete),
        action("UPDATE", key.on_update),
        deferrable(key.deferrable)
    )
}

pub(crate) fn deferrable(deferrable: Deferrable) -> &'static str {
    match deferrable {
        Deferrable::No => "",
        Deferrable::InitiallyImmediate => " DEFERRABLE",
        Deferrable::InitiallyDeferred => " DEFERRABLE INITIALLY DEFERRED",
    }
}

fn on_conflict(conflict: &Option<String>) -> String {
    conflict
        .as_ref()
        .map_or(String::new(), |conflict| format!(" ON CONFLICT {conflict}"))
}

fn with_clauses(columns: &[String], clauses: &BTreeMap<String, String>) -> String {
    let columns: Vec<String> = (columns.iter())
        .map(|column| match clauses.get(column) {
            Some(clause) => format!("{} {clause}", ident(column)),
            None => ident(column),
        })
        .collect();
    columns.join(", ")
}

/// CREATE INDEX.
pub(crate) fn index(table: &str, index: &Index) -> String {
    create_index("INDEX", table, index)
}

/// Creates an index while others write (PostgreSQL).
pub(crate) fn index_concurrently(table: &str, index: &Index) -> String {
    create_index("INDEX CONCURRENTLY", table, index)
}

fn create_index(what: &str, table: &str, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let method = match index.method.as_str() {
        "" | "btree" => String::new(),
        method => format!(" USING {}", ident(method)),
    };
    let mut text = format!(
        "CREATE {unique}{what} {} ON {}{method} ({})",
        ident(&index.name),
        relation(table),
        index.keys.join(", ")
    );
    if !index.include.is_empty() {
        text.push_str(&format!(" INCLUDE ({})", idents(&index.include)));
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
