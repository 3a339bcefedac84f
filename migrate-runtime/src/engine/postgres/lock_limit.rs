//! How long a statement may wait for a lock: what becomes of PostgreSQL's `lock_timeout`.
//!
//! Whoever waits for an ACCESS EXCLUSIVE lock keeps out everyone who comes later, reads too: a long query of one client
//! and an `ALTER TABLE` behind it stall the whole app. So such a statement waits for a short [`TRY`]; then its
//! transaction is rolled back, which lets the others through, and repeated as long as `lock_wait` allows.
//!
//! A statement that changes rows waits for rows, which keeps nobody else out, and what it has done so far is worth more
//! than a short try. It may wait as long as `lock_wait` allows, unless its transaction holds a lock already that readers
//! mind: then its wait is theirs.
//!
//! All of that holds unless the caller names a limit, or the session has one of its own.

use std::time::Duration;

use migrate_chain::sql::mentions;

/// How long one try waits where nobody said otherwise.
pub(crate) const TRY: Duration = Duration::from_secs(2);

/// A cell of a SELECT that lifts a role's limit on whole transactions, which servers have from 17 on.
pub(crate) const NO_TRANSACTION_TIMEOUT: &str = "CASE WHEN pg_catalog.current_setting('server_version_num')::integer OPERATOR(pg_catalog.>=) 170000 \
     THEN pg_catalog.set_config('transaction_timeout', '0', true) END";

/// The limits of the transaction that is open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LockLimits {
    /// How long a statement may wait.
    short: Duration,
    /// How long a statement that changes rows may wait, where that is longer.
    long: Option<Duration>,
    /// True where neither the caller nor the session has named a limit.
    is_ours: bool,
    /// True once a statement may have taken a lock that readers mind.
    keeps_out: bool,
    /// True while a step outside a transaction runs that names a limit.
    is_of_the_script: bool,
}

impl Default for LockLimits {
    fn default() -> LockLimits {
        LockLimits {
            short: TRY,
            long: None,
            is_ours: false,
            keeps_out: false,
            is_of_the_script: false,
        }
    }
}

/// What is sent to limit the statements of a transaction.
pub(crate) struct LimitSql {
    /// Before the first statement that touches a table.
    pub(crate) first: String,
    /// A cell of a SELECT before that: not NULL where the limit is ours and not the session's.
    pub(crate) cell: String,
    /// After the last statement of the engine's.
    pub(crate) last: String,
    short: Duration,
    long: Duration,
}

impl LimitSql {
    /// For a `lock_timeout` of the caller's, or none, and what is left of `lock_wait`.
    pub(crate) fn new(named: Option<Duration>, left: Duration) -> LimitSql {
        // 0 would be no limit.
        let least = Duration::from_millis(1);
        let try_once = TRY.min(left).max(least);
        match named {
            Some(named) => {
                let limit = if named.is_zero() {
                    named
                } else {
                    named.min(left).max(least)
                };
                LimitSql {
                    first: set_local(try_once),
                    cell: "NULL".to_owned(),
                    last: set_local(limit),
                    short: limit,
                    long: limit,
                }
            }
            None => LimitSql {
                first: String::new(),
                cell: format!(
                    "CASE WHEN pg_catalog.current_setting('lock_timeout') OPERATOR(pg_catalog.=) '0' \
                     THEN pg_catalog.set_config('lock_timeout', '{}', true) END",
                    milliseconds(try_once)
                ),
                last: String::new(),
                short: try_once,
                long: left,
            },
        }
    }

    /// The limits once it was sent; `is_ours`: what the cell answered.
    pub(crate) fn limits(&self, is_ours: bool) -> LockLimits {
        LockLimits {
            short: self.short,
            long: Some(self.long).filter(|long| is_ours && *long > self.short),
            is_ours,
            keeps_out: false,
            is_of_the_script: false,
        }
    }
}

/// How a statement waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    Short,
    /// The statement waits for rows.
    Long,
}

impl LockLimits {
    /// True where neither the caller nor the session has named a limit, nor the script of a step outside a transaction.
    pub(super) fn is_ours(&self) -> bool {
        self.is_ours && !self.is_of_the_script
    }

    /// A step outside a transaction begins: a limit that its script names holds for all of its statements.
    pub(super) fn leave_to(&mut self, script: &str) {
        self.is_of_the_script = sets_own_limit(script);
    }

    /// True while the limit is the script's.
    pub(super) fn is_of_the_script(&self) -> bool {
        self.is_of_the_script
    }

    /// How long a statement may wait that has this patience.
    pub(super) fn of(&self, patience: Patience) -> Duration {
        match (patience, self.long) {
            (Patience::Long, Some(long)) => long,
            _ => self.short,
        }
    }

    /// How the next statement of the transaction waits.
    pub(super) fn next(&mut self, statement: &str) -> Patience {
        if self.long.is_none() {
            return Patience::Short;
        }
        let is_patient = changes_rows(statement);
        if !is_patient && may_keep_out(statement) {
            self.keeps_out = true;
        }
        if is_patient && !self.keeps_out {
            Patience::Long
        } else {
            Patience::Short
        }
    }

    /// Changes over to another limit.
    pub(super) fn set(&self, patience: Patience) -> String {
        set_local(self.of(patience))
    }
}

/// No time at all is no limit, as PostgreSQL means it.
fn set_local(limit: Duration) -> String {
    format!("SET LOCAL lock_timeout = {};\n", milliseconds(limit))
}

