//! Revisions that do equal work for every contender, in the form in which each wants them.

use std::path::Path;
use std::{fs, io};

/// How a contender wants its files named and framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// A file with a header and two sections.
    Ours,
    /// `000001.up.sql`, `000001.down.sql`, and Rust files with a constant list.
    Slices,
    /// `V1__t1.sql`
    Refinery,
    /// `1_t1.up.sql`, `1_t1.down.sql`
    Sqlx,
    /// `000001_t1/up.sql`, `down.sql`
    Diesel,
    /// `000001-t1/up.sql`, `down.sql`
    Folders,
    /// The files of `Slices`, and a Rust file with a list that names them.
    SeaOrm,
    /// `history.toml`, and `migrations/000001_t1.sql`; there are no downgrades.
    Toasty,
}

/// True for a revision that changes data only, so that running it twice is not an error by itself.
fn is_data(n: usize) -> bool {
    n.is_multiple_of(5)
}

/// What revision `n` does; both databases understand it.
fn upgrade(n: usize) -> String {
    if is_data(n) {
        return "INSERT INTO t1 (id, name) SELECT max(id) + 1, 'another' FROM t1;\n".to_owned();
    }
    format!(
        "CREATE TABLE t{n} (id INTEGER PRIMARY KEY, name TEXT NOT NULL, amount INTEGER NOT NULL DEFAULT 0);\n\
         INSERT INTO t{n} (id, name) VALUES (1, 'one');\n"
    )
}

fn downgrade(n: usize) -> String {
    if is_data(n) {
        return "DELETE FROM t1 WHERE id = (SELECT max(id) FROM t1);\n".to_owned();
    }
    format!("DROP TABLE t{n};\n")
}

/// How many tables there are after `count` revisions, and rows in `t1`.
pub(crate) fn expected(count: usize) -> (i64, i64) {
    let data = (1..=count).filter(|n| is_data(*n)).count();
    ((count - data) as i64, 1 + data as i64)
}

/// Writes `count` revisions into the `migrations` folder of an app.
pub(crate) fn write(app: &Path, layout: Layout, count: usize) -> io::Result<()> {
    let folder = app.join("migrations");
    for n in 1..=count {
        let (up, down) = (upgrade(n), downgrade(n));
        match layout {
            Layout::Ours => {
                let below = match n {
                    1 => "none".to_owned(),
                    n => format!("{:012x}", n - 1),
                };
                let text = format!(
                    "-- create t{n}\n--\n-- revision: {n:012x}\n-- down_revision: {below}\n\n\
                     -- upgrade\n{up}\n-- downgrade\n{down}"
                );
                put(&folder.join(format!("{n:012x}-create-t{n}.sql")), &text)?;
            }
            Layout::Slices | Layout::SeaOrm => {
                put(&folder.join(format!("{n:06}.up.sql")), &up)?;
                put(&folder.join(format!("{n:06}.down.sql")), &down)?;
            }
            Layout::Refinery => put(&folder.join(format!("V{n}__t{n}.sql")), &up)?,
            Layout::Sqlx => {
                put(&folder.join(format!("{n}_t{n}.up.sql")), &up)?;
                put(&folder.join(format!("{n}_t{n}.down.sql")), &down)?;
            }
            Layout::Diesel | Layout::Folders => {
                let mark = if layout == Layout::Diesel { '_' } else { '-' };
                let folder = folder.join(format!("{n:06}{mark}t{n}"));
                put(&folder.join("up.sql"), &up)?;
                put(&folder.join("down.sql"), &down)?;
            }
            Layout::Toasty => {
                let text = up
                    .trim_end()
                    .replace(";\n", ";\n-- #[toasty::breakpoint]\n");
                put(&folder.join(format!("migrations/{n:06}_t{n}.sql")), &text)?;
            }
        }
    }
    let script = |n, direction| format!("include_str!(\"migrations/{n:06}.{direction}.sql\")");
    match layout {
        Layout::Slices => {
            let each = |n| format!("    {},\n", script(n, "up"));
            let scripts: String = (1..=count).map(each).collect();
            let text = format!("pub static SCRIPTS: &[&str] = &[\n{scripts}];\n");
            put(&app.join("migrations.rs"), &text)?;
            let each = |n| {
                format!(
                    "    M::up({}).down({}),\n",
                    script(n, "up"),
                    script(n, "down")
                )
            };
            let steps: String = (1..=count).map(each).collect();
            put(&app.join("steps.rs"), &format!("&[\n{steps}]\n"))
        }
        Layout::SeaOrm => {
            let each = |n| {
                let (up, down) = (script(n, "up"), script(n, "down"));
                format!("    Step {{ name: \"m{n:06}_t{n}\", up: {up}, down: {down} }},\n")
            };
            let steps: String = (1..=count).map(each).collect();
            put(&app.join("steps.rs"), &format!("&[\n{steps}]\n"))
        }
        Layout::Toasty => {
            let each = |n| {
                format!(
                    "\n[[migrations]]\nid = {n}\nname = \"{n:06}_t{n}.sql\"\nsnapshot_name = \"{n:06}.toml\"\n"
                )
            };
            let entries: String = (1..=count).map(each).collect();
            put(
                &folder.join("history.toml"),
                &format!("version = 1\n{entries}"),
            )
        }
        _ => Ok(()),
    }
}

/// Writes a file unless it is there already: a newer one would be built again.
pub(crate) fn put(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}
