use crate::chain::Chain;
use crate::nearest::did_you_mean;
use crate::target::{TargetError, TargetErrorKind as Kind};

pub(super) type Resolved<T> = Result<T, TargetError>;

/// No revision or branch label has that name.
pub(super) fn unknown(chain: &Chain<'_>, what: &str, name: &str) -> TargetError {
    let error = TargetError::new(Kind::NotFound, format!("there is no {what} `{name}`"));
    if let Some(at) = chain.replacing(name) {
        return error.help(format!("`{}` replaces it", chain.get(at).id));
    }
    // Where it is no id, it is meant as a number of steps.
    if name.len() < 3 && name.bytes().all(|byte| byte.is_ascii_digit()) {
        return error.help(format!(
            "a number of steps has a sign: `+{name}`, `-{name}`"
        ));
    }
    let ids = chain.revisions().iter().map(|revision| revision.id);
    let labels = chain
        .revisions()
        .iter()
        .flat_map(|revision| revision.labels.iter().copied());
    match did_you_mean(name, ids.chain(labels)) {
        Some(help) => error.help(help),
        None => error.help("`history` lists the revisions"),
    }
}

/// Ids for a message: all of a few, the first of many.
pub(super) fn list(chain: &Chain<'_>, positions: &[usize]) -> String {
    const SHOWN: usize = 8;
    if positions.is_empty() {
        return "base".to_owned();
    }
    let ids = positions
        .iter()
        .take(SHOWN)
        .map(|&at| format!("`{}`", chain.get(at).id));
    let mut text = ids.collect::<Vec<_>>().join(", ");
    if positions.len() > SHOWN {
        text.push_str(&format!(" and {} more", positions.len() - SHOWN));
    }
    text
}
