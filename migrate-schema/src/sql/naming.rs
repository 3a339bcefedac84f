//! Names for constraints that have none, by the rule that the models follow.

use migrate_chain::{Constraint, LONGEST_NAME};

/// The name, with a number where it is taken.
pub(crate) fn free(name: String, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(&name) {
        return name;
    }
    let numbered = (2_u32..).map(|number| format!("{name}_{number}"));
    let mut candidates = numbered.skip_while(|candidate| is_taken(candidate));
    candidates.next().unwrap_or(name)
}

/// The name that models would give.
pub(crate) fn constraint(kind: Constraint, table: &str, columns: &[String]) -> String {
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    kind.name(table, &columns)
}

/// The name that PostgreSQL gives to a constraint without one, unless it is taken: `users_pkey`, `users_email_key`.
pub(crate) fn server(kind: Constraint, table: &str, columns: &[&str]) -> String {
    let (columns, label) = match kind {
        Constraint::PrimaryKey => (None, "pkey"),
        Constraint::Unique => (Some(columns.join("_")), "key"),
        Constraint::Index => (Some(columns.join("_")), "idx"),
        Constraint::ForeignKey => (Some(columns.join("_")), "fkey"),
        // Of a table as a whole, the columns are left out.
        Constraint::Check => (
            Some(columns.join("_")).filter(|_| columns.len() == 1),
            "check",
        ),
    };
    // The longer of the two is cut, byte by byte, until the whole fits.
    let between = if columns.is_some() { 2 } else { 1 };
    let columns = columns.unwrap_or_default();
    let columns = cut(&columns, LONGEST_NAME);
    let room = LONGEST_NAME - label.len() - between;
    let (mut first, mut second) = (table.len(), columns.len());
    while first + second > room {
        if first > second {
            first -= 1;
        } else {
            second -= 1;
        }
    }
    let (table, columns) = (cut(table, first), cut(columns, second));
    match between {
        2 => format!("{table}_{columns}_{label}"),
        _ => format!("{table}_{label}"),
    }
}

/// As much of a text as fits into so many bytes.
fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_cuts_what_is_longer() {
        assert_eq!(server(Constraint::PrimaryKey, "users", &[]), "users_pkey");
        let both = ["org_id", "email"];
        let unique = server(Constraint::Unique, "users", &both);
        assert_eq!(unique, "users_org_id_email_key");
        assert_eq!(server(Constraint::Check, "users", &both), "users_check");
        let long = server(Constraint::ForeignKey, &"t".repeat(60), &["account_id"]);
        assert_eq!(long, format!("{}_account_id_fkey", "t".repeat(47)));
        assert_eq!(long.len(), LONGEST_NAME);
    }
}
