use std::ops::Range;

use crate::place::Locator;
use crate::problem::{Problem, Problems};

/// Collects the problems of the file being read.
pub(crate) struct Report<'a> {
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
    pub(crate) locator: &'a Locator,
    pub(crate) problems: &'a mut Problems,
}

impl<'a> Report<'a> {
    pub(crate) fn push(&mut self, range: Range<usize>, message: impl Into<String>) {
        let problem = self.problem(range, message);
        self.problems.push(problem);
    }

    pub(crate) fn problem(&self, range: Range<usize>, message: impl Into<String>) -> Problem {
        let place = self.locator.locate(self.path, self.text, range);
        Problem::located(place, message)
    }
}
