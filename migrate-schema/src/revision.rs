//! A whole revision file: header, and a section per direction and database.

use std::collections::BTreeSet;

use crate::diff::{Answers, Changes, Refusal, SchemaPair, diff};
use crate::hints::Hints;
use crate::operation::Change;
use crate::render::{Section, render};
use migrate_chain::{Dialect, Language, NewHeader};

/// A revision that has been worked out.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Revision {
    /// The changes of each database, in the order of the pairs.
    pub changes: Vec<Changes>,
    /// Hints that have done their work, each as a sentence that says so.
    pub spent: Vec<String>,
    /// What no model declares and stays, such as `index by_hand on users`: `--drop by_hand` drops it.
    pub kept: Vec<String>,
}

/// Works out what changes on every database that an app declares.
///
/// # Errors
///
/// As for [`diff`], for all databases at once; and flags that are about nothing.
pub fn work_out<'a>(
    pairs: impl IntoIterator<Item = &'a SchemaPair>,
    hints: &Hints,
    answers: &Answers,
) -> Result<Revision, Refusal> {
    let pairs: Vec<&SchemaPair> = pairs.into_iter().collect();
    let mut refusal = Refusal::default();
    let mut changes: Vec<Changes> = Vec::new();
    for pair in &pairs {
        match diff(&pair.from, &pair.to, hints, answers) {
            Ok(found) => changes.push(found),
            Err(refused) => refusal.merge(refused),
        }
    }
    refusal.problems.extend(answers.misnamed(&pairs, hints));
    if refusal.is_empty() {
        let used = changes.iter().map(|changes| &changes.used);
        let used: Vec<_> = pairs.iter().copied().zip(used).collect();
        for flag in answers.unused(hints, &used) {
            refusal.problems.push(format!(
                "`{flag}` is about nothing that changes: a typo, or no longer needed"
            ));
        }
    }
    if !refusal.is_empty() {
        return Err(refusal);
    }
    let mut spent: Vec<String> = changes
        .iter()
        .flat_map(|changes| changes.spent.clone())
        .collect();
    spent.sort();
    spent.dedup();
    let all = changes.iter().flat_map(|changes| &changes.kept);
    let kept: BTreeSet<String> = all
        .map(|(table, name)| format!("index {name} on {table}"))
        .collect();
    Ok(Revision {
        changes,
        spent,
        kept: kept.into_iter().collect(),
    })
}

impl Revision {
    /// True when no database has anything to do.
    pub fn is_empty(&self) -> bool {
        self.changes.iter().all(Changes::is_empty)
    }