/// Limits what the engine itself waits for a table of its own, up to the end of the transaction.
pub(crate) fn limited(limit: Duration) -> String {
    set_local(limit.max(Duration::from_millis(1)))
}

/// A read outside a transaction, as one message that limits what it waits for a table. Should the caller have begun a
/// transaction unseen, its limit is put back.
#[cfg_attr(
    not(any(
        feature = "postgres",
        feature = "tokio-postgres",
        feature = "sqlx-postgres",
        feature = "sqlx-0_8-postgres"
    )),
    allow(dead_code)
)]
pub(crate) fn limited_read(sql: &str, limit: Duration) -> String {
    let limit = milliseconds(limit.max(Duration::from_millis(1)));
    // Settings that are made without a row.
    let set = |name: &str, value: &str| {
        format!("SELECT WHERE pg_catalog.set_config('{name}', {value}, true) IS NULL")
    };
    [
        set(
            "migrate.lock_timeout",
            "pg_catalog.current_setting('lock_timeout')",
        ),
        set("lock_timeout", &format!("'{limit}'")),
        sql.to_owned(),
        set(
            "lock_timeout",
            "pg_catalog.current_setting('migrate.lock_timeout')",
        ),
    ]
    .join(";\n")
}

/// As PostgreSQL takes it: 0 is no limit, and less than a millisecond is one.
pub(crate) fn milliseconds(limit: Duration) -> u64 {
    if limit.is_zero() {
        0
    } else {
        u64::try_from(limit.as_millis()).unwrap_or(u64::MAX).max(1)
    }
}

/// True for a statement that waits for rows, if for anything.
fn changes_rows(statement: &str) -> bool {
    let first = word(statement);
    ["INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "WITH"]
        .iter()
        .any(|known| first.eq_ignore_ascii_case(known))
}

/// True for a statement that may take a lock which readers mind, or call what does.
fn may_keep_out(statement: &str) -> bool {
    let first = word(statement);
    // What is made new, nobody else sees yet; the rest of these only looks, or says something to the session.
    let is_harmless = [
        "SELECT",
        "SET",
        "RESET",
        "SHOW",
        "COMMENT",
        "GRANT",
        "REVOKE",
        "ANALYZE",
        "PREPARE",
        "DEALLOCATE",
        "NOTIFY",
        "SAVEPOINT",
        "RELEASE",
        "VALUES",
        "EXPLAIN",
    ]
    .iter()
    .any(|known| first.eq_ignore_ascii_case(known));
    let creates = first.eq_ignore_ascii_case("CREATE")
        && ![
            "index",
            "trigger",
            "rule",
            "policy",
            "partition",
            "references",
        ]
        .iter()
        .any(|word| mentions(statement, word));
    !is_harmless && !creates
}

/// The word that a statement begins with.
fn word(statement: &str) -> &str {
    let end = statement.find(|c: char| !c.is_ascii_alphabetic());
    statement
        .get(..end.unwrap_or(statement.len()))
        .unwrap_or("")
}

/// True for a statement outside a transaction whose wait keeps nobody out, and which leaves something half done when it is
/// cut short: an INVALID index, a partition that is half detached.
pub(crate) fn waits_harmlessly(statement: &str) -> bool {
    mentions(statement, "concurrently")
}

/// True for a statement after which the limit is the script's own.
pub(super) fn sets_own_limit(statement: &str) -> bool {
    mentions(statement, "lock_timeout")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> LockLimits {
        LimitSql::new(None, Duration::from_secs(60)).limits(true)
    }

    #[test]
    fn rows_are_awaited_longer_until_a_lock_is_held() {
        let mut limits = limits();
        for (statement, expected) in [
            ("CREATE TABLE a (x int)", Patience::Short),
            ("update a set x = 1", Patience::Long),
            ("SELECT 1", Patience::Short),
            (
                "WITH b AS (SELECT 1) INSERT INTO a SELECT * FROM b",
                Patience::Long,
            ),
            ("ALTER TABLE a ADD y int", Patience::Short),
            ("UPDATE a SET x = 1", Patience::Short),
        ] {
            assert_eq!(limits.next(statement), expected, "{statement}");
        }
    }

    #[test]
    fn a_limit_of_the_callers_or_the_sessions_is_the_limit_of_all() {
        let left = Duration::from_secs(60);
        let named = LimitSql::new(Some(Duration::from_millis(50)), left);
        assert_eq!(named.last, "SET LOCAL lock_timeout = 50;\n");
        assert_eq!(named.limits(false).next("UPDATE a"), Patience::Short);
        let none = LimitSql::new(Some(Duration::ZERO), left);
        assert_eq!(none.last, "SET LOCAL lock_timeout = 0;\n");
        assert_eq!(none.first, "SET LOCAL lock_timeout = 2000;\n");
        let of_session = LimitSql::new(None, left).limits(false);
        assert_eq!(of_session.of(Patience::Long), TRY);
    }

    #[test]
    fn nothing_waits_longer_than_what_is_left() {
        let left = Duration::from_millis(300);
        let sql = LimitSql::new(None, left);
        assert_eq!(sql.limits(true).of(Patience::Long), left);
        let sql = LimitSql::new(Some(Duration::from_secs(9)), left);
        assert_eq!(sql.last, "SET LOCAL lock_timeout = 300;\n");
        let sql = LimitSql::new(None, Duration::ZERO);
        assert!(
            sql.cell.contains("'lock_timeout', '1', true"),
            "{}",
            sql.cell
        );
    }
}
