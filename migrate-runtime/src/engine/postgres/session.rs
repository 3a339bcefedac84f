//! The session as the app gave it on PostgreSQL: what a script may change of it, and the statements that put it back.
//!
//! What differs from the server's, the database's and the role's own values is what the app has set (`source` of
//! `pg_settings`), so that much is read once a transaction, and everything else that a script sets goes back to those
//! values. `SET LOCAL` counts too: steps share a transaction.
#![cfg_attr(not(feature = "_postgres"), allow(dead_code))]

use migrate_chain::Dialect;
use migrate_chain::sql::{identifier, literal, statements};

use super::custom_settings;
use crate::{Error, ErrorKind, Result};

/// What a script may change of a session on PostgreSQL.
#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(crate) schema: Option<String>,
    user: String,
    role: String,
    /// What the app has set: a JSON object of names and values.
    settings: String,
    /// True when DDL may run code, too.
    has_event_triggers: bool,
    standard_conforming_strings: String,
    client_encoding: String,
    /// The limits that the engine sets, by name; in milliseconds.
    limits: Vec<(&'static str, u64)>,
    /// True once the limits stand above a value that was put back: the server would then take that for a value of the
    /// session's, where it may be the role's or the server's own.
    limits_are_above: bool,
    /// Settings that no list of the server's shows (`my.setting`), as they were before the scripts that name them.
    custom: Vec<(String, Option<String>)>,
}

/// How far the engine's own limits reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// To the end of the transaction.
    Transaction,
    /// To the end of the step, which has none.
    Session,
}

/// Settings that aren't the session's to keep: `BEGIN` sets them.
const OF_TRANSACTION: &str =
    "ARRAY['transaction_isolation', 'transaction_read_only', 'transaction_deferrable']";

/// What pg_dump sets to 0 at the top of a dump.
const TIMEOUTS: &str = "ARRAY['lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout', \
     'idle_session_timeout', 'transaction_timeout']";

/// What a role may set.
const SETTABLE: &str = "ARRAY['user', 'superuser']";

impl Session {
    /// What [`Session::of`] reads; in a statement of its own, before the engine sets anything. Where the run has `kept` what
    /// the app has set, the server isn't asked for it again: it lists its settings slowly, and each step has put them back.
    pub(crate) fn cells(kept: Option<&str>) -> String {
        let settings = match kept {
            Some(_) => "NULL".to_owned(),
            None => format!(
                "(SELECT pg_catalog.json_object_agg(s.name, s.setting) FROM pg_catalog.pg_settings AS s \
                 WHERE s.source OPERATOR(pg_catalog.=) 'session' AND s.context OPERATOR(pg_catalog.=) ANY ({SETTABLE}) \
                 AND s.name OPERATOR(pg_catalog.<>) ALL ({OF_TRANSACTION}))"
            ),
        };
        format!(
            "pg_catalog.current_schema(), session_user, pg_catalog.current_setting('role'), {settings}, \
             EXISTS (SELECT FROM pg_catalog.pg_event_trigger), \
             pg_catalog.current_setting('standard_conforming_strings'), \
             pg_catalog.current_setting('client_encoding')"
        )
    }

    /// How many they are.
    pub(crate) const CELLS: usize = 7;

    /// Reads a row that begins with them, and keeps what the app has set.
    pub(crate) fn of(row: crate::driver::Row<'_>, kept: &mut Option<String>) -> Session {
        let settings = kept.get_or_insert_with(|| row.get(3).unwrap_or("{}").to_owned());
        Session {
            schema: row.get(0).map(str::to_owned),
            user: row.text(1),
            role: row.text(2),
            settings: settings.clone(),
            has_event_triggers: row.get(4) == Some("t"),
            standard_conforming_strings: row.text(5),
            client_encoding: row.text(6),
            ..Session::default()
        }
    }

