use migrate_chain::{Action, Chain, Dialect, Direction, Plan, Step};

use super::database::Database;
use crate::in_progress::StepInProgress;
use crate::state::ids;
use crate::{Error, ErrorKind, Function, Migrations, Result};

/// Every step of a plan can run: it has a script, or code that this driver can call. All that can't
/// are named at once.
pub(super) fn runnable<D: Database>(
    chain: &Chain<'_>,
    plan: &Plan,
    migrations: &Migrations,
) -> Result<()> {
    runnable_on(chain, plan, migrations, D::DIALECT, D::BLOCKING)
}

/// Refuses a plan that a dialect could not run, where no driver is at hand.
pub(crate) fn runnable_on(
    chain: &Chain<'_>,
    plan: &Plan,
    migrations: &Migrations,
    dialect: Dialect,
    blocking: bool,
) -> Result<()> {
    let mut obstacles: Vec<(ErrorKind, &str, String, &str)> = Vec::new();
    for step in &plan.steps {
        let revision = chain.get(step.revision);
        let (id, direction) = (revision.id, step.direction);
        match revision.action(direction, dialect) {
            Action::Script(_) | Action::Nothing => {}
            // A stamp runs nothing; but what it records of a blank revision would never run.
            action if plan.stamp && *action != Action::Blank => {}
            Action::Irreversible(reason) => obstacles.push((
                ErrorKind::Irreversible,
                id,
                format!("`{id}` is irreversible: {reason}"),
                "choose a target above it; what it destroyed can only come from a backup",
            )),
            Action::Blank => obstacles.push((
                ErrorKind::Chain,
                id,
                format!("`{id}` ({}/{}) is still to be written", chain.root, revision.path),
                "write its script, or let `revision --autogenerate` do it, and build again; a release build takes no blank revision",
            )),
            Action::Absent => obstacles.push((
                ErrorKind::Dialect,
                id,
                format!("`{id}` has no {direction} for {dialect}"),
                "add the section",
            )),
            Action::Code(_) => {
                let function = migrations.function(id, direction);
                match function {
                    None => obstacles.push((
                        ErrorKind::Code,
                        id,
                        format!("`{id}` is Rust code, which this program doesn't have"),
                        "run the app's own command, such as `myapp migrate upgrade`; or attach it with `Migrations::code`",
                    )),
                    Some(Function::Sync(_)) if !blocking => obstacles.push((
                        ErrorKind::Code,
                        id,
                        format!("the {direction} of `{id}` is a blocking function, and the driver is async"),
                        "make it an `async fn` that takes `&mut AsyncContext<'_>`: that runs on every driver",
                    )),
                    Some(_) => {}
                }
            }
        }
    }
    let Some((kind, id, message, help)) = obstacles.first() else {
        return Ok(());
    };
    let error = Error::new(*kind, message.as_str())
        .with_revision(id)
        .with_help(*help);
    const SHOWN: usize = 10;
    let others = obstacles.iter().take(SHOWN).skip(1);
    let mut error = others.fold(error, |error, (_, _, message, _)| {
        error.with_note(message.as_str())
    });
    if obstacles.len() > SHOWN {
        error = error.with_note(format!("and {} more", obstacles.len() - SHOWN));
    }
    Err(error.with_note("nothing was changed"))
}

/// An error if a stamp records less than is recorded now: two deploy jobs that stamp and upgrade would make the second
/// one run everything again.
pub(super) fn moves_forward(chain: &Chain<'_>, plan: &Plan) -> Result<()> {
    let back = |step: &&Step| step.direction == Direction::Downgrade;
    let Some(last) = plan.steps.iter().rfind(back) else {
        return Ok(());
    };
    let at = |positions: &[usize]| match positions {
        [] => "base".to_owned(),
        positions => ids(chain, positions).join(", "),
    };
    let error = Error::new(
        ErrorKind::Target,
        format!(
            "a stamp from {} to {} would move the record back",
            at(&plan.from),
            at(&plan.to)
        ),
    )
    .with_revision(chain.get(last.revision).id)
    .with_note("the next upgrade would run again what is recorded as applied now");
    let gone = plan.steps.iter().filter(back).take(10);
    let error = gone.fold(error, |error, step| {
        error.with_note(format!(
            "`{}` would no longer be recorded as applied",
            chain.get(step.revision).id
        ))
    });
    Err(error.with_help("`downgrade` undoes revisions; `stamp --force`, or `Migrator::stamp_back(true)`, moves the record back once a person has looked"))
}

/// `Startup::Check` found a step that another process has begun.
pub(super) fn interrupted(in_progress: &StepInProgress) -> Error {
    Error::new(ErrorKind::Interrupted, in_progress.to_string())
        .with_revision(&in_progress.revision)
        .with_help("a start that applies goes on with the step, or asks what became of it")
}

/// `Startup::Check` found something to do.
pub(super) fn pending(plan: &crate::Plan) -> Error {
    let count = plan.steps.len();
    let (noun, verb) = if count == 1 {
        ("revision", "is")
    } else {
        ("revisions", "are")
    };
    let error = Error::new(ErrorKind::Pending, format!("{count} {noun} {verb} pending"));
    let shown = plan.steps.iter().take(10);
    let mut error = shown.fold(error, |error, step| error.with_note(step.to_string()));
    if count > 10 {
        error = error.with_note(format!("and {} more", count - 10));
    }
    error.with_help("this start only checks: apply them with `upgrade`, of `cargo migrate` or of the commands that the app mounts, or start with MIGRATE_ON_STARTUP=apply where the app reads that")
}

/// `Startup::Ask` where nobody sits at a terminal: what a check says, and why nobody was asked.
pub(super) fn nobody_to_ask(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Pending => error
            .with_note("nobody could be asked: standard input or standard error is no terminal"),
        _ => error,
    }
}

/// `Startup::Ask`, and the person doesn't agree.
pub(super) fn declined() -> Error {
    Error::new(ErrorKind::Pending, "the migration was declined")
        .with_note("nothing was changed")
        .with_help(
            "start again to be asked again, or go back to the release that fits the database",
        )
}
