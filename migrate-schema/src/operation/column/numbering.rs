//! Identity columns and serials: their sequences go on where the rows are.

use crate::diff::free_name;
use crate::model::{Column, Numbering, Schema};
use crate::render::PostgresScript;
use crate::render::definition::{identity, is_serial};
use crate::sql::{ident, literal};

impl PostgresScript<'_> {
    /// Takes the numbering of a column away, unless it only changes its kind.
    pub(super) fn end_numbering(&mut self, table: &str, from: &Column) {
        let name = ident(&from.name);
        match from.numbering {
            Some(Numbering::Serial) => {
                self.alter(table, &format!("ALTER COLUMN {name} DROP DEFAULT"));
                self.on_sequence(table, from, "DROP SEQUENCE %s");
            }
            Some(Numbering::IdentityAlways | Numbering::IdentityByDefault) => {
                self.alter(table, &format!("ALTER COLUMN {name} DROP IDENTITY"));
            }
            Some(Numbering::AutoIncrement) | None => {}
        }
    }

    /// Has the database number a column whose rows have numbers.
    pub(super) fn begin_numbering(&mut self, table: &str, from: &Column, to: &Column) {
        let name = ident(&to.name);
        if let Some(identity) = identity(to) {
            // An identity column takes no NULL; the primary key may have gone before.
            if from.nullable && to.nullable {
                self.alter(table, &format!("ALTER COLUMN {name} SET NOT NULL"));
            }
            self.alter(table, &format!("ALTER COLUMN {name} ADD {identity}"));
            self.go_on(table, to);
        } else if is_serial(to) {
            let sequence = ident(&self.free_sequence(table, to));
            self.text.run(&format!(
                "CREATE SEQUENCE {sequence} AS {} OWNED BY {}.{name}",
                to.kind,
                ident(table)
            ));
            self.alter(
                table,
                &format!(
                    "ALTER COLUMN {name} SET DEFAULT nextval({})",
                    literal(&sequence)
                ),
            );
            self.serial_options(table, to);
            self.go_on(table, to);
        }
    }

    /// A name for the sequence of a column that gets one.
    fn free_sequence(&self, table: &str, column: &Column) -> String {
        let without_own = |schema: &Schema| {
            let mut schema = schema.clone();
            let own = schema.tables.get_mut(table);
            let mut columns = own.into_iter().flat_map(|table| &mut table.columns);
            if let Some(own) = columns.find(|one| one.name == column.name) {
                own.numbering = None;
            }
            schema
        };
        let (from, to) = (
            without_own(&self.changes.from),
            without_own(&self.changes.to),
        );
        free_name(&[&from, &to], &format!("{table}_{}", column.name), "_seq")
    }

    /// What a new serial has other than by default.
    pub(crate) fn serial_options(&mut self, table: &str, column: &Column) {
        if let (true, Some(options)) = (is_serial(column), &column.sequence) {
            let change = format!("ALTER SEQUENCE %s {options} RESTART");
            self.on_sequence(table, column, &change);
        }
        if is_serial(column) && column.nullable {
            let name = ident(&column.name);
            self.alter(table, &format!("ALTER COLUMN {name} DROP NOT NULL"));
        }
    }

    /// The sequence of a serial whose type changes.
    pub(super) fn widen_sequence(&mut self, table: &str, to: &Column) {
        let change = format!("ALTER SEQUENCE %s AS {}", to.kind);
        self.on_sequence(table, to, &change);
    }

    /// The next number is one that no row has.
    fn go_on(&mut self, table: &str, column: &Column) {
        self.text.run(&format!(
            "SELECT setval({}, (SELECT coalesce(max({}), 0) + 1 FROM {}), false)",
            sequence_of(table, column),
            ident(&column.name),
            ident(table)
        ));
    }

    /// A statement about the sequence that a column owns, whatever it is called.
    fn on_sequence(&mut self, table: &str, column: &Column, statement: &str) {
        self.text.run(&format!(
            "DO $$ BEGIN EXECUTE format({}, {}); END $$",
            literal(statement),
            sequence_of(table, column)
        ));
    }
}

fn sequence_of(table: &str, column: &Column) -> String {
    format!(
        "pg_get_serial_sequence({}, {})",
        literal(&ident(table)),
        literal(&column.name)
    )
}
