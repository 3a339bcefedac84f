use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use migrate_chain::{Diagnostic, Place, Problems, Snippet, TargetError, TargetErrorKind};

use crate::driver::DbError;

/// What goes wrong is an [`Error`] unless another type is named.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, where, and what to do.
///
/// [`Display`](fmt::Display) is one line: the place in the file, the revision and what failed; what
/// the database said is its [`source`](StdError::source). The alternate form, `{:#}`, tells the
/// whole story with the line of the script and hints, and so does [`Debug`](fmt::Debug), because a
/// `main` that returns an error prints that.
pub struct Error(Box<Parts>);

struct Parts {
    kind: ErrorKind,
    revision: Option<String>,
    refusal: Option<Box<Refusal>>,
    diagnostic: Diagnostic,
}

/// Why a database that another tool has migrated is not taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The sort of reason.
    pub kind: RefusalKind,
    /// The other tool.
    pub from: String,
    /// What the tool calls the steps that it is about.
    pub keys: Vec<String>,
}

/// What keeps a database from being taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalKind {
    /// The other tool has left a step half done.
    HalfDone,
    /// The other tool has applied what no revision stands for.
    Unknown,
    /// The other tool has recorded another checksum.
    Edited,
    /// A step is missing below one that it has applied.
    MissingBelow,
    /// The other tool has applied a part of what one revision stands for.
    Inside,
    /// The database has the history of another tool as well.
    TwoTools,
}

impl RefusalKind {
    /// As JSON has it, such as `half_done`.
    pub const fn name(self) -> &'static str {
        match self {
            RefusalKind::HalfDone => "half_done",
            RefusalKind::Unknown => "unknown",
            RefusalKind::Edited => "edited",
            RefusalKind::MissingBelow => "missing_below",
            RefusalKind::Inside => "inside",
            RefusalKind::TwoTools => "two_tools",
        }
    }
}

/// What sort of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The versions directory breaks a rule.
    Chain,
    /// The chain is not for this database.
    Dialect,
    /// A target that is malformed: a mistake of the caller.
    Usage,
    /// A target that leads nowhere on this chain or database.
    Target,
    /// A revision on the way has no script or no code for this direction.
    Irreversible,
    /// Something is pending, and [`Startup::Check`](crate::Startup::Check) was asked for.
    Pending,
    /// The database has revisions that this program doesn't, and may not be used by it.
    Ahead,
    /// The database has revisions that this program doesn't, and lacks some that it has.
    Diverged,
    /// A recorded revision that the history cannot connect to the chain.
    Unknown,
    /// A revision was edited after it was applied.
    Edited,
    /// Another tool has migrated the database, and it can't be taken over as it is, see [`Error::refusal`].
    Adoption,
    /// Another process holds the lock, or the database is locked, for longer than the wait.
    Locked,
    /// A non-transactional step was interrupted and needs a decision.
    Interrupted,
    /// A script failed.
    Script,
    /// The code of a Rust-coded revision failed or panicked.
    Code,
    /// The connection is inside a transaction of the caller's.
    InTransaction,
    /// The role lacks a privilege.
    Privilege,
    /// The database can't be written to.
    ReadOnly,
    /// Anything else that the database said.
    Database,
    /// An error that a Rust-coded revision or a hook made.
    Other,
    /// Two things that must agree do not: a bug, or a build that mixed two states of a file.
    Internal,
}

