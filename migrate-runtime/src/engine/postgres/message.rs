use std::ops::Range;

use migrate_chain::{Dialect, sql};

use migrate_chain::sql::mentions;

use super::lock_limit::{LockLimits, Patience, sets_own_limit};
use crate::driver::{Class, DbError};
use crate::engine::database::{Blocked, Failure, Piece};

/// Pieces of a plan joined into one simple query, so that they travel in one round trip whatever
/// their number.
///
/// The server runs such a message up to the first error and says no more than what went wrong.
/// Syntax and name errors come with a position in the text; for the others, each statement is
/// preceded by a marker that survives ROLLBACK: a prepared statement that bears its number.
pub(super) struct Message {
    pub(super) text: String,
    statements: Vec<Sent>,
    /// What the names of its markers start with: no other message's, so that a marker which stayed
    /// behind (its run was dropped, say) is in nobody's way.
    markers: String,
}

/// A statement of the message and where it comes from.
struct Sent {
    /// Bytes of the message.
    range: Range<usize>,
    piece: usize,
    /// Bytes of the script; `None` for the engine's own.
    script: Option<Range<usize>>,
    /// False for one that might remove its own marker.
    marked: bool,
    /// How it waits for locks.
    patience: Patience,
}

/// How far a message came, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    /// The server could not be asked.
    Unknown,
    /// No marker stood.
    Unmarked,
    /// The marker of this statement stood.
    Marker(usize),
}

/// A message is closed when it is longer than this, which bounds the memory on both sides, and what
/// markers cost: for each the server copies the whole message.
const CUT: usize = 320 * 1024;

/// After so many statements of one script a message is closed too: what markers cost grows with the
/// square of their number in a message.
const STATEMENTS: usize = 256;

/// Ends a failed transaction and reads the encoding, then the markers that stand.
pub(super) const ROLLBACK_AND_READ: &str = "ROLLBACK; SELECT pg_catalog.getdatabaseencoding() UNION ALL \
    SELECT name FROM pg_catalog.pg_prepared_statements WHERE name OPERATOR(pg_catalog.~) '^migrate_at_[0-9a-f]+_[0-9]{1,9}$'";

/// Removes markers that [`ROLLBACK_AND_READ`] found.
pub(super) fn remove<'n>(markers: impl IntoIterator<Item = &'n str>) -> String {
    let each = markers
        .into_iter()
        .map(|name| format!("DEALLOCATE {name};"));
    each.collect()
}

