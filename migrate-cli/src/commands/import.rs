use std::collections::BTreeMap;

use migrate_chain::{
    ADOPT_SQL, Dialect, Direction, Folder, Loaded, Options, SourceFile, load, set_key,
};
use migrate_runtime::Migrations;
use migrate_schema::scratch::beside::{Equal, OriginalStep, Unequal};
use serde::Serialize;

use super::json;
use crate::Exit;
use crate::config::Secret;
use crate::context::Context;
use crate::database::{Access, Database};
use crate::error::{Error, Result};
use crate::files::{Directory, Edit};
use crate::import::{
    AdoptSql, Downgrade, Draft, Drafted, History, Refused, Settings, Source, Tool, before, draft,
    originals, recognise,
};
use crate::url::Url;

/// Come from another tool: its migrations become revisions
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The tool's own files and the revisions run side by side on scratch databases,
and their schemas are compared after every step, up and down: unless all is
equal, nothing is written. Databases that the tool has migrated are then taken
over where they are: see `adopt`.

Known are sqlx, diesel, refinery, rusqlite_migration, sea-orm, goose,
golang-migrate, dbmate, flyway, atlas, prisma, alembic and django. Of code whose
SQL isn't known --baseline takes the schema.

Examples:
  import migrations            the folder of the other tool
  import migrations --against postgres://localhost/app
                               a database that the tool made is equal, too
  import migrations --baseline one revision, the schema as it is
  import migrations --dry-run  what would be written, and what is changed")]
pub(crate) struct Import {
    /// The folder of the other tool's migrations
    #[arg(value_name = "FROM")]
    from: String,
    /// Whose they are, where the files don't tell
    #[arg(long, value_name = "NAME")]
    tool: Option<String>,
    /// One revision in place of all: the schema as it is
    #[arg(long)]
    baseline: bool,
    /// With --baseline: a table whose rows belong to it
    #[arg(
        long,
        value_name = "TABLE",
        value_delimiter = ',',
        requires = "baseline"
    )]
    data: Vec<String>,
    /// A database that the other tool made, which is compared too
    #[arg(long, value_name = "URL")]
    against: Option<Secret>,
    /// The value of a placeholder of Flyway's
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Prove it, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report {
    tool: &'static str,
    revisions: Vec<Shown>,
    refused: Vec<Refused>,
    /// Steps of the other tool that were imported before, and have been edited there since.
    edited: Vec<Refused>,
    proved: Option<Proved>,
}

#[derive(Debug, Serialize)]
struct Shown {
    revision: String,
    key: String,
    path: String,
    sources: Vec<String>,
    changes: Vec<String>,
    downgrade: Downgrade,
}

#[derive(Debug, Default, Serialize)]
struct Proved {
    steps: usize,
    equal: bool,
    /// How many downgrades lead there and back, as with the other tool.
    downgrades: usize,
    /// Downgrades that don't work with the other tool either.
    broken: Vec<BrokenDowngrade>,
    /// The database that was compared too.
    against: Option<String>,
    /// The first step that differs.
    differs: Option<Differs>,
}

#[derive(Debug, Serialize)]
struct BrokenDowngrade {
    revision: String,
    reason: String,
}

#[derive(Debug, Serialize)]
struct Differs {
    revision: String,
    direction: &'static str,
    how: String,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Import) -> Result<Exit> {
    let folder = context.config.current_dir.join(&args.from);
    let source = Source::read(&folder, &args.from)?;
    let tool = recognise(&source, &args.from, args.tool.as_deref())?;
    let history = (tool.read)(&source, &settings(args)?);
    for note in &history.notes {
        context.streams.remark(format!("note: {note}"))?;
    }
    if history.steps.is_empty() && history.refused.is_empty() {
        return Err(Error::failed(format!(
            "{} holds no migrations of {}",
            args.from, tool.name
        )));
    }
    let against = args
        .against
        .as_ref()
        .map(|url| Url::parse(url.reveal(), &context.config.current_dir))
        .transpose()?;
    let dialect = dialect(context, tool, &source, &history, against.as_ref())?;
    let Some(adopt) = (tool.adopt)(dialect) else {
        return Err(Error::usage(format!(
            "{} doesn't serve {dialect}",
            tool.name
        )));
    };
    let import = Importing {
        tool,
        history,
        adopt,
        dialect,
        against,
    };
    if args.baseline {
        return import.baseline(context, args);
    }
    import.steps(context, args)
}

