//! A table as a struct.

use migrate_chain::{Constraint, Dialect};

use super::constraint::{self, Attributes};
use super::literal::literal;
use super::{Context, index, names, types};
use crate::model::{Column, Numbering, Table};
use crate::sql::qualified::split;
use migrate_chain::sql::unquoted;

/// The struct of a table.
pub(super) fn write(context: &Context<'_>, table: &Table, name: &str) -> String {
    let (schema, bare) = split(&table.name);
    let fields = names::fields(table.columns.iter().map(|column| column.name.as_str()));
    let of = Of {
        table,
        bare: &bare,
        fields: &fields,
        dialect: context.schema.dialect,
    };
    let mut attributes = Attributes::default();
    constraint::attributes(&of, &mut attributes);
    index::attributes(&of, &mut attributes);
    let mut options = vec![format!("name = {}", literal(&bare))];
    options.extend(schema.map(|schema| format!("schema = {}", literal(&schema))));
    options.extend(
        table
            .comment
            .iter()
            .map(|text| format!("comment = {}", literal(text))),
    );
    options.extend(table.strict.then(|| "strict".to_owned()));
    options.extend(table.without_rowid.then(|| "without_rowid".to_owned()));
    let mut text = format!("\n#[derive(Table)]\n#[table({})]\n", options.join(", "));
    for option in &attributes.table {
        text.push_str(&format!("#[table({option})]\n"));
    }
    text.push_str(&format!("pub struct {name} {{\n"));
    for (column, field) in table.columns.iter().zip(&fields) {
        let own = attributes.columns.remove(&column.name).unwrap_or_default();
        text.push_str(&self::field(context, &of, column, field, own));
    }
    text.push_str("}\n");
    text
}

/// A table on its way to be a struct.
pub(super) struct Of<'a> {
    pub(super) table: &'a Table,
    /// Its name without the schema.
    pub(super) bare: &'a str,
    /// The fields of its columns.
    pub(super) fields: &'a [String],
    pub(super) dialect: Dialect,
}

impl Of<'_> {
    /// The field of a column, as source.
    pub(super) fn field(&self, column: &str) -> Option<String> {
        let at = self
            .table
            .columns
            .iter()
            .position(|one| one.name == column)?;
        self.fields.get(at).map(|field| names::ident(field))
    }

    /// The fields of columns, as source, with commas between them.
    pub(super) fn list(&self, columns: &[String]) -> String {
        let fields: Vec<String> = columns.iter().filter_map(|one| self.field(one)).collect();
        fields.join(", ")
    }

    /// The name that a constraint has without being given one, where it is another.
    pub(super) fn name(&self, kind: Constraint, columns: &[String], name: &str) -> Option<String> {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let is_derived = kind.name(self.bare, &columns) == name
            || self.dialect == Dialect::Postgres
                && crate::sql::server_name(kind, self.bare, &columns) == name;
        // SQLite lets an index have the name of a constraint, and does nothing with that.
        let is_lost = self.dialect == Dialect::Sqlite
            && kind == Constraint::Unique
            && self.table.indexes.contains_key(name);
        (!is_derived && !is_lost).then(|| format!("name = {}", literal(name)))
    }
}

fn field(
    context: &Context<'_>,
    of: &Of<'_>,
    column: &Column,
    field: &str,
    constraints: Vec<String>,
) -> String {
    let (kind, given) = types::of_column(context, column);
    // A type that is inferred has to be that of the column referred to.
    let given = given.or_else(|| {
        let other = refers_to_other(context, of.table, column);
        other.then(|| format!("type = {}", literal(&column.kind)))
    });
    let mut options = Vec::new();
    if !names::is_of_field(&column.name, field) {
        options.push(format!("name = {}", literal(&column.name)));
    }
    let key = of.table.primary_key.as_ref();
    let in_key = key.is_some_and(|key| key.columns.contains(&column.name));
    options.extend(constraints);
    options.extend(column.numbering.and_then(numbering));
    options.extend(given);
    if in_key && column.nullable {
        // SQLite's primary keys take NULL unless they are the rowid.
        options.push("nullable".to_owned());
    }
    let default = column.default.iter();
    options.extend(default.map(|text| format!("default = {}", literal(text))));
    if let Some(generated) = &column.generated {
        options.push(format!("generated = {}", literal(&generated.expression)));
        options.push(
            if generated.stored {
                "stored"
            } else {
                "virtual"
            }
            .to_owned(),
        );
    }
    let collation = column.collation.iter();
    options.extend(collation.map(|text| format!("collate = {}", literal(&unquoted(text)))));
    let comment = column.comment.iter();
    options.extend(comment.map(|text| format!("comment = {}", literal(text))));
    let mut text = String::new();
    if !options.is_empty() {
        text.push_str(&format!("    #[column({})]\n", options.join(", ")));
    }
    let kind = if column.nullable && !in_key {
        format!("Option<{kind}>")
    } else {
        kind
    };
    text.push_str(&format!("    pub {}: {kind},\n", names::ident(field)));
    text
}

fn numbering(numbering: Numbering) -> Option<String> {
    let option = match numbering {
        Numbering::AutoIncrement => "auto_increment",
        Numbering::IdentityAlways => "identity = \"always\"",
        Numbering::IdentityByDefault => "identity",
        // Its type says it.
        Numbering::Serial => return None,
    };
    Some(option.to_owned())
}

/// Whether a foreign key of the column refers to a column of another type.
fn refers_to_other(context: &Context<'_>, table: &Table, column: &Column) -> bool {
    let mut keys = table.foreign_keys.values();
    keys.any(|key| {
        let at = key.columns.iter().position(|own| *own == column.name);
        let other = context.schema.tables.get(&key.references);
        let referenced = at.and_then(|at| key.referenced.get(at));
        let referenced = referenced.and_then(|name| other.and_then(|other| other.column(name)));
        referenced.is_some_and(|referenced| referenced.kind != column.kind)
    })
}
