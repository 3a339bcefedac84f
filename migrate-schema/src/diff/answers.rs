//! What a person has answered: `--rename users.mail=email`, `--drop users.mail`, `--fill users.age=0`.

use std::collections::{BTreeMap, BTreeSet};

use migrate_chain::nearest;

use super::SchemaPair;
use super::question::path;
use crate::hints::Hints;
use crate::model::Schema;
use crate::sql::qualified::beside;

/// The answers to [`Question`](super::Question)s, as the flags of the command line give them.
///
/// ```
/// use migrate_schema::diff::Answers;
///
/// let answers = Answers::new()
///     .rename("users.mail=email")?
///     .drop("orders")
///     .fill("users.age=18")?;
/// assert!(Answers::new().rename("users.mail").is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// What it was called (`accounts`, `users.mail`) to what it is called now.
    pub(super) renames: BTreeMap<String, String>,
    pub(super) drops: BTreeSet<String>,
    pub(super) fills: BTreeMap<String, String>,
}

impl Answers {
    /// No answers.
    pub fn new() -> Answers {
        Answers::default()
    }

    /// `users.mail=email` for a column or an enum's value, `accounts=users` for a table or a type.
    ///
    /// # Errors
    ///
    /// A sentence that says how it is written.
    pub fn rename(mut self, answer: &str) -> Result<Answers, String> {
        let (old, new) = split(answer, "--rename", "users.mail=email")?;
        match self.renames.insert(old.to_owned(), new.to_owned()) {
            Some(other) if other != new => Err(format!(
                "`--rename {old}` is given twice: as `{other}` and as `{new}`"
            )),
            _ => Ok(self),
        }
    }

    /// `users.mail` for a column or an enum's value, `accounts` for a table or a type: it goes.
    #[must_use]
    pub fn drop(mut self, answer: &str) -> Answers {
        self.drops.insert(answer.trim().to_owned());
        self
    }

    /// `users.age=18`: an SQL expression for the rows that exist, where a column takes no NULL.
    ///
    /// # Errors
    ///
    /// A sentence that says how it is written.
    pub fn fill(mut self, answer: &str) -> Result<Answers, String> {
        let (column, value) = split(answer, "--fill", "users.age=18")?;
        self.fills.insert(column.to_owned(), value.to_owned());
        Ok(self)
    }

    /// The answers by the names that the database of the pair has.
    pub(super) fn named_as_in(&self, hints: &Hints, from: &Schema, to: &Schema) -> Answers {
        let name = |path: &String| named_in(hints, from, to, path);
        Answers {
            renames: (self.renames.iter())
                .map(|(old, new)| (name(old), name(new)))
                .collect(),
            drops: self.drops.iter().map(name).collect(),
            fills: (self.fills.iter())
                .map(|(path, value)| (name(path), value.clone()))
                .collect(),
        }
    }

    /// Whether a table or a type is dropped or renamed.
    pub(super) fn is_about(&self, name: &str) -> bool {
        self.drops.contains(name) || self.renames.contains_key(name)
    }

    /// The flags that say the same.
    ///
    /// ```
    /// use migrate_schema::diff::Answers;
    ///
    /// let answers = Answers::new().drop("orders").rename("users.mail=email")?;
    /// assert_eq!(answers.flags(), ["--rename users.mail=email", "--drop orders"]);
    /// # Ok::<(), String>(())
    /// ```
    pub fn flags(&self) -> Vec<String> {
        let renames = (self.renames.iter()).map(|(old, new)| format!("--rename {old}={new}"));
        let drops = self.drops.iter().map(|old| format!("--drop {old}"));
        let fills = self.fills.iter();
        let fills = fills.map(|(column, value)| format!("--fill {column}={value}"));
        renames.chain(drops).chain(fills).collect()
    }

