//! A person at the terminal.

#[cfg(feature = "models")]
pub(crate) mod models;

use std::io::{self, BufRead, Write};

/// Who is asked: what they read, and where their lines come from.
pub(crate) struct Person<'p> {
    pub(crate) out: &'p mut dyn Write,
    pub(crate) lines: &'p mut dyn BufRead,
}

impl Person<'_> {
    /// One line, without spaces around it; `None` when there are no more.
    pub(crate) fn ask(&mut self, prompt: &str) -> io::Result<Option<String>> {
        write!(self.out, "{prompt}: ")?;
        self.out.flush()?;
        let mut line = String::new();
        match self.lines.read_line(&mut line)? {
            0 => Ok(None),
            _ => Ok(Some(line.trim().to_owned())),
        }
    }
}
