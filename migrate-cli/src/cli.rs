//! The command tree: Alembic's commands, and those that Alembic lacks.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands;
use crate::config::{Config, PerTransaction, Secret};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::render::{Format, Streams, Style, When};
use crate::{App, Exit, outdated, url};

/// Migrates a database along a chain of revisions.
#[derive(Debug, Parser)]
#[command(
    version,
    disable_help_subcommand = true,
    max_term_width = 80,
    after_help = "\
`COMMAND --help` has examples for each.

Targets:  head, heads, base, a revision's id or the start of it, a branch label,
          +2 or -1 from what is current, ae10+2, BRANCH@head, BRANCH@-1

Examples:
  revision -m \"add users\"      write a new revision file
  upgrade                      run all that is pending
  upgrade +1 --dry-run         show what the next step would be
  downgrade -1                 take the last step back
  history -i                   list the revisions, newest first
  check                        for CI: exit code 3 if something is pending

Exit codes: 0 done, 1 failed, 2 usage, 3 pending or drifted,
4 lock not obtained, 5 an interrupted step needs `resolve`"
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
    #[arg(long, global = true, value_name = "SECS", value_parser = seconds)]
    pub(crate) lock_wait: Option<f64>,
    /// How long each try waits for a lock on a table, or `none` (PostgreSQL) [default: 2]
    #[arg(long, global = true, value_name = "SECS", value_parser = seconds_or_none)]
    pub(crate) lock_timeout: Option<f64>,
    /// How long a statement may take, or `none` (PostgreSQL)
    #[arg(long, global = true, value_name = "SECS", value_parser = seconds_or_none)]
    pub(crate) statement_timeout: Option<f64>,
    /// What commits together: single (all steps) or per-step
    #[arg(long, global = true, value_name = "WHICH", value_enum)]
    pub(crate) transactions: Option<PerTransaction>,
    /// How long to wait until the database answers, before the command
    #[arg(long, global = true, value_name = "SECS", value_parser = seconds)]
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
    /// Colours: auto, always or never [default: auto]
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = When::Auto)]
    pub(crate) color: When,
    /// Don't ask, go on
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,
}

pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..1e9).contains(&seconds) => Ok(seconds),
        _ => Err("it is a number of seconds, such as 5 or 0.5".to_owned()),
    }
}

/// No limit is 0, as PostgreSQL means it.
fn seconds_or_none(text: &str) -> Result<f64, String> {
    match text {
        "none" => Ok(0.0),
        text => seconds(text).map_err(|error| format!("{error}, or `none`")),
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(commands::init::Init),
    #[cfg(feature = "models")]
    Import(commands::import::Import),
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
    Redo(commands::redo::Redo),
    Stamp(commands::stamp::Stamp),
    Adopt(commands::adopt::Adopt),
    Check(commands::check::Check),
    #[cfg(feature = "models")]
    Lint(commands::lint::Lint),
    #[cfg(feature = "models")]
    Prove(commands::prove::Prove),
    #[cfg(feature = "models")]
    Docs(commands::docs::Docs),
    #[cfg(feature = "models")]
    Models(commands::models::Models),
    #[cfg(feature = "models")]
    Schema(commands::schema::Schema),
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
    Man(commands::man::Man),
}

/// The tree under the name that the user typed.
pub(crate) fn tree(program: &str) -> clap::Command {
    Cli::command().bin_name(program).about(
        "Migrates a database along a chain of revisions: Alembic's commands, for SQLite\nand PostgreSQL",
    )
}

/// The tree whose help a person reads: what every command understands is listed once, in the help of all.
fn helpful_tree(program: &str) -> clap::Command {
    let tree = tree(program);
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}{}\n{}{{after-help}}\n",
        groups(&tree),
        heading("Global options:"),
        globals(&tree),
    );
    let more = format!(
        "{} --url, --env, --json and the others: `{program} --help`",
        heading("Global options:")
    );
    let tree = tree
        .override_usage(format!("{program} [OPTIONS] <COMMAND>"))
        .help_template(template)
        .mut_args(|global| global.hide(true));
    tree.mut_subcommands(|command| {
        let own = command.get_after_help().map(ToString::to_string);
        let help = match own {
            Some(own) => format!("{more}\n\n{own}"),
            None => more.clone(),
        };
        command.after_help(help)
    })
}

