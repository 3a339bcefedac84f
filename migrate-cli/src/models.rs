//! The app's models against its chain: what `revision --autogenerate` writes and `check` compares.

mod as_is;

#[cfg(feature = "postgres")]
use std::rc::Rc;

use migrate_chain::{Applied, Chain, Dialect, Target, load};
use migrate_runtime::Migrations;
use migrate_schema::diff::{Answers, Refusal, SchemaPair};
use migrate_schema::introspect::{self, Ignore};
use migrate_schema::model::Schema;
use migrate_schema::revision::{Revision, work_out};
use migrate_schema::scratch::beside::{self, Equal, OriginalStep, Unequal};
use migrate_schema::scratch::{Scratch, introspect, replay, replay_all};
use migrate_schema::testing::prove::{Proved, Trial, prove};
use migrate_schema::{ddl, dump, lint, models};

use crate::Exit;
use crate::config::Oldest;
use crate::context::{Context, Loaded};
use crate::database::{Database, Kind};
use crate::error::{Error, Result};
use crate::files::Directory;
use crate::url::Url;

impl<'a> Context<'a, '_> {
    /// What the chain makes and what the models want, on every database of the chain.
    ///
    /// `branches`: revisions up to which the chain is replayed too, each by itself.
    pub(crate) fn compared(
        &mut self,
        directory: &Directory,
        branches: &[Option<String>],
    ) -> Result<Compared<'a>> {
        let Some(models) = self.app.models else {
            return Err(self.without_models());
        };
        let migrations = self.newest(directory)?;
        if self.app.is_mounted() && matches!(migrations, Loaded::Disk(_)) {
            self.streams
                .remark("note: the models are held against the files")?;
        }
        let ignore = self.ignore(&migrations)?.of_models(models);
        let mut databases = Vec::new();
        for &dialect in &directory.options.dialects {
            let server = self.server(dialect)?;
            let scratch = server.scratch(dialect)?;
            let alone = |branch: &Option<String>| match branch {
                Some(head) => replay(&migrations, head, &scratch, &ignore),
                None => introspect("", &scratch, &ignore),
            };
            databases.push(OneDatabase {
                schemas: models::read(&migrations, models, &scratch, &ignore)?,
                branches: branches
                    .iter()
                    .map(alone)
                    .collect::<std::result::Result<_, _>>()?,
            });
        }
        Ok(Compared {
            models,
            migrations,
            ignore,
            databases,
        })
    }

    /// Models are part of an app, so that only its own command knows them.
    pub(crate) fn without_models(&self) -> Error {
        let mount = "the app mounts the commands with its models: `migrate_cli::App::new(&MIGRATIONS).models(&SCHEMA).exec(args)`";
        if self.app.is_mounted() {
            return Error::failed("this program knows no models").help(mount);
        }
        Error::failed("models are part of the app, which this program is not")
            .help("let the app's own command do it: `cargo run -- migrate revision --autogenerate -m MESSAGE`")
            .help(mount)
    }

    /// Runs revisions that are not written yet on scratch databases.
    ///
    /// What a person has to know before using them.
    ///
    /// # Errors
    ///
    /// They fail there, make something else than the models say, or change values in silence.
    pub(crate) fn try_out(
        &mut self,
        directory: &Directory,
        compared: &Compared<'_>,
        steps: &[Revision],
    ) -> Result<Vec<String>> {
        let mut careful = Vec::new();
        let mut problems = Vec::new();
        for (at, &dialect) in directory.options.dialects.iter().enumerate() {
            let server = self.server(dialect)?;
            let scratch = server.scratch(dialect)?;
            let found = migrate_schema::trial::try_out(
                &compared.migrations,
                steps,
                at,
                &scratch,
                &compared.ignore,
            )?;
            careful.extend(found.careful);
            problems.extend(found.problems);
        }
        if problems.is_empty() {
            Ok(careful)
        } else {
            let mut error = Error::failed(format!(
                "nothing is written, because the revision was tried on a scratch database and doesn't work:\n  {}",
                problems.join("\n  ")
            ));
            let mut flags: Vec<String> = steps.iter().flat_map(Revision::in_the_way).collect();
            flags.dedup();
            if !flags.is_empty() {
                error = error.help(format!(
                    "an index that no model declares may be in the way, and goes by {}",
                    flags
                        .iter()
                        .map(|flag| format!("`{flag}`"))
                        .collect::<Vec<_>>()
                        .join(", ")
                ));
            }
            Err(error.help("something that no model describes may be in the way: change it by hand, in a revision of its own, and generate the rest after it"))
        }
    }

    /// What a database has and the chain, as far as it is applied there, doesn't make, or the other
    /// way around.
    ///
    /// `at`: up to where the chain counts, in place of what is recorded.
    pub(crate) fn drift(
        &mut self,
        migrations: &Migrations,
        database: &mut Database,
        at: Option<&Target>,
    ) -> Result<Vec<String>> {
        let chain = migrations.chain()?;
        let recorded = match at {
            Some(target) if target.is_relative_to_current() => {
                return Err(Error::usage(format!(
                    "`{target}` depends on what is recorded; `--at` names a revision"
                )));
            }
            Some(target) => {
                let found = target.positions(&chain, &Applied::of_rows(&chain, &[]))?;
                found
                    .iter()
                    .map(|&at| chain.get(at).id.to_owned())
                    .collect()
            }
            None => self.recorded(migrations, database)?,
        };
        if let Some(unknown) = recorded.iter().find(|id| chain.index_of(id).is_none()) {
            return Err(Error::failed(format!(
                "`{unknown}` is recorded and not in this chain, so what it makes isn't known here"
            ))
            .help("compare with the release that brought it; or `--at REV`, and what the chain makes up to there counts"));
        }
        let mut ignore = self.ignore(migrations)?;
        if let Some(models) = self.app.models {
            ignore = ignore.of_models(models);
        }
        let dialect = database.dialect();
        let server = self.server(dialect)?;
        let scratch = server.scratch(dialect)?;
        let made = made(&chain, &recorded, migrations, &scratch, &ignore)?;
        let found = match &mut database.0 {
            #[cfg(feature = "rusqlite")]
            Kind::Rusqlite(connection) => introspect::sqlite(connection, &ignore),
            #[cfg(feature = "postgres")]
            Kind::Postgres(client) => {
                let schema = self.config.schema.as_deref();
                introspect::postgres_beside(client, &made, schema, &ignore)
            }
        };
        let found = found?;
        Ok(migrate_schema::diff::drift(&made, &found, &ignore))
    }

    /// What a reviewer should know of revisions, on every database of the chain.
    pub(crate) fn linted(
        &mut self,
        migrations: &Migrations,
        positions: &[usize],
        design: bool,
        changes: bool,
    ) -> Result<lint::Report> {
        let ignore = self.ignore(migrations)?;
        let dialects = migrations.chain()?.dialects;
        let mut servers = Vec::new();
        for dialect in dialects {
            match self.server(dialect) {
                Ok(server) => servers.push((dialect, Some(server))),
                // Much can be told by the text alone.
                Err(error) => {
                    self.streams.remark(format!(
                        "note: what is for {dialect} is judged by its text alone: {error}"
                    ))?;
                    servers.push((dialect, None));
                }
            }
        }
        let mut databases = Vec::new();
        for (dialect, server) in &servers {
            let scratch = server.as_ref().map(|server| server.scratch(*dialect));
            databases.push((*dialect, scratch.transpose()?));
        }
        let file = &self.config.file;
        let version = |oldest: Option<Oldest>| oldest.map(|Oldest(major, minor)| (major, minor));
        let scope = lint::Scope::new(positions, &ignore)
            .design(design)
            .changes(changes)
            .at_least(Dialect::Sqlite, version(file.sqlite))
            .at_least(Dialect::Postgres, version(file.postgres));
        Ok(lint::lint(migrations, scope, &databases)?)
    }

    /// What each revision of a chain does, with the schemas around it, on every database of the chain.
    ///
    /// # Errors
    ///
    /// There is no scratch database for one of them, or a revision fails there.
    pub(crate) fn documented(&mut self, migrations: &Migrations) -> Result<lint::Report> {
        let ignore = self.ignore(migrations)?;
        let chain = migrations.chain()?;
        let mut servers = Vec::new();
        for &dialect in &chain.dialects {
            servers.push((dialect, self.server(dialect)?));
        }
        let mut databases = Vec::new();
        for (dialect, server) in &servers {
            databases.push((*dialect, Some(server.scratch(*dialect)?)));
        }
        let positions: Vec<usize> = (0..chain.len()).collect();
        let scope = lint::Scope::new(&positions, &ignore)
            .changes(true)
            .alone(true);
        let report = lint::lint(migrations, scope, &databases)?;
        if let Some(fails) = report.findings.iter().find(|finding| finding.id == "fails") {
            return Err(Error::of(Exit::Failed, fails.diagnostic()));
        }
        match report.notes.first() {
            Some(note) => Err(Error::failed(note.clone())
                .help("the app's own command runs its Rust code: `cargo run -- migrate docs`")),
            None => Ok(report),
        }
    }

    /// Whether revisions that were written anew end where they did before.
    ///
    /// # Errors
    ///
    /// The inner one: the first that doesn't.
    pub(crate) fn ends_alike(
        &mut self,
        old: &Migrations,
        new: &Migrations,
        pairs: &[(&str, &str)],
    ) -> Result<std::result::Result<(), lint::Elsewhere>> {
        let ignore = self.ignore(old)?;
        let server = self.server(Dialect::Postgres)?;
        let scratch = server.scratch(Dialect::Postgres)?;
        Ok(lint::same(old, new, pairs, &scratch, &ignore)?)
    }

    /// Runs the revisions up and down on a scratch database.
    ///
    /// # Errors
    ///
    /// The inner one: what failed there.
    pub(crate) fn proved(
        &mut self,
        migrations: &Migrations,
        dialect: Dialect,
        proved: &[bool],
        has_rows: bool,
    ) -> Result<migrate_schema::Result<Proved>> {
        let ignore = self.ignore(migrations)?;
        let server = self.server(dialect)?;
        let trial = Trial {
            ignore: &ignore,
            proved,
            has_rows,
        };
        Ok(prove(migrations, &server.scratch(dialect)?, trial))
    }

    /// Runs another tool's scripts beside the chain that they became, on scratch databases.
    ///
    /// # Errors
    ///
    /// The inner one: the first step that isn't equal.
    pub(crate) fn beside(
        &mut self,
        migrations: &Migrations,
        steps: &[OriginalStep],
        before: Option<&str>,
        dialect: Dialect,
    ) -> Result<std::result::Result<Equal, Unequal>> {
        let ignore = self.ours();
        let server = self.server(dialect)?;
        Ok(beside::beside(
            migrations,
            steps,
            before,
            &server.scratch(dialect)?,
            &ignore,
        )?)
    }

    /// In what a chain differs from what another tool's scripts make, at the end of both.
    pub(crate) fn same(
        &mut self,
        migrations: &Migrations,
        steps: &[OriginalStep],
        before: Option<&str>,
        dialect: Dialect,
        table: Option<&str>,
    ) -> Result<Vec<String>> {
        let ignore = self.ours().names(table);
        let server = self.server(dialect)?;
        let scratch = server.scratch(dialect)?;
        let theirs = beside::made(steps, before, &scratch, &ignore)?;
        let ours = replay(migrations, "head", &scratch, &ignore)?;
        Ok(migrate_schema::diff::drift(&theirs, &ours, &ignore))
    }

    /// The schema that another tool's scripts make, as statements, with the rows of some tables.
    pub(crate) fn dump_of(
        &mut self,
        steps: &[OriginalStep],
        before: Option<&str>,
        dialect: Dialect,
        table: Option<&str>,
        data: &[String],
    ) -> Result<String> {
        let ignore = self.ours().names(table);
        let server = self.server(dialect)?;
        Ok(beside::dump(
            steps,
            before,
            &server.scratch(dialect)?,
            &ignore,
            table,
            data,
        )?)
    }

    /// The schema of a database, as statements, with the rows of some tables.
    pub(crate) fn dump_at(
        &mut self,
        url: &Url,
        table: Option<&str>,
        data: &[String],
    ) -> Result<String> {
        let ignore = self.ours().names(table);
        let (schema, rows) = match url {
            #[cfg(feature = "postgres")]
            Url::Postgres(url) => {
                let config = crate::database::postgres::config(url)?;
                let left_out: Vec<&str> = table.into_iter().collect();
                (
                    dump::postgres(&config, &ignore, &left_out)?,
                    dump::postgres_rows(&config, data)?,
                )
            }
            _ => {
                let database = Database::open(url, crate::database::Access::Read)?;
                match &database.0 {
                    #[cfg(feature = "rusqlite")]
                    Kind::Rusqlite(conn) => {
                        (dump::sqlite(conn, &ignore)?, dump::sqlite_rows(conn, data)?)
                    }
                    #[cfg(feature = "postgres")]
                    Kind::Postgres(_) => Default::default(),
                }
            }
        };
        Ok(dump::joined(&schema, &rows))
    }

    /// What a database has and the chain up to `target` doesn't make, or the other way around.
    pub(crate) fn drift_at(
        &mut self,
        migrations: &Migrations,
        target: &str,
        url: &Url,
        table: Option<&str>,
    ) -> Result<Vec<String>> {
        let ignore = self.ours().names(table);
        let dialect = url.dialect();
        let mut database = Database::open(url, crate::database::Access::Read)?;
        let server = self.server(dialect)?;
        let made = replay(migrations, target, &server.scratch(dialect)?, &ignore)?;
        let found = match &mut database.0 {
            #[cfg(feature = "rusqlite")]
            Kind::Rusqlite(connection) => introspect::sqlite(connection, &ignore),
            #[cfg(feature = "postgres")]
            Kind::Postgres(client) => introspect::postgres_beside(client, &made, None, &ignore),
        };
        Ok(migrate_schema::diff::drift(&made, &found?, &ignore))
    }

    /// The chain as the files have it, with the app's Rust code as long as the app is of these files.
    pub(crate) fn newest(&mut self, directory: &Directory) -> Result<Loaded<'a>> {
        if let crate::app::Source::App(migrations) = self.app.source {
            let disk = directory.loaded.packed();
            let disk = disk.chain()?;
            if models::same(&migrations.chain()?, &disk) {
                return Ok(Loaded::App(migrations));
            }
            let changed = format!(
                "{} has changed since this program was built",
                self.config.root
            );
            let is_code = |path: &str| path.ends_with(".rs");
            if let Some(code) = disk.revisions().iter().find(|one| is_code(one.path)) {
                return Err(Error::failed(format!(
                    "{changed}, and {} is Rust code, which only a program that was built with it can run",
                    directory.shown(code.path)
                ))
                .help("build the program again; `cargo run` does"));
            }
        }
        let mut options = directory.options.clone();
        options.multiple_heads = true;
        let loaded = load(directory.folder.clone(), &options)?;
        Ok(Loaded::Disk(Box::new(loaded.into())))
    }

    /// What is no part of what the chain makes: our tables, and those in which other tools keep their histories.
    fn ignore(&self, migrations: &Migrations) -> Result<Ignore> {
        let others = migrations.tables_of_others()?;
        let bare = |name: &String| {
            let (_, table) = name.rsplit_once('.').unwrap_or(("", name));
            migrate_chain::sql::unquoted(table)
        };
        let bare: Vec<String> = others.iter().map(bare).collect();
        Ok(self.ours().names(others).names(bare))
    }

    /// Where scratch databases are made: on the server of the URL if its role may create some, else on
    /// a private one.
    #[cfg(feature = "postgres")]
    fn server(&mut self, dialect: Dialect) -> Result<Server> {
        if dialect != Dialect::Postgres {
            return Ok(Server(None));
        }
        if self.scratch.is_none() {
            self.scratch = Some(Rc::new(self.scratch_server()?));
        }
        Ok(Server(self.scratch.clone()))
    }

    #[cfg(feature = "postgres")]
    fn scratch_server(&mut self) -> Result<migrate_schema::scratch::Server> {
        let named = self.config.url_if_any().map(Database::server).transpose()?;
        if let Some(server) = named.flatten() {
            let (server, note) = server.or_private()?;
            if let Some(note) = note {
                self.streams.remark(format!("note: {note}"))?;
            }
            return Ok(server);
        }
        migrate_schema::scratch::Server::start().map_err(|error| {
            Error::from(error).help("or name a server, on which a scratch database is made and dropped: `--url postgres://..`")
        })
    }

    #[cfg(not(feature = "postgres"))]
    #[allow(clippy::unused_self, clippy::unnecessary_wraps)]
    fn server(&mut self, _dialect: Dialect) -> Result<Server> {
        Ok(Server())
    }
}

