//! Which names are new names of something old: as hints and answers say, never guessed.

use std::collections::{BTreeMap, BTreeSet};

use migrate_chain::{Dialect, nearest};

use super::answers::{Answers, meant};
use super::question::{Kind, Question, Refusal, path};
use crate::hints::Hints;
use crate::model::Schema;
use crate::sql::qualified::beside;

/// The renames that are settled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Renames {
    /// Old name to new name.
    pub tables: BTreeMap<String, String>,
    /// (Table's new name, old column) to new column.
    pub columns: BTreeMap<(String, String), String>,
    /// Old name to new name.
    pub enums: BTreeMap<String, String>,
    /// (Enum's new name, old value) to new value.
    pub values: BTreeMap<(String, String), String>,
}

impl Renames {
    /// The way back: columns and values are then filed under the old name of what they belong to.
    #[must_use]
    pub fn inverse(&self) -> Renames {
        let flip = |map: &BTreeMap<String, String>| -> BTreeMap<String, String> {
            map.iter()
                .map(|(old, new)| (new.clone(), old.clone()))
                .collect()
        };
        let tables = flip(&self.tables);
        let enums = flip(&self.enums);
        let inner = |owners: &BTreeMap<String, String>,
                     map: &BTreeMap<(String, String), String>| {
            let entries = map.iter().map(|((owner, old), new)| {
                let owner = owners.get(owner).unwrap_or(owner).clone();
                ((owner, new.clone()), old.clone())
            });
            entries.collect()
        };
        Renames {
            columns: inner(&tables, &self.columns),
            values: inner(&enums, &self.values),
            tables,
            enums,
        }
    }

    /// What a table is called now.
    pub(crate) fn table<'n>(&'n self, old: &'n str) -> &'n str {
        self.tables.get(old).map_or(old, String::as_str)
    }

    /// What an enum type is called now.
    pub(super) fn enum_type<'n>(&'n self, old: &'n str) -> &'n str {
        self.enums.get(old).map_or(old, String::as_str)
    }
}

/// What came of hints and answers.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    pub(super) renames: Renames,
    /// Hints that have done their work.
    pub(super) spent: Vec<String>,
    /// Flags that said something.
    pub(super) used: BTreeSet<String>,
    pub(super) refusal: Refusal,
}

/// Settles every name, and says what can't be settled.
pub(super) fn resolve(from: &Schema, to: &Schema, hints: &Hints, answers: &Answers) -> Resolved {
    let mut resolved = Resolved::default();
    let tables = Level {
        what: Kind::Table,
        of: None,
        also: None,
        from: from.tables.keys().cloned().collect(),
        to: to.tables.keys().cloned().collect(),
        hints: hints
            .tables
            .iter()
            .map(|(new, old)| (new.as_str(), old.as_str()))
            .collect(),
        doubtful: Some(&hints.doubtful),
    };
    resolved.renames.tables = resolved.level(&tables, answers);
    for table in to.tables.values() {
        let old = inverse(&resolved.renames.tables, &table.name).to_owned();
        let before = from.tables.get(&old);
        let columns =
            |columns: &[crate::model::Column]| columns.iter().map(|c| c.name.clone()).collect();
        let level = Level {
            what: Kind::Column,
            of: Some(&table.name),
            also: Some(&old),
            from: before
                .map(|table| columns(&table.columns))
                .unwrap_or_default(),
            to: columns(&table.columns),
            hints: of(&hints.columns, &table.name),
            doubtful: None,
        };
        for (from, to) in resolved.level(&level, answers) {
            resolved
                .renames
                .columns
                .insert((table.name.clone(), from), to);
        }
    }
    match from.dialect {
        // It has no enum types: a value is renamed where a CHECK lists the old one before and the new one after.
        Dialect::Sqlite => {
            let values = (hints.values.iter())
                .map(|((of, new), old)| ((of.clone(), old.clone()), new.clone()));
            resolved.renames.values = values.collect();
        }
        _ => resolve_enums(&mut resolved, from, to, hints, answers),
    }
    resolved
}

fn resolve_enums(
    resolved: &mut Resolved,
    from: &Schema,
    to: &Schema,
    hints: &Hints,
    answers: &Answers,
) {
    let types = Level {
        what: Kind::Enum,
        of: None,
        also: None,
        from: from.enums.keys().cloned().collect(),
        to: to.enums.keys().cloned().collect(),
        hints: hints
            .enums
            .iter()
            .map(|(new, old)| (new.as_str(), old.as_str()))
            .collect(),
        doubtful: None,
    };
    resolved.renames.enums = resolved.level(&types, answers);
    for new in to.enums.values() {
        let old = inverse(&resolved.renames.enums, &new.name).to_owned();
        let before = from.enums.get(&old);
        let level = Level {
            what: Kind::Value,
            of: Some(&new.name),
            also: Some(&old),
            from: before
                .map(|before| before.values.iter().cloned().collect())
                .unwrap_or_default(),
            to: new.values.iter().cloned().collect(),
            hints: of(&hints.values, &new.name),
            doubtful: None,
        };
        for (from, to) in resolved.level(&level, answers) {
            resolved.renames.values.insert((new.name.clone(), from), to);
        }
    }
}

