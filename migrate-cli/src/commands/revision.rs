use migrate_chain::{Applied, Chain, Dialect, Language, NewHeader, Target, id};
use serde::Serialize;

#[cfg(feature = "models")]
use super::autogenerate::{self, autogenerate};
use super::{json, target};
use crate::Exit;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::files::{Directory, Edit, Name, blank, new_id, now};

/// Write a new revision file on the head
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revision -m \"add users\"
  revision -m \"fill units\" --rust
  revision -m \"a fix for 1.2\" --head 1975 --splice
  revision -m \"billing starts\" --head base --branch-label billing
  revision -m \"two databases\" --dialect sqlite,postgres
  revision --autogenerate      fill the blank head from the models")]
pub(crate) struct Revision {
    /// What it does, in a few words
    #[cfg_attr(feature = "models", arg(required_unless_present = "autogenerate"))]
    #[cfg_attr(not(feature = "models"), arg(required = true))]
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
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
    /// Its id, in place of a new one; with --online, of each
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    rev_id: Vec<String>,
    /// Write it in Rust
    #[arg(long)]
    rust: bool,
    /// Write what the models ask for and the chain doesn't make
    #[cfg(feature = "models")]
    #[arg(long, conflicts_with = "rust")]
    autogenerate: bool,
    #[cfg(feature = "models")]
    #[command(flatten)]
    generate: autogenerate::AutogenerateArgs,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Revision) -> Result<Exit> {
    let head = args
        .head
        .as_deref()
        .map(|head| target(head, "revision"))
        .transpose()?;
    #[cfg(feature = "models")]
    if args.autogenerate && context.app.models.is_none() {
        return Err(context.without_models());
    }
    let directory = Directory::open(context)?;
    let chain = directory.loaded.packed().chain()?;
    #[cfg(feature = "models")]
    if args.autogenerate
        && let Some(blank) = blank_head(&chain, head.as_ref())?
    {
        args.leaves_header(&chain, blank)?;
        if args.message.is_some() {
            let id = chain.get(blank).id;
            context.streams.remark(format!(
                "note: `{id}` is blank, and is filled; its message stays what its header says"
            ))?;
        }
        return autogenerate::fill(
            context,
            &directory,
            &chain,
            blank,
            &args.rev_id,
            &args.generate,
        );
    }
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
    let Some(message) = &args.message else {
        return Err(Error::usage("the new revision has no message")
            .help("say in a few words what it does: `-m \"add users\"`")
            .note("no revision at a head is blank, so there is none to fill"));
    };
    let new = New {
        message,
        ids: &args.rev_id,
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
        return autogenerate(context, &directory, &chain, new, &args.generate);
    }
    write(context, &directory, &chain, &new)
}

#[cfg(feature = "models")]
impl Revision {
    /// Nothing is asked of the header of a file that is there.
    fn leaves_header(&self, chain: &Chain<'_>, blank: usize) -> Result<()> {
        let asked = [
            ("--branch-label", !self.branch_label.is_empty()),
            ("--depends-on", !self.depends_on.is_empty()),
            ("--splice", self.splice),
        ];
        let Some((flag, _)) = asked.into_iter().find(|(_, is_given)| *is_given) else {
            return Ok(());
        };
        let path = format!("{}/{}", chain.root, chain.get(blank).path);
        Err(Error::usage(format!(
            "{path} is blank and would be filled, and `{flag}` is for a new file"
        ))
        .note("nothing was written")
        .help(format!(
            "leave `{flag}` out to fill it; its header is yours to edit"
        ))
        .help("or remove the file, to begin another"))
    }
}

/// The blank head that is to be filled, if there is one.
#[cfg(feature = "models")]
fn blank_head(chain: &Chain<'_>, head: Option<&Target>) -> Result<Option<usize>> {
    let named = match head {
        Some(target) if !target.is_relative_to_current() => {
            target.positions(chain, &Applied::of_rows(chain, &[]))?
        }
        Some(_) => Vec::new(),
        None => chain.heads(),
    };
    let blank: Vec<usize> = (named.into_iter())
        .filter(|&at| chain.get(at).is_blank())
        .collect();
    match blank[..] {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => {
            let ids = blank.iter().map(|&at| format!("`{}`", chain.get(at).id));
            let ids: Vec<String> = ids.collect();
            Err(
                Error::failed(format!("several heads are blank: {}", ids.join(", ")))
                    .help("name the one to fill with `--head`"),
            )
        }
    }
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
            return Err(Error::usage(format!(
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
            return Err(Error::failed(format!("there are several heads: {}", ids.join(", ")))
                .help("name the one it follows with `--head`, or join them first: `merge` or `rebase`"));
        }
        None => chain.heads(),
    };
    match found[..] {
        [] if chain.is_empty() || several_bases => Ok(Vec::new()),
        [] => Err(Error::failed("the chain has a base already").help(
            "several are meant? Say `multiple_bases = true` in migrate.toml, and in the macro",
        )),
        [at] if chain.children(at).is_empty() || splice => Ok(vec![chain.get(at).id.to_owned()]),
        [at] => Err(Error::failed(format!("`{}` is no head", chain.get(at).id))
            .help("give `--splice` to let the chain branch there")),
        _ => Err(Error::failed(
            "a revision follows one head; `merge` joins several",
        )),
    }
}

/// What goes into a new file.
pub(super) struct New<'a> {
    pub(super) message: &'a str,
    /// Ids that were given; one is made where none is.
    pub(super) ids: &'a [String],
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

/// Files that were tried and are not written yet, each on the one before.
pub(super) struct Draft<'d> {
    pub(super) edit: Edit<'d>,
    pub(super) files: Vec<Drafted>,
}