    /// Notes a limit that the engine sets for every step.
    pub(crate) fn limit(&mut self, name: &'static str, milliseconds: u64) {
        self.limits.push((name, milliseconds));
    }

    /// Whose rights count.
    pub(crate) fn acts_as(&self) -> &str {
        match self.role.as_str() {
            "none" | "" => &self.user,
            role => role,
        }
    }

    /// An error if the server would read a script otherwise than it was split and checked.
    pub(crate) fn reads_as_written(&self) -> Result<()> {
        let (what, help) = if self.standard_conforming_strings != "on" {
            (
                "`standard_conforming_strings` is off, so that `\\` in a string would mean something else than what was checked",
                "switch it on for the role that migrates: `ALTER ROLE .. SET standard_conforming_strings = on`; a string with escapes is written E'..'",
            )
        } else if self.client_encoding != "UTF8" {
            (
                "`client_encoding` is not UTF8, so that the server would read UTF-8 as something else",
                "leave it as the driver sets it, or `SET client_encoding = 'UTF8'` before the run",
            )
        } else {
            return Ok(());
        };
        Err(Error::new(
            ErrorKind::Database,
            format!("the session can't be migrated with: {what}"),
        )
        .with_note("nothing was changed")
        .with_help(help))
    }

    /// True when a script may leave the session otherwise than it found it.
    pub(crate) fn may_be_changed_by(&self, script: &str) -> bool {
        self.has_event_triggers || may_change_session(script)
    }

    /// The query for settings that a script names and no list of the server's shows, unless they are known.
    pub(crate) fn select_custom(&self, script: &str) -> Option<String> {
        let mut names = custom_settings::named(script);
        names.retain(|name| !self.custom.iter().any(|(known, _)| known == name));
        if names.is_empty() {
            return None;
        }
        let values: Vec<String> = names
            .iter()
            .map(|name| literal(Dialect::Postgres, name))
            .collect();
        Some(format!(
            "SELECT n, pg_catalog.current_setting(n, true) FROM pg_catalog.unnest(ARRAY[{}]) AS n",
            values.join(", ")
        ))
    }

    /// Keeps what [`Session::select_custom`] answered.
    pub(crate) fn keep_custom(&mut self, rows: &crate::driver::Rows) {
        for row in rows.iter() {
            let value = row.get(1).map(str::to_owned);
            self.custom.push((row.text(0), value));
        }
    }

    /// What puts the session back after a script, or after code of the app's (`None`); the engine's own limits hold on.
    pub(crate) fn restore_after(&mut self, script: Option<&str>, reach: Reach) -> String {
        self.limits_are_above = true;
        let mut sql = "SET statement_timeout = 0; ".to_owned();
        let mentions =
            |word: &str| script.is_none_or(|text| migrate_chain::sql::mentions(text, word));
        if mentions("role") || mentions("authorization") {
            // Whom the script has become may be allowed to take back what the app's own role may not.
            let able = "(now.context OPERATOR(pg_catalog.=) 'user' OR \
                 (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname OPERATOR(pg_catalog.=) current_user))";
            sql.push_str(&self.put_back(&format!("{CHANGED} AND {able}"), Some(reach)));
            sql.push_str("; ");
        }
        self.as_session_user(&mut sql, &self.put_back(CHANGED, Some(reach)));
        self.restore_custom(&mut sql, mentions);
        sql
    }

    /// What puts the session back before COMMIT; the engine's own limits end with the transaction.
    pub(crate) fn restore_at_commit(&self) -> String {
        if self.limits_are_above {
            return self.restore_at_the_end();
        }
        let mut sql = String::new();
        let names: Vec<&str> = self.limits.iter().map(|(name, _)| *name).collect();
        let changed = format!(
            "{CHANGED} AND now.name OPERATOR(pg_catalog.<>) ALL ('{{{}}}'::pg_catalog.text[])",
            names.join(",")
        );
        self.as_session_user(&mut sql, &self.put_back(&changed, None));
        sql
    }

