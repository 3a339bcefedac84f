use std::collections::HashMap;
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
    let pairs =
        dotenvy::from_path_iter(&path).map_err(|_| Error::failed(format!("can't read {shown}")))?;
    let mut variables = HashMap::new();
    for pair in pairs {
        // The parser's own text repeats the line, which may be a password.
        let (name, value) = pair.map_err(|_| {
            Error::failed(format!("{shown} has a line that is not understood"))
                .help("a line is NAME=value; a value with spaces or `#` stands in quotes")
        })?;
        variables.insert(name, value.into());
    }
    Ok(variables)
}
