//! Indexes built by a statement that cannot be rolled back.

use super::words::Words;
use crate::Dialect;

/// What a statement builds without blocking writes. If it is interrupted an index stays behind that is not valid:
/// `pg_index.indisvalid` tells.
///
/// Names have the form in which the catalog holds them: bare ones in lower case, quotes taken off.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConcurrentIndex {
    /// What [`name`](Self::name) names.
    pub target: Concurrently,
    /// The schema, if the statement names one. `CREATE INDEX` has it with its table.
    pub schema: Option<String>,
    /// The index, table, schema or database.
    pub name: String,
    /// The table that `CREATE INDEX` names: with neither a schema, the index lies where this table is found.
    pub table: Option<String>,
}

/// The statements that build an index concurrently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Concurrently {
    /// `CREATE INDEX CONCURRENTLY`: an interrupted one leaves the index itself, not valid.
    Create,
    /// `REINDEX INDEX CONCURRENTLY`: an interrupted one leaves `NAME_ccnew` or `NAME_ccold`, not valid.
    ReindexIndex,
    /// `REINDEX TABLE CONCURRENTLY`, for each index of a table.
    ReindexTable,
    /// `REINDEX SCHEMA CONCURRENTLY`.
    ReindexSchema,
    /// `REINDEX DATABASE CONCURRENTLY`; the name is empty where the statement leaves it out.
    ReindexDatabase,
}

impl ConcurrentIndex {
    /// The name as SQL, quoted and with its schema if one is given.
    ///
    /// ```
    /// use migrate_chain::sql::concurrent_index;
    ///
    /// let index = concurrent_index("CREATE INDEX CONCURRENTLY Names ON app.users (name)").unwrap();
    /// assert_eq!(index.qualified(), r#""app"."names""#);
    /// ```
    pub fn qualified(&self) -> String {
        let quote = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        match &self.schema {
            Some(schema) => format!("{}.{}", quote(schema), quote(&self.name)),
            None => quote(&self.name),
        }
    }
}

/// The index that a PostgreSQL statement builds concurrently, if it is such a statement and names one.
///
/// ```
/// use migrate_chain::sql::{Concurrently, concurrent_index};
///
/// let index = concurrent_index("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"I\" ON ONLY app.t (a)").unwrap();
/// assert_eq!(index.target, Concurrently::Create);
/// assert_eq!((index.schema.as_deref(), index.name.as_str()), (Some("app"), "I"));
/// assert_eq!(index.table.as_deref(), Some("t"));
/// assert_eq!(concurrent_index("CREATE INDEX i ON t (a)"), None);
/// ```
pub fn concurrent_index(statement: &str) -> Option<ConcurrentIndex> {
    let tokens = Words::tokens_of(statement, Dialect::Postgres);
    let words = Words::new(statement, Dialect::Postgres, &tokens);
    created(&words).or_else(|| reindexed(&words))
}

/// The place behind `CREATE [UNIQUE] INDEX CONCURRENTLY [IF NOT EXISTS]`: that of the name.
pub(super) fn created_name(words: &Words<'_>) -> Option<usize> {
    let at = words.skip(1, "UNIQUE");
    let concurrently = words.is(0, "CREATE") && words.are(at, "INDEX CONCURRENTLY");
    concurrently.then(|| words.skip(at + 2, "IF NOT EXISTS"))
}

/// The options and the object of a `REINDEX`: whether it is concurrent, and the place of the kind of object.
pub(super) fn reindex(words: &Words<'_>) -> Option<(bool, usize)> {
    if !words.is(0, "REINDEX") {
        return None;
    }
    let kind = words.skip_parentheses(1);
    let option = (1..kind).find(|&at| {
        words.is(at, "CONCURRENTLY") && (words.symbol(at - 1, b'(') || words.symbol(at - 1, b','))
    });
    let option = option.is_some_and(|at| !is_false(words, at + 1));
    Some((option || words.is(kind + 1, "CONCURRENTLY"), kind))
}

/// Whether an option's value here turns it off, as `defGetBoolean()` reads it. Without a value an option is on.
pub(super) fn is_false(words: &Words<'_>, at: usize) -> bool {
    let value = words.literal(at).unwrap_or_else(|| words.text(at).into());
    ["false", "off", "0"]
        .iter()
        .any(|off| value.eq_ignore_ascii_case(off))
}

fn created(words: &Words<'_>) -> Option<ConcurrentIndex> {
    let at = created_name(words)?;
    // `ON` is a reserved word: an index that is called so has quotes.
    if words.is(at, "ON") || !words.is(at + 1, "ON") {
        return None;
    }
    let (table, _) = words.qualified(words.skip(at + 2, "ONLY"))?;
    Some(ConcurrentIndex {
        target: Concurrently::Create,
        schema: table.schema,
        name: words.identifier(at)?,
        table: Some(table.name),
    })
}

fn reindexed(words: &Words<'_>) -> Option<ConcurrentIndex> {
    let (true, kind) = reindex(words)? else {
        return None;
    };
    let target = match () {
        () if words.is(kind, "INDEX") => Concurrently::ReindexIndex,
        () if words.is(kind, "TABLE") => Concurrently::ReindexTable,
        () if words.is(kind, "SCHEMA") => Concurrently::ReindexSchema,
        () if words.is(kind, "DATABASE") => Concurrently::ReindexDatabase,
        () => return None,
    };
    let (schema, name) = match words.qualified(words.skip(kind + 1, "CONCURRENTLY")) {
        Some((name, _)) => (name.schema, name.name),
        None if target == Concurrently::ReindexDatabase => (None, String::new()),
        None => return None,
    };
    Some(ConcurrentIndex {
        target,
        schema,
        name,
        table: None,
    })
}
