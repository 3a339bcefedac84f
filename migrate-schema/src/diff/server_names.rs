//! Names that PostgreSQL gave: of constraints and indexes that a hand-written revision makes without naming them.
//!
//! Models that name none either mean them, whatever name models would give (`users_pkey` is `pk_users`). Where a model
//! chooses a name of its own, or the chain does, that is compared.

use std::collections::BTreeMap;

use migrate_chain::{Constraint, Dialect};

use super::hand_made::column_of;
use crate::model::{Check, ForeignKey, Index, Schema, Table, Unique};
use crate::sql::qualified::bare;
use crate::sql::{server_name, settled};

/// Gives what the models leave unnamed the name that the server gave it.
pub(super) fn keep(from: &Schema, to: &mut Schema) {
    if from.dialect != Dialect::Postgres {
        return;
    }
    for table in to.tables.values_mut() {
        if let Some(from) = from.tables.get(&table.name) {
            keep_of_table(from, table);
        }
    }
}

fn keep_of_table(from: &Table, to: &mut Table) {
    let table = bare(&to.name);
    if let (Some(old), Some(new)) = (&from.primary_key, &mut to.primary_key)
        && old.columns == new.columns
        && let (Some(old), Some(name)) = (&old.name, &new.name)
        && is_given(Constraint::PrimaryKey, &table, &[], old, name)
    {
        new.name = Some(old.clone());
    }
    renamed(
        &from.uniques,
        &mut to.uniques,
        |one: &mut Unique| &mut one.name,
        |one| one.columns.clone(),
        |columns, old, new| is_given(Constraint::Unique, &table, columns, old, new),
    );
    renamed(
        &from.foreign_keys,
        &mut to.foreign_keys,
        |one: &mut ForeignKey| &mut one.name,
        |one| one.columns.clone(),
        |columns, old, new| is_given(Constraint::ForeignKey, &table, columns, old, new),
    );
    // A check says in its text which column it is about.
    let columns: Vec<String> = to
        .columns
        .iter()
        .map(|column| column.name.clone())
        .collect();
    renamed(
        &from.checks,
        &mut to.checks,
        |one: &mut Check| &mut one.name,
        |one| vec![settled(&one.expression).into_owned()],
        |_, old, new| {
            let mut columns = columns.iter().map(std::slice::from_ref);
            columns.any(|column| is_given(Constraint::Check, &table, column, old, new))
        },
    );
    renamed(
        &from.indexes,
        &mut to.indexes,
        |one: &mut Index| &mut one.name,
        |one| {
            let columns: Option<Vec<String>> = one.keys.iter().map(|key| column_of(key)).collect();
            columns.unwrap_or_default()
        },
        |columns, old, new| {
            !columns.is_empty() && is_given(Constraint::Index, &table, columns, old, new)
        },
    );
}

/// Whether the one is the server's name for what has the other from the models.
fn is_given(kind: Constraint, table: &str, columns: &[String], old: &str, new: &str) -> bool {
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    kind.name(table, &columns) == new && server_name(kind, table, &columns) == old
}

/// Renames in `to` what is there in `from` by a name of the server's.
fn renamed<T: Clone>(
    from: &BTreeMap<String, T>,
    to: &mut BTreeMap<String, T>,
    name: impl Fn(&mut T) -> &mut String,
    columns: impl Fn(&T) -> Vec<String>,
    is_given: impl Fn(&[String], &str, &str) -> bool,
) {
    for (old, one) in from {
        if to.contains_key(old) {
            continue;
        }
        let own = columns(one);
        let mut others = to.iter();
        let found = others.find(|(new, other)| {
            columns(other) == own && !from.contains_key(*new) && is_given(&own, old, new)
        });
        let found = found.map(|(new, _)| new.clone());
        if let Some(mut one) = found.and_then(|new| to.remove(&new)) {
            name(&mut one).clone_from(old);
            to.insert(old.clone(), one);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Column, PrimaryKey};

    fn users(dialect: Dialect, names: [&str; 5]) -> Schema {
        let [key, unique, foreign_key, check, index] = names;
        let id = Column::new("id", "integer");
        let table = Table::new("core.users")
            .with(id)
            .with(Column::new("mail", "text"));
        let mut table = (table.unique(unique, &["mail"]))
            .foreign_key(foreign_key, &["id"], "core.users", &["id"])
            .check(check, "mail <> ''::text")
            .index(index, &["mail DESC", "id"]);
        table.primary_key = Some(PrimaryKey {
            name: Some(key.to_owned()),
            columns: vec!["id".to_owned()],
            clauses: BTreeMap::new(),
            on_conflict: None,
        });
        let mut schema = Schema::new(dialect);
        schema.add(table);
        schema
    }

    const SERVER: [&str; 5] = [
        "users_pkey",
        "users_mail_key",
        "users_id_fkey",
        "users_mail_check",
        "users_mail_id_idx",
    ];
    const MODELS: [&str; 5] = [
        "pk_users",
        "uq_users_mail",
        "fk_users_id",
        "ck_users_mail",
        "ix_users_mail_id",
    ];

    #[test]
    fn what_nobody_named_keeps_the_name_it_has() {
        let from = users(Dialect::Postgres, SERVER);
        let mut to = users(Dialect::Postgres, MODELS);
        keep(&from, &mut to);
        assert_eq!(from, to);
    }

    #[test]
    fn a_name_that_somebody_chose_is_compared() {
        let chosen = ["a", "b", "c", "d", "e"];
        for (from, to) in [(SERVER, chosen), (chosen, MODELS), (MODELS, SERVER)] {
            let from = users(Dialect::Postgres, from);
            let mut after = users(Dialect::Postgres, to);
            keep(&from, &mut after);
            assert_eq!(after, users(Dialect::Postgres, to));
        }
    }
}
