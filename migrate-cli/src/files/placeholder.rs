//! The place of a release's number in names and messages, before there is a release: `vX_X_X`,
//! `vx_x_x`, `vx-x-x`, `vX.X.X`.

/// The parts that may join the three letters.
const JOINTS: [char; 3] = ['_', '-', '.'];

/// The number of a release, such as `1.2.0`, in each placeholder, joined as the placeholder is.
/// `None`: the text has none.
pub(crate) fn fill(text: &str, number: &str) -> Option<String> {
    let mut filled = text.to_owned();
    let mut from = 0;
    let mut found = false;
    while let Some((at, joint)) = find(&filled, from) {
        let number = number.replace('.', &joint.to_string());
        let digits = at + 1..at + 6;
        from = digits.start + number.len();
        filled.replace_range(digits, &number);
        found = true;
    }
    found.then_some(filled)
}

/// Where the next placeholder begins, and what joins it.
fn find(text: &str, from: usize) -> Option<(usize, char)> {
    let starts = text.get(from..)?.char_indices();
    let mut starts = starts.map(|(at, c)| (from + at, c));
    starts.find_map(|(at, c)| {
        let before = text[..at].chars().next_back();
        let is_start = matches!(c, 'v' | 'V') && !before.is_some_and(char::is_alphanumeric);
        let form = text.get(at + 1..at + 6).filter(|_| is_start)?;
        let joint = form.chars().nth(1).filter(|joint| JOINTS.contains(joint))?;
        let after = text[at + 6..].chars().next();
        let is_form = ["X", "x"]
            .iter()
            .any(|x| form == format!("{x}{joint}{x}{joint}{x}"));
        (is_form && !after.is_some_and(char::is_alphanumeric)).then_some((at, joint))
    })
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn every_spelling_gets_the_number() {
        for (text, wanted) in [
            ("2026-11-20-a1-vX_X_X.sql", Some("2026-11-20-a1-v1_2_0.sql")),
            ("2026-11-20-a1-vx_x_x.sql", Some("2026-11-20-a1-v1_2_0.sql")),
            ("2026-11-20-a1-vx-x-x.sql", Some("2026-11-20-a1-v1-2-0.sql")),
            ("a1_vX.X.X.sql", Some("a1_v1.2.0.sql")),
            ("migrate to vX.X.X", Some("migrate to v1.2.0")),
            ("from vx_x_x, as vX_X_X", Some("from v1_2_0, as v1_2_0")),
            ("vX_x_X", None),
            ("vX_X-X", None),
            ("vX_X", None),
            ("revX_X_X", None),
            ("vX_X_Xenon", None),
            ("v\u{e9}X_X", None),
        ] {
            assert_eq!(fill(text, "1.2.0").as_deref(), wanted, "{text}");
        }
    }
}
