use std::fmt;

use crate::diagnostic::{Diagnostic, Headline};

/// How many problems a report shows before it counts the rest.
const SHOWN: usize = 20;

/// One thing that is wrong with a versions directory: what, where, and what to do.
pub type Problem = Diagnostic;

/// Every problem of a versions directory, in the order of the files; never empty as an error.
#[derive(Debug, Clone, Default)]
pub struct Problems {
    all: Vec<Problem>,
}

impl Problems {
    /// No problem yet.
    pub fn new() -> Problems {
        Problems::default()
    }

    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        self.all.push(problem);
    }

    /// True when nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// The problems, sorted by file and line.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.all.iter()
    }

    /// How many more problems may still be shown: a rule that has to search for its hint
    /// (the nearest id among all) does so only for those.
    pub(crate) fn room(&self) -> bool {
        self.all.len() < SHOWN
    }

    /// `Ok` when nothing is wrong.
    ///
    /// # Errors
    ///
    /// All problems, sorted by place.
    pub fn into_result(mut self) -> Result<(), Problems> {
        if self.all.is_empty() {
            return Ok(());
        }
        self.all.sort_by(|a, b| a.place.cmp(&b.place));
        Err(self)
    }
}

impl Extend<Problem> for Problems {
    fn extend<T: IntoIterator<Item = Problem>>(&mut self, problems: T) {
        self.all.extend(problems);
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.all.iter().take(SHOWN).enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{}", problem.story(Headline::Message))?;
        }
        match self.all.len().saturating_sub(SHOWN) {
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
}