    /// What puts the session back once no step runs any more.
    pub(crate) fn restore_at_the_end(&self) -> String {
        let mut sql = String::new();
        self.as_session_user(&mut sql, &self.put_back(CHANGED, None));
        self.restore_custom(&mut sql, |_| true);
        sql
    }

    /// Adds what puts those settings back that no list of the server's shows, if they are wanted. One that wasn't there
    /// reads as empty from now on, as after a ROLLBACK: the server forgets none.
    fn restore_custom(&self, sql: &mut String, is_wanted: impl Fn(&str) -> bool) {
        let wanted = self.custom.iter().filter(|(name, _)| is_wanted(name));
        let values: Vec<String> = wanted
            .map(|(name, value)| {
                format!(
                    "({}, {})",
                    literal(Dialect::Postgres, name),
                    literal(Dialect::Postgres, value.as_deref().unwrap_or_default())
                )
            })
            .collect();
        if !values.is_empty() {
            sql.push_str(&format!(
                "; SELECT pg_catalog.set_config(n.name, n.value, false) FROM (VALUES {}) AS n (name, value) \
                 WHERE pg_catalog.current_setting(n.name, true) OPERATOR(pg_catalog.<>) n.value",
                values.join(", ")
            ));
        }
    }

    /// Where pg_dump's preamble ends in a script that begins with one, and what takes back the timeouts that it lifts:
    /// nobody has decided that for this step.
    pub(crate) fn after_preamble(&self, script: &str, reach: Reach) -> Option<(usize, String)> {
        let end = preamble(script)?;
        let timeouts = format!("now.name OPERATOR(pg_catalog.=) ANY ({TIMEOUTS})");
        Some((end, self.put_back(&timeouts, Some(reach))))
    }

    /// Whoever the app is, for the engine's own statements in an open transaction.
    pub(crate) fn become_local(&self) -> String {
        become_local(&self.user, &self.role)
    }

    /// Runs a statement as the session's user, whom no role of a script's restricts, and takes the app's role again.
    fn as_session_user(&self, sql: &mut String, statement: &str) {
        sql.push_str(&format!(
            "SET SESSION AUTHORIZATION {}; SET ROLE NONE; {statement}",
            identifier(&self.user)
        ));
        if !matches!(self.role.as_str(), "none" | "") {
            sql.push_str(&format!("; SET ROLE {}", identifier(&self.role)));
        }
    }

    /// Puts back the settings for which a condition holds; `own`: and sets the engine's limits anew.
    fn put_back(&self, condition: &str, own: Option<Reach>) -> String {
        let settings = literal(Dialect::Postgres, &self.settings);
        match own {
            Some(reach) => put_back(&settings, &self.limits_as_json(), reach, condition),
            None => put_back(&settings, "{}", Reach::Transaction, condition),
        }
    }

    fn limits_as_json(&self) -> String {
        let each = self.limits.iter();
        let members: Vec<String> = each
            .map(|(name, limit)| format!("\"{name}\": \"{limit}\""))
            .collect();
        format!("{{{}}}", members.join(", "))
    }
}

/// Puts back the settings for which a condition holds, from an expression of what the app has set, and sets the engine's
/// limits anew, a JSON object like that.
fn put_back(settings: &str, limits: &str, reach: Reach, condition: &str) -> String {
    format!(
        "SELECT pg_catalog.set_config(now.name, app.value, false), CASE WHEN own.name IS NOT NULL \
         THEN pg_catalog.set_config(now.name, own.value, {}) END FROM pg_catalog.pg_settings AS now \
         LEFT JOIN pg_catalog.json_each_text({settings}) AS app (name, value) ON app.name OPERATOR(pg_catalog.=) now.name \
         LEFT JOIN pg_catalog.json_each_text('{limits}') AS own (name, value) ON own.name OPERATOR(pg_catalog.=) now.name \
         WHERE now.context OPERATOR(pg_catalog.=) ANY ({SETTABLE}) \
         AND now.name OPERATOR(pg_catalog.<>) ALL ({OF_TRANSACTION}) AND {condition}",
        reach == Reach::Transaction,
    )
}

