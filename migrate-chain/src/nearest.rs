/// The candidate with the fewest edits to `written`, when few enough to be a slip.
///
/// ```
/// # use migrate_chain::nearest;
/// assert_eq!(nearest("dialect", ["chain", "dialects"]), Some("dialects"));
/// assert_eq!(nearest("author", ["chain", "dialects"]), None);
/// ```
pub fn nearest<'c>(
    written: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    // A third of the length, the limit that rustc uses for its own suggestions.
    let limit = (written.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != written)
        .filter_map(|candidate| Some((distance(written, candidate, limit)?, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

/// "did you mean `x`?", where one of the candidates is near enough.
pub fn did_you_mean<'c>(
    written: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<String> {
    nearest(written, candidates).map(|near| format!("did you mean `{near}`?"))
}

/// Optimal string alignment distance (Levenshtein's, with swaps of neighbours), or `None` past
/// `limit`.
fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        if row.iter().all(|&cost| cost > limit) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|&cost| cost <= limit)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_found() {
        let keys = ["revision", "down_revision", "depends_on"];
        assert_eq!(nearest("revison", keys), Some("revision"));
        assert_eq!(nearest("down_revisoin", keys), Some("down_revision"));
        assert_eq!(nearest("author", keys), None);
        assert_eq!(nearest("", keys), None);
    }
}
