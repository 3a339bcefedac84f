use std::ops::Deref;
use std::time::{Duration, Instant};

use migrate_chain::{Applied, Chain, Dialect, Folder, Options, load, load_graph};
use migrate_runtime::{ErrorKind, Event, Migrations, Migrator, Report, StepInProgress};

use crate::App;
use crate::app::Source;
use crate::cli::Global;
use crate::config::Config;
use crate::database::{Access, Database, on};
use crate::error::{Error, Result};
use crate::files::has_conflict;
use crate::render::Streams;
use crate::url::{SqlitePlace, Url};

/// What a command has at hand.
#[derive(Debug)]
pub(crate) struct Context<'a, 's> {
    pub(crate) app: App<'a>,
    /// What was typed in front of the command, such as `myapp migrate`.
    pub(crate) program: String,
    pub(crate) global: Global,
    pub(crate) config: Config,
    pub(crate) streams: Streams<'s>,
    /// True where a plan that breaks older releases is refused.
    pub(crate) refuses_breaking: bool,
    /// Why the program is older than the files beside it, if it is.
    pub(crate) outdated: Option<String>,
    /// Where scratch databases are made, once that is known.
    #[cfg(all(feature = "models", feature = "postgres"))]
    pub(crate) scratch: Option<std::rc::Rc<migrate_schema::scratch::Server>>,
}

/// How much must be right with a chain from disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// The revisions form a graph: enough to list it.
    Graph,
    /// Every rule but that of one head and one base holds: scripts may run.
    Scripts,
}

/// A chain, wherever it comes from.
pub(crate) enum Loaded<'a> {
    App(&'a Migrations),
    Disk(Box<Migrations>),
}

impl Deref for Loaded<'_> {
    type Target = Migrations;

    fn deref(&self) -> &Migrations {
        match self {
            Loaded::App(migrations) => migrations,
            Loaded::Disk(migrations) => migrations,
        }
    }
}

