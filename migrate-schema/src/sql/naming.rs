//! Names for constraints that have none, by the rule that the models follow.

use migrate_chain::Constraint;

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
