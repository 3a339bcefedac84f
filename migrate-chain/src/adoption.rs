//! What is known of another tool, whose databases the chain takes over: `adopt.sql`, and the headers' `adopts`.

use std::fmt;
use std::ops::Range;

use crate::place::{Place, Snippet, locate};
use crate::sql::push_literal;
use crate::{ADOPT_SQL, Dialect};

/// How a database that another tool has migrated is taken over.
///
/// A query yields what the tool has applied, as keys; each revision says which keys it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Adoption<'a> {
    /// The tool's name.
    pub tool: &'a str,
    /// The tool's table as SQL names it, with or without a schema. `None`: the query decides alone.
    pub table: Option<&'a str>,
    /// Keys that a database may have and no revision stands for.
    pub without: Vec<&'a str>,
    /// By position in the chain: the keys that a revision stands for, all of which must be there.
    pub keys: Vec<Vec<AdoptedKey<'a>>>,
    pub(crate) text: &'a str,
    pub(crate) scripts: [AdoptionScripts<'a>; 2],
}

/// A key of the other tool's.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdoptedKey<'a> {
    /// What the tool calls the step.
    pub key: &'a str,
    /// The tool's checksums of it, any of which is right; the first is written.
    pub sums: Vec<&'a str>,
    /// The tool's own name of the step, where it isn't the revision's message.
    pub name: Option<&'a str>,
}

impl<'a> AdoptedKey<'a> {
    /// A key with its checksums. The name is left out where it is the message of the revision, which stands for it; and so
    /// is one with a quote, which can't be written.
    pub fn new(
        key: &'a str,
        sums: Vec<&'a str>,
        name: Option<&'a str>,
        message: &str,
    ) -> AdoptedKey<'a> {
        let name = name.filter(|name| *name != message && !name.contains('"'));
        AdoptedKey { key, sums, name }
    }
}

/// As the header key `adopts` says it: `KEY`, `KEY SUM|SUM`, `KEY "NAME"`.
impl fmt::Display for AdoptedKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key)?;
        for (at, sum) in self.sums.iter().enumerate() {
            write!(f, "{}{sum}", if at == 0 { ' ' } else { '|' })?;
        }
        match self.name {
            Some(name) => write!(f, " \"{name}\""),
            None => Ok(()),
        }
    }
}

/// The sections of `adopt.sql` that serve a database; `None`: it does nothing, on purpose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdoptionScripts<'a> {
    /// The query for what the tool has applied: rows of a key, a state and, where the tool has one, a checksum.
    pub applied: Option<AdoptionScript<'a>>,
    /// What tells the tool that a step of its own was run.
    pub record: Option<AdoptionScript<'a>>,
    /// What tells the tool that a step of its own was undone.
    pub unrecord: Option<AdoptionScript<'a>>,
}

/// A section's SQL, verbatim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdoptionScript<'a> {
    /// What runs.
    pub text: &'a str,
    /// Where it starts in `adopt.sql`, in bytes.
    pub offset: usize,
}

impl<'a> Adoption<'a> {
    /// What runs on a database.
    pub fn scripts(&self, dialect: Dialect) -> AdoptionScripts<'a> {
        self.scripts[dialect.index()]
    }

    /// The keys of a revision, by its position in the chain.
    pub fn keys(&self, position: usize) -> &[AdoptedKey<'a>] {
        self.keys.get(position).map_or(&[], Vec::as_slice)
    }

    /// The position of the revision that stands for a key, and which of its keys that is.
    pub fn position(&self, key: &str) -> Option<(usize, usize)> {
        let mut revisions = self.keys.iter().enumerate();
        revisions.find_map(|(at, keys)| {
            let found = keys.iter().position(|one| one.key == key)?;
            Some((at, found))
        })
    }

    /// The place and the line of `range`, in bytes of `adopt.sql`.
    pub fn locate(&self, root: &str, range: Range<usize>) -> (Place, Snippet) {
        locate(&format!("{root}/{ADOPT_SQL}"), self.text, range)
    }
}

/// How many parameters `-- record` and `-- unrecord` may take.
pub(crate) const PARAMETERS: usize = 4;

impl AdoptionScript<'_> {
    /// The statements with values in place of `?1` (the key), `?2` (the tool's own name of it), `?3` (the checksum) and
    /// `?4` (the key before it), as literals or NULL; a bare 0 for NULL in a pragma, which takes no other number.
    ///
    /// ```
    /// # use migrate_chain::{Dialect, Folder, Options, load};
    /// # let mut folder = Folder::new("versions");
    /// # folder.add("a1.sql", b"-- a\n-- revision: a1\n-- down_revision: none\n-- adopts: 7\n\n-- upgrade: nothing\n-- downgrade: nothing\n");
    /// # folder.add("adopt.sql", b"-- adopt: mine\n-- table: t\n\n-- applied\nSELECT k, 'applied' FROM t;\n-- record\nINSERT INTO t VALUES (?1, ?4);\n-- unrecord: nothing\n");
    /// # let mut options = Options::new("versions");
    /// # options.dialects = vec![Dialect::Sqlite];
    /// # let loaded = load(folder, &options)?;
    /// # let adoption = loaded.packed().adoption()?.unwrap();
    /// let record = adoption.scripts(Dialect::Sqlite).record.unwrap();
    /// let sql = record.filled(Dialect::Sqlite, [Some("7"), Some("it's"), None, None]);
    /// assert_eq!(sql, "INSERT INTO t VALUES ('7', NULL);\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn filled(&self, dialect: Dialect, values: [Option<&str>; PARAMETERS]) -> String {
        let text = self.text;
        let mut out = String::with_capacity(text.len() + 64);
        let mut copied = 0;
        for (range, number) in parameters(text, dialect) {
            let before = text.get(copied..range.start).unwrap_or("");
            out.push_str(before);
            let value = values.get(number.wrapping_sub(1)).copied().flatten();
            match value {
                Some(value) => push_literal(&mut out, dialect, value),
                None if is_pragma(&out) => out.push('0'),
                None => out.push_str("NULL"),
            }
            copied = range.end;
        }
        out.push_str(text.get(copied..).unwrap_or(""));
        out
    }
}

/// True when a text ends within `PRAGMA name =`.
fn is_pragma(text: &str) -> bool {
    let Some(before) = text.trim_end().strip_suffix('=') else {
        return false;
    };
    let statement = before.rsplit(';').next().unwrap_or(before);
    let first = statement.split_whitespace().next().unwrap_or("");
    first.eq_ignore_ascii_case("pragma")
}

/// The numbered parameters of a script, in order: where each stands, and its number.
pub(crate) fn parameters(sql: &str, dialect: Dialect) -> Vec<(Range<usize>, usize)> {
    crate::sql::numbered_parameters(sql, dialect)
}
