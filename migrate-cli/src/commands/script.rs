use migrate_chain::{Dialect, Range, Symbol, Target};
use migrate_runtime::{Goal, Migrations};

use serde::Serialize;

use super::change::Kind;
use super::json;
use crate::Exit;
use crate::context::{Context, Need};
use crate::error::{Error, Result};

/// `--sql`: the plan as a script, without asking a database.
pub(super) fn exec(context: &mut Context<'_, '_>, kind: Kind<'_>) -> Result<Exit> {
    let (range, targets) = read(kind)?;
    let migrations = context.migrations(Need::Scripts)?;
    let chain = migrations.chain()?;
    let dialect = dialect(context, &migrations)?;
    let applied = range.start(&chain)?;
    let first = targets.first().unwrap_or(&HEAD);
    let goal = match kind {
        Kind::Upgrade(_) => Goal::Upgrade(first),
        Kind::Downgrade(_) => Goal::Downgrade(first),
        Kind::Stamp { .. } | Kind::Adopt | Kind::Resolve(_) | Kind::Unknown => {
            Goal::Stamp(&targets)
        }
    };
    let script = context
        .migrator(&migrations)
        .script(dialect, &applied, goal)?;
    if context.global.json {
        json(context, &Written { script: &script })?;
    } else {
        context.streams.text(&script)?;
    }
    Ok(Exit::Done)
}

#[derive(Debug, Serialize)]
struct Written<'s> {
    script: &'s str,
}

static HEAD: Target = Target::HEAD;

/// Where the script starts, and where it goes.
fn read(kind: Kind<'_>) -> Result<(Range, Vec<Target>)> {
    let (word, name) = match kind {
        Kind::Stamp { purge: true, .. } => {
            return Err(Error::usage(
                "`--purge` depends on what the database has, which a script doesn't ask",
            ));
        }
        Kind::Stamp {
            revisions: [one], ..
        } => (one.as_str(), "stamp"),
        Kind::Stamp { revisions, .. } => {
            let targets = revisions
                .iter()
                .map(|word| word.parse())
                .collect::<Result<Vec<Target>, _>>()?;
            return Ok((from_base(), targets));
        }
        Kind::Adopt | Kind::Resolve(_) | Kind::Unknown => {
            return Err(Error::usage(format!("`{}` has no script", kind.name())));
        }
        Kind::Upgrade(word) => (word, "upgrade"),
        Kind::Downgrade(word) => (word, "downgrade"),
    };
    if !word.contains(':') {
        if let Kind::Downgrade(_) = kind {
            return Err(
                Error::usage("a script for a downgrade needs to know where it starts")
                    .help(format!("give both ends: `downgrade FROM:{word} --sql`")),
            );
        }
        let target: Target = word.parse()?;
        relative(&target, word)?;
        return Ok((from_base(), vec![target]));
    }
    let range: Range = word.parse()?;
    let target = match (&range.upper, kind) {
        (Some(target), _) => target.clone(),
        (None, Kind::Downgrade(_)) => Target::BASE,
        (None, _) => Target::HEAD,
    };
    if range.lower.is_none() && name == "downgrade" {
        return Err(
            Error::usage("a script for a downgrade needs to know where it starts")
                .help("give both ends: `downgrade FROM:TO --sql`"),
        );
    }
    Ok((range, vec![target]))
}

fn from_base() -> Range {
    Range {
        lower: None,
        upper: None,
    }
}

/// `+2` from an empty database is clear; `current` is not.
fn relative(target: &Target, word: &str) -> Result<()> {
    match target.symbol {
        Some(Symbol::Current) => Err(Error::usage(format!(
            "`{word}` counts from what is current, and a script is written without asking a database"
        ))
        .help("name both ends: `FROM:TO --sql`")),
        _ => Ok(()),
    }
}

/// What the script is for: a flag, the URL, or the only one that the chain serves.
fn dialect(context: &Context<'_, '_>, migrations: &Migrations) -> Result<Dialect> {
    if let [name] = &context.global.dialects[..] {
        return name
            .parse()
            .map_err(|error| Error::usage(format!("`{name}`: {error}")));
    }
    if let Some(url) = context.config.url_if_any() {
        return Ok(url.dialect());
    }
    if let Some(database) = &context.app.database {
        return Ok(database.dialect());
    }
    match migrations.chain()?.dialects[..] {
        [dialect] => Ok(dialect),
        _ => Err(Error::usage("the chain serves several databases")
            .help("say which one the script is for: `--dialect sqlite` or `--dialect postgres`")),
    }
}
