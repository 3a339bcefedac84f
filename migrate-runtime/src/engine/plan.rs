//! A plan as the executor takes it: what each step runs and what it leaves recorded, wherever its script comes from.

use std::ops::Range;

use migrate_chain::{
    Action, Adoption, Applied, Boundaries, Chain, Dialect, Direction, Fingerprint, Properties,
    Segment, Step,
};

use crate::in_progress::Beginnings;
use crate::log::{Act, LogEntry};
use crate::plan::PlannedStep;
use crate::state::{Head, State, ids, shown_heads};
use crate::tables::Record;
use crate::{Adopted, Error, Function, Migrations};

/// Steps, complete and checked, and the recorded heads that they start from.
#[derive(Debug)]
pub(crate) struct Plan<'p> {
    pub(super) steps: Vec<PlanStep<'p>>,
    /// The recorded heads before the first step. A row that is recorded and not among them goes.
    pub(super) heads: Vec<Head<'p>>,
    /// True when no step is in progress any more once the plan is through.
    pub(super) ends_in_progress: bool,
    /// What a person should know before agreeing.
    pub(super) notes: Vec<String>,
}

/// One revision in one direction.
#[derive(Debug)]
pub(crate) struct PlanStep<'p> {
    /// What a person sees of it.
    pub(super) planned: PlannedStep,
    pub(super) source: Source<'p>,
    pub(super) content: Content<'p>,
    properties: Properties,
    needs_commit: bool,
    /// What the audit log says of it.
    act: Act,
    /// Ids of the recorded heads that it replaces.
    removes: Vec<&'p str>,
    adds: Vec<Head<'p>>,
}

/// Where a step comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source<'p> {
    /// This position of the program's own chain.
    Chain(usize),
    /// A row of the audit log: a revision that this program doesn't have.
    Log(&'p LogEntry),
}

/// What a step runs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Content<'p> {
    /// Nothing: it is recorded only, or its section says so.
    Nothing,
    Script {
        text: &'p str,
        /// Where the text starts in its file, in bytes.
        offset: usize,
        /// The places of its statements, where they run one by one.
        statements: &'p [Range<usize>],
    },
    Code(Function),
}

impl<'p> Plan<'p> {
    /// Where it commits.
    pub(super) fn segments(&self, dialect: Dialect, per_step: bool) -> Vec<Segment> {
        let boundaries = self.steps.iter().map(|step| Boundaries {
            properties: step.properties,
            needs_commit: step.needs_commit,
            // What is recorded only, a stamp, commits with what else is recorded. Wherever undoing what is ahead is
            // interrupted, the next start goes on from there.
            alone: matches!(step.act, Act::Upgrade | Act::Downgrade)
                && (per_step || matches!(step.source, Source::Log(_))),
        });
        Segment::group(boundaries, dialect)
    }

    /// The recorded heads once these of its steps are done, the first ones.
    pub(super) fn heads_after(&self, steps: Range<usize>) -> Vec<Head<'p>> {
        let mut heads = self.heads.clone();
        for step in self.steps.get(steps).unwrap_or_default() {
            heads.retain(|head| !step.removes.contains(&head.revision));
            for head in &step.adds {
                if !heads.contains(head) {
                    heads.push(*head);
                }
            }
        }
        heads
    }

    /// What its first steps take over from another tool.
    pub(super) fn adopted(&self, chain: &Chain<'_>) -> Option<Adopted> {
        let first = self.steps.first()?.planned.adopted_from.as_deref()?;
        let is_adopted = |step: &&PlanStep<'_>| step.act == Act::Adopt;
        let count = self.steps.iter().take_while(is_adopted).count();
        let steps = self.steps.get(..count)?;
        let revisions = steps.iter().map(|step| step.planned.revision.clone());
        let heads = shown_heads(chain, &self.heads_after(0..count));
        Some(Adopted::new(first, revisions.collect(), heads))
    }

    /// By position: what of the chain is applied once it is through.
    pub(super) fn reaches(&self, chain: &Chain<'_>, applied: &Applied) -> Vec<bool> {
        let mut reached: Vec<bool> = (0..chain.len()).map(|at| applied.contains(at)).collect();
        for step in &self.steps {
            if let Source::Chain(at) = step.source
                && let Some(member) = reached.get_mut(at)
            {
                *member = step.planned.direction == Direction::Upgrade;
            }
        }
        reached
    }

    /// True when carrying it out would change nothing.
    pub(super) fn is_noop(&self, state: &State) -> bool {
        let is_recorded = |head: &Head<'_>| state.recorded.iter().any(|row| head.is(row));
        self.steps.is_empty()
            && !self.ends_in_progress
            && self.heads.len() == state.recorded.len()
            && self.heads.iter().all(is_recorded)
    }

    /// The plan that a person is shown.
    pub(super) fn shown(&self, chain: &Chain<'_>, segments: &[Segment]) -> crate::Plan {
        let mut steps: Vec<PlannedStep> =
            self.steps.iter().map(|step| step.planned.clone()).collect();
        let transactions = segments.iter().filter(|segment| segment.in_transaction);
        for (number, segment) in transactions.enumerate() {
            for step in steps.get_mut(segment.steps.clone()).unwrap_or_default() {
                step.transaction = Some(number);
            }
        }
        crate::Plan {
            from: shown_heads(chain, &self.heads),
            to: shown_heads(chain, &self.heads_after(0..self.steps.len())),
            steps,
            notes: self.notes.clone(),
            ahead: Vec::new(),
            adopted: self.adopted(chain),
        }
    }
}

