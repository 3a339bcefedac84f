//! goose: `VERSION_name.sql` with `-- +goose Up` and `-- +goose Down`.

use migrate_chain::{Dialect, Direction};
use migrate_schema::scratch::beside::Sent;

use super::annotated::{Mark, parted};
use super::{Evidence, Tool, is_text, no_dialect, number, numbered, side, words};
use crate::import::adopt::AdoptSql;
use crate::import::folder::{File, Source};
use crate::import::history::{History, Settings, Side, Step};

pub(super) const TOOL: Tool = Tool {
    name: "goose",
    fits,
    read,
    dialect: no_dialect,
    adopt,
};

/// What stands behind `-- +goose`, in small letters.
fn annotation(line: &str) -> Option<String> {
    let comment = line.trim().strip_prefix("--")?.trim_start();
    let said = comment.strip_prefix("+goose")?;
    let said = said.trim().to_ascii_lowercase();
    Some(said.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn fits(source: &Source) -> Option<Evidence> {
    let is_one = |file: &File| {
        file.name().ends_with(".sql") && file.text.lines().any(|line| annotation(line).is_some())
    };
    (source.top().any(is_one)).then_some(Evidence::Files)
}

fn read(source: &Source, _: &Settings) -> History {
    let mut history = History::default();
    let mut order: Vec<(u64, Step)> = Vec::new();
    for file in source.top() {
        let shown = source.shown(&file.path);
        if file.name().ends_with(".go") {
            if numbered(file.name()).is_some() && !file.name().ends_with("_test.go") {
                history.refuse(&shown, "it is Go code, whose SQL isn't known");
            }
            continue;
        }
        let Some(stem) = file.name().strip_suffix(".sql") else {
            continue;
        };
        let Some((version, name)) = numbered(stem) else {
            history.notes.push(format!(
                "{shown} is no migration to goose, and was left out"
            ));
            continue;
        };
        let Some(version) = number(version).filter(|version| *version > 0) else {
            history.refuse(&shown, "its version is none that goose takes");
            continue;
        };
        if !is_text(&mut history, source, file) {
            continue;
        }
        match step(source, file, version, name) {
            Ok(step) => order.push((version, step)),
            Err(reason) => history.refuse(&shown, reason),
        }
    }
    order.sort_by_key(|(version, _)| *version);
    history.steps = order.into_iter().map(|(_, step)| step).collect();
    history.refuse_twice();
    history
}

fn step(source: &Source, file: &File, version: u64, name: &str) -> Result<Step, String> {
    let said: Vec<String> = file.text.lines().filter_map(annotation).collect();
    if let Some(unknown) = said.iter().find(|said| {
        ![
            "up",
            "down",
            "statementbegin",
            "statementend",
            "no transaction",
        ]
        .contains(&said.as_str())
            && !said.starts_with("envsub off")
    }) {
        return Err(match unknown.starts_with("envsub") {
            true => {
                "`+goose ENVSUB ON` takes values from the environment: write them into the file"
                    .to_owned()
            }
            false => format!("`+goose {unknown}` isn't known"),
        });
    }
    if !said.iter().any(|said| said == "up") {
        return Err("there is no line `-- +goose Up` in it".to_owned());
    }
    let found = parted(&file.text, |line| {
        Some(match annotation(line)?.as_str() {
            "up" => Mark::Opens(Direction::Upgrade),
            "down" => Mark::Opens(Direction::Downgrade),
            "statementbegin" => Mark::StatementBegins,
            "statementend" => Mark::StatementEnds,
            _ => Mark::Cut,
        })
    });
    let is_outside = said.iter().any(|said| said == "no transaction");
    let make = |text: String, changes: &[String]| -> Side {
        let mut one = side(source, file, Sent::InTransaction);
        one.text = text;
        one.changes.extend_from_slice(changes);
        if is_outside {
            one.sent = Sent::ByStatement;
        }
        one
    };
    let [up_changes, down_changes] = &found.changes;
    let mut step = Step {
        key: version.to_string(),
        message: words(name),
        sources: vec![source.shown(&file.path)],
        up: make(found.up.unwrap_or_default(), up_changes),
        down: found.down.map(|text| make(text, down_changes)),
        ..Step::default()
    };
    if is_outside {
        super::outside_where_needed(&mut step);
    }
    Ok(step)
}

fn adopt(dialect: Dialect) -> Option<AdoptSql> {
    let create = match dialect {
        Dialect::Sqlite => {
            "CREATE TABLE IF NOT EXISTS goose_db_version (\n    id INTEGER PRIMARY KEY AUTOINCREMENT,\n    version_id INTEGER NOT NULL,\n    is_applied INTEGER NOT NULL,\n    tstamp TIMESTAMP DEFAULT (datetime('now'))\n);"
        }
        _ => {
            "CREATE TABLE IF NOT EXISTS goose_db_version (\n    id integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,\n    version_id bigint NOT NULL,\n    is_applied boolean NOT NULL,\n    tstamp timestamp NOT NULL DEFAULT now()\n);"
        }
    };
    Some(AdoptSql {
        table: "goose_db_version",
        create,
        applied: "SELECT version_id, CASE WHEN is_applied THEN 'applied' ELSE 'undone' END FROM goose_db_version AS latest\nWHERE version_id > 0 AND id = (SELECT max(id) FROM goose_db_version WHERE version_id = latest.version_id)",
        record: "INSERT INTO goose_db_version (version_id, is_applied) VALUES (?1, TRUE)",
        unrecord: "DELETE FROM goose_db_version WHERE version_id = ?1",
    })
}
