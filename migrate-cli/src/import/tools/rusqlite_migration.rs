//! rusqlite_migration: folders `01-name` with `up.sql`, and perhaps `down.sql`; it counts in the file's header.

use migrate_chain::Dialect;
use migrate_schema::scratch::beside::Sent;

use super::{Evidence, Tool, is_text, side, words};
use crate::import::adopt::AdoptSql;
use crate::import::folder::{File, Source};
use crate::import::history::{History, Settings, Step};

pub(super) const TOOL: Tool = Tool {
    name: "rusqlite_migration",
    fits,
    read,
    dialect: |_| Some(Dialect::Sqlite),
    adopt,
};

fn parts(folder: &str) -> Option<(usize, &str)> {
    let (number, name) = folder.split_once('-')?;
    Some((number.parse().ok().filter(|number| *number > 0)?, name))
}

fn fits(source: &Source) -> Option<Evidence> {
    let folders = source.folders();
    let is_one =
        |(_, files): &&(&str, Vec<&File>)| files.iter().any(|file| file.name() == "up.sql");
    let mut numbers: Vec<usize> = Vec::new();
    for (folder, _) in folders.iter().filter(is_one) {
        numbers.push(parts(folder)?.0);
    }
    numbers.sort_unstable();
    let counts = numbers
        .iter()
        .enumerate()
        .all(|(at, &number)| number == at + 1);
    (counts && !numbers.is_empty()).then_some(Evidence::Files)
}

fn read(source: &Source, _: &Settings) -> History {
    let mut history = History::default();
    let mut order: Vec<(usize, Step)> = Vec::new();
    for (folder, files) in source.folders() {
        let shown = source.shown(folder);
        let find = |name: &str| {
            files
                .iter()
                .copied()
                .find(|file| file.path == format!("{folder}/{name}"))
        };
        let (Some((number, name)), Some(up)) = (parts(folder), find("up.sql")) else {
            history.refuse(&shown, "it is no folder `NUMBER-NAME` with an up.sql");
            continue;
        };
        let down = find("down.sql");
        if !(is_text(&mut history, source, up)
            && down.is_none_or(|down| is_text(&mut history, source, down)))
        {
            continue;
        }
        let mut step = Step {
            key: number.to_string(),
            message: words(name),
            sources: vec![source.shown(&up.path)],
            up: side(source, up, Sent::InTransaction),
            down: down.map(|down| side(source, down, Sent::InTransaction)),
            ..Step::default()
        };
        step.sources
            .extend(down.map(|down| source.shown(&down.path)));
        order.push((number, step));
    }
    order.sort_by_key(|(number, _)| *number);
    if let Some((at, (_, step))) = order
        .iter()
        .enumerate()
        .find(|(at, (number, _))| *number != at + 1)
    {
        let file = step.sources.first().cloned().unwrap_or_default();
        history.refuse(
            &file,
            format!(
                "the folders count from 1 without a gap, and this is the one at {}",
                at + 1
            ),
        );
    }
    history.steps = order.into_iter().map(|(_, step)| step).collect();
    history
}

fn adopt(dialect: Dialect) -> Option<AdoptSql> {
    (dialect == Dialect::Sqlite).then_some(AdoptSql {
        table: "none",
        create: "",
        applied: "SELECT user_version, 'upto' FROM pragma_user_version WHERE user_version > 0",
        record: "PRAGMA user_version = ?1",
        unrecord: "PRAGMA user_version = ?4",
    })
}
