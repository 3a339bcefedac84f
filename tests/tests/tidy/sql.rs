//! Every name in the SQL that we send to PostgreSQL is beyond the search path: whoever may create in a schema of it can
//! define operators, functions and types, and would have them called by whoever migrates.
//!
//! What reads the catalog for a schema runs with a search path of `pg_catalog` alone, and what becomes a revision is the
//! user's own, so neither is looked at here.

use std::str::FromStr;

use migrate_chain::Dialect;
use migrate_chain::sql::{TokenKind, tokens};
use proc_macro2::{TokenStream, TokenTree};

/// Folders whose SQL is sent to the databases of users.
const SOURCES: &[&str] = &[
    "migrate-runtime/src/",
    "migrate-schema/src/scratch/",
    "migrate-cli/src/",
    "migrate-scratch/src/",
];

#[test]
fn sql_of_ours_is_beyond_the_search_path() {
    let mut looked_at = 0;
    let mut found = Vec::new();
    for (path, text) in super::files() {
        let is_ours = SOURCES.iter().any(|source| path.starts_with(source));
        if !is_ours || !path.ends_with(".rs") || path.contains("sqlite") || path.contains("/tests")
        {
            continue;
        }
        for text in literals(TokenStream::from_str(&text).unwrap()) {
            if is_sql(&text, &path) {
                looked_at += 1;
                let fragment = without_placeholders(&text);
                found.extend(
                    faults(&fragment)
                        .into_iter()
                        .map(|fault| format!("{path}: {fault} in {text:?}")),
                );
            }
        }
    }
    assert!(looked_at > 60, "{looked_at}");
    assert!(
        found.is_empty(),
        "name what is PostgreSQL's own in full (`pg_catalog.`, `OPERATOR(pg_catalog.=)`):\n{}",
        found.join("\n")
    );
}

#[test]
fn what_the_search_path_decides_is_seen() {
    for (sql, fault) in [
        ("SELECT a = b", "the operator `=`"),
        ("SELECT -a", "the operator `-`"),
        ("SELECT a->>'b'", "the operator `->>`"),
        (
            "SELECT 1 FROM t WHERE a IN (1)",
            "`IN`, which stands for an operator",
        ),
        (
            "SELECT a IS DISTINCT FROM b",
            "`DISTINCT FROM`, which stands for an operator",
        ),
        (
            "SELECT CASE a WHEN 1 THEN 2 END",
            "`CASE a`, which stands for an operator",
        ),
        (
            "SELECT * FROM a JOIN b USING (c)",
            "`USING`, which stands for an operator",
        ),
        (
            "SELECT nullif(a, b)",
            "`nullif`, which stands for an operator",
        ),
        ("SELECT count(*)", "the function `count`"),
        ("SELECT public.f(1)", "the function `f`"),
        ("SELECT a::text", "the type `text`"),
        ("SELECT CAST(a AS regclass)", "the type `regclass`"),
        ("SELECT date '2020-01-01'", "the type `date`"),
        ("CREATE TABLE t (a text NOT NULL)", "the type `text`"),
        ("SELECT 1 FROM pg_class", "the relation `pg_class`"),
    ] {
        assert_eq!(faults(sql), [fault], "{sql}");
    }
    for sql in [
        "SELECT a OPERATOR(pg_catalog.=) -1, *, b.* FROM pg_catalog.pg_class AS b",
        "UPDATE t SET a = 1, b = pg_catalog.now() WHERE a OPERATOR(pg_catalog.<) 2",
        "SELECT coalesce(a, 1)::integer, CASE WHEN a THEN 'b' END, CAST(a AS bigint), interval '1 s'",
        "SET LOCAL lock_timeout = 3; SELECT 'a = b', \"a=b\"",
        "INSERT INTO t (a, b) VALUES (1, 2) ON CONFLICT (a) DO UPDATE SET b = excluded.b",
    ] {
        assert_eq!(faults(sql), [""; 0], "{sql}");
    }
}

/// The text literals of a file, those of its tests apart.
fn literals(stream: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![stream];
    while let Some(stream) = open.pop() {
        let mut is_test = false;
        for token in stream {
            match token {
                TokenTree::Group(group) if group.to_string() == "[cfg (test)]" => is_test = true,
                // The item's body ends what the attribute is about.
                TokenTree::Group(group) if is_test => {
                    is_test = group.delimiter() != proc_macro2::Delimiter::Brace;
                }
                TokenTree::Group(group) => open.push(group.stream()),
                TokenTree::Literal(literal) => {
                    if let syn::Lit::Str(text) = syn::Lit::new(literal) {
                        found.push(text.value());
                    }
                }
                TokenTree::Punct(punct) if is_test && punct.as_char() == ';' => is_test = false,
                _ => {}
            }
        }
    }
    found
}

