//! Names of what lives in a schema: tables, types, views. The model has one text for schema and name, `core.users`, and
//! the bare name for what lives in the default schema.
//!
//! A part that has a dot in it stands in double quotes, so that a text is always one name: `"a.b"` is a table that is
//! called `a.b`, and `a.b` is table `b` of schema `a`.

use migrate_chain::sql::identifier;

use super::names::{ident, literal};
use crate::diff::{Changes, free_name};

/// The text of a name; `None` for the default schema.
pub(crate) fn join(schema: Option<&str>, name: &str) -> String {
    match schema {
        Some(schema) => format!("{}.{}", part(schema), part(name)),
        None => part(name),
    }
}

fn part(name: &str) -> String {
    if name.contains('.') || name.starts_with('"') {
        identifier(name)
    } else {
        name.to_owned()
    }
}

/// Schema and name of a text.
pub(crate) fn split(text: &str) -> (Option<String>, String) {
    let (first, rest) = first_part(text);
    match rest {
        Some(rest) => (Some(first), first_part(rest).0),
        None => (None, first),
    }
}

/// A part without quotes, and what follows its dot.
fn first_part(text: &str) -> (String, Option<&str>) {
    let Some(quoted) = text.strip_prefix('"') else {
        return match text.split_once('.') {
            Some((part, rest)) => (part.to_owned(), Some(rest)),
            None => (text.to_owned(), None),
        };
    };
    let mut part = String::new();
    let mut rest = quoted;
    while let Some((before, after)) = rest.split_once('"') {
        part.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                part.push('"');
                rest = after;
            }
            None => return (part, after.strip_prefix('.')),
        }
    }
    // No quote ends it: it is no text of ours, and taken as it stands.
    (text.to_owned(), None)
}

/// The schema of a text, if it isn't the default one.
pub(crate) fn schema_of(text: &str) -> Option<String> {
    split(text).0
}

/// The name alone.
pub(crate) fn bare(text: &str) -> String {
    split(text).1
}

/// As SQL writes it.
pub(crate) fn relation(text: &str) -> String {
    match split(text) {
        (Some(schema), name) => format!("{}.{}", ident(&schema), ident(&name)),
        (None, name) => ident(&name),
    }
}

/// The text of a name in the schema that another lives in, as an index does in its table's.
pub(crate) fn beside(other: &str, name: &str) -> String {
    join(schema_of(other).as_deref(), name)
}

/// The name of a type, which SQL writes so; of an array, that of its elements.
pub(crate) fn of_type(kind: &str) -> String {
    let (schema, name) = split(kind.trim_end_matches("[]"));
    join(schema.as_deref(), &name)
}

/// The statements that give something another name, or bring it to another schema. `kind` is what ALTER calls it.
pub(crate) fn moved(kind: &str, from: &str, to: &str, changes: &Changes) -> Vec<String> {
    let ((old_schema, old), (new_schema, new)) = (split(from), split(to));
    let is_taken = |name: &str| {
        let mut both = [&changes.start, &changes.from, &changes.to].into_iter();
        both.any(|schema| schema.tables.contains_key(name) || schema.enums.contains_key(name))
    };
    let rename =
        |at: &str, name: &str| format!("ALTER {kind} {} RENAME TO {}", relation(at), ident(name));
    let bring = |at: &str| match &new_schema {
        Some(schema) => format!("ALTER {kind} {} SET SCHEMA {}", relation(at), ident(schema)),
        // Only the session knows what the default schema is called.
        None => format!(
            "DO $$ BEGIN EXECUTE format({}, current_schema()); END $$",
            literal(&format!(
                "ALTER {kind} {} SET SCHEMA %I",
                relation(at).replace('%', "%%")
            ))
        ),
    };
    let (renamed, brought) = (beside(from, &new), join(new_schema.as_deref(), &old));
    if old_schema == new_schema {
        vec![rename(from, &new)]
    } else if old == new {
        vec![bring(from)]
    } else if !is_taken(&renamed) {
        vec![rename(from, &new), bring(&renamed)]
    } else if !is_taken(&brought) {
        vec![bring(from), rename(&brought, &new)]
    } else {
        let meanwhile = free_name(&[&changes.from, &changes.to], from, "_moved");
        let free = bare(&meanwhile);
        vec![
            rename(from, &free),
            bring(&meanwhile),
            rename(&join(new_schema.as_deref(), &free), &new),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_name() {
        for (schema, name, text, sql) in [
            (None, "users", "users", "users"),
            (Some("core"), "users", "core.users", "core.users"),
            (None, "core.users", "\"core.users\"", "\"core.users\""),
            (Some("a.b"), "c\"d", "\"a.b\".c\"d", "\"a.b\".\"c\"\"d\""),
            (None, "\"", "\"\"\"\"", "\"\"\"\""),
            (Some("Core"), "order", "Core.order", "\"Core\".\"order\""),
            (None, "", "", "\"\""),
        ] {
            assert_eq!(join(schema, name), text);
            assert_eq!(split(text), (schema.map(str::to_owned), name.to_owned()));
            assert_eq!(relation(text), sql);
        }
        assert_eq!(beside("core.users", "ix"), "core.ix");
        assert_eq!(beside("users", "ix"), "ix");
        assert_eq!(bare("core.users"), "users");
    }
}
