use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::chain_lock::ChainLock;
use crate::file::{AdoptFile, Body, RevisionFile, Section};
use crate::graph::{Edges, Graph};
use crate::problem::Problems;
use crate::sql::{self, Inspection};
use crate::{Dialect, Direction, Language, Options, SourceFile, Transaction, id};

/// A versions directory being checked: every file parsed, references resolved as far as they go.
#[derive(Debug)]
pub(crate) struct ParsedChain<'o> {
    pub(crate) options: &'o Options,
    /// The dialects every revision must serve, in the order of [`Dialect::ALL`].
    pub(crate) dialects: Vec<Dialect>,
    /// By file name: the order that breaks ties.
    pub(crate) files: Vec<RevisionFile>,
    /// Files without an id: no nodes of the graph, but their scripts are checked all the same.
    unidentified: Vec<RevisionFile>,
    pub(crate) graph: Graph,
    pub(crate) children: Edges,
    pub(crate) required_by: Edges,
    /// By position in `files`; what a cycle leaves out is missing.
    pub(crate) order: Vec<usize>,
    /// True when every file could be read and every reference found: only then is a head a head.
    pub(crate) whole: bool,
    /// What hashes are taken of, normalised, by position in `files` and in `dialects`.
    pub(crate) contents: Vec<Vec<(Dialect, String)>>,
    /// What the scanner says of the scripts, which is asked of it once.
    inspections: Vec<Inspections>,
    /// Revisions that could not be read: they are not unknown as well.
    pub(crate) unread: Unread,
    /// What chain.lock says, where there is one.
    pub(crate) lock: Option<ChainLock>,
    /// How databases of another tool's are taken over, where the directory says it.
    pub(crate) adopt: Option<AdoptFile>,
}

impl<'o> ParsedChain<'o> {
    /// Parses the files and joins them into a graph; `problems` holds what is wrong with files that
    /// could not be read at all, and gets what is wrong with these.
    pub(crate) fn new(
        options: &'o Options,
        root: &str,
        sources: Vec<SourceFile>,
        lock: Option<ChainLock>,
        adopt: Option<AdoptFile>,
        problems: &mut Problems,
    ) -> ParsedChain<'o> {
        let mut whole = problems.is_empty();
        let mut unread = Unread::default();
        let places = problems.iter().filter_map(|problem| problem.place.as_ref());
        places.for_each(|place| unread.add(&place.path));
        let mut files = Vec::with_capacity(sources.len());
        let mut unidentified = Vec::new();
        for source in sources {
            let path = source.path.clone();
            match RevisionFile::parse(root, source, problems) {
                Some(file) if file.header.identified => {
                    whole &= !file.header.doubtful;
                    files.push(file);
                    continue;
                }
                file => unidentified.extend(file),
            }
            unread.add(&path);
            whole = false;
        }
        files.sort_by(|a, b| a.order_key().cmp(&b.order_key()));
        let (graph, resolved) = ParsedChain::resolve(&files);
        let file_order: Vec<usize> = (0..files.len()).collect();
        let required_by = graph.required_by();
        let order = graph.order(&required_by, &file_order, &vec![true; files.len()]);
        let every = || files.iter().chain(&unidentified);
        let dialects = dialects(options, lock.as_ref(), &every());
        let content = |file: &RevisionFile| {
            let of = |&dialect| (dialect, file.content(dialect));
            dialects.iter().map(of).collect()
        };
        let inspections = every().map(|file| inspections(file, &dialects));
        ParsedChain {
            contents: files.iter().map(content).collect(),
            inspections: inspections.collect(),
            unidentified,
            dialects,
            options,
            children: graph.children(),
            required_by,
            order,
            whole: whole && resolved,
            unread,
            lock,
            adopt,
            graph,
            files,
        }
    }

    /// Finds parents and dependencies by id; false when one is missing.
    fn resolve(files: &[RevisionFile]) -> (Graph, bool) {
        let mut by_id = HashMap::with_capacity(files.len());
        for (index, file) in files.iter().enumerate() {
            by_id.entry(file.id()).or_insert(index);
        }
        let mut whole = by_id.len() == files.len();
        let mut graph = Graph::default();
        for (index, file) in files.iter().enumerate() {
            let mut find = |ranges: &[Range<usize>]| {
                let found: Vec<usize> = ranges
                    .iter()
                    .filter_map(|range| by_id.get(file.text(range)).copied())
                    // A rule of its own reports a revision that names itself.
                    .filter(|&found| found != index)
                    .collect();
                whole &= found.len() == ranges.len();
                found
            };
            let parents = find(&file.header.down_revision);
            let dependencies = find(&file.header.depends_on);
            graph.parents.push(parents);
            graph.dependencies.push(dependencies);
        }
        (graph, whole)
    }

    /// True for an open head without a script yet, where the options allow one.
    pub(crate) fn is_blank_head(&self, index: usize) -> bool {
        let Some(file) = self.files.get(index).filter(|_| self.options.blank_head) else {
            return false;
        };
        let is_sealed = || {
            let seal = self.lock.as_ref().and_then(|lock| lock.seal_of(file.id()));
            seal.is_some()
        };
        let is_blank = |section: &Section| match &section.body {
            Body::Script(range) => sql::is_blank(file.text(range)),
            Body::Code | Body::Nothing | Body::Irreversible(_) => false,
        };
        file.language == Language::Sql
            && !file.is_merge()
            && !file.misread.any()
            && self.required_by.of_node(index).is_empty()
            && file.sections.iter().all(is_blank)
            && !is_sealed()
    }

    /// Every file of which anything is known, with the index that [`inspection`] takes.
    ///
    /// [`inspection`]: ParsedChain::inspection
    pub(crate) fn every_file(&self) -> impl Iterator<Item = (usize, &RevisionFile)> {
        self.files.iter().chain(&self.unidentified).enumerate()
    }

    /// Revisions without a child.
    pub(crate) fn heads(&self) -> Vec<usize> {
        (self.order.iter().copied())
            .filter(|&index| self.children.of_node(index).is_empty())
            .collect()
    }

    /// What the scanner says of the script that serves a dialect, and where the script stands; `None`
    /// where there is no script.
    pub(crate) fn inspection(
        &self,
        index: usize,
        direction: Direction,
        dialect: Dialect,
    ) -> Option<(&Range<usize>, &Inspection)> {
        let found = &self.inspections.get(index)?[direction as usize][dialect.index()];
        found.as_ref().map(|(script, found)| (script, found))
    }
}

