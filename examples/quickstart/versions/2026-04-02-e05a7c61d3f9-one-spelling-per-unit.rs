//! one spelling per unit
//!
//! revision: e05a7c61d3f9
//! down_revision: 92d8be03714f
//! created: 2026-04-02 16:33:48 UTC

use migrate_runtime::{Context, Error, Result};

/// People typed `Kilos`, `kgs` and `KG`. The known spellings are in a table that travels with the chain.
pub fn upgrade(db: &mut Context<'_>) -> Result<()> {
    db.execute_batch("CREATE TABLE unit (code TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL)")?;
    let csv = (db.assets().get_file("assets/units.csv"))
        .and_then(|file| file.contents_utf8())
        .ok_or("assets/units.csv is missing")?;
    for line in csv.lines().skip(1) {
        let [code, name, spellings] = fields(line)?;
        db.execute(
            "INSERT INTO unit (code, name) VALUES (?1, ?2)",
            &[code.into(), name.into()],
        )?;
        for spelling in spellings.split_whitespace().chain([code, name]) {
            db.execute(
                "UPDATE item SET unit = ?1 WHERE lower(trim(unit)) = ?2",
                &[code.into(), spelling.into()],
            )?;
        }
    }
    // A unit that nobody thought of stays, under the name that it was given.
    db.execute(
        "INSERT INTO unit (code, name) SELECT DISTINCT unit, unit FROM item WHERE unit NOT IN (SELECT code FROM unit)",
        &[],
    )?;
    Ok(())
}

fn fields(line: &str) -> Result<[&str; 3]> {
    let fields: Vec<&str> = line.split(',').collect();
    fields
        .try_into()
        .map_err(|_| Error::from(format!("assets/units.csv: not three fields: {line}")))
}

/// The units keep their one spelling: what people typed is gone.
pub fn downgrade(db: &mut Context<'_>) -> Result<()> {
    db.execute_batch("DROP TABLE unit")
}