/// What every command understands, a flag a line.
fn globals(tree: &clap::Command) -> String {
    const WIDTH: usize = 80;
    const HANGING: usize = 34;
    let bold = *tree.get_styles().get_literal();
    let mut text = String::new();
    let mut line = |short: Option<char>, long: &str, value: Option<&str>, help: &str| {
        let short = short.map_or("    ".to_owned(), |short| {
            format!("{bold}-{short}{bold:#}, ")
        });
        let value = value.map(|value| format!(" <{value}>")).unwrap_or_default();
        let gap = HANGING.saturating_sub(6 + 2 + long.len() + value.len());
        text.push_str(&format!(
            "  {short}{bold}--{long}{bold:#}{value}{}",
            " ".repeat(gap)
        ));
        let mut at = HANGING;
        // What stands in brackets stays together.
        let (help, end) = help
            .split_once(" [")
            .map_or((help, None), |(help, end)| (help, Some(format!("[{end}"))));
        for word in help.split(' ').chain(end.as_deref()) {
            if at > HANGING && at + 1 + word.len() > WIDTH {
                text.push_str(&format!("\n{}", " ".repeat(HANGING)));
                at = HANGING;
            }
            if at > HANGING {
                text.push(' ');
                at += 1;
            }
            text.push_str(word);
            at += word.len();
        }
        text.push('\n');
    };
    for argument in tree.get_arguments() {
        let help = argument
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let values = argument.get_value_names().unwrap_or_default();
        let value = values.first().map(|value| value.as_str());
        let value = value.filter(|_| argument.get_action().takes_values());
        line(
            argument.get_short(),
            argument.get_long().unwrap_or_default(),
            value,
            &help,
        );
    }
    line(Some('h'), "help", None, "Print help");
    line(Some('V'), "version", None, "Print version");
    text.trim_end().to_owned()
}

/// The commands as a person looks for them: by what they want to do.
const GROUPS: [(&str, &[&str]); 5] = [
    (
        "Write revisions",
        &[
            "init", "import", "revision", "models", "merge", "rebase", "squash", "release", "lock",
        ],
    ),
    (
        "Look",
        &[
            "history", "current", "heads", "branches", "show", "log", "docs",
        ],
    ),
    (
        "Change a database",
        &["upgrade", "downgrade", "redo", "stamp", "adopt"],
    ),
    (
        "Check and repair",
        &["check", "lint", "prove", "verify", "repair", "resolve"],
    ),
    (
        "Around them",
        &["schema", "wait", "create", "drop", "completions", "man"],
    ),
];

/// A list of the commands for each group.
fn groups(tree: &clap::Command) -> String {
    let mut text = String::new();
    for (name, commands) in GROUPS {
        text.push_str(&heading(&format!("{name}:")));
        text.push('\n');
        for name in commands {
            // Some come with a feature.
            let Some(command) = tree.find_subcommand(name) else {
                continue;
            };
            let about = command.get_about().map(ToString::to_string);
            let about = about.unwrap_or_default();
            let bold = tree.get_styles().get_literal();
            text.push_str(&format!("  {bold}{name:<12}{bold:#} {about}\n"));
        }
        text.push('\n');
    }
    text
}

/// A heading of the help, in the style of the parser's own.
fn heading(text: &str) -> String {
    let style = clap::builder::Styles::styled();
    let style = style.get_header();
    format!("{style}{text}{style:#}")
}

/// Parses, works, prints, and tells how it ended.
pub(crate) fn run(mut app: App<'_>, words: Vec<OsString>, mut streams: Streams<'_>) -> Exit {
    let program = app.program.clone().unwrap_or_else(own_name);
    let is_github = (app.variable("GITHUB_ACTIONS")).is_some_and(|value| value == "true");
    let shell = colours(&app);
    // Before the arguments are understood, a mistake among them is printed in colour already.
    paint(&mut streams, When::Auto, shell);
    let mut all = vec![OsString::from(&program)];
    all.extend(words);
    streams.masks = all.iter().flat_map(|word| url::masks(word)).collect();
    let is_json = all.iter().any(|word| word == "--json");
    streams.format = format(is_json, is_github);
    let parsed = helpful_tree(&program)
        .try_get_matches_from(&all)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            return refuse(&mut streams, &error, &all, &program);
        }
    };
    paint(&mut streams, cli.global.color, shell);
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
        outdated: None,
        #[cfg(all(feature = "models", feature = "postgres"))]
        scratch: None,
    };
    if cli.command.is_of_a_chain() {
        context.outdated = context.outdated();
        if let Some(what) = &context.outdated {
            // It stays to be said where a remark is not.
            let _ = context.streams.warning(outdated::warning(what));
        }
    }
    match cli.command.exec(&mut context) {
        Ok(exit) => exit,
        Err(error) => context.streams.refuse(error, &context.program),
    }
}

impl Command {
    /// True where revisions matter, and not the database or the shell alone.
    fn is_of_a_chain(&self) -> bool {
        #[cfg(feature = "models")]
        if let Command::Models(_) = self {
            return false;
        }
        !matches!(
            self,
            Command::Init(_)
                | Command::Wait(_)
                | Command::Create(_)
                | Command::Drop(_)
                | Command::Completions(_)
                | Command::Man(_)
        )
    }

