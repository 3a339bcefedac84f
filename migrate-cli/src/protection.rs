//! What stands between a plan and a database that matters: the environment it is for, the one that
//! must have taken the plan before, and a prompt.

use std::io;

use migrate_chain::escaped;
use migrate_runtime::{Direction, Migrations, Migrator, Plan, PlannedStep};

use crate::config::Config;
use crate::context::{Context, telling_waits};
use crate::database::{Access, Database, on};
use crate::error::{Error, Result};
use crate::prompt::Prompt;

/// Asked by the engine for every plan, and again if the plan changes before the lock is held.
pub(crate) struct Protection<'m> {
    env: Option<String>,
    is_protected: bool,
    refuses_breaking: bool,
    yes: bool,
    is_interactive: bool,
    requires: Option<Required<'m>>,
}

/// An environment in which the plan's target must be applied.
struct Required<'m> {
    name: String,
    database: Database,
    migrator: Migrator<'m>,
}

impl Context<'_, '_> {
    /// The environment that the database remembers, which must be the one that is meant.
    pub(crate) fn same_environment(
        &mut self,
        migrations: &Migrations,
        database: &mut Database,
    ) -> Result<Option<String>> {
        let remembered = self.remembered(migrations, database)?;
        match (&self.config.env, &remembered) {
            (Some(meant), Some(found)) if meant != found => Err(Error::failed(format!(
                "this database is `{found}`, and `{meant}` was asked for"
            ))
            .note("nothing was changed")
            .help(format!(
                "is the URL right? To work on it, give `--env {found}`"
            ))
            .help(format!(
                "if it is to be `{meant}` from now on: `cargo migrate repair --environment --env {meant}`"
            ))),
            _ => Ok(remembered),
        }
    }

    pub(crate) fn remembered(
        &mut self,
        migrations: &Migrations,
        database: &mut Database,
    ) -> Result<Option<String>> {
        let migrator = self.migrator(migrations);
        let mut migrator = telling_waits(migrator, &mut self.streams);
        Ok(on!(database, conn => migrator.environment(conn))?)
    }

    /// Makes the database remember the environment, if one was named.
    pub(crate) fn remember(
        &self,
        migrations: &Migrations,
        database: &mut Database,
    ) -> Result<bool> {
        let Some(env) = &self.config.env else {
            return Ok(false);
        };
        let mut migrator = self.migrator(migrations);
        Ok(on!(database, conn => migrator.set_environment(conn, env))?)
    }

    /// `remembered`: what the database itself says it is.
    pub(crate) fn protection<'m>(
        &self,
        migrations: &'m Migrations,
        database: &mut Database,
        remembered: Option<&str>,
    ) -> Result<Protection<'m>> {
        let env = self.config.env.as_deref().or(remembered);
        let settings = env.and_then(|env| self.config.file.env.get(env));
        let requires = settings.and_then(|settings| settings.requires.as_deref());
        Ok(Protection {
            env: env.map(str::to_owned),
            refuses_breaking: self.refuses_breaking,
            is_protected: settings.is_some_and(|settings| settings.protected),
            yes: self.global.yes,
            is_interactive: self.streams.is_interactive(),
            requires: match requires {
                Some(name) => Some(self.required(name, migrations, database)?),
                None => None,
            },
        })
    }

    fn required<'m>(
        &self,
        name: &str,
        migrations: &'m Migrations,
        own: &mut Database,
    ) -> Result<Required<'m>> {
        let dialect = own.dialect();
        let url = self.config.url_of(&self.app, name)?;
        if url.dialect() != dialect {
            return Err(Error::failed(format!(
                "the plan must be applied in `{name}` first, and that is another database: {}, not {dialect}",
                url.dialect()
            )));
        }
        let schema = self.schema_of(&self.config, name);
        let mut database = Database::open(&url, Access::Read)?;
        let same_schema = schema == self.config.schema;
        if same_schema
            && own
                .identity()
                .is_some_and(|own| database.identity() == Some(own))
        {
            return Err(Error::failed(format!(
                "`{name}`, where a plan must be applied first, is the very database that is to be changed: {url}"
            ))
            .note("nothing was changed")
            .help("give each environment a variable of its own, such as `url_env = \"STAGING_URL\"`"));
        }
        let mut migrator = self.migrator_for(migrations, schema);
        match on!(database, conn => migrator.environment(conn))? {
            Some(recorded) if recorded != name => {
                return Err(Error::failed(format!(
                    "`{name}`, where a plan must be applied first, names a database that is `{recorded}`: {url}"
                ))
                .note("nothing was changed")
                .help(format!("is the URL of `{name}` right?")));
            }
            _ => {}
        }
        Ok(Required {
            name: name.to_owned(),
            database,
            migrator,
        })
    }

    fn schema_of(&self, config: &Config, env: &str) -> Option<String> {
        if self.app.is_mounted() {
            return config.schema.clone();
        }
        let environment = config.file.env.get(env);
        environment
            .and_then(|environment| environment.schema.clone())
            .or_else(|| config.file.schema.clone())
    }
}