/// Models and chain, on every database.
pub(crate) struct Compared<'a> {
    models: &'a migrate_runtime::Schema,
    migrations: Loaded<'a>,
    ignore: Ignore,
    databases: Vec<OneDatabase>,
}

/// On one of them.
struct OneDatabase {
    schemas: SchemaPair,
    branches: Vec<Schema>,
}

impl Compared<'_> {
    /// What the models ask for and the chain doesn't make.
    pub(crate) fn work_out(&self, answers: &Answers) -> std::result::Result<Revision, Refusal> {
        let pairs = self.databases.iter().map(|one| &one.schemas);
        work_out(pairs, &ddl::renames(self.models), answers)
    }

    /// Whether the revision needs what that branch made, if it stands on the first.
    pub(crate) fn needs(&self, revision: &Revision, branch: usize) -> bool {
        let mut both = revision.changes.iter().zip(&self.databases);
        both.any(|(changes, database)| {
            let (own, other) = (database.branches.first(), database.branches.get(branch));
            own.zip(other)
                .is_some_and(|(own, other)| changes.stands_on(own, other))
        })
    }
}

/// What scratch databases are made on, where one is needed.
#[cfg(feature = "postgres")]
struct Server(Option<Rc<migrate_schema::scratch::Server>>);
#[cfg(not(feature = "postgres"))]
struct Server();

