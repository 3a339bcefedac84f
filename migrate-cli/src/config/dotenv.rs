use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::Secret;
use super::search::{self, Found};
use crate::error::{Error, Result};

/// The variables of the nearest `.env`, which count where the environment has none of that name. A
/// program that only migrates when it starts never reads it.
pub(super) fn read(start: &Path) -> Result<HashMap<String, Secret>> {
    let Found::File(path) = search::upwards(start, ".env") else {
        return Ok(HashMap::new());
    };
    let shown = path.display().to_string();
    let text = fs::read_to_string(&path)
        .map_err(|error| Error::failed(format!("can't read {shown}: {error}")))?;
    let mut variables = HashMap::new();
    for pair in dotenvy::from_read_iter(text.as_bytes()) {
        let (name, value) = pair.map_err(|error| {
            // The parser's own text repeats the line, which may be a password.
            Error::at_line(
                &shown,
                line_of(&text, &error),
                "a line that is not understood",
            )
            .help("a line is NAME=value; a value with spaces or `#` stands in quotes")
        })?;
        variables.insert(name, value.into());
    }
    Ok(variables)
}

/// From 1; 0 where it isn't known.
fn line_of(text: &str, error: &dotenvy::Error) -> usize {
    let dotenvy::Error::LineParse(line, _) = error else {
        return 0;
    };
    let mut lines = text.lines();
    let at = lines.position(|one| !line.is_empty() && one.contains(line.as_str()));
    at.map_or(0, |at| at + 1)
}