/// By direction and [`Dialect::index`]: a script's place, and what the scanner says of it.
type Inspections = [[Option<(Range<usize>, Inspection)>; 2]; 2];

fn inspections(file: &RevisionFile, dialects: &[Dialect]) -> Inspections {
    let mut all = Inspections::default();
    for direction in Direction::BOTH {
        for &dialect in dialects {
            let Some(section) = file.section(direction, dialect) else {
                continue;
            };
            let Body::Script(range) = &section.body else {
                continue;
            };
            let wanted = sql::Section {
                direction,
                dialect,
                in_transaction: section.properties.transaction != Transaction::Outside,
                foreign_keys_off: section.properties.foreign_keys_off,
            };
            let found = sql::inspect(file.text(range), &wanted);
            all[direction as usize][dialect.index()] = Some((range.clone(), found));
        }
    }
    all
}

/// The names of files of which the id could not be read.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    stems: Vec<String>,
    /// Their words, so that most ids are found without looking at each name.
    words: HashSet<String>,
}

impl Unread {
    fn add(&mut self, path: &str) {
        let name = path.rsplit('/').next().unwrap_or(path);
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let words = stem.split(|c: char| !c.is_ascii_alphanumeric());
        self.words.extend(words.map(str::to_owned));
        self.stems.push(stem.to_owned());
    }

    /// True when a file that could not be read is named after the revision.
    pub(crate) fn may_be(&self, id: &str) -> bool {
        let is_word = id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_word {
            self.words.contains(id)
        } else {
            (self.stems.iter()).any(|stem| id::named_by(id, stem))
        }
    }
}

/// The dialects that the options or chain.lock name, or else those that the files name.
fn dialects<'f>(
    options: &Options,
    lock: Option<&ChainLock>,
    files: &(impl Iterator<Item = &'f RevisionFile> + Clone),
) -> Vec<Dialect> {
    let locked = lock.map_or(&[][..], |lock| &lock.dialects);
    let named = [&options.dialects[..], locked].into_iter();
    let named = named.into_iter().find(|named| !named.is_empty());
    let in_files = |dialect: &Dialect| {
        let mut sections = files.clone().flat_map(|file| &file.sections);
        sections.any(|section| section.dialect == Some(*dialect))
    };
    let is_served = |dialect: &Dialect| match named {
        Some(named) => named.contains(dialect),
        None => in_files(dialect),
    };
    Dialect::ALL.into_iter().filter(is_served).collect()
}