impl Server {
    fn scratch(&self, dialect: Dialect) -> Result<Scratch<'_>> {
        match dialect {
            #[cfg(feature = "rusqlite")]
            Dialect::Sqlite => Ok(Scratch::Sqlite),
            #[cfg(feature = "postgres")]
            Dialect::Postgres if let Some(server) = &self.0 => Ok(Scratch::Postgres(server)),
            other => Err(Error::failed(format!(
                "this program is built without {other}, which its chain is also for"
            ))
            .help("enable the feature of migrate-cli that brings it")),
        }
    }
}

/// What the revisions that are recorded make.
fn made(
    chain: &Chain<'_>,
    recorded: &[String],
    migrations: &Migrations,
    scratch: &Scratch<'_>,
    ignore: &Ignore,
) -> Result<Schema> {
    let made = match recorded {
        [] => introspect("", scratch, ignore),
        [one] => replay(migrations, one, scratch, ignore),
        several => {
            let heads = chain.heads();
            let all = heads
                .iter()
                .all(|&at| several.iter().any(|id| id == chain.get(at).id));
            if !all {
                return Err(Error::failed(
                    "several revisions are current, and not all of them are heads: what the chain makes up to there is not worked out",
                )
                .help("upgrade to `heads` first"));
            }
            replay_all(migrations, scratch, ignore)
        }
    };
    Ok(made?)
}

/// What a revision does, each operation once; one that is not for every database says for which.
pub(crate) fn describe(revision: &Revision) -> Vec<String> {
    let mut lines: Vec<(String, Vec<Dialect>)> = Vec::new();
    for changes in &revision.changes {
        for line in changes.describe() {
            match lines.iter_mut().find(|(known, _)| *known == line) {
                Some((_, dialects)) => dialects.push(changes.dialect()),
                None => lines.push((line, vec![changes.dialect()])),
            }
        }
    }
    let all = revision.changes.len();
    let one = |(line, dialects): (String, Vec<Dialect>)| match &dialects[..] {
        [dialect] if all > 1 => format!("{line} ({dialect})"),
        _ => line,
    };
    lines.into_iter().map(one).collect()
}

impl From<migrate_schema::Error> for Error {
    fn from(error: migrate_schema::Error) -> Error {
        Error::failed(format!("{error:#}"))
    }
}
