//! refinery: `V1__name.sql`, and `U1__name.sql` for one that may come late.

use migrate_chain::Dialect;
use migrate_schema::scratch::beside::Sent;

use super::{Evidence, Tool, cargo_names, is_text, no_dialect, side, words};
use crate::import::adopt::AdoptSql;
use crate::import::checksum;
use crate::import::folder::{File, Source};
use crate::import::history::{History, Settings, Step};

pub(super) const TOOL: Tool = Tool {
    name: "refinery",
    fits,
    read,
    dialect: no_dialect,
    adopt,
};

/// `V1__name`: the letter, the version and the name.
fn parts(stem: &str) -> Option<(char, i32, &str)> {
    let letter = stem
        .chars()
        .next()
        .filter(|letter| ['V', 'U'].contains(letter))?;
    let (version, name) = stem.get(1..)?.split_once("__")?;
    (!name.is_empty()).then_some((letter, version.parse().ok()?, name))
}

fn stem(file: &File) -> Option<&str> {
    file.name()
        .strip_suffix(".sql")
        .or_else(|| file.name().strip_suffix(".rs"))
}

fn fits(source: &Source) -> Option<Evidence> {
    let any = source
        .files
        .iter()
        .filter_map(stem)
        .any(|stem| parts(stem).is_some());
    any.then(|| {
        if cargo_names(source, "refinery") {
            Evidence::Around
        } else {
            Evidence::Names
        }
    })
}

fn read(source: &Source, _: &Settings) -> History {
    let mut history = History::default();
    let mut order: Vec<(i32, Step)> = Vec::new();
    for file in &source.files {
        let Some(stem) = stem(file) else { continue };
        let shown = source.shown(&file.path);
        let Some((letter, version, name)) = parts(stem) else {
            if file.name().ends_with(".sql") {
                history.notes.push(format!(
                    "{shown} is no migration to refinery, and was left out"
                ));
            }
            continue;
        };
        if file.name().ends_with(".rs") {
            history.refuse(&shown, "it is Rust code, whose SQL isn't known");
            continue;
        }
        if !is_text(&mut history, source, file) {
            continue;
        }
        if letter == 'U' {
            history.notes.push(format!(
                "{shown} may have been applied out of order: a database in which it is missing below later ones is refused"
            ));
        }
        let name = name.to_owned();
        let sums = checksum::of_both(&file.forms(), |text| {
            checksum::refinery(&name, version, text)
        });
        order.push((
            version,
            Step {
                key: version.to_string(),
                message: words(&name),
                name: Some(name),
                sums,
                sources: vec![shown],
                up: side(source, file, Sent::InTransaction),
                ..Step::default()
            },
        ));
    }
    order.sort_by_key(|(version, _)| *version);
    history.steps = order.into_iter().map(|(_, step)| step).collect();
    history.refuse_twice();
    history
}

fn adopt(dialect: Dialect) -> Option<AdoptSql> {
    let record = match dialect {
        Dialect::Sqlite => {
            "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)\nVALUES (?1, ?2, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), ?3)"
        }
        _ => {
            "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)\nVALUES (?1, ?2, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), ?3)"
        }
    };
    Some(AdoptSql {
        table: "refinery_schema_history",
        create: "CREATE TABLE IF NOT EXISTS refinery_schema_history (\n    version INT4 PRIMARY KEY,\n    name VARCHAR(255),\n    applied_on VARCHAR(255),\n    checksum VARCHAR(255)\n);",
        applied: "SELECT version, 'applied', checksum FROM refinery_schema_history",
        record,
        unrecord: "DELETE FROM refinery_schema_history WHERE version = ?1",
    })
}
