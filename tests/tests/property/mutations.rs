//! No text and no bytes make a reader panic, and what it accepts it can read again.

use migrate_chain::chain_lock::ChainLock;
use migrate_chain::sql::{
    Section, concurrent_index, inspect, is_blank, postgres_parameters, runs_in_transaction,
    statements,
};
use migrate_chain::{
    Applied, Dialect, Direction, Folder, Goal, Options, Packed, Plan, Properties, Target, load,
};
use migrate_tests::Dag;
use migrate_tests::dag::Draw;
use proptest::prelude::*;

use super::executed::config;
use super::fragments::script;
use super::scanner::cover;
use super::world::Story;

/// What a person could leave anywhere in a text.
const PIECES: &[&str] = &[
    "'",
    "\"",
    "`",
    "[",
    "]",
    "$$",
    "$a$",
    "E'",
    "U&'",
    "\\",
    "\\.\n",
    "--",
    "\n",
    "\r",
    "\r\n",
    "/*",
    "*/",
    "(",
    ")",
    ";",
    ":",
    ",",
    "@",
    "+",
    "-",
    ".",
    "ж",
    "\u{feff}",
    "\0",
    "\u{2028}",
    "🦀",
    "#",
    "!",
    " create trigger ",
    " begin atomic ",
    " end ",
    " case ",
    "copy t from stdin;\n",
    "\n-- upgrade\n",
    "\n-- downgrade (sqlite)\n",
    "\n-- upgrade: nothing\n",
    "\n-- irreversible: so\n",
    "-- revision: ",
    "-- down_revision: none\n",
    "-- depends_on: ",
    "-- branch_labels: ",
    "-- replaces: ",
    "<<<<<<< ours\n",
    " open",
    " sqlite:",
    "head",
    "99999999999999999999",
    "none",
];

/// The text, cut, doubled and spoiled in some places.
fn mutated(text: &[u8], draw: &mut Draw) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for _ in 0..1 + draw.below(4) {
        let at = draw.below(bytes.len() + 1);
        let end = (at + draw.below(12)).min(bytes.len());
        match draw.below(6) {
            0 => drop(bytes.drain(at..end)),
            1 => {
                let doubled = bytes[at..end].to_vec();
                bytes.splice(at..at, doubled);
            }
            2 => bytes.truncate(at),
            3 if at < bytes.len() => bytes[at] = u8::try_from(draw.below(256)).unwrap(),
            _ => {
                let piece = PIECES[draw.below(PIECES.len())].bytes();
                bytes.splice(at..at, piece);
            }
        }
    }
    bytes
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Everything that reads a script.
fn scan(script: &str) {
    is_blank(script);
    for dialect in Dialect::ALL {
        let ranges: Vec<_> = statements(script, dialect)
            .map(|found| found.range)
            .collect();
        cover(script, &ranges, dialect);
        for range in ranges {
            let statement = &script[range];
            runs_in_transaction(statement, dialect);
            concurrent_index(statement).map(|index| index.qualified());
        }
        for (in_transaction, foreign_keys_off) in [(true, false), (true, true), (false, false)] {
            let mut section = Section::new(dialect);
            section.in_transaction = in_transaction;
            section.foreign_keys_off = foreign_keys_off;
            for finding in inspect(script, &section).findings {
                assert!(script.get(finding.range).is_some(), "{script:?}");
            }
        }
    }
    let _ = postgres_parameters(script);
}

fn options() -> Options {
    let mut options = Options::new("versions");
    options.dialects = vec![Dialect::Sqlite, Dialect::Postgres];
    options.multiple_heads = true;
    options.multiple_bases = true;
    options
}

/// Reads all that a packed chain says, if it can be read.
fn read(packed: Packed<'_>) {
    let Ok(header) = packed.header() else {
        return;
    };
    for dialect in Dialect::ALL
        .into_iter()
        .filter(|&dialect| header.serves(dialect))
    {
        header.effective_heads(dialect).for_each(drop);
    }
    let Ok(chain) = packed.chain() else {
        return;
    };
    for position in 0..chain.len() {
        let revision = chain.get(position);
        for direction in [Direction::Upgrade, Direction::Downgrade] {
            for dialect in Dialect::ALL {
                revision.action(direction, dialect);
                revision.fingerprint(dialect);
            }
        }
        revision.locate(chain.root, 0..1);
        chain.labels(position).for_each(drop);
        assert!(chain.index_of(revision.id).is_some());
    }
    let applied = Applied::of_rows(&chain, &chain.bases());
    let _ = Plan::new(&chain, &applied, Goal::Upgrade(&Target::HEADS));
}

