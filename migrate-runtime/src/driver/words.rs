/// True when a word occurs anywhere in a text, whatever its case: in a string as well, since
/// `EXECUTE 'DISCARD PLANS'` counts.
pub(crate) fn mentions(text: &str, word: &str) -> bool {
    let word = word.as_bytes();
    text.as_bytes()
        .windows(word.len())
        .any(|window| window.eq_ignore_ascii_case(word))
}
