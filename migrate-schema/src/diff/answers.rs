//! What a person has answered: `--rename users.mail=email`, `--drop users.mail`, `--fill users.age=0`.

use std::collections::{BTreeMap, BTreeSet};

/// The answers to [`Question`](super::Question)s, as the flags of the command line give them.
///
/// ```
/// use migrate_schema::diff::Answers;
///
/// let answers = Answers::new()
///     .rename("users.mail=email")?
///     .drop("orders")
///     .fill("users.age=18")?;
/// assert!(Answers::new().rename("users.mail").is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// What it was called (`accounts`, `users.mail`) to what it is called now.
    pub(super) renames: BTreeMap<String, String>,
    pub(super) drops: BTreeSet<String>,
    pub(super) fills: BTreeMap<String, String>,
}

impl Answers {
    /// None.
    pub fn new() -> Answers {
        Answers::default()
    }

    /// `users.mail=email` for a column or an enum's value, `accounts=users` for a table or a type.
    ///
    /// # Errors
    ///
    /// A sentence that says how it is written.
    pub fn rename(mut self, answer: &str) -> Result<Answers, String> {
        let (old, new) = split(answer, "--rename", "users.mail=email")?;
        // `users.mail=users.email` says the same.
        let owner = old.rsplit_once('.').map_or("", |(owner, _)| owner);
        let new = new
            .strip_prefix(owner)
            .and_then(|new| new.strip_prefix('.'))
            .unwrap_or(new);
        match self.renames.insert(old.to_owned(), new.to_owned()) {
            Some(other) if other != new => Err(format!(
                "`--rename {old}` is given twice: as `{other}` and as `{new}`"
            )),
            _ => Ok(self),
        }
    }

    /// `users.mail` for a column or an enum's value, `accounts` for a table or a type: it goes.
    #[must_use]
    pub fn drop(mut self, answer: &str) -> Answers {
        self.drops.insert(answer.trim().to_owned());
        self
    }

    /// `users.age=18`: an SQL expression for the rows that exist, where a column takes no NULL.
    ///
    /// # Errors
    ///
    /// A sentence that says how it is written.
    pub fn fill(mut self, answer: &str) -> Result<Answers, String> {
        let (column, value) = split(answer, "--fill", "users.age=18")?;
        self.fills.insert(column.to_owned(), value.to_owned());
        Ok(self)
    }

    /// The flags that say the same.
    ///
    /// ```
    /// use migrate_schema::diff::Answers;
    ///
    /// let answers = Answers::new().drop("orders").rename("users.mail=email")?;
    /// assert_eq!(answers.flags(), ["--rename users.mail=email", "--drop orders"]);
    /// # Ok::<(), String>(())
    /// ```
    pub fn flags(&self) -> Vec<String> {
        let renames = (self.renames.iter()).map(|(old, new)| format!("--rename {old}={new}"));
        let drops = self.drops.iter().map(|old| format!("--drop {old}"));
        let fills = self.fills.iter();
        let fills = fills.map(|(column, value)| format!("--fill {column}={value}"));
        renames.chain(drops).chain(fills).collect()
    }

    /// The flags that are in none of the sets of used ones: a mistake in a name.
    pub(crate) fn unused(&self, used: &[&BTreeSet<String>]) -> Vec<String> {
        let mut flags = self.flags();
        flags.retain(|flag| !used.iter().any(|used| used.contains(flag)));
        flags
    }
}

fn split<'a>(answer: &'a str, flag: &str, example: &str) -> Result<(&'a str, &'a str), String> {
    let parts = answer
        .split_once('=')
        .map(|(old, new)| (old.trim(), new.trim()));
    parts
        .filter(|(old, new)| !old.is_empty() && !new.is_empty())
        .ok_or_else(|| format!("`{flag} {answer}` is not of the form `{flag} {example}`"))
}
