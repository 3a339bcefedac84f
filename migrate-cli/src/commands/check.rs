use migrate_chain::chain_lock::ChainLock;
use migrate_chain::{Chain, Place, Target, load};
use migrate_runtime::{Goal, Migrations, Outcome};

use super::json;
#[cfg(feature = "models")]
use super::target;
use crate::Exit;
use crate::app::Source;
use crate::context::{Context, Need};
use crate::database::{Access, Database, on};
use crate::error::{Error, Result, name_program};
use crate::outdated;
use crate::render::github;
use crate::render::json::{Checked, InProgress, found};
#[cfg(feature = "models")]
use crate::review::Review;

/// Check the chain, chain.lock and the database; made for CI
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit code 1: the chain is broken, several heads included, or an applied revision was edited.
Exit code 3: something is pending, or what is compared differs.
Without a database only the files are checked.

Examples:
  check                        files, and the database that is named
  check --files                files alone
  check --drift                whether the tables are what the revisions make
  check --drift --at ae10      whether they are what the chain makes up to ae10")]
pub(crate) struct Check {
    /// Check the files only, even if a database is named
    #[arg(long)]
    files: bool,
    /// Compare the tables of the database with what its revisions make
    #[cfg(feature = "models")]
    #[arg(long, conflicts_with = "files")]
    drift: bool,
    /// With --drift: what the chain makes up to there counts, in place of what is recorded
    #[cfg(feature = "models")]
    #[arg(long, value_name = "REV", requires = "drift")]
    at: Option<String>,
    /// What it is printed as, with the SQL, locks and findings of what is pending or open [default: text]
    #[cfg(feature = "models")]
    #[arg(long, value_name = "FORMAT", value_enum, conflicts_with = "json")]
    format: Option<crate::review::ReviewFormat>,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Check) -> Result<Exit> {
    let mut checked = Checked {
        ok: true,
        problems: Vec::new(),
        pending: Vec::new(),
        ahead: Vec::new(),
        in_progress: None,
        missing: None,
        drift: None,
        to_adopt: Vec::new(),
        lacking: Vec::new(),
        stale_docs: Vec::new(),
        unproved: Vec::new(),
    };
    #[cfg(feature = "models")]
    let format = super::lint::format_of(context, args.format);
    let outcome = examine(context, args, &mut checked);
    #[cfg(feature = "models")]
    let outcome = outcome.and_then(|exit| {
        let models = compared(context, &mut checked)?;
        let docs = documented(context, &mut checked)?;
        let proof = proven(context, &mut checked)?;
        let mut all = [models, docs, proof].into_iter();
        let worst = all.find(|one| *one != Exit::Done);
        Ok(worst.unwrap_or(exit))
    });
    if let Err(error) = &outcome {
        checked.ok = false;
        let mut error = error.clone();
        error.edit(|text| name_program(text, &context.program));
        checked.problems.extend(found(&error));
    }
    #[cfg(feature = "models")]
    if let Some(mut review) = reviewed(context, args, &checked)? {
        review.problems.clone_from(&checked.problems);
        review.checked = Some(&checked);
        review.print(context, format)?;
        return outcome;
    }
    if context.global.json {
        json(context, &checked)?;
    }
    outcome
}

/// What a reviewer wants to know of what is pending; without a database, of what is open, if a format is named.
#[cfg(feature = "models")]
fn reviewed<'r>(
    context: &mut Context<'_, '_>,
    args: &Check,
    checked: &Checked,
) -> Result<Option<Review<'r>>> {
    if args.format.is_none() && checked.pending.is_empty() {
        return Ok(None);
    }
    let directory = if context.config.versions.is_dir() {
        crate::files::Directory::open(context).map(Some)
    } else {
        Ok(None)
    };
    let migrations = match &directory {
        Ok(Some(directory)) => context.newest(directory),
        Ok(None) => context.migrations(Need::Scripts),
        Err(error) => Err(error.clone()),
    };
    let Ok(migrations) = migrations else {
        // What is wrong is among the problems.
        return Ok(Some(Review::default()));
    };
    let chain = migrations.chain()?;
    let has_database = context.config.url_if_any().is_some() || context.app.database.is_some();
    let positions = if has_database && !args.files {
        let pending = checked.pending.iter();
        pending.filter_map(|id| chain.index_of(id)).collect()
    } else {
        super::lint::open(&chain, directory.ok().flatten().as_ref())?
    };
    let report = context.linted(&migrations, &positions, false, false)?;
    for note in &report.notes {
        context.streams.remark(format!("note: {note}"))?;
    }
    Ok(Some(Review::new(&chain, &positions, report)))
}