    fn exec(self, context: &mut Context<'_, '_>) -> Result<Exit> {
        match self {
            Command::Init(args) => commands::init::exec(context, &args),
            #[cfg(feature = "models")]
            Command::Import(args) => commands::import::exec(context, &args),
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
            Command::Redo(args) => commands::redo::exec(context, &args),
            Command::Stamp(args) => commands::stamp::exec(context, &args),
            Command::Adopt(args) => commands::adopt::exec(context, &args),
            Command::Check(args) => commands::check::exec(context, &args),
            #[cfg(feature = "models")]
            Command::Lint(args) => commands::lint::exec(context, &args),
            #[cfg(feature = "models")]
            Command::Prove(args) => commands::prove::exec(context, &args),
            #[cfg(feature = "models")]
            Command::Docs(args) => commands::docs::exec(context, &args),
            #[cfg(feature = "models")]
            Command::Models(args) => commands::models::exec(context, &args),
            #[cfg(feature = "models")]
            Command::Schema(args) => commands::schema::exec(context, &args),
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
            Command::Man(args) => commands::man::exec(context, &args),
        }
    }
}

/// The flag decides, then the shell's variables, then whether a stream is a terminal.
fn paint(streams: &mut Streams<'_>, flag: When, shell: When) {
    let when = if flag == When::Auto { shell } else { flag };
    streams.style = Style::new(when, streams.tty.out);
    streams.err_style = Style::new(when, streams.tty.err);
}

/// What the variables of the shell say of colours, as cargo and others read them.
fn colours(app: &App<'_>) -> When {
    let is_zero = |name: &str| app.variable(name).map(|value| value == "0");
    if app.variable("NO_COLOR").is_some() {
        When::Never
    } else if is_zero("CLICOLOR_FORCE") == Some(false) {
        When::Always
    } else if is_zero("CLICOLOR") == Some(true) || app.is_dumb() {
        When::Never
    } else {
        When::Auto
    }
}

/// What the parser says, or what takes the place of a word of Alembic's.
fn refuse(
    streams: &mut Streams<'_>,
    error: &clap::Error,
    words: &[OsString],
    program: &str,
) -> Exit {
    let kind = error.kind();
    let is_unknown = matches!(
        kind,
        ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument
    );
    let hints = words.iter().filter_map(|word| alembic(word.to_str()?));
    match hints.into_iter().next().filter(|_| is_unknown) {
        Some((word, hint)) => {
            let error = Error::usage(format!("`{word}` is Alembic's")).help(hint);
            streams.refuse(error, program)
        }
        None => streams.parser(error),
    }
}

/// A word of Alembic's, and what to do here.
fn alembic(word: &str) -> Option<(&str, &'static str)> {
    let hint = match word {
        "ensure_version" => {
            "our tables are made by the first `upgrade`; `create` makes the database"
        }
        "edit" => "`show REV` names the file to open",
        "list_templates" => {
            "`template` in migrate.toml names the text of new files, `file_template` their names"
        }
        "-x" => "what a revision needs from outside is an environment variable, read by Rust code",
        "--tag" => "a revision is labelled with `--branch-label`, and with a release by `release`",
        _ => return None,
    };
    Some((word, hint))
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
    let Some(name) = path.file_name() else {
        return "migrate".to_owned();
    };
    let name = name.to_string_lossy();
    // What follows another dot is a version.
    let name = name
        .strip_suffix(std::env::consts::EXE_SUFFIX)
        .unwrap_or(&name);
    format!("{name} migrate")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_tree_is_well_formed() {
        super::tree("myapp migrate").debug_assert();
    }

    #[test]
    fn every_command_has_a_group_and_an_example() {
        let tree = super::tree("myapp migrate");
        let mut grouped: Vec<&str> = (super::GROUPS.iter())
            .flat_map(|(_, commands)| commands.iter().copied())
            .filter(|name| {
                cfg!(feature = "models")
                    || !["docs", "import", "lint", "models", "prove", "schema"].contains(name)
            })
            .collect();
        grouped.sort_unstable();
        let mut names: Vec<&str> = tree.get_subcommands().map(|one| one.get_name()).collect();
        names.sort_unstable();
        assert_eq!(grouped, names);
        for command in tree.get_subcommands() {
            let after = command.get_after_help().map(ToString::to_string);
            let after = after.unwrap_or_default();
            assert!(after.contains("Example"), "{}", command.get_name());
            let fits = |line: &str| line.len() <= 100;
            assert!(after.lines().all(fits), "{}", command.get_name());
        }
    }
}
