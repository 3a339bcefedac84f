mod against;
mod baseline;
mod existing;
mod report;

use std::collections::BTreeMap;

use migrate_chain::{ADOPT_SQL, Dialect, Folder, Options, SourceFile, load};
use migrate_runtime::Migrations;

use self::report::{Proved, Report, broken, refused_by};
use crate::Exit;
use crate::config::Secret;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::files::{Directory, Edit};
use crate::import::{
    AdoptSql, Draft, History, Settings, Source, Tool, before, draft, originals, recognise,
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
}
