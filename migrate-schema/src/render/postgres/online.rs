//! What reads a whole table, written so that others read and write it meanwhile: each statement
//! commits by itself, and the locks that keep others out are held for a moment only.

use migrate_chain::Constraint as Naming;

use super::super::definition::{constraint, deferrable, index_concurrently};
use super::Writer;
use crate::diff::Constraint;
use crate::model::{Check, Column, Index, Unique};
use crate::sql::ident;

impl Writer<'_> {
    /// Adds a constraint to a table that is in use.
    pub(super) fn add_online(&mut self, table: &str, one: &Constraint) {
        match one {
            Constraint::Unique(unique) => self.add_unique_online(table, unique),
            Constraint::ForeignKey(_) | Constraint::Check(_) => {
                self.script
                    .comment("The first holds for new rows at once. The second reads the rows, and nobody waits for it.");
                self.add_then_validate(table, one);
            }
            Constraint::PrimaryKey(_) => self.alter(table, &format!("ADD {}", constraint(one))),
        }
    }

    /// Unchecked first, which needs no look at the rows.
    pub(super) fn add_then_validate(&mut self, table: &str, one: &Constraint) {
        self.alter(table, &format!("ADD {} NOT VALID", constraint(one)));
        if let Some(name) = one.name() {
            self.alter(table, &format!("VALIDATE CONSTRAINT {}", ident(name)));
        }
    }

    fn add_unique_online(&mut self, table: &str, unique: &Unique) {
        let index = Index {
            name: unique.name.clone(),
            unique: true,
            method: String::new(),
            keys: unique.columns.iter().map(|column| ident(column)).collect(),
            include: Vec::new(),
            predicate: None,
            nulls_not_distinct: unique.nulls_not_distinct,
            storage: None,
            comment: None,
        };
        self.script
            .comment("The index is built while others write, then it becomes the constraint's.");
        self.script.run(&index_concurrently(table, &index));
        let name = ident(&unique.name);
        let when = deferrable(unique.deferrable);
        self.alter(
            table,
            &format!("ADD CONSTRAINT {name} UNIQUE USING INDEX {name}{when}"),
        );
    }

    /// NOT NULL by way of a CHECK: with one that is validated, PostgreSQL 12 and later don't read the
    /// table again.
    pub(super) fn set_not_null_online(&mut self, table: &str, to: &Column, fill: Option<&str>) {
        let column = ident(&to.name);
        let check = Check {
            name: Naming::Check.name(table, &[&to.name, "not_null"]),
            expression: format!("{column} IS NOT NULL"),
            validated: true,
            is_named: true,
        };
        let name = ident(&check.name);
        let fill = fill.map(|fill| {
            let table = ident(table);
            format!("UPDATE {table} SET {column} = {fill} WHERE {column} IS NULL")
        });
        if let Some(fill) = &fill {
            self.script.run(fill);
        }
        self.script.comment(&format!(
            "With this CHECK validated, SET NOT NULL doesn't read {table} while it locks it."
        ));
        let add = constraint(&Constraint::Check(check));
        self.alter(table, &format!("ADD {add} NOT VALID"));
        if let Some(fill) = &fill {
            self.script.comment("For rows that came in the meantime:");
            self.script.run(fill);
        }
        self.alter(table, &format!("VALIDATE CONSTRAINT {name}"));
        self.alter(table, &format!("ALTER COLUMN {column} SET NOT NULL"));
        self.alter(table, &format!("DROP CONSTRAINT {name}"));
    }
}
