//! `COPY` through the client.

use crate::Dialect;
use crate::sql::finding::{Finding, find};
use crate::sql::words::Words;

/// No `COPY` from or to the client: nobody is there to send or take the data.
pub(super) fn no_client_data(words: &Words<'_>, findings: &mut Vec<Finding>) {
    let Some(direction) = direction(words) else {
        return;
    };
    let help = if direction == "FROM STDIN" {
        "use `INSERT` (`pg_dump --inserts` writes it), or read the data in a revision written in Rust"
    } else {
        "remove it; a migration returns no data"
    };
    find(
        findings,
        words.range(words.len()),
        format!("`COPY .. {direction}` needs a client that speaks it"),
        help,
    );
}

/// `FROM STDIN` or `TO STDOUT`. PostgreSQL takes either word with either direction.
pub(super) fn direction(words: &Words<'_>) -> Option<&'static str> {
    if !words.is(0, "COPY") || words.dialect() != Dialect::Postgres {
        return None;
    }
    // Only outside of parentheses: `COPY (SELECT .. FROM stdin) TO '/file'` reads a table.
    let at = words
        .outer(1)
        .find(|&at| words.is_any(at, &["FROM", "TO"]))?;
    let client = words.is_any(at + 1, &["STDIN", "STDOUT"]);
    client.then(|| {
        if words.is(at, "FROM") {
            "FROM STDIN"
        } else {
            "TO STDOUT"
        }
    })
}
