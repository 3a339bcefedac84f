//! Which `;` ends a statement: not one inside of a body or of parentheses.

use super::lexer::{Kind, Lexer, Open, Token, Unclosed};
use crate::Dialect;

/// What the first words of a statement say about its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Head {
    #[default]
    Start,
    /// `EXPLAIN ..`, which SQLite takes before any statement.
    Explain,
    /// `CREATE`, and words that may stand between it and what is created.
    Create,
    /// `CREATE [OR REPLACE] FUNCTION` or `PROCEDURE` on PostgreSQL: a `BEGIN ATOMIC` may follow.
    Routine,
    /// `CREATE [TEMP] TRIGGER` on SQLite.
    Trigger,
    Plain,
}

/// A body that holds statements of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Body {
    #[default]
    None,
    /// Open since this place.
    Open(usize),
    /// Open since this place, and an `END` would close it here: a statement has just ended.
    Between(usize),
}

/// The state of one statement, fed with its tokens.
///
/// Both bodies close at an `END` that follows a `;`. So says `sqlite3_complete()` (`src/complete.c`) of triggers, and
/// PostgreSQL's grammar (`routine_body_stmt_list` in `gram.y`) ends every statement of a `BEGIN ATOMIC` body with one.
/// Hence `CASE .. END` and a column labelled `end` need no counting: neither can follow a `;`.
///
/// Parentheses count on PostgreSQL only, for `CREATE RULE .. DO (a; b)`, as in psql (`psqlscan.l`).
#[derive(Debug, Clone, Default)]
pub(super) struct Nesting {
    head: Head,
    body: Body,
    /// How many parentheses are open, and where the outermost of them is.
    depth: usize,
    opened: usize,
    /// Where the word before this token stands, if it was `BEGIN`.
    begin: Option<usize>,
}

impl Nesting {
    /// Takes the next token and says whether it ends the statement.
    pub(super) fn ends_with(&mut self, token: Token, lexer: &Lexer<'_>) -> bool {
        let postgres = lexer.dialect() == Dialect::Postgres;
        match token.kind {
            Kind::Symbol(b';') => match self.body {
                Body::Open(start) | Body::Between(start) => self.body = Body::Between(start),
                Body::None => return self.depth == 0,
            },
            Kind::Word => {
                self.word(token, lexer);
                return false;
            }
            _ => {
                self.inside_a_statement();
                self.head = self.head.otherwise();
                match token.kind {
                    Kind::Symbol(b'(') if postgres => {
                        if self.depth == 0 {
                            self.opened = token.start;
                        }
                        self.depth += 1;
                    }
                    Kind::Symbol(b')') if postgres => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
            }
        }
        self.begin = None;
        false
    }

    /// What is still open at the end of the script.
    pub(super) fn unclosed(&self) -> Option<Unclosed> {
        match self.body {
            Body::Open(start) | Body::Between(start) => {
                let what = if self.head == Head::Trigger {
                    Open::TriggerBody
                } else {
                    Open::AtomicBody
                };
                Some(Unclosed { start, what })
            }
            Body::None if self.depth > 0 => Some(Unclosed {
                start: self.opened,
                what: Open::Parenthesis,
            }),
            Body::None => None,
        }
    }

    fn word(&mut self, token: Token, lexer: &Lexer<'_>) {
        let begin = self.begin.take();
        match (self.head, self.body) {
            (Head::Plain, _) => {}
            (_, Body::Between(_)) if lexer.text(token).eq_ignore_ascii_case("END") => self.close(),
            (_, Body::Open(_) | Body::Between(_)) => self.inside_a_statement(),
            (Head::Routine, Body::None) => {
                let word = lexer.text(token);
                if self.depth > 0 {
                    // `f(begin atomic)` has a parameter named `begin`.
                } else if word.eq_ignore_ascii_case("BEGIN") {
                    self.begin = Some(token.start);
                } else if let Some(start) = begin
                    && word.eq_ignore_ascii_case("ATOMIC")
                {
                    self.body = Body::Between(start);
                }
            }
            (Head::Trigger, Body::None) => {}
            (head, Body::None) => {
                self.head = head.after(lexer.text(token), lexer.dialect());
                if self.head == Head::Trigger {
                    self.body = Body::Open(token.start);
                }
            }
        }
    }

    /// The body has ended, and with it all that is special about the statement.
    fn close(&mut self) {
        self.body = Body::None;
        self.head = Head::Plain;
    }

    fn inside_a_statement(&mut self) {
        if let Body::Between(start) = self.body {
            self.body = Body::Open(start);
        }
    }
}

impl Head {
    /// The form after one more word.
    fn after(self, word: &str, dialect: Dialect) -> Head {
        let is = |expected: &str| word.eq_ignore_ascii_case(expected);
        let sqlite = dialect == Dialect::Sqlite;
        match self {
            Head::Start | Head::Explain if is("CREATE") => Head::Create,
            Head::Start if sqlite && is("EXPLAIN") => Head::Explain,
            Head::Explain if is("QUERY") || is("PLAN") => Head::Explain,
            Head::Create if sqlite && (is("TEMP") || is("TEMPORARY")) => Head::Create,
            Head::Create if sqlite && is("TRIGGER") => Head::Trigger,
            Head::Create if !sqlite && (is("OR") || is("REPLACE")) => Head::Create,
            Head::Create if !sqlite && (is("FUNCTION") || is("PROCEDURE")) => Head::Routine,
            _ => Head::Plain,
        }
    }

    /// The form after anything but a word.
    fn otherwise(self) -> Head {
        match self {
            Head::Routine | Head::Trigger => self,
            _ => Head::Plain,
        }
    }
}
