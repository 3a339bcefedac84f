//! Questions to a person at the terminal.

#[cfg(feature = "models")]
pub(crate) mod models;

use std::io::{self, BufRead, Write};

/// What a person reads, and where their lines come from.
pub(crate) struct Prompt<'p> {
    pub(crate) out: &'p mut dyn Write,
    pub(crate) lines: &'p mut dyn BufRead,
}

impl Prompt<'_> {
    /// One line, without spaces around it; `None` when there are no more.
    pub(crate) fn read_line(&mut self, label: &str) -> io::Result<Option<String>> {
        write!(self.out, "{label}: ")?;
        self.out.flush()?;
        let mut line = String::new();
        match self.lines.read_line(&mut line)? {
            0 => Ok(None),
            _ => Ok(Some(line.trim().to_owned())),
        }
    }
}