/// A revision file that is to be written.
pub(super) struct Drafted {
    pub(super) id: String,
    pub(super) parents: Vec<String>,
    /// As it is shown.
    pub(super) path: String,
}

/// What a file says: the whole text, made once its id and its parents are known.
pub(super) struct Body<'b> {
    pub(super) message: String,
    pub(super) text: &'b dyn Fn(&NewHeader<'_>) -> String,
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
                .map_err(|error| Error::usage(format!("`{name}`: {error}")))
        })
        .collect::<Result<_>>()?;
    let is_merge = new.parents.len() > 1;
    let template = if is_merge {
        None
    } else {
        template(context, new.language)?
    };
    let body = |header: &NewHeader<'_>| {
        if is_merge {
            header.text(Language::Sql)
        } else {
            blank(header, new.language, &dialects, template.as_deref())
        }
    };
    let ending = if new.language == Language::Rust && !is_merge {
        "rs"
    } else {
        "sql"
    };
    let body = Body {
        message: new.message.to_owned(),
        text: &body,
    };
    let edit = Edit::new(directory);
    let draft = prepare(context, edit, chain, new, ending, &[body])?;
    draft.edit.write()?;
    #[cfg(feature = "models")]
    crate::upkeep::refresh(context)?;
    for file in &draft.files {
        if context.global.json {
            json(context, &file.written())?;
        } else {
            context.streams.line(format!("Generated {}", file.path))?;
        }
    }
    Ok(Exit::Done)
}

impl Drafted {
    pub(super) fn written(&self) -> Written<'_> {
        Written {
            revision: &self.id,
            down_revision: &self.parents,
            path: self.path.clone(),
        }
    }
}

/// Gives each new revision its id and its name, and tries the files, with what is edited already.
pub(super) fn prepare<'d>(
    context: &mut Context<'_, '_>,
    mut edit: Edit<'d>,
    chain: &Chain<'_>,
    new: &New<'_>,
    ending: &str,
    bodies: &[Body<'_>],
) -> Result<Draft<'d>> {
    let (given, needed) = (new.ids.len(), bodies.len());
    if given > 0 && given != needed {
        let needed = match needed {
            1 => "one revision".to_owned(),
            needed => format!("{needed} revisions"),
        };
        return Err(Error::usage(format!(
            "`--rev-id` names {given}, and {needed} would be written"
        ))
        .note("nothing was written"));
    }
    let name = Name::new(context.config.file.file_template.as_deref(), chain)?;
    let directory = edit.directory();
    let mut files: Vec<Drafted> = Vec::new();
    for (at, body) in bodies.iter().enumerate() {
        let message = body
            .message
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        if message.is_empty() {
            return Err(Error::usage(
                "the message is empty: say in a few words what the revision does",
            ));
        }
        let id = id(chain, directory, new.ids.get(at).map(String::as_str))?;
        let last = files.last().map(|last| vec![last.id.clone()]);
        let is_first = last.is_none();
        let parents = last.unwrap_or_else(|| new.parents.clone());
        let first = |list| if is_first { words(list) } else { Vec::new() };
        let created = now(&context.app);
        let written = created.to_string();
        let header = NewHeader {
            down_revision: &words(&parents),
            depends_on: &first(&new.depends_on),
            branch_labels: &first(&new.labels),
            ..NewHeader::new(&message, &id, &written)
        };
        let stem = name.stem(&id, &message, &created, chain.name);
        let path = format!("{stem}.{ending}");
        edit.create(path.clone(), (body.text)(&header));
        says(&edit, &id, &message)?;
        files.push(Drafted {
            id,
            parents,
            path: directory.shown(&path),
        });
    }
    Ok(Draft { edit, files })
}

pub(super) fn words(owned: &[String]) -> Vec<&str> {
    owned.iter().map(String::as_str).collect()
}

/// A new id, or the one that was given, if it is free.
pub(super) fn id(chain: &Chain<'_>, directory: &Directory, given: Option<&str>) -> Result<String> {
    let Some(given) = given else {
        return Ok(new_id(chain));
    };
    id::check(given).map_err(Error::usage)?;
    match chain.index_of(given) {
        None => Ok(given.to_owned()),
        Some(at) => {
            let path = directory.shown(chain.get(at).path);
            Err(Error::failed(format!("`{given}` is taken: {path}")))
        }
    }
}

/// The file reads back as it was meant: a message may look like a key of the header.
fn says(edit: &Edit<'_>, id: &str, message: &str) -> Result<()> {
    let tried = edit.tried()?;
    let chain = tried.packed().chain()?;
    let read = chain.index_of(id).map(|at| chain.get(at).message);
    if read == Some(message) {
        return Ok(());
    }
    Err(Error::failed(format!("`{message}` can't be the first line of a header"))
        .note("nothing was written")
        .help("it looks like one of the header's keys: begin with another word, or check the template"))
}

/// The project's own text for new files.
pub(super) fn template(context: &Context<'_, '_>, language: Language) -> Result<Option<String>> {
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
        Error::failed(format!(
            "can't read the template {}: {error}",
            path.display()
        ))
    })?;
    if text.contains("{header}") {
        Ok(Some(text))
    } else {
        Err(
            Error::failed(format!("the template {} lacks {{header}}", path.display()))
                .help("that is where the message, the revision and its parents go"),
        )
    }
}
