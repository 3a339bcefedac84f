use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::file::RevisionFile;
use crate::nearest::did_you_mean;
use crate::parsed::ParsedChain;
use crate::problem::{Problem, Problems};

/// A directory without a revision may be the wrong one, unless its chain.lock says that it is to
/// be a chain: an app whose first revision is made from its models has to be built before.
pub(super) fn not_empty(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    let empty = parsed.every_file().next().is_none();
    if empty && parsed.lock.is_none() && problems.is_empty() {
        let problem = Problem::file(
            parsed.options.root.as_str(),
            "no revision in this directory",
        )
        .help(
            "`cargo migrate init` begins a chain: it writes chain.lock, and the line in build.rs",
        );
        problems.push(problem);
    }
}

/// An id belongs to one file.
pub(super) fn unique_ids(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (index, file) in parsed.files.iter().enumerate() {
        if let Some(other) = first.get(file.id()) {
            let at = &file.header.revision;
            let other = &parsed.files[*other].shown;
            let problem = file
                .problem(at, format!("revision `{}` is also {other}", file.id()))
                .help("give one of the two another id, in its header and its name");
            problems.push(problem);
        } else {
            first.insert(file.id(), index);
        }
    }
}

/// A parent is a revision of the chain.
pub(super) fn known_parents(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    let known = Known::new(parsed);
    for (_, file) in parsed.every_file() {
        for range in &file.header.down_revision {
            known.check(file, "down_revision", range, problems);
        }
    }
}

/// A dependency is a revision of the chain.
pub(super) fn known_dependencies(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    let known = Known::new(parsed);
    for (_, file) in parsed.every_file() {
        for range in &file.header.depends_on {
            known.check(file, "depends_on", range, problems);
        }
    }
}

struct Known<'d> {
    parsed: &'d ParsedChain<'d>,
    ids: HashMap<&'d str, usize>,
}

impl<'d> Known<'d> {
    fn new(parsed: &'d ParsedChain<'_>) -> Known<'d> {
        let ids = (parsed.files.iter().enumerate())
            .map(|(index, file)| (file.id(), index))
            .collect();
        Known { parsed, ids }
    }

    fn check(&self, file: &RevisionFile, key: &str, range: &Range<usize>, problems: &mut Problems) {
        let id = file.text(range);
        // An illegal id was reported where it was read.
        if self.ids.contains_key(id) || crate::id::check(id).is_err() {
            return;
        }
        // The file that could not be read was reported, and may be the one that is meant.
        if self.parsed.unread.may_be(id) {
            return;
        }
        let mut problem = file.problem(range, format!("unknown {key} `{id}`"));
        // The search for the nearest id is linear, so it is made for problems that are shown.
        if problems.shows(&problem) {
            problem = self.hint(problem, file, id);
        }
        problems.push(problem);
    }

    /// What was meant: the file of that name, the squash that took its place, or the nearest id.
    fn hint(&self, problem: Problem, of: &RevisionFile, id: &str) -> Problem {
        let files = &self.parsed.files;
        let stem = id
            .strip_suffix(".sql")
            .or_else(|| id.strip_suffix(".rs"))
            .unwrap_or(id);
        let by_name = files.iter().find(|file| {
            let name = file.order_key().0;
            name.rsplit_once('.').is_some_and(|(s, _)| s == stem)
        });
        if let Some(file) = by_name {
            return problem.help(format!(
                "that is a file name; the id in it is `{}`",
                file.id()
            ));
        }
        let squash = (files.iter()).find(|file| {
            file.header
                .replaces
                .iter()
                .any(|range| file.text(range) == id)
        });
        if let Some(file) = squash {
            return problem.help(format!(
                "`{}` ({}) replaces it: name that one",
                file.id(),
                file.shown
            ));
        }
        let lock = self.parsed.lock.as_ref();
        if lock.is_some_and(|lock| lock.entries.iter().any(|entry| entry.revision == id)) {
            let sealed = lock.and_then(|lock| lock.seal_of(id));
            let whose = sealed.map_or(String::new(), |seal| {
                format!(
                    ", sealed by {}, and databases have it recorded",
                    seal.release
                )
            });
            return problem.help(format!(
                "chain.lock lists it{whose}: its file was deleted or is not checked out, so put it back"
            ));
        }
        let others = files.iter().map(RevisionFile::id);
        let others = others.filter(|other| *other != of.id());
        match did_you_mean(id, others) {
            Some(help) => problem.help(help),
            None => problem
                .help("no file here has that id: put it back if it was deleted, or name another revision")
                .help("a chain begins with `down_revision: none`"),
        }
    }
}

