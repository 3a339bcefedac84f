//! The schema to start from as it is once the renames have run: in constraints, indexes, expressions, views and
//! triggers too, as the database itself renames them. Otherwise every later run would report
//! changes that are none.

use std::collections::BTreeMap;
use std::ops::Range;

use migrate_chain::Dialect;

use super::full_text;
use super::renames::Renames;
use crate::model::{Column, Opaque, Schema, Table};
use crate::operation::unread;
use crate::sql::cursor::lex;
use crate::sql::qualified::bare;
use crate::sql::{Named, mentions, mentions_relation, rename_literals, replace};

/// Applies renames to a schema.
pub(super) fn apply(from: &Schema, renames: &Renames) -> Schema {
    let applier = Applier { from, renames };
    Schema {
        dialect: from.dialect,
        default_schema: from.default_schema.clone(),
        schemas: from.schemas.clone(),
        tables: (from.tables.values())
            .map(|table| applier.table(table))
            .map(|table| (table.name.clone(), table))
            .collect(),
        enums: (from.enums.values())
            .map(|one| {
                let mut one = one.clone();
                one.name = renames.enum_type(&one.name).to_owned();
                for value in &mut one.values {
                    if let Some(new) = renames.values.get(&(one.name.clone(), value.clone())) {
                        value.clone_from(new);
                    }
                }
                (one.name.clone(), one)
            })
            .collect(),
        opaque: from
            .opaque
            .iter()
            .map(|opaque| applier.opaque(None, opaque))
            .collect(),
        extensions: from.extensions.clone(),
    }
}

struct Applier<'a> {
    from: &'a Schema,
    renames: &'a Renames,
}

