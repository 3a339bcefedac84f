//! Constraints as options: of the column where its short form says all, else of the table.

use std::collections::BTreeMap;

use migrate_chain::Constraint;

use super::literal::literal;
use super::table::Of;
use crate::ddl::names::DEFAULT;
use crate::model::{Action, Deferrable, ForeignKey, PrimaryKey, Unique};
use crate::sql::qualified::schema_of;

/// What is said of a table, and of each of its columns.
#[derive(Default)]
pub(super) struct Attributes {
    pub(super) table: Vec<String>,
    pub(super) columns: BTreeMap<String, Vec<String>>,
}

impl Attributes {
    fn column(&mut self, column: &str, options: Vec<String>) {
        let own = self.columns.entry(column.to_owned()).or_default();
        own.extend(options);
    }

    fn table(&mut self, kind: &str, options: &[Option<String>]) {
        let options: Vec<&str> = options.iter().flatten().map(String::as_str).collect();
        self.table.push(format!("{kind}({})", options.join(", ")));
    }

    fn has(&self, column: &str, option: &str) -> bool {
        let own = self.columns.get(column);
        own.is_some_and(|own| own.iter().any(|one| one.starts_with(option)))
    }
}

/// The attributes of all constraints.
pub(super) fn attributes(of: &Of<'_>, attributes: &mut Attributes) {
    if let Some(key) = &of.table.primary_key {
        primary_key(of, key, attributes);
    }
    for unique in of.table.uniques.values() {
        self::unique(of, unique, attributes);
    }
    for key in of.table.foreign_keys.values() {
        foreign_key(of, key, attributes);
    }
    for check in of.table.checks.values() {
        let expression = literal(&check.expression);
        let columns = of.table.columns.iter().map(|column| &column.name);
        let own = columns.clone().find(|&column| {
            let column = std::slice::from_ref(column);
            of.name(Constraint::Check, column, &check.name).is_none()
        });
        match own {
            Some(column) => attributes.column(column, vec![format!("check = {expression}")]),
            None => attributes.table(
                "check",
                &[
                    Some(format!("name = {}", literal(&check.name))),
                    Some(format!("expr = {expression}")),
                ],
            ),
        }
    }
}

fn primary_key(of: &Of<'_>, key: &PrimaryKey, attributes: &mut Attributes) {
    let name = key.name.as_deref();
    let name = name.and_then(|name| of.name(Constraint::PrimaryKey, &[], name));
    let conflict = key.on_conflict.as_deref().map(conflict);
    match &key.columns[..] {
        [column] if name.is_none() && conflict.is_none() => {
            attributes.column(column, vec!["primary_key".to_owned()]);
        }
        columns => {
            let columns = Some(format!("columns({})", of.list(columns)));
            attributes.table("primary_key", &[columns, name, conflict]);
        }
    }
}

fn unique(of: &Of<'_>, unique: &Unique, attributes: &mut Attributes) {
    let name = of.name(Constraint::Unique, &unique.columns, &unique.name);
    let distinct = unique
        .nulls_not_distinct
        .then(|| "nulls_not_distinct".to_owned());
    let deferrable = deferrable(unique.deferrable);
    let conflict = unique.on_conflict.as_deref().map(conflict);
    let more = [name, distinct, deferrable, conflict];
    match &unique.columns[..] {
        [column] if more.iter().all(Option::is_none) && !attributes.has(column, "unique") => {
            attributes.column(column, vec!["unique".to_owned()]);
        }
        columns => {
            let [name, distinct, deferrable, conflict] = more;
            let columns = Some(format!("columns({})", of.list(columns)));
            attributes.table("unique", &[columns, name, distinct, deferrable, conflict]);
        }
    }
}

fn foreign_key(of: &Of<'_>, key: &ForeignKey, attributes: &mut Attributes) {
    let name = of.name(Constraint::ForeignKey, &key.columns, &key.name);
    let does = [
        action("on_delete", key.on_delete),
        action("on_update", key.on_update),
        deferrable(key.deferrable),
    ];
    let table = references(of, key);
    match (&key.columns[..], &key.referenced[..]) {
        ([column], [referenced])
            if name.is_none()
                && !attributes.has(column, "references")
                && !referenced.contains('.') =>
        {
            let references = format!("references = {}", literal(&format!("{table}.{referenced}")));
            let options = [Some(references)].into_iter().chain(does).flatten();
            attributes.column(column, options.collect());
        }
        (columns, referenced) => {
            let references = literal(&format!("{table}({})", referenced.join(", ")));
            let [on_delete, on_update, deferrable] = does;
            attributes.table(
                "foreign_key",
                &[
                    Some(format!("columns({})", of.list(columns))),
                    Some(format!("references = {references}")),
                    name,
                    on_delete,
                    on_update,
                    deferrable,
                ],
            );
        }
    }
}

/// The table that a key refers to. A name without a schema means the own one first.
fn references(of: &Of<'_>, key: &ForeignKey) -> String {
    let in_schema = schema_of(&of.table.name).is_some() && schema_of(&key.references).is_none();
    if in_schema {
        return format!("{DEFAULT}.{}", key.references);
    }
    key.references.clone()
}

fn conflict(clause: &str) -> String {
    format!("on_conflict = {}", literal(&clause.to_lowercase()))
}

fn action(option: &str, action: Action) -> Option<String> {
    let word = match action {
        Action::NoAction => return None,
        Action::Restrict => "restrict",
        Action::Cascade => "cascade",
        Action::SetNull => "set null",
        Action::SetDefault => "set default",
    };
    Some(format!("{option} = \"{word}\""))
}

fn deferrable(deferrable: Deferrable) -> Option<String> {
    let option = match deferrable {
        Deferrable::No => return None,
        Deferrable::InitiallyImmediate => "deferrable",
        Deferrable::InitiallyDeferred => "deferrable = \"initially deferred\"",
    };
    Some(option.to_owned())
}
