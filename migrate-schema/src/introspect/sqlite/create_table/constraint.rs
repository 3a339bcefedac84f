//! Constraints, behind a column or behind them all.

use std::collections::BTreeMap;

use migrate_chain::Constraint;

use super::{Read, Reader};
use crate::model::{Action, Check, Deferrable, ForeignKey, Numbering, PrimaryKey, Unique};
use crate::sql::{naming, normal};

impl Reader<'_, '_> {
    pub(super) fn table_constraint(&mut self) -> Read<()> {
        if self.cursor.take(&["CONSTRAINT"]) {
            self.constraint = Some(self.name()?);
            return Ok(());
        } else if self.cursor.take(&["PRIMARY", "KEY"]) {
            let mut keys = self.parentheses()?;
            let numbers = keys
                .last()
                .is_some_and(|token| token.is_word("AUTOINCREMENT"));
            if let (true, Some((_, before))) = (numbers, keys.split_last()) {
                keys = before;
            }
            let (columns, clauses) = self.keys(keys)?;
            if numbers {
                let first = columns.first();
                let numbered = self
                    .table
                    .columns
                    .iter_mut()
                    .find(|column| Some(&column.name) == first);
                if let Some(column) = numbered {
                    column.numbering = Some(Numbering::AutoIncrement);
                }
            }
            let on_conflict = self.on_conflict()?;
            self.primary_key(columns, clauses, on_conflict)?;
        } else if self.cursor.take(&["UNIQUE"]) {
            let keys = self.parentheses()?;
            let (columns, clauses) = self.keys(keys)?;
            let on_conflict = self.on_conflict()?;
            self.unique(columns, clauses, on_conflict);
        } else if self.cursor.take(&["CHECK"]) {
            self.check()?;
            // Read and forgotten, as SQLite does.
            self.on_conflict()?;
        } else if self.cursor.take(&["FOREIGN", "KEY"]) {
            let columns = self.parentheses()?;
            let columns = self.plain_names(columns)?;
            self.expect(&["REFERENCES"])?;
            let columns = columns
                .into_iter()
                .map(|name| self.own_column(&name))
                .collect();
            self.references(columns)?;
        } else {
            return Err(self.unexpected());
        }
        self.constraint = None;
        Ok(())
    }

    pub(super) fn primary_key(
        &mut self,
        columns: Vec<String>,
        clauses: BTreeMap<String, String>,
        on_conflict: Option<String>,
    ) -> Read<()> {
        let name = self.constraint.take();
        let key = PrimaryKey {
            name,
            columns,
            clauses,
            on_conflict,
        };
        match self.table.primary_key.replace(key) {
            None => Ok(()),
            Some(_) => Err("it has two primary keys".to_owned()),
        }
    }

    pub(super) fn unique(
        &mut self,
        columns: Vec<String>,
        clauses: BTreeMap<String, String>,
        on_conflict: Option<String>,
    ) {
        let given = self.constraint.take();
        let is_named = given.is_some();
        let name = given
            .unwrap_or_else(|| naming::constraint(Constraint::Unique, &self.table.name, &columns));
        let name = naming::free(name, |name| self.table.uniques.contains_key(name));
        let unique = Unique {
            name: name.clone(),
            columns,
            clauses,
            nulls_not_distinct: false,
            deferrable: Deferrable::No,
            on_conflict,
            is_named,
        };
        self.table.uniques.insert(name, unique);
    }

    pub(super) fn check(&mut self) -> Read<()> {
        let inside = self.parentheses()?;
        let check = Check {
            name: self.constraint.take().unwrap_or_default(),
            expression: normal::expression(inside, &self.names),
            validated: true,
            is_named: true,
        };
        if check.name.is_empty() {
            let mentioned = normal::mentioned(inside, &self.names);
            self.unnamed.push((check.expression, mentioned));
        } else {
            let name = naming::free(check.name, |name| self.table.checks.contains_key(name));
            let check = Check {
                name: name.clone(),
                ..check
            };
            self.table.checks.insert(name, check);
        }
        Ok(())
    }

    /// Names the checks that have no name by the columns they mention: wherever in the statement
    /// they stand, they mean the same.
    pub(super) fn name_checks(&mut self) {
        let mut unnamed = std::mem::take(&mut self.unnamed);
        unnamed.sort();
        for (expression, mentioned) in unnamed {
            let name = naming::constraint(Constraint::Check, &self.table.name, &mentioned);
            let name = naming::free(name, |name| self.table.checks.contains_key(name));
            let check = Check {
                name: name.clone(),
                expression,
                validated: true,
                is_named: false,
            };
            self.table.checks.insert(name, check);
        }
    }

    /// What follows REFERENCES.
    pub(super) fn references(&mut self, columns: Vec<String>) -> Read<()> {
        let references = self.name()?;
        let referenced = match self.cursor.take_parentheses() {
            Some(names) => self.plain_names(names)?,
            None => Vec::new(),
        };
        let (mut on_delete, mut on_update) = (Action::NoAction, Action::NoAction);
        let mut deferrable = Deferrable::No;
        loop {
            if self.cursor.take(&["ON", "DELETE"]) {
                on_delete = self.action()?;
            } else if self.cursor.take(&["ON", "UPDATE"]) {
                on_update = self.action()?;
            } else if self.cursor.take(&["ON", "INSERT"]) {
                // Read and forgotten, as SQLite does; MATCH too.
                self.action()?;
            } else if self.cursor.take(&["MATCH"]) {
                self.name()?;
            } else if self.cursor.take(&["NOT", "DEFERRABLE"]) {
                self.initially()?;
                deferrable = Deferrable::No;
            } else if self.cursor.take(&["DEFERRABLE"]) {
                deferrable = self.initially()?;
            } else {
                break;
            }
        }
        let given = self.constraint.take();
        let is_named = given.is_some();
        let name = given.unwrap_or_else(|| {
            naming::constraint(Constraint::ForeignKey, &self.table.name, &columns)
        });
        let name = naming::free(name, |name| self.table.foreign_keys.contains_key(name));
        let key = ForeignKey {
            name: name.clone(),
            columns,
            references,
            referenced,
            on_delete,
            on_update,
            match_full: false,
            deferrable,
            validated: true,
            is_named,
        };
        self.table.foreign_keys.insert(name, key);
        Ok(())
    }

    fn action(&mut self) -> Read<Action> {
        let actions: [(&[&str], Action); 5] = [
            (&["NO", "ACTION"], Action::NoAction),
            (&["RESTRICT"], Action::Restrict),
            (&["CASCADE"], Action::Cascade),
            (&["SET", "NULL"], Action::SetNull),
            (&["SET", "DEFAULT"], Action::SetDefault),
        ];
        for (words, action) in actions {
            if self.cursor.take(words) {
                return Ok(action);
            }
        }
        Err(self.unexpected())
    }

    fn initially(&mut self) -> Read<Deferrable> {
        if self.cursor.take(&["INITIALLY", "DEFERRED"]) {
            return Ok(Deferrable::InitiallyDeferred);
        }
        if self.cursor.take(&["INITIALLY"]) {
            self.expect(&["IMMEDIATE"])?;
        }
        Ok(Deferrable::InitiallyImmediate)
    }
}
