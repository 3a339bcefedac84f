use std::ffi::OsString;
use std::fmt;

/// The arguments of the app's `migrate` command, as they were written.
///
/// They are parsed by a tree of their own, so that no flag of the app's collides with one of these.
#[derive(Clone, Default, clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// `upgrade`, `downgrade`, `history` ...; `--help` lists them.
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    args: Vec<OsString>,
}

/// Without the words: one of them may be a URL with a password.
impl fmt::Debug for Args {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Args({} words)", self.args.len())
    }
}

impl Args {
    /// From words that clap has not seen, without the name of the program.
    pub fn new<I: IntoIterator<Item = T>, T: Into<OsString>>(args: I) -> Args {
        Args {
            args: args.into_iter().map(Into::into).collect(),
        }
    }

    pub(crate) fn into_words(self) -> Vec<OsString> {
        self.args
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches, Parser};

    use super::Args;

    #[derive(Parser)]
    struct App {
        #[arg(short, long, global = true)]
        verbose: bool,
        #[arg(long, global = true)]
        config: Option<String>,
        #[command(subcommand)]
        command: Command,
    }

    #[derive(clap::Subcommand)]
    enum Command {
        Migrate(Args),
    }

    #[test]
    fn flags_of_the_app_and_ours_do_not_collide() {
        App::command().debug_assert();
        for words in [
            &["downgrade", "-1"][..],
            &["history", "-v", "-r", "-2:current"],
            &["--help"],
            &["upgrade", "--config", "x", "--verbose"],
            &["--url", "sqlite:a.db", "current"],
        ] {
            let all = ["app", "migrate"].iter().chain(words);
            let matches = App::command().try_get_matches_from(all).unwrap();
            let app = App::from_arg_matches(&matches).unwrap();
            assert!(!app.verbose && app.config.is_none());
            let Command::Migrate(args) = app.command;
            assert_eq!(args.into_words(), words);
        }
    }
}
