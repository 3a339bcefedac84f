//! Statements taken out of a script, whole or in part, with the comments that stand above them.

use std::ops::Range;

use super::defines;
use crate::lint::statement::{Act, Statement};

/// What stands in the place of an act that is taken out.
pub(super) enum With {
    Nothing,
    /// What is left of it.
    Text(String),
}

/// A script from which parts are cut.
pub(super) struct Cuts<'s> {
    script: &'s str,
    /// In order, with what takes their place.
    cuts: Vec<(Range<usize>, String)>,
    /// What a person wrote above the statements that are gone, as lines.
    comments: String,
    /// Of the first statement that lost something.
    first: Option<usize>,
}

impl<'s> Cuts<'s> {
    pub(super) fn new(script: &'s str) -> Cuts<'s> {
        Cuts {
            script,
            cuts: Vec::new(),
            comments: String::new(),
            first: None,
        }
    }

    /// Takes out of a statement the acts for which `take` gives what is left.
    ///
    /// # Errors
    ///
    /// The statement does something else beside it that can't be told apart.
    pub(super) fn take(
        &mut self,
        statement: &Statement,
        take: impl Fn(&Act) -> Option<With>,
    ) -> Result<(), String> {
        let named = |act: &&(Range<usize>, Act)| !matches!(act.1, Act::Names(_));
        let acts: Vec<&(Range<usize>, Act)> = statement.acts.iter().filter(named).collect();
        let taken: Vec<(&Range<usize>, With)> = (acts.iter())
            .filter_map(|(range, act)| take(act).map(|with| (range, with)))
            .collect();
        if taken.is_empty() {
            return Ok(());
        }
        self.first.get_or_insert(statement.range.start);
        let all = taken.len() == acts.len();
        if all && taken.iter().all(|(_, with)| matches!(with, With::Nothing)) {
            self.whole(&statement.range);
            return Ok(());
        }
        // Actions of one ALTER TABLE have places of their own; the names in a list don't.
        if taken.iter().any(|(range, _)| **range == statement.range) {
            return Err(format!(
                "`{}` does several things at once: write a statement for each",
                one_line(&statement.text)
            ));
        }
        let gone = |range: &Range<usize>| {
            taken
                .iter()
                .any(|(one, with)| *one == range && matches!(with, With::Nothing))
        };
        let kept_before = |range: &Range<usize>| {
            acts.iter()
                .any(|(one, _)| one.start < range.start && !gone(one))
        };
        for (range, with) in &taken {
            match with {
                With::Text(text) => self.cuts.push(((*range).clone(), text.clone())),
                With::Nothing => {
                    let range = self.with_comma(range, kept_before(range));
                    self.cuts.push((range, String::new()));
                }
            }
        }
        Ok(())
    }

    /// A whole statement, with its line, and the comments that belong to it put aside.
    fn whole(&mut self, range: &Range<usize>) {
        let before = &self.script[..range.start];
        let mut start = before.rfind('\n').map_or(0, |at| at + 1);
        // Beside another statement on its line, it is cut by itself.
        if !before[start..].trim().is_empty() {
            start = range.start;
        } else {
            let mut top = start;
            for line in before[..start].lines().rev() {
                if !line.trim_start().starts_with("--") {
                    break;
                }
                top = self.script[..top - 1].rfind('\n').map_or(0, |at| at + 1);
            }
            self.comments.push_str(&self.script[top..start]);
            start = top;
        }
        let rest = &self.script[range.end..];
        let line = rest.split_inclusive('\n').next().unwrap_or_default();
        let aside = line.trim();
        let end = if aside.is_empty() {
            range.end + line.len()
        } else if aside.starts_with("--") {
            self.comments.push_str(aside);
            self.comments.push('\n');
            range.end + line.len()
        } else {
            range.end
        };
        self.cuts.push((start..end, String::new()));
    }

    /// An action of several: with the comma in front of it, or behind it where nothing in front stays.
    fn with_comma(&self, range: &Range<usize>, has_before: bool) -> Range<usize> {
        if has_before {
            let before = self.script[..range.start].trim_end();
            let start = before.strip_suffix(',').map_or(range.start, str::len);
            return start..range.end;
        }
        let rest = &self.script[range.end..];
        let behind = rest.trim_start().strip_prefix(',');
        let end = behind.map_or(range.end, |behind| {
            self.script.len() - behind.trim_start().len()
        });
        range.start..end
    }

    /// Whether what is left may run before what is taken out.
    ///
    /// # Errors
    ///
    /// A statement below writes rows, or does what nobody can tell.
    pub(super) fn is_free(&self, statements: &[Statement], script: &str) -> Result<(), String> {
        let Some(first) = self.first else {
            return Ok(());
        };
        let is_cut = |statement: &Statement| {
            let inside = |range: &Range<usize>| {
                range.start <= statement.range.start && statement.range.end <= range.end
            };
            self.cuts.iter().any(|(range, _)| inside(range))
        };
        let below = |one: &&Statement| one.range.start > first && !is_cut(one);
        match statements.iter().filter(below).find(|one| !defines(one)) {
            None => Ok(()),
            Some(one) => {
                let line = script[..one.range.start].lines().count().max(1);
                Err(format!(
                    "`{}` (line {line} of the section) comes after it, and may need it: put that in front, or into a revision of its own",
                    one_line(&one.text)
                ))
            }
        }
    }

    /// What is left, and the comments of what is gone.
    pub(super) fn rest(mut self) -> (String, String) {
        self.cuts.sort_by_key(|(range, _)| range.start);
        let (mut text, mut at) = (String::new(), 0);
        for (range, with) in &self.cuts {
            text.push_str(self.script.get(at..range.start).unwrap_or_default());
            text.push_str(with);
            at = range.end.max(at);
        }
        text.push_str(self.script.get(at..).unwrap_or_default());
        let mut lines: Vec<&str> = Vec::new();
        for line in text.trim().lines() {
            let is_second =
                line.trim().is_empty() && lines.last().is_some_and(|last| last.trim().is_empty());
            if !is_second {
                lines.push(line.trim_end());
            }
        }
        let mut text = lines.join("\n");
        if !text.is_empty() {
            text.push('\n');
        }
        (text, self.comments)
    }
}

fn one_line(statement: &str) -> String {
    let words: Vec<&str> = statement.split_whitespace().collect();
    let text = words.join(" ");
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}..", &text[..at]),
        None => text,
    }
}