impl<'a> Context<'a, '_> {
    /// The chain.
    pub(crate) fn migrations(&self, need: Need) -> Result<Loaded<'a>> {
        if let Source::App(migrations) = self.app.source {
            let own = migrations.chain()?.name;
            return match &self.global.chain {
                Some(other) if other != own => Err(Error::usage(format!(
                    "the chain of this program is `{own}`, not `{other}`"
                ))),
                _ => Ok(Loaded::App(migrations)),
            };
        }
        let folder = self.existing_folder()?;
        let mut options = self.config.options();
        options.head = None;
        options.multiple_heads = true;
        options.multiple_bases = true;
        // A plan that holds it is refused; others, and what only looks, are not in its way.
        options.blank_head = true;
        if options.dialects.is_empty() {
            options.dialects = match need {
                Need::Graph => self.dialects(&folder)?,
                Need::Scripts => self.known_dialects(&folder)?,
            };
        }
        let loaded = match need {
            Need::Graph => load_graph(folder, &options)?,
            Need::Scripts => {
                let hidden = || heads_behind_conflict(folder.clone(), &options);
                load(folder.clone(), &options).map_err(|problems| match hidden() {
                    Some(heads) => Error::from(problems).note(heads),
                    None => problems.into(),
                })?
            }
        };
        Ok(Loaded::Disk(Box::new(loaded.into())))
    }

    /// Says of a chain without revisions how one is written: a list of nothing tells nobody.
    pub(crate) fn note_empty(&mut self, chain: &Chain<'_>) -> Result<()> {
        if chain.is_empty() {
            let program = &self.program;
            let note = format!(
                "note: there is no revision yet; `{program} revision -m \"create users\"` writes the first"
            );
            self.streams.remark(note)?;
        }
        Ok(())
    }

    /// The dialects where nothing names them: those of the files, or else that of the database.
    pub(crate) fn dialects(&self, folder: &Folder) -> Result<Vec<Dialect>> {
        let named = load_graph(folder.clone(), &self.config.options())?;
        let named = named.packed().header()?;
        let named: Vec<Dialect> = Dialect::ALL
            .into_iter()
            .filter(|&dialect| named.serves(dialect))
            .collect();
        Ok(
            match (&named[..], self.config.url_if_any(), &self.app.database) {
                ([], Some(url), _) => vec![url.dialect()],
                ([], None, Some(database)) => vec![database.dialect()],
                _ => named,
            },
        )
    }

    /// True where the app's models can be held against its chain: the sources are at hand.
    pub(crate) fn compares_models(&self) -> bool {
        #[cfg(feature = "models")]
        let has_models = self.app.models.is_some();
        #[cfg(not(feature = "models"))]
        let has_models = false;
        has_models && self.config.versions.is_dir()
    }

    /// The dialects where nothing names them, for whoever runs or checks scripts.
    ///
    /// # Errors
    ///
    /// Neither the files nor a URL tells of any.
    pub(crate) fn known_dialects(&self, folder: &Folder) -> Result<Vec<Dialect>> {
        let dialects = self.dialects(folder)?;
        if dialects.is_empty() && !folder.files.is_empty() {
            (self.config.url())
                .map_err(|error| error.help("or say which one the revisions are for: `cargo migrate lock --dialect sqlite` keeps it in chain.lock"))?;
        }
        Ok(dialects)
    }

    /// The versions directory as it is on disk.
    pub(crate) fn folder(&self) -> Folder {
        Folder::read(&self.config.versions, &self.config.root)
    }

    /// The versions directory, for commands that need one.
    pub(crate) fn existing_folder(&self) -> Result<Folder> {
        if self.config.versions.is_dir() {
            Ok(self.folder())
        } else {
            Err(self.no_directory())
        }
    }

    /// Why a command can't go on without revision files.
    pub(crate) fn no_directory(&self) -> Error {
        let error = Error::failed(format!("there is no directory {}", self.config.root));
        if self.app.is_mounted() {
            error.help("this command writes revision files: start it in the crate's folder, or name theirs with `--versions`")
        } else {
            error.help("`init` makes one; `--versions` names another")
        }
    }

    /// Connects to the database.
    pub(crate) fn connect(&mut self, access: Access) -> Result<Database> {
        if self.config.url_if_any().is_none()
            && let Some(database) = self.app.database.take()
        {
            return Ok(database);
        }
        let url = self.config.url()?.clone();
        if let (Url::Sqlite(sqlite), Access::Read) = (&url, access)
            && let SqlitePlace::File(path) = &sqlite.place
            && !path.exists()
        {
            self.streams.remark(format!(
                "note: there is no file {} yet, so nothing is applied",
                path.display()
            ))?;
        }
        match self.global.wait.map(Duration::from_secs_f64) {
            Some(patience) => self.wait_for(&url, access, patience),
            None => Ok(Database::open(&url, access)?),
        }
    }

    /// Connects, again and again while the server isn't up yet.
    pub(crate) fn wait_for(
        &mut self,
        url: &Url,
        access: Access,
        patience: Duration,
    ) -> Result<Database> {
        const PAUSE: Duration = Duration::from_millis(250);
        let since = Instant::now();
        let mut is_told = false;
        loop {
            let error = match Database::open(url, access) {
                Ok(database) => return Ok(database),
                Err(unreachable) if !unreachable.may_come => return Err(unreachable.error),
                Err(unreachable) => unreachable.error,
            };
            let waited = since.elapsed();
            if waited >= patience {
                return Err(error.note(format!("waited {:.1} s for it", waited.as_secs_f64())));
            }
            if !is_told {
                self.streams.remark(format!("waiting for {url}"))?;
                is_told = true;
            }
            std::thread::sleep(PAUSE.min(patience - waited));
        }
    }

    /// The engine, set up as the app and the flags say.
    pub(crate) fn migrator<'m>(&self, migrations: &'m Migrations) -> Migrator<'m> {
        self.migrator_for(migrations, self.config.schema.clone())
    }

    /// The migrator for a schema of its own.
    pub(crate) fn migrator_for<'m>(
        &self,
        migrations: &'m Migrations,
        schema: Option<String>,
    ) -> Migrator<'m> {
        let mut migrator = Migrator::new(migrations);
        if let Some(schema) = schema {
            migrator = migrator.schema(schema);
        }
        #[cfg(feature = "postgres")]
        if let Some(url @ Url::Postgres(_)) = self.config.url_if_any() {
            // Holds the lock while a step that no transaction takes runs on the first connection.
            let url = url.clone();
            migrator = migrator.connector(move || Database::client(&url));
        }
        if let Some(prefix) = &self.config.table_prefix {
            migrator = migrator.table_prefix(prefix);
        }
        if let Some(version) = &self.app.app_version {
            migrator = migrator.app_version(version);
        }
        self.config.limits.apply(migrator)
    }

    /// Judges the database as a start of the program would: an error where that refuses. What is
    /// pending, or still to be written, is none; the report tells whether the database is ahead.
    pub(crate) fn judge(
        &self,
        migrations: &Migrations,
        database: &mut Database,
    ) -> Result<Option<Report>> {
        let mut migrator = self.migrator(migrations);
        let chain = migrations.chain()?;
        let is_unwritten = |error: &migrate_runtime::Error| {
            let at = error.revision().and_then(|id| chain.index_of(id));
            at.is_some_and(|at| chain.get(at).is_blank())
        };
        match on!(database, conn => migrator.check(conn)) {
            Ok(report) => Ok(Some(report)),
            Err(error) if error.kind() == ErrorKind::Pending || is_unwritten(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The step outside a transaction that is under way or was interrupted: a remark says so.
    pub(crate) fn in_progress(
        &mut self,
        migrations: &Migrations,
        database: &mut Database,
    ) -> Result<Option<StepInProgress>> {
        let migrator = self.migrator(migrations);
        let mut migrator = telling_waits(migrator, &mut self.streams);
        let found = on!(database, conn => migrator.in_progress(conn))?;
        drop(migrator);
        if let Some(step) = &found {
            let fate = if step.started > step.done {
                format!(
                    ", and whether statement {} took effect is not known",
                    step.started
                )
            } else {
                String::new()
            };
            self.streams.remark(format!(
                "note: the {} of `{}` is under way or was interrupted: {} of {} statements are done{fate}",
                step.direction, step.revision, step.done, step.total
            ))?;
            self.streams.remark(format!(
                "help: `{0} upgrade` goes on with it, `{0} resolve --help` tells what else can be done",
                self.program
            ))?;
        }
        Ok(found)
    }

    /// What the database has recorded, without judging it.
    pub(crate) fn recorded(
        &mut self,
        migrations: &Migrations,
        database: &mut Database,
    ) -> Result<Vec<String>> {
        let migrator = self.migrator(migrations);
        let mut migrator = telling_waits(migrator, &mut self.streams);
        Ok(on!(database, conn => migrator.current(conn))?)
    }
}

/// The heads that two branches left, where git left a conflict in chain.lock: only once that is mended are they
/// looked for, and they are what is to be mended.
fn heads_behind_conflict(folder: Folder, options: &Options) -> Option<String> {
    let is_conflict = folder.chain_lock.as_deref().is_some_and(has_conflict);
    if !is_conflict {
        return None;
    }
    let loaded = load_graph(folder, options).ok()?;
    let chain = loaded.packed();
    let chain = chain.chain().ok()?;
    let heads = chain.heads();
    let list = heads.iter().map(|&at| {
        let head = chain.get(at);
        format!("`{}` ({}/{})", head.id, chain.root, head.path)
    });
    let list: Vec<String> = list.collect();
    let ids: Vec<&str> = heads.iter().map(|&at| chain.get(at).id).collect();
    (ids.len() > 1).then(|| {
        format!(
            "the chain has {} heads: {}; `cargo migrate merge {} -m \"merge\"` joins them, and mends chain.lock too",
            ids.len(),
            list.join(", "),
            ids.join(" ")
        )
    })
}

/// The migrator, which says on standard error what it waits for: what a command reads first may be locked.
pub(crate) fn telling_waits<'w>(
    migrator: Migrator<'w>,
    streams: &'w mut Streams<'_>,
) -> Migrator<'w> {
    migrator.on_event(|event| {
        if let Event::Waiting { .. } = event {
            // An error of the stream shows at the first line of the result.
            let _ = streams.remark(event);
        }
    })
}

/// Recorded revisions as positions of the chain, and those that it doesn't know.
pub(crate) struct Recorded {
    pub(crate) applied: Applied,
    /// What is recorded: of what is applied, whatever nothing applied stands on.
    pub(crate) rows: Vec<usize>,
    /// As `current` lists them: of what is applied, whatever has no applied child.
    pub(crate) current: Vec<usize>,
    pub(crate) unknown: Vec<String>,
}

impl Recorded {
    pub(crate) fn new(chain: &Chain<'_>, ids: Vec<String>) -> Recorded {
        let mut rows = Vec::new();
        let mut unknown = Vec::new();
        for id in ids {
            match chain.index_of(&id) {
                Some(at) => rows.push(at),
                None => unknown.push(id),
            }
        }
        let applied = Applied::of_rows(chain, &rows);
        // What a dependency of another branch implies is current too, as Alembic has it.
        let current = applied
            .iter()
            .filter(|&at| {
                !chain
                    .children(at)
                    .iter()
                    .any(|&child| applied.contains(child))
            })
            .collect();
        Recorded {
            rows: applied.rows(chain),
            applied,
            current,
            unknown,
        }
    }
}
