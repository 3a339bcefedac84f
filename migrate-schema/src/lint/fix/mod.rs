//! A hand-written PostgreSQL revision written anew, so that others work on its tables meanwhile, as
//! `revision --autogenerate --online` writes one.
//!
//! What reads a whole table is cut out of the script. It follows in a revision of its own, outside a transaction, which
//! the renderer of `--online` writes from the difference that it makes; where nothing else is left, it takes the
//! script's place. The rest of the script stays as it was typed. [`same`] then holds the one against the other on scratch
//! databases, so that a rewrite which ends elsewhere is never written.

mod cut;
mod file;
mod matched;
mod same;
mod words;

pub use file::{Following, Rewritten};
pub use same::{Elsewhere, same};

use migrate_chain::sql::statements;
use migrate_chain::{Action, Chain, Dialect, Direction, Revision, Script, Transaction};

use super::statement::{Act, Statement, read, resolve};
use super::{Finding, Report};
use crate::diff::Changes;
use crate::operation::Change;
use crate::render::render;
use crate::revision::Body;
use cut::Cuts;
use file::Sections;

/// The rules whose findings about an act are cured by taking it out of the transaction.
const CURED: &[&str] = &[
    "index-without-concurrently",
    "drop-index-without-concurrently",
    "reindex-without-concurrently",
    "refresh-without-concurrently",
    "set-not-null-scans",
    "foreign-key-without-not-valid",
    "check-without-not-valid",
    "unique-builds-index",
    "primary-key-builds-index",
    "validate-in-same-transaction",
    "volatile-default",
    "slow-after-lock",
];

/// What comes of a revision that has findings which can be cured.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fix {
    /// The revision is written anew.
    Rewritten(Rewritten),
    /// The revision stays as it is, for this reason.
    Kept(String),
}

/// Rewrites the revision at a position of the chain; `None` where nothing was found that a rewrite cures.
///
/// `report` is what [`lint`](super::lint()) found, with the [changes](super::Scope::changes) of the schema.
pub fn fix(chain: &Chain<'_>, at: usize, report: &Report) -> Option<Fix> {
    let revision = chain.get(at);
    let is_curable = |finding: &&Finding| {
        finding.revision == revision.id
            && finding.dialect == Dialect::Postgres
            && finding.direction == Direction::Upgrade
            && CURED.contains(&finding.id.as_str())
    };
    let findings: Vec<&Finding> = report.findings.iter().filter(is_curable).collect();
    if findings.is_empty() {
        return None;
    }
    let of_revision = |section: &&super::Section| {
        section.position == at
            && section.dialect == Dialect::Postgres
            && section.direction == Direction::Upgrade
    };
    let section = report.sections.iter().find(of_revision);
    let changes = section.and_then(|section| section.changes.as_deref());
    let fixed = match (
        revision.action(Direction::Upgrade, Dialect::Postgres),
        changes,
    ) {
        (Action::Script(script), Some(changes)) => Rewrite {
            chain,
            revision,
            script,
            changes,
        }
        .rewritten(&findings),
        (Action::Script(_), None) => {
            Err("no scratch server has shown what it does, which a rewrite is made of".to_owned())
        }
        _ => Err("it is Rust code".to_owned()),
    };
    Some(fixed.map_or_else(Fix::Kept, Fix::Rewritten))
}

/// A revision that is being rewritten.
struct Rewrite<'r> {
    chain: &'r Chain<'r>,
    revision: &'r Revision<'r>,
    script: &'r Script<'r>,
    changes: &'r Changes,
}

