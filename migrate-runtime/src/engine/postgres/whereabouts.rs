//! Where the record is, and whose: a migrated database is never taken for an empty one, and tables that
//! another role has put in the way are never used.

use migrate_chain::sql::identifier;

use crate::driver::{Row, Rows};
use crate::{Error, ErrorKind};

/// The error for rows of `Tables::select_whereabouts`, if one of them is a schema that the search path
/// reaches and isn't the current one.
pub(super) fn elsewhere<'r>(rows: &mut impl Iterator<Item = Row<'r>>) -> Option<Error> {
    rows.find_map(|row| {
        let (schema, path, role) = (row.get(0)?, row.get(2)?, row.get(3)?);
        let current = row.get(4);
        if is_temporary(schema) || current == Some(schema) || !reaches(path, role, schema) {
            return None;
        }
        Some(match row.get(1) {
            Some("t") => kept_in(schema, current, path),
            _ => hidden(schema),
        })
    })
}

/// The error for rows of `Tables::select_planted`.
pub(super) fn planted(rows: &Rows) -> Option<Error> {
    let first = rows.get(0)?;
    let error = Error::new(
        ErrorKind::Privilege,
        format!(
            "the table `{}` can't be trusted with the record: {}",
            first.text(0),
            first.text(1)
        ),
    );
    let error = rows.iter().skip(1).fold(error, |error, row| {
        error.with_note(format!("nor can `{}`: {}", row.text(0), row.text(1)))
    });
    Some(
        error
            .with_note("nothing was read from it or written to it")
            .with_help(
                "the record lies in plain tables, without rules, triggers or row security, that belong to the role \
                 that migrates or one that it is a member of, to the owner of the database or the schema, or to a superuser",
            )
            .with_help(
                "find out who made it; then drop it, or `ALTER TABLE .. OWNER TO` such a role",
            ),
    )
}

/// True for the schema of a session's temporary tables.
pub(super) fn is_temporary(schema: &str) -> bool {
    schema.starts_with("pg_temp")
}

/// To begin a new record there would run everything again.
fn kept_in(schema: &str, current: Option<&str>, path: &str) -> Error {
    let current_schema = current.unwrap_or_default();
    let error = Error::new(
        ErrorKind::Database,
        match current {
            Some(current) => format!(
                "the record is kept in the schema `{schema}`, and the current schema is `{current}`"
            ),
            None => format!("the record is kept in the schema `{schema}`, and there is no current schema"),
        },
    )
    .with_note(format!(
        "the search_path is `{path}`, and a record is made in the first schema of it that is there"
    ))
    .with_help(format!(
        "to go on with the record in `{schema}`: `.schema({schema:?})`, or `schema = {schema:?}` in migrate.toml"
    ));
    match current {
        Some(_) if !is_temporary(current_schema) => error.with_help(format!(
            "to keep another record in `{current_schema}`: `.schema({current_schema:?})`"
        )),
        _ => error,
    }
}

/// To take that for an empty database would run everything again.
fn hidden(schema: &str) -> Error {
    Error::new(
        ErrorKind::Privilege,
        format!(
            "the schema `{schema}` of the search_path keeps a record that this role may not read"
        ),
    )
    .with_help(format!(
        "`GRANT USAGE ON SCHEMA {}`, and SELECT on its tables; or take it off the search_path",
        identifier(schema)
    ))
}

/// Whether a search path names a schema, in the words of `SHOW search_path`.
pub(super) fn reaches(path: &str, role: &str, schema: &str) -> bool {
    names(path).any(|name| name == schema || (name == "$user" && role == schema))
}

/// The names of a search path: in double quotes as they are, else in lower case, which to the server is a matter of ASCII
/// alone (`downcase_identifier` in `scansup.c`).
fn names(path: &str) -> impl Iterator<Item = String> {
    let mut rest = path.trim_start();
    std::iter::from_fn(move || {
        let mut name = String::new();
        let mut is_quoted = false;
        let mut characters = rest.char_indices().peekable();
        let mut end = rest.len();
        if rest.is_empty() {
            return None;
        }
        while let Some((at, c)) = characters.next() {
            match c {
                '"' if is_quoted && characters.next_if(|(_, next)| *next == '"').is_some() => {
                    name.push('"');
                }
                '"' => is_quoted = !is_quoted,
                ',' if !is_quoted => {
                    end = at + 1;
                    break;
                }
                c if is_quoted => name.push(c),
                c if c.is_whitespace() => {}
                c => name.push(c.to_ascii_lowercase()),
            }
        }
        rest = rest.get(end..).unwrap_or_default().trim_start();
        Some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_path_is_read_as_the_server_reads_it() {
        let of = |path| names(path).collect::<Vec<_>>();
        assert_eq!(of("\"$user\", public"), ["$user", "public"]);
        assert_eq!(
            of("App,\"a, \"\"b\"\"\" ,pg_temp"),
            ["app", "a, \"b\"", "pg_temp"]
        );
        assert_eq!(of("GRÖSSE"), ["grÖsse"]);
        assert_eq!(of(""), [""; 0]);
        assert!(reaches("\"$user\", public", "shop", "shop"));
        assert!(reaches("$user", "shop", "shop"));
        assert!(!reaches("\"$user\", public", "shop", "app"));
    }
}
