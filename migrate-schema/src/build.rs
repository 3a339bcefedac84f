//! Schemas made by hand: for tests, and for whoever reads one from somewhere else.

use std::collections::{BTreeMap, BTreeSet};

use migrate_chain::Dialect;

use crate::model::{
    Check, Column, Deferrable, Enum, ForeignKey, Index, Opaque, PrimaryKey, Schema, Table, Unique,
};

impl Schema {
    /// An empty one.
    pub fn new(dialect: Dialect) -> Schema {
        Schema {
            dialect,
            default_schema: String::new(),
            schemas: BTreeSet::new(),
            tables: BTreeMap::new(),
            enums: BTreeMap::new(),
            opaque: Vec::new(),
            extensions: Vec::new(),
        }
    }

    /// Adds a table, or replaces the one of its name.
    pub fn add(&mut self, table: Table) {
        self.tables.insert(table.name.clone(), table);
    }
}

impl Table {
    /// A table without columns.
    pub fn new(name: &str) -> Table {
        Table {
            name: name.to_owned(),
            columns: Vec::new(),
            primary_key: None,
            uniques: BTreeMap::new(),
            foreign_keys: BTreeMap::new(),
            checks: BTreeMap::new(),
            indexes: BTreeMap::new(),
            comment: None,
            strict: false,
            without_rowid: false,
            inherits: Vec::new(),
            opaque: Vec::new(),
            not_understood: None,
        }
    }

    /// Adds a column.
    #[must_use]
    pub fn with(mut self, column: Column) -> Table {
        self.columns.push(column);
        self
    }

    /// Makes columns the primary key, by the name the models would give.
    #[must_use]
    pub fn key(mut self, columns: &[&str]) -> Table {
        for column in &mut self.columns {
            column.nullable &= !columns.contains(&column.name.as_str());
        }
        self.primary_key = Some(PrimaryKey {
            name: Some(format!("pk_{}", self.name)),
            columns: owned(columns),
            clauses: BTreeMap::new(),
            on_conflict: None,
        });
        self
    }

    /// Adds a UNIQUE constraint.
    #[must_use]
    pub fn unique(mut self, name: &str, columns: &[&str]) -> Table {
        let unique = Unique {
            name: name.to_owned(),
            columns: owned(columns),
            clauses: BTreeMap::new(),
            nulls_not_distinct: false,
            deferrable: Deferrable::No,
            on_conflict: None,
            is_named: true,
        };
        self.uniques.insert(name.to_owned(), unique);
        self
    }

    /// Adds a CHECK constraint.
    #[must_use]
    pub fn check(mut self, name: &str, expression: &str) -> Table {
        let check = Check {
            name: name.to_owned(),
            expression: expression.to_owned(),
            validated: true,
            is_named: true,
        };
        self.checks.insert(name.to_owned(), check);
        self
    }

    /// Adds a foreign key.
    #[must_use]
    pub fn foreign_key(
        mut self,
        name: &str,
        columns: &[&str],
        references: &str,
        referenced: &[&str],
    ) -> Table {
        let key = ForeignKey {
            name: name.to_owned(),
            columns: owned(columns),
            references: references.to_owned(),
            referenced: owned(referenced),
            on_delete: Default::default(),
            on_update: Default::default(),
            match_full: false,
            deferrable: Deferrable::No,
            validated: true,
            is_named: true,
        };
        self.foreign_keys.insert(name.to_owned(), key);
        self
    }

    /// Adds an index on these keys.
    #[must_use]
    pub fn index(mut self, name: &str, keys: &[&str]) -> Table {
        self.indexes.insert(name.to_owned(), Index::new(name, keys));
        self
    }

    /// SQLite: the column that is the rowid, if one is.
    pub fn rowid_column(&self) -> Option<&str> {
        let key = self
            .primary_key
            .as_ref()
            .filter(|key| key.clauses.is_empty())?;
        let [name] = key.columns.as_slice() else {
            return None;
        };
        let column = self.column(name)?;
        let is_rowid = !self.without_rowid && column.kind.eq_ignore_ascii_case("integer");
        is_rowid.then_some(name.as_str())
    }

    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Column {
    /// A column that takes NULL.
    pub fn new(name: &str, kind: &str) -> Column {
        Column {
            name: name.to_owned(),
            kind: kind.to_owned(),
            nullable: true,
            not_null_on_conflict: None,
            default: None,
            generated: None,
            numbering: None,
            sequence: None,
            collation: None,
            comment: None,
        }
    }

    /// Makes the column NOT NULL.
    #[must_use]
    pub fn not_null(mut self) -> Column {
        self.nullable = false;
        self
    }

    /// Gives the column a default.
    #[must_use]
    pub fn default(mut self, expression: &str) -> Column {
        self.default = Some(expression.to_owned());
        self
    }
}

impl Index {
    /// An index on these keys, neither unique nor partial.
    pub fn new(name: &str, keys: &[&str]) -> Index {
        Index {
            name: name.to_owned(),
            unique: false,
            method: String::new(),
            keys: owned(keys),
            include: Vec::new(),
            predicate: None,
            nulls_not_distinct: false,
            storage: None,
            comment: None,
        }
    }
}

impl Enum {
    /// An enum type of these values.
    pub fn new(name: &str, values: &[&str]) -> Enum {
        Enum {
            name: name.to_owned(),
            values: owned(values),
            comment: None,
        }
    }
}

impl Opaque {
    /// Something of that kind (`view`, `trigger` ...) and name, by the statements that create and drop it.
    pub fn new(kind: &str, name: &str, create: &str, drop: &str) -> Opaque {
        Opaque {
            kind: kind.to_owned(),
            name: name.to_owned(),
            create: create.to_owned(),
            drop: drop.to_owned(),
            tables: Vec::new(),
            columns: None,
            before_tables: false,
        }
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}
