use std::fmt;

/// Something that is wrong among models, such as a reference to a table that is in no model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The Rust type it is about.
    pub model: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Problem {
    pub(crate) fn new(model: &'static str, message: impl Into<String>) -> Problem {
        Problem {
            model,
            message: message.into(),
            help: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }

    /// The name that may have been meant, as help.
    pub(crate) fn near<'n>(
        self,
        written: &str,
        candidates: impl IntoIterator<Item = &'n str>,
    ) -> Problem {
        match migrate_chain::nearest(written, candidates) {
            Some(near) => self.help(format!("did you mean `{near}`?")),
            None => self,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "model `{}`: {}", self.model, self.message)?;
        if let Some(help) = &self.help {
            write!(f, "\n  = help: {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
