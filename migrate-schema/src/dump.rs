//! The schema of a database as the statements that make it: what a baseline and a squash say.
//!
//! Nothing is made of models here: the database's own words are kept, so that views, triggers, policies, functions and
//! partitions are in it as they stand.

use migrate_chain::Dialect;
use migrate_chain::sql::{TokenKind, statements, tokens};

use crate::introspect::Ignore;
use crate::{Error, Result};

/// The statements that make the `main` database of a connection, in the order in which they were run.
///
/// # Errors
///
/// What the database said.
#[cfg(feature = "rusqlite")]
pub fn sqlite(conn: &rusqlite::Connection, ignore: &Ignore) -> Result<String> {
    let cant = |error| Error::new("can't read the schema").with_source(error);
    // What a virtual table keeps its content in is made by its own statement.
    let mut query = conn
        .prepare(
            "SELECT s.name, s.tbl_name, s.sql FROM main.sqlite_schema AS s \
             LEFT JOIN pragma_table_list AS l ON l.schema = 'main' AND l.name = s.tbl_name AND s.type <> 'view' \
             WHERE s.sql IS NOT NULL AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND coalesce(l.type, '') <> 'shadow' \
             ORDER BY s.rowid",
        )
        .map_err(cant)?;
    let rows = query
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?))
        })
        .map_err(cant)?;
    let mut texts = Vec::new();
    for row in rows {
        let (name, table, sql): (String, String, String) = row.map_err(cant)?;
        if !ignore.contains(&name) && !ignore.contains(&table) {
            texts.push(ended(&sql));
        }
    }
    Ok(texts.join("\n\n"))
}

/// The statements that make a PostgreSQL database, as `pg_dump` of the highest version on this machine writes them, without
/// owners, privileges, and what only sets up the session. What lies in `ignore` is left out by its name in any schema.
///
/// # Errors
///
/// `pg_dump` is not installed, is older than the server, or can't connect.
#[cfg(feature = "postgres")]
pub fn postgres(config: &postgres::Config, ignore: &Ignore, left_out: &[&str]) -> Result<String> {
    schema(config, ignore, left_out, &["-x"])
}

/// The statements that make a scratch database again, privileges included, wherever its default schema is: what lies in
/// `public` is named without it.
///
/// # Errors
///
/// The errors of [`postgres()`].
#[cfg(feature = "postgres")]
pub(crate) fn scratch(config: &postgres::Config, ignore: &Ignore) -> Result<String> {
    Ok(unqualified(&schema(config, ignore, &[], &[])?))
}

#[cfg(feature = "postgres")]
fn schema(
    config: &postgres::Config,
    ignore: &Ignore,
    left_out: &[&str],
    more: &[&str],
) -> Result<String> {
    let mut dump = pg_dump(config)?;
    dump.args(["-s", "-O"]).args(more);
    let prefix = ignore.tables_prefix();
    let own = ["revision", "log", "in_progress", "setting"].map(|name| format!("{prefix}_{name}"));
    for name in own
        .iter()
        .map(String::as_str)
        .chain(left_out.iter().copied())
    {
        dump.arg(format!(
            "--exclude-table=*.\"{}\"",
            name.replace('"', "\"\"")
        ));
    }
    let text = without_session(&written(dump)?);
    // A function stands above the tables that its body names.
    let has_functions = statements(&text, Dialect::Postgres).any(|statement| {
        let head = text.get(statement.range).unwrap_or_default();
        head.starts_with("CREATE FUNCTION ") || head.starts_with("CREATE PROCEDURE ")
    });
    Ok(if has_functions {
        format!("SET LOCAL check_function_bodies = off;\n\n{text}")
    } else {
        text
    })
}

/// The script without `public.` in front of names, and of those that a constant of type regclass holds.
#[cfg_attr(not(feature = "postgres"), allow(dead_code))]
fn unqualified(script: &str) -> String {
    let Some(tokens) = tokens(script, Dialect::Postgres) else {
        return script.to_owned();
    };
    let text = |at: usize| {
        let token = tokens.get(at);
        token
            .and_then(|token| script.get(token.start..token.end))
            .unwrap_or_default()
    };
    let mut out = String::with_capacity(script.len());
    let mut end = 0;
    for (at, token) in tokens.iter().enumerate() {
        let is_schema =
            text(at) == "public" && text(at + 1) == "." && (at == 0 || text(at - 1) != ".");
        let is_constant = text(at).starts_with("'public.") && text(at + 3) == "regclass";
        if is_schema {
            out.push_str(script.get(end..token.start).unwrap_or_default());
            end = tokens.get(at + 1).map_or(token.end, |dot| dot.end);
        } else if is_constant {
            out.push_str(script.get(end..=token.start).unwrap_or_default());
            end = token.start + "'public.".len();
        }
    }
    out.push_str(script.get(end..).unwrap_or_default());
    out
}