/// Joins pieces into messages.
pub(super) fn compose(pieces: &[Piece<'_>], limits: &mut LockLimits) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut composer = Composer::default();
    // Only a script that may remove its own marker makes it a question whose statement has none.
    let mark_own = pieces.iter().any(|piece| match piece {
        Piece::Script(script) => mentions(script, "deallocate"),
        Piece::Own(_) | Piece::Record(_) | Piece::Restore(_) => false,
    });
    for (piece, content) in pieces.iter().enumerate() {
        match content {
            Piece::Own(text) if text.is_empty() => {}
            Piece::Own(text) | Piece::Record(text) | Piece::Restore(text) => {
                if mark_own || matches!(content, Piece::Record(_) | Piece::Restore(_)) {
                    composer.mark();
                } else {
                    composer.unmark();
                }
                composer.push(piece, None, text);
                composer.text.push_str("\n;\n");
            }
            Piece::Script(script) => composer.script(piece, script, limits, &mut messages),
        }
        if composer.text.len() > CUT {
            composer.cut(&mut messages);
        }
    }
    if !composer.statements.is_empty() {
        messages.push(composer.finish());
    }
    messages
}

struct Composer {
    text: String,
    statements: Vec<Sent>,
    markers: String,
    /// The number of the marker that stands.
    marked: Option<usize>,
}

impl Default for Composer {
    fn default() -> Composer {
        Composer {
            text: String::new(),
            statements: Vec::new(),
            markers: format!("migrate_at_{}_", crate::random::word()),
            marked: None,
        }
    }
}

impl Composer {
    fn cut(&mut self, messages: &mut Vec<Message>) {
        messages.push(std::mem::take(self).finish());
    }

    fn script(
        &mut self,
        piece: usize,
        script: &str,
        limits: &mut LockLimits,
        messages: &mut Vec<Message>,
    ) {
        let mut end = 0;
        // A script begins and ends with the short limit, so that it stands whatever comes between two of them.
        let mut limit = Patience::Short;
        let mut is_own = limits.is_of_the_script();
        for (number, statement) in sql::statements(script, Dialect::Postgres).enumerate() {
            if number % STATEMENTS == STATEMENTS - 1 || self.text.len() > CUT {
                self.cut(messages);
            }
            // Comments before a statement travel with it, so that the text stays whole.
            let range = end..statement.range.end;
            let patience = limits.next(&script[statement.range.clone()]);
            is_own = is_own || sets_own_limit(&script[range.clone()]);
            if patience != limit && !is_own {
                limit = patience;
                self.text.push_str(&limits.set(limit));
            }
            if mentions(&script[range.clone()], "deallocate") {
                // Removing a marker twice is an error.
                self.unmark();
            } else {
                self.mark();
            }
            self.push(piece, Some(range.clone()), &script[range]);
            if let Some(sent) = self.statements.last_mut() {
                sent.patience = limit;
            }
            self.text.push_str("\n;\n");
            end = statement.range.end;
        }
        if limit != Patience::Short && !is_own {
            self.text.push_str(&limits.set(Patience::Short));
        }
    }

    fn mark(&mut self) {
        self.unmark();
        let number = self.statements.len();
        self.marked = Some(number);
        let text = format!("PREPARE {}{number} AS SELECT;\n", self.markers);
        self.text.push_str(&text);
    }

    fn unmark(&mut self) {
        if let Some(number) = self.marked.take() {
            let text = format!("DEALLOCATE {}{number};", self.markers);
            self.text.push_str(&text);
        }
    }

    fn push(&mut self, piece: usize, script: Option<Range<usize>>, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        self.statements.push(Sent {
            range: start..self.text.len(),
            piece,
            script,
            marked: self.marked.is_some(),
            patience: Patience::Short,
        });
    }

    fn finish(mut self) -> Message {
        self.unmark();
        Message {
            text: self.text,
            statements: self.statements,
            markers: self.markers,
        }
    }
}

impl Message {
    /// What the markers that stand say.
    pub(super) fn reached<'n>(&self, markers: impl IntoIterator<Item = &'n str>) -> Reached {
        let mut numbers = markers
            .into_iter()
            .filter_map(|name| name.strip_prefix(&self.markers)?.parse().ok());
        numbers.next().map_or(Reached::Unmarked, Reached::Marker)
    }

    /// The piece and the place in its script, from an error's position in characters from 1, or
    /// else from how far the message came.
    fn place(
        &self,
        position: Option<usize>,
        bytes: bool,
        reached: Reached,
    ) -> (Option<&Sent>, Option<Range<usize>>) {
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
                    (Some(sent), place)
                })
        });
        at.unwrap_or_else(|| match self.last(reached) {
            Some(sent) => (
                Some(sent),
                sent.script
                    .as_ref()
                    .map(|script| self.trimmed(sent, script)),
            ),
            None => (None, None),
        })
    }

    /// The statement that a message came to.
    fn last(&self, reached: Reached) -> Option<&Sent> {
        match reached {
            Reached::Unknown => None,
            Reached::Marker(number) => self.statements.get(number),
            Reached::Unmarked => {
                let mut unmarked = self.statements.iter().filter(|sent| !sent.marked);
                let first = unmarked.next()?;
                // Which of the engine's own it was makes no difference to anybody.
                let own = |sent: &Sent| sent.script.is_none();
                unmarked
                    .all(|sent| own(sent) && own(first))
                    .then_some(first)
            }
        }
    }

    /// The length of the token that an error points to; to the server whatever is not ASCII belongs to a word.
    fn word_len(&self, offset: usize) -> usize {
        let rest = self.text.get(offset..).unwrap_or("");
        let word = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii() || c == '_' || c == '.';
        let len = rest.find(|c: char| !word(c)).unwrap_or(rest.len());
        len.max(rest.chars().next().map_or(1, char::len_utf8))
    }

    /// What was sent of a statement, with the comments before it.
    fn text_of(&self, sent: &Sent) -> &str {
        self.text.get(sent.range.clone()).unwrap_or("")
    }

    /// The statement without the comments before it.
    fn trimmed(&self, sent: &Sent, script: &Range<usize>) -> Range<usize> {
        let text = self.text_of(sent);
        let first = sql::statements(text, Dialect::Postgres).next();
        let skipped = first.map_or(0, |statement| statement.range.start);
        script.start + skipped..script.end
    }
}