impl<'p> PlanStep<'p> {
    /// A step of the program's own chain, whose code was found to be there.
    pub(super) fn of_chain(
        chain: &'p Chain<'p>,
        step: &Step,
        stamp: bool,
        dialect: Dialect,
        migrations: &Migrations,
    ) -> PlanStep<'p> {
        let revision = chain.get(step.revision);
        let action = revision.action(step.direction, dialect);
        let content = match action {
            _ if stamp => Content::Nothing,
            Action::Script(script) => Content::Script {
                text: script.text,
                offset: script.offset,
                statements: &script.statements,
            },
            Action::Code(_) => match migrations.function(revision.id, step.direction) {
                Some(function) => Content::Code(function),
                None => Content::Nothing,
            },
            Action::Nothing | Action::Absent | Action::Irreversible(_) | Action::Blank => {
                Content::Nothing
            }
        };
        let head = |&at: &usize| Head::of(chain, at, dialect);
        let mut removes = Vec::new();
        for &at in &step.removes {
            removes.push(chain.get(at).id);
            removes.extend(chain.get(at).alias());
        }
        PlanStep {
            planned: PlannedStep::of(chain, step, stamp, None),
            source: Source::Chain(step.revision),
            content,
            properties: if stamp {
                Properties::default()
            } else {
                action.properties()
            },
            needs_commit: !stamp && action.needs_commit(),
            act: Act::of_step(step.direction, stamp),
            removes,
            adds: step.adds.iter().map(head).collect(),
        }
    }

    /// The downgrade that the audit log keeps of a revision which the program doesn't have.
    pub(super) fn of_log(
        entry: &'p LogEntry,
        (script, properties): (&'p str, Properties),
        adds: Vec<Head<'p>>,
    ) -> PlanStep<'p> {
        PlanStep {
            planned: PlannedStep::of_log(entry, false),
            source: Source::Log(entry),
            content: Content::Script {
                text: script,
                offset: 0,
                statements: &[],
            },
            properties,
            needs_commit: false,
            act: Act::Downgrade,
            removes: vec![&entry.revision],
            adds,
        }
    }

    /// Records that a revision which the program doesn't have is not applied any more.
    pub(super) fn forget(entry: &'p LogEntry) -> PlanStep<'p> {
        PlanStep {
            planned: PlannedStep::of_log(entry, true),
            source: Source::Log(entry),
            content: Content::Nothing,
            properties: Properties::default(),
            needs_commit: false,
            act: Act::Unstamp,
            removes: vec![&entry.revision],
            adds: Vec::new(),
        }
    }

    /// Records a step that a person found done, as if it had run.
    pub(super) fn found_done(mut self) -> PlanStep<'p> {
        self.content = Content::Nothing;
        self.properties = Properties::default();
        self.needs_commit = false;
        self
    }

    /// Records a step that another tool has applied.
    pub(super) fn adopted(
        chain: &'p Chain<'p>,
        step: &Step,
        dialect: Dialect,
        migrations: &Migrations,
        adoption: &Adoption<'_>,
    ) -> PlanStep<'p> {
        let mut adopted = PlanStep::of_chain(chain, step, true, dialect, migrations);
        let keys = adoption.keys(step.revision).iter();
        adopted.planned.adopted_from = Some(adoption.tool.to_owned());
        adopted.planned.adopts = keys.map(|one| one.key.to_owned()).collect();
        adopted.act = Act::Adopt;
        adopted
    }

    /// The position of a revision that it runs or undoes, or that a person found run or undone: the other tool that it comes
    /// from, if any, is to know.
    pub(super) fn is_done(&self) -> Option<usize> {
        match (self.act, self.source) {
            (Act::Upgrade | Act::Downgrade, Source::Chain(at)) => Some(at),
            _ => None,
        }
    }

    /// Records in the log that a revision is applied, as `act` says; the heads are not its business.
    pub(super) fn logged(chain: &'p Chain<'p>, at: usize, act: Act) -> PlanStep<'p> {
        let step = Step {
            revision: at,
            direction: Direction::Upgrade,
            removes: Vec::new(),
            adds: Vec::new(),
        };
        PlanStep {
            planned: PlannedStep::of(chain, &step, true, None),
            source: Source::Chain(at),
            content: Content::Nothing,
            properties: Properties::default(),
            needs_commit: false,
            act,
            removes: Vec::new(),
            adds: Vec::new(),
        }
    }

    /// True unless it is recorded only, or its section says that there is nothing to do.
    pub(super) fn runs(&self) -> bool {
        !matches!(self.content, Content::Nothing)
    }

    /// Its row of the audit log.
    pub(super) fn record(&self, chain: &'p Chain<'p>, dialect: Dialect) -> Record<'p> {
        match self.source {
            Source::Chain(at) => record(chain, at, self.act, dialect),
            Source::Log(entry) => Record {
                revision: &entry.revision,
                down_revision: entry.down_revision.join(", "),
                depends_on: entry.depends_on.join(", "),
                direction: self.act.name(),
                fingerprint: entry.fingerprint.unwrap_or(NO_FINGERPRINT),
                message: &entry.message,
                breaking: entry.breaking.as_deref(),
                downgrade: (entry.downgrade.as_ref())
                    .map(|(script, words)| (script.as_str(), words.clone())),
            },
        }
    }

    /// Puts an error at a place of its script, in bytes.
    pub(super) fn at_place(&self, chain: &Chain<'_>, at: Range<usize>, error: Error) -> Error {
        let error = error.with_revision(&self.planned.revision);
        let Source::Chain(position) = self.source else {
            return error.with_note("its script is the one that the log keeps");
        };
        let offset = match self.content {
            Content::Script { offset, .. } => offset,
            Content::Nothing | Content::Code(_) => 0,
        };
        let revision = chain.get(position);
        let (place, snippet) = revision.locate(chain.root, offset + at.start..offset + at.end);
        error.with_place(place, Some(snippet))
    }

    /// The first line of its script, in bytes of that.
    pub(super) fn first_line(&self) -> Range<usize> {
        let Content::Script { text, .. } = &self.content else {
            return 0..0;
        };
        let start = text.len() - text.trim_start().len();
        let line = text[start..].lines().next().unwrap_or_default();
        start..start + line.trim_end().len()
    }

    /// Puts an error at its file, without a line.
    pub(super) fn at_file(&self, chain: &Chain<'_>, error: Error) -> Error {
        let error = error.with_revision(&self.planned.revision);
        match self.source {
            Source::Chain(at) => {
                error.with_place(chain.get(at).locate(chain.root, 0..0).0.of_file(), None)
            }
            Source::Log(_) => error,
        }
    }
}

