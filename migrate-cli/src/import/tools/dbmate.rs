//! dbmate: `VERSION_name.sql` with `-- migrate:up` and `-- migrate:down`.

use migrate_chain::{Dialect, Direction};
use migrate_schema::scratch::beside::Sent;

use super::annotated::{Mark, parted};
use super::{Evidence, Tool, is_text, no_dialect, side, words};
use crate::import::adopt::AdoptSql;
use crate::import::folder::{File, Source};
use crate::import::history::{History, Settings, Side, Step};

pub(super) const TOOL: Tool = Tool {
    name: "dbmate",
    fits,
    read,
    dialect: no_dialect,
    adopt,
};

/// The direction and the options of `-- migrate:up transaction:false`.
fn annotation(line: &str) -> Option<(Direction, &str)> {
    let comment = line.trim().strip_prefix("--")?.trim_start();
    let rest = comment.strip_prefix("migrate:")?;
    for (word, direction) in [("up", Direction::Upgrade), ("down", Direction::Downgrade)] {
        if let Some(options) = rest.strip_prefix(word)
            && (options.is_empty() || options.starts_with(char::is_whitespace))
        {
            return Some((direction, options.trim()));
        }
    }
    None
}

fn fits(source: &Source) -> Option<Evidence> {
    let is_one = |file: &File| {
        file.name().ends_with(".sql") && file.text.lines().any(|line| annotation(line).is_some())
    };
    (source.top().any(is_one)).then_some(Evidence::Files)
}

fn read(source: &Source, _: &Settings) -> History {
    let mut history = History::default();
    for file in source.top() {
        let Some(stem) = file.name().strip_suffix(".sql") else {
            continue;
        };
        let shown = source.shown(&file.path);
        let digits = stem.bytes().take_while(u8::is_ascii_digit).count();
        let (version, name) = stem.split_at(digits);
        if version.is_empty() {
            history.notes.push(format!(
                "{shown} is no migration to dbmate, and was left out"
            ));
            continue;
        }
        if !is_text(&mut history, source, file) {
            continue;
        }
        match step(source, file, version, name) {
            Ok(step) => history.steps.push(step),
            Err(reason) => history.refuse(&shown, reason),
        }
    }
    // As text.
    history.steps.sort_by(|a, b| a.sources.cmp(&b.sources));
    history.refuse_twice();
    history
}

fn step(source: &Source, file: &File, version: &str, name: &str) -> Result<Step, String> {
    let said: Vec<(Direction, &str)> = file.text.lines().filter_map(annotation).collect();
    let options = |direction: Direction| {
        said.iter()
            .find(|(own, _)| *own == direction)
            .map(|(_, options)| *options)
    };
    if options(Direction::Upgrade).is_none() {
        return Err("there is no line `-- migrate:up` in it".to_owned());
    }
    let found = parted(&file.text, |line| {
        annotation(line).map(|(direction, _)| Mark::Opens(direction))
    });
    let make = |direction: Direction, text: String, changes: &[String]| -> Side {
        let mut one = side(source, file, Sent::InTransaction);
        one.text = text;
        one.changes.extend_from_slice(changes);
        let options = options(direction).unwrap_or_default();
        let is_outside = options
            .split_whitespace()
            .any(|option| option == "transaction:false");
        if is_outside {
            one.outside(Sent::Whole)
        } else {
            one
        }
    };
    let [up_changes, down_changes] = &found.changes;
    Ok(Step {
        key: version.to_owned(),
        message: words(name),
        sources: vec![source.shown(&file.path)],
        up: make(Direction::Upgrade, found.up.unwrap_or_default(), up_changes),
        down: found
            .down
            .map(|text| make(Direction::Downgrade, text, down_changes)),
        ..Step::default()
    })
}

fn adopt(_: Dialect) -> Option<AdoptSql> {
    Some(AdoptSql {
        table: "schema_migrations",
        create: "CREATE TABLE IF NOT EXISTS schema_migrations (version varchar(128) NOT NULL PRIMARY KEY);",
        applied: "SELECT version, 'applied' FROM schema_migrations",
        record: "INSERT INTO schema_migrations (version) VALUES (?1)",
        unrecord: "DELETE FROM schema_migrations WHERE version = ?1",
    })
}