impl Error {
    /// An error of a kind, in one line without the place.
    #[cold]
    #[inline(never)]
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Parts {
            kind,
            revision: None,
            refusal: None,
            diagnostic: Diagnostic::new(message),
        }))
    }

    /// Wraps any error, for Rust-coded revisions and hooks.
    ///
    /// ```
    /// use migrate_runtime::Error;
    ///
    /// let error = "x".parse::<char>().and("yy".parse::<char>()).map_err(Error::other).unwrap_err();
    /// assert_eq!(error.to_string(), "too many characters in string");
    /// ```
    pub fn other(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        let error = error.into();
        let mut wrapped = Error::new(ErrorKind::Other, error.to_string());
        // The text is told once: as the message, with what lies below it as the source.
        wrapped.0.diagnostic.notes = causes(error.source());
        wrapped
    }

    /// What sort of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The file, line and column, when it is about one.
    pub fn place(&self) -> Option<&Place> {
        self.0.diagnostic.place.as_ref()
    }

    /// Everything that it tells, in parts, for whoever shows errors in a form of their own.
    pub fn diagnostic(&self) -> &Diagnostic {
        &self.0.diagnostic
    }

    /// The revision that failed, or that stands in the way.
    pub fn revision(&self) -> Option<&str> {
        self.0.revision.as_deref()
    }

    /// Why a database that another tool has migrated is not taken over, if that is what it is about.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.0.refusal.as_deref()
    }

    #[cold]
    pub(crate) fn with_refusal(mut self, refusal: Refusal) -> Error {
        self.0.refusal = Some(Box::new(refusal));
        self
    }

    /// What to do about it, one hint a line.
    pub fn help(&self) -> &[String] {
        &self.0.diagnostic.help
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Error {
        self.0.diagnostic.help.push(help.into());
        self
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn with_note(mut self, note: impl Into<String>) -> Error {
        self.0.diagnostic.notes.push(note.into());
        self
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn with_revision(mut self, revision: &str) -> Error {
        self.0.revision = Some(revision.to_owned());
        self
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn with_place(mut self, place: Place, snippet: Option<Snippet>) -> Error {
        self.0.diagnostic.place = Some(place);
        self.0.diagnostic.snippet = snippet;
        self
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Error {
        self.0.diagnostic.source = Some(Arc::from(source.into()));
        self
    }

    /// Says what a plan of several transactions has already committed.
    #[cold]
    #[inline(never)]
    pub(crate) fn after(self, report: &crate::Report) -> Error {
        match report.steps.last() {
            None => self,
            Some(last) => self.with_note(format!(
                "{} of the plan's steps were committed before, up to `{}`: they remain",
                report.steps.len(),
                last.step.revision
            )),
        }
    }

    pub(crate) fn chain(problems: Problems) -> Error {
        let message = match problems.len() {
            1 => "1 problem in the versions directory".to_owned(),
            n => format!("{n} problems in the versions directory"),
        };
        Error::new(ErrorKind::Chain, message).with_source(problems)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Internal, message)
    }

    /// What the database said to a statement of the engine's own.
    #[cold]
    #[inline(never)]
    pub(crate) fn database(doing: &str, error: DbError) -> Error {
        let kind = error.kind();
        let mut story = Error::new(kind, format!("can't {doing}"));
        story.0.diagnostic.help.extend(error.hint());
        if kind == ErrorKind::ReadOnly {
            story = story
                .with_help("connect so that it can be written to; `Startup::Check` only reads");
        }
        story.with_source(error)
    }
}

impl From<TargetError> for Error {
    fn from(error: TargetError) -> Error {
        let kind = match error.kind {
            TargetErrorKind::Malformed => ErrorKind::Usage,
            _ => ErrorKind::Target,
        };
        let mut story = Error::new(kind, error.message);
        story.0.diagnostic.help = error.help;
        story
    }
}

fn causes(mut error: Option<&(dyn StdError + 'static)>) -> Vec<String> {
    let mut causes = Vec::new();
    while let Some(cause) = error {
        causes.push(format!("caused by: {cause}"));
        error = cause.source();
    }
    causes
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.diagnostic.fmt(f)
    }
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Diagnostic {
        error.0.diagnostic
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.diagnostic.source()
    }
}

/// What `?` turns into an [`Error`] in a Rust-coded revision; for the rest there is
/// [`Error::other`].
macro_rules! from {
    ($($(#[$attribute:meta])* $type:ty),* $(,)?) => {
        $($(#[$attribute])* impl From<$type> for Error {
            fn from(error: $type) -> Error {
                Error::other(error)
            }
        })*
    };
}

from! {
    &str,
    String,
    Box<dyn StdError + Send + Sync>,
    fmt::Error,
    std::io::Error,
    std::num::ParseFloatError,
    std::num::ParseIntError,
    std::str::Utf8Error,
    std::string::FromUtf8Error,
    #[cfg(feature = "rusqlite")]
    rusqlite::Error,
}

#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
impl From<crate::driver::PostgresError> for Error {
    fn from(error: crate::driver::PostgresError) -> Error {
        // The driver's own text is no more than "db error".
        Error::other(crate::driver::postgres_error(error))
    }
}