proptest! {
    #![proptest_config(config(3000))]

    #[test]
    fn scripts(seed in any::<u64>(), len in 1usize..5, sqlite in any::<bool>()) {
        let dialect = if sqlite { Dialect::Sqlite } else { Dialect::Postgres };
        let (script, _) = script(seed, len, dialect);
        scan(&lossy(&mutated(script.as_bytes(), &mut Draw::new(seed))));
    }

    #[test]
    fn scripts_of_anything(script in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        scan(&script);
        scan(&lossy(&bytes));
    }

    #[test]
    fn targets(text in any::<String>(), seed in any::<u64>()) {
        let valid = ["head", "br@head-1", "base+3", "+2", "-1", "ae10+2", "current", "heads", "a@+1"];
        let mut draw = Draw::new(seed);
        let valid = valid[draw.below(valid.len())];
        for text in [text, valid.to_owned(), lossy(&mutated(valid.as_bytes(), &mut draw))] {
            match text.parse::<Target>() {
                Ok(target) => prop_assert_eq!(target.to_string().parse(), Ok(target)),
                Err(error) => prop_assert!(!error.to_string().is_empty() && text != valid),
            }
            let _ = Properties::parse(&text);
        }
    }
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn revision_files(seed in any::<u64>(), len in 1usize..5) {
        let mut draw = Draw::new(seed);
        let mut folder = Folder::new("versions");
        let files = Story::random(seed, len).files();
        let spoiled = draw.below(files.len());
        for (at, (path, text)) in files.iter().enumerate() {
            let text = if at == spoiled { mutated(text.as_bytes(), &mut draw) } else { text.as_bytes().to_vec() };
            folder.add(path, &text);
        }
        let code = CODE.as_bytes();
        let code = if draw.percent(50) { mutated(code, &mut draw) } else { code.to_vec() };
        folder.add("zz-code.rs", &code);
        folder.finish();
        match load(folder, &options()) {
            Ok(loaded) => {
                prop_assert!(loaded.packed().chain().is_ok());
                read(loaded.packed());
            }
            Err(problems) => prop_assert!(!problems.to_string().is_empty()),
        }
    }

    #[test]
    fn packed_chains(seed in any::<u64>(), len in 1usize..5) {
        let mut draw = Draw::new(seed);
        let mut folder = Folder::new("versions");
        for (path, text) in Dag::random(seed, len).files() {
            folder.add(&path, text.as_bytes());
        }
        folder.finish();
        let loaded = load(folder, &options()).unwrap();
        let packed = loaded.packed();
        read(packed);
        for _ in 0..20 {
            let table = mutated(packed.table, &mut draw);
            read(Packed { table: &table, ..packed });
            let text = lossy(&mutated(packed.text.as_bytes(), &mut draw));
            read(Packed { text: &text, ..packed });
        }
    }

    #[test]
    fn chain_locks(seed in any::<u64>(), text in any::<String>()) {
        let mut draw = Draw::new(seed);
        let hash = "9f86d081884c7d659a2feaa0c55ad015";
        let valid = format!("# so\ndialects sqlite postgres\ncb3cf47d9259 v1.2.0 {hash} {hash}\na1 open\n");
        prop_assert_eq!(ChainLock::parse("versions", &valid).unwrap().entries.len(), 2);
        for text in [text, lossy(&mutated(valid.as_bytes(), &mut draw))] {
            match ChainLock::parse("versions", &text) {
                Ok(lock) => {
                    let again = ChainLock::parse("versions", &lock.to_string()).unwrap();
                    prop_assert_eq!(lock.to_string(), again.to_string());
                }
                Err(problems) => prop_assert!(!problems.to_string().is_empty()),
            }
        }
    }
}

const CODE: &str = "//! code\n//!\n//! revision: zz\n//! down_revision: none\n//! downgrade: nothing\n\n\
    use migrate_runtime::{Context, Result};\n\n/* /* nested */ */ const S: &str = r#\"fn upgrade(\"#;\n\
    pub fn upgrade(db: &mut Context<'_>) -> Result<()> {\n    db.execute(\"SELECT 'x'\", &[])?;\n    Ok(())\n}\n";
