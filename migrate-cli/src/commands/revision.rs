use migrate_chain::{Applied, Chain, Dialect, Target, id};
use serde::Serialize;

use super::{json, target};
use crate::Exit;
#[cfg(feature = "models")]
use crate::ask::Person;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::files::{Directory, Edit, Language, Moment, Name, NewRevision, new_id};
#[cfg(feature = "models")]
use crate::questions::settle;

/// Write a new revision file on the head
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revision -m \"add users\"
  revision -m \"fill units\" --rust
  revision -m \"a fix for 1.2\" --head 1975 --splice
  revision -m \"billing starts\" --head base --branch-label billing
  revision -m \"two databases\" --dialect sqlite,postgres")]
pub(crate) struct Revision {
    /// What it does, in a few words
    #[arg(short, long, value_name = "TEXT")]
    message: String,
    /// What it follows: an id, BRANCH@head or base [default: head]
    #[arg(long, value_name = "REV")]
    head: Option<String>,
    /// Let it follow a revision that is no head, which makes a branch
    #[arg(long)]
    splice: bool,
    /// Begin a branch of that name
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    branch_label: Vec<String>,
    /// What else must be applied before it
    #[arg(long, value_name = "REV", value_delimiter = ',')]
    depends_on: Vec<String>,
    /// Its id, in place of a new one
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
    /// Write it in Rust
    #[arg(long)]
    rust: bool,
    /// Write what the models ask for and the chain doesn't make
    #[cfg(feature = "models")]
    #[arg(long, conflicts_with_all = ["rust", "splice"])]
    autogenerate: bool,
    #[cfg(feature = "models")]
    #[command(flatten)]
    told: crate::models::Told,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Revision) -> Result<Exit> {
    let head = args
        .head
        .as_deref()
        .map(|head| target(head, "revision"))
        .transpose()?;
    let directory = Directory::open(context)?;
    let chain = directory
        .loaded
        .packed()
        .chain()
        .map_err(Failure::from_mismatch)?;
    let parents = parents(
        &chain,
        head.as_ref(),
        args.splice,
        directory.options.multiple_bases,
    )?;
    let mut depends_on = Vec::new();
    for word in &args.depends_on {
        let found = target(word, "revision")?.positions(&chain, &Applied::of_rows(&chain, &[]))?;
        depends_on.extend(found.iter().map(|&at| chain.get(at).id.to_owned()));
    }
    let new = New {
        message: &args.message,
        rev_id: args.rev_id.as_deref(),
        parents,
        depends_on,
        labels: args.branch_label.clone(),
        language: if args.rust {
            Language::Rust
        } else {
            Language::Sql
        },
    };
    #[cfg(feature = "models")]
    if args.autogenerate {
        let missing = missing(context, &directory, &args.told)?;
        return autogenerate(context, &directory, &chain, &new, &missing);
    }
    write(context, &directory, &chain, &new)
}

/// What the models ask for and the chain doesn't make. What they leave open is asked on a terminal,
/// and an error elsewhere.
#[cfg(feature = "models")]
fn missing(
    context: &mut Context<'_, '_>,
    directory: &Directory,
    told: &crate::models::Told,
) -> Result<migrate_schema::revision::Revision> {
    let answers = told.answers()?;
    let sides = context.sides(directory)?;
    if context.global.yes || !context.streams.is_interactive() {
        return Ok(sides.work_out(&answers)?);
    }
    let mut person = Person {
        out: context.streams.err(),
        lines: &mut std::io::stdin().lock(),
    };
    settle(&|answers| sides.work_out(answers), &answers, &mut person)
}

/// Writes what the models ask for, if they ask for anything.
#[cfg(feature = "models")]
fn autogenerate(
    context: &mut Context<'_, '_>,
    directory: &Directory,
    chain: &Chain<'_>,
    new: &New<'_>,
    missing: &migrate_schema::revision::Revision,
) -> Result<Exit> {
    for spent in &missing.spent {
        context.streams.remark(format!("note: {spent}"))?;
    }
    if missing.is_empty() {
        match context.global.json {
            true => json(context, &Generated::default())?,
            false => context
                .streams
                .line("nothing changed: the chain makes what the models say")?,
        }
        return Ok(Exit::Done);
    }
    let draft = draft(context, directory, chain, new, missing)?;
    let changes = crate::models::told(missing);
    draft.edit.write()?;
    let path = directory.shown(&draft.path);
    if context.global.json {
        let generated = Generated {
            revision: Some(draft.id),
            down_revision: new.parents.clone(),
            path: Some(path),
            changes,
        };
        json(context, &generated)?;
        return Ok(Exit::Done);
    }
    for change in changes {
        context.streams.line(format!("found: {change}"))?;
    }
    context.streams.line(format!("Generated {path}"))?;
    Ok(Exit::Done)
}