/// A script for psql keeps the session in settings of its own (`migrate.*`), because it knows nothing of it.
pub(crate) mod offline {
    use migrate_chain::Dialect;
    use migrate_chain::sql::literal;

    use super::{CHANGED, OF_TRANSACTION, Reach, SETTABLE, TIMEOUTS, preamble, put_back};

    const SETTINGS: &str = "pg_catalog.current_setting('migrate.settings')::pg_catalog.json";

    /// Keeps what the session is, and the settings of these names that no list of the server's shows.
    pub(crate) fn keep(custom: &[String]) -> String {
        let custom: Vec<String> = custom
            .iter()
            .map(|name| literal(Dialect::Postgres, name))
            .collect();
        format!(
            "SELECT pg_catalog.set_config('migrate.user', session_user::pg_catalog.text, false), \
             pg_catalog.set_config('migrate.role', pg_catalog.current_setting('role'), false), \
             pg_catalog.set_config('migrate.search_path', pg_catalog.current_setting('search_path'), false), \
             pg_catalog.set_config('migrate.settings', coalesce((SELECT pg_catalog.json_object_agg(s.name, s.setting)::pg_catalog.text \
             FROM pg_catalog.pg_settings AS s WHERE s.source OPERATOR(pg_catalog.=) 'session' \
             AND s.context OPERATOR(pg_catalog.=) ANY ({SETTABLE}) \
             AND s.name OPERATOR(pg_catalog.<>) ALL ({OF_TRANSACTION})), '{{}}'), false), \
             pg_catalog.set_config('migrate.custom', coalesce((SELECT pg_catalog.json_object_agg(n, coalesce(pg_catalog.current_setting(n, true), ''))::pg_catalog.text \
             FROM pg_catalog.unnest(ARRAY[{}]::pg_catalog.text[]) AS n), '{{}}'), false);\n",
            custom.join(", ")
        )
    }

    /// Puts the session back after a step.
    pub(crate) fn restore() -> String {
        // Whom the script has become may be allowed to take back what the session's own role may not.
        let able = "(now.context OPERATOR(pg_catalog.=) 'user' OR \
             (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname OPERATOR(pg_catalog.=) current_user))";
        let as_the_script = put_back(
            SETTINGS,
            "{}",
            Reach::Session,
            &format!("{CHANGED} AND {able}"),
        );
        let rest = put_back(SETTINGS, "{}", Reach::Session, CHANGED);
        format!(
            "SET statement_timeout = 0;\n{as_the_script};\nSET SESSION AUTHORIZATION DEFAULT;\n\
             SELECT pg_catalog.set_config('session_authorization', pg_catalog.current_setting('migrate.user'), false);\n\
             SET ROLE NONE;\n{rest};\n\
             SELECT pg_catalog.set_config('role', pg_catalog.current_setting('migrate.role'), false);\n\
             SELECT pg_catalog.set_config(n.name, n.value, false) \
             FROM pg_catalog.json_each_text(pg_catalog.current_setting('migrate.custom')::pg_catalog.json) AS n (name, value) \
             WHERE pg_catalog.current_setting(n.name, true) OPERATOR(pg_catalog.<>) n.value;\n"
        )
    }

    /// Has the statements that follow in an open transaction run as whoever runs the script, with their search path.
    pub(crate) fn as_the_user() -> &'static str {
        "SET LOCAL SESSION AUTHORIZATION DEFAULT;\n\
         SELECT pg_catalog.set_config('session_authorization', pg_catalog.current_setting('migrate.user'), true);\n\
         SELECT pg_catalog.set_config('role', pg_catalog.current_setting('migrate.role'), true), \
         pg_catalog.set_config('search_path', pg_catalog.current_setting('migrate.search_path'), true);\n"
    }

    /// Where pg_dump's preamble ends in a script that begins with one, and what takes back the timeouts that it lifts.
    pub(crate) fn after_preamble(script: &str) -> Option<(usize, String)> {
        let timeouts = format!("now.name OPERATOR(pg_catalog.=) ANY ({TIMEOUTS})");
        let sql = put_back(SETTINGS, "{}", Reach::Session, &timeouts);
        Some((preamble(script)?, format!("{sql};\n")))
    }
}

