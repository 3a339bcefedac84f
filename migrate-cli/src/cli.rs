//! The command tree: Alembic's commands, and those that Alembic lacks.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands;
use crate::config::{Config, PerTransaction, Secret};
use crate::context::Context;
use crate::error::Result;
use crate::render::{Format, Streams, Style, When};
use crate::{App, Exit, url};

/// Migrates a database along a chain of revisions.
#[derive(Debug, Parser)]
#[command(
    version,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = "\
Targets:  head, heads, base, a revision's id or the start of it, a branch label,
          +2 or -1 from what is current, ae10+2, BRANCH@head, BRANCH@-1

Examples:
  revision -m \"add users\"      write a new revision file
  upgrade                      run all that is pending
  upgrade +1 --dry-run         show what the next step would be
  downgrade -1                 take the last step back
  history -i                   list the revisions, newest first
  check                        for CI: exit code 3 if something is pending

Exit codes: 0 done, 1 failed, 2 usage, 3 pending or drifted, 4 lock not obtained,
5 an interrupted step needs `resolve`"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The database: sqlite:app.db or postgres://user@host/database [env: DATABASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) url: Option<Secret>,
    /// The folder of the revisions [default: versions]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) versions: Option<PathBuf>,
    /// sqlite or postgres, where no URL and no file tells
    #[arg(
        long = "dialect",
        global = true,
        value_name = "NAME",
        value_delimiter = ','
    )]
    pub(crate) dialects: Vec<String>,
    /// The chain's name, where several share a database [default: main]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) chain: Option<String>,
    /// The environment of migrate.toml [env: MIGRATE_ENV]
    // Alembic calls it a name.
    #[arg(long, global = true, value_name = "NAME", alias = "name")]
    pub(crate) env: Option<String>,
    /// The configuration [default: the nearest migrate.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How long to wait for another process that migrates [default: 60]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) lock_wait: Option<f64>,
    /// How long a statement may wait for a lock on a table (PostgreSQL)
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) lock_timeout: Option<f64>,
    /// How long a statement may take (PostgreSQL)
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) statement_timeout: Option<f64>,
    /// What commits together: all steps, or each step by itself
    #[arg(long, global = true, value_name = "WHICH", value_enum)]
    pub(crate) transactions: Option<PerTransaction>,
    /// Wait until the database answers
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) wait: Option<f64>,
    /// Print JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print results and errors only
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Tell more
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    pub(crate) verbose: bool,
    /// Colours
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = When::Auto)]
    pub(crate) color: When,
    /// Don't ask, go on
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..1e9).contains(&seconds) => Ok(seconds),
        _ => Err("it is a number of seconds, such as 5 or 0.5".to_owned()),
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(commands::init::Init),
    Revision(commands::revision::Revision),
    Merge(commands::merge::Merge),
    Rebase(commands::rebase::Rebase),
    History(commands::history::History),
    Current(commands::current::Current),
    Heads(commands::heads::Heads),
    Branches(commands::branches::Branches),
    Show(commands::show::Show),
    Upgrade(commands::upgrade::Upgrade),
    Downgrade(commands::downgrade::Downgrade),
    Stamp(commands::stamp::Stamp),
    Check(commands::check::Check),
    Verify(commands::verify::Verify),
    Repair(commands::repair::Repair),
    Resolve(commands::resolve::Resolve),
    Log(commands::log::Log),
    Lock(commands::lock::Lock),
    Release(commands::release::Release),
    Squash(commands::squash::Squash),
    Wait(commands::wait::Wait),
    Create(commands::create::Create),
    Drop(commands::drop::Drop),
    Completions(commands::completions::Completions),
}

/// The tree under the name that the user typed.
pub(crate) fn tree(program: &str) -> clap::Command {
    Cli::command().bin_name(program).about(
        "Migrates a database along a chain of revisions: Alembic's commands, for SQLite and PostgreSQL",
    )
}

