use std::fmt;
use std::io;

use migrate_chain::{Place, Problems, TargetError};
use migrate_runtime::Error;

use crate::Exit;

/// Why a command came to nothing: what is printed, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
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

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Failure {
        Failure {
            exit,
            text: message.into(),
            problems: None,
            place: None,
            silent: false,
        }
    }

    pub(crate) fn failed(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Failed, message)
    }

    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Usage, message)
    }

    /// An exit code that says it all; what there was to print has been printed.
    pub(crate) fn silent(exit: Exit) -> Failure {
        Failure {
            silent: true,
            ..Failure::new(exit, "")
        }
    }

    #[must_use]
    pub(crate) fn note(mut self, note: impl fmt::Display) -> Failure {
        self.text.push_str(&format!("\n  = note: {note}"));
        self
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl fmt::Display) -> Failure {
        self.text.push_str(&format!("\n  = help: {help}"));
        self
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure {
            place: error.place().cloned(),
            ..Failure::new(Exit::of(error.kind()), format!("{error:#}"))
        }
    }
}

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Failure {
        Error::from(error).into()
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Failure {
        let count = match problems.len() {
            1 => "1 problem in the versions directory".to_owned(),
            n => format!("{n} problems in the versions directory"),
        };
        let mut failure = Failure::failed(format!("{count}\n\n{problems}"));
        failure.problems = Some(problems);
        failure
    }
}

/// Of the output: a reader that has gone away, as in `history | head`, is no failure.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::silent(Exit::Done),
            _ => Failure::failed(format!("can't write the output: {error}")),
        }
    }
}

impl Failure {
    /// Two things that must agree do not.
    pub(crate) fn from_mismatch(mismatch: migrate_chain::Mismatch) -> Failure {
        Failure::failed(mismatch.to_string())
    }
}