impl Rewrite<'_> {
    fn read(&self, script: &str) -> Vec<Statement> {
        let mut statements = read(script, 0, Dialect::Postgres);
        let sides = [&self.changes.from, &self.changes.to];
        resolve(&mut statements, Dialect::Postgres, sides.map(Some));
        statements
    }

    fn rewritten(&self, findings: &[&Finding]) -> Result<Rewritten, String> {
        let statements = self.read(self.script.text);
        let acts = || matched::acts(&statements);
        let found = |finding: &&Finding| {
            let start = finding.range.start - self.script.offset;
            acts().any(|(range, act)| {
                range.start == start
                    && (matched::of(act, self.changes).next().is_some() || words::is_about(act))
            })
        };
        let cured: Vec<Finding> = (findings.iter().filter(|one| found(one)))
            .map(|one| (*one).clone())
            .collect();
        if cured.is_empty() {
            return Err(
                "what was found is not said by a statement of its own, so it can't be taken out"
                    .to_owned(),
            );
        }
        let is_asked = |range: &std::ops::Range<usize>| {
            let start = self.script.offset + range.start;
            cured.iter().any(|finding| finding.range.start == start)
        };
        let asked: Vec<&Act> = acts()
            .filter(|(range, _)| is_asked(range))
            .map(|(_, act)| act)
            .collect();
        let wanted: Vec<&Change> = (asked.iter())
            .flat_map(|act| matched::of(act, self.changes))
            .collect();
        let [quick, slow] = (self.changes).halves(&|change| wanted.contains(&change));
        let halfway = slow.schema_before();
        let mut cuts = Cuts::new(self.script.text);
        for statement in &statements {
            cuts.take(statement, |act| {
                if words::is_about(act) && asked.contains(&act) {
                    return Some(cut::With::Nothing);
                }
                // A foreign key follows the key that it refers to.
                let is_later =
                    |one: &&Change| wanted.contains(one) || slow.operations.contains(one);
                let mut own = matched::of(act, self.changes).filter(is_later);
                own.next()?;
                Some(matched::left(act, halfway))
            })?;
        }
        cuts.is_free(&statements, self.script.text)?;
        let moved: Vec<String> = (statements.iter())
            .filter(|one| {
                one.acts
                    .iter()
                    .any(|(_, act)| words::is_about(act) && asked.contains(&act))
            })
            .map(|one| words::concurrent(&one.text))
            .collect();
        let mut script = render(&slow);
        for statement in moved {
            if !script.text.is_empty() {
                script.text.push('\n');
            }
            script.text.push_str(statement.trim_end_matches(';'));
            script.text.push_str(";\n");
        }
        script.no_transaction = true;
        let (rest, comments) = cuts.rest();
        script.text = comments + &script.text;
        let mut sections = Sections::of(self.chain, self.revision);
        let transaction = self.script.properties.transaction;
        if transaction == Transaction::Outside || statements_of(&rest) == 0 {
            let text = format!("{rest}{}{}", gap(&rest), script.text);
            sections.replace(Direction::Upgrade, Some(&text), Transaction::Outside);
            return Ok(Rewritten {
                text: sections.text(),
                following: None,
                cured,
            });
        }
        sections.replace(Direction::Upgrade, Some(&rest), transaction);
        let back = self.downgraded(&mut sections, &slow, &wanted)?;
        let breaks = slow.breaking().is_some();
        if breaks && quick.breaking().is_none() {
            sections.remove_key("breaking");
        }
        let both = [&Body::of(script), &back];
        Ok(Rewritten {
            text: sections.text(),
            following: Some(Following::new(self.chain, self.revision, both, breaks)),
            cured,
        })
    }

    /// Leaves in the downgrade what undoes the rest, and returns what the revision that follows does before it.
    fn downgraded(
        &self,
        sections: &mut Sections<'_>,
        slow: &Changes,
        wanted: &[&Change],
    ) -> Result<Body, String> {
        let rendered = || match slow.back() {
            Ok(back) => Ok(Body::of(render(&back))),
            Err(refusal) => Err(refusal.to_string().replace('\n', " ")),
        };
        let script = match self
            .revision
            .action(Direction::Downgrade, Dialect::Postgres)
        {
            Action::Script(script) => script,
            Action::Nothing => return Ok(Body::Nothing),
            _ => return rendered(),
        };
        let statements = self.read(script.text);
        let mut cuts = Cuts::new(script.text);
        for statement in &statements {
            cuts.take(statement, |act| {
                let mut later = wanted.iter().copied().chain(&slow.operations);
                let undone = later.any(|change| matched::undoes(act, change));
                undone.then_some(cut::With::Nothing)
            })?;
        }
        let (rest, comments) = cuts.rest();
        let rest = comments + &rest;
        let is_left = statements_of(&rest) > 0;
        let transaction = script.properties.transaction;
        let script = Some(rest.as_str()).filter(|_| is_left);
        sections.replace(Direction::Downgrade, script, transaction);
        rendered()
    }
}

fn statements_of(script: &str) -> usize {
    statements(script, Dialect::Postgres).count()
}

/// What stands between two parts of a script.
fn gap(before: &str) -> &'static str {
    match statements_of(before) {
        0 => "",
        _ => "\n",
    }
}

/// Whether a statement only defines objects, so that what is defined in the end doesn't depend on its place.
fn defines(statement: &Statement) -> bool {
    let word = statement.text.split_whitespace().next().unwrap_or_default();
    ["CREATE", "ALTER", "DROP", "COMMENT", "GRANT", "REVOKE"]
        .iter()
        .any(|one| word.eq_ignore_ascii_case(one))
}