/// The rows of some tables of a PostgreSQL database, as INSERT statements.
///
/// # Errors
///
/// The errors of [`postgres()`], and a table that isn't there.
#[cfg(feature = "postgres")]
pub fn postgres_rows(config: &postgres::Config, tables: &[String]) -> Result<String> {
    if tables.is_empty() {
        return Ok(String::new());
    }
    let mut dump = pg_dump(config)?;
    dump.args(["-a", "-O", "-x", "--column-inserts", "--strict-names"]);
    dump.args(tables.iter().map(|table| format!("--table={table}")));
    Ok(without_session(&written(dump)?))
}

/// The rows of some tables of a SQLite database, as INSERT statements.
///
/// # Errors
///
/// A table isn't there.
#[cfg(feature = "rusqlite")]
pub fn sqlite_rows(conn: &rusqlite::Connection, tables: &[String]) -> Result<String> {
    use migrate_chain::sql::{identifier, literal};
    let mut texts = Vec::new();
    for table in tables {
        let cant = |error| Error::new(format!("can't read the rows of {table}")).with_source(error);
        let name = identifier(table);
        // What is computed takes no value.
        let mut columns = conn
            .prepare("SELECT name FROM pragma_table_xinfo(?1) WHERE hidden = 0 ORDER BY cid")
            .map_err(cant)?;
        let columns: Vec<String> = columns
            .query_map([table], |row| row.get(0))
            .and_then(Iterator::collect)
            .map_err(cant)?;
        if columns.is_empty() {
            return Err(Error::new(format!("there is no table {table}")));
        }
        let names: Vec<String> = columns.iter().map(|column| identifier(column)).collect();
        let values: Vec<String> = names.iter().map(|name| format!("quote({name})")).collect();
        let head = format!("INSERT INTO {name} ({}) VALUES (", names.join(", "));
        let sql = format!(
            "SELECT {} || {} || ');' FROM {name} ORDER BY {}",
            literal(Dialect::Sqlite, &head),
            values.join(" || ', ' || "),
            names.join(", ")
        );
        let mut query = conn.prepare(&sql).map_err(cant)?;
        let rows = query
            .query_map([], |row| row.get::<_, String>(0))
            .map_err(cant)?;
        let rows: Vec<String> = rows.collect::<Result<_, _>>().map_err(cant)?;
        texts.push(rows.join("\n"));
    }
    Ok(texts.join("\n\n"))
}

/// `pg_dump`, told where the database is.
#[cfg(feature = "postgres")]
fn pg_dump(config: &postgres::Config) -> Result<std::process::Command> {
    use migrate_scratch::requirement;
    use postgres::config::{Host, SslMode};
    // Beside the newest server, which also reads older ones.
    let beside = (requirement::POSTGRES.find())
        .and_then(|initdb| Some(initdb.parent()?.join("pg_dump")))
        .filter(|file| file.is_file());
    let program = beside.or_else(|| requirement::on_path("pg_dump")).ok_or_else(|| {
        Error::new("`pg_dump`, which writes what a PostgreSQL database is made of, is not installed")
            .with_help("install PostgreSQL's client programs (Debian: `apt-get install postgresql-client`)")
    })?;
    let mut command = std::process::Command::new(program);
    if let Some(host) = config.get_hosts().first() {
        match host {
            Host::Tcp(name) => command.arg("-h").arg(name),
            #[cfg(unix)]
            Host::Unix(path) => command.arg("-h").arg(path),
        };
    }
    if let Some(port) = config.get_ports().first() {
        command.args(["-p", &port.to_string()]);
    }
    if let Some(user) = config.get_user() {
        command.args(["-U", user]);
    }
    if let Some(database) = config.get_dbname() {
        command.args(["-d", database]);
    }
    if let Some(password) = config.get_password() {
        command.env("PGPASSWORD", String::from_utf8_lossy(password).into_owned());
    }
    let mode = match config.get_ssl_mode() {
        SslMode::Disable => "disable",
        SslMode::Require => "require",
        _ => "prefer",
    };
    command.env("PGSSLMODE", mode).arg("--no-password");
    Ok(command)
}

#[cfg(feature = "postgres")]
fn written(mut command: std::process::Command) -> Result<String> {
    let output = command
        .output()
        .map_err(|error| Error::new("can't start `pg_dump`").with_source(error))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Error::new(format!("`pg_dump` fails: {}", said.trim())));
    }
    String::from_utf8(output.stdout)
        .map_err(|error| Error::new("the schema is not in UTF-8").with_source(error))
}

