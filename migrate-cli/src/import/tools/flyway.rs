//! Flyway: `V1_1__name.sql`, `U1_1__name.sql` against it, and `B1_1__name.sql` in place of all before.

use std::cmp::Ordering;

use migrate_chain::Dialect;
use migrate_schema::scratch::beside::Sent;

use super::{Evidence, Tool, cargo_names, is_text, no_dialect, side};
use crate::import::adopt::AdoptSql;
use crate::import::checksum;
use crate::import::folder::{File, Source};
use crate::import::history::{History, Settings, Side, Step};

pub(super) const TOOL: Tool = Tool {
    name: "flyway",
    fits,
    read,
    dialect: no_dialect,
    adopt,
};

/// `V1_1__name`: the letter, the version as Flyway records it, and the description.
fn parts(stem: &str) -> Option<(char, String, String)> {
    let letter = stem
        .chars()
        .next()
        .filter(|letter| ['V', 'U', 'B'].contains(letter))?;
    let (version, name) = stem.get(1..)?.split_once("__")?;
    let version = version.replace('_', ".");
    let is_version = !version.is_empty()
        && version
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    is_version.then(|| (letter, version, name.replace('_', " ")))
}

/// By the numbers between the dots.
fn by_parts(one: &str, other: &str) -> Ordering {
    let parts = |version: &str| -> Vec<u64> {
        let mut parts: Vec<u64> = version
            .split('.')
            .map(|part| part.parse().unwrap_or(u64::MAX))
            .collect();
        while parts.last() == Some(&0) {
            parts.pop();
        }
        parts
    };
    parts(one).cmp(&parts(other))
}

fn fits(source: &Source) -> Option<Evidence> {
    let stems = || {
        source
            .files
            .iter()
            .filter_map(|file| file.name().strip_suffix(".sql"))
    };
    if !stems().any(|stem| parts(stem).is_some()) {
        return None;
    }
    // refinery has neither parts of a version, nor the letters B and R.
    let is_own = |stem: &str| {
        stem.starts_with("R__")
            || parts(stem)
                .is_some_and(|(letter, version, _)| letter == 'B' || version.contains('.'))
    };
    let marks = [
        "flyway.conf",
        "flyway.toml",
        "pom.xml",
        "build.gradle",
        "build.gradle.kts",
    ];
    let folder = source.folder.to_string_lossy().replace('\\', "/");
    Some(if stems().any(is_own) {
        Evidence::Files
    } else if (source.above(&marks).is_some() || folder.contains("db/migration"))
        && !cargo_names(source, "refinery")
    {
        Evidence::Around
    } else {
        Evidence::Names
    })
}

fn read(source: &Source, settings: &Settings) -> History {
    let mut history = History::default();
    let mut downs: Vec<(String, &File)> = Vec::new();
    let mut baselines: Vec<(String, Step)> = Vec::new();
    let mut order: Vec<(String, Step)> = Vec::new();
    for file in &source.files {
        let shown = source.shown(&file.path);
        let name = file.name();
        let is_code = name.ends_with(".java") || name.ends_with(".kt");
        let Some(stem) = name.strip_suffix(".sql").or_else(|| {
            name.rsplit_once('.')
                .filter(|_| is_code)
                .map(|(stem, _)| stem)
        }) else {
            continue;
        };
        let Some((letter, version, description)) = parts(stem) else {
            if stem.starts_with("R__") {
                history.refuse(
                    &shown,
                    "it is repeatable: it runs again whenever it is edited, which no revision does",
                );
            } else if !is_code {
                history.notes.push(format!(
                    "{shown} is no versioned migration to Flyway, and was left out"
                ));
            }
            continue;
        };
        if is_code {
            history.refuse(&shown, "it is Java code, whose SQL isn't known");
            continue;
        }
        if !is_text(&mut history, source, file) {
            continue;
        }
        if letter == 'U' {
            downs.push((version, file));
            continue;
        }
        let up = match one(source, file, settings) {
            Ok(up) => up,
            Err(reason) => {
                history.refuse(&shown, reason);
                continue;
            }
        };
        let step = Step {
            key: version.clone(),
            message: description.clone(),
            name: Some(description),
            sums: vec![checksum::flyway(&file.text)],
            sources: vec![shown],
            up,
            ..Step::default()
        };
        if letter == 'B' {
            baselines.push((version, step));
        } else {
            order.push((version, step));
        }
    }
    order.sort_by(|(one, _), (other, _)| by_parts(one, other));
    for (version, file) in downs {
        let shown = source.shown(&file.path);
        let Some((_, step)) = order
            .iter_mut()
            .find(|(own, _)| by_parts(own, &version) == Ordering::Equal)
        else {
            history.refuse(&shown, "there is no V script of this version");
            continue;
        };
        match one(source, file, settings) {
            Ok(down) => {
                step.sources.push(shown);
                step.down = Some(down);
            }
            Err(reason) => history.refuse(&shown, reason),
        }
    }
    history.steps = order.into_iter().map(|(_, step)| step).collect();
    baselines.sort_by(|(one, _), (other, _)| by_parts(one, other));
    if let Some((version, step)) = baselines.pop() {
        stand_for(&mut history, &version, step);
    }
    history.refuse_twice();
    history
}

