//! The same revisions for every contender, in the form in which each wants them.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

/// How a contender wants its files named and framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// A file with a header and two sections.
    Ours,
    /// `000001.up.sql`, `000001.down.sql`, and a Rust file with a constant for each list.
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

/// What revision `n` does; both databases understand it.
fn upgrade(n: usize) -> String {
    format!(
        "CREATE TABLE t{n} (id INTEGER PRIMARY KEY, name TEXT NOT NULL, amount INTEGER NOT NULL DEFAULT 0);\n\
         INSERT INTO t{n} (id, name) VALUES (1, 'one');\n"
    )
}

fn downgrade(n: usize) -> String {
    format!("DROP TABLE t{n};\n")
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
        let mut text = String::new();
        for (name, direction) in [("SCRIPTS", "up"), ("DOWN_SCRIPTS", "down")] {
            let _ = writeln!(text, "#[allow(dead_code)]\npub static {name}: &[&str] = &[");
            for n in 1..=count {
                let _ = writeln!(
                    text,
                    "    include_str!(\"migrations/{n:06}.{direction}.sql\"),"
                );
            }
            text.push_str("];\n");
        }
        put(&app.join("migrations.rs"), &text)?;
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
