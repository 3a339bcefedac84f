use std::ops::Range;

use migrate_chain::{Dialect, sql};

use super::{Piece, mentions};

/// Pieces of a plan joined into one simple query, so that they travel in one round trip whatever
/// their number.
///
/// The server runs such a message up to the first error and says no more than what went wrong.
/// Syntax and name errors come with a position in the text; for the others, each statement is
/// preceded by a marker that survives ROLLBACK: a prepared statement that bears its number.
pub(super) struct Message {
    pub(super) text: String,
    statements: Vec<Sent>,
}

/// A statement of the message and where it comes from.
struct Sent {
    /// Bytes of the message.
    range: Range<usize>,
    piece: usize,
    /// Bytes of the script; `None` for the engine's own.
    script: Option<Range<usize>>,
}

/// A message is closed when it is longer than this, which bounds the memory on both sides.
const CUT: usize = 256 * 1024;

/// The marker's name, up to its number.
const MARKER: &str = "migrate_at_";

/// Ends a failed transaction and reads how far it came; the marker is removed by the next message.
pub(super) const ROLLBACK_AND_READ: &str = "ROLLBACK; SELECT pg_catalog.getdatabaseencoding(), \
    (SELECT max(pg_catalog.substr(name, 12)::int) FROM pg_catalog.pg_prepared_statements WHERE name ~ '^migrate_at_[0-9]{1,9}$')";

/// Removes the marker that [`ROLLBACK_AND_READ`] found.
pub(super) fn remove(marker: usize) -> String {
    format!("DEALLOCATE {MARKER}{marker}")
}