fn inverse<'n>(renames: &'n BTreeMap<String, String>, new: &'n str) -> &'n str {
    let old = renames.iter().find(|(_, to)| *to == new);
    old.map_or(new, |(from, _)| from.as_str())
}

fn of<'h>(hints: &'h BTreeMap<(String, String), String>, owner: &str) -> Vec<(&'h str, &'h str)> {
    let own = hints.iter().filter(|((of, _), _)| of == owner);
    own.map(|((_, new), old)| (new.as_str(), old.as_str()))
        .collect()
}

/// Names that are compared with each other: all tables, or the columns of one.
struct Level<'a> {
    what: Kind,
    /// The table, as it is called now, and as it was.
    of: Option<&'a str>,
    also: Option<&'a str>,
    from: BTreeSet<String>,
    to: BTreeSet<String>,
    /// New name, old name.
    hints: Vec<(&'a str, &'a str)>,
    /// New names whose hint may name nothing.
    doubtful: Option<&'a BTreeSet<String>>,
}

/// Names that are given up and names that are taken, as hints and flags say: one that is both may be taken.
#[derive(Default)]
struct Moving {
    vacated: BTreeSet<String>,
    filled: BTreeSet<String>,
    /// What flags say, old and new.
    answered: Vec<(String, String)>,
}

impl Moving {
    fn of(level: &Level<'_>, answers: &Answers) -> Moving {
        let mut moving = Moving::default();
        for old in &level.from {
            if let Some(new) = level
                .answered(answers, old)
                .filter(|new| level.to.contains(new))
            {
                moving.add(old, &new);
                moving.answered.push((old.clone(), new));
            }
        }
        // Of a row of names that move up by one, only the last finds its new name free.
        loop {
            let next = level.hints.iter().find(|(new, old)| {
                let is_free = !level.from.contains(*new) || moving.vacated.contains(*new);
                let is_known = level.to.contains(*new) && level.from.contains(*old);
                is_known && is_free && new != old && !moving.vacated.contains(*old)
            });
            match next {
                Some((new, old)) => moving.add(old, new),
                None => return moving,
            }
        }
    }

    fn add(&mut self, old: &str, new: &str) {
        self.vacated.insert(old.to_owned());
        self.filled.insert(new.to_owned());
    }

    fn is_answered(&self, old: &str, new: &str) -> bool {
        self.answered
            .iter()
            .any(|(from, to)| from == old && to == new)
    }
}

impl Level<'_> {
    /// The new name that a flag gives to something old.
    fn answered(&self, answers: &Answers, old: &str) -> Option<String> {
        let paths = self.paths(old);
        let new = paths.iter().find_map(|path| answers.renames.get(path))?;
        Some(self.new_name(old, new))
    }

    /// The name that a flag means: that of a column may have its table in front, and that of a table may be without the
    /// schema that it stays in.
    fn new_name(&self, old: &str, new: &str) -> String {
        let inner = |owner: Option<&str>| new.strip_prefix(owner?)?.strip_prefix('.');
        let beside = beside(old, new);
        if let Some(inner) = inner(self.of).or_else(|| inner(self.also)) {
            inner.to_owned()
        } else if self.of.is_none() && !self.to.contains(new) && self.to.contains(&beside) {
            beside
        } else {
            new.to_owned()
        }
    }

    /// Whether two hints name each other, and both names are there: before and after a swap it looks the same.
    fn swaps(&self, new: &str, old: &str) -> bool {
        let is_there = |name: &str| self.from.contains(name) && self.to.contains(name);
        is_there(new) && is_there(old) && self.hints.contains(&(old, new))
    }

    fn path(&self, name: &str) -> String {
        path(self.of, name)
    }

    /// How a flag may name something old.
    fn paths(&self, old: &str) -> [String; 2] {
        [self.path(old), path(self.also, old)]
    }
}