fn settings(args: &Import) -> Result<Settings> {
    let mut placeholders = BTreeMap::new();
    for set in &args.set {
        let Some((name, value)) = set.split_once('=') else {
            return Err(Error::usage(format!("`--set {set}` gives no value"))
                .help("it is written `--set NAME=VALUE`"));
        };
        placeholders.insert(name.to_owned(), value.to_owned());
    }
    Ok(Settings { placeholders })
}

/// The database that the scripts are for: what a person says, what the files say, or else the URL at hand.
fn dialect(
    context: &Context<'_, '_>,
    tool: &Tool,
    source: &Source,
    history: &History,
    against: Option<&Url>,
) -> Result<Dialect> {
    if let [dialect] = context.config.dialects[..] {
        return Ok(dialect);
    }
    if let Some(url) = context
        .config
        .url_if_any()
        .filter(|_| context.global.url.is_some())
    {
        return Ok(url.dialect());
    }
    if let Some(url) = against {
        return Ok(url.dialect());
    }
    let found = crate::import::dialect(tool, source, history);
    let found = found.or_else(|| context.config.url_if_any().map(Url::dialect));
    found.ok_or_else(|| {
        Error::usage("the scripts don't tell which database they are for")
            .help("say it: `--dialect sqlite` or `--dialect postgres`")
    })
}

struct Importing {
    tool: &'static Tool,
    history: History,
    adopt: AdoptSql,
    dialect: Dialect,
    against: Option<Url>,
}

/// What is there, and which of the drafted revisions are new.
struct Beside {
    directory: Directory,
    /// By position in the draft: true for what was imported before.
    is_there: Vec<bool>,
    edited: Vec<Refused>,
}

impl Importing {
    fn steps(&self, context: &mut Context<'_, '_>, args: &Import) -> Result<Exit> {
        let mut draft = draft(self.tool.name, &self.history, &self.adopt, self.dialect);
        let mut refused = self.history.refused.clone();
        refused.append(&mut draft.refused);
        if !refused.is_empty() {
            return self.refuse(context, refused);
        }
        let directory = Directory::begin(context)?;
        let text = self.adopt.text(self.tool.name, &self.history.without);
        let loaded = match load(self.folder(context, &draft, &text), &self.options(context)) {
            Ok(loaded) => loaded,
            Err(problems) => {
                let refused = problems
                    .iter()
                    .map(|problem| refused_by(problem, &draft))
                    .collect();
                return self.refuse(context, refused);
            }
        };
        let beside = self.beside(directory, &draft, &loaded)?;
        let mut edit = Edit::new(&beside.directory);
        let revisions = self.written(&beside, &draft, &mut edit)?;
        if beside.directory.folder.adopt.is_none() {
            edit.adopt(text);
        }
        edit.lock();
        edit.tried()?;
        let steps = match loaded.packed().adoption()? {
            Some(adoption) => originals(&self.history, &draft, &adoption, self.dialect),
            None => Vec::new(),
        };
        let migrations = Migrations::from(loaded);
        let before = before(&draft, &self.adopt);
        let outcome = context.beside(&migrations, &steps, before, self.dialect)?;
        let mut report = Report {
            tool: self.tool.name,
            revisions,
            refused: Vec::new(),
            edited: beside.edited.clone(),
            proved: None,
        };
        let equal = match outcome {
            Ok(equal) => equal,
            Err(unequal) => return self.unequal(context, report, &draft, &unequal),
        };
        let mut proved = Proved {
            steps: equal.steps,
            equal: true,
            downgrades: equal.downgrades,
            broken: broken(&equal),
            ..Proved::default()
        };
        if let Some(url) = &self.against {
            proved.against = Some(url.to_string());
            let drift = self.against(context, &migrations, &draft, url)?;
            if !drift.is_empty() {
                proved.equal = false;
                report.proved = Some(proved);
                return Err(self.print_refused(
                    context,
                    &report,
                    Error::failed(format!(
                        "{url} is not what the migrations make:\n  {}",
                        drift.join("\n  ")
                    )),
                )?);
            }
        }
        report.proved = Some(proved);
        if !args.dry_run {
            edit.write()?;
        }
        self.print(context, args, &beside.directory, &report)
    }

