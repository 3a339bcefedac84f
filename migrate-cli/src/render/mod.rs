//! How things look: Alembic's forms, JSON, colours, the graph, progress.

pub(crate) mod error;
pub(crate) mod form;
pub(crate) mod github;
pub(crate) mod graph;
pub(crate) mod json;
pub(crate) mod progress;
mod style;

use std::io::{self, Write};

pub(crate) use style::{Style, When};

/// Which of the streams a person sits at.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tty {
    pub(crate) out: bool,
    pub(crate) err: bool,
    pub(crate) input: bool,
}

/// Where results and errors go.
pub(crate) struct Streams<'s> {
    out: &'s mut (dyn Write + Send),
    err: &'s mut (dyn Write + Send),
    pub(crate) tty: Tty,
    /// Of standard output.
    pub(crate) style: Style,
    /// Of standard error.
    pub(crate) err_style: Style,
    pub(crate) quiet: bool,
}

impl<'s> Streams<'s> {
    pub(crate) fn new(
        out: &'s mut (dyn Write + Send),
        err: &'s mut (dyn Write + Send),
        tty: Tty,
    ) -> Streams<'s> {
        Streams {
            out,
            err,
            tty,
            style: Style::default(),
            err_style: Style::default(),
            quiet: false,
        }
    }

    /// Whether somebody can be asked: they see standard error, and type.
    pub(crate) fn is_interactive(&self) -> bool {
        self.tty.input && self.tty.err
    }

    /// A line of the result.
    pub(crate) fn line(&mut self, line: impl std::fmt::Display) -> io::Result<()> {
        writeln!(self.out, "{line}")
    }

    /// A remark beside the result; `-q` silences it.
    pub(crate) fn remark(&mut self, line: impl std::fmt::Display) -> io::Result<()> {
        match self.quiet {
            true => Ok(()),
            false => writeln!(self.err, "{line}"),
        }
    }

    /// An error, which nothing silences.
    pub(crate) fn error(&mut self, text: &str) {
        // There is nowhere left to say that this failed.
        let width = self.tty.err.then(terminal_size::terminal_size).flatten();
        let width = width.map(|(width, _)| usize::from(width.0));
        let _ = writeln!(self.err, "{}", error::shown(text, self.err_style, width));
    }

    /// Help, or the complaint of the parser.
    pub(crate) fn parser(&mut self, error: &clap::Error) {
        let text = error.render();
        let (stream, style) = match error.use_stderr() {
            true => (&mut self.err, self.err_style),
            false => (&mut self.out, self.style),
        };
        let _ = match style.is_on() {
            true => write!(stream, "{}", text.ansi()),
            false => write!(stream, "{text}"),
        };
    }

    /// What is written as a whole: a script, completions.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    pub(crate) fn err(&mut self) -> &mut (dyn Write + Send) {
        self.err
    }
}

impl std::fmt::Debug for Streams<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Streams")
            .field("tty", &self.tty)
            .finish_non_exhaustive()
    }
}