    /// The flags that name what is not there, each as a sentence with the nearest name that is.
    ///
    /// It needs no diff, so a wrong name is told while other questions are open.
    pub(crate) fn misnamed(&self, pairs: &[&SchemaPair], hints: &Hints) -> Vec<String> {
        let mut before = BTreeSet::new();
        let mut after = BTreeSet::new();
        for pair in pairs {
            before.extend(names(&pair.from));
            after.extend(names(&pair.to));
        }
        // What belongs to a table or an enum that has a new name may be named by that too.
        let hints: Vec<Hints> = pairs
            .iter()
            .map(|pair| hints.named_as_in(&pair.from))
            .collect();
        let renames = hints
            .iter()
            .flat_map(|hints| hints.tables.iter().chain(&hints.enums));
        let renames = renames.map(|(new, old)| (old, new)).chain(&self.renames);
        let is_owner = |name: &str| {
            pairs.iter().any(|pair| {
                pair.from.tables.contains_key(name) || pair.from.enums.contains_key(name)
            })
        };
        let owners: Vec<_> = renames.filter(|(old, _)| is_owner(old)).collect();
        let renamed: Vec<String> = (owners.iter())
            .flat_map(|(old, new)| {
                let own = before.iter().filter_map(move |path| {
                    let inner = path.strip_prefix(old.as_str())?.strip_prefix('.')?;
                    Some(format!("{new}.{inner}"))
                });
                own.collect::<Vec<_>>()
            })
            .collect();
        let is_moved = |path: &str| {
            let is_of = |owner: &str| {
                let inner = path.strip_prefix(owner);
                inner.is_some_and(|inner| inner.is_empty() || inner.starts_with('.'))
            };
            owners.iter().any(|(old, new)| is_of(old) || is_of(new))
        };
        // Another takes the name in the same revision.
        let is_taken = |path: &str| {
            let mut new = self.renames.iter();
            new.any(|(old, new)| {
                new == path
                    || old
                        .rsplit_once('.')
                        .is_some_and(|(owner, _)| format!("{owner}.{new}") == path)
            })
        };
        let old = |flag: String, path: &str| {
            let problem = if !before.contains(path) && !renamed.iter().any(|one| one == path) {
                // What is gone is what can be meant.
                let gone = before.difference(&after).chain(&renamed);
                let near = alike(path, gone).or_else(|| alike(path, before.iter()));
                format!("the migrations make no `{path}`{}", meant(near))
            } else if after.contains(path) && !is_moved(path) && !is_taken(path) {
                "the models still have it".to_owned()
            } else {
                return None;
            };
            Some(format!("`{flag}`: {problem}"))
        };
        let renames = self.renames.iter();
        let renames = renames.filter_map(|(path, new)| old(format!("--rename {path}={new}"), path));
        let drops = self.drops.iter();
        let drops = drops.filter_map(|path| old(format!("--drop {path}"), path));
        let fills = self.fills.iter().filter_map(|(path, value)| {
            let near = alike(path, after.iter());
            (!after.contains(path)).then(|| {
                let meant = meant(near);
                format!("`--fill {path}={value}`: the models have no column `{path}`{meant}")
            })
        });
        renames.chain(drops).chain(fills).collect()
    }

    /// The flags that are in none of the sets of used ones, which have the names of their database: a mistake in a name.
    pub(crate) fn unused(
        &self,
        hints: &Hints,
        used: &[(&SchemaPair, &BTreeSet<String>)],
    ) -> Vec<String> {
        // Each alone, so that its other spelling is known.
        let none = Answers::new();
        let renames = self.renames.iter().map(|(old, new)| Answers {
            renames: BTreeMap::from([(old.clone(), new.clone())]),
            ..none.clone()
        });
        let drops = self.drops.iter().map(|old| none.clone().drop(old));
        let fills = self.fills.iter().map(|(path, value)| Answers {
            fills: BTreeMap::from([(path.clone(), value.clone())]),
            ..none.clone()
        });
        let is_used = |one: &Answers| {
            used.iter().any(|(pair, used)| {
                let there = one.named_as_in(hints, &pair.from, &pair.to);
                there.flags().iter().any(|flag| used.contains(flag))
            })
        };
        let all = renames.chain(drops).chain(fills);
        let unused = all.filter(|one| !is_used(one));
        unused.flat_map(|one| one.flags()).collect()
    }
}

fn named_in(hints: &Hints, from: &Schema, to: &Schema, path: &str) -> String {
    let is_table = |name: &str| from.tables.contains_key(name) || to.tables.contains_key(name);
    hints.path_on(from.dialect, path, &is_table)
}

/// Every name that a flag may be about.
fn names(schema: &Schema) -> Vec<String> {
    let tables = schema.tables.values().flat_map(|table| {
        let columns = table.columns.iter().map(|column| column.name.as_str());
        // An index can only be dropped by its name.
        let indexes = table.indexes.keys();
        let indexes = indexes.flat_map(|name| [name.clone(), beside(&table.name, name)]);
        named(&table.name, columns).into_iter().chain(indexes)
    });
    let enums = schema.enums.values();
    let enums = enums.flat_map(|of| named(&of.name, of.values.iter().map(String::as_str)));
    tables.chain(enums).collect()
}

fn named<'n>(owner: &str, inner: impl Iterator<Item = &'n str>) -> Vec<String> {
    let inner = inner.map(|name| path(Some(owner), name));
    std::iter::once(owner.to_owned()).chain(inner).collect()
}

/// The nearest name of the same form: a table's for a table's, a column's for a column's.
fn alike<'n>(path: &str, names: impl Iterator<Item = &'n String>) -> Option<&'n str> {
    let names = names.map(String::as_str);
    nearest(
        path,
        names.filter(|name| name.contains('.') == path.contains('.')),
    )
}

/// The name that may have been meant, behind a sentence.
pub(super) fn meant(near: Option<&str>) -> String {
    near.map_or(String::new(), |near| format!(": did you mean `{near}`?"))
}

fn split<'a>(answer: &'a str, flag: &str, example: &str) -> Result<(&'a str, &'a str), String> {
    let parts = answer
        .split_once('=')
        .map(|(old, new)| (old.trim(), new.trim()));
    parts
        .filter(|(old, new)| !old.is_empty() && !new.is_empty())
        .ok_or_else(|| format!("`{flag} {answer}` is not of the form `{flag} {example}`"))
}