impl Protection<'_> {
    /// Refuses what older releases can't work with, where the command says so.
    pub(crate) fn refuse_breaking(&self, plan: &Plan) -> Result<()> {
        let breaks = |step: &&PlannedStep| {
            step.direction == Direction::Upgrade && !step.stamp && step.breaking.is_some()
        };
        match plan.steps.iter().find(breaks) {
            Some(step) if self.refuses_breaking => {
                let error = Error::failed(format!(
                    "`{}` breaks older releases ({}), and `--breaking=no` was given",
                    step.revision,
                    step.breaking.as_deref().unwrap_or_default()
                ))
                .note("nothing was changed");
                // What stands below it may be applied already.
                let below = plan.steps.iter().take_while(|other| *other != step).last();
                Err(match below {
                    Some(below) => error.help(format!(
                        "`cargo migrate upgrade {}` applies what stands before it",
                        below.revision
                    )),
                    None => error,
                })
            }
            _ => Ok(()),
        }
    }

    /// Whether the plan may be carried out.
    ///
    /// # Errors
    ///
    /// Why not.
    pub(crate) fn permit(&mut self, plan: &Plan) -> Result<()> {
        self.refuse_breaking(plan)?;
        if let Some(required) = &mut self.requires {
            required.has(plan)?;
        }
        if !self.is_protected {
            return Ok(());
        }
        let down = plan
            .steps
            .iter()
            .any(|step| step.direction == Direction::Downgrade);
        let breaking = plan.steps.iter().find(|step| step.breaking.is_some());
        let what = match (down, breaking) {
            (true, _) => "this goes down".to_owned(),
            (false, Some(step)) => format!(
                "`{}` breaks older releases ({})",
                step.revision,
                step.breaking.as_deref().unwrap_or_default()
            ),
            (false, None) => return Ok(()),
        };
        let env = self.env.as_deref().unwrap_or_default();
        if self.yes || (self.is_interactive && confirm(env, &what, plan).unwrap_or(false)) {
            return Ok(());
        }
        let error =
            Error::failed(format!("`{env}` is protected, and {what}")).note("nothing was changed");
        Err(if self.is_interactive {
            error
        } else {
            error.help("look at it with `--dry-run`, then give `--yes`")
        })
    }
}

impl Required<'_> {
    /// Every revision that the plan applies is applied there, as it is in this chain. What goes down
    /// needs nobody's example.
    fn has(&mut self, plan: &Plan) -> Result<()> {
        let up = |step: &&PlannedStep| step.direction == Direction::Upgrade;
        let ids: Vec<&str> = (plan.steps.iter().filter(up))
            .map(|step| step.revision.as_str())
            .collect();
        if ids.is_empty() {
            return Ok(());
        }
        let (migrator, database) = (&mut self.migrator, &mut self.database);
        let name = &self.name;
        let refused = |error: migrate_runtime::Error| {
            Error::from(error).note(format!(
                "this is what `{name}` says, where the plan must be applied first; nothing was changed"
            ))
        };
        let differences = on!(database, conn => migrator.verify(conn)).map_err(refused)?;
        let edited = |id: &str| {
            differences
                .iter()
                .any(|difference| difference.revision == id)
        };
        let history = on!(database, conn => migrator.history(conn)).map_err(refused)?;
        let applied = |id: &str| {
            let mut entries = history.iter();
            entries.any(|entry| entry.applied && entry.revision == id)
        };
        if let Some(id) = ids.iter().find(|id| edited(id)) {
            return Err(Error::failed(format!(
                "`{id}` is applied in `{name}` as it was before it was edited"
            ))
            .note("nothing was changed"));
        }
        let Some(missing) = ids.iter().rfind(|id| !applied(id)) else {
            return Ok(());
        };
        Err(Error::failed(format!(
            "`{missing}` is not applied in `{name}`, where it must be first"
        ))
        .note("nothing was changed")
        .help(format!(
            "`cargo migrate --env {name} upgrade {missing}` applies it there"
        )))
    }
}

/// Shows the plan and waits for a word.
fn confirm(env: &str, what: &str, plan: &Plan) -> io::Result<bool> {
    let mut prompt = Prompt {
        out: &mut io::stderr(),
        lines: &mut io::stdin().lock(),
    };
    let question = format!("{plan}\n`{env}` is protected, and {what}.");
    writeln!(prompt.out, "{}", escaped(&question))?;
    let answer = prompt.read_line("Type the environment's name to go on")?;
    Ok(answer.as_deref() == Some(env))
}
