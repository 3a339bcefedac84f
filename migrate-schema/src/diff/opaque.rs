use std::collections::BTreeMap;

use crate::model::{Opaque, Schema};

/// Views, triggers, policies and whatever else is kept as it stands that is on one side only, or differs,
/// in words.
pub fn opaque(made: &Schema, found: &Schema) -> Vec<String> {
    let all = |schema: &Schema| -> BTreeMap<String, String> {
        let of_tables = schema.tables.values().flat_map(|table| {
            let on = move |opaque: &Opaque| {
                (
                    format!("{} {} on {}", opaque.kind, opaque.name, table.name),
                    opaque.create.clone(),
                )
            };
            table.opaque.iter().map(on)
        });
        let own = schema.opaque.iter().map(|opaque| {
            (
                format!("{} {}", opaque.kind, opaque.name),
                opaque.create.clone(),
            )
        });
        of_tables.chain(own).collect()
    };
    let extensions = |schema: &Schema| {
        let all = schema.extensions.iter();
        all.map(|name| (format!("extension {name}"), String::new()))
            .collect::<Vec<_>>()
    };
    let (extensions_made, extensions_found) = (extensions(made), extensions(found));
    let (mut made, mut found) = (all(made), all(found));
    made.extend(extensions_made);
    found.extend(extensions_found);
    let mut differences = Vec::new();
    for (name, create) in &found {
        match made.get(name) {
            None => differences.push(format!("create {name}")),
            Some(made) if made != create => differences.push(format!("change {name}")),
            Some(_) => {}
        }
    }
    differences.extend(
        made.keys()
            .filter(|name| !found.contains_key(*name))
            .map(|name| format!("drop {name}")),
    );
    differences
}