/// Parses, works, prints, and tells how it ended.
pub(crate) fn run(mut app: App<'_>, words: Vec<OsString>, mut streams: Streams<'_>) -> Exit {
    let program = app.program.clone().unwrap_or_else(own_name);
    let is_github = (app.variable("GITHUB_ACTIONS")).is_some_and(|value| value == "true");
    let no_color = app.variable("NO_COLOR").is_some();
    // Before the arguments are understood, a mistake among them is printed in colour already.
    paint(&mut streams, When::Auto, no_color);
    let mut all = vec![OsString::from(&program)];
    all.extend(words);
    streams.masks = all.iter().flat_map(|word| url::masks(word)).collect();
    let is_json = all.iter().any(|word| word == "--json");
    streams.format = format(is_json, is_github);
    let parsed = tree(&program)
        .try_get_matches_from(all)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            return streams.parser(&error);
        }
    };
    paint(&mut streams, cli.global.color, no_color);
    streams.quiet = cli.global.quiet;
    streams.format = format(cli.global.json, is_github);
    let config = match Config::new(&mut app, &cli.global) {
        Ok(config) => config,
        Err(error) => return streams.refuse(error, &program),
    };
    for note in &config.notes {
        // An error of the stream shows at the first line of the result.
        let _ = streams.remark(format!("note: {note}"));
    }
    let mut context = Context {
        app,
        program,
        global: cli.global,
        config,
        streams,
        refuses_breaking: false,
        #[cfg(all(feature = "models", feature = "postgres"))]
        scratch: None,
    };
    match cli.command.exec(&mut context) {
        Ok(exit) => exit,
        Err(error) => context.streams.refuse(error, &context.program),
    }
}

impl Command {
    fn exec(self, context: &mut Context<'_, '_>) -> Result<Exit> {
        match self {
            Command::Init(args) => commands::init::exec(context, &args),
            Command::Revision(args) => commands::revision::exec(context, &args),
            Command::Merge(args) => commands::merge::exec(context, &args),
            Command::Rebase(args) => commands::rebase::exec(context, &args),
            Command::History(args) => commands::history::exec(context, &args),
            Command::Current(args) => commands::current::exec(context, &args),
            Command::Heads(args) => commands::heads::exec(context, &args),
            Command::Branches(args) => commands::branches::exec(context, &args),
            Command::Show(args) => commands::show::exec(context, &args),
            Command::Upgrade(args) => commands::upgrade::exec(context, &args),
            Command::Downgrade(args) => commands::downgrade::exec(context, &args),
            Command::Stamp(args) => commands::stamp::exec(context, &args),
            Command::Check(args) => commands::check::exec(context, &args),
            Command::Verify(args) => commands::verify::exec(context, &args),
            Command::Repair(args) => commands::repair::exec(context, &args),
            Command::Resolve(args) => commands::resolve::exec(context, &args),
            Command::Log(args) => commands::log::exec(context, &args),
            Command::Lock(args) => commands::lock::exec(context, &args),
            Command::Release(args) => commands::release::exec(context, &args),
            Command::Squash(args) => commands::squash::exec(context, &args),
            Command::Wait(args) => commands::wait::exec(context, &args),
            Command::Create(args) => commands::create::exec(context, &args),
            Command::Drop(args) => commands::drop::exec(context, &args),
            Command::Completions(args) => commands::completions::exec(context, &args),
        }
    }
}

fn paint(streams: &mut Streams<'_>, when: When, no_color: bool) {
    streams.style = Style::new(when, streams.tty.out, no_color);
    streams.err_style = Style::new(when, streams.tty.err, no_color);
}

fn format(is_json: bool, is_annotated: bool) -> Format {
    match (is_json, is_annotated) {
        (true, is_annotated) => Format::Json { is_annotated },
        (false, true) => Format::Annotated,
        (false, false) => Format::Text,
    }
}

/// `myapp migrate`, from the name of the executable.
fn own_name() -> String {
    let path = std::env::args_os()
        .next()
        .map(PathBuf::from)
        .unwrap_or_default();
    match path.file_stem() {
        Some(stem) => format!("{} migrate", stem.to_string_lossy()),
        None => "migrate".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_tree_is_well_formed() {
        super::tree("myapp migrate").debug_assert();
    }
}
