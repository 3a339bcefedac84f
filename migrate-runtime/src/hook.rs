use std::fmt;

use crate::code::BoxedStep;
use crate::plan::PlannedStep;
use crate::{AsyncContext, Context, Result};

/// When a hook is called.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Moment<'a> {
    /// Before a step, in its transaction.
    BeforeStep(&'a PlannedStep),
    /// After a step, in its transaction.
    AfterStep(&'a PlannedStep),
    /// Before a transaction of the plan commits: the last chance to refuse.
    BeforeCommit,
}

/// What an app wants called, with the live connection.
pub(crate) enum Hook<'m> {
    Sync(SyncHook<'m>),
    Async(AsyncHook<'m>),
}

type SyncHook<'m> = Box<dyn FnMut(Moment<'_>, &mut Context<'_>) -> Result<()> + Send + 'm>;
type AsyncHook<'m> =
    Box<dyn for<'a> FnMut(Moment<'a>, &'a mut AsyncContext<'_>) -> BoxedStep<'a> + Send + 'm>;

/// Which moment it is, without the step.
impl fmt::Display for Moment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Moment::BeforeStep(step) => {
                write!(f, "before the {} of `{}`", step.direction, step.revision)
            }
            Moment::AfterStep(step) => {
                write!(f, "after the {} of `{}`", step.direction, step.revision)
            }
            Moment::BeforeCommit => f.write_str("before COMMIT"),
        }
    }
}