/// The statements of a script, one below the other, without comments between them, lines for psql, and those that only
/// set up the session.
#[cfg_attr(not(feature = "postgres"), allow(dead_code))]
fn without_session(script: &str) -> String {
    let texts = statements(script, Dialect::Postgres)
        .map(|statement| &script[statement.range])
        .filter(|text| {
            let tokens = tokens(text, Dialect::Postgres).unwrap_or_default();
            let mut words = (tokens.iter())
                .filter(|token| token.kind != TokenKind::Symbol(b'.'))
                .map(|token| text.get(token.start..token.end).unwrap_or_default());
            let mut word = || words.next().unwrap_or_default().to_ascii_lowercase();
            let is_setting = match word().as_str() {
                "set" => true,
                "select" => {
                    let first = word();
                    first == "set_config" || (first == "pg_catalog" && word() == "set_config")
                }
                _ => false,
            };
            !is_setting
        });
    texts.map(ended).collect::<Vec<_>>().join("\n\n")
}

/// A schema, and the rows that belong to it.
pub fn joined(schema: &str, rows: &str) -> String {
    let texts = [schema, rows].into_iter().filter(|text| !text.is_empty());
    texts
        .map(|text| format!("{text}\n"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn ended(statement: &str) -> String {
    let text = statement.trim_end();
    // A comment would hide what stands behind it in its line.
    let last = text.lines().next_back().unwrap_or_default();
    match text.ends_with(';') {
        true => text.to_owned(),
        false if last.contains("--") => format!("{text}\n;"),
        false => format!("{text};"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sets_up_the_session_is_left_out() {
        let dump = "\\restrict x\n-- dumped\nSET statement_timeout = 0;\n\
            SELECT pg_catalog.set_config('search_path', '', false);\n\n\
            CREATE FUNCTION public.f() RETURNS void LANGUAGE sql AS $$\nSET x = 1;\n$$;\n\
            SET default_tablespace = '';\n--\n-- Name: t\n--\nCREATE TABLE public.t (a integer);\n\\unrestrict x\n";
        assert_eq!(
            without_session(dump),
            "CREATE FUNCTION public.f() RETURNS void LANGUAGE sql AS $$\nSET x = 1;\n$$;\n\nCREATE TABLE public.t (a integer);"
        );
    }

    #[test]
    fn names_lose_the_default_schema() {
        let dump = "CREATE TABLE public.t (a integer DEFAULT nextval('public.s'::regclass), b text DEFAULT 'public.x'::text);\n\
            CREATE FUNCTION public.f() RETURNS void LANGUAGE sql AS $$ SELECT public.g() $$;\n\
            CREATE VIEW core.v AS SELECT t.a FROM public.t, other.public.x;";
        let plain = "CREATE TABLE t (a integer DEFAULT nextval('s'::regclass), b text DEFAULT 'public.x'::text);\n\
            CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ SELECT public.g() $$;\n\
            CREATE VIEW core.v AS SELECT t.a FROM t, other.public.x;";
        assert_eq!(unqualified(dump), plain);
    }

    #[cfg(feature = "rusqlite")]
    #[test]
    fn sqlite_says_its_schema_and_rows_in_its_own_words() {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        let script = "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c AS (a + 1)); -- t\n\
            CREATE VIRTUAL TABLE f USING fts5(x);\nCREATE INDEX i ON t (b);\nCREATE TABLE migrate_log (x);\n\
            CREATE VIEW v AS SELECT b FROM t -- of t\n;\nINSERT INTO t VALUES (1, 'it''s'), (2, NULL);";
        conn.execute_batch(script).unwrap();
        let dump = sqlite(&conn, &Ignore::default()).unwrap();
        let again = rusqlite::Connection::open_in_memory().unwrap();
        again.execute_batch(&dump).unwrap();
        assert_eq!(sqlite(&again, &Ignore::default()).unwrap(), dump);
        assert!(
            dump.starts_with("CREATE TABLE t (a") && !dump.contains("migrate_log"),
            "{dump}"
        );
        assert!(!dump.contains("f_data"), "{dump}");
        let rows = sqlite_rows(&conn, &["t".to_owned()]).unwrap();
        assert_eq!(
            rows,
            "INSERT INTO \"t\" (\"a\", \"b\") VALUES (1, 'it''s');\nINSERT INTO \"t\" (\"a\", \"b\") VALUES (2, NULL);"
        );
        assert!(sqlite_rows(&conn, &["u".to_owned()]).is_err());
    }
}
