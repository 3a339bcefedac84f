use super::lexer::{Kind, Lexer};
use crate::Dialect;

/// Writes SQLite's numbered parameters, `?1`, as PostgreSQL's, `$1`; strings, comments and the
/// operator `?` followed by a space stay as they are.
///
/// ```
/// # use migrate_chain::sql::postgres_parameters;
/// assert_eq!(postgres_parameters("SELECT ?2, '?1', j ? 'k', ?10"), "SELECT $2, '?1', j ? 'k', $10");
/// ```
pub fn postgres_parameters(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut copied = 0;
    let mut mark = None;
    for token in Lexer::new(sql, Dialect::Postgres) {
        let text = sql.get(token.start..token.end).unwrap_or("");
        let number = token.kind == Kind::Number && text.bytes().all(|b| b.is_ascii_digit());
        if number && mark == Some(token.start) {
            out.push_str(sql.get(copied..token.start - 1).unwrap_or(""));
            out.push('$');
            copied = token.start;
        }
        mark = (token.kind == Kind::Symbol(b'?')).then_some(token.end);
    }
    out.push_str(sql.get(copied..).unwrap_or(""));
    out
}