/// Whether a text is a statement for PostgreSQL or a part of one, not a sentence about it.
fn is_sql(text: &str, path: &str) -> bool {
    const BEGIN: &[&str] = &[
        "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "SET", "FROM", "WHERE",
        "CASE", "DO", "BEGIN", "ROLLBACK", "CAST", "VALUES", "AND", "OR", "DECLARE",
    ];
    let first = text
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .trim_start_matches(['(', ',', ';']);
    let begins = BEGIN.contains(&first);
    let braced = text
        .match_indices('{')
        .any(|(at, _)| text[at + 1..].starts_with(['=', '<', '>', '+', '-', '*', '|']));
    let is_prose = text.contains('`') || text.contains("must ") || first.is_empty();
    let of_postgres = path.contains("postgres") || path.contains("scratch");
    if text.contains("sqlite_schema") {
        return false;
    }
    !is_prose && (text.contains("pg_catalog.") || braced || (begins && of_postgres))
}

/// The text with what stands in braces filled in as the patterns of our tables and `format!` do.
fn without_placeholders(text: &str) -> String {
    let text = text.replace("{{", "{").replace("}}", "}");
    let mut whole = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let (inside, after) = after.split_once('}').unwrap_or((after, ""));
        whole.push_str(before);
        if inside.is_empty()
            || inside.starts_with(|c: char| c.is_alphanumeric() || c == ':' || c == '_')
        {
            whole.push_str("placeholder");
        } else {
            whole.push_str(&format!("OPERATOR(pg_catalog.{inside})"));
        }
        rest = after;
    }
    whole.push_str(rest);
    whole.replace('?', "placeholder")
}

/// Types that the grammar names, which the server then looks for in `pg_catalog` alone.
const TYPES_OF_THE_GRAMMAR: &[&str] = &[
    "integer",
    "int",
    "bigint",
    "smallint",
    "real",
    "boolean",
    "bit",
    "char",
    "character",
    "varchar",
    "numeric",
    "decimal",
    "time",
    "timestamp",
    "interval",
    "float",
    "double",
];

/// Other types, which are looked for along the search path.
const TYPES: &[&str] = &[
    "text",
    "date",
    "timestamptz",
    "timetz",
    "json",
    "jsonb",
    "uuid",
    "bytea",
    "oid",
    "regclass",
    "bool",
    "int2",
    "int4",
    "int8",
    "float4",
    "float8",
    "inet",
    "xml",
];

/// Words before a parenthesis that call no function of the search path.
const NO_FUNCTIONS: &[&str] = &[
    "values",
    "and",
    "or",
    "not",
    "exists",
    "where",
    "from",
    "select",
    "as",
    "on",
    "when",
    "then",
    "else",
    "coalesce",
    "greatest",
    "least",
    "cast",
    "over",
    "operator",
    "key",
    "check",
    "unique",
    "conflict",
    "lateral",
    "filter",
    "join",
    "with",
    "extract",
    "substring",
    "position",
    "trim",
    "overlay",
    "in",
    "using",
    "into",
    "by",
    "all",
    "any",
    "if",
    "placeholder",
    "bit",
    "t",
];

