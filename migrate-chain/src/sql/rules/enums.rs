//! New values of PostgreSQL's enum types.

use crate::Dialect;
use crate::sql::finding::{Finding, Section, find};
use crate::sql::lexer::Kind;
use crate::sql::words::{Words, literal_value};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

/// The enum values that the script has added so far.
#[derive(Default)]
pub(super) struct Enums {
    added: BTreeSet<String>,
}

impl Enums {
    /// Whether the script adds a value.
    pub(super) fn adds_value(&self) -> bool {
        !self.added.is_empty()
    }

    /// A value added by `ALTER TYPE .. ADD VALUE` is not used in the same transaction: PostgreSQL says 55P04, before
    /// version 17 even if the type was created in it. Another `ALTER TYPE` may name it, and so may a comment.
    pub(super) fn no_use_of_a_new_value(
        &mut self,
        words: &Words<'_>,
        section: &Section,
        findings: &mut Vec<Finding>,
    ) {
        if section.dialect != Dialect::Postgres {
            return;
        }
        if words.start("ALTER TYPE") {
            self.added.extend(added(words));
        } else if section.in_transaction && !self.added.is_empty() && !words.is(0, "COMMENT") {
            self.look_for_uses(words, findings);
        }
    }

    fn look_for_uses(&self, words: &Words<'_>, findings: &mut Vec<Finding>) {
        let runs_its_text = runs_its_text(words);
        for (at, value) in words.literals() {
            if self.added.contains(&*value) {
                used(&value, words.between(at, at + 1), findings);
            }
            let body = words.dollar_quoted(at).filter(|_| runs_its_text);
            for (kind, text, range) in body.into_iter().flatten() {
                let value = literal_value(text);
                if kind == Kind::Text && self.added.contains(&*value) {
                    used(&value, range, findings);
                }
            }
        }
    }
}

/// The value of `ALTER TYPE name ADD VALUE [IF NOT EXISTS] 'value'`.
fn added(words: &Words<'_>) -> Option<String> {
    let (_, at) = words.qualified(2)?;
    let value = words.skip(words.skip(at, "ADD VALUE"), "IF NOT EXISTS");
    if value == at {
        None
    } else {
        words.literal(value).map(Cow::into_owned)
    }
}

/// Whether the text of a dollar quote is SQL that is run, or at least analysed, by this statement. The body of a
/// PL/pgSQL function is neither before the function is called.
fn runs_its_text(words: &Words<'_>) -> bool {
    let routine = words
        .outer(1)
        .take(3)
        .any(|at| words.is_any(at, &["FUNCTION", "PROCEDURE"]));
    words.is(0, "DO") || (routine && (3..words.len()).any(|at| words.are(at, "LANGUAGE sql")))
}

fn used(value: &str, range: Range<usize>, findings: &mut Vec<Finding>) {
    find(
        findings,
        range,
        format!("the enum value '{value}' cannot be used in the transaction that adds it"),
        "use it in a later revision: the value is committed before that one runs",
    );
}