impl Applier<'_> {
    fn table(&self, old: &Table) -> Table {
        let mut table = old.clone();
        table.name = self.renames.table(&old.name).to_owned();
        for column in &mut table.columns {
            self.column(old, column);
        }
        let name = |name: &mut String| *name = self.column_name(&old.name, name);
        if let Some(key) = &mut table.primary_key {
            key.columns.iter_mut().for_each(name);
            self.clauses(old, &mut key.clauses);
        }
        for unique in table.uniques.values_mut() {
            unique.columns.iter_mut().for_each(name);
            self.clauses(old, &mut unique.clauses);
        }
        for key in table.foreign_keys.values_mut() {
            key.columns.iter_mut().for_each(name);
            for column in &mut key.referenced {
                *column = self.column_name(&key.references, column);
            }
            key.references = self.renames.table(&key.references).to_owned();
        }
        for check in table.checks.values_mut() {
            check.expression = self.expression(old, &check.expression);
        }
        for index in table.indexes.values_mut() {
            index
                .keys
                .iter_mut()
                .for_each(|key| *key = self.expression(old, key));
            index.include.iter_mut().for_each(name);
            index.predicate = index
                .predicate
                .as_ref()
                .map(|text| self.expression(old, text));
        }
        for parent in &mut table.inherits {
            *parent = self.renames.table(parent).to_owned();
        }
        for opaque in &mut table.opaque {
            *opaque = self.opaque(Some(&old.name), opaque);
        }
        table
    }

    fn column(&self, table: &Table, column: &mut Column) {
        column.name = self.column_name(&table.name, &column.name);
        let new = |name: &str| self.renames.enums.get(name).cloned();
        if !self.renames.enums.is_empty() {
            column.kind = replace(&column.kind, self.from.dialect, &new, &|_| None);
        }
        column.default = column.default.as_ref().map(|text| self.literals(text));
        if let Some(generated) = &mut column.generated {
            generated.expression = self.expression(table, &generated.expression);
        }
    }

    fn clauses(&self, table: &Table, clauses: &mut BTreeMap<String, String>) {
        let renamed = std::mem::take(clauses).into_iter();
        *clauses = renamed
            .map(|(column, clause)| (self.column_name(&table.name, &column), clause))
            .collect();
    }

    /// The new name of a column, of a table's old name.
    fn column_name(&self, table: &str, column: &str) -> String {
        let key = (self.renames.table(table).to_owned(), column.to_owned());
        self.renames
            .columns
            .get(&key)
            .map_or_else(|| column.to_owned(), Clone::clone)
    }

    /// An expression over the columns of one table.
    fn expression(&self, table: &Table, text: &str) -> String {
        let own = bare(&table.name);
        let renamed = replace(text, self.from.dialect, &|_| None, &|word| {
            if word.qualifies {
                let new = (word.name == own).then(|| self.renames.tables.get(&table.name))?;
                return new.map(|new| bare(new));
            }
            let ours = word.qualifier.is_none_or(|qualifier| qualifier == own);
            (ours && !word.called).then(|| self.known(&table.name, word.name))?
        });
        self.literals(&renamed)
    }

    /// The new name, of a column that the table has and that is renamed.
    fn known(&self, table: &str, column: &str) -> Option<String> {
        let table = self.from.tables.get(table)?;
        let same = |one: &&Column| match self.from.dialect {
            Dialect::Sqlite => one.name.eq_ignore_ascii_case(column),
            _ => one.name == column,
        };
        let column = table.columns.iter().find(same)?;
        let new = self.column_name(&table.name, &column.name);
        (new != column.name).then_some(new)
    }

    fn literals(&self, text: &str) -> String {
        if self.from.dialect == Dialect::Sqlite
            || self.renames.enums.is_empty() && self.renames.values.is_empty()
        {
            return text.to_owned();
        }
        let new_type = |name: &str| self.renames.enums.get(name).cloned();
        let new_value = |kind: &str, value: &str| {
            let key = (self.renames.enum_type(kind).to_owned(), value.to_owned());
            self.renames.values.get(&key).cloned()
        };
        rename_literals(text, &new_type, &new_value)
    }

    /// A view, a trigger, a policy: its text may name several tables.
    fn opaque(&self, own: Option<&str>, opaque: &Opaque) -> Opaque {
        let mut tables: Vec<&str> = opaque.tables.iter().map(String::as_str).collect();
        tables.extend(own.filter(|own| !opaque.tables.iter().any(|table| table == own)));
        let relation = |name: &str| self.renames.tables.get(name).cloned();
        let new = |word: Named<'_>| {
            if word.called || word.qualifies {
                return None;
            }
            let qualifier = word.qualifier.unwrap_or_default();
            if own.is_some() && ["new", "old"].contains(&qualifier.to_ascii_lowercase().as_str()) {
                return self.known(own?, word.name);
            }
            if let Some(table) = tables.iter().find(|table| bare(table) == qualifier) {
                return self.known(table, word.name);
            }
            // A view's columns keep their names.
            if self.is_of_view(opaque, qualifier, word.name) {
                return None;
            }
            // Whose it is can't be told, unless only one of the tables has such a column.
            let mut having = tables.iter().filter(|table| {
                let table = self.from.tables.get(**table);
                table.is_some_and(|table| {
                    table.columns.iter().any(|column| column.name == word.name)
                })
            });
            let one = having.next()?;
            having
                .next()
                .is_none()
                .then(|| self.known(one, word.name))?
        };
        let renamed = |text: &str| {
            let columns = own.map(|own| (own, self.update_of(text)));
            let text = match columns {
                Some((own, Some(list))) => {
                    let part = |range: Range<usize>| text.get(range).unwrap_or_default();
                    let known = |word: Named<'_>| self.known(own, word.name);
                    let dialect = self.from.dialect;
                    replace(part(0..list.start), dialect, &relation, &new)
                        + &replace(part(list.clone()), dialect, &|_| None, &known)
                        + &replace(part(list.end..text.len()), dialect, &relation, &new)
                }
                _ => replace(text, self.from.dialect, &relation, &new),
            };
            self.literals(&text)
        };
        let name = match own {
            Some(own) if opaque.is_of_column() => self.column_name(own, &opaque.name),
            Some(own) if opaque.is_of_table() => self.renames.table(own).to_owned(),
            _ => opaque.name.clone(),
        };
        let create = match (unread(opaque), &opaque.columns) {
            (Some(body), _) => {
                // Of a text that the server doesn't read, what a trigger calls its row is certain.
                let is_sql = opaque.create.contains(" LANGUAGE sql");
                let new_body = if is_sql {
                    renamed(body)
                } else {
                    self.body_of_trigger(opaque, body)
                };
                renamed(&opaque.create).replacen(body, &new_body, 1)
            }
            (None, Some(columns)) => self.view(opaque, columns, &renamed),
            (None, None) => match full_text::Content::of(opaque) {
                Some(content) => content.renamed(self.renames),
                None => renamed(&opaque.create),
            },
        };
        Opaque {
            name,
            create,
            drop: renamed(&opaque.drop),
            tables: opaque
                .tables
                .iter()
                .map(|table| self.renames.table(table).to_owned())
                .collect(),
            ..opaque.clone()
        }
    }

    /// Whether a word is a column of a view that an object reads.
    fn is_of_view(&self, opaque: &Opaque, qualifier: &str, column: &str) -> bool {
        let dialect = self.from.dialect;
        self.from.opaque.iter().any(|view| {
            let has = |columns: &String| mentions(columns, dialect, column);
            let is_meant = match qualifier {
                "" => {
                    view.name != opaque.name
                        && mentions_relation(&opaque.create, dialect, &view.name)
                }
                qualifier => bare(&view.name) == qualifier,
            };
            view.columns.as_ref().is_some_and(has) && is_meant
        })
    }

    /// A view, whose own columns keep their names.
    fn view(&self, view: &Opaque, columns: &str, renamed: &dyn Fn(&str) -> String) -> String {
        let Some((head, behind)) = view.create.split_once(" AS\n") else {
            return renamed(&view.create);
        };
        // Comments and privileges on it follow.
        let (query, rest) = behind.split_once(";\n").unwrap_or((behind, ""));
        let new = renamed(query);
        let rest = if rest.is_empty() {
            String::new()
        } else {
            format!(";\n{rest}")
        };
        let target = view.drop.strip_prefix("DROP ").unwrap_or_default();
        let (plain, listed) = (
            format!("CREATE {target}"),
            format!("CREATE {target} ({columns})"),
        );
        let head = if new == query || head.starts_with(&listed) {
            head.to_owned()
        } else {
            head.replacen(&plain, &listed, 1)
        };
        format!("{head} AS\n{new}{rest}")
    }

    /// The text of a trigger's function, whose NEW and OLD are rows of the tables that it is called for.
    fn body_of_trigger(&self, function: &Opaque, body: &str) -> String {
        let tables = tables_of_trigger(self.from, function);
        let dialect = self.from.dialect;
        replace(body, dialect, &|_| None, &|word| {
            let qualifier = word.qualifier?.to_ascii_lowercase();
            if !["new", "old"].contains(&qualifier.as_str()) {
                return None;
            }
            let mut new = tables.iter().map(|table| self.known(table, word.name));
            let first = new.next()??;
            // Tables that call it something else share the text.
            new.all(|other| other.as_ref() == Some(&first))
                .then_some(first)
        })
    }

    /// The columns of a trigger's `UPDATE OF a, b ON t`.
    fn update_of(&self, text: &str) -> Option<Range<usize>> {
        let tokens = lex(text, self.from.dialect)?;
        let is = |at: usize, what: &str| tokens.get(at).is_some_and(|token| token.is_word(what));
        let of = (1..tokens.len()).find(|&at| is(at, "OF") && is(at - 1, "UPDATE"))?;
        let on = (of..tokens.len()).find(|&at| is(at, "ON"))?;
        Some(tokens.get(of)?.end..tokens.get(on)?.start)
    }
}

/// The tables whose triggers call a function.
pub(super) fn tables_of_trigger<'s>(schema: &'s Schema, function: &Opaque) -> Vec<&'s str> {
    let name = function.name.split('(').next().unwrap_or_default();
    let calls = |one: &Opaque| {
        one.kind == "trigger" && mentions_relation(&one.create, schema.dialect, name)
    };
    let tables = schema.tables.values();
    let calling = tables.filter(|table| table.opaque.iter().any(calls));
    calling.map(|table| table.name.as_str()).collect()
}
