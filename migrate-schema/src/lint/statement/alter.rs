//! `ALTER ..`.

use super::column::{column, constraint, kind};
use super::{Act, Acts, existing, has, name, relation};
use crate::lint::locks::LockMode;
use crate::sql::cursor::{Cursor, Token, split_at_commas};
use crate::sql::qualified::{bare, beside, join};

/// What else can be renamed, in the words of SQL.
const RENAMED: &[(&[&str], &str)] = &[
    (&["SCHEMA"], "schema"),
    (&["TYPE"], "type"),
    (&["DOMAIN"], "type"),
    (&["FUNCTION"], "function"),
    (&["PROCEDURE"], "function"),
];

/// How triggers are switched on and off.
const SWITCHES: &[&[&str]] = &[
    &["ENABLE", "TRIGGER"],
    &["ENABLE", "ALWAYS", "TRIGGER"],
    &["ENABLE", "REPLICA", "TRIGGER"],
    &["DISABLE", "TRIGGER"],
];

impl Acts {
    pub(super) fn alter(&mut self, cursor: &mut Cursor<'_, '_>) -> Option<()> {
        let _ = cursor.take(&["FOREIGN"]) || cursor.take(&["MATERIALIZED"]);
        if cursor.take(&["TABLE"]) || cursor.take(&["VIEW"]) {
            let table = existing(cursor)?;
            for action in split_at_commas(cursor.rest()) {
                let _ = self.action(&table, action);
            }
            return Some(());
        }
        let (_, what) = RENAMED.iter().find(|(words, _)| cursor.take(words))?;
        let name_of = relation(cursor)?;
        let _ = cursor.take_parentheses();
        if cursor.take(&["RENAME", "TO"]) {
            let to = name(cursor)?;
            self.push(Act::Names(vec![to.clone()]));
            self.push(Act::RenameObject {
                kind: what,
                to: beside(&name_of, &to),
                name: name_of,
            });
        } else if cursor.take(&["ADD"]) && *what == "type" {
            if let Some(constraint) = constraint(cursor.rest()) {
                let not_valid = constraint.not_valid;
                self.push(Act::DomainConstraint {
                    name: name_of,
                    not_valid,
                });
            }
        } else if cursor.take(&["RENAME", "VALUE"]) {
            let from = name(cursor)?;
            self.push(Act::RenameValue { of: name_of, from });
        } else if cursor.take(&["SET", "SCHEMA"]) {
            let schema = name(cursor)?;
            self.push(Act::RenameObject {
                kind: what,
                to: join(Some(&schema), &bare(&name_of)),
                name: name_of,
            });
        }
        Some(())
    }

