//! What introspection makes of each feature, on each database.

mod postgres;
mod sqlite;

use migrate_schema::model::Table;

/// A column in one line: name, type and everything that is not usual.
fn columns(table: &Table) -> Vec<String> {
    let lines = table.columns.iter().map(|column| {
        let mut line = format!("{} {}", column.name, column.kind);
        if !column.nullable {
            line.push_str(" NOT NULL");
        }
        let clauses = [
            ("ON CONFLICT", &column.not_null_on_conflict),
            ("DEFAULT", &column.default),
            ("COLLATE", &column.collation),
            ("SEQUENCE", &column.sequence),
            ("COMMENT", &column.comment),
        ];
        for (clause, text) in clauses {
            if let Some(text) = text {
                line.push_str(&format!(" {clause} {text}"));
            }
        }
        if let Some(generated) = &column.generated {
            let how = if generated.stored {
                "STORED"
            } else {
                "VIRTUAL"
            };
            line.push_str(&format!(" AS ({}) {how}", generated.expression));
        }
        if let Some(numbering) = column.numbering {
            line.push_str(&format!(" {numbering:?}"));
        }
        line
    });
    lines.collect()
}
