//! Alembic's forms of a revision, to the letter.

use migrate_chain::Chain;

use super::inline;

/// What is told of a revision in one line.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Parts {
    pub(crate) parents: bool,
    pub(crate) labels: bool,
    /// `(branchpoint)`, `(mergepoint)`.
    pub(crate) tree: bool,
    pub(crate) message: bool,
}

impl Parts {
    pub(crate) const HISTORY: Parts = Parts {
        parents: true,
        labels: true,
        tree: true,
        message: true,
    };
    pub(crate) const CURRENT: Parts = Parts {
        parents: false,
        labels: false,
        tree: true,
        message: false,
    };
    pub(crate) const HEADS: Parts = Parts {
        parents: false,
        labels: true,
        tree: false,
        message: false,
    };
    pub(crate) const BRANCH: Parts = Parts {
        parents: false,
        labels: true,
        tree: true,
        message: false,
    };
}

/// `27c6, b111 (dep) -> cccc (feat) (head) (mergepoint), merge both`
pub(crate) fn line(chain: &Chain<'_>, at: usize, parts: Parts, current: bool) -> String {
    let revision = chain.get(at);
    let mut text = String::new();
    if parts.parents {
        text.push_str(&parents(chain, at));
        let dependencies = ids(chain, chain.dependencies(at));
        if !dependencies.is_empty() {
            text.push_str(&format!(" ({})", dependencies.join(", ")));
        }
        text.push_str(" -> ");
    }
    text.push_str(revision.id);
    let labels = labels(chain, at);
    if parts.labels && !labels.is_empty() {
        text.push_str(&format!(" ({})", labels.join(", ")));
    }
    text.push_str(match (chain.children(at), chain.required_by(at)) {
        ([], []) => " (head)",
        ([], _) => " (effective head)",
        _ => "",
    });
    if current {
        text.push_str(" (current)");
    }
    if parts.tree {
        text.push_str(&points(chain, at));
    }
    if parts.message {
        text.push_str(&format!(", {}", inline(revision.message)));
    }
    text.trim_end().to_owned()
}

/// The form of `show` and `-v`; ends with an empty line.
pub(crate) fn entry(chain: &Chain<'_>, at: usize, current: bool) -> String {
    let revision = chain.get(at);
    let mut lines = vec![format!(
        "Rev: {}{}{}{}",
        revision.id,
        if chain.children(at).is_empty() {
            " (head)"
        } else {
            ""
        },
        points(chain, at),
        if current { " (current)" } else { "" },
    )];
    let kind = if chain.is_mergepoint(at) {
        "Merges"
    } else {
        "Parent"
    };
    lines.push(format!("{kind}: {}", parents(chain, at)));
    let mut list = |name: &str, values: Vec<&str>| {
        if !values.is_empty() {
            lines.push(format!("{name}: {}", values.join(", ")));
        }
    };
    list("Also depends on", ids(chain, chain.dependencies(at)));
    if chain.is_branchpoint(at) {
        list("Branches into", ids(chain, chain.children(at)));
    }
    list("Branch names", labels(chain, at));
    lines.push(format!("Path: {}", inline(&path(chain, at))));
    lines.push(String::new());
    lines.push(format!("    {}", inline(revision.message)));
    let more = [
        ("created", revision.created),
        ("version", revision.version),
        ("breaking", revision.breaking),
    ];
    let mut more = more
        .iter()
        .filter_map(|(key, value)| Some((key, (*value)?)))
        .peekable();
    if more.peek().is_some() {
        lines.push(String::new());
    }
    for (key, value) in more {
        lines.push(format!("    {key}: {}", inline(value)));
    }
    if !revision.replaces.is_empty() {
        lines.push(format!("    replaces: {}", revision.replaces.join(", ")));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// The file, as an editor opens it.
pub(crate) fn path(chain: &Chain<'_>, at: usize) -> String {
    format!("{}/{}", chain.root, chain.get(at).path)
}

fn points(chain: &Chain<'_>, at: usize) -> String {
    let branch = if chain.is_branchpoint(at) {
        " (branchpoint)"
    } else {
        ""
    };
    let merge = if chain.is_mergepoint(at) {
        " (mergepoint)"
    } else {
        ""
    };
    format!("{branch}{merge}")
}

fn parents(chain: &Chain<'_>, at: usize) -> String {
    match chain.parents(at) {
        [] => "<base>".to_owned(),
        parents => ids(chain, parents).join(", "),
    }
}

pub(crate) fn labels<'c>(chain: &'c Chain<'_>, at: usize) -> Vec<&'c str> {
    let mut labels: Vec<&str> = chain.labels(at).collect();
    labels.sort_unstable();
    labels
}

pub(crate) fn ids<'c>(chain: &'c Chain<'_>, positions: &[usize]) -> Vec<&'c str> {
    positions.iter().map(|&at| chain.get(at).id).collect()
}
