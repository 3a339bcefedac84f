use std::fmt;

use crate::diagnostic::{Diagnostic, Headline};
use crate::place::Place;

/// How many problems a report shows before it counts the rest.
const SHOWN: usize = 20;

/// One thing that is wrong with a versions directory: what, where, and what to do.
pub type Problem = Diagnostic;

/// Every problem of a versions directory, in the order of the files; never empty as an error.
///
/// The first twenty are kept, and the rest are counted: a directory may have a hundred thousand.
#[derive(Debug, Clone, Default)]
pub struct Problems {
    /// Sorted from time to time, and cut then.
    kept: Vec<Problem>,
    count: usize,
    /// The place of the last one that was kept when they were cut: what comes behind it is not shown.
    last: Option<Place>,
}

impl Problems {
    /// No problem yet.
    pub fn new() -> Problems {
        Problems::default()
    }

    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        self.count += 1;
        self.kept.push(problem);
        if self.kept.len() > 2 * SHOWN {
            self.cut();
        }
    }

    /// Adds all of another directory's.
    pub fn append(&mut self, others: Problems) {
        self.count += others.count - others.kept.len();
        others
            .kept
            .into_iter()
            .for_each(|problem| self.push(problem));
    }

    /// Each with something changed, such as the name of a command in its advice.
    #[must_use]
    pub fn map(mut self, change: impl FnMut(Problem) -> Problem) -> Problems {
        self.kept = self.kept.into_iter().map(change).collect();
        self
    }

    /// True when nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many there are, those that are only counted included.
    pub fn len(&self) -> usize {
        self.count
    }

    /// The problems that are shown, sorted by file and line.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.kept.iter()
    }

    /// True when a problem there may still be shown: a rule that has to search for its hint (the nearest
    /// id among all) does so only for those.
    pub(crate) fn shows(&self, problem: &Problem) -> bool {
        let last = self.last.as_ref();
        last.is_none_or(|last| problem.place.as_ref().is_none_or(|place| place < last))
    }

    fn cut(&mut self) {
        self.kept.sort_by(|a, b| a.place.cmp(&b.place));
        self.kept.truncate(SHOWN);
        if self.count > SHOWN {
            self.last = self.kept.last().and_then(|problem| problem.place.clone());
        }
    }

    /// As they are shown: in the order of their places.
    #[must_use]
    pub fn sorted(mut self) -> Problems {
        self.cut();
        self
    }

    /// `Ok` when nothing is wrong.
    ///
    /// # Errors
    ///
    /// All problems, sorted by place.
    pub fn into_result(self) -> Result<(), Problems> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(self.sorted())
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.kept.iter().take(SHOWN).enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{}", problem.story(Headline::Message))?;
        }
        match self.count.saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n\nand {more} more"),
        }
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_are_shown() {
        let mut problems = Problems::new();
        for n in 0..23 {
            problems.push(Problem::file(format!("{n:02}"), "m"));
        }
        let text = problems.to_string();
        assert!(text.ends_with("--> 19\n\nand 3 more"), "{text}");
    }

    #[test]
    fn the_first_are_kept_in_whatever_order_they_come() {
        let mut problems = Problems::new();
        for n in (0..1000).rev() {
            problems.push(Problem::line("a.sql", n, "m"));
        }
        let mut all = Problems::new();
        all.append(problems);
        all.push(Problem::line("a.sql", 1, "again"));
        let all = all.into_result().unwrap_err();
        assert_eq!((all.len(), all.iter().count()), (1001, SHOWN));
        let text = all.to_string();
        assert!(
            text.starts_with("m\n  --> a.sql\n\nm\n  --> a.sql:1\n\nagain"),
            "{text}"
        );
        assert!(text.ends_with("--> a.sql:18\n\nand 981 more"), "{text}");
    }
}
