//! What the tools leave behind, as scripts that the tests of the workspace load, who have none of the tools.

use std::env;
use std::fs;
use std::path::Path;

use crate::Result;
use crate::database::{Database, Kind, Scratch};
use crate::tool::{Release, Tool};

/// Compares the committed scripts with what the tool does today; with `UPDATE_EXPECT` set, writes them.
pub(crate) fn compare(scratch: &Scratch, tool: &'static Tool, kind: Kind) -> Result {
    let write = |state: &str, script: &str| -> Result {
        let name = format!("{}/{state}.{}.sql", tool.name, kind.name());
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures")
            .join(&name);
        if env::var_os("UPDATE_EXPECT").is_some() {
            fs::create_dir_all(path.parent().unwrap_or(&path))?;
            fs::write(&path, script)?;
        } else if fs::read_to_string(&path).unwrap_or_default() != script {
            let help = "`UPDATE_EXPECT=1 cargo xtask adopt` writes it";
            return Err(format!(
                "fixtures/{name} isn't what the tool leaves today; {help}:\n{script}"
            )
            .into());
        }
        Ok(())
    };

    let applied = left_by(scratch, &Release::new(scratch, tool, 3)?, kind)?;
    write(
        "app",
        &applied.dump_without(tool.table.unwrap_or_default())?,
    )?;
    write("applied", &history(tool, &applied)?)?;
    let ahead = left_by(scratch, &Release::new(scratch, tool, 4)?, kind)?;
    write("ahead", &history(tool, &ahead)?)?;
    if tool.makes_holes() {
        let hole = left_by(scratch, &Release::of(scratch, tool, &[1, 3])?, kind)?;
        write("hole", &history(tool, &hole)?)?;
    }
    if tool.has_checksums() {
        let windows = Release::new(scratch, tool, 3)?;
        windows.each_file(|text| text.replace('\n', "\r\n"))?;
        write("crlf", &history(tool, &left_by(scratch, &windows, kind)?)?)?;
        let edited = Release::new(scratch, tool, 3)?;
        edited.each_file(|text| text.replace("Amazing", "Astounding"))?;
        write("edited", &history(tool, &left_by(scratch, &edited, kind)?)?)?;
    }
    Ok(())
}

/// A database that the release has migrated.
fn left_by(scratch: &Scratch, release: &Release, kind: Kind) -> Result<Database> {
    let database = scratch.database(kind)?;
    release.start(&database)?;
    Ok(database)
}

/// The script of the tool's history, whenever it was made.
fn history(tool: &Tool, database: &Database) -> Result<String> {
    for statement in tool.timeless {
        database.run(statement)?;
    }
    match tool.table {
        Some(table) => database.dump_table(table),
        None => Ok(format!(
            "PRAGMA user_version = {};\n",
            database.rows("PRAGMA user_version")?.concat()
        )),
    }
}