/// A new database starts from the newest baseline script; what lies below it only old ones have run.
fn stand_for(history: &mut History, version: &str, mut step: Step) {
    let (below, above): (Vec<Step>, Vec<Step>) = std::mem::take(&mut history.steps)
        .into_iter()
        .partition(|one| by_parts(&one.key, version) != Ordering::Greater);
    step.stands_for = below
        .iter()
        .map(|one| one.key.clone())
        .filter(|key| *key != step.key)
        .collect();
    history.notes.extend(below.iter().map(|one| {
        let file = one.sources.first().map_or("", String::as_str);
        format!("{file} lies below the baseline {version}, whose revision stands for it")
    }));
    // A database that has run the script of that version has another checksum than one that began here.
    step.sums.extend(
        below
            .iter()
            .filter(|one| one.key == step.key)
            .flat_map(|one| one.sums.clone()),
    );
    history.steps.push(step);
    history.steps.extend(above);
}

fn one(source: &Source, file: &File, settings: &Settings) -> Result<Side, String> {
    let mut one = side(source, file, Sent::InTransaction);
    one.text = filled(&file.text, settings, &mut one.changes)?;
    let conf = source.file(&format!("{}.conf", file.path));
    let is_outside = conf.is_some_and(|conf| {
        conf.text.lines().any(|line| {
            line.replace(' ', "")
                .eq_ignore_ascii_case("executeInTransaction=false")
        })
    });
    Ok(if is_outside {
        one.outside(Sent::ByStatement)
    } else {
        one
    })
}

/// The text with values in place of `${name}`.
fn filled(text: &str, settings: &Settings, changes: &mut Vec<String>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        let Some(value) = settings.placeholders.get(name) else {
            return Err(format!(
                "`${{{name}}}` is a placeholder: give its value with `--set {name}=VALUE`"
            ));
        };
        changes.push(format!("`${{{name}}}` became `{value}`"));
        out.push_str(before);
        out.push_str(value);
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

fn adopt(_: Dialect) -> Option<AdoptSql> {
    Some(AdoptSql {
        table: "flyway_schema_history",
        create: "CREATE TABLE IF NOT EXISTS flyway_schema_history (\n    installed_rank INT NOT NULL PRIMARY KEY,\n    version VARCHAR(50),\n    description VARCHAR(200) NOT NULL,\n    type VARCHAR(20) NOT NULL,\n    script VARCHAR(1000) NOT NULL,\n    checksum INTEGER,\n    installed_by VARCHAR(100) NOT NULL,\n    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,\n    execution_time INTEGER NOT NULL,\n    success BOOLEAN NOT NULL\n);\nCREATE INDEX IF NOT EXISTS flyway_schema_history_s_idx ON flyway_schema_history (success);",
        applied: "SELECT version,\n    CASE WHEN NOT success THEN 'failed' WHEN type LIKE '%BASELINE' THEN 'upto'\n        WHEN type LIKE 'UNDO%' OR type = 'DELETE' THEN 'undone' ELSE 'applied' END,\n    CASE WHEN type = 'SQL' THEN checksum END\nFROM flyway_schema_history AS latest\nWHERE version IS NOT NULL\n    AND installed_rank = (SELECT max(installed_rank) FROM flyway_schema_history WHERE version = latest.version)",
        record: "INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)\nSELECT coalesce(max(installed_rank), 0) + 1, ?1, ?2, 'SQL', 'V' || replace(?1, '.', '_') || '__' || replace(?2, ' ', '_') || '.sql', CAST(?3 AS integer), 'migrate', 0, TRUE\nFROM flyway_schema_history",
        unrecord: "DELETE FROM flyway_schema_history WHERE version = ?1",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_between_dots() {
        assert_eq!(by_parts("1.10", "1.9"), Ordering::Greater);
        assert_eq!(by_parts("1.0", "1"), Ordering::Equal);
        assert_eq!(
            parts("V1_1__add_users"),
            Some(('V', "1.1".to_owned(), "add users".to_owned()))
        );
        assert_eq!(parts("R__view"), None);
        assert_eq!(parts("V1__"), Some(('V', "1".to_owned(), String::new())));
    }
}
