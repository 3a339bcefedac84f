use migrate_runtime::schema::{Schema, TableDef};

/// Tables behind those they refer to, as far as there is such an order; otherwise in that of the
/// list.
pub(super) fn tables(schema: &Schema) -> Vec<&'static TableDef> {
    let mut left: Vec<&'static TableDef> = schema.tables.iter().collect();
    let mut ordered: Vec<&'static TableDef> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let is_free = |table: &&TableDef| {
            table.foreign_keys.iter().all(|key| {
                key.references == table.name
                    || left.iter().all(|other| other.name != key.references)
            })
        };
        // In a cycle any can be the first.
        let next = left.iter().position(is_free).unwrap_or(0);
        ordered.push(left.remove(next));
    }
    ordered
}
