use std::fmt;
use std::str::FromStr;

use crate::id;

/// Where to go, as Alembic writes it: `[BRANCH@](SYMBOL)?[+-]N`.
///
/// ```
/// # use migrate_chain::{Symbol, Target};
/// let target: Target = "billing@ae10+2".parse()?;
/// assert_eq!(target.branch.as_deref(), Some("billing"));
/// assert_eq!(target.symbol, Some(Symbol::Named("ae10".to_owned())));
/// assert_eq!(target.offset, 2);
/// assert!("+0".parse::<Target>().is_err());
/// # Ok::<(), migrate_chain::TargetError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// A branch label, or an id or prefix that stands for its lineage.
    pub branch: Option<String>,
    /// `None`: from what is current.
    pub symbol: Option<Symbol>,
    /// Steps up, or down when negative; 0 for none.
    pub offset: i64,
}

/// The fixed point of a target.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Symbol {
    /// A whole id, a unique prefix of one, or a branch label.
    Named(String),
    /// The one head.
    Head,
    /// Every head.
    Heads,
    /// Before the first revision.
    Base,
    /// What the database has recorded.
    Current,
}

impl Target {
    /// The head.
    pub const HEAD: Target = Target::of(Symbol::Head);
    /// Every head.
    pub const HEADS: Target = Target::of(Symbol::Heads);
    /// Before the first revision.
    pub const BASE: Target = Target::of(Symbol::Base);

    const fn of(symbol: Symbol) -> Target {
        Target {
            branch: None,
            symbol: Some(symbol),
            offset: 0,
        }
    }

    /// The revision of that id, label or prefix; unlike [`FromStr`], for text that is known to be one.
    pub fn named(id: impl Into<String>) -> Target {
        Target::of(Symbol::Named(id.into()))
    }

    /// True when it counts from what is current.
    pub fn is_relative_to_current(&self) -> bool {
        matches!(self.symbol, None | Some(Symbol::Current))
    }
}

/// As it is written.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(branch) = &self.branch {
            write!(f, "{branch}@")?;
        }
        match &self.symbol {
            None => {}
            Some(Symbol::Named(name)) => f.write_str(name)?,
            Some(Symbol::Head) => f.write_str("head")?,
            Some(Symbol::Heads) => f.write_str("heads")?,
            Some(Symbol::Base) => f.write_str("base")?,
            Some(Symbol::Current) => f.write_str("current")?,
        }
        match self.offset {
            0 => Ok(()),
            offset => write!(f, "{offset:+}"),
        }
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Target, TargetError> {
        let malformed = |why: String| {
            TargetError::new(TargetErrorKind::Malformed, format!("`{text}` is no target: {why}"))
                .help("a target is a revision id or a unique prefix, a branch label, head, heads, base or current, with steps up or down if wanted: head, ae10, +1, -1, ae10+2, billing@head")
        };
        if text.is_empty() {
            return Err(malformed("it is empty".to_owned()));
        }
        if text.contains(':') {
            return Err(malformed(
                "a range A:B goes with `--sql` or `history -r`".to_owned(),
            ));
        }
        let (branch, rest) = match text.split_once('@') {
            None => (None, text),
            Some((branch, rest)) => {
                id::check(branch).map_err(malformed)?;
                (Some(branch.to_owned()), rest)
            }
        };
        let (symbol, steps) = match rest.find(['+', '-']) {
            None => (rest, ""),
            Some(at) => rest.split_at(at),
        };
        let symbol = match symbol {
            "" => None,
            "head" => Some(Symbol::Head),
            "heads" => Some(Symbol::Heads),
            "base" => Some(Symbol::Base),
            "current" => Some(Symbol::Current),
            name => {
                id::check(name).map_err(malformed)?;
                Some(Symbol::Named(name.to_owned()))
            }
        };
        let offset = match steps {
            "" if symbol.is_none() => {
                return Err(malformed("a revision is missing after the `@`".to_owned()));
            }
            "" => 0,
            steps => {
                let digits = &steps[1..];
                if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(malformed(format!("`{steps}` is no number of steps")));
                }
                match steps.parse::<i32>() {
                    Ok(0) => return Err(malformed("zero steps lead nowhere".to_owned())),
                    Ok(offset) => i64::from(offset),
                    Err(_) => return Err(malformed(format!("`{steps}` steps are too many"))),
                }
            }
        };
        if offset != 0 && symbol == Some(Symbol::Heads) {
            return Err(malformed(
                "`heads` are several, so no steps count from them".to_owned(),
            ));
        }
        Ok(Target {
            branch,
            symbol,
            offset,
        })
    }
}

/// Why a target leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TargetError {
    /// What sort of mistake it is.
    pub kind: TargetErrorKind,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it, one hint a line.
    pub help: Vec<String>,
}

/// What sort of mistake a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TargetErrorKind {
    /// Not of the grammar, or not for this command: a usage error.
    Malformed,
    /// No revision or branch of that name.
    NotFound,
    /// Several revisions fit.
    Ambiguous,
    /// Fewer steps remain.
    TooFar,
    /// An upgrade to something below what is applied.
    AlreadyPast,
    /// A downgrade to something that is not applied.
    NotApplied,
}

impl TargetError {
    pub(crate) fn new(kind: TargetErrorKind, message: impl Into<String>) -> TargetError {
        TargetError {
            kind,
            message: message.into(),
            help: Vec::new(),
        }
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> TargetError {
        self.help.push(help.into());
        self
    }
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TargetError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for text in [
            "head",
            "heads",
            "base",
            "current",
            "ae10",
            "+2",
            "-1",
            "ae10+2",
            "head-1",
            "base+3",
            "billing@head",
            "billing@+1",
            "billing@-2",
            "current+1",
            "20",
            "12345678901234567890",
            "a.b_c",
            "billing@base+2",
        ] {
            let target: Target = text.parse().expect(text);
            assert_eq!(target.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_target_says_so() {
        for (text, why) in [
            ("", "it is empty"),
            ("+0", "zero steps"),
            ("-0", "zero steps"),
            ("+1x", "`+1x` is no number of steps"),
            ("+", "`+` is no number"),
            ("a+1+1", "`+1+1` is no number"),
            ("a-b", "`-b` is no number"),
            ("a:b", "a range"),
            ("@head", "can't be empty"),
            ("billing@", "missing after the `@`"),
            ("heads+1", "`heads` are several"),
            ("+99999999999", "too many"),
            ("é", "contains 'é'"),
            ("a b", "contains ' '"),
        ] {
            let error = text.parse::<Target>().unwrap_err();
            assert_eq!(error.kind, TargetErrorKind::Malformed);
            assert!(error.message.contains(why), "{text}: {error}");
        }
    }
}