/// What `--json` prints of `--autogenerate`; nothing changed: `null` and empty lists.
#[cfg(feature = "models")]
#[derive(Debug, Default, Serialize)]
struct Generated {
    revision: Option<String>,
    down_revision: Vec<String>,
    path: Option<String>,
    changes: Vec<String>,
}

/// A file that holds what the models ask for.
#[cfg(feature = "models")]
pub(super) fn draft<'d>(
    context: &mut Context<'_, '_>,
    directory: &'d Directory,
    chain: &Chain<'_>,
    new: &New<'_>,
    missing: &migrate_schema::revision::Revision,
) -> Result<Draft<'d>> {
    let body = |revision: &NewRevision<'_>| -> Result<String> {
        let parents: Vec<&str> = revision.parents.iter().map(String::as_str).collect();
        let header = migrate_schema::revision::Header {
            message: revision.message,
            revision: revision.id,
            down_revision: &parents,
            created: &revision.created.to_string(),
        };
        let mut text = missing.text(&header).unwrap_or_default();
        let (depends_on, labels) = (revision.depends_on, revision.labels);
        for (key, values) in [("depends_on", depends_on), ("branch_labels", labels)] {
            if !values.is_empty() {
                text = crate::files::set_key(&text, key, &values.join(", ")).unwrap_or(text);
            }
        }
        Ok(text)
    };
    prepare(context, directory, chain, new, "sql", &body)
}

/// What the new file follows.
fn parents(
    chain: &Chain<'_>,
    head: Option<&Target>,
    splice: bool,
    several_bases: bool,
) -> Result<Vec<String>> {
    let nothing = Applied::of_rows(chain, &[]);
    let found = match head {
        Some(target) if target.is_relative_to_current() => {
            return Err(Failure::usage(format!(
                "`{target}` depends on a database; `--head` names a revision"
            )));
        }
        Some(target) => target.positions(chain, &nothing)?,
        None if chain.heads().len() > 1 => {
            let ids: Vec<_> = chain
                .heads()
                .iter()
                .map(|&at| format!("`{}`", chain.get(at).id))
                .collect();
            return Err(Failure::failed(format!("there are several heads: {}", ids.join(", ")))
                .help("name the one it follows with `--head`, or join them first: `merge` or `rebase`"));
        }
        None => chain.heads(),
    };
    match found[..] {
        [] if chain.is_empty() || several_bases => Ok(Vec::new()),
        [] => Err(Failure::failed("the chain has a base already").help(
            "several are meant? Say `multiple_bases = true` in migrate.toml, and in the macro",
        )),
        [at] if chain.children(at).is_empty() || splice => Ok(vec![chain.get(at).id.to_owned()]),
        [at] => Err(
            Failure::failed(format!("`{}` is no head", chain.get(at).id))
                .help("give `--splice` to let the chain branch there"),
        ),
        _ => Err(Failure::failed(
            "a revision follows one head; `merge` joins several",
        )),
    }
}

/// What goes into a new file.
pub(super) struct New<'a> {
    pub(super) message: &'a str,
    pub(super) rev_id: Option<&'a str>,
    pub(super) parents: Vec<String>,
    pub(super) depends_on: Vec<String>,
    pub(super) labels: Vec<String>,
    pub(super) language: Language,
}

/// What `--json` prints of a command that writes a revision.
#[derive(Debug, Serialize)]
pub(super) struct Written<'w> {
    pub(super) revision: &'w str,
    pub(super) down_revision: &'w [String],
    pub(super) path: String,
}

/// A file that was tried and is not written yet.
pub(super) struct Draft<'d> {
    pub(super) edit: Edit<'d>,
    pub(super) id: String,
    /// Relative to the versions directory.
    pub(super) path: String,
}

