//! Settings with a name of two parts (`my.setting`), which a script makes by naming them. No list of the server's shows
//! them, so their names are found in the text.

/// The names of such settings that a script sets, resets or reads, in its functions and blocks too.
pub(crate) fn named(script: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    if !script.contains('.') {
        return names;
    }
    let mut before = "";
    let mut rest = script;
    while let Some(start) = rest.find(is_part) {
        let (gap, word) = rest.split_at(start);
        let end = word.find(|c| !is_part(c)).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        let is_set = ["SET", "RESET"]
            .iter()
            .any(|set| before.eq_ignore_ascii_case(set));
        let is_called = ["set_config", "current_setting"]
            .iter()
            .any(|function| before.eq_ignore_ascii_case(function));
        let is_blank = |gap: &str| gap.chars().all(|c| c.is_ascii_whitespace() || c == '"');
        let is_name = (is_set && is_blank(gap)) || (is_called && gap.trim_start().starts_with('('));
        if is_name && word.contains('.') && !names.iter().any(|name| name == word) {
            names.push(word.to_owned());
        }
        // `pg_catalog.set_config`, and `SET LOCAL` as `SET`.
        let last = word.rsplit('.').next().unwrap_or(word);
        let is_reach = ["LOCAL", "SESSION"]
            .iter()
            .any(|reach| last.eq_ignore_ascii_case(reach));
        if !(is_set && is_reach) {
            before = last;
        }
        rest = after;
    }
    names
}

/// Part of a name with its dots.
fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || !c.is_ascii() || matches!(c, '_' | '$' | '.')
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn names_of_two_parts_are_found() {
        for (script, expected) in [
            ("SET my.setting = 'x'", &["my.setting"][..]),
            (
                "set local My.Setting to 'x'; RESET other.one",
                &["My.Setting", "other.one"],
            ),
            (
                "SELECT pg_catalog.set_config ( 'my.setting', 'x', false)",
                &["my.setting"],
            ),
            (
                "DO $$ BEGIN PERFORM set_config('a.b', current_setting('c.d'), true); END $$",
                &["a.b", "c.d"],
            ),
            ("SELECT set_config('search_path', 'x.y', false)", &[]),
            ("UPDATE public.t SET x = public.f()", &[]),
            ("SET search_path = a", &[]),
        ] {
            assert_eq!(named(script), expected, "{script}");
        }
    }
}
