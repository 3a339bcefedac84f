use crate::Language;
use crate::{Dialect, Fingerprint};

/// What the header of a new file says; what is empty is left out.
///
/// ```
/// use migrate_chain::{Language, NewHeader};
///
/// let header = NewHeader {
///     down_revision: &["a1"],
///     ..NewHeader::new("create users", "b1", "2026-11-20 10:02:11 UTC")
/// };
/// assert_eq!(header.text(Language::Sql), "\
/// -- create users
/// --
/// -- revision: b1
/// -- down_revision: a1
/// -- created: 2026-11-20 10:02:11 UTC
/// ");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct NewHeader<'a> {
    /// What it does, in one line.
    pub message: &'a str,
    /// Its id.
    pub revision: &'a str,
    /// The ids it stands on; none for a base.
    pub down_revision: &'a [&'a str],
    /// What must be applied before, without being a parent.
    pub depends_on: &'a [&'a str],
    /// Names for the branch that begins here.
    pub branch_labels: &'a [&'a str],
    /// When, as `2026-11-20 10:02:11 UTC`.
    pub created: &'a str,
    /// Why older programs can't go on working.
    pub breaking: Option<&'a str>,
    /// The ids that a squash stands for.
    pub replaces: &'a [&'a str],
    /// Of a squash: those of the last revision it replaces.
    pub fingerprints: &'a [(Dialect, Fingerprint)],
    /// What another tool calls it: each `KEY`, `KEY SUM|SUM` or `KEY SUM "NAME"`.
    pub adopts: &'a [&'a str],
}

impl<'a> NewHeader<'a> {
    /// One of a base.
    pub const fn new(message: &'a str, revision: &'a str, created: &'a str) -> NewHeader<'a> {
        NewHeader {
            message,
            revision,
            down_revision: &[],
            depends_on: &[],
            branch_labels: &[],
            created,
            breaking: None,
            replaces: &[],
            fingerprints: &[],
            adopts: &[],
        }
    }

    /// The lines of the header, in the comments of that language.
    pub fn text(&self, language: Language) -> String {
        let NewHeader {
            message,
            revision,
            down_revision,
            depends_on,
            branch_labels,
            created,
            breaking,
            replaces,
            fingerprints,
            adopts,
        } = *self;
        let mark = match language {
            Language::Sql => "--",
            Language::Rust => "//!",
        };
        let mut text = format!("{mark} {}\n{mark}\n", one_line(message));
        let mut key = |key: &str, value: &str| {
            if !value.is_empty() {
                text.push_str(&format!("{mark} {key}: {value}\n"));
            }
        };
        key("revision", revision);
        match down_revision {
            [] => key("down_revision", "none"),
            ids => key("down_revision", &ids.join(", ")),
        }
        key("depends_on", &depends_on.join(", "));
        key("branch_labels", &branch_labels.join(", "));
        key("created", created);
        key("breaking", &one_line(breaking.unwrap_or_default()));
        key("replaces", &replaces.join(", "));
        key("adopts", &adopts.join(", "));
        for (dialect, fingerprint) in fingerprints {
            key(
                &format!("fingerprint ({dialect})"),
                &fingerprint.to_string(),
            );
        }
        text
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::NewHeader;
    use crate::{Dialect, Fingerprint, Folder, Language, Options, load_graph};

    #[test]
    fn what_is_written_is_read() {
        let fingerprint = Fingerprint::of_content("x");
        let header = NewHeader {
            message: "all\nkeys",
            revision: "b1",
            down_revision: &["a1"],
            depends_on: &["c1", "d1"],
            branch_labels: &["one", "two"],
            created: "2026-11-20 10:02:11 UTC",
            breaking: Some("it\r\nbreaks"),
            replaces: &["x1", "x2"],
            fingerprints: &[
                (Dialect::Sqlite, fingerprint),
                (Dialect::Postgres, fingerprint),
            ],
            adopts: &["7 ab|cd \"one, two\"", "8"],
        };
        let rust = "\npub fn upgrade() {}\n\npub fn downgrade() {}\n";
        let sql = "\n-- upgrade: nothing\n-- downgrade: nothing\n";
        for (language, ending, body) in [(Language::Sql, "sql", sql), (Language::Rust, "rs", rust)]
        {
            let mut folder = Folder::new("versions");
            let mut add = |header: NewHeader<'_>, ending: &str, text: String| {
                folder.add(&format!("{}.{ending}", header.revision), text.as_bytes());
            };
            for id in ["a1", "c1", "d1"] {
                let base = NewHeader::new("base", id, "");
                add(base, "sql", base.text(Language::Sql) + sql);
            }
            add(header, ending, header.text(language) + body);
            folder.add("adopt.sql", b"-- adopt: mine\n-- table: none\n");
            let loaded =
                load_graph(folder, &Options::new("versions")).unwrap_or_else(|e| panic!("{e}"));
            let packed = loaded.packed();
            let chain = packed.chain().unwrap_or_else(|e| panic!("{e}"));
            let Some(at) = chain.index_of("b1") else {
                panic!("it has its id");
            };
            let read = chain.get(at);
            let ids =
                |all: &[usize]| -> Vec<&str> { all.iter().map(|&at| chain.get(at).id).collect() };
            assert_eq!(read.message, "all keys");
            let adoption = packed.adoption().unwrap_or_else(|e| panic!("{e}"));
            let adoption = adoption.unwrap_or_else(|| panic!("it adopts"));
            let keys = adoption.keys(at).iter();
            let keys: Vec<_> = keys
                .map(|one| (one.key, one.sums.join("|"), one.name))
                .collect();
            let first = ("7", "ab|cd".to_owned(), Some("one, two"));
            assert_eq!(keys, [first, ("8", String::new(), None)]);
            assert_eq!(ids(chain.parents(at)), ["a1"]);
            assert_eq!(read.labels, ["one", "two"]);
            assert_eq!(read.created, Some(header.created));
            assert_eq!(read.breaking, Some("it breaks"));
            assert_eq!(read.replaces, ["x1", "x2"]);
            assert_eq!(ids(chain.dependencies(at)), ["c1", "d1"]);
        }
    }
}