    /// The chain that the draft is, by itself.
    fn folder(&self, context: &Context<'_, '_>, draft: &Draft, adopt: &str) -> Folder {
        let mut folder = Folder::new(&context.config.root);
        folder.files = draft.revisions.iter().map(|one| one.file.clone()).collect();
        folder.adopt = Some(SourceFile {
            path: ADOPT_SQL.to_owned(),
            text: adopt.to_owned(),
        });
        folder.finish();
        folder
    }

    fn options(&self, context: &Context<'_, '_>) -> Options {
        let mut options = context.config.options();
        options.dialects = vec![self.dialect];
        options.head = None;
        options
    }

    /// Compares the draft with what was imported before.
    fn beside(&self, mut directory: Directory, draft: &Draft, loaded: &Loaded) -> Result<Beside> {
        directory.options.dialects = match &directory.options.dialects[..] {
            [] => vec![self.dialect],
            [one] if *one == self.dialect => vec![self.dialect],
            _ => {
                return Err(Error::failed(format!(
                    "the chain in {} serves more than {}, and these migrations don't",
                    directory.folder.root, self.dialect
                ))
                .note("nothing was written")
                .help("import into a folder of its own: `--versions DIR`"));
            }
        };
        let packed = directory.loaded.packed();
        let chain = packed.chain()?;
        let adoption = packed.adoption()?;
        if let Some(adoption) = adoption.as_ref().filter(|one| one.tool != self.tool.name) {
            return Err(Error::failed(format!(
                "{} comes from {} already, and this folder is of {}",
                directory.folder.root, adoption.tool, self.tool.name
            ))
            .note("nothing was written")
            .help("import into a folder of its own: `--versions DIR`"));
        }
        if adoption.is_none() && !chain.is_empty() {
            return Err(Error::failed(format!(
                "{} holds revisions already, and none of them comes from {}",
                directory.folder.root, self.tool.name
            ))
            .note("nothing was written")
            .help("import into a folder of its own: `--versions DIR`"));
        }
        let packed_new = loaded.packed();
        let new = packed_new.chain()?;
        let mut is_there = Vec::new();
        let mut edited = Vec::new();
        for one in &draft.revisions {
            let known = adoption
                .as_ref()
                .and_then(|adoption| adoption.position(&one.key));
            is_there.push(known.is_some());
            let (Some((at, _)), Some(own)) = (known, new.index_of(&one.id)) else {
                continue;
            };
            let (old, new) = (chain.get(at), new.get(own));
            let is_baseline = adoption
                .as_ref()
                .is_some_and(|adoption| adoption.keys(at).len() > 1);
            let content = |action: &migrate_chain::Action<'_>| match action {
                migrate_chain::Action::Script(script) => {
                    migrate_chain::fingerprint::normalized(script.text).to_owned()
                }
                _ => String::new(),
            };
            let up = |one: &migrate_chain::Revision<'_>| {
                content(one.action(Direction::Upgrade, self.dialect))
            };
            if !is_baseline && up(old) != up(new) {
                edited.push(Refused {
                    file: one.sources.first().cloned().unwrap_or_default(),
                    reason: format!(
                        "it was edited since it became {}, which stays as it is",
                        directory.shown(old.path)
                    ),
                });
            }
        }
        Ok(Beside {
            directory,
            is_there,
            edited,
        })
    }

    /// Adds what is new to the edit.
    fn written(&self, beside: &Beside, draft: &Draft, edit: &mut Edit<'_>) -> Result<Vec<Shown>> {
        let directory = &beside.directory;
        let packed = directory.loaded.packed();
        let chain = packed.chain()?;
        let heads: Vec<&str> = chain.heads().iter().map(|&at| chain.get(at).id).collect();
        let mut parent = match heads[..] {
            [] => None,
            [head] => Some(head.to_owned()),
            _ => {
                return Err(Error::failed(
                    "the chain has several heads, and what is new follows one",
                )
                .note("nothing was written")
                .help("join them first: `merge` or `rebase`"));
            }
        };
        let mut revisions = Vec::new();
        let new = draft
            .revisions
            .iter()
            .zip(&beside.is_there)
            .filter(|(_, is_there)| !**is_there);
        for (one, _) in new {
            if let Some(at) = chain.index_of(&one.id) {
                return Err(Error::failed(format!(
                    "`{}` is taken: {}",
                    one.id,
                    directory.shown(chain.get(at).path)
                ))
                .note("nothing was written"));
            }
            let down = parent.as_deref().unwrap_or("none");
            let text = set_key(&one.file.text, "down_revision", down);
            edit.create(
                one.file.path.clone(),
                text.unwrap_or_else(|| one.file.text.clone()),
            );
            revisions.push(shown(directory, one));
            parent = Some(one.id.clone());
        }
        Ok(revisions)
    }

    fn baseline(&self, context: &mut Context<'_, '_>, args: &Import) -> Result<Exit> {
        // Code has no text to replay: then the database that it made is asked.
        let is_known = self.history.refused.is_empty();
        let steps: Vec<OriginalStep> = self
            .history
            .steps
            .iter()
            .map(|step| OriginalStep {
                revision: step.key.clone(),
                up: migrate_schema::scratch::beside::Original {
                    text: step.up.text.clone(),
                    sent: step.up.sent,
                    noted: None,
                },
                down: None,
            })
            .collect();
        let url = self.against.clone().or_else(|| {
            (!is_known)
                .then(|| context.config.url_if_any().cloned())
                .flatten()
        });
        if !is_known && url.is_none() {
            let mut refused = self.history.refused.clone();
            refused.truncate(1);
            return Err(Error::failed(format!(
                "the schema isn't known: {}, {}",
                refused[0].file, refused[0].reason
            ))
            .note("nothing was written")
            .help("name a database that the tool has migrated: `--against URL`"));
        }
        let table = self.adopt.name();
        let before = self.uses_own_table().then_some(self.adopt.create);
        let dump = match &url {
            Some(url) => context.dump_at(url, table, &args.data)?,
            None => context.dump_of(&steps, before, self.dialect, table, &args.data)?,
        };
        let Some(last) = self.history.steps.last() else {
            return Err(Error::failed("there is no migration to stand for"));
        };
        let step = crate::import::Step::baseline(&self.history, dump);
        let history = History {
            steps: vec![step],
            ..History::default()
        };
        let mut draft = draft(self.tool.name, &history, &self.adopt, self.dialect);
        if !draft.refused.is_empty() {
            return self.refuse(context, std::mem::take(&mut draft.refused));
        }
        let directory = Directory::begin(context)?;
        let text = self.adopt.text(self.tool.name, &self.history.without);
        let loaded = load(self.folder(context, &draft, &text), &self.options(context))
            .map_err(|problems| Error::from(problems).note("nothing was written"))?;
        let beside = self.beside(directory, &draft, &loaded)?;
        if beside.is_there.iter().any(|is_there| *is_there)
            || !beside.directory.folder.files.is_empty()
        {
            return Err(Error::failed(format!(
                "{} holds revisions already, and a baseline is the first",
                beside.directory.folder.root
            ))
            .note("nothing was written")
            .help("import into a folder of its own: `--versions DIR`"));
        }
        let _ = last;
        let mut edit = Edit::new(&beside.directory);
        let revisions = self.written(&beside, &draft, &mut edit)?;
        edit.adopt(text);
        edit.lock();
        edit.tried()?;
        let migrations = Migrations::from(loaded);
        let mut report = Report {
            tool: self.tool.name,
            revisions,
            refused: Vec::new(),
            edited: Vec::new(),
            proved: None,
        };
        let mut proved = Proved {
            equal: true,
            ..Proved::default()
        };
        let mut drift = Vec::new();
        if is_known {
            proved.steps = 1;
            drift = context.same(&migrations, &steps, before, self.dialect, table)?;
        }
        if let Some(url) = &url {
            proved.steps = 1;
            proved.against = Some(url.to_string());
            drift.extend(context.drift_at(&migrations, "head", url, table)?);
        }
        proved.equal = drift.is_empty();
        report.proved = Some(proved);
        if !drift.is_empty() {
            return Err(self.print_refused(
                context,
                &report,
                Error::failed(format!(
                    "the baseline makes something else:\n  {}",
                    drift.join("\n  ")
                )),
            )?);
        }
        if !args.dry_run {
            edit.write()?;
        }
        self.print(context, args, &beside.directory, &report)
    }

    /// What a database at a URL has and the chain, up to what the tool has recorded there, doesn't make.
    fn against(
        &self,
        context: &mut Context<'_, '_>,
        migrations: &Migrations,
        draft: &Draft,
        url: &Url,
    ) -> Result<Vec<String>> {
        let mut database = Database::open(url, Access::Read)?;
        let rows = database.texts(self.adopt.applied).map_err(|error| {
            Error::failed(format!(
                "can't read what {} has recorded in {url}",
                self.tool.name
            ))
            .caused_by(error)
        })?;
        let mut last = None;
        let mut unknown = Vec::new();
        for row in &rows {
            let (Some(Some(key)), Some(Some(state))) = (row.first(), row.get(1)) else {
                continue;
            };
            let at = draft.revisions.iter().position(|one| one.key == *key);
            match (at, state.as_str()) {
                (_, "undone") => {}
                (None, _) => unknown.push(format!("`{key}` is recorded there, and is in no file")),
                (Some(_), "failed") => unknown.push(format!("`{key}` is half done there")),
                (Some(at), _) => {
                    last = last.max(Some(at));
                    let sums = self
                        .history
                        .steps
                        .get(at)
                        .map_or(&[][..], |step| &step.sums);
                    let recorded = row.get(2).cloned().flatten();
                    if let Some(sum) =
                        recorded.filter(|sum| !sums.is_empty() && !sums.contains(sum))
                    {
                        unknown.push(format!(
                            "`{key}` has the checksum {sum} there, and its file another: it was edited since it ran"
                        ));
                    }
                }
            }
        }
        if !unknown.is_empty() {
            return Ok(unknown);
        }
        let Some(last) = last.and_then(|at| draft.revisions.get(at)) else {
            return Err(Error::failed(format!(
                "{} has recorded nothing in {url}",
                self.tool.name
            )));
        };
        context.drift_at(migrations, &last.id, url, self.adopt.name())
    }

    fn uses_own_table(&self) -> bool {
        let draft = draft(self.tool.name, &self.history, &self.adopt, self.dialect);
        draft.has_table
    }

    /// Nothing can be written, because of these files.
    fn refuse(&self, context: &mut Context<'_, '_>, refused: Vec<Refused>) -> Result<Exit> {
        let count = match refused.len() {
            1 => "1 file can't become a revision".to_owned(),
            count => format!("{count} files can't become revisions"),
        };
        let list: Vec<String> = refused
            .iter()
            .map(|one| format!("{}: {}", one.file, one.reason))
            .collect();
        let error = Error::failed(format!("{count}:\n  {}", list.join("\n  ")))
            .note("nothing was written")
            .help("`--baseline` begins with the schema as it is, in one revision");
        let report = Report {
            tool: self.tool.name,
            revisions: Vec::new(),
            refused,
            edited: Vec::new(),
            proved: None,
        };
        Err(self.print_refused(context, &report, error)?)
    }

    fn unequal(
        &self,
        context: &mut Context<'_, '_>,
        mut report: Report,
        draft: &Draft,
        unequal: &Unequal,
    ) -> Result<Exit> {
        let at = draft
            .revisions
            .iter()
            .position(|one| one.id == unequal.revision);
        let files = at
            .and_then(|at| draft.revisions.get(at))
            .map(|one| one.sources.join(", "));
        let direction = match unequal.direction {
            Direction::Upgrade => "upgrade",
            Direction::Downgrade => "downgrade",
        };
        report.proved = Some(Proved {
            steps: at.unwrap_or_default(),
            differs: Some(Differs {
                revision: unequal.revision.clone(),
                direction,
                how: unequal.how.clone(),
            }),
            ..Proved::default()
        });
        let error = Error::failed(format!(
            "the {direction} of `{}` is not what {} does: {}",
            unequal.revision, self.tool.name, unequal.how
        ))
        .note(format!("it comes from {}", files.unwrap_or_default()))
        .note("nothing was written");
        let lacks = unequal.how.contains("extension") && unequal.how.contains("not available");
        let error = if lacks || unequal.how.contains("extension control file") {
            error.help(
                "the scratch server lacks that extension: name one that has it with `--url postgres://..`, whose role may create databases",
            )
        } else {
            error
        };
        Err(self.print_refused(context, &report, error)?)
    }

    /// The error, after its document where one is asked for.
    fn print_refused(
        &self,
        context: &mut Context<'_, '_>,
        report: &Report,
        error: Error,
    ) -> Result<Error> {
        if context.global.json {
            json(context, report)?;
        }
        Ok(error)
    }

    fn print(
        &self,
        context: &mut Context<'_, '_>,
        args: &Import,
        directory: &Directory,
        report: &Report,
    ) -> Result<Exit> {
        for edited in &report.edited {
            context
                .streams
                .remark(format!("warning: {}: {}", edited.file, edited.reason))?;
        }
        if context.global.json {
            json(context, report)?;
            return Ok(Exit::Done);
        }
        for (change, files) in changes(report) {
            let which = match &files[..] {
                [file] => file.clone(),
                files => format!("{} files", files.len()),
            };
            context
                .streams
                .remark(format!("changed: {which}: {change}"))?;
        }
        if let Some(proved) = &report.proved {
            for broken in &proved.broken {
                context.streams.remark(format!(
                    "note: the downgrade of `{}` doesn't work with {} either: {}",
                    broken.revision, self.tool.name, broken.reason
                ))?;
            }
            let steps = counted(proved.steps, "step", "steps");
            let downgrades = counted(proved.downgrades, "downgrade", "downgrades");
            let against = proved
                .against
                .as_ref()
                .map(|url| format!(", and {url} is equal"))
                .unwrap_or_default();
            context.streams.line(format!(
                "proved on {}: {steps} equal, {downgrades} there and back{against}",
                self.dialect
            ))?;
        }
        let count = counted(report.revisions.len(), "revision", "revisions");
        let verb = if args.dry_run { "Would write" } else { "Wrote" };
        context.streams.line(format!(
            "{verb} {count} of {} to {}",
            self.tool.name, directory.folder.root
        ))?;
        if context.global.verbose {
            for one in &report.revisions {
                context
                    .streams
                    .line(format!("  {} <- {}", one.path, one.sources.join(", ")))?;
            }
        }
        if !args.dry_run && !report.revisions.is_empty() {
            let program = context.program.clone();
            context.streams.remark(format!(
                "next: `{program} adopt --dry-run` shows what a database that {} has migrated becomes",
                self.tool.name
            ))?;
        }
        Ok(Exit::Done)
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn shown(directory: &Directory, one: &Drafted) -> Shown {
    Shown {
        revision: one.id.clone(),
        key: one.key.clone(),
        path: directory.shown(&one.file.path),
        sources: one.sources.clone(),
        changes: one.changes.clone(),
        downgrade: one.downgrade,
    }
}

fn broken(equal: &Equal) -> Vec<BrokenDowngrade> {
    let broken = equal.broken.iter().map(|one| BrokenDowngrade {
        revision: one.revision.clone(),
        reason: one.reason.clone(),
    });
    broken.collect()
}

/// Each change once, with the files that it was made in.
fn changes(report: &Report) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for one in &report.revisions {
        let file = one.sources.first().cloned().unwrap_or_default();
        for change in &one.changes {
            let at = *places.entry(change).or_insert_with(|| {
                all.push((change.clone(), Vec::new()));
                all.len() - 1
            });
            if let Some((_, files)) = all.get_mut(at) {
                files.push(file.clone());
            }
        }
    }
    all
}

/// A problem of a drafted file, said of the file that it comes from.
fn refused_by(problem: &migrate_chain::Problem, draft: &Draft) -> Refused {
    let place = problem
        .place
        .as_ref()
        .map(|place| place.path.as_str())
        .unwrap_or_default();
    let one = draft
        .revisions
        .iter()
        .find(|one| place.ends_with(&one.file.path));
    let mut reason = problem.message.clone();
    if let Some(help) = problem.help.first() {
        reason.push_str(&format!("; {help}"));
    }
    Refused {
        file: one
            .and_then(|one| one.sources.first().cloned())
            .unwrap_or_else(|| place.to_owned()),
        reason,
    }
}
