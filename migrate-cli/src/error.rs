use std::fmt;
use std::io;

use migrate_chain::{Diagnostic, Headline, Part, Problems, TargetError};
use migrate_runtime::ErrorKind;

use crate::Exit;

/// Why a command came to nothing: what is wrong, and the exit code.
#[derive(Debug, Clone)]
pub(crate) struct Error {
    pub(crate) exit: Exit,
    pub(crate) diagnostic: Box<Diagnostic>,
    /// Of the engine's, what kind of error it is.
    pub(crate) kind: Option<ErrorKind>,
    /// Why a database of another tool's is not taken over, if that is it.
    pub(crate) refusal: Option<Box<migrate_runtime::Refusal>>,
    /// What there was to print has been printed, or nobody reads the output any more.
    pub(crate) is_silent: bool,
}

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Error {
        Error::of(exit, Diagnostic::new(message))
    }

    pub(crate) fn of(exit: Exit, diagnostic: Diagnostic) -> Error {
        Error {
            exit,
            diagnostic: Box::new(diagnostic),
            kind: None,
            refusal: None,
            is_silent: false,
        }
    }

    pub(crate) fn failed(message: impl Into<String>) -> Error {
        Error::new(Exit::Failed, message)
    }

    pub(crate) fn usage(message: impl Into<String>) -> Error {
        Error::new(Exit::Usage, message)
    }

    /// About a line of a file, from 1; 0 for the file as a whole.
    pub(crate) fn at_line(path: &str, line: usize, message: impl Into<String>) -> Error {
        Error::of(Exit::Failed, Diagnostic::line(path, line, message))
    }

    /// An exit code without a word.
    pub(crate) fn silent(exit: Exit) -> Error {
        Error {
            is_silent: true,
            ..Error::new(exit, "")
        }
    }

    /// Words before the message.
    #[must_use]
    pub(crate) fn prefixed(mut self, prefix: &str) -> Error {
        self.diagnostic.message.insert_str(0, prefix);
        self
    }

    #[must_use]
    pub(crate) fn note(mut self, note: impl Into<String>) -> Error {
        self.diagnostic.notes.push(note.into());
        self
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Error {
        self.diagnostic.help.push(help.into());
        self
    }

    #[must_use]
    pub(crate) fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Error {
        self.diagnostic = Box::new(self.diagnostic.caused_by(source));
        self
    }

    /// The problems of a versions directory, if these are what is wrong.
    pub(crate) fn problems(&self) -> Option<&Problems> {
        self.diagnostic.source.as_deref()?.downcast_ref()
    }

    /// The causes in words, from the nearest on; problems are listed by themselves.
    pub(crate) fn causes(&self) -> Vec<String> {
        if self.problems().is_some() {
            return Vec::new();
        }
        let parts = self.diagnostic.story(Headline::Message).parts();
        let causes = parts.into_iter().filter_map(|part| match part {
            Part::Cause(cause) => Some(cause),
            _ => None,
        });
        causes.collect()
    }

    /// Changes the texts that this program wrote, in place.
    pub(crate) fn edit(&mut self, mut by: impl FnMut(&mut String)) {
        let mut edit = |diagnostic: &mut Diagnostic| {
            by(&mut diagnostic.message);
            diagnostic.notes.iter_mut().for_each(&mut by);
            diagnostic.help.iter_mut().for_each(&mut by);
        };
        edit(&mut self.diagnostic);
        if let Some(problems) = self.problems() {
            let edited = problems.clone().map(|mut problem| {
                edit(&mut problem);
                problem
            });
            *self.diagnostic = self.diagnostic.clone().caused_by(edited);
        }
    }
}

/// Hints of the chain name `cargo migrate`; here they name the program that was typed.
pub(crate) fn name_program(text: &mut String, program: &str) {
    if text.contains("`cargo migrate ") {
        *text = text.replace("`cargo migrate ", &format!("`{program} "));
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic.fmt(f)
    }
}

impl From<migrate_runtime::Error> for Error {
    fn from(error: migrate_runtime::Error) -> Error {
        let kind = error.kind();
        let refusal = error.refusal().cloned().map(Box::new);
        Error {
            kind: Some(kind),
            refusal,
            ..Error::of(Exit::of(kind), error.into())
        }
    }
}

impl From<TargetError> for Error {
    fn from(error: TargetError) -> Error {
        migrate_runtime::Error::from(error).into()
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Error {
        let count = match problems.len() {
            1 => "1 problem in the versions directory".to_owned(),
            n => format!("{n} problems in the versions directory"),
        };
        Error::failed(count).caused_by(problems)
    }
}

/// Of the output: a reader that has gone away, as in `history | head`, is no failure.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Error::silent(Exit::Done),
            _ => Error::failed(format!("can't write the output: {error}")),
        }
    }
}

/// Two things that must agree do not.
impl From<migrate_chain::Mismatch> for Error {
    fn from(mismatch: migrate_chain::Mismatch) -> Error {
        Error::failed(mismatch.to_string())
    }
}
