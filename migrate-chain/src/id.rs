//! What a revision id and a branch label may be.

/// The longest id or label, in bytes.
pub const MAX_LEN: usize = 64;

/// Words that mean something in a target, a header or chain.lock, so no id and no label.
const RESERVED: [&str; 8] = [
    "head", "heads", "base", "bases", "current", "none", "dialects", "proved",
];

/// Says what is wrong with an id or a label, if anything.
///
/// ```
/// # use migrate_chain::id;
/// assert_eq!(id::check("cb3cf47d9259"), Ok(()));
/// assert!(id::check("head").is_err() && id::check("a-b").is_err());
/// ```
///
/// # Errors
///
/// A clause such as "`head` is a reserved word".
pub fn check(id: &str) -> Result<(), String> {
    if id.is_empty() {
        return Err("an id can't be empty".to_owned());
    }
    if id.len() > MAX_LEN {
        return Err(format!("`{id}` is longer than {MAX_LEN} bytes"));
    }
    if RESERVED.contains(&id) {
        return Err(format!("`{id}` is a reserved word"));
    }
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    match id.chars().find(|&c| !legal(c)) {
        Some(c) => Err(format!(
            "`{id}` contains {c:?}: only `A-Z a-z 0-9 _ .` may stand in it"
        )),
        None => Ok(()),
    }
}

/// True when a file stem contains the id as a word of its own: `a1` names no `a12-users.sql`.
///
/// ```
/// # use migrate_chain::id;
/// assert!(id::named_by("a1", "2026-11-20-a1-users") && id::named_by("a1", "a1_users"));
/// assert!(!id::named_by("a1", "2026-11-20-a12-users"));
/// ```
pub fn named_by(id: &str, stem: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric();
    stem.match_indices(id).any(|(at, _)| {
        let before = stem[..at].chars().next_back();
        let after = stem[at + id.len()..].chars().next();
        !before.is_some_and(word) && !after.is_some_and(word)
    })
}