/// Writes the file, brings chain.lock up to date, and says where it is.
pub(super) fn write(
    context: &mut Context<'_, '_>,
    directory: &Directory,
    chain: &Chain<'_>,
    new: &New<'_>,
) -> Result<Exit> {
    let dialects: Vec<Dialect> = (context.global.dialects.iter())
        .map(|name| {
            name.parse()
                .map_err(|error| Failure::usage(format!("`{name}`: {error}")))
        })
        .collect::<Result<_>>()?;
    let is_merge = new.parents.len() > 1;
    let template = match is_merge {
        true => None,
        false => template(context, new.language)?,
    };
    let body = |revision: &NewRevision<'_>| {
        let revision = NewRevision {
            dialects: &dialects,
            ..*revision
        };
        Ok(match is_merge {
            // A merge has nothing to do of its own, and may say so by leaving the sections out.
            true => format!("{}\n", revision.header("--")),
            false => revision.text(new.language, template.as_deref()),
        })
    };
    let ending = if new.language == Language::Rust && !is_merge {
        "rs"
    } else {
        "sql"
    };
    let draft = prepare(context, directory, chain, new, ending, &body)?;
    draft.edit.write()?;
    let path = directory.shown(&draft.path);
    if context.global.json {
        let written = Written {
            revision: &draft.id,
            down_revision: &new.parents,
            path,
        };
        json(context, &written)?;
    } else {
        context.streams.line(format!("Generated {path}"))?;
    }
    Ok(Exit::Done)
}

/// Gives a new revision its id and its name, and tries the file.
fn prepare<'d>(
    context: &mut Context<'_, '_>,
    directory: &'d Directory,
    chain: &Chain<'_>,
    new: &New<'_>,
    ending: &str,
    body: &dyn Fn(&NewRevision<'_>) -> Result<String>,
) -> Result<Draft<'d>> {
    let message = new.message.split_whitespace().collect::<Vec<_>>().join(" ");
    if message.is_empty() {
        return Err(Failure::usage(
            "the message is empty: say in a few words what the revision does",
        ));
    }
    let id = id(chain, directory, new.rev_id)?;
    let revision = NewRevision {
        message: &message,
        id: &id,
        parents: &new.parents,
        depends_on: &new.depends_on,
        labels: &new.labels,
        created: Moment::now(&context.app),
        dialects: &[],
    };
    let text = body(&revision)?;
    let name = Name::new(context.config.file.file_template.as_deref(), chain)?;
    let stem = name.stem(&id, &message, &revision.created, chain.name);
    let path = format!("{stem}.{ending}");
    let mut edit = Edit::new(directory);
    edit.create(path.clone(), text);
    says(&edit, &id, &message)?;
    Ok(Draft { edit, id, path })
}

/// A new id, or the one that was given, if it is free.
pub(super) fn id(chain: &Chain<'_>, directory: &Directory, given: Option<&str>) -> Result<String> {
    let Some(given) = given else {
        return Ok(new_id(chain));
    };
    id::check(given).map_err(Failure::usage)?;
    match chain.position(given) {
        None => Ok(given.to_owned()),
        Some(at) => {
            let path = directory.shown(chain.get(at).path);
            Err(Failure::failed(format!("`{given}` is taken: {path}")))
        }
    }
}

/// The file reads back as it was meant: a message may look like a key of the header.
fn says(edit: &Edit<'_>, id: &str, message: &str) -> Result<()> {
    let tried = edit.tried()?;
    let chain = tried.packed().chain().map_err(Failure::from_mismatch)?;
    let read = chain.position(id).map(|at| chain.get(at).message);
    if read == Some(message) {
        return Ok(());
    }
    Err(Failure::failed(format!("`{message}` can't be the first line of a header"))
        .note("nothing was written")
        .help("it looks like one of the header's keys: begin with another word, or check the template"))
}

/// The project's own text for new files.
fn template(context: &Context<'_, '_>, language: Language) -> Result<Option<String>> {
    let file = &context.config.file;
    let named = match language {
        Language::Sql => &file.template,
        Language::Rust => &file.template_rust,
    };
    let Some(named) = named else {
        return Ok(None);
    };
    let path = file.folder.join(named);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Failure::failed(format!(
            "can't read the template {}: {error}",
            path.display()
        ))
    })?;
    match text.contains("{header}") {
        true => Ok(Some(text)),
        false => Err(
            Failure::failed(format!("the template {} lacks {{header}}", path.display()))
                .help("that is where the message, the revision and its parents go"),
        ),
    }
}
