use migrate_chain::Dialect;
use migrate_chain::sql::{TokenKind, identifier, literal, tokens, unquoted};

/// A table as `adopt.sql` names it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
}

impl Name {
    /// Reads a name that was found to be one; PostgreSQL takes one without quotes for lower-case.
    pub(crate) fn of(name: &str, dialect: Dialect) -> Name {
        let part = |text: &str, kind: TokenKind| match (kind, dialect) {
            (TokenKind::Word, Dialect::Postgres) => text.to_ascii_lowercase(),
            _ => unquoted(text),
        };
        let tokens = tokens(name, Dialect::Postgres).unwrap_or_default();
        let mut parts = tokens.iter().filter_map(|token| {
            let is_name = matches!(token.kind, TokenKind::Word | TokenKind::Name);
            let text = name.get(token.start..token.end).filter(|_| is_name)?;
            Some(part(text, token.kind))
        });
        let first = parts.next().unwrap_or_default();
        match parts.next() {
            Some(table) => Name {
                schema: Some(first),
                table,
            },
            None => Name {
                schema: None,
                table: first,
            },
        }
    }

    /// The query for the table, in one cell: its name in full, or nothing.
    #[cfg_attr(not(feature = "_sqlite"), allow(dead_code))]
    pub(crate) fn select_on_sqlite(&self) -> String {
        let schema = identifier(self.schema.as_deref().unwrap_or("main"));
        format!(
            "SELECT {} || name FROM {schema}.sqlite_master WHERE type = 'table' AND name = {} COLLATE NOCASE",
            literal(Dialect::Sqlite, &format!("{schema}.")),
            literal(Dialect::Sqlite, &self.table)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_the_database_reads_it() {
        let of = |name, dialect| {
            let Name { schema, table } = Name::of(name, dialect);
            (schema.unwrap_or_default(), table)
        };
        let pair = |schema: &str, table: &str| (schema.to_owned(), table.to_owned());
        assert_eq!(of("_Done", Dialect::Postgres), pair("", "_done"));
        assert_eq!(of("_Done", Dialect::Sqlite), pair("", "_Done"));
        assert_eq!(of("App.\"D\"\"x\"", Dialect::Postgres), pair("app", "D\"x"));
    }
}
