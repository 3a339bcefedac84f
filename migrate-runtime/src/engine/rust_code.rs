use std::future::Future;

use super::Engine;
use super::database::Database;
use crate::driver::ready;
use crate::hook::{Hook, Moment};
use crate::panics::{caught, caught_async};
use crate::{AsyncContext, Context, Error, ErrorKind, Function, Migrations, Result};

/// Calls the function of a Rust-coded revision with the live connection.
pub(super) async fn call<D: Database>(
    driver: &mut D,
    function: Function,
    revision: &str,
    migrations: &Migrations,
) -> Result<()> {
    match function {
        Function::Sync(function) => {
            let mut context = Context::new(driver.raw(), revision, migrations);
            caught(|| function(&mut context))
        }
        Function::Async(function) => {
            let mut context = AsyncContext::new(driver.raw(), revision, migrations);
            awaited::<D>(caught_async(function(&mut context))).await
        }
    }
}

/// Awaits the app's code; on a blocking driver nothing but the database would ever be ready.
async fn awaited<D: Database>(future: impl Future<Output = Result<()>>) -> Result<()> {
    if !D::BLOCKING {
        return future.await;
    }
    ready(future).unwrap_or_else(|| {
        Err(Error::new(
            ErrorKind::Code,
            "it awaits something other than the database, which a blocking driver never gets done",
        ))
    })
}

impl<D: Database> Engine<'_, '_, D> {
    /// Calls the app's hook, if there is one.
    pub(super) async fn hook(&mut self, moment: Moment<'_>) -> Result<()> {
        let migrations = self.migrator.migrations;
        let revision = match moment {
            Moment::BeforeStep(step) | Moment::AfterStep(step) => step.revision.as_str(),
            Moment::BeforeCommit => "",
        };
        let called = match &mut self.migrator.hook {
            None => return Ok(()),
            Some(Hook::Sync(_)) if !D::BLOCKING => Err(Error::new(
                ErrorKind::Usage,
                "the driver is async: give the migrator a `hook_async`",
            )),
            Some(Hook::Sync(hook)) => {
                let mut context = Context::new(self.driver.raw(), revision, migrations);
                caught(|| hook(moment, &mut context))
            }
            Some(Hook::Async(hook)) => {
                let mut context = AsyncContext::new(self.driver.raw(), revision, migrations);
                awaited::<D>(caught_async(hook(moment, &mut context))).await
            }
        };
        called.map_err(|error| {
            let story = Error::new(ErrorKind::Code, format!("the hook {moment} failed"));
            let story = match revision {
                "" => story,
                revision => story.with_revision(revision),
            };
            story.with_source(error)
        })
    }
}