/// Joins pieces into messages.
pub(super) fn compose(pieces: &[Piece<'_>]) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut composer = Composer::default();
    for (piece, content) in pieces.iter().enumerate() {
        match content {
            Piece::Own(text) => {
                composer.mark();
                composer.push(piece, None, text);
                composer.text.push_str("\n;\n");
            }
            Piece::Script(script) => composer.script(piece, script),
        }
        if composer.text.len() > CUT {
            messages.push(std::mem::take(&mut composer).finish());
        }
    }
    if !composer.statements.is_empty() {
        messages.push(composer.finish());
    }
    messages
}

#[derive(Default)]
struct Composer {
    text: String,
    statements: Vec<Sent>,
    /// The number of the marker that stands.
    marked: Option<usize>,
}

impl Composer {
    fn script(&mut self, piece: usize, script: &str) {
        let mut end = 0;
        for statement in sql::statements(script, Dialect::Postgres) {
            // Comments before a statement travel with it, so that the text stays whole.
            self.mark();
            self.push(
                piece,
                Some(end..statement.range.end),
                &script[end..statement.range.end],
            );
            self.text.push_str("\n;\n");
            let text = &script[statement.range.clone()];
            if mentions(text, "deallocate") || mentions(text, "discard") {
                // The script may have removed the marker, and removing it twice is an error.
                self.marked = None;
            }
            end = statement.range.end;
        }
    }

    fn mark(&mut self) {
        let number = self.statements.len();
        if let Some(before) = self.marked.replace(number) {
            self.text.push_str(&remove(before));
            self.text.push(';');
        }
        self.text
            .push_str(&format!("PREPARE {MARKER}{number} AS SELECT;\n"));
    }

    fn push(&mut self, piece: usize, script: Option<Range<usize>>, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        self.statements.push(Sent {
            range: start..self.text.len(),
            piece,
            script,
        });
    }

    fn finish(mut self) -> Message {
        if let Some(marked) = self.marked {
            self.text.push_str(&remove(marked));
        }
        Message {
            text: self.text,
            statements: self.statements,
        }
    }
}

impl Message {
    /// The piece and the place in its script, from an error's position in characters from 1, or
    /// else from the number of the marker that stood.
    pub(super) fn place(
        &self,
        position: Option<usize>,
        bytes: bool,
        marker: Option<usize>,
    ) -> (Option<usize>, Option<Range<usize>>) {
        let offset = position.and_then(|position| {
            let skipped = position.checked_sub(1)?;
            if bytes {
                return Some(skipped);
            }
            self.text.char_indices().nth(skipped).map(|(at, _)| at)
        });
        let at = offset.and_then(|offset| {
            self.statements
                .iter()
                .find(|sent| sent.range.contains(&offset))
                .map(|sent| {
                    let place = sent.script.as_ref().map(|script| {
                        let start = script.start + offset - sent.range.start;
                        start..start + self.word_len(offset)
                    });
                    (Some(sent.piece), place)
                })
        });
        at.unwrap_or_else(
            || match marker.and_then(|marker| self.statements.get(marker)) {
                Some(sent) => (
                    Some(sent.piece),
                    sent.script
                        .as_ref()
                        .map(|script| self.trimmed(sent, script)),
                ),
                None => (None, None),
            },
        )
    }

    /// The length of the token that an error points to.
    fn word_len(&self, offset: usize) -> usize {
        let rest = self.text.get(offset..).unwrap_or("");
        let word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let len = rest.find(|c: char| !word(c)).unwrap_or(rest.len());
        len.max(rest.chars().next().map_or(1, char::len_utf8))
    }

    /// The statement without the comments before it.
    fn trimmed(&self, sent: &Sent, script: &Range<usize>) -> Range<usize> {
        let text = self.text.get(sent.range.clone()).unwrap_or("");
        let first = sql::statements(text, Dialect::Postgres).next();
        let skipped = first.map_or(0, |statement| statement.range.start);
        script.start + skipped..script.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "-- é first\nCREATE TABLE a (x int);\nINSERT INTO b VALUES (1)";

    fn message() -> Message {
        let pieces = [Piece::Own("SELECT 'own'".to_owned()), Piece::Script(SCRIPT)];
        compose(&pieces).remove(0)
    }

    #[test]
    fn scripts_travel_whole() {
        let text = message().text;
        assert!(
            text.contains("-- é first\nCREATE TABLE a (x int);\n;\n"),
            "{text}"
        );
        assert!(
            text.ends_with("INSERT INTO b VALUES (1)\n;\nDEALLOCATE migrate_at_2"),
            "{text}"
        );
    }

    #[test]
    fn a_position_leads_to_the_script() {
        let message = message();
        let wanted = message.text.find("b VALUES").unwrap();
        let characters = message.text[..wanted].chars().count();
        let (piece, at) = message.place(Some(characters + 1), false, Some(0));
        assert_eq!((piece, &SCRIPT[at.unwrap()]), (Some(1), "b"));
        let (piece, at) = message.place(Some(wanted + 1), true, None);
        assert_eq!((piece, &SCRIPT[at.unwrap()]), (Some(1), "b"));
    }

    #[test]
    fn a_marker_leads_to_the_statement() {
        let (piece, at) = message().place(None, false, Some(1));
        assert_eq!(
            (piece, &SCRIPT[at.unwrap()]),
            (Some(1), "CREATE TABLE a (x int);")
        );
        assert_eq!(message().place(None, false, Some(0)), (Some(0), None));
        assert_eq!(message().place(Some(99_999), false, None), (None, None));
    }

    #[test]
    fn a_script_that_deallocates_takes_the_marker_along() {
        let text = compose(&[Piece::Script("DEALLOCATE ALL; SELECT 1")])
            .remove(0)
            .text;
        assert!(!text.contains("DEALLOCATE migrate_at_0"), "{text}");
    }

    #[test]
    fn long_plans_are_cut() {
        let script = format!("SELECT '{}'", "x".repeat(CUT));
        assert_eq!(
            compose(&[Piece::Script(&script), Piece::Script("SELECT 1")]).len(),
            2
        );
        assert!(compose(&[Piece::Script("-- nothing")]).is_empty());
    }
}
