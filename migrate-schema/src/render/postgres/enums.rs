//! Enum types, and new ones in the place of old ones.

use super::Writer;
use crate::diff::{Operation, old_name};
use crate::model::{Column, Enum};
use crate::sql::{ident, literal};

impl Writer<'_> {
    pub(super) fn create_enum(&mut self, one: &Enum) {
        let values: Vec<String> = one.values.iter().map(|value| literal(value)).collect();
        self.script.run(&format!(
            "CREATE TYPE {} AS ENUM ({})",
            ident(&one.name),
            values.join(", ")
        ));
        if one.comment.is_some() {
            self.comment("TYPE", &ident(&one.name), one.comment.as_deref());
        }
    }

    /// A new type in the place of the old one; that one goes when nothing needs it any more.
    pub(super) fn replace_enum(
        &mut self,
        operation: &Operation,
        from: &Enum,
        to: &Enum,
        columns: &[(String, Column)],
    ) {
        let keeps = from.values.iter().all(|value| to.values.contains(value));
        let why = match keeps {
            false => "PostgreSQL can't take a value out of a type, so another one takes its place.",
            true if from.values.len() == to.values.len() => {
                "PostgreSQL can't put the values of a type in another order, so another type takes its place."
            }
            true => {
                "A value that is added to a type can be used only after a commit, and this script uses it, so \
                 another type takes its place."
            }
        };
        self.script.comment(why);
        self.warn(operation);
        let (name, old) = (ident(&to.name), ident(&old_name(&to.name)));
        self.script
            .run(&format!("ALTER TYPE {name} RENAME TO {old}"));
        self.create_enum(&Enum {
            comment: from.comment.clone(),
            ..to.clone()
        });
        for (table, column) in columns {
            let before = self
                .changes
                .from_table(table)
                .and_then(|table| table.column(&column.name));
            let had = before.is_some_and(|before| before.default.is_some());
            let of = ident(&column.name);
            if had {
                self.alter(table, &format!("ALTER COLUMN {of} DROP DEFAULT"));
            }
            let kind = &column.kind;
            let text = if kind.ends_with("[]") {
                "text[]"
            } else {
                "text"
            };
            self.alter(
                table,
                &format!("ALTER COLUMN {of} TYPE {kind} USING {of}::{text}::{kind}"),
            );
            if let Some(default) = &column.default {
                self.alter(table, &format!("ALTER COLUMN {of} SET DEFAULT {default}"));
            }
        }
    }
}
