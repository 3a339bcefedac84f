//! What neither creates nor alters: `DROP`, rows, maintenance.

use super::{Act, Acts, existing, has, names, parts, relation};
use crate::lint::locks::LockMode;
use crate::sql::cursor::{Cursor, Token};
use crate::sql::qualified::join;

/// What can be dropped beside tables and indexes, in the words of SQL.
const DROPPED: &[(&[&str], &str)] = &[
    (&["MATERIALIZED", "VIEW"], "materialized view"),
    (&["VIEW"], "view"),
    (&["SCHEMA"], "schema"),
    (&["DATABASE"], "database"),
    (&["TYPE"], "type"),
    (&["DOMAIN"], "type"),
    (&["FUNCTION"], "function"),
    (&["PROCEDURE"], "function"),
    (&["ROUTINE"], "function"),
    (&["SEQUENCE"], "sequence"),
    (&["EXTENSION"], "extension"),
    (&["TRIGGER"], "trigger"),
    (&["OWNED", "BY"], "objects of"),
];

impl Acts {
    pub(super) fn other(
        &mut self,
        cursor: &mut Cursor<'_, '_>,
        tokens: &[Token<'_>],
    ) -> Option<()> {
        let first = cursor.next()?;
        let is = |word: &str| first.is_word(word);
        if is("DROP") {
            return self.drop(cursor, tokens);
        }
        if is("SET") {
            let _ = cursor.take(&["LOCAL"]) || cursor.take(&["SESSION"]);
            cursor.take(&["SEARCH_PATH"]).then_some(())?;
            let _ = cursor.take(&["TO"]) || cursor.take_symbol(b'=');
            let is_schema = |name: &String| !name.is_empty() && name != "$user";
            let schemas = names(cursor).into_iter().filter(is_schema).collect();
            self.push(Act::SearchPath { schemas });
        } else if is("TRUNCATE") {
            let _ = cursor.take(&["TABLE"]);
            let cascade = has(tokens, "CASCADE");
            for table in names(cursor) {
                self.push(Act::Truncate { table, cascade });
            }
        } else if is("DELETE") || is("UPDATE") || is("INSERT") || is("REPLACE") || is("WITH") {
            self.rows(tokens);
        } else if is("LOCK") {
            let _ = cursor.take(&["TABLE"]);
            let tables = names(cursor);
            let mode = cursor.take(&["IN"]).then(|| {
                let rest = cursor.rest().iter();
                let words = rest.take_while(|token| !token.is_word("MODE"));
                let words: Vec<&str> = words.map(|token| token.text).collect();
                LockMode::named(&words.join(" "))
            });
            let mode = mode.flatten().unwrap_or(LockMode::AccessExclusive);
            for table in tables {
                self.push(Act::Lock { table, mode });
            }
        } else if is("REINDEX") {
            let options = cursor.take_parentheses().unwrap_or_default();
            let is_index = cursor.take(&["INDEX"]);
            let is_table = !is_index && cursor.take(&["TABLE"]);
            let is_concurrent = cursor.take(&["CONCURRENTLY"]) || is_on(options, "CONCURRENTLY");
            let of = relation(cursor).filter(|_| is_index || is_table);
            self.push(Act::Reindex {
                is_concurrent,
                table: of.clone().filter(|_| is_table),
                index: of.filter(|_| is_index),
            });
        } else if is("REFRESH") && cursor.take(&["MATERIALIZED", "VIEW"]) {
            let is_concurrent = cursor.take(&["CONCURRENTLY"]);
            let view = relation(cursor)?;
            self.push(Act::Refresh {
                view,
                is_concurrent,
            });
        } else if is("CLUSTER") {
            let _ = cursor.take(&["VERBOSE"]);
            let table = relation(cursor);
            self.push(Act::Rewrite {
                table,
                by: "CLUSTER",
            });
        } else if is("VACUUM") {
            let is_full = cursor.take(&["FULL"])
                || cursor
                    .take_parentheses()
                    .is_some_and(|options| is_on(options, "FULL"));
            if is_full {
                let _ = cursor.take(&["FREEZE"]) || cursor.take(&["VERBOSE"]);
                let table = relation(cursor);
                self.push(Act::Rewrite {
                    table,
                    by: "VACUUM FULL",
                });
            }
        } else if is("ANALYZE") {
            let _ = cursor.take_parentheses();
            let _ = cursor.take(&["VERBOSE"]);
            let mode = LockMode::ShareUpdateExclusive;
            for table in names(cursor) {
                self.push(Act::Takes { table, mode });
            }
        } else if is("COMMENT") && cursor.take(&["ON"]) {
            let mode = LockMode::ShareUpdateExclusive;
            if cursor.take(&["TABLE"]) {
                let table = relation(cursor)?;
                self.push(Act::Takes { table, mode });
            } else if cursor.take(&["COLUMN"]) {
                // The last part is the column.
                let mut parts = parts(cursor)?;
                parts.pop();
                let table = parts.pop()?;
                let table = join(parts.pop().as_deref(), &table);
                self.push(Act::Takes { table, mode });
            }
        }
        Some(())
    }

    /// What changes rows, in a statement or in a `WITH` of it.
    fn rows(&mut self, tokens: &[Token<'_>]) {
        let mut depth = 0_i32;
        for (at, token) in tokens.iter().enumerate() {
            depth += i32::from(token.is_symbol(b'(')) - i32::from(token.is_symbol(b')'));
            let cursor = &mut Cursor::new(tokens.get(at + 1..).unwrap_or_default());
            let is_delete = token.is_word("DELETE") && cursor.take(&["FROM"]);
            let before = at.checked_sub(1).and_then(|at| tokens.get(at));
            let begins = before.is_none_or(|token| token.is_symbol(b'(') || token.is_symbol(b')'));
            let is_update = token.is_word("UPDATE") && begins;
            let _ = cursor.take(&["ONLY"]);
            if is_delete || is_update {
                let Some(table) = relation(cursor) else {
                    continue;
                };
                let has_where = has_where(cursor.rest());
                self.push(if is_delete {
                    Act::Delete { table, has_where }
                } else {
                    Act::Update { table, has_where }
                });
            } else if token.is_word("INTO")
                && depth == 0
                && let Some(table) = relation(cursor)
            {
                self.push(Act::Insert { table });
            }
        }
    }

    fn drop(&mut self, cursor: &mut Cursor<'_, '_>, tokens: &[Token<'_>]) -> Option<()> {
        let cascade = has(tokens, "CASCADE");
        let _ = cursor.take(&["FOREIGN"]);
        if cursor.take(&["TABLE"]) {
            let _ = cursor.take(&["IF", "EXISTS"]);
            for table in names(cursor) {
                self.push(Act::DropTable {
                    table,
                    cascade,
                    is_rebuilt: false,
                });
            }
        } else if cursor.take(&["INDEX"]) {
            let is_concurrent = cursor.take(&["CONCURRENTLY"]);
            let _ = cursor.take(&["IF", "EXISTS"]);
            for name in names(cursor) {
                self.push(Act::DropIndex {
                    name,
                    is_concurrent,
                    cascade,
                });
            }
        } else {
            let kind = DROPPED.iter().find(|(words, _)| cursor.take(words));
            let is_of_table = kind.is_none_or(|(_, kind)| *kind == "trigger");
            if kind.is_none() {
                (cursor.take(&["POLICY"]) || cursor.take(&["RULE"])).then_some(())?;
            }
            let dropped = existing(cursor)?;
            if is_of_table && cursor.take(&["ON"]) {
                let table = relation(cursor)?;
                let mode = LockMode::AccessExclusive;
                self.push(Act::Takes { table, mode });
            }
            if let Some((_, kind)) = kind {
                self.push(Act::DropObject {
                    kind,
                    name: dropped,
                    cascade,
                });
            }
        }
        Some(())
    }
}

/// Whether an option in parentheses is set: it has no value, or one that doesn't switch it off.
fn is_on(options: &[Token<'_>], name: &str) -> bool {
    let Some(at) = options.iter().position(|token| token.is_word(name)) else {
        return false;
    };
    let value = options.get(at + 1).map_or("", |token| token.text);
    let value = value.trim_matches('\'');
    !["false", "off", "0"]
        .iter()
        .any(|off| value.eq_ignore_ascii_case(off))
}

/// Whether a `WHERE` stands in this statement itself, not in a query inside of it, up to the parenthesis that closes it.
fn has_where(tokens: &[Token<'_>]) -> bool {
    let mut depth = 0_i32;
    for token in tokens {
        depth += i32::from(token.is_symbol(b'(')) - i32::from(token.is_symbol(b')'));
        if depth < 0 {
            return false;
        }
        if depth == 0 && token.is_word("WHERE") {
            return true;
        }
    }
    false
}
