//! Whether a step is recorded in the other tool's table, too: the part of it that every program links.

use migrate_chain::sql::mentions;
use migrate_chain::{ADOPT_SQL, Chain};

use super::Name;
use crate::driver::DbError;
use crate::engine::Engine;
use crate::engine::database::Database;
use crate::engine::plan::{Content, PlanStep};
use crate::engine::step_error::{ROLLED_BACK, StepError};
use crate::{Error, ErrorKind};

impl<D: Database> Engine<'_, '_, D> {
    /// What records a step in the other tool's table; `None`: it is none of the tool's own.
    pub(crate) fn record_for_other(
        &self,
        chain: &Chain<'_>,
        step: &PlanStep<'_>,
    ) -> Option<String> {
        let (adopt, other) = (self.adopt.as_ref()?, self.other.as_ref()?);
        let direction = step.planned.direction;
        (adopt.record)(other, chain, step.is_done()?, direction, D::DIALECT)
    }

    /// True when the step may be the one that makes the other tool's table.
    pub(crate) fn may_make_table(&self, step: &PlanStep<'_>) -> bool {
        let Some(other) = self.other.as_ref().filter(|other| !other.is_present) else {
            return false;
        };
        let Some(table) = other.adoption.table else {
            return false;
        };
        match step.content {
            Content::Script { text, .. } => mentions(text, &Name::of(table, D::DIALECT).table),
            Content::Code(_) => true,
            Content::Nothing => false,
        }
    }

    /// True when the other tool's table is there, once the step has run.
    pub(crate) async fn has_other_table(&mut self, step: &PlanStep<'_>) -> Result<bool, StepError> {
        let Some(other) = &self.other else {
            return Ok(false);
        };
        if other.is_present || !self.may_make_table(step) {
            return Ok(other.is_present);
        }
        match self.adopt.as_ref().map(|adopt| adopt.is_present) {
            Some(is_present) => is_present(self).await,
            None => Ok(false),
        }
    }

    /// A step could not be recorded in the other tool's table.
    pub(crate) fn not_recorded_there(
        &self,
        chain: &Chain<'_>,
        step: &PlanStep<'_>,
        error: DbError,
    ) -> StepError {
        let class = error.class;
        let tool = self.other.as_ref().map_or("", |other| other.adoption.tool);
        let planned = &step.planned;
        let story = Error::new(
            ErrorKind::Script,
            format!(
                "the {} of `{}` can't be recorded for {tool}",
                planned.direction, planned.revision
            ),
        );
        let story = step
            .at_file(chain, story)
            .with_source(error)
            .with_note(ROLLED_BACK)
            .with_help(format!(
                "see the sections `-- record` and `-- unrecord` of {}/{ADOPT_SQL}",
                chain.root
            ));
        StepError::new(story, class)
    }
}
