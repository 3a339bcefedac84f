//! One statement of a script, as far as it is understood: what it does, as [`Act`]s. What is not understood does nothing
//! that a rule knows.

mod alter;
mod column;
mod create;
mod other;
mod resolved;

pub(crate) use column::{ColumnDef, ConstraintDef, ConstraintKind};
pub(crate) use resolved::{indexes, resolve};

use std::ops::Range;

use migrate_chain::Dialect;
use migrate_chain::sql::statements;

use super::locks::LockMode;
use crate::sql::cursor::{Cursor, Token, lex};
use crate::sql::qualified::join;

/// A statement, in bytes of its file.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) range: Range<usize>,
    pub(crate) text: String,
    pub(crate) acts: Vec<(Range<usize>, Act)>,
}

/// What a statement does. Names are as they are written, without quotes; those of tables, views and types are
/// [qualified](crate::sql::qualified), and [`resolve`] takes the default schema off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    CreateTable {
        table: String,
        columns: Vec<ColumnDef>,
        constraints: Vec<ConstraintDef>,
        is_temporary: bool,
    },
    /// A table that the same script makes anew is no loss.
    DropTable {
        table: String,
        cascade: bool,
        is_rebuilt: bool,
    },
    RenameTable {
        table: String,
        to: String,
    },
    RenameColumn {
        table: String,
        column: String,
        to: String,
    },
    DropColumn {
        table: String,
        column: String,
        cascade: bool,
    },
    AddColumn {
        table: String,
        column: ColumnDef,
    },
    AlterType {
        table: String,
        column: String,
        to: String,
    },
    SetNotNull {
        table: String,
        column: String,
    },
    DropNotNull {
        table: String,
        column: String,
    },
    DropDefault {
        table: String,
        column: String,
    },
    AddConstraint {
        table: String,
        constraint: ConstraintDef,
    },
    DropConstraint {
        table: String,
        name: String,
        cascade: bool,
    },
    Validate {
        table: String,
        name: String,
    },
    /// The table is written anew, with nobody reading it: `VACUUM FULL`, `SET TABLESPACE`.
    Rewrite {
        table: Option<String>,
        by: &'static str,
    },
    AttachPartition {
        table: String,
        partition: String,
    },
    DetachPartition {
        table: String,
        partition: String,
        is_concurrent: bool,
    },
    CreateIndex {
        name: Option<String>,
        table: String,
        columns: Vec<String>,
        is_unique: bool,
        is_concurrent: bool,
    },
    DropIndex {
        name: String,
        is_concurrent: bool,
        cascade: bool,
    },
    /// Of an index, a table, or all that there are.
    Reindex {
        is_concurrent: bool,
        table: Option<String>,
        index: Option<String>,
    },
    Refresh {
        view: String,
        is_concurrent: bool,
    },
    CreateTrigger {
        table: String,
    },
    /// `ENABLE TRIGGER`, `DISABLE TRIGGER`.
    SwitchTrigger {
        table: String,
    },
    CreateView {
        view: String,
        replaces: bool,
    },
    DropObject {
        kind: &'static str,
        name: String,
        cascade: bool,
    },
    RenameObject {
        kind: &'static str,
        name: String,
        to: String,
    },
    RenameValue {
        of: String,
        from: String,
    },
    CreateDomain {
        name: String,
        is_constrained: bool,
    },
    DomainConstraint {
        name: String,
        not_valid: bool,
    },
    Truncate {
        table: String,
        cascade: bool,
    },
    Delete {
        table: String,
        has_where: bool,
    },
    Update {
        table: String,
        has_where: bool,
    },
    Insert {
        table: String,
    },
    Lock {
        table: String,
        mode: LockMode,
    },
    /// What is only a lock to the rules: a comment, a statistic, a setting of a table.
    Takes {
        table: String,
        mode: LockMode,
    },
    /// Where names without a schema are looked for from here on.
    SearchPath {
        schemas: Vec<String>,
    },
    /// Names that a statement gives to something new.
    Names(Vec<String>),
}

