use std::fmt;
use std::io;

use migrate_chain::{Place, Problems, TargetError};

use crate::Exit;

/// Why a command came to nothing: what is printed, and the exit code.
#[derive(Debug)]
pub(crate) struct Error {
    pub(crate) exit: Exit,
    /// What is wrong; more lines tell where, and what to do.
    pub(crate) text: String,
    /// Problems of the versions directory, for annotations.
    pub(crate) problems: Option<Problems>,
    /// The file it is about.
    pub(crate) place: Option<Place>,
    /// Nobody reads the output any more: nothing is printed.
    pub(crate) silent: bool,
}

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Error {
        Error {
            exit,
            text: message.into(),
            problems: None,
            place: None,
            silent: false,
        }
    }

    pub(crate) fn failed(message: impl Into<String>) -> Error {
        Error::new(Exit::Failed, message)
    }

    pub(crate) fn usage(message: impl Into<String>) -> Error {
        Error::new(Exit::Usage, message)
    }

    /// An exit code that says it all; what there was to print has been printed.
    pub(crate) fn silent(exit: Exit) -> Error {
        Error {
            silent: true,
            ..Error::new(exit, "")
        }
    }

    /// Words before the message.
    #[must_use]
    pub(crate) fn prefixed(mut self, prefix: &str) -> Error {
        self.text.insert_str(0, prefix);
        self
    }

    #[must_use]
    pub(crate) fn note(mut self, note: impl fmt::Display) -> Error {
        self.text.push_str(&format!("\n  = note: {note}"));
        self
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl fmt::Display) -> Error {
        self.text.push_str(&format!("\n  = help: {help}"));
        self
    }
}

impl From<migrate_runtime::Error> for Error {
    fn from(error: migrate_runtime::Error) -> Error {
        Error {
            place: error.place().cloned(),
            ..Error::new(Exit::of(error.kind()), format!("{error:#}"))
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
        let mut error = Error::failed(format!("{count}\n\n{problems}"));
        error.problems = Some(problems);
        error
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

impl Error {
    /// Two things that must agree do not.
    pub(crate) fn from_mismatch(mismatch: migrate_chain::Mismatch) -> Error {
        Error::failed(mismatch.to_string())
    }
}
