//! ALTER TABLE of PostgreSQL, for columns.

use super::Conversion;
use crate::model::{Column, Deferrable, Table};
use crate::operation::Role;
use crate::render::PostgresScript;
use crate::render::definition::{column, is_serial};
use crate::render::stand_in::stand_in;
use crate::sql::{ident, relation};

impl PostgresScript<'_> {
    /// Adds a column; one that takes no NULL needs a value for the rows that exist.
    pub(super) fn add_column(
        &mut self,
        table: &str,
        one: &Column,
        fill: Option<&str>,
        role: &Role,
    ) {
        let is_given = one.nullable
            || one.default.is_some()
            || one.generated.is_some()
            || one.numbering.is_some();
        let returns = self.changes.is_back && *role == Role::Asked && one.generated.is_none();
        let definition = |one: &Column| column(one, None);
        if is_given && fill.is_none() {
            if returns {
                self.text.comment(&format!(
                    "{table}.{} comes back without its values.",
                    one.name
                ));
            }
            self.alter(table, &format!("ADD COLUMN {}", definition(one)));
        } else {
            let fill = self.fill(table, one, fill, returns);
            self.add_filled(table, one, &fill);
        }
        self.serial_options(table, one);
        if one.comment.is_some() {
            self.comment_column(table, one);
        }
    }

    /// What the rows that exist are given; NULL, which fails, if nobody has said.
    fn fill(&mut self, table: &str, one: &Column, fill: Option<&str>, returns: bool) -> String {
        let stand_in = || {
            let table = self.changes.table_after(table)?;
            stand_in(self.changes, table, one).filter(|_| returns)
        };
        match (fill, stand_in()) {
            (Some(fill), _) => fill.to_owned(),
            (None, Some(value)) => {
                self.text.comment(&format!(
                    "{table}.{} comes back without its values: rows get {value}.",
                    one.name
                ));
                value
            }
            (None, None) => {
                self.text.comment(&format!(
                    "{table}.{} takes no NULL and has no default: rows that exist need a value. Write it in place \
                     of NULL here; until then this fails if {table} has rows.",
                    one.name
                ));
                "NULL".to_owned()
            }
        }
    }

    /// Writes rows that exist. What waits for the end of the transaction to look at them would be in the way of the
    /// ALTER that follows.
    pub(in crate::operation) fn update(&mut self, table: &str, set: &str) {
        let triggers = self
            .changes
            .table_before(table)
            .into_iter()
            .flat_map(|table| &table.opaque);
        let fired: Vec<&str> = triggers
            .filter(|one| one.kind == "trigger" && one.create.contains(" UPDATE"))
            .map(|one| one.name.as_str())
            .collect();
        if !fired.is_empty() {
            let fired = fired.join(", ");
            self.text.comment(&format!(
                "careful: this UPDATE fires the triggers of {table}: {fired}."
            ));
        }
        self.text.run(&format!("UPDATE {} {set}", relation(table)));
        // Online, each statement is a transaction.
        if !self.changes.is_online && self.is_deferred(table) {
            self.text.run("SET CONSTRAINTS ALL IMMEDIATE");
        }
    }

    /// Whether a constraint of the table, or one that refers to it, is looked at only at COMMIT.
    fn is_deferred(&self, table: &str) -> bool {
        let deferred = Deferrable::InitiallyDeferred;
        let own = |one: &Table| {
            one.uniques.values().any(|key| key.deferrable == deferred)
                || (one.opaque.iter()).any(|one| one.create.contains("INITIALLY DEFERRED"))
        };
        self.changes.from.tables.values().any(|one| {
            let mut keys = one.foreign_keys.values();
            let is_about = |of: &str| one.name == table || of == table;
            (one.name == table && own(one))
                || keys.any(|key| key.deferrable == deferred && is_about(&key.references))
        })
    }

    fn add_filled(&mut self, table: &str, one: &Column, fill: &str) {
        let name = ident(&one.name);
        if self.changes.is_computed(table, fill) {
            let empty = Column {
                nullable: true,
                default: None,
                ..one.clone()
            };
            self.alter(table, &format!("ADD COLUMN {}", column(&empty, None)));
            self.update(table, &format!("SET {name} = {fill}"));
            if let Some(default) = &one.default {
                self.alter(table, &format!("ALTER COLUMN {name} SET DEFAULT {default}"));
            }
            if !one.nullable {
                self.alter(table, &format!("ALTER COLUMN {name} SET NOT NULL"));
            }
            return;
        }
        // As a default that is taken back, so that the table isn't written anew.
        let filled = Column {
            default: Some(fill.to_owned()),
            ..one.clone()
        };
        self.alter(table, &format!("ADD COLUMN {}", column(&filled, None)));
        match &one.default {
            Some(default) => {
                self.alter(table, &format!("ALTER COLUMN {name} SET DEFAULT {default}"));
            }
            None => self.alter(table, &format!("ALTER COLUMN {name} DROP DEFAULT")),
        }
    }

    /// Makes a column another one, its name apart.
    pub(super) fn change_column(
        &mut self,
        table: &str,
        from: &Column,
        to: &Column,
        fill: Option<&str>,
    ) {
        let name = ident(&to.name);
        let alter = |what: &str| format!("ALTER COLUMN {name} {what}");
        if from.generated.is_some() && to.generated.is_none() {
            self.alter(table, &alter("DROP EXPRESSION"));
        }
        let mut default = from
            .default
            .clone()
            .filter(|_| !is_serial(from) && from.generated.is_none());
        let stays_numbered = from.numbering.is_some() && to.numbering.is_some();
        if from.numbering != to.numbering && !stays_numbered {
            self.end_numbering(table, from);
        }
        if (&from.kind, &from.collation) != (&to.kind, &to.collation) {
            if default.is_some() {
                // It may not be of the new type.
                self.alter(table, &alter("DROP DEFAULT"));
                default = None;
            }
            self.retype(table, from, to);
        }
        let new = to
            .default
            .clone()
            .filter(|_| !is_serial(to) && to.generated.is_none());
        if default != new {
            match new {
                Some(new) => self.alter(table, &alter(&format!("SET DEFAULT {new}"))),
                None => self.alter(table, &alter("DROP DEFAULT")),
            }
        }
        if from.nullable != to.nullable {
            self.nullability(table, to, fill);
        } else if let Some(fill) = fill.filter(|_| to.nullable) {
            self.text.comment(&format!(
                "Rows of {table} without a {} get {fill}.",
                to.name
            ));
            self.update(table, &format!("SET {name} = {fill} WHERE {name} IS NULL"));
        }
        if from.numbering != to.numbering && stays_numbered {
            self.change_numbering(table, from, to);
        } else if from.numbering != to.numbering {
            self.begin_numbering(table, from, to);
        } else if is_serial(to) && from.kind != to.kind {
            self.widen_sequence(table, to);
        }
        if from.comment != to.comment {
            self.comment_column(table, to);
        }
    }

    fn retype(&mut self, table: &str, from: &Column, to: &Column) {
        let name = ident(&to.name);
        let collation = to
            .collation
            .as_ref()
            .map_or(String::new(), |collation| format!(" COLLATE {collation}"));
        // A generated column is computed again, and takes no USING.
        let cast = from.kind != to.kind && to.generated.is_none();
        let using = if cast {
            Conversion::of(self.changes, table, from, to).using
        } else {
            None
        };
        let using = using.map_or(String::new(), |using| format!(" USING {using}"));
        self.alter(
            table,
            &format!("ALTER COLUMN {name} TYPE {}{collation}{using}", to.kind),
        );
    }

    fn nullability(&mut self, table: &str, to: &Column, fill: Option<&str>) {
        let name = ident(&to.name);
        if to.nullable {
            self.alter(table, &format!("ALTER COLUMN {name} DROP NOT NULL"));
            return;
        }
        let default = to
            .default
            .clone()
            .filter(|text| !text.eq_ignore_ascii_case("null"));
        let default = default.filter(|_| to.generated.is_none());
        let mut value = fill.map(str::to_owned).or(default);
        if value.is_none()
            && self.changes.is_back
            && to.generated.is_none()
            && to.numbering.is_none()
        {
            let table = self.changes.table_after(table);
            value = table.and_then(|table| stand_in(self.changes, table, to));
        }
        if let Some(value) = &value {
            self.text.comment(&format!(
                "Rows of {table} without a {} get {value}.",
                to.name
            ));
        }
        if self.changes.is_online {
            self.set_not_null_online(table, to, value.as_deref());
            return;
        }
        if let Some(value) = value {
            self.update(table, &format!("SET {name} = {value} WHERE {name} IS NULL"));
        }
        self.alter(table, &format!("ALTER COLUMN {name} SET NOT NULL"));
    }
}
