//! A section of a revision, made of a script that another tool ran: its text stays, but for what a section can't hold.

use std::ops::Range;

use migrate_chain::sql::{Section, TokenKind, inspect, is_blank, statements, tokens};
use migrate_chain::{Dialect, Direction, Properties, Transaction, is_section_line};

use super::history::Side;

/// A section, and what was done to the script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Converted {
    /// `None`: it does nothing.
    pub(crate) text: Option<String>,
    pub(crate) properties: Properties,
    pub(crate) changes: Vec<String>,
}

/// Makes a section of one direction of a step.
///
/// # Errors
///
/// Why no section can hold the script.
pub(crate) fn convert(
    side: &Side,
    direction: Direction,
    dialect: Dialect,
) -> Result<Converted, String> {
    let mut changes = side.changes.clone();
    if is_blank(&side.text) {
        return Ok(Converted {
            text: None,
            properties: Properties::default(),
            changes,
        });
    }
    let mut text = side.text.clone();
    let switches = without_foreign_keys(&mut text, dialect, &mut changes);
    let around = without_control(&mut text, dialect, &mut changes)?;
    without_section_lines(&mut text, dialect, &mut changes)?;
    let wanted = match (side.is_outside, around) {
        (_, Around::Enclosed) => Transaction::Own,
        (true, _) | (_, Around::Pieces) => Transaction::Outside,
        (false, Around::Nothing) => Transaction::Shared,
    };
    let properties = properties(&text, direction, dialect, wanted, switches)?;
    if properties != Properties::default() {
        changes.push(format!(
            "the {direction} is marked `{}`",
            properties.to_words()
        ));
    }
    if is_blank(&text) {
        return Ok(Converted {
            text: None,
            properties: Properties::default(),
            changes,
        });
    }
    if properties.foreign_keys_off && renames_away(&text, dialect) {
        text.insert_str(0, "PRAGMA legacy_alter_table = OFF;\n");
        changes.push(
            "`PRAGMA legacy_alter_table = OFF` was put first: what refers to a table that is renamed away follows it, as it does without `foreign keys off`"
                .to_owned(),
        );
    }
    Ok(Converted {
        text: Some(text),
        properties,
        changes,
    })
}

/// The first of the properties, from what is wanted on, under which no rule of a chain finds anything.
fn properties(
    text: &str,
    direction: Direction,
    dialect: Dialect,
    wanted: Transaction,
    switches: bool,
) -> Result<Properties, String> {
    let all = [Transaction::Shared, Transaction::Own, Transaction::Outside];
    // A rebuild with foreign keys switched off is checked before it commits, and so is in a transaction.
    let commits = if wanted == Transaction::Shared {
        Transaction::Shared
    } else {
        Transaction::Own
    };
    let mut tried: Vec<(Transaction, bool)> = Vec::new();
    if switches {
        tried.push((commits, true));
    }
    tried.push((wanted, false));
    if dialect == Dialect::Sqlite {
        tried.push((commits, true));
    }
    tried.extend(all.into_iter().rev().map(|one| (one, false)));
    let mut first = None;
    for (transaction, foreign_keys_off) in tried {
        let mut section = Section::new(dialect);
        section.direction = direction;
        section.in_transaction = transaction != Transaction::Outside;
        section.foreign_keys_off = foreign_keys_off;
        match inspect(text, &section).findings.into_iter().next() {
            None => {
                return Ok(Properties {
                    transaction,
                    foreign_keys_off,
                });
            }
            Some(finding) => first = first.or(Some(finding)),
        }
    }
    let finding = first.map(|finding| {
        let line = 1 + text
            .get(..finding.range.start)
            .unwrap_or("")
            .matches('\n')
            .count();
        format!(
            "line {line} of the {direction}: {}; {}",
            finding.message, finding.help
        )
    });
    Err(finding.unwrap_or_default())
}

/// What stood around the statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Around {
    Nothing,
    /// One BEGIN at the start, one COMMIT at the end.
    Enclosed,
    /// The script commits in between.
    Pieces,
}

