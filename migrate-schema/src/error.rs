use std::error::Error as StdError;
use std::fmt;
#[cfg(feature = "postgres")]
use std::sync::Arc;

use migrate_chain::Diagnostic;

/// What goes wrong is an [`Error`] unless another type is named.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, and what to do.
///
/// [`Display`](fmt::Display) is one line, what the database said is its
/// [`source`](StdError::source). The alternate form, `{:#}`, tells both and the hints, and so does
/// [`Debug`](fmt::Debug).
pub struct Error(Box<Diagnostic>);

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Error {
        Error(Box::new(Diagnostic::new(message)))
    }

    #[allow(dead_code)]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Error {
        self.0.help.push(help.into());
        self
    }

    #[allow(dead_code)]
    pub(crate) fn with_source(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        Error(Box::new(self.0.caused_by(source)))
    }

    /// Says where it is.
    #[allow(dead_code)]
    pub(crate) fn with_place(
        mut self,
        (place, snippet): (migrate_chain::Place, migrate_chain::Snippet),
    ) -> Error {
        self.0.place = Some(place);
        self.0.snippet = Some(snippet);
        self
    }

    /// What to do about it, one hint a line.
    pub fn help(&self) -> &[String] {
        &self.0.help
    }

    /// Everything that it tells, in parts, for whoever shows errors in a form of their own.
    pub fn diagnostic(&self) -> &Diagnostic {
        &self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        (*self.0).source()
    }
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Diagnostic {
        *error.0
    }
}

#[cfg(feature = "postgres")]
impl From<migrate_scratch::Error> for Error {
    fn from(error: migrate_scratch::Error) -> Error {
        let mut own = Error::new(error.to_string());
        own.0.help.extend(error.help().map(str::to_owned));
        own.0.source = error.into_source().map(Arc::from);
        own
    }
}

impl From<migrate_runtime::Error> for Error {
    fn from(error: migrate_runtime::Error) -> Error {
        Error::new("the chain can't be applied").with_source(error)
    }
}