impl Resolved {
    /// Old to new of one level.
    fn level(&mut self, level: &Level<'_>, answers: &Answers) -> BTreeMap<String, String> {
        let mut renames: BTreeMap<String, String> = BTreeMap::new();
        let moving = Moving::of(level, answers);
        for &(new, old) in &level.hints {
            if let Some(old) = self.hint(level, &moving, &renames, new, old) {
                renames.insert(old, new.to_owned());
            }
        }
        if level.of.is_some() && level.from.is_empty() {
            return renames;
        }
        let mut gone: BTreeSet<String> = level.from.difference(&level.to).cloned().collect();
        let renamed = level
            .from
            .iter()
            .filter(|old| level.answered(answers, old).is_some());
        for old in gone.iter().chain(renamed).cloned().collect::<BTreeSet<_>>() {
            self.answer(level, answers, &moving, &mut renames, &mut gone, &old);
        }
        gone.retain(|old| !renames.contains_key(old));
        let added: Vec<String> = level.to.difference(&level.from).cloned().collect();
        let new: Vec<String> = added
            .into_iter()
            .filter(|name| !renames.values().any(|new| new == name))
            .collect();
        if !new.is_empty() {
            self.refusal
                .questions
                .extend(gone.into_iter().map(|gone| Question {
                    what: level.what,
                    of: level.of.map(str::to_owned),
                    gone,
                    new: new.clone(),
                }));
        }
        renames
    }

    /// The old name, if the hint is right and not spent.
    fn hint(
        &mut self,
        level: &Level<'_>,
        moving: &Moving,
        renames: &BTreeMap<String, String>,
        new: &str,
        old: &str,
    ) -> Option<String> {
        if !level.to.contains(new) {
            return None;
        }
        let kind = level.what.name();
        let on = level.path(new);
        let hint = format!("`renamed_from = {old:?}` on the {kind} `{on}`");
        let problem = if old == new {
            format!("{hint} names itself: remove it")
        } else if moving.is_answered(old, new) {
            // The flag that says the same is taken below.
            return None;
        } else if level.swaps(new, old) {
            let (one, other) = (level.path(old), level.path(new));
            format!(
                "{hint} and the one on `{one}` name each other: to swap the two, say `--rename {one}={new} --rename {other}={old}`; \
                 once they are swapped, remove both hints"
            )
        } else if level.from.contains(new) && !moving.vacated.contains(new) {
            self.spent.push(format!("{hint} is spent: remove it"));
            return None;
        } else if !level.from.contains(old) {
            if level
                .doubtful
                .is_some_and(|doubtful| doubtful.contains(new))
            {
                return None;
            }
            let near = nearest(old, level.from.iter().map(String::as_str));
            let help = meant(near);
            format!("{hint}: the migrations make no {kind} of either name{help}")
        } else if level.to.contains(old) && !moving.filled.contains(old) {
            format!(
                "{hint}, but the models still have `{}`: it can't be both. Rename it in one revision, and add the \
                 other in the next",
                level.path(old)
            )
        } else if let Some(other) = renames.get(old) {
            format!("{hint}, but `{}` claims the same", level.path(other))
        } else {
            return Some(old.to_owned());
        };
        self.refusal.problems.push(problem);
        None
    }

    /// Takes what a person has answered of something that went.
    fn answer(
        &mut self,
        level: &Level<'_>,
        answers: &Answers,
        moving: &Moving,
        renames: &mut BTreeMap<String, String>,
        gone: &mut BTreeSet<String>,
        old: &str,
    ) {
        for path in level.paths(old) {
            if answers.drops.contains(&path) {
                self.used.insert(format!("--drop {path}"));
                if let Some(new) = renames.get(old) {
                    let new = level.path(new);
                    self.refusal.problems.push(format!(
                        "`--drop {path}`, but `{new}` says `renamed_from = {old:?}`: it can't be both"
                    ));
                }
                gone.remove(old);
            }
            let Some(written) = answers.renames.get(&path) else {
                continue;
            };
            let flag = format!("--rename {path}={written}");
            let new = &level.new_name(old, written);
            let kind = level.what.name();
            let taken = renames
                .iter()
                .find(|(other, to)| *to == new && *other != old);
            let problem = if answers.drops.contains(&path) {
                format!("`{flag}` and `--drop {path}`: it can't be both")
            } else if renames.get(old).is_some_and(|said| said != new) {
                format!("`{flag}`, but the models say otherwise in `renamed_from = {old:?}`")
            } else if let Some((other, _)) = taken {
                format!("`{flag}`, but `{new}` is the new name of `{other}`")
            } else if !level.to.contains(new) {
                let near = nearest(new, level.to.iter().map(String::as_str));
                let help = meant(near);
                format!(
                    "`{flag}`: the models have no {kind} `{}`{help}",
                    level.path(new)
                )
            } else if level.from.contains(new) && !moving.vacated.contains(new) {
                format!(
                    "`{flag}`: the {kind} `{}` is there already",
                    level.path(new)
                )
            } else {
                renames.insert(old.to_owned(), new.clone());
                self.used.insert(flag);
                continue;
            };
            self.used.insert(flag);
            self.refusal.problems.push(problem);
        }
    }
}
