//! A schema as DDL, with what hangs on it and rows that fit.

use std::fmt::Write as _;

use migrate_chain::Dialect;

use super::{Column, Spec, Table};
use crate::change::Read;

impl Spec {
    pub(in super::super) fn ddl<E: Read>(&self) -> String {
        let mut ddl = String::new();
        let is_postgres = E::DIALECT == Dialect::Postgres;
        if is_postgres {
            let values: Vec<String> = self
                .values
                .iter()
                .map(|value| format!("'{}'", value.replace('\'', "''")))
                .collect();
            writeln!(ddl, "CREATE TYPE mood AS ENUM ({});", values.join(", ")).unwrap();
        }
        let mut late = String::new();
        for table in &self.tables {
            table.write::<E>(&mut ddl, &mut late);
        }
        ddl + &late
    }

    /// Views and triggers, over what is in the other schema too: they are in nobody's models.
    pub(in super::super) fn verbatim<E: Read>(&self, other: &Spec) -> String {
        let mut ddl = String::new();
        for (at, old) in self.tables.iter().enumerate() {
            let same = |new: &&Table| new.was.as_ref().unwrap_or(&new.name) == &old.name;
            let Some(new) = other.tables.iter().find(same) else {
                continue;
            };
            let name = &old.name;
            let stays = |column: &&Column| new.columns.iter().any(|new| new.name == column.name);
            let Some(column) = old.columns.iter().rev().find(stays) else {
                continue;
            };
            let column = format!("\"{}\"", column.name);
            writeln!(
                ddl,
                "CREATE VIEW view_{at} AS SELECT id, {column} AS x FROM \"{name}\" WHERE id > 0;"
            )
            .unwrap();
            writeln!(
                ddl,
                "CREATE VIEW above_{at} AS SELECT count(x) AS n FROM view_{at};"
            )
            .unwrap();
            match E::DIALECT {
                Dialect::Sqlite => writeln!(
                    ddl,
                    "CREATE TRIGGER trigger_{at} AFTER UPDATE OF {column} ON \"{name}\" BEGIN SELECT new.{column}; END;"
                ),
                _ => writeln!(
                    ddl,
                    "CREATE TRIGGER trigger_{at} BEFORE UPDATE OF {column} ON \"{name}\" FOR EACH ROW
                     WHEN (old.{column} IS NULL) EXECUTE FUNCTION suppress_redundant_updates_trigger();"
                ),
            }
            .unwrap();
        }
        ddl
    }

    /// Without indexes, which stay where another schema has none.
    pub(in super::super) fn without_indexes(mut self) -> Spec {
        for table in &mut self.tables {
            table.indexes.clear();
        }
        self
    }

    /// The tables that both have: the name in each, and a column that stays.
    pub(in super::super) fn shared(&self, other: &Spec) -> Vec<(String, String, &'static str)> {
        let both = self.tables.iter().filter_map(|old| {
            let same = |new: &&Table| new.was.as_ref().unwrap_or(&new.name) == &old.name;
            let new = other.tables.iter().find(same)?;
            let stays = |column: &&Column| new.columns.iter().any(|new| new.name == column.name);
            let column = old.columns.iter().find(stays)?;
            Some((old.name.clone(), new.name.clone(), column.name))
        });
        both.collect()
    }

    /// Three rows for each table; parents are those of the same number.
    pub(in super::super) fn rows(&self) -> String {
        let mut rows = String::new();
        let mut later = String::new();
        for table in &self.tables {
            for id in 1..=3 {
                let mut names = vec!["id".to_owned()];
                let mut values = vec![id.to_string()];
                for column in &table.columns {
                    if column.generated.is_some() {
                        continue;
                    }
                    let name = format!("\"{}\"", column.name);
                    if column.references.is_some() {
                        writeln!(
                            later,
                            "UPDATE \"{}\" SET {name} = {id} WHERE id = {id};",
                            table.name
                        )
                        .unwrap();
                        continue;
                    }
                    names.push(name);
                    values.push(match (column.kind, id) {
                        _ if id == 3 && !column.not_null => "NULL".to_owned(),
                        ("mood", _) => "'low'".to_owned(),
                        ("mood[]", _) => "'{low}'".to_owned(),
                        ("TEXT", _) => format!("'1{id}'"),
                        _ => format!("1{id}"),
                    });
                }
                writeln!(
                    rows,
                    "INSERT INTO \"{}\" ({}) VALUES ({});",
                    table.name,
                    names.join(", "),
                    values.join(", ")
                )
                .unwrap();
            }
        }
        rows + &later
    }
}

