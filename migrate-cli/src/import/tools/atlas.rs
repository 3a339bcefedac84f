//! Atlas: `VERSION_name.sql` beside `atlas.sum`. On PostgreSQL its table lies in the schema of the URL's `search_path`, or
//! without one in a schema of the table's name: then `adopt.sql` is edited to say so.

use migrate_chain::Dialect;
use migrate_schema::scratch::beside::Sent;

use super::{Evidence, Tool, is_text, no_dialect, side, words};
use crate::import::adopt::AdoptSql;
use crate::import::folder::{File, Source};
use crate::import::history::{History, Settings, Step};

pub(super) const TOOL: Tool = Tool {
    name: "atlas",
    fits,
    read,
    dialect: no_dialect,
    adopt,
};

fn fits(source: &Source) -> Option<Evidence> {
    source.file("atlas.sum").map(|_| Evidence::Files)
}

/// The directives in the comment at the top of a file, such as `txmode none`.
fn directives(file: &File) -> impl Iterator<Item = &str> {
    let lines = file.text.lines().map(str::trim);
    let comments = lines.take_while(|line| line.is_empty() || line.starts_with("--"));
    comments.filter_map(|line| line.strip_prefix("--")?.trim().strip_prefix("atlas:"))
}

fn read(source: &Source, _: &Settings) -> History {
    let mut history = History::default();
    let sums = source
        .file("atlas.sum")
        .map_or("", |file| file.text.as_str());
    for file in source.top() {
        let Some(stem) = file.name().strip_suffix(".sql") else {
            continue;
        };
        let shown = source.shown(&file.path);
        if !is_text(&mut history, source, file) {
            continue;
        }
        let (version, name) = stem.split_once('_').unwrap_or((stem, ""));
        let mut up = side(source, file, Sent::InTransaction);
        let mut refused = None;
        for directive in directives(file) {
            match directive.split_whitespace().collect::<Vec<_>>()[..] {
                ["txmode", "none"] => up = up.outside(Sent::ByStatement),
                ["txmode", _] | ["nolint", ..] | ["sum", ..] => {}
                ["delimiter", ..] => refused = Some("it has a delimiter of its own"),
                ["checkpoint", ..] => {
                    refused = Some("it is a checkpoint, which stands for what lies before it");
                }
                _ => {}
            }
        }
        if let Some(reason) = refused {
            history.refuse(&shown, reason);
            continue;
        }
        let sum = sums.lines().find_map(|line| {
            let (name, sum) = line.rsplit_once(" h1:")?;
            (name == file.name()).then(|| sum.trim().to_owned())
        });
        history.steps.push(Step {
            key: version.to_owned(),
            message: words(if name.is_empty() { stem } else { name }),
            name: (!name.is_empty()).then(|| name.to_owned()),
            sums: sum.into_iter().collect(),
            sources: vec![shown],
            up,
            ..Step::default()
        });
    }
    history.refuse_twice();
    history
}

fn adopt(dialect: Dialect) -> Option<AdoptSql> {
    let record = match dialect {
        Dialect::Sqlite => {
            "INSERT INTO atlas_schema_revisions (version, description, type, applied, total, executed_at, execution_time, error, error_stmt, hash, partial_hashes, operator_version)\nVALUES (?1, coalesce(?2, ''), 2, 1, 1, CURRENT_TIMESTAMP, 0, '', '', coalesce(?3, ''), 'null', 'migrate')"
        }
        _ => {
            "INSERT INTO atlas_schema_revisions (version, description, type, applied, total, executed_at, execution_time, error, error_stmt, hash, partial_hashes, operator_version)\nVALUES (?1, coalesce(?2, ''), 2, 1, 1, now(), 0, '', '', coalesce(?3, ''), 'null', 'migrate')"
        }
    };
    Some(AdoptSql {
        table: "atlas_schema_revisions",
        create: "",
        applied: "SELECT version, CASE WHEN type & 1 = 1 THEN 'upto' WHEN applied < total THEN 'failed' ELSE 'applied' END,\n    CASE WHEN type & 1 = 0 THEN nullif(hash, '') END\nFROM atlas_schema_revisions WHERE version NOT LIKE '.%'",
        record,
        unrecord: "DELETE FROM atlas_schema_revisions WHERE version = ?1",
    })
}
