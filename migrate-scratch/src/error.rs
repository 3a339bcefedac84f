use std::error::Error as StdError;
use std::fmt;

/// What goes wrong is an [`Error`] unless another type is named.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why there is no server.
///
/// [`Display`](fmt::Display) is one line; what PostgreSQL's programs printed is the [`source`](StdError::source).
/// The alternate form, `{:#}`, has both, and what to do.
pub struct Error {
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
    help: Option<&'static str>,
}

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Error {
        Error {
            message: message.into(),
            source: None,
            help: None,
        }
    }

    pub(crate) fn with_source(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        let source = Some(source.into());
        Error { source, ..self }
    }

    pub(crate) fn with_help(self, help: &'static str) -> Error {
        let help = Some(help);
        Error { help, ..self }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&str> {
        self.help
    }

    /// What [`source`](StdError::source) lends, for an error that is to have this one's cause.
    pub fn into_source(self) -> Option<Box<dyn StdError + Send + Sync>> {
        self.source
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if !f.alternate() {
            return Ok(());
        }
        if let Some(source) = &self.source {
            write!(f, "\n{source:#}")?;
        }
        match self.help {
            Some(help) => write!(f, "\n  = help: {help}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.source.as_deref();
        source.map(|source| source as &(dyn StdError + 'static))
    }
}