    /// One of the actions of `ALTER TABLE`, which commas separate.
    fn action(&mut self, of: &str, action: &[Token<'_>]) -> Option<()> {
        let cursor = &mut Cursor::new(action);
        let table = of.to_owned();
        let act = if cursor.take(&["RENAME", "TO"]) {
            let to = name(cursor)?;
            self.push(Act::Names(vec![to.clone()]));
            let to = beside(&table, &to);
            Act::RenameTable { table, to }
        } else if cursor.take(&["RENAME", "CONSTRAINT"]) {
            takes(table, LockMode::AccessExclusive)
        } else if cursor.take(&["RENAME"]) {
            let _ = cursor.take(&["COLUMN"]);
            let column = name(cursor)?;
            cursor.take(&["TO"]).then_some(())?;
            let to = name(cursor)?;
            self.push(Act::Names(vec![to.clone()]));
            Act::RenameColumn { table, column, to }
        } else if cursor.take(&["SET", "SCHEMA"]) {
            let to = join(Some(&name(cursor)?), &bare(of));
            Act::RenameTable { table, to }
        } else if cursor.take(&["ADD"]) {
            return self.add(table, cursor, action);
        } else if cursor.take(&["DROP", "CONSTRAINT"]) {
            let _ = cursor.take(&["IF", "EXISTS"]);
            let name = name(cursor)?;
            let cascade = has(cursor.rest(), "CASCADE");
            Act::DropConstraint {
                table,
                name,
                cascade,
            }
        } else if cursor.take(&["DROP"]) {
            let _ = cursor.take(&["COLUMN"]);
            let _ = cursor.take(&["IF", "EXISTS"]);
            let column = name(cursor)?;
            let cascade = has(cursor.rest(), "CASCADE");
            Act::DropColumn {
                table,
                column,
                cascade,
            }
        } else if cursor.take(&["VALIDATE", "CONSTRAINT"]) {
            let name = name(cursor)?;
            Act::Validate { table, name }
        } else if cursor.take(&["ALTER"]) {
            return self.alter_column(table, cursor, action);
        } else if cursor.take(&["ATTACH", "PARTITION"]) {
            let partition = relation(cursor)?;
            Act::AttachPartition { table, partition }
        } else if cursor.take(&["DETACH", "PARTITION"]) {
            let partition = relation(cursor)?;
            let rest = cursor.rest();
            Act::DetachPartition {
                table,
                partition,
                is_concurrent: has(rest, "CONCURRENTLY") || has(rest, "FINALIZE"),
            }
        } else if cursor.take(&["INHERIT"]) {
            let parent = relation(cursor)?;
            let mode = LockMode::ShareUpdateExclusive;
            self.push_at(action, takes(parent, mode));
            takes(table, LockMode::AccessExclusive)
        } else if SWITCHES.iter().any(|words| cursor.take(words)) {
            Act::SwitchTrigger { table }
        } else {
            let rewrites: [(&[&str], &'static str); 4] = [
                (&["SET", "TABLESPACE"], "SET TABLESPACE"),
                (&["SET", "LOGGED"], "SET LOGGED"),
                (&["SET", "UNLOGGED"], "SET UNLOGGED"),
                (&["SET", "ACCESS", "METHOD"], "SET ACCESS METHOD"),
            ];
            match rewrites.into_iter().find(|(words, _)| cursor.take(words)) {
                Some((_, by)) => Act::Rewrite {
                    table: Some(table),
                    by,
                },
                None => takes(table, setting(cursor)),
            }
        };
        self.push_at(action, act);
        Some(())
    }

    fn add(
        &mut self,
        table: String,
        cursor: &mut Cursor<'_, '_>,
        action: &[Token<'_>],
    ) -> Option<()> {
        let is_column = cursor.take(&["COLUMN"]);
        let _ = cursor.take(&["IF", "NOT", "EXISTS"]);
        let rest = cursor.rest();
        match constraint(rest).filter(|_| !is_column) {
            Some(constraint) => {
                self.push_at(
                    action,
                    Act::Names(constraint.name.iter().cloned().collect()),
                );
                self.push_at(action, Act::AddConstraint { table, constraint });
            }
            None => {
                let column = column(rest)?;
                self.push_at(action, Act::Names(vec![column.name.clone()]));
                self.push_at(action, Act::AddColumn { table, column });
            }
        }
        Some(())
    }

    fn alter_column(
        &mut self,
        table: String,
        cursor: &mut Cursor<'_, '_>,
        action: &[Token<'_>],
    ) -> Option<()> {
        let _ = cursor.take(&["COLUMN"]);
        let column = name(cursor)?;
        let act = if cursor.take(&["TYPE"]) || cursor.take(&["SET", "DATA", "TYPE"]) {
            let to = kind(cursor);
            Act::AlterType { table, column, to }
        } else if cursor.take(&["SET", "NOT", "NULL"]) {
            Act::SetNotNull { table, column }
        } else if cursor.take(&["DROP", "NOT", "NULL"]) {
            Act::DropNotNull { table, column }
        } else if cursor.take(&["DROP", "DEFAULT"]) || cursor.take(&["DROP", "IDENTITY"]) {
            Act::DropDefault { table, column }
        } else if cursor.take(&["SET", "STATISTICS"]) || cursor.take(&["SET"]) && opens(cursor) {
            takes(table, LockMode::ShareUpdateExclusive)
        } else {
            takes(table, LockMode::AccessExclusive)
        };
        self.push_at(action, act);
        Some(())
    }
}

fn takes(table: String, mode: LockMode) -> Act {
    Act::Takes { table, mode }
}

fn opens(cursor: &mut Cursor<'_, '_>) -> bool {
    cursor.peek().is_some_and(|token| token.is_symbol(b'('))
}

/// What an action that changes neither columns nor constraints takes.
fn setting(cursor: &mut Cursor<'_, '_>) -> LockMode {
    let is_light = cursor.take(&["CLUSTER", "ON"])
        || cursor.take(&["SET", "WITHOUT", "CLUSTER"])
        || (cursor.take(&["SET"]) || cursor.take(&["RESET"])) && opens(cursor);
    if is_light {
        LockMode::ShareUpdateExclusive
    } else {
        LockMode::AccessExclusive
    }
}