/// What the search path would decide.
fn faults(sql: &str) -> Vec<String> {
    // A fragment may begin or end within a text.
    let Some(tokens) = tokens(sql, Dialect::Postgres) else {
        return vec!["an open quote".to_owned()];
    };
    let text = |at: usize| {
        tokens
            .get(at)
            .map_or("", |token| &sql[token.start..token.end])
    };
    let lower = |at: usize| text(at).to_ascii_lowercase();
    let is_word = |at: usize| {
        tokens
            .get(at)
            .is_some_and(|token| token.kind == TokenKind::Word)
    };
    let before = |at: usize| at.checked_sub(1).map(lower).unwrap_or_default();
    let mut faults = Vec::new();
    let mut casts: Vec<usize> = Vec::new();
    let mut depth = 0_usize;
    let mut assigns = false;
    let mut at = 0;
    while at < tokens.len() {
        let (here, previous, next) = (lower(at), before(at), lower(at + 1));
        match tokens[at].kind {
            TokenKind::Word if here == "operator" && next == "(" => {
                if lower(at + 2) != "pg_catalog" {
                    faults.push("an operator of another schema".to_owned());
                }
                while at < tokens.len() && text(at) != ")" {
                    at += 1;
                }
            }
            TokenKind::Word => {
                match here.as_str() {
                    "set" => assigns = true,
                    "where" | "from" | "returning" | "select" => assigns = false,
                    _ => {}
                }
                let is_qualified = previous == ".";
                let hidden = match here.as_str() {
                    "in" | "like" | "ilike" | "between" | "similar" | "nullif" | "overlaps"
                    | "natural" => Some(here.clone()),
                    "distinct" if next == "from" => Some("distinct from".to_owned()),
                    "using" if next == "(" => Some(here.clone()),
                    "case" if next != "when" && !next.is_empty() => {
                        Some(format!("case {}", text(at + 1)))
                    }
                    _ => None,
                };
                if let Some(hidden) = hidden.filter(|_| !is_qualified) {
                    let shown = if hidden.starts_with("case ") {
                        hidden.replace("case", "CASE")
                    } else if here == "nullif" {
                        hidden
                    } else {
                        hidden.to_ascii_uppercase()
                    };
                    faults.push(format!("`{shown}`, which stands for an operator"));
                } else if next == "(" && is_qualified {
                    let schema = at.checked_sub(2).map(lower).unwrap_or_default();
                    if !["pg_catalog", "placeholder"].contains(&schema.as_str()) {
                        faults.push(format!("the function `{here}`"));
                    }
                } else if next == "("
                    && !previous.eq_ignore_ascii_case("as")
                    && !NO_FUNCTIONS.contains(&here.as_str())
                {
                    faults.push(format!("the function `{here}`"));
                } else if here.starts_with("pg_")
                    && !is_qualified
                    && next != "."
                    && here != "pg_temp"
                {
                    faults.push(format!("the relation `{here}`"));
                } else if TYPES.contains(&here.as_str()) && !is_qualified {
                    let behind_a_column = at > 0
                        && tokens[at - 1].kind == TokenKind::Word
                        && ![
                            "as", "select", "by", "and", "or", "where", "distinct", "on", "set",
                        ]
                        .contains(&previous.as_str());
                    let before_a_text = tokens
                        .get(at + 1)
                        .is_some_and(|token| token.kind == TokenKind::Text);
                    let is_cast = previous == "as" && casts.last() == Some(&depth);
                    if previous == ":" || behind_a_column || before_a_text || is_cast {
                        faults.push(format!("the type `{here}`"));
                    }
                } else if previous == ":"
                    && here != "pg_catalog"
                    && here != "placeholder"
                    && !TYPES_OF_THE_GRAMMAR.contains(&here.as_str())
                {
                    faults.push(format!("the type `{here}`"));
                }
                if here == "cast" && next == "(" {
                    casts.push(depth + 1);
                }
            }
            TokenKind::Symbol(b'(') => depth += 1,
            TokenKind::Symbol(b')') => {
                if casts.last() == Some(&depth) {
                    casts.pop();
                }
                depth = depth.saturating_sub(1);
            }
            TokenKind::Symbol(b';') => assigns = false,
            TokenKind::Symbol(byte) if b"+-*/<>=~!@#%^&|".contains(&byte) => {
                let start = at;
                let joined = |at: usize| {
                    tokens[at].end == tokens[at + 1].start
                        && matches!(tokens[at + 1].kind, TokenKind::Symbol(byte) if b"+-*/<>=~!@#%^&|".contains(&byte))
                };
                while at + 1 < tokens.len() && joined(at) {
                    at += 1;
                }
                let operator = &sql[tokens[start].start..tokens[at].end];
                let is_star = operator == "*"
                    && (["select", ".", "(", ","].contains(&previous.as_str())
                        || previous.is_empty());
                let is_assignment = operator == "=" && assigns && start > 0 && is_word(start - 1);
                let is_sign = operator == "-"
                    && tokens
                        .get(at + 1)
                        .is_some_and(|token| token.kind == TokenKind::Number)
                    && !is_operand(&previous);
                if !is_star && !is_assignment && !is_sign {
                    faults.push(format!("the operator `{operator}`"));
                }
            }
            _ => {}
        }
        at += 1;
    }
    faults
}

fn is_operand(token: &str) -> bool {
    token.ends_with(|c: char| c.is_alphanumeric() || c == '\'' || c == '"')
}