/// True of a setting that isn't as the app gave it.
const CHANGED: &str = "CASE WHEN app.name IS NULL THEN now.source OPERATOR(pg_catalog.=) 'session' \
     ELSE own.name IS NOT NULL OR now.source OPERATOR(pg_catalog.<>) 'session' \
     OR now.setting OPERATOR(pg_catalog.<>) app.value END";

/// Becomes somebody until the transaction ends.
pub(crate) fn become_local(user: &str, role: &str) -> String {
    let set_role = match role {
        "none" | "" => "NONE".to_owned(),
        role => identifier(role),
    };
    format!(
        "SET LOCAL SESSION AUTHORIZATION {}; SET LOCAL ROLE {set_role}; ",
        identifier(user)
    )
}

/// Where the settings at the top of pg_dump's output end.
fn preamble(script: &str) -> Option<usize> {
    let mut end = 0;
    let mut found = [false; 3];
    for statement in statements(script, Dialect::Postgres) {
        let text = script.get(statement.range.clone()).unwrap_or("");
        let begins = |with: &str| {
            text.get(..with.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(with))
        };
        let marks = [
            begins("SET statement_timeout = 0"),
            begins("SET lock_timeout = 0"),
            begins("SELECT pg_catalog.set_config('search_path', ''"),
        ];
        if !begins("SET ") && !marks[2] {
            break;
        }
        for (found, mark) in found.iter_mut().zip(marks) {
            *found |= mark;
        }
        end = statement.range.end;
    }
    (found == [true; 3]).then_some(end)
}

/// True when a script may leave the session otherwise than it found it: it says so, or it calls or fires what may do
/// anything. A word too many costs a statement, so strings and comments count.
pub(crate) fn may_change_session(script: &str) -> bool {
    const WORDS: [&str; 18] = [
        "set",
        "reset",
        "discard",
        "set_config",
        "role",
        "authorization",
        "select",
        "perform",
        "call",
        "execute",
        "do",
        "insert",
        "update",
        "delete",
        "merge",
        "copy",
        "refresh",
        "using",
    ];
    script
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .any(|word| WORDS.iter().any(|one| word.eq_ignore_ascii_case(one)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_change_a_session_is_known_by_its_words() {
        for script in [
            "SET DateStyle = 'ISO, DMY'",
            "reset all",
            "SELECT f()",
            "INSERT INTO t VALUES (1)",
            "DO $$ BEGIN NULL; END $$",
            "CALL p()",
        ] {
            assert!(may_change_session(script), "{script}");
        }
        for script in [
            "CREATE TABLE settings (role_id integer, updated_at date, domain text);",
            "DROP TABLE t",
            "CREATE INDEX i ON t (x)",
        ] {
            assert!(!may_change_session(script), "{script}");
        }
    }

    #[test]
    fn a_preamble_ends_where_its_settings_do() {
        let dump = "--\n-- PostgreSQL database dump\n--\n\nSET statement_timeout = 0;\nSET lock_timeout = 0;\n\
             SELECT pg_catalog.set_config('search_path', '', false);\nSET row_security = off;\nCREATE TABLE t ();\nSET a = 0;";
        let end = preamble(dump).unwrap();
        assert!(dump[..end].ends_with("SET row_security = off;"));
        assert_eq!(preamble("SET statement_timeout = 0; SELECT 1"), None);
        assert_eq!(preamble(""), None);
    }
}
