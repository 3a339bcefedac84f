use std::error::Error as StdError;
use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::ErrorKind;

/// What a database said, whichever driver brought it. Boxed: nearly every function of the engine can
/// return one, and what it would take up on the way is taken up by each.
#[derive(Debug)]
pub struct DbError(Box<Said>);

#[derive(Debug)]
pub struct Said {
    pub(crate) class: Class,
    /// SQLSTATE, where the database has it.
    pub(crate) code: Option<String>,
    /// Where in the text that was sent, in characters from 1.
    #[cfg_attr(not(feature = "_postgres"), allow(dead_code))]
    pub(crate) position: Option<usize>,
    message: String,
}

/// The errors that the engine treats in a way of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// No such table, column or schema.
    Missing,
    /// The role lacks a privilege.
    Privilege,
    /// Locked by another connection, or not obtained in time: worth another try.
    Busy,
    /// A deadlock or a serialization failure: the whole transaction is worth another try.
    #[cfg_attr(
        not(any(feature = "postgres", feature = "tokio-postgres")),
        allow(dead_code)
    )]
    Retry,
    /// The database, or the transaction, is read-only.
    ReadOnly,
    /// A statement in a transaction that has failed already.
    InFailedTransaction,
    /// The connection is gone, so what became of the statement is unknown.
    Lost,
    Other,
}

impl DbError {
    /// `message` is all that the database said: the driver's own error adds nothing to it.
    pub(crate) fn new(class: Class, message: String) -> DbError {
        DbError(Box::new(Said {
            class,
            code: None,
            position: None,
            message,
        }))
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        match self.class {
            Class::Privilege => ErrorKind::Privilege,
            Class::Busy => ErrorKind::Locked,
            Class::ReadOnly => ErrorKind::ReadOnly,
            Class::InFailedTransaction => ErrorKind::InTransaction,
            Class::Missing | Class::Retry | Class::Lost | Class::Other => ErrorKind::Database,
        }
    }

    /// What to do about errors that a plan of many steps causes.
    pub(crate) fn hint(&self) -> Option<String> {
        if self.class == Class::Busy {
            return Some(
                "wait for what holds it to finish, or allow more time with `lock_wait`".to_owned(),
            );
        }
        #[cfg(feature = "_postgres")]
        return self.hint_of_the_server();
        #[cfg(not(feature = "_postgres"))]
        None
    }

    /// What to do about errors that PostgreSQL has codes or words for.
    #[cfg(feature = "_postgres")]
    fn hint_of_the_server(&self) -> Option<String> {
        let own = "give the step a transaction of its own: `-- upgrade (own transaction)`";
        if self.code.as_deref() == Some("57014") && self.message.contains("statement timeout") {
            return Some(
                "allow more time with `statement_timeout`, which the migrator, a flag, migrate.toml or the server's settings give"
                    .to_owned(),
            );
        }
        if self.message.contains("statement pooling mode") {
            return Some(format!("the pooler is in statement mode: {OTHER_POOL}"));
        }
        match self.code.as_deref() {
            Some("55006") => Some(format!(
                "rows changed earlier in this transaction still wait for their triggers: {own}"
            )),
            Some("55P04") => Some(format!(
                "a new enum value can be used only after a commit: {own}, after the revision that adds it"
            )),
            Some("53200") => Some(format!(
                "too many locks in one transaction: {own}, or raise max_locks_per_transaction"
            )),
            _ => None,
        }
    }
}

/// The cure for a pooler in which nothing can be a transaction.
const OTHER_POOL: &str = "connect directly, or through a pool in `transaction` or `session` mode";

impl DbError {
    /// What to do where a transaction could not be begun.
    pub(crate) fn hint_of_begin(&self) -> Option<String> {
        // The blocking driver loses the last words of a connection that is closed.
        let is_wordless = self.class == Class::Lost && self.code.is_none();
        is_wordless.then(|| {
            format!(
                "if there is a pooler, is it in statement mode (`pool_mode` of PgBouncer)? It closes a connection that \
                 begins a transaction: {OTHER_POOL}"
            )
        })
    }
}

impl Deref for DbError {
    type Target = Said;

    fn deref(&self) -> &Said {
        &self.0
    }
}

impl DerefMut for DbError {
    fn deref_mut(&mut self) -> &mut Said {
        &mut self.0
    }
}

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for DbError {}