impl Content<'_> {
    /// What is recorded of its statements while it runs outside a transaction.
    pub(super) fn beginnings(&self) -> Beginnings {
        match self {
            Content::Nothing => Beginnings::of_script("", &[]),
            Content::Script {
                text, statements, ..
            } => Beginnings::of_script(text, statements),
            Content::Code(_) => Beginnings::OfCode,
        }
    }
}

/// Stands where a fingerprint is missing: no content has it.
const NO_FINGERPRINT: Fingerprint = Fingerprint::from_bytes([0; 32]);

/// A revision's row of the audit log.
pub(crate) fn record<'r>(
    chain: &'r Chain<'_>,
    at: usize,
    act: Act,
    dialect: Dialect,
) -> Record<'r> {
    let revision = chain.get(at);
    let downgrade = match revision.action(Direction::Downgrade, dialect) {
        Action::Script(script) => Some((script.text, script.properties.to_words())),
        Action::Nothing => Some(("", String::new())),
        Action::Absent | Action::Code(_) | Action::Irreversible(_) | Action::Blank => None,
    };
    Record {
        revision: revision.id,
        down_revision: ids(chain, chain.parents(at)).join(", "),
        depends_on: ids(chain, chain.dependencies(at)).join(", "),
        direction: act.name(),
        // Every dialect that the engine runs on has one.
        fingerprint: revision.fingerprint(dialect).unwrap_or(NO_FINGERPRINT),
        message: revision.message,
        breaking: revision.breaking,
        downgrade,
    }
}
