use crate::chain_lock::ChainLock;
use crate::check::{check, check_graph};
use crate::file::{AdoptFile, Body};
use crate::packed::{Encoded, Mismatch, Packed, Piece, encode};
use crate::parsed::ParsedChain;
use crate::problem::Problems;
use crate::{Call, Direction, Folder, Language, Options, Transaction};

/// A versions directory that passed every check.
#[derive(Debug)]
#[non_exhaustive]
pub struct Loaded {
    /// What the macro writes.
    pub encoded: Encoded,
    /// The Rust-coded revisions.
    pub code: Vec<CodeFile>,
    /// Open heads that are still to be written, by path; only where the options allow them.
    pub blank: Vec<String>,
    /// True when a section is `no transaction`.
    pub runs_outside: bool,
    /// Tables in which other tools keep their histories in the same database.
    pub beside: Vec<String>,
    text: String,
}

/// A Rust-coded revision: which functions its module has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeFile {
    /// Its id.
    pub revision: String,
    /// Its file, relative to the versions directory.
    pub path: String,
    /// Its `upgrade`, if it runs.
    pub upgrade: Option<Call>,
    /// Its `downgrade`, if it runs.
    pub downgrade: Option<Call>,
}

impl Loaded {
    /// The chain as the engine reads it.
    pub fn packed(&self) -> Packed<'_> {
        Packed {
            text: &self.text,
            table: &self.encoded.table,
            adoption: &self.encoded.adoption,
        }
    }

    /// What chain.lock should say, where it says `before` now: its seals are kept.
    ///
    /// # Errors
    ///
    /// The table doesn't fit the text.
    pub fn chain_lock(&self, before: &ChainLock) -> Result<ChainLock, Mismatch> {
        Ok(before.updated(&self.packed().chain()?))
    }
}

/// Checks a folder and packs it: the one way from files to a chain, for the macro, the command
/// line and a directory read at run time.
///
/// # Errors
///
/// Everything that is wrong with the folder, sorted by place.
///
/// # Examples
///
/// ```
/// use migrate_chain::{Folder, Options, load};
///
/// let mut folder = Folder::new("versions");
/// folder.add("a1-users.sql", b"\
/// -- users
/// -- revision: a1
/// -- down_revision: none
///
/// -- upgrade (sqlite)
/// CREATE TABLE users (id INTEGER PRIMARY KEY);
///
/// -- downgrade
/// DROP TABLE users;
/// ");
/// let loaded = load(folder, &Options::new("versions"))?;
/// let chain = loaded.packed().chain()?;
/// assert_eq!(chain.get(0).message, "users");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn load(folder: Folder, options: &Options) -> Result<Loaded, Problems> {
    let Folder {
        root,
        files,
        chain_lock,
        adopt,
        mut problems,
        strays,
    } = folder;
    let (lock, unread) = chain_lock.map(|text| ChainLock::read(&root, &text)).unzip();
    let mut misread = Problems::new();
    let adopt = adopt.map(|source| AdoptFile::parse(&root, source, &mut misread));
    let parsed = ParsedChain::new(options, &root, files, lock, adopt, &mut problems);
    problems.append(misread);
    problems.append(strays);
    problems.append(unread.unwrap_or_default());
    check(&parsed, &mut problems);
    problems.into_result()?;
    Ok(pack(&parsed))
}

/// Packs a folder whose revisions form a graph, whatever else is wrong with it: several heads, a
/// script that is still to be written, a stale chain.lock, no revision at all. It is for commands
/// that look at a chain or mend it; nothing that runs scripts may use it.
///
/// # Errors
///
/// Everything that keeps the revisions from forming a graph: a header that can't be read, an unknown
/// parent, a cycle, an id or a label given twice.
pub fn load_graph(folder: Folder, options: &Options) -> Result<Loaded, Problems> {
    let Folder {
        root,
        files,
        chain_lock,
        adopt,
        mut problems,
        strays: _,
    } = folder;
    let unreadable = !problems.is_empty();
    let lock = chain_lock.map(|text| ChainLock::read(&root, &text).0);
    let adopt = adopt.map(|source| AdoptFile::parse(&root, source, &mut Problems::new()));
    let parsed = ParsedChain::new(options, &root, files, lock, adopt, &mut problems);
    let mut graph = Problems::new();
    check_graph(&parsed, &mut graph);
    if unreadable || !parsed.whole || !graph.is_empty() {
        problems.append(graph);
        problems.into_result()?;
    }
    Ok(pack(&parsed))
}

fn pack(parsed: &ParsedChain<'_>) -> Loaded {
    let encoded = encode(parsed);
    let mut text = String::new();
    // In the order in which `encode` lists them.
    let revisions = (parsed.order.iter())
        .map(|&index| &parsed.files[index])
        .filter(|file| file.language == Language::Sql);
    let mut texts = revisions
        .map(|file| &file.source)
        .chain(parsed.adopt.as_ref().map(|file| &file.source));
    for piece in &encoded.pieces {
        match piece {
            Piece::Literal(literal) => text.push_str(literal),
            Piece::File(_) => text.push_str(texts.next().map_or("", |source| &source.text)),
        }
    }
    Loaded {
        code: code(parsed),
        blank: (parsed.files.iter().enumerate())
            .filter(|&(index, _)| parsed.is_blank_head(index))
            .map(|(_, file)| file.shown.clone())
            .collect(),
        runs_outside: (parsed.files.iter().flat_map(|file| &file.sections))
            .any(|section| section.properties.transaction == Transaction::Outside),
        beside: parsed.options.beside.clone(),
        encoded,
        text,
    }
}

fn code(parsed: &ParsedChain<'_>) -> Vec<CodeFile> {
    let files = parsed.order.iter().map(|&index| &parsed.files[index]);
    files
        .filter(|file| file.language == Language::Rust)
        .map(|file| {
            let call = |direction: Direction| {
                let mut actions = parsed
                    .dialects
                    .iter()
                    .filter_map(|&dialect| file.action(direction, dialect));
                actions.any(|(_, body)| body == Body::Code).then_some(())?;
                file.functions.get(direction)
            };
            CodeFile {
                revision: file.id().to_owned(),
                path: file.source.path.clone(),
                upgrade: call(Direction::Upgrade),
                downgrade: call(Direction::Downgrade),
            }
        })
        .collect()
}
