use std::error::Error as StdError;
use std::fmt;

/// What goes wrong is an [`Error`] unless another type is named.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, and what to do.
///
/// [`Display`](fmt::Display) is one line, what the database said is its
/// [`source`](StdError::source). The alternate form, `{:#}`, tells both and the hints, and so does
/// [`Debug`](fmt::Debug).
pub struct Error(Box<Story>);

struct Story {
    message: String,
    help: Vec<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Error {
        Error(Box::new(Story {
            message: message.into(),
            help: Vec::new(),
            source: None,
        }))
    }

    #[allow(dead_code)]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Error {
        self.0.help.push(help.into());
        self
    }

    #[allow(dead_code)]
    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Error {
        self.0.source = Some(source.into());
        self
    }

    /// What to do about it, one hint a line.
    pub fn help(&self) -> &[String] {
        &self.0.help
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if !f.alternate() {
            return Ok(());
        }
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, "\n{error:#}")?;
            // These tell the rest of the story themselves.
            cause = match error.is::<Error>() || error.is::<migrate_runtime::Error>() {
                true => None,
                false => error.source(),
            };
        }
        for help in &self.0.help {
            write!(f, "\n  = help: {help}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.0.source.as_deref();
        source.map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(feature = "postgres")]
impl From<migrate_scratch::Error> for Error {
    fn from(error: migrate_scratch::Error) -> Error {
        let mut own = Error::new(error.to_string());
        own.0.help.extend(error.help().map(str::to_owned));
        own.0.source = error.into_source();
        own
    }
}

impl From<migrate_runtime::Error> for Error {
    fn from(error: migrate_runtime::Error) -> Error {
        Error::new("the chain can't be applied").with_source(error)
    }
}