impl Table {
    fn write<E: Read>(&self, ddl: &mut String, late: &mut String) {
        let (name, is_sqlite) = (&self.name, E::DIALECT == Dialect::Sqlite);
        let key = match (self.numbered, is_sqlite) {
            (true, true) => "id INTEGER PRIMARY KEY AUTOINCREMENT".to_owned(),
            (false, true) => "id INTEGER NOT NULL PRIMARY KEY".to_owned(),
            (true, false) if self.comment.is_some() => {
                format!("id serial CONSTRAINT \"pk_{name}\" PRIMARY KEY")
            }
            (true, false) => format!(
                "id integer GENERATED BY DEFAULT AS IDENTITY CONSTRAINT \"pk_{name}\" PRIMARY KEY"
            ),
            (false, false) => format!("id integer CONSTRAINT \"pk_{name}\" PRIMARY KEY"),
        };
        let mut lines = vec![key];
        let mut constraints = Vec::new();
        for column in &self.columns {
            lines.push(column.line::<E>());
            let own = column.name;
            if column.unique {
                constraints.push(format!("CONSTRAINT \"uq_{name}_{own}\" UNIQUE (\"{own}\")"));
            }
            if column.check {
                constraints.push(format!(
                    "CONSTRAINT \"ck_{name}_{own}\" CHECK (\"{own}\" <> '99' AND id > 0)"
                ));
            }
            if let Some((to, action)) = &column.references {
                let text = format!(
                    "CONSTRAINT \"fk_{name}_{own}\" FOREIGN KEY (\"{own}\") REFERENCES \"{to}\" (id) {action}"
                );
                if is_sqlite {
                    constraints.push(text);
                } else {
                    writeln!(late, "ALTER TABLE \"{name}\" ADD {text};").unwrap();
                }
            }
            if let Some(comment) = column.comment {
                let comment = comment.replace('\'', "''");
                writeln!(
                    late,
                    "COMMENT ON COLUMN \"{name}\".\"{own}\" IS '{comment}';"
                )
                .unwrap();
            }
        }
        if let Some(behind) = self.pair {
            constraints.push(format!("CONSTRAINT \"uq_{name}\" UNIQUE (a, id){behind}"));
        }
        lines.extend(constraints);
        let options = match (self.strict, self.without_rowid) {
            (true, true) => " STRICT, WITHOUT ROWID",
            (true, false) => " STRICT",
            (false, true) => " WITHOUT ROWID",
            (false, false) => "",
        };
        writeln!(
            ddl,
            "CREATE TABLE \"{name}\" ({}){options};",
            lines.join(", ")
        )
        .unwrap();
        for (keys, predicate) in &self.indexes {
            writeln!(
                late,
                "CREATE INDEX \"ix_{name}_a\" ON \"{name}\" ({keys}){predicate};"
            )
            .unwrap();
        }
        if let Some(comment) = self.comment {
            writeln!(
                late,
                "COMMENT ON TABLE \"{name}\" IS '{}';",
                comment.replace('\'', "''")
            )
            .unwrap();
        }
    }
}

impl Column {
    fn line<E: Read>(&self) -> String {
        let mut line = format!("\"{}\" {}", self.name, self.kind);
        if self.collated {
            line += match E::DIALECT {
                Dialect::Sqlite => " COLLATE NOCASE",
                _ => " COLLATE \"C\"",
            };
        }
        if self.not_null {
            line += " NOT NULL";
        }
        match (self.default, self.kind) {
            (Some(_), "mood") => line += " DEFAULT 'low'",
            (Some(_), "mood[]") => line += " DEFAULT '{low}'",
            (Some(default), "TEXT") => line += &format!(" DEFAULT '{default}'"),
            (Some(default), _) => line += &format!(" DEFAULT {default}"),
            (None, _) => {}
        }
        if let Some(generated) = self.generated {
            line += &format!(" GENERATED ALWAYS AS ({generated}) STORED");
        }
        line
    }
}
