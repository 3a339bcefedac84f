//! A random schema, of what both databases have in common and what each has besides, and another one that it can
//! become.

mod write;

use migrate_chain::Dialect;
use migrate_schema::diff::Answers;
use migrate_tests::dag::Draw;

use crate::change::Read;

#[derive(Clone)]
pub(super) struct Spec {
    pub(super) tables: Vec<Table>,
    /// PostgreSQL's enum type.
    values: Vec<&'static str>,
}

#[derive(Clone)]
pub(super) struct Table {
    name: String,
    /// What it was called in the other schema.
    was: Option<String>,
    pub(super) columns: Vec<Column>,
    numbered: bool,
    strict: bool,
    without_rowid: bool,
    /// Index keys with what stands behind them, predicate.
    indexes: Vec<(&'static str, &'static str)>,
    /// A UNIQUE constraint on this and the id, with what stands behind it.
    pair: Option<&'static str>,
    comment: Option<&'static str>,
}

#[derive(Clone)]
pub(super) struct Column {
    name: &'static str,
    kind: &'static str,
    not_null: bool,
    pub(super) default: Option<&'static str>,
    unique: bool,
    check: bool,
    /// The table it refers to, and what happens there.
    references: Option<(String, &'static str)>,
    collated: bool,
    generated: Option<&'static str>,
    comment: Option<&'static str>,
}

const TABLES: [&str; 5] = ["ant", "bee", "cat", "order", "Elk"];
const COLUMNS: [&str; 6] = ["a", "b", "c", "group", "d e", "F"];
const VALUES: [&str; 5] = ["low", "mid", "high", "it's", "top"];

fn pick<T: Copy>(draw: &mut Draw, list: &[T]) -> T {
    list[draw.below(list.len())]
}

fn some<T: Copy>(draw: &mut Draw, percent: u64, list: &[T]) -> Option<T> {
    draw.percent(percent).then(|| pick(draw, list))
}

impl Spec {
    pub(super) fn random<E: Read>(draw: &mut Draw) -> Spec {
        let mut spec = Spec {
            tables: Vec::new(),
            values: values(draw),
        };
        for name in TABLES {
            if draw.percent(60) || spec.tables.is_empty() {
                let table = Table::random::<E>(draw, name);
                spec.tables.push(table);
            }
        }
        spec.settle(draw);
        spec
    }

    /// A copy with some things otherwise, renames included.
    pub(super) fn mutated<E: Read>(&self, draw: &mut Draw) -> Spec {
        let mut spec = self.clone();
        if draw.percent(30) {
            spec.values = values(draw);
        }
        for table in &mut spec.tables {
            table.was = Some(table.name.clone());
            if draw.percent(20) {
                table.name = format!("{}_new", table.name);
            }
            let new = Table::random::<E>(draw, "x");
            for (at, column) in new.columns.iter().enumerate() {
                if draw.percent(25) {
                    match table.columns.iter().position(|old| old.name == column.name) {
                        Some(old) => table.columns[old] = column.clone(),
                        None => table
                            .columns
                            .insert(at.min(table.columns.len()), column.clone()),
                    }
                }
            }
            if draw.percent(30) && table.columns.len() > 1 {
                let at = draw.below(table.columns.len());
                table.columns.remove(at);
            }
            if draw.percent(20) {
                table.numbered = new.numbered;
                table.comment = new.comment;
            }
            if draw.percent(10) {
                table.strict = new.strict;
                table.without_rowid = new.without_rowid;
            }
            if draw.percent(30) {
                table.indexes = new.indexes;
                table.pair = new.pair;
            }
        }
        let renamed: Vec<(String, String)> = spec
            .tables
            .iter()
            .filter_map(|table| Some((table.was.clone()?, table.name.clone())))
            .collect();
        for table in &mut spec.tables {
            for column in &mut table.columns {
                if let Some((to, _)) = &mut column.references
                    && let Some((_, new)) = renamed.iter().find(|(old, _)| old == to)
                {
                    to.clone_from(new);
                }
            }
        }
        if draw.percent(20) && spec.tables.len() > 1 {
            let at = draw.below(spec.tables.len());
            spec.tables.remove(at);
        }
        if draw.percent(20) {
            spec.tables.push(Table::random::<E>(draw, "newest"));
        }
        spec.settle(draw);
        spec
    }

