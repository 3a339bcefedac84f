//! A schema as the source of the structs that declare it: what `cargo migrate models --url` writes.
//!
//! ```
//! use migrate_chain::Dialect;
//! use migrate_schema::model::{Column, Schema, Table};
//! use migrate_schema::structs::{self, Crate};
//!
//! let mut schema = Schema::new(Dialect::Postgres);
//! let table = Table::new("users").with(Column::new("id", "uuid").not_null());
//! schema.add(table.with(Column::new("type", "text")).key(&["id"]));
//!
//! let written = structs::write(&schema, &[Crate::Uuid]);
//! assert!(written.text.contains("\
//! #[derive(Table)]
//! #[table(name = \"users\")]
//! pub struct Users {
//!     #[column(primary_key)]
//!     pub id: uuid::Uuid,
//!     pub r#type: Option<String>,
//! }"));
//! assert!(written.unsaid.is_empty());
//! ```
//!
//! The models compare equal with the schema. What models can't say is kept by autogenerate wherever a chain makes it, and
//! is listed ([`Unsaid`]); a table that would compare as another one is named as unmanaged instead.

mod constraint;
mod index;
mod literal;
mod names;
mod table;
mod types;
mod unsaid;

use std::collections::BTreeMap;

pub use types::Crate;
pub use unsaid::Unsaid;

use crate::model::{Enum, Schema, Table};
use crate::sql::mentions_relation;
use crate::sql::qualified::{of_type, split};
use literal::literal;
use names::Names;

/// What [`write()`] makes of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Structs {
    /// A module of Rust: a struct for each table, an enum for each enum type, and `SCHEMA`, the list of them.
    pub text: String,
    /// What models can't say, in the order of the schema.
    pub unsaid: Vec<Unsaid>,
}

/// Writes the models of a schema.
///
/// `crates`: those whose types fields may have; migrate-runtime needs the feature of that name. Without them a column of
/// such a type is a text in Rust.
pub fn write(schema: &Schema, crates: &[Crate]) -> Structs {
    let unmanaged = unsaid::unmanaged(schema);
    let modelled = |table: &&Table| !unmanaged.contains_key(&table.name);
    let tables: Vec<&Table> = schema.tables.values().filter(modelled).collect();
    let (used, unused): (Vec<&Enum>, Vec<&Enum>) =
        (schema.enums.values()).partition(|of| tables.iter().any(|table| has(table, of)));
    let used: Vec<&Enum> = used
        .into_iter()
        .filter(|of| unsaid::is_sayable(of))
        .collect();
    let mut names = Names::default();
    let structs: BTreeMap<&str, String> = (tables.iter())
        .map(|table| (table.name.as_str(), names.of_table(&table.name)))
        .collect();
    let enums: BTreeMap<&str, String> = (used.iter())
        .map(|of| (of.name.as_str(), names.of_enum(&of.name)))
        .collect();
    let context = Context {
        schema,
        crates,
        enums: &enums,
    };
    let mut text = head(!enums.is_empty());
    for of in &used {
        let name = enums.get(of.name.as_str()).map_or("", String::as_str);
        text.push_str(&enumeration(of, name));
    }
    for table in &tables {
        let name = structs.get(table.name.as_str()).map_or("", String::as_str);
        text.push_str(&table::write(&context, table, name));
    }
    // An enum that nothing has is dropped by the next revision, unless it is somebody else's. What is made beside models is
    // what they may use.
    let is_mentioned = |of: &&&Enum| {
        let mut beside = schema.opaque.iter().filter(|one| one.is_beside_tables());
        beside.any(|one| mentions_relation(&one.create, schema.dialect, &of.name))
    };
    let others = unused
        .iter()
        .filter(|of| !is_mentioned(of))
        .map(|of| &of.name);
    let others: Vec<&String> = unmanaged.keys().chain(others).collect();
    text.push_str(&list(structs.values().collect(), &others));
    let unsaid = unsaid::unsaid(schema, &unmanaged, &unused);
    text.push_str(&unsaid::comment(&unsaid));
    Structs { text, unsaid }
}

/// What is the same for every table.
struct Context<'a> {
    schema: &'a Schema,
    crates: &'a [Crate],
    /// The Rust name of each enum that is modelled, by the name of its type.
    enums: &'a BTreeMap<&'a str, String>,
}

fn head(has_enums: bool) -> String {
    let derive = if has_enums { "DbEnum, " } else { "" };
    format!(
        "//! The tables of the database, as structs.\n\nuse migrate_runtime::{{{derive}Schema, Table, schema}};\n"
    )
}

/// Whether a column has the enum's type, or is an array of it.
fn has(table: &Table, of: &Enum) -> bool {
    (table.columns.iter()).any(|column| of_type(&column.kind) == of.name)
}

fn enumeration(of: &Enum, name: &str) -> String {
    let (schema, bare) = split(&of.name);
    let mut options = vec![format!("name = {}", literal(&bare))];
    options.extend(schema.map(|schema| format!("schema = {}", literal(&schema))));
    let case = names::case_of_values(&of.values);
    options.extend(case.map(|case| format!("rename_all = {}", literal(case))));
    options.extend(
        of.comment
            .iter()
            .map(|text| format!("comment = {}", literal(text))),
    );
    let mut text = format!(
        "\n#[derive(DbEnum)]\n#[db_enum({})]\npub enum {name} {{\n",
        options.join(", ")
    );
    for (value, variant) in of.values.iter().zip(names::variants(&of.values)) {
        if case.is_none() && *value != variant {
            text.push_str(&format!("    #[db_enum(name = {})]\n", literal(value)));
        }
        text.push_str(&format!("    {variant},\n"));
    }
    text.push_str("}\n");
    text
}

/// `SCHEMA`.
fn list(mut structs: Vec<&String>, unmanaged: &[&String]) -> String {
    structs.sort();
    let mut text =
        "\n/// Every model of the database.\npub static SCHEMA: Schema = schema![\n".to_owned();
    for name in structs {
        text.push_str(&format!("    {name},\n"));
    }
    if !unmanaged.is_empty() {
        let names: Vec<String> = unmanaged.iter().map(|name| literal(name)).collect();
        if text.ends_with(",\n") {
            text.truncate(text.len() - 2);
            text.push('\n');
        }
        text.push_str(&format!("    ; unmanaged = [{}]\n", names.join(", ")));
    }
    text.push_str("];\n");
    text
}