/// A revision is neither its own parent nor its own dependency.
pub(super) fn not_itself(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    for file in &parsed.files {
        let lists = [
            ("parent", &file.header.down_revision),
            ("dependency", &file.header.depends_on),
        ];
        for (what, ranges) in lists {
            for range in ranges.iter().filter(|range| file.text(range) == file.id()) {
                problems.push(file.problem(range, format!("`{}` is its own {what}", file.id())));
            }
        }
    }
}

/// Parents and dependencies lead to a base in the end.
pub(super) fn no_cycle(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    let Some(mut cycle) = parsed.graph.cycle(&parsed.order) else {
        return;
    };
    // The walk enters a cycle anywhere; it is told from its first file on.
    let least = (0..cycle.len()).min_by_key(|&at| cycle[at]).unwrap_or(0);
    cycle.rotate_left(least);
    let Some(&first) = cycle.first() else { return };
    let next = cycle.get(1).copied().unwrap_or(first);
    let dependency = (cycle.iter().zip(cycle.iter().cycle().skip(1)))
        .any(|(a, b)| !parsed.graph.parents[*a].contains(b));
    let what = if dependency {
        "dependency cycle"
    } else {
        "cycle"
    };
    const SHOWN: usize = 12;
    let mut path: Vec<&str> = cycle
        .iter()
        .take(SHOWN)
        .map(|&at| parsed.files[at].id())
        .collect();
    if cycle.len() > SHOWN {
        path.push("...");
    }
    path.push(parsed.files[first].id());
    let file = &parsed.files[first];
    let mut ranges = file
        .header
        .down_revision
        .iter()
        .chain(&file.header.depends_on);
    let at = ranges
        .find(|range| file.text(range) == parsed.files[next].id())
        .unwrap_or(&file.header.revision);
    let mut problem = file
        .problem(at, format!("{what}: {}", path.join(" -> ")))
        .help("an arrow leads to what a revision stands on: one of them must be removed");
    for &at in cycle.iter().skip(1).take(SHOWN) {
        problem = problem.help(format!(
            "`{}` is {}",
            parsed.files[at].id(),
            parsed.files[at].shown
        ));
    }
    problems.push(problem);
}

/// One revision starts the chain.
pub(super) fn one_base(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    if parsed.options.multiple_bases {
        return;
    }
    // However little is known of other files, these two say that they have no parent. A copy of one
    // has its id too, and is reported for that.
    let mut ids = HashSet::new();
    let bases = (parsed.files.iter())
        .filter(|file| file.header.down_revision.is_empty() && !file.header.doubtful)
        .filter(|file| crate::id::check(file.id()).is_ok() && ids.insert(file.id()));
    let allow = parsed.options.said.flag("multiple_bases");
    several(
        parsed,
        "bases",
        &bases.collect::<Vec<_>>(),
        problems,
        &[
            "give all but the first a down_revision",
            &format!("or allow them: {allow}"),
        ],
    );
}

