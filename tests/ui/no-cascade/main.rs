use migrate_runtime::{Migrations, embed_migrations};

pub static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);
static OTHER: &Migrations = &MIGRATIONS;

struct App {
    migrations: &'static Migrations,
}

fn start(migrations: &Migrations) -> migrate_runtime::Result<usize> {
    Ok(migrations.chain()?.len())
}

fn main() -> migrate_runtime::Result<()> {
    let app = App {
        migrations: &MIGRATIONS,
    };
    println!("{}", start(app.migrations)? + start(OTHER)? + start(&MIGRATIONS)?);
    Ok(())
}