fn examine(context: &mut Context<'_, '_>, args: &Check, checked: &mut Checked) -> Result<Exit> {
    if let Some(what) = &context.outdated {
        return Err(outdated::error(what));
    }
    files(context)?;
    let migrations = context.migrations(Need::Scripts)?;
    let chain = migrations.chain()?;
    #[cfg(feature = "models")]
    crate::snapshot::current(context, &chain)?;
    let count = chain.len();
    let has_database = context.config.url_if_any().is_some() || context.app.database.is_some();
    let blank = (0..count).find(|&at| chain.get(at).is_blank());
    if let Some(blank) = blank
        && !context.compares_models()
    {
        return Err(unwritten(&chain, blank)
            .help("write its script; a release build takes no blank revision")
            .help("with models, the app's own command fills it: `revision --autogenerate`"));
    }
    if args.files || !has_database {
        if blank.is_none() {
            (context.streams).line(format!("{}: the files are right", revisions(count)))?;
        }
        return Ok(Exit::Done);
    }
    let mut database = context.connect(Access::Read)?;
    context.same_environment(&migrations, &mut database)?;
    #[cfg(feature = "models")]
    if let Some(at) = &args.at {
        let at = target(at, "check")?;
        let drifted = drifted(context, &migrations, &mut database, Some(&at), checked)?;
        return Ok(if drifted { Exit::Pending } else { Exit::Done });
    }
    let in_progress = context.in_progress(&migrations, &mut database)?;
    checked.in_progress = in_progress.map(InProgress::from);
    let judged = context.judge(&migrations, &mut database)?;
    let mut migrator = context.migrator(&migrations);
    // Fails where an applied revision was edited, or the database is none of this chain's.
    let history = on!(database, conn => migrator.history(conn))?;
    #[cfg(feature = "models")]
    let drifted = args.drift && drifted(context, &migrations, &mut database, None, checked)?;
    #[cfg(not(feature = "models"))]
    let drifted = false;
    let disagrees = other_tool(context, &migrations, &mut database, checked)?;
    let drifted = drifted || disagrees;
    let pending: Vec<_> = history
        .iter()
        .rev()
        .filter(|entry| !entry.applied)
        // What is still to be written is no upgrade's to apply.
        .filter(|entry| blank.is_none_or(|blank| chain.get(blank).id != entry.revision))
        .collect();
    checked.pending = pending.iter().map(|entry| entry.revision.clone()).collect();
    if pending.is_empty() {
        let ahead = judged.filter(|report| report.outcome == Outcome::Ahead);
        let all = match (&ahead, blank) {
            (None, None) => ", and all is applied",
            _ => "",
        };
        if blank.is_none() {
            (context.streams).line(format!("{}: the files are right{all}", revisions(count)))?;
        }
        if let Some(report) = ahead {
            context.streams.line(format!(
                "the database is ahead of this chain, at {}, and this chain can work with it",
                report.ahead.join(", ")
            ))?;
            checked.ahead = report.ahead;
        }
        return Ok(if drifted { Exit::Pending } else { Exit::Done });
    }
    checked.ok = false;
    for entry in &pending {
        let place = Place {
            path: entry.path.clone(),
            line: 1,
            column: 0,
        };
        let is_there = checked.to_adopt.contains(&entry.revision);
        let state = if is_there { "to adopt" } else { "pending" };
        let message = format!("{} is {state}: {}", entry.revision, entry.message);
        (context.streams).annotation(&github::error(Some(&place), &message));
        context
            .streams
            .line(format!("{state}: {}, {}", entry.revision, entry.message))?;
    }
    // What refuses the plan is said by `upgrade`.
    let planned = on!(database, conn => migrator.plan(conn, Goal::Upgrade(&Target::HEADS)));
    for note in planned.map(|plan| plan.notes).unwrap_or_default() {
        context.streams.remark(format!("note: {note}"))?;
    }
    let program = &context.program;
    let target = if chain.heads().len() > 1 {
        " heads"
    } else {
        ""
    };
    let hint = format!("help: `{program} upgrade{target}` applies what is pending");
    context.streams.remark(hint)?;
    Ok(Exit::Pending)
}