/// Takes BEGIN and COMMIT off: the transaction of a section is said by its properties.
fn without_control(
    text: &mut String,
    dialect: Dialect,
    changes: &mut Vec<String>,
) -> Result<Around, String> {
    let mut found: Vec<(Range<usize>, Control)> = Vec::new();
    let (mut first, mut last) = (false, false);
    for (at, statement) in statements(text, dialect).enumerate() {
        let control = control(&text[statement.range.clone()], dialect);
        first |= at == 0 && control == Some(Control::Begin);
        last = control == Some(Control::Commit);
        match control {
            Some(Control::Other(word)) => {
                return Err(format!(
                    "`{word}` ends a transaction without keeping what it did, which no section can do"
                ));
            }
            Some(control) => found.push((statement.range, control)),
            None => {}
        }
    }
    if found.is_empty() {
        return Ok(Around::Nothing);
    }
    let around = if first && last && found.len() == 2 {
        changes.push("BEGIN and COMMIT around it became `own transaction`".to_owned());
        Around::Enclosed
    } else {
        let words: Vec<&str> = found
            .iter()
            .map(|(_, control)| match control {
                Control::Begin => "BEGIN",
                _ => "COMMIT",
            })
            .collect();
        changes.push(format!(
            "{} in it were taken out; each statement commits by itself",
            words.join(", ")
        ));
        Around::Pieces
    };
    cut(text, found.into_iter().map(|(range, _)| range));
    Ok(around)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Control {
    Begin,
    Commit,
    Other(String),
}

fn control(statement: &str, dialect: Dialect) -> Option<Control> {
    let words = words(statement, dialect);
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    match word(0) {
        "BEGIN" => Some(Control::Begin),
        "START" if word(1) == "TRANSACTION" => Some(Control::Begin),
        "COMMIT" | "END" if word(1) != "PREPARED" => Some(Control::Commit),
        "ROLLBACK" if word(1) == "TO" || (word(1) == "TRANSACTION" && word(2) == "TO") => None,
        first @ ("ROLLBACK" | "ABORT" | "COMMIT") => Some(Control::Other(first.to_owned())),
        "PREPARE" if word(1) == "TRANSACTION" => {
            Some(Control::Other("PREPARE TRANSACTION".to_owned()))
        }
        _ => None,
    }
}

/// The first words of a statement, in capitals.
fn words(statement: &str, dialect: Dialect) -> Vec<String> {
    let tokens = tokens(statement, dialect).unwrap_or_default();
    let words = tokens.iter().take(8).map(|token| {
        let text = statement.get(token.start..token.end).unwrap_or("");
        text.to_ascii_uppercase()
    });
    words.collect()
}

/// Takes `PRAGMA foreign_keys = ..` out; true where it switched them off.
fn without_foreign_keys(text: &mut String, dialect: Dialect, changes: &mut Vec<String>) -> bool {
    if dialect != Dialect::Sqlite {
        return false;
    }
    let mut found = Vec::new();
    let mut switches = false;
    for statement in statements(text, dialect) {
        let words = words(&text[statement.range.clone()], dialect);
        let word = |at: usize| words.get(at).map_or("", String::as_str);
        let at = if word(2) == "." { 3 } else { 1 };
        let sets = ["=", "("].contains(&word(at + 1));
        if word(0) == "PRAGMA" && word(at) == "FOREIGN_KEYS" && sets {
            let value = word(at + 2).trim_matches(['\'', '"']);
            switches |= ["OFF", "0", "FALSE", "NO"].contains(&value);
            found.push(statement.range);
        }
    }
    if !found.is_empty() {
        changes.push(
            "`PRAGMA foreign_keys` was taken out: the section's properties switch them".to_owned(),
        );
        cut(text, found.into_iter());
    }
    switches
}

/// True where a table that the script hasn't made gets another name. `foreign keys off` leaves references where they are,
/// which is right for a new table that takes the place of an old one.
fn renames_away(text: &str, dialect: Dialect) -> bool {
    let bare = |word: &str| word.trim_matches(['"', '`', '[', ']']).to_owned();
    let mut made: Vec<String> = Vec::new();
    let mut found = false;
    for statement in statements(text, dialect) {
        let words = words(&text[statement.range.clone()], dialect);
        let word = |at: usize| words.get(at).map_or("", String::as_str);
        // `main` may stand in front of the name.
        let named = |at: usize| if word(at + 1) == "." { at + 2 } else { at };
        match (word(0), word(1)) {
            ("PRAGMA", _) if words.iter().any(|word| word == "LEGACY_ALTER_TABLE") => return false,
            ("CREATE", "TABLE") => {
                let at = if word(2) == "IF" { 5 } else { 2 };
                made.push(bare(word(named(at))));
            }
            ("ALTER", "TABLE") => {
                let at = named(2);
                let is_rename = word(at + 1) == "RENAME" && word(at + 2) == "TO";
                found |= is_rename && !made.contains(&bare(word(at)));
            }
            _ => {}
        }
    }
    found
}

/// Writes comments that a revision file would take for the start of a section in another way.
fn without_section_lines(
    text: &mut String,
    dialect: Dialect,
    changes: &mut Vec<String>,
) -> Result<(), String> {
    if !text.lines().any(is_section_line) {
        return Ok(());
    }
    let quoted: Vec<Range<usize>> = tokens(text, dialect)
        .unwrap_or_default()
        .iter()
        .filter(|token| !matches!(token.kind, TokenKind::Word | TokenKind::Symbol(_)))
        .map(|token| token.start..token.end)
        .collect();
    let mut out = String::with_capacity(text.len() + 8);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if is_section_line(bare) {
            let number = 1 + text.get(..at).unwrap_or("").matches('\n').count();
            if quoted
                .iter()
                .any(|range| range.start < at && at < range.end)
            {
                return Err(format!(
                    "line {number} stands in quotes, and reads as the start of a section: `{}`",
                    bare.trim()
                ));
            }
            let (before, comment) = bare.split_once("--").unwrap_or(("", bare));
            out.push_str(&format!("{before}-- ({})", comment.trim()));
            out.push_str(line.get(bare.len()..).unwrap_or(""));
            changes.push(format!(
                "the comment `{}` stands in parentheses: it would open a section",
                bare.trim()
            ));
        } else {
            out.push_str(line);
        }
        at += line.len();
    }
    *text = out;
    Ok(())
}

