//! Django: Python code, a folder `migrations` an app.

use migrate_chain::Dialect;

use super::{Evidence, Tool, no_dialect};
use crate::import::adopt::AdoptSql;
use crate::import::folder::{File, Source};
use crate::import::history::{History, Settings};

pub(super) const TOOL: Tool = Tool {
    name: "django",
    fits,
    read,
    dialect: no_dialect,
    adopt,
};

fn is_one(file: &File) -> bool {
    file.name().ends_with(".py")
        && file.name().starts_with(|c: char| c.is_ascii_digit())
        && file.text.contains("migrations.Migration")
}

/// The app: the folder above `migrations`.
fn app(source: &Source, file: &File) -> String {
    let folder = std::fs::canonicalize(&source.folder).unwrap_or_else(|_| source.folder.clone());
    let path = folder.join(&file.path);
    let app = path
        .parent()
        .and_then(|migrations| migrations.parent()?.file_name());
    app.map(|app| app.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn fits(source: &Source) -> Option<Evidence> {
    source.files.iter().any(is_one).then_some(Evidence::Files)
}

fn read(source: &Source, _: &Settings) -> History {
    let mut history = History::default();
    for file in source.files.iter().filter(|file| is_one(file)) {
        let key = format!(
            "{}.{}",
            app(source, file),
            file.name().trim_end_matches(".py")
        );
        super::code_only(
            &mut history,
            source,
            file,
            &key,
            "it is Python code, whose SQL isn't known before it runs",
        );
    }
    history
}

fn adopt(dialect: Dialect) -> Option<AdoptSql> {
    let record = match dialect {
        Dialect::Sqlite => {
            "INSERT INTO django_migrations (app, name, applied)\nVALUES (substr(?1, 1, instr(?1, '.') - 1), substr(?1, instr(?1, '.') + 1), CURRENT_TIMESTAMP)"
        }
        _ => {
            "INSERT INTO django_migrations (app, name, applied)\nVALUES (split_part(?1, '.', 1), substr(?1, strpos(?1, '.') + 1), now())"
        }
    };
    Some(AdoptSql {
        table: "django_migrations",
        create: "",
        applied: "SELECT app || '.' || name, 'applied' FROM django_migrations",
        record,
        unrecord: "DELETE FROM django_migrations WHERE app || '.' || name = ?1",
    })
}