    /// Makes it legal.
    fn settle(&mut self, draw: &mut Draw) {
        let names: Vec<String> = self.tables.iter().map(|table| table.name.clone()).collect();
        for table in &mut self.tables {
            for column in &mut table.columns {
                if let Some((to, _)) = &mut column.references
                    && !names.contains(to)
                {
                    to.clone_from(&names[draw.below(names.len())]);
                }
                column.settle();
                if table.strict && column.kind != "TEXT" {
                    column.kind = if column.kind == "mood" {
                        "TEXT"
                    } else {
                        "INTEGER"
                    };
                }
            }
            table.without_rowid &= !table.numbered;
            if table
                .columns
                .iter()
                .all(|column| column.name != "a" || is_mood(column.kind))
            {
                table.indexes.clear();
                table.pair = None;
            }
        }
    }

    /// Whether a table of the other schema is in this one.
    fn still(&self, old: &str) -> bool {
        let mut tables = self.tables.iter();
        tables.any(|table| table.was.as_deref().unwrap_or(&table.name) == old)
    }

    /// Whether rows live through the change: the table that a column refers to has them on both sides.
    fn has_rows(&self, one: &Spec, name: &str) -> bool {
        let new = self.tables.iter().find(|table| table.name == name);
        let was = new.map(|new| new.was.as_ref().unwrap_or(&new.name));
        was.is_some_and(|was| one.tables.iter().any(|old| old.name == *was))
    }

    /// Only changes that the rows allow. A number is no value of the enum type: what was one stays one, or becomes
    /// text. What refers to a table still does, or it goes; and nothing new refers to rows that aren't there.
    pub(super) fn reconcile(&mut self, one: &Spec, draw: &mut Draw) {
        let before = self.clone();
        for table in &mut self.tables {
            let was = table.was.as_ref().unwrap_or(&table.name);
            let Some(old) = one.tables.iter().find(|old| old.name == *was) else {
                continue;
            };
            table.columns.retain(|column| {
                let was = old.columns.iter().find(|old| old.name == column.name);
                let referred = was.and_then(|was| was.references.as_ref());
                referred.is_none_or(|(to, _)| before.still(to))
            });
            if table.columns.is_empty() {
                table.columns.push(Column::plain("z"));
            }
            for column in &mut table.columns {
                let was = old.columns.iter().find(|old| old.name == column.name);
                // Computed values refer to nothing on the way back.
                if was.is_some_and(|was| was.references.is_some()) {
                    column.generated = None;
                }
                let free = was.is_none_or(|was| was.references.is_some());
                column.references = column
                    .references
                    .take()
                    .filter(|(to, _)| free && before.has_rows(one, to));
                let was = was.map_or(column.kind, |was| was.kind);
                if is_mood(was) | is_mood(column.kind) && was != column.kind {
                    column.kind = "TEXT";
                    (column.not_null, column.default, column.unique) = (false, None, false);
                    column.generated = None;
                    column.references = None;
                }
            }
        }
        self.settle(draw);
    }

    /// What goes, goes; what was renamed is said; and rows get what they lack.
    pub(super) fn answers<E: Read>(&self, other: &Spec) -> Answers {
        let mut answers = Answers::new();
        let is_postgres = E::DIALECT == Dialect::Postgres;
        for value in self
            .values
            .iter()
            .filter(|value| is_postgres && !other.values.contains(value))
        {
            answers = answers.drop(&format!("mood.{value}"));
        }
        for old in &self.tables {
            let renamed = |new: &&Table| {
                new.was.as_ref() == Some(&old.name) || new.was.is_none() && new.name == old.name
            };
            let Some(new) = other.tables.iter().find(renamed) else {
                answers = answers.drop(&old.name);
                continue;
            };
            if new.name != old.name {
                answers = answers
                    .rename(&format!("{}={}", old.name, new.name))
                    .unwrap();
            }
            for column in &old.columns {
                if !new.columns.iter().any(|other| other.name == column.name) {
                    answers = answers.drop(&format!("{}.{}", new.name, column.name));
                }
            }
            for column in &new.columns {
                let was = old.columns.iter().find(|old| old.name == column.name);
                let lacking = was.is_none_or(|was| !was.not_null);
                if column.not_null && column.default.is_none() && lacking {
                    let value = match column.kind {
                        "mood" => "'low'",
                        "mood[]" => "'{low}'",
                        _ => "'5'",
                    };
                    answers = answers
                        .fill(&format!("{}.{}={value}", new.name, column.name))
                        .unwrap();
                }
            }
        }
        answers
    }
}

fn is_mood(kind: &str) -> bool {
    kind.starts_with("mood")
}

fn values(draw: &mut Draw) -> Vec<&'static str> {
    let mut left: Vec<&str> = VALUES.to_vec();
    let mut values = Vec::new();
    let len = 2 + draw.below(4);
    while values.len() < len {
        values.push(left.remove(draw.below(left.len())));
    }
    if !values.contains(&"low") {
        values[0] = "low";
    }
    values
}