/// Takes ranges out, each with its line where nothing else stands there.
fn cut(text: &mut String, ranges: impl DoubleEndedIterator<Item = Range<usize>>) {
    for range in ranges.rev() {
        let before = text.get(..range.start).unwrap_or("");
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        let after = text.get(range.end..).unwrap_or("");
        let rest = after.find('\n').map_or(after.len(), |at| at + 1);
        let is_alone = before.get(line..).unwrap_or("").trim().is_empty()
            && after.get(..rest).unwrap_or("").trim().is_empty();
        if is_alone {
            text.replace_range(line..range.end + rest, "");
        } else {
            text.replace_range(range, "");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use migrate_schema::scratch::beside::Sent;

    fn converted(text: &str, dialect: Dialect) -> Result<(String, String), String> {
        let side = Side::new("a.sql", text.to_owned(), Sent::Whole);
        let one = convert(&side, Direction::Upgrade, dialect)?;
        Ok((one.text.unwrap_or_default(), one.properties.to_words()))
    }

    #[test]
    fn what_needs_no_change_stays_byte_for_byte() {
        let text = "-- a\n\n  CREATE TABLE t (x int) ; \n\n-- end";
        for dialect in Dialect::ALL {
            assert_eq!(
                converted(text, dialect),
                Ok((text.to_owned(), String::new()))
            );
        }
    }

    #[test]
    fn an_enclosing_transaction_becomes_a_property() {
        let text = "-- a\nBEGIN;\nCREATE TABLE t (x int);\nCOMMIT;\n";
        let wanted = ("-- a\nCREATE TABLE t (x int);\n", "own transaction");
        for dialect in Dialect::ALL {
            let (text, words) = converted(text, dialect).unwrap();
            assert_eq!((text.as_str(), words.as_str()), wanted);
        }
        let (text, words) =
            converted("begin transaction; select 1; end;", Dialect::Sqlite).unwrap();
        assert_eq!(
            (text.trim(), words.as_str()),
            ("select 1;", "own transaction")
        );
    }

    #[test]
    fn a_transaction_in_between_is_none_any_more() {
        let text = "CREATE TYPE e AS ENUM ('a');\nCOMMIT;\nALTER TYPE e ADD VALUE 'b';\nBEGIN;\nSELECT 1;\n";
        let (text, words) = converted(text, Dialect::Postgres).unwrap();
        assert!(!text.contains("COMMIT") && !text.contains("BEGIN"));
        assert_eq!(words, "no transaction");
        assert!(converted("SELECT 1; ROLLBACK;", Dialect::Postgres).is_err());
        assert!(converted("SAVEPOINT a; ROLLBACK TO a;", Dialect::Postgres).is_ok());
    }

    #[test]
    fn only_what_needs_it_leaves_the_transaction() {
        let (_, words) =
            converted("CREATE INDEX CONCURRENTLY i ON t (a);", Dialect::Postgres).unwrap();
        assert_eq!(words, "no transaction");
        assert_eq!(converted("DROP INDEX i;", Dialect::Postgres).unwrap().1, "");
        let error = converted("COPY t FROM STDIN;\n1\n\\.\n", Dialect::Postgres).unwrap_err();
        assert!(error.starts_with("line 1 of the upgrade: `COPY"), "{error}");
    }

    #[test]
    fn a_rebuild_switches_foreign_keys_off() {
        let rebuild = "CREATE TABLE new_t (x);\nDROP TABLE t;\nALTER TABLE new_t RENAME TO t;\n";
        let (text, words) = converted(rebuild, Dialect::Sqlite).unwrap();
        assert_eq!(
            (text.as_str(), words.as_str()),
            (rebuild, "foreign keys off")
        );
        let switched = format!(
            "PRAGMA foreign_keys=off;\nBEGIN;\n{rebuild}COMMIT;\nPRAGMA foreign_keys=on;\n"
        );
        let (text, words) = converted(&switched, Dialect::Sqlite).unwrap();
        assert_eq!(
            (text.as_str(), words.as_str()),
            (rebuild, "own transaction, foreign keys off")
        );
    }

    #[test]
    fn a_comment_that_would_open_a_section_stays_a_comment() {
        let (text, _) =
            converted("-- Upgrade\nSELECT 1;\n  -- downgrade:\n", Dialect::Sqlite).unwrap();
        assert_eq!(text, "-- (Upgrade)\nSELECT 1;\n  -- (downgrade:)\n");
        assert!(!text.lines().any(is_section_line));
        let quoted = "SELECT 'a\n-- upgrade\n';";
        assert!(
            converted(quoted, Dialect::Sqlite)
                .unwrap_err()
                .starts_with("line 2")
        );
    }

    #[test]
    fn comments_alone_do_nothing() {
        let side = Side::new("a.sql", "-- nothing to undo\n".to_owned(), Sent::Whole);
        let one = convert(&side, Direction::Downgrade, Dialect::Postgres).unwrap();
        assert_eq!(one.text, None);
    }
}
