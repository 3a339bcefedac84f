//! Identity columns and serials: their sequences go on where the rows are.

use crate::diff::free_name;
use crate::model::{Column, Numbering, Schema};
use crate::render::PostgresScript;
use crate::render::definition::{identity, is_serial};
use crate::sql::{ident, literal, relation};

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
            let sequence = relation(&self.free_sequence(table, to));
            self.text.run(&format!(
                "CREATE SEQUENCE {sequence} AS {} OWNED BY {}.{name}",
                to.kind,
                relation(table)
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
        let (sequence, name) = (sequence_of(table, column), ident(&column.name));
        self.text.run(&format!(
            "SELECT setval({sequence}, greatest(max({name}), 1), coalesce(max({name}) >= 1, false)) FROM {}",
            relation(table)
        ));
    }

    /// Another kind of numbering for a column that is numbered: its sequence goes on where it is, under its name.
    pub(super) fn change_numbering(&mut self, table: &str, from: &Column, to: &Column) {
        let (name, of) = (ident(&to.name), relation(table));
        if let (Some(_), Some(identity)) = (identity(from), identity(to)) {
            let kind = match to.numbering {
                Some(Numbering::IdentityAlways) => "ALWAYS",
                _ => "BY DEFAULT",
            };
            debug_assert!(identity.contains(kind));
            self.alter(table, &format!("ALTER COLUMN {name} SET GENERATED {kind}"));
            return;
        }
        let options = to.sequence.as_deref().unwrap_or_default();
        let statements = match identity(to) {
            Some(_) => {
                let kind = match to.numbering {
                    Some(Numbering::IdentityAlways) => "ALWAYS",
                    _ => "BY DEFAULT",
                };
                let add = format!(
                    "ALTER TABLE {of} ALTER COLUMN {name} ADD GENERATED {kind} AS IDENTITY (SEQUENCE NAME %s {options})"
                );
                [
                    format!("ALTER TABLE {of} ALTER COLUMN {name} DROP DEFAULT"),
                    "EXECUTE format('DROP SEQUENCE %s', sequence)".to_owned(),
                    format!("ALTER TABLE {of} ALTER COLUMN {name} SET NOT NULL"),
                    format!("EXECUTE format({}, sequence)", literal(&add)),
                ]
            }
            None => {
                let (kind, options) = match options.strip_prefix("AS ") {
                    Some(rest) => rest.split_once(' ').unwrap_or((rest, "")),
                    None => (to.kind.as_str(), options),
                };
                let create = format!("CREATE SEQUENCE %s AS {kind} {options} OWNED BY {of}.{name}");
                let default =
                    format!("ALTER TABLE {of} ALTER COLUMN {name} SET DEFAULT nextval(%L)");
                [
                    format!("ALTER TABLE {of} ALTER COLUMN {name} DROP IDENTITY"),
                    format!(
                        "EXECUTE format({}, sequence)",
                        literal(&create.replace("  ", " "))
                    ),
                    format!("EXECUTE format({}, sequence)", literal(&default)),
                    "NULL".to_owned(),
                ]
            }
        };
        self.text
            .comment("The sequence goes on where it is, under its name.");
        self.text.run(&format!(
            "DO $$\nDECLARE\n    sequence text := {0};\n    number bigint;\n    is_given boolean;\nBEGIN\n    \
             EXECUTE format('SELECT last_value, is_called FROM %s', sequence) INTO number, is_given;\n    {1};\n    \
             PERFORM setval({0}, number, is_given);\nEND $$",
            sequence_of(table, to),
            statements.join(";\n    ")
        ));
        if identity(to).is_none() && to.nullable {
            self.alter(table, &format!("ALTER COLUMN {name} DROP NOT NULL"));
        }
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
        literal(&relation(table)),
        literal(&column.name)
    )
}
