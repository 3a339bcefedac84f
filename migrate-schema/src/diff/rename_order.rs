//! Renames in an order that works: a name that is taken is freed first, and a circle goes by way of a name of our own.

use std::collections::BTreeMap;

/// One statement of a rename.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// What it is called at that moment.
    pub(super) from: String,
    pub(super) to: String,
    /// What it was called before the script; none for a step on the way, which nobody asked for.
    pub(super) old: Option<String>,
}

/// The steps of renames that belong together, such as those of the columns of one table. `free` makes a name that
/// nothing has; `is_same` says whether the database takes two names for one.
pub(super) fn steps(
    renames: &BTreeMap<String, String>,
    is_same: impl Fn(&str, &str) -> bool,
    free: impl Fn(&str) -> String,
) -> Vec<Step> {
    let mut left: Vec<(String, String, String)> = (renames.iter())
        .map(|(old, new)| (old.clone(), new.clone(), old.clone()))
        .collect();
    let mut steps = Vec::new();
    while !left.is_empty() {
        // Nothing that is still to be renamed has the name.
        let ready = left
            .iter()
            .position(|(_, to, _)| !left.iter().any(|(other, ..)| is_same(other, to)));
        match ready {
            Some(at) => {
                let (from, to, old) = left.remove(at);
                steps.push(Step {
                    from,
                    to,
                    old: Some(old),
                });
            }
            None => {
                let Some((from, _, _)) = left.first_mut() else {
                    break;
                };
                let meanwhile = free(from);
                steps.push(Step {
                    from: std::mem::replace(from, meanwhile.clone()),
                    to: meanwhile,
                    old: None,
                });
            }
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(renames: &[(&str, &str)]) -> Vec<String> {
        let renames = renames
            .iter()
            .map(|&(old, new)| (old.to_owned(), new.to_owned()));
        let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        let steps = steps(&renames.collect(), same, |name| format!("{name}_tmp"));
        steps
            .into_iter()
            .map(|step| format!("{} {}", step.from, step.to))
            .collect()
    }

    #[test]
    fn names_are_freed_before_they_are_taken() {
        assert_eq!(written(&[("a", "b")]), ["a b"]);
        assert_eq!(written(&[("a", "b"), ("b", "c")]), ["b c", "a b"]);
        assert_eq!(
            written(&[("a", "b"), ("b", "a")]),
            ["a a_tmp", "b a", "a_tmp b"]
        );
        assert_eq!(
            written(&[("a", "b"), ("b", "c"), ("c", "a")]),
            ["a a_tmp", "c a", "b c", "a_tmp b"]
        );
        assert_eq!(
            written(&[("users", "Users")]),
            ["users users_tmp", "users_tmp Users"]
        );
    }
}