/// The statements of a script that stands at `offset` of its file.
pub(crate) fn read(script: &str, offset: usize, dialect: Dialect) -> Vec<Statement> {
    let read = |range: Range<usize>| {
        let text = script.get(range.clone()).unwrap_or_default();
        let start = offset + range.start;
        let tokens = lex(text, dialect).unwrap_or_default();
        let mut acts = Acts {
            start,
            all: Vec::new(),
            whole: start..offset + range.end,
        };
        acts.statement(&tokens);
        Statement {
            range: acts.whole.clone(),
            text: text.to_owned(),
            acts: acts.all,
        }
    };
    statements(script, dialect)
        .map(|statement| read(statement.range))
        .collect()
}

/// Collects the acts of a statement.
struct Acts {
    start: usize,
    whole: Range<usize>,
    all: Vec<(Range<usize>, Act)>,
}

impl Act {
    /// The table that nobody else can use until the commit.
    pub(crate) fn keeps_everybody_from(&self) -> Option<&str> {
        match self {
            Act::AddColumn { table, .. }
            | Act::DropColumn { table, .. }
            | Act::RenameColumn { table, .. }
            | Act::RenameTable { table, .. }
            | Act::AlterType { table, .. }
            | Act::SetNotNull { table, .. }
            | Act::DropNotNull { table, .. }
            | Act::DropConstraint { table, .. }
            | Act::Truncate { table, .. } => Some(table),
            Act::Lock { table, mode } | Act::Takes { table, mode } => {
                (*mode == LockMode::AccessExclusive).then_some(table)
            }
            Act::AddConstraint { table, constraint }
                if constraint.kind != ConstraintKind::ForeignKey =>
            {
                Some(table)
            }
            _ => None,
        }
    }
}

impl Acts {
    /// An act of the statement as a whole.
    fn push(&mut self, act: Act) {
        self.all.push((self.whole.clone(), act));
    }

    /// An act that a part of the statement asks for.
    fn push_at(&mut self, tokens: &[Token<'_>], act: Act) {
        let range = match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => self.start + first.start..self.start + last.end,
            _ => self.whole.clone(),
        };
        self.all.push((range, act));
    }

    fn statement(&mut self, tokens: &[Token<'_>]) {
        let tokens = match tokens.split_last() {
            Some((last, rest)) if last.is_symbol(b';') => rest,
            _ => tokens,
        };
        let mut cursor = Cursor::new(tokens);
        let _ = if cursor.take(&["ALTER"]) {
            self.alter(&mut cursor)
        } else if cursor.take(&["CREATE"]) {
            self.create(&mut cursor)
        } else {
            self.other(&mut cursor, tokens)
        };
    }
}

/// A name, of which the last part counts: `a`, `s.a`.
fn name(cursor: &mut Cursor<'_, '_>) -> Option<String> {
    parts(cursor)?.pop()
}

/// The name of what lives in a schema, with that schema: of a database, a schema and a name the last two count.
fn relation(cursor: &mut Cursor<'_, '_>) -> Option<String> {
    let mut parts = parts(cursor)?;
    let name = parts.pop()?;
    Some(join(parts.pop().as_deref(), &name))
}

fn parts(cursor: &mut Cursor<'_, '_>) -> Option<Vec<String>> {
    let mut parts = vec![cursor.take_name()?];
    while cursor.take_symbol(b'.') {
        parts.push(cursor.take_name()?);
    }
    Some(parts)
}

/// A name behind `IF EXISTS` and `ONLY`.
fn existing(cursor: &mut Cursor<'_, '_>) -> Option<String> {
    let _ = cursor.take(&["IF", "EXISTS"]);
    let _ = cursor.take(&["ONLY"]);
    let name = relation(cursor);
    let _ = cursor.take_symbol(b'*');
    name
}

/// Whether a word stands anywhere.
fn has(tokens: &[Token<'_>], word: &str) -> bool {
    tokens.iter().any(|token| token.is_word(word))
}

/// Names with commas between them.
fn names(cursor: &mut Cursor<'_, '_>) -> Vec<String> {
    let mut names = Vec::new();
    loop {
        let _ = cursor.take(&["ONLY"]);
        let Some(one) = relation(cursor) else { break };
        names.push(one);
        let _ = cursor.take_symbol(b'*');
        if !cursor.take_symbol(b',') {
            break;
        }
    }
    names
}