/// Whether what is recorded here and what another tool says of its steps differ.
fn other_tool(
    context: &mut Context<'_, '_>,
    migrations: &Migrations,
    database: &mut Database,
    checked: &mut Checked,
) -> Result<bool> {
    if migrations.chain()?.adopt_sql.is_none() {
        return Ok(false);
    }
    let mut migrator = context.migrator(migrations);
    let Some(other) = on!(database, conn => migrator.other_tool(conn))? else {
        return Ok(false);
    };
    for revision in &other.lacking {
        let line = format!(
            "`{revision}` is recorded as applied, and {} doesn't have it",
            other.name
        );
        (context.streams).annotation(&github::error(None, &line));
        context.streams.line(line)?;
    }
    let disagrees = !other.lacking.is_empty();
    checked.ok &= !disagrees;
    checked.to_adopt = other.to_adopt;
    checked.lacking = other.lacking;
    Ok(disagrees)
}

/// The versions directory, where it is at hand: its files, and chain.lock, which lists them.
fn files(context: &Context<'_, '_>) -> Result<()> {
    let (folder, options) = match context.app.source {
        Source::Disk => {
            let mut options = context.config.options();
            let folder = context.existing_folder()?;
            if options.dialects.is_empty() {
                options.dialects = context.known_dialects(&folder)?;
            }
            (folder, options)
        }
        Source::App(migrations) => {
            let built = migrations.chain()?;
            match context.files_of(&built) {
                Some(folder) => (folder, context.options_of(&built)),
                None => return Ok(()),
            }
        }
    };
    let lock = folder.chain_lock.clone();
    let root = folder.root.clone();
    let loaded = load(folder, &options)?;
    if let Some(text) = lock {
        let chain = loaded.packed().chain()?;
        ChainLock::read(&root, &text).0.up_to_date(&chain)?;
    }
    Ok(())
}

/// Models and chain, where the sources are at hand; what is missing is printed last, to be pasted.
#[cfg(feature = "models")]
fn compared(context: &mut Context<'_, '_>, checked: &mut Checked) -> Result<Exit> {
    use migrate_chain::Language;
    use migrate_schema::diff::Answers;

    use super::{autogenerate, revision};
    use crate::files::Directory;

    if !context.compares_models() {
        return Ok(Exit::Done);
    }
    let directory = Directory::open(context)?;
    let compared = context.compared(&directory, &[])?;
    let missing = (compared.work_out(&Answers::new()))
        .map_err(|refusal| undecided(&refusal, &context.program))?;
    for spent in &missing.spent {
        context.streams.remark(format!("note: {spent}"))?;
    }
    let packed = directory.loaded.packed();
    let chain = packed.chain()?;
    let blank = (0..chain.len()).find(|&at| chain.get(at).is_blank());
    if missing.is_empty() {
        context
            .streams
            .line("the chain makes what the models say")?;
        return match blank {
            Some(blank) => Err(unwritten(&chain, blank).help(
                "the models ask for nothing more: write its script by hand, or remove the file and let `lock` bring chain.lock up to date",
            )),
            None => Ok(Exit::Done),
        };
    }
    checked.ok = false;
    let changes = crate::models::describe(&missing);
    let heads = chain.heads();
    let parents: Vec<String> = (heads.iter())
        .map(|&at| chain.get(at).id.to_owned())
        .collect();
    if parents.len() > 1 && blank.is_none() {
        return Err(Error::failed(format!(
            "the models ask for more than the chain makes: {}",
            changes.join(", ")
        ))
        .help("there are several heads: `revision --autogenerate --head REV` writes it on one of them"));
    }
    let new = match blank {
        Some(blank) => autogenerate::new_beside(&chain, blank, &[]),
        None => revision::New {
            message: changes.first().map_or("", String::as_str),
            ids: &[],
            parents,
            depends_on: Vec::new(),
            labels: Vec::new(),
            language: Language::Sql,
        },
    };
    let steps = std::slice::from_ref(&missing);
    let draft = autogenerate::draft(context, &directory, &chain, &new, blank, steps)?;
    let path = draft.files.first().map(|file| file.path.clone());
    let (text, lock) = draft.edit.shown()?;
    let before = directory.folder.chain_lock.as_deref().unwrap_or_default();
    let added = |line: &&str| !before.lines().any(|known| known == *line);
    let lock = lock.unwrap_or_default();
    let missing = crate::render::json::Missing {
        changes,
        path: path.unwrap_or_default(),
        text: text.to_owned(),
        chain_lock: lock.lines().filter(added).map(str::to_owned).collect(),
    };
    if !context.global.json {
        for change in &missing.changes {
            context.streams.line(format!("missing: {change}"))?;
        }
        if !missing.chain_lock.is_empty() {
            let path = directory.shown(migrate_chain::CHAIN_LOCK);
            context.streams.line(format!(
                "\nadd to {path}:\n\n{}",
                missing.chain_lock.join("\n")
            ))?;
        }
        context
            .streams
            .line(format!("\nwrite to {}:\n", missing.path))?;
        context.streams.text(&missing.text)?;
    }
    checked.missing = Some(missing);
    Ok(Exit::Pending)
}