impl Table {
    fn random<E: Read>(draw: &mut Draw, name: &str) -> Table {
        let is_sqlite = E::DIALECT == Dialect::Sqlite;
        let mut columns = Vec::new();
        for name in COLUMNS {
            if draw.percent(50) || columns.is_empty() {
                columns.push(Column::random::<E>(draw, name));
            }
        }
        let keys = ["a", "a DESC", "lower(CAST(a AS TEXT))", "a, id"];
        let predicates = ["", "", " WHERE a IS NOT NULL", " WHERE id > 1"];
        let on_postgres = [
            (keys[0], predicates[0]),
            (keys[1], predicates[2]),
            (keys[3], predicates[3]),
            ("a DESC NULLS LAST) INCLUDE (id", predicates[0]),
            ("a, id) WITH (fillfactor = 70", predicates[2]),
            (
                "(CAST(a AS TEXT) COLLATE \"C\") text_pattern_ops",
                predicates[0],
            ),
        ];
        Table {
            name: name.to_owned(),
            was: None,
            columns,
            numbered: draw.percent(30),
            strict: is_sqlite && draw.percent(20),
            without_rowid: is_sqlite && draw.percent(20),
            indexes: if is_sqlite {
                some(draw, 60, &keys).map(|keys| (keys, pick(draw, &predicates)))
            } else {
                some(draw, 60, &on_postgres)
            }
            .into_iter()
            .collect(),
            pair: if is_sqlite {
                some(draw, 20, &["", " ON CONFLICT IGNORE"])
            } else {
                some(draw, 20, &["", " DEFERRABLE INITIALLY DEFERRED"])
            },
            comment: some(draw, 20, &["one", "it's"]).filter(|_| !is_sqlite),
        }
    }
}

impl Column {
    fn random<E: Read>(draw: &mut Draw, name: &'static str) -> Column {
        let is_postgres = E::DIALECT == Dialect::Postgres;
        let kinds: &[&str] = if is_postgres {
            &["TEXT", "INTEGER", "BIGINT", "NUMERIC", "mood", "mood[]"]
        } else {
            &["TEXT", "INTEGER", "BIGINT", "NUMERIC"]
        };
        let mut column = Column {
            name,
            kind: pick(draw, kinds),
            not_null: draw.percent(40),
            default: some(draw, 40, &["7", "8"]),
            unique: draw.percent(15),
            check: draw.percent(20),
            references: draw.percent(20).then(|| {
                let action = pick(
                    draw,
                    &[
                        "",
                        "ON DELETE CASCADE",
                        "ON DELETE SET NULL ON UPDATE CASCADE",
                        "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
                    ],
                );
                (pick(draw, &TABLES).to_owned(), action)
            }),
            collated: draw.percent(15),
            generated: some(draw, 15, &["id + 1", "id * 2"]),
            comment: some(draw, 15, &["of it", "it's"]).filter(|_| is_postgres),
        };
        column.settle();
        column
    }

    fn plain(name: &'static str) -> Column {
        Column {
            name,
            kind: "TEXT",
            not_null: false,
            default: None,
            unique: false,
            check: false,
            references: None,
            collated: false,
            generated: None,
            comment: None,
        }
    }

    /// Values that fit whatever becomes of it: unique ones and references may be NULL, text is a number.
    fn settle(&mut self) {
        if self.generated.is_some() {
            self.kind = "INTEGER";
            (self.not_null, self.default, self.unique, self.references) =
                (false, None, false, None);
        }
        if self.references.is_some() {
            self.kind = "INTEGER";
            (self.unique, self.default) = (false, None);
        }
        if self.unique || self.references.is_some() {
            (self.not_null, self.default) = (false, None);
        }
        self.collated &= self.kind == "TEXT";
        if is_mood(self.kind) {
            (self.check, self.unique) = (false, false);
        }
    }
}