/// One revision ends it.
pub(super) fn one_head(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    if parsed.options.multiple_heads || !parsed.whole || parsed.order.len() < parsed.files.len() {
        return;
    }
    let heads: Vec<_> = parsed
        .heads()
        .into_iter()
        .map(|at| &parsed.files[at])
        .collect();
    let ids: Vec<&str> = heads.iter().map(|file| file.id()).collect();
    let merge = format!(
        "`cargo migrate merge {} -m \"merge\"` joins them",
        ids.join(" ")
    );
    let rebase = format!(
        "or `cargo migrate rebase {}` puts it on top of the other, if it is not released",
        ids.last().unwrap_or(&"REV")
    );
    let allow = parsed.options.said.flag("multiple_heads");
    several(
        parsed,
        "heads",
        &heads,
        problems,
        &[&merge, &rebase, &format!("or allow them: {allow}")],
    );
}

fn several(
    parsed: &ParsedChain<'_>,
    what: &str,
    files: &[&RevisionFile],
    problems: &mut Problems,
    help: &[&str],
) {
    const SHOWN: usize = 10;
    if files.len() < 2 {
        return;
    }
    let root = parsed.options.root.as_str();
    let mut problem = Problem::file(root, format!("the chain has {} {what}", files.len()));
    for file in files.iter().take(SHOWN) {
        problem = problem.help(format!("`{}` is {}", file.id(), file.shown));
    }
    if files.len() > SHOWN {
        problem = problem.help(format!("and {} more", files.len() - SHOWN));
    }
    for line in help {
        problem = problem.help(*line);
    }
    problems.push(problem);
}

/// The head is the one that the app pins.
pub(super) fn expected_head(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    let Some(expected) = &parsed.options.head else {
        return;
    };
    if !parsed.whole {
        return;
    }
    let heads: Vec<&str> = parsed
        .heads()
        .into_iter()
        .map(|at| parsed.files[at].id())
        .collect();
    if heads == [expected.as_str()] || (heads.len() > 1 && !parsed.options.multiple_heads) {
        return;
    }
    let root = parsed.options.root.as_str();
    let problem = Problem::file(
        root,
        format!("the head is `{}`, not `{expected}`", heads.join("`, `")),
    )
    .help(format!(
        "the app expects it: change {} there, or the revisions here",
        parsed.options.said.head()
    ));
    problems.push(problem);
}

/// A label names one branch, and is no revision's id.
pub(super) fn labels(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    let ids = Known::new(parsed).ids;
    let mut first: HashMap<&str, &str> = HashMap::new();
    for file in &parsed.files {
        for range in &file.header.branch_labels {
            let label = file.text(range);
            if let Some(&at) = ids.get(label) {
                let other = &parsed.files[at].shown;
                let message = format!("branch label `{label}` is the id of {other}");
                problems.push(file.problem(range, message));
            }
            if let Some(other) = first.insert(label, &file.shown) {
                let message = format!("branch label `{label}` is also given by {other}");
                problems.push(file.problem(range, message));
            }
        }
    }
}

/// A squash replaces revisions that are gone, each once, and carries their fingerprint.
pub(super) fn replaced(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    let ids = Known::new(parsed).ids;
    let mut first: HashMap<&str, &str> = HashMap::new();
    for file in &parsed.files {
        for range in &file.header.replaces {
            let id = file.text(range);
            if let Some(&at) = ids.get(id) {
                let problem = file
                    .problem(range, format!("`{id}` is replaced but still there"))
                    .help(format!("delete {}", parsed.files[at].shown));
                problems.push(problem);
            }
            if let Some(other) = first.insert(id, &file.shown) {
                problems.push(file.problem(range, format!("`{id}` is also replaced by {other}")));
            }
        }
        let Some(range) = file.header.replaces.first() else {
            continue;
        };
        for dialect in &parsed.dialects {
            if file.header.carried[dialect.index()].is_none() {
                let problem = file
                    .problem(range, format!("a squash without `fingerprint ({dialect})`"))
                    .help("it carries the fingerprint of the last revision it replaces: let `cargo migrate squash` write it");
                problems.push(problem);
            }
        }
    }
}
