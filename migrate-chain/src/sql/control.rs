use super::words::Words;

/// The statement's name and how many words it has, if it starts or ends a transaction.
pub(super) fn control(words: &Words<'_>) -> Option<(&'static str, usize)> {
    // `ROLLBACK [WORK | TRANSACTION [name]] TO [SAVEPOINT] name`
    if words.is(0, "ROLLBACK") && (1..=3).any(|at| words.is(at, "TO")) {
        return None;
    }
    const CONTROL: [&str; 9] = [
        "BEGIN",
        "START TRANSACTION",
        "COMMIT PREPARED",
        "COMMIT",
        "END",
        "ROLLBACK PREPARED",
        "ROLLBACK",
        "ABORT",
        "PREPARE TRANSACTION",
    ];
    // `PREPARE transaction AS ..` prepares a statement of that name.
    if words.is(0, "PREPARE") && words.literal(2).is_none() {
        return None;
    }
    let name = *CONTROL.iter().find(|name| words.start(name))?;
    Some((name, name.split(' ').count()))
}
