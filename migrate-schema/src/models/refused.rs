//! What of the models a database refuses: each part is tried by itself, so that all of it is told, and whose it is.

use migrate_chain::{Dialect, sql};
use migrate_runtime::schema::Schema as Models;

use crate::ddl::{self, Problem};
use crate::diff::creation;
use crate::model::{Column, Schema, Table};
use crate::operation::{Constraint, constraints};
use crate::render::{column, constraint, index, render};
use crate::scratch::Live;

/// Every part that is refused, or the table where it takes several to make the mistake; none if it takes several tables.
pub(super) fn parts(models: &Models, live: &mut Live, dialect: Dialect) -> Vec<Problem> {
    let whole = ddl::schema(models, dialect);
    let mut problems = Vec::new();
    for of in models.tables {
        let Some(table) = whole.tables.get(&ddl::names::table(of, dialect)) else {
            continue;
        };
        let mut trial = Trial {
            live,
            whole: &whole,
            model: of.model,
            problems: &mut problems,
        };
        let alone = Table {
            foreign_keys: Default::default(),
            ..table.clone()
        };
        let Err(said) = trial.attempt(&alone) else {
            continue;
        };
        let before = trial.problems.len();
        trial.parts(&alone);
        if trial.problems.len() == before {
            let create = creation_of(&whole, &alone);
            trial.report(&format!("table `{}`", alone.name), &said, &create);
        }
    }
    problems
}

/// The first statement that is refused, and what the database says of it.
pub(super) fn statement(script: &str, live: &mut Live, dialect: Dialect) -> Option<String> {
    for statement in sql::statements(script, dialect) {
        let text = script.get(statement.range)?;
        if let Err(error) = live.run(text) {
            return Some(format!("{}\n{}", error, indented(text)));
        }
    }
    None
}

struct Trial<'a> {
    live: &'a mut Live,
    whole: &'a Schema,
    model: &'static str,
    problems: &'a mut Vec<Problem>,
}

impl Trial<'_> {
    fn parts(&mut self, table: &Table) {
        let mut plain = Table::new(&table.name);
        for one in &table.columns {
            let bare = Column::new(&one.name, &one.kind);
            let what = format!("the column `{}`", one.name);
            let is_refused = self.part(&what, &column(&bare, None), &plain.clone().with(bare));
            // The type is wrong, and what else is wrong with the table is told as well.
            let kind = if is_refused { "text" } else { &one.kind };
            plain = plain.with(Column::new(&one.name, kind));
        }
        for (at, one) in table.columns.iter().enumerate() {
            let mut with = plain.clone();
            let kind = with.columns.get(at).map(|bare| bare.kind.clone());
            let one = Column {
                kind: kind.unwrap_or_default(),
                numbering: None,
                ..one.clone()
            };
            let what = format!("the column `{}`", one.name);
            let text = column(&one, None);
            if let Some(place) = with.columns.get_mut(at) {
                *place = one;
            }
            self.part(&what, &text, &with);
        }
        for one in constraints(table) {
            let what = match one.name() {
                Some(name) => format!("the {} `{name}`", one.kind()),
                None => format!("the {}", one.kind()),
            };
            let mut with = plain.clone();
            let text = constraint(&one);
            match one {
                Constraint::PrimaryKey(key) => with.primary_key = Some(key),
                Constraint::Unique(key) => drop(with.uniques.insert(key.name.clone(), key)),
                Constraint::Check(check) => drop(with.checks.insert(check.name.clone(), check)),
                Constraint::ForeignKey(_) => continue,
            }
            self.part(&what, &text, &with);
        }
        for one in table.indexes.values() {
            let mut with = plain.clone();
            with.indexes.insert(one.name.clone(), one.clone());
            let what = format!("the index `{}`", one.name);
            self.part(&what, &index(&table.name, one), &with);
        }
    }

    /// Tries the table with one part; true if it is refused.
    fn part(&mut self, what: &str, text: &str, with: &Table) -> bool {
        let Err(said) = self.attempt(with) else {
            return false;
        };
        self.report(&format!("{what} of table `{}`", with.name), &said, text);
        true
    }

    fn report(&mut self, what: &str, said: &str, text: &str) {
        // The hint, if the database has one, on a line of its own.
        let said = said.replace('\n', "\n    ");
        let message = format!("{what}: {said}\n{}", indented(text));
        self.problems.push(Problem::new(self.model, message));
    }

    fn attempt(&mut self, table: &Table) -> Result<(), String> {
        let enums = Schema {
            schemas: self.whole.schemas.clone(),
            enums: self.whole.enums.clone(),
            ..Schema::new(self.whole.dialect)
        };
        let types = render(&creation(&enums)).text;
        let script = types + &creation_of(self.whole, table);
        self.live.attempt(&script)
    }
}

/// The script that creates one table, without the types it may need.
fn creation_of(whole: &Schema, table: &Table) -> String {
    let mut schema = Schema::new(whole.dialect);
    schema.add(table.clone());
    render(&creation(&schema)).text
}

fn indented(text: &str) -> String {
    let lines = text.trim().lines().map(|line| format!("    {line}"));
    lines.collect::<Vec<_>>().join("\n")
}