/// The documentation, where the chain has some: it shows what the revisions do.
#[cfg(feature = "models")]
fn documented(context: &mut Context<'_, '_>, checked: &mut Checked) -> Result<Exit> {
    let Some(stale) = super::docs::stale(context)? else {
        return Ok(Exit::Done);
    };
    let out = &stale.out;
    if stale.names.is_empty() {
        context
            .streams
            .line(format!("{out} shows what the revisions do"))?;
        return Ok(Exit::Done);
    }
    checked.ok = false;
    for name in &stale.names {
        context.streams.line(format!("stale: {out}/{name}"))?;
    }
    let program = &context.program;
    let hint = format!("help: `{program} docs` writes {out} again");
    context.streams.remark(hint)?;
    checked.stale_docs = stale.names;
    Ok(Exit::Pending)
}

/// The proof that migrate.toml asks for: what chain.lock doesn't say is tried here.
#[cfg(feature = "models")]
fn proven(context: &mut Context<'_, '_>, checked: &mut Checked) -> Result<Exit> {
    if !context.config.file.proof || !context.config.versions.is_dir() {
        return Ok(Exit::Done);
    }
    let directory = crate::files::Directory::open(context)?;
    let Some(proofs) = super::prove::lacking(context, &directory)? else {
        let heads = directory.loaded.packed().chain()?.written_heads().len();
        let what = if heads == 1 { "head is" } else { "heads are" };
        (context.streams).line(format!("chain.lock says that the {what} proved"))?;
        return Ok(Exit::Done);
    };
    checked.ok = false;
    for proof in proofs {
        let dialect = proof.dialect.name();
        if !checked.unproved.contains(&dialect) {
            checked.unproved.push(dialect);
            context.streams.line(format!(
                "unproved: the chain runs on {dialect}, and chain.lock doesn't say so"
            ))?;
        }
    }
    let program = &context.program;
    let hint = format!("help: `{program} prove` notes it");
    context.streams.remark(hint)?;
    Ok(Exit::Pending)
}

/// A blank head that a debug build took.
fn unwritten(chain: &Chain<'_>, blank: usize) -> Error {
    let path = chain.get(blank).path;
    Error::failed(format!("{}/{path} is still to be written", chain.root))
}

/// Models and chain differ, and nobody has said how: both ways to say so. `check` itself takes no
/// answers, or it would pass where the next one fails.
#[cfg(feature = "models")]
fn undecided(refusal: &migrate_schema::diff::Refusal, program: &str) -> Error {
    if !refusal.problems.is_empty() {
        return Error::failed(refusal.to_string());
    }
    // Only one thing can get a new name.
    let mut taken: Vec<(&Option<String>, &String)> = Vec::new();
    let mut flags = Vec::new();
    for question in &refusal.questions {
        let is_free = |new: &&String| !taken.contains(&(&question.of, new));
        match question.new.iter().find(is_free) {
            Some(new) => {
                taken.push((&question.of, new));
                flags.push(question.rename_flag(new));
            }
            None => flags.push(question.drop_flag()),
        }
    }
    Error::new(Exit::Pending, refusal.to_string())
        .note("models and chain differ, and the models don't tell what is meant")
        .help("with the attribute in the models, `check` prints the revision to paste")
        .help(format!(
            "or let `{program} revision --autogenerate -m MESSAGE` write it, with a flag for each question, such as `{}`",
            flags.join(" ")
        ))
}

/// The tables of the database, held against what its revisions make.
#[cfg(feature = "models")]
fn drifted(
    context: &mut Context<'_, '_>,
    migrations: &migrate_runtime::Migrations,
    database: &mut crate::Database,
    at: Option<&Target>,
    checked: &mut Checked,
) -> Result<bool> {
    let drift = context.drift(migrations, database, at)?;
    for line in &drift {
        context
            .streams
            .line(format!("drift, the database did by itself: {line}"))?;
    }
    if drift.is_empty() {
        context
            .streams
            .line("no drift: the database is what its revisions make")?;
    }
    let found = !drift.is_empty();
    checked.ok &= !found;
    checked.drift = Some(drift);
    Ok(found)
}

fn revisions(count: usize) -> String {
    match count {
        1 => "1 revision".to_owned(),
        count => format!("{count} revisions"),
    }
}
