//! The same revisions for every contender, in the form in which each wants them.

use std::fmt::Write as _;
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
            Layout::Slices => {
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
        }
    }
    if layout == Layout::Slices {
        let mut text = "pub static SCRIPTS: &[&str] = &[\n".to_owned();
        let mut steps = "&[\n".to_owned();
        for n in 1..=count {
            let script = |direction| format!("include_str!(\"migrations/{n:06}.{direction}.sql\")");
            let (up, down) = (script("up"), script("down"));
            let _ = writeln!(text, "    {up},");
            let _ = writeln!(steps, "    M::up({up}).down({down}),");
        }
        text.push_str("];\n");
        steps.push_str("]\n");
        put(&app.join("migrations.rs"), &text)?;
        put(&app.join("steps.rs"), &steps)?;
    }
    Ok(())
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