/// Joins the error of a message and what [`ROLLBACK_AND_READ`] answered.
pub(super) fn failure(
    message: &Message,
    error: DbError,
    answer: Option<&[String]>,
    limits: &LockLimits,
) -> Failure {
    let (bytes, reached) = match answer {
        Some([encoding, markers @ ..]) => (
            encoding == "SQL_ASCII",
            message.reached(markers.iter().map(String::as_str)),
        ),
        _ => (false, Reached::Unknown),
    };
    let (sent, at) = message.place(error.position, bytes, reached);
    let blocked = (error.class == Class::Busy).then(|| Blocked {
        statement: sent.map_or_else(String::new, |sent| message.text_of(sent).to_owned()),
        waited: limits.of(sent.map_or(Patience::Short, |sent| sent.patience)),
    });
    Failure {
        piece: sent.map(|sent| sent.piece),
        at,
        error,
        blocked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "-- é first\nCREATE TABLE a (x int);\nINSERT INTO b VALUES (1)";

    fn composed(pieces: &[Piece<'_>]) -> Vec<Message> {
        compose(pieces, &mut LockLimits::default())
    }

    fn place(
        message: &Message,
        position: Option<usize>,
        bytes: bool,
        reached: Reached,
    ) -> (Option<usize>, Option<Range<usize>>) {
        let (sent, at) = message.place(position, bytes, reached);
        (sent.map(|sent| sent.piece), at)
    }

    fn message() -> Message {
        let pieces = [Piece::Own("SELECT 'own'".to_owned()), Piece::Script(SCRIPT)];
        composed(&pieces).remove(0)
    }

    #[test]
    fn scripts_travel_whole() {
        let Message { text, markers, .. } = message();
        assert!(
            text.contains("-- é first\nCREATE TABLE a (x int);\n;\n"),
            "{text}"
        );
        let end = format!("INSERT INTO b VALUES (1)\n;\nDEALLOCATE {markers}2;");
        assert!(text.ends_with(&end), "{text}");
        assert_ne!(message().markers, markers);
    }

    #[test]
    fn a_position_leads_to_the_script() {
        let message = message();
        let wanted = message.text.find("b VALUES").unwrap();
        let characters = message.text[..wanted].chars().count();
        let (piece, at) = place(&message, Some(characters + 1), false, Reached::Marker(0));
        assert_eq!((piece, &SCRIPT[at.unwrap()]), (Some(1), "b"));
        let (piece, at) = place(&message, Some(wanted + 1), true, Reached::Unknown);
        assert_eq!((piece, &SCRIPT[at.unwrap()]), (Some(1), "b"));
    }

    #[test]
    fn a_marker_leads_to_the_statement() {
        let message = message();
        let found = format!("{}1", message.markers);
        let reached = message.reached(["migrate_at_0_2", &found]);
        let (piece, at) = place(&message, None, false, reached);
        assert_eq!(
            (piece, &SCRIPT[at.unwrap()]),
            (Some(1), "CREATE TABLE a (x int);")
        );
        let own = place(&message, None, false, Reached::Marker(0));
        assert_eq!(own, (Some(0), None));
        let nowhere = place(&message, Some(99_999), false, Reached::Unknown);
        assert_eq!(nowhere, (None, None));
        let own = place(&message, None, false, message.reached(["migrate_at_0_2"]));
        assert_eq!(own, (Some(0), None), "every other statement has one");
    }

    #[test]
    fn a_statement_that_deallocates_is_known_by_having_no_marker() {
        let script = "SELECT 1; DEALLOCATE ALL; SELECT 1";
        let message = composed(&[Piece::Script(script)]).remove(0);
        let (piece, at) = place(&message, None, false, Reached::Unmarked);
        assert_eq!((piece, &script[at.unwrap()]), (Some(0), "DEALLOCATE ALL;"));
        let message = composed(&[Piece::Script("DEALLOCATE a; DEALLOCATE b")]).remove(0);
        assert_eq!(
            place(&message, None, false, Reached::Unmarked),
            (None, None)
        );
    }

    #[test]
    fn a_script_of_many_statements_is_cut_and_its_places_stay() {
        let script: String = (0..1_000)
            .map(|n| format!("INSERT INTO t VALUES ({n});\n"))
            .collect();
        let messages = composed(&[Piece::Script("SELECT 1"), Piece::Script(&script)]);
        assert_eq!(messages.len(), 4);
        let sent: usize = messages
            .iter()
            .map(|message| message.statements.len())
            .sum();
        assert_eq!(sent, 1_001);
        let last = messages.last().unwrap();
        let found = format!("{}{}", last.markers, last.statements.len() - 1);
        let (piece, at) = place(last, None, false, last.reached([found.as_str()]));
        assert_eq!(
            (piece, &script[at.unwrap()]),
            (Some(1), "INSERT INTO t VALUES (999);")
        );
        let whole: usize = messages
            .iter()
            .map(|message| message.text.matches("INSERT").count())
            .sum();
        assert_eq!(whole, 1_000);
    }

    #[test]
    fn long_plans_are_cut() {
        let script = format!("SELECT '{}'", "x".repeat(CUT));
        assert_eq!(
            composed(&[Piece::Script(&script), Piece::Script("SELECT 1")]).len(),
            2
        );
        assert!(composed(&[Piece::Script("-- nothing")]).is_empty());
    }
}
