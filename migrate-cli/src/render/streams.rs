use std::io::{self, Write};

use migrate_chain::escaped;
use serde::Serialize;

use super::{Style, error, github};
use crate::Exit;
use crate::error::{Error, Result, name_program};
use crate::render::json::Refusal;

/// Which of the streams a person sits at.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tty {
    pub(crate) out: bool,
    pub(crate) err: bool,
    pub(crate) input: bool,
}

/// What standard output is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Format {
    #[default]
    Text,
    /// Text, with annotations for a reviewer on GitHub.
    Annotated,
    /// One document, and nothing beside it.
    Json {
        /// Annotations then go to standard error.
        is_annotated: bool,
    },
    /// One document that is not JSON, and nothing beside it.
    Document,
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
    pub(crate) format: Format,
    /// Words of the command line that may hold a password.
    pub(crate) masks: Vec<String>,
    /// True once the document of `--json` is printed.
    has_document: bool,
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
            format: Format::default(),
            masks: Vec::new(),
            has_document: false,
        }
    }

    /// Whether somebody can be asked: they see standard error, and type.
    pub(crate) fn is_interactive(&self) -> bool {
        self.tty.input && self.tty.err
    }

    fn is_json(&self) -> bool {
        matches!(self.format, Format::Json { .. })
    }

    /// Whether a document is the whole result.
    fn is_document(&self) -> bool {
        self.is_json() || self.format == Format::Document
    }

    /// A line of the result; with `--json` the document says it.
    pub(crate) fn line(&mut self, line: impl std::fmt::Display) -> io::Result<()> {
        if self.is_document() {
            Ok(())
        } else {
            writeln!(self.out, "{}", self.style.escaped(&line.to_string()))
        }
    }

    /// A remark beside the result; `-q` silences it.
    pub(crate) fn remark(&mut self, line: impl std::fmt::Display) -> io::Result<()> {
        if self.quiet {
            Ok(())
        } else {
            writeln!(self.err, "{}", escaped(&line.to_string()))
        }
    }

    /// What a person has to know whatever they asked for: nothing silences it.
    pub(crate) fn warning(&mut self, line: impl std::fmt::Display) -> io::Result<()> {
        let line = line.to_string();
        let line = escaped(&line);
        match line.split_once(": ") {
            Some((mark, rest)) => {
                let mark = self.err_style.pending(mark);
                writeln!(self.err, "{mark}: {rest}")
            }
            None => writeln!(self.err, "{line}"),
        }
    }

    /// The document of `--json`.
    pub(crate) fn document(&mut self, report: &impl Serialize) -> Result<()> {
        let text = super::json::text(report)
            .map_err(|error| Error::failed(format!("can't print JSON: {error}")))?;
        self.has_document = true;
        Ok(writeln!(self.out, "{text}")?)
    }

    /// A line that GitHub shows beside a file: the runner reads it from either stream.
    pub(crate) fn annotation(&mut self, line: &str) {
        // What can't be printed there is printed as an error all the same.
        let _ = match self.format {
            Format::Text
            | Format::Document
            | Format::Json {
                is_annotated: false,
            } => Ok(()),
            Format::Annotated => writeln!(self.out, "{line}"),
            Format::Json { is_annotated: true } => writeln!(self.err, "{line}"),
        };
    }

    /// Prints why a command came to nothing, which nothing silences: the text on standard error, and
    /// with `--json` a document on standard output, unless the command has printed its own.
    pub(crate) fn refuse(&mut self, mut error: Error, program: &str) -> Exit {
        if error.is_silent {
            return error.exit;
        }
        error.edit(|text| {
            name_program(text, program);
            mask(text, &self.masks);
        });
        for line in github::lines(&error) {
            self.annotation(&line);
        }
        if self.is_json() && !self.has_document {
            // There is nowhere left to say that this failed.
            let _ = self.document(&Refusal::from(&error));
        }
        let width = self.tty.err.then(terminal_size::terminal_size).flatten();
        let width = width.map(|(width, _)| usize::from(width.0));
        let _ = writeln!(self.err, "{}", error::shown(&error, self.err_style, width));
        error.exit
    }

    /// Help, or the complaint of the parser.
    pub(crate) fn parser(&mut self, error: &clap::Error) -> Exit {
        let text = error.render();
        let styled = |style: Style| {
            if style.is_on() {
                text.ansi().to_string()
            } else {
                text.to_string()
            }
        };
        if !error.use_stderr() {
            let _ = self.out.write_all(styled(self.style).as_bytes());
            return Exit::Done;
        }
        let mut shown = styled(self.err_style);
        mask(&mut shown, &self.masks);
        if self.is_json() {
            let mut message = text.to_string();
            mask(&mut message, &self.masks);
            let mut lines = message.lines();
            let first = lines.next().unwrap_or_default();
            let refusal = Error::usage(first.strip_prefix("error: ").unwrap_or(first));
            let _ = self.document(&Refusal::from(&refusal));
        }
        let _ = self.err.write_all(shown.as_bytes());
        Exit::Usage
    }

    /// What is written as a whole, and as it is: a script, completions. A terminal gets it escaped.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        if self.tty.out {
            self.out.write_all(escaped(text).as_bytes())?;
        } else {
            self.out.write_all(text.as_bytes())?;
        }
        self.out.flush()
    }

    pub(crate) fn err(&mut self) -> &mut (dyn Write + Send) {
        self.err
    }
}

fn mask(text: &mut String, masks: &[String]) {
    for word in masks {
        if text.contains(word) {
            *text = text.replace(word, "***");
        }
    }
}

impl std::fmt::Debug for Streams<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Streams")
            .field("tty", &self.tty)
            .finish_non_exhaustive()
    }
}