    /// The changes as revisions that follow each other, written so that others work on the database
    /// meanwhile (PostgreSQL): what reads whole tables comes last, outside a transaction, with
    /// `CONCURRENTLY` and `NOT VALID`. One revision where nothing has to be apart.
    ///
    /// ```
    /// use migrate_chain::{Dialect, NewHeader};
    /// use migrate_schema::diff::{Answers, SchemaPair};
    /// use migrate_schema::hints::Hints;
    /// use migrate_schema::model::{Column, Schema, Table};
    /// use migrate_schema::revision::work_out;
    ///
    /// let mut from = Schema::new(Dialect::Postgres);
    /// from.add(Table::new("users").with(Column::new("age", "integer")));
    /// let mut to = Schema::new(Dialect::Postgres);
    /// to.add(Table::new("users").with(Column::new("age", "integer").not_null()));
    /// let pair = SchemaPair::new(from, to);
    /// let revision = work_out(&[pair], &Hints::default(), &Answers::new())?;
    /// let header = NewHeader::new("m", "b1", "2026-11-20 10:02:11 UTC");
    /// let [only] = revision.online().try_into().unwrap();
    /// let text = only.text(&header).unwrap();
    /// assert!(text.contains("-- upgrade (no transaction)\n"));
    /// assert!(text.contains("VALIDATE CONSTRAINT ck_users_age_not_null;\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn online(&self) -> Vec<Revision> {
        let steps: Vec<Vec<Changes>> = self.changes.iter().map(Changes::online).collect();
        let count = steps.iter().map(Vec::len).max().unwrap_or(0);
        let one = |at: usize| Revision {
            changes: (self.changes.iter().zip(&steps))
                .map(|(whole, steps)| steps.get(at).cloned().unwrap_or_else(|| whole.done()))
                .collect(),
            spent: match at {
                0 => self.spent.clone(),
                _ => Vec::new(),
            },
            kept: Vec::new(),
        };
        (0..count).map(one).collect()
    }

    /// The text of the file; `None` when there is nothing to do.
    ///
    /// ```
    /// use migrate_chain::{Dialect, NewHeader};
    /// use migrate_schema::diff::{Answers, SchemaPair};
    /// use migrate_schema::hints::Hints;
    /// use migrate_schema::model::{Column, Schema, Table};
    /// use migrate_schema::revision::work_out;
    ///
    /// let from = Schema::new(Dialect::Sqlite);
    /// let mut to = Schema::new(Dialect::Sqlite);
    /// to.add(Table::new("users").with(Column::new("id", "INTEGER").not_null()));
    /// let revision = work_out(&[SchemaPair::new(from, to)], &Hints::default(), &Answers::new())?;
    /// let header = NewHeader::new("create users", "cb3cf47d9259", "2026-11-20 10:02:11 UTC");
    /// assert_eq!(revision.text(&header).unwrap(), "\
    /// -- create users
    /// --
    /// -- revision: cb3cf47d9259
    /// -- down_revision: none
    /// -- created: 2026-11-20 10:02:11 UTC
    ///
    /// -- upgrade
    /// CREATE TABLE users (
    ///     id INTEGER NOT NULL
    /// );
    ///
    /// -- downgrade
    /// -- This loses the rows of users.
    /// DROP TABLE users;
    /// ");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn text(&self, header: &NewHeader<'_>) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let breaking = self.breaking();
        let header = NewHeader {
            breaking: breaking.as_deref(),
            ..*header
        };
        Some(header.text(Language::Sql) + &self.sections())
    }

    /// The flags that drop those of the kept indexes that stand on tables which change, and may be in the way.
    pub fn in_the_way(&self) -> Vec<String> {
        let kept = self.changes.iter().flat_map(|changes| {
            let is_changed = |table: &str| {
                let mut tables = changes.operations.iter().filter_map(Change::table);
                tables.any(|one| one == table)
            };
            let kept = changes.kept.iter();
            kept.filter(move |(table, _)| is_changed(table))
        });
        let flags: BTreeSet<String> = kept.map(|(_, name)| format!("--drop {name}")).collect();
        flags.into_iter().collect()
    }

    /// The text of a file that is still to be written, with what this revision does; its header stays.
    pub fn fill(&self, blank: &str) -> String {
        migrate_chain::filled(blank, &self.sections(), self.breaking().as_deref())
    }

    /// Why older clients can't go on working, in words for the header; `None` if they can.
    pub fn breaking(&self) -> Option<String> {
        let mut parts: Vec<String> = Vec::new();
        for reason in self.changes.iter().filter_map(Changes::breaking) {
            for part in reason.split("; ").map(str::to_owned) {
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// What follows the header: a section for each direction, or for each database where they
    /// differ, each after an empty line.
    pub fn sections(&self) -> String {
        let mut text = String::new();
        let tagged = self.changes.len() > 1;
        for (direction, sections) in [
            ("upgrade", self.upgrades()),
            ("downgrade", self.downgrades()),
        ] {
            let same = sections
                .iter()
                .all(|(_, body)| Some(body) == sections.first().map(|(_, body)| body));
            for (dialect, body) in sections.iter().take(if same { 1 } else { sections.len() }) {
                text.push('\n');
                text.push_str(&body.write(direction, (tagged && !same).then_some(*dialect)));
            }
        }
        text
    }

    fn upgrades(&self) -> Vec<(Dialect, Body)> {
        self.changes
            .iter()
            .map(|changes| (changes.dialect(), Body::of(render(changes))))
            .collect()
    }

    /// The way back, as a difference of its own.
    fn downgrades(&self) -> Vec<(Dialect, Body)> {
        let back = self.changes.iter().map(|changes| {
            let body = match changes.back() {
                Ok(back) => Body::of(render(&back)),
                Err(refusal) => Body::Irreversible(refusal.to_string().replace('\n', " ")),
            };
            (changes.dialect(), body)
        });
        back.collect()
    }
}

/// What follows a section's line.
#[derive(PartialEq, Eq)]
pub(crate) enum Body {
    Nothing,
    Script(Section),
    Irreversible(String),
}

impl Body {
    pub(crate) fn of(section: Section) -> Body {
        if section.text.is_empty() {
            Body::Nothing
        } else {
            Body::Script(section)
        }
    }

    pub(crate) fn write(&self, direction: &str, dialect: Option<Dialect>) -> String {
        let mut properties: Vec<&str> = dialect.iter().map(|dialect| dialect.name()).collect();
        if let Body::Script(section) = self {
            let flags = [
                (section.foreign_keys_off, "foreign keys off"),
                (section.no_transaction, "no transaction"),
            ];
            properties.extend(flags.iter().filter(|(is, _)| *is).map(|(_, flag)| flag));
        }
        let properties = if properties.is_empty() {
            String::new()
        } else {
            format!(" ({})", properties.join(", "))
        };
        match self {
            Body::Nothing => format!("-- {direction}{properties}: nothing\n"),
            Body::Script(section) => format!("-- {direction}{properties}\n{}", section.text),
            Body::Irreversible(reason) => format!("-- irreversible{properties}: {reason}\n"),
        }
    }
}
