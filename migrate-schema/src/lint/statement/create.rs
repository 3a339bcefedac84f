//! `CREATE ..`.

use super::column::{column, columns, constraint};
use super::{Act, Acts, has, name, names, relation};
use crate::lint::locks::LockMode;
use crate::sql::cursor::{Cursor, split_at_commas};
use crate::sql::qualified::bare;

impl Acts {
    pub(super) fn create(&mut self, cursor: &mut Cursor<'_, '_>) -> Option<()> {
        let replaces = cursor.take(&["OR", "REPLACE"]);
        let is_temporary = cursor.take(&["TEMP"]) || cursor.take(&["TEMPORARY"]);
        let _ = cursor.take(&["UNLOGGED"]) || cursor.take(&["GLOBAL"]) || cursor.take(&["LOCAL"]);
        if cursor.take(&["TABLE"]) {
            return self.create_table(cursor, is_temporary);
        }
        if cursor.take(&["VIRTUAL", "TABLE"]) || cursor.take(&["FOREIGN", "TABLE"]) {
            let _ = cursor.take(&["IF", "NOT", "EXISTS"]);
            let table = relation(cursor)?;
            self.push(Act::CreateTable {
                table,
                columns: Vec::new(),
                constraints: Vec::new(),
                is_temporary,
            });
            return Some(());
        }
        let is_unique = cursor.take(&["UNIQUE"]);
        if cursor.take(&["INDEX"]) {
            return self.create_index(cursor, is_unique);
        }
        let _ = cursor.take(&["RECURSIVE"]) || cursor.take(&["MATERIALIZED"]);
        if cursor.take(&["VIEW"]) {
            let _ = cursor.take(&["IF", "NOT", "EXISTS"]);
            let view = relation(cursor)?;
            self.push(Act::Names(vec![bare(&view)]));
            self.push(Act::CreateView { view, replaces });
            return Some(());
        }
        if cursor.take(&["DOMAIN"]) {
            let name = relation(cursor)?;
            let rest = cursor.rest();
            self.push(Act::Names(vec![bare(&name)]));
            self.push(Act::CreateDomain {
                name,
                is_constrained: has(rest, "CHECK") || has(rest, "NOT"),
            });
            return Some(());
        }
        let _ = cursor.take(&["CONSTRAINT"]);
        if cursor.take(&["TRIGGER"]) {
            let _ = cursor.take(&["IF", "NOT", "EXISTS"]);
            let trigger = name(cursor)?;
            self.push(Act::Names(vec![trigger]));
            while let Some(token) = cursor.next() {
                if token.is_word("ON") {
                    let table = relation(cursor)?;
                    self.push(Act::CreateTrigger { table });
                    break;
                }
            }
        }
        let mode = if cursor.take(&["POLICY"]) || cursor.take(&["RULE"]) {
            LockMode::AccessExclusive
        } else if cursor.take(&["STATISTICS"]) {
            LockMode::ShareUpdateExclusive
        } else {
            return Some(());
        };
        let before = match mode {
            LockMode::AccessExclusive => ["ON", "TO"],
            _ => ["FROM", "FROM"],
        };
        while let Some(token) = cursor.next() {
            // `CREATE RULE .. AS ON INSERT TO t`: the event stands behind ON.
            let is_event = ["SELECT", "INSERT", "UPDATE", "DELETE"]
                .iter()
                .any(|event| cursor.peek().is_some_and(|next| next.is_word(event)));
            if before.iter().any(|word| token.is_word(word)) && !is_event {
                let table = relation(cursor)?;
                self.push(Act::Takes { table, mode });
                break;
            }
        }
        Some(())
    }

    fn create_table(&mut self, cursor: &mut Cursor<'_, '_>, is_temporary: bool) -> Option<()> {
        let _ = cursor.take(&["IF", "NOT", "EXISTS"]);
        let table = relation(cursor)?;
        if cursor.take(&["PARTITION", "OF"]) {
            let parent = relation(cursor)?;
            self.push(Act::Takes {
                table: parent,
                mode: LockMode::AccessExclusive,
            });
        }
        let (mut all, mut constraints) = (Vec::new(), Vec::new());
        for part in split_at_commas(cursor.take_parentheses().unwrap_or_default()) {
            if let Some(one) = constraint(part) {
                constraints.push(one);
            } else if !part.first().is_some_and(|token| token.is_word("LIKE")) {
                all.extend(column(part));
            }
        }
        if cursor.take(&["INHERITS"])
            && let Some(parents) = cursor.take_parentheses()
        {
            for parent in names(&mut Cursor::new(parents)) {
                self.push(Act::Takes {
                    table: parent,
                    mode: LockMode::ShareUpdateExclusive,
                });
            }
        }
        let mut names = vec![bare(&table)];
        names.extend(all.iter().map(|column| column.name.clone()));
        names.extend(constraints.iter().filter_map(|one| one.name.clone()));
        self.push(Act::Names(names));
        self.push(Act::CreateTable {
            table,
            columns: all,
            constraints,
            is_temporary,
        });
        Some(())
    }

    fn create_index(&mut self, cursor: &mut Cursor<'_, '_>, is_unique: bool) -> Option<()> {
        let is_concurrent = cursor.take(&["CONCURRENTLY"]);
        let _ = cursor.take(&["IF", "NOT", "EXISTS"]);
        let index = if cursor.take(&["ON"]) {
            None
        } else {
            let index = name(cursor)?;
            cursor.take(&["ON"]).then_some(())?;
            Some(index)
        };
        let _ = cursor.take(&["ONLY"]);
        let table = relation(cursor)?;
        if cursor.take(&["USING"]) {
            cursor.next();
        }
        let inside = cursor.take_parentheses().unwrap_or_default();
        let is_partial = has(cursor.rest(), "WHERE");
        self.push(Act::Names(index.iter().cloned().collect()));
        self.push(Act::CreateIndex {
            name: index,
            table,
            columns: if is_partial {
                Vec::new()
            } else {
                columns(inside)
            },
            is_unique,
            is_concurrent,
        });
        Some(())
    }
}
