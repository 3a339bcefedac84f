use std::collections::{HashMap, HashSet};

use migrate_chain::did_you_mean;
use proc_macro2::{Ident, Span};
use syn::{Data, Fields};

use super::ast::{Column, Model};
use super::constraint::{Args, Field, Key, Kind, plain};
use super::expand::constraint_name;
use crate::attribute::errors::Errors;
use crate::attribute::options::check_name;

/// All rules that a model alone can break; those between models are checked where all are known.
pub(crate) fn check(model: &Model<'_>, errors: &mut Errors) {
    shape(model, errors);
    table_names(model, errors);
    column_names(model, errors);
    skipped_fields(model, errors);
    one_primary_key(model, errors);
    numbered_columns(model, errors);
    generated_columns(model, errors);
    loose_options(model, errors);
    named_fields(model, errors);
    complete_constraints(model, errors);
    distinct_constraints(model, errors);
}

/// A table is a struct with named fields, at least one of which is a column, and no parameters.
fn shape(model: &Model<'_>, errors: &mut Errors) {
    let input = model.input;
    let fields = match &input.data {
        Data::Struct(data) => Some(&data.fields),
        _ => None,
    };
    if !matches!(fields, Some(Fields::Named(_))) {
        let message = "`Table` is derived for a struct with named fields: each is a column";
        errors.at(input.ident.span(), message);
    } else if model.columns.is_empty() {
        errors.at(input.ident.span(), "a table has at least one column");
    }
    if !input.generics.params.is_empty() {
        let message = "`Table` can't be derived for a generic struct: one type is one table";
        errors.add(syn::Error::new_spanned(&input.generics, message));
    }
}

/// Names fit both databases, and a hint is no name that is still in use.
fn table_names(model: &Model<'_>, errors: &mut Errors) {
    let at = match &model.attr.name {
        Some(name) => name.span(),
        None => model.input.ident.span(),
    };
    if let Err(why) = check_name(&model.table) {
        errors.at(at, why);
    }
    if model.table.to_lowercase().starts_with("sqlite_") {
        errors.at(at, "SQLite keeps names that begin with `sqlite_` to itself");
    }
    if let Some(old) = &model.attr.renamed_from
        && old.value() == model.table
    {
        errors.at(old.span(), "that is the table's name now");
    }
}

/// A column's name is its own, and so is the name it had.
fn column_names(model: &Model<'_>, errors: &mut Errors) {
    // SQLite knows no case in names.
    let mut names: HashMap<String, String> = HashMap::new();
    for column in &model.columns {
        if let Err(why) = check_name(&column.name) {
            errors.at(column.name_span(), why);
        }
        let field = plain(column.field);
        if let Some(other) = names.insert(column.name.to_lowercase(), field) {
            let message = format!("column `{}` is that of field `{other}` too", column.name);
            errors.at(column.name_span(), message);
        }
    }
    let mut hints: HashMap<String, &Column<'_>> = HashMap::new();
    for column in &model.columns {
        let Some(old) = &column.attr.renamed_from else {
            continue;
        };
        let text = old.value();
        if text == column.name {
            errors.at(old.span(), "that is the column's name now");
        } else if let Some(other) = model.columns.iter().find(|other| other.name == text) {
            let field = plain(other.field);
            let message = format!("`{text}` is still a column, of field `{field}`");
            errors.at(old.span(), message);
        } else if let Some(other) = hints.insert(text.clone(), column) {
            let message = format!("`{text}` became column `{}` already", other.name);
            errors.at(old.span(), message);
        }
    }
}

/// A field that is no column says nothing else.
fn skipped_fields(model: &Model<'_>, errors: &mut Errors) {
    for column in &model.skipped {
        if let Some(other) = column.attr.given.iter().find(|key| *key != "skip") {
            let message = format!("`{other}` has no meaning beside `skip`: the field is no column");
            errors.at(other.span(), message);
        }
    }
}

/// There is one primary key, of columns that can't be NULL.
fn one_primary_key(model: &Model<'_>, errors: &mut Errors) {
    let mut tables = (model.attr.constraints.iter()).filter(|args| args.kind == Kind::PrimaryKey);
    let whole = tables.next();
    for column in &model.columns {
        let Some(flag) = &column.attr.primary_key else {
            continue;
        };
        if whole.is_some() {
            let message = "the primary key is given twice: here and at the struct\n  = help: `#[table(primary_key(a, b))]` names all of its columns, in their order";
            errors.at(flag.span(), message);
        }
        not_null(column, flag.span(), errors);
    }
    for field in whole.iter().flat_map(|args| args.fields()) {
        if let Some(column) = model.column(&field.ident) {
            not_null(column, field.ident.span(), errors);
        }
    }
    if let Some(flag) = &model.attr.without_rowid
        && model.primary_key().is_empty()
        && errors.is_empty()
    {
        errors.at(flag.span(), "a table WITHOUT ROWID needs a primary key");
    }
}

/// SQLite lets a primary key that isn't the rowid be NULL: `nullable` says so on purpose.
fn not_null(column: &Column<'_>, at: Span, errors: &mut Errors) {
    if column.attr.nullable.is_none() && column.is_option() {
        let message = format!("`{}` can be NULL: a primary key can't", plain(column.field));
        errors.at(at, message);
    }
}

/// A column that the database numbers is given no other value; SQLite numbers the primary key only.
fn numbered_columns(model: &Model<'_>, errors: &mut Errors) {
    let key = model.primary_key();
    for column in &model.columns {
        let attr = &column.attr;
        if let Some(flag) = &attr.auto_increment {
            if key != [column.name.clone()] {
                let message = "`auto_increment` needs the column to be the whole primary key";
                errors.at(flag.span(), message);
            } else if let Some(without) = &model.attr.without_rowid {
                let message =
                    "a table WITHOUT ROWID has no number to increment: `auto_increment` is given";
                errors.at(without.span(), message);
            }
        }
        let numbered =
            (attr.auto_increment.as_ref()).or(attr.identity.as_ref().map(|(key, _)| key));
        if let Some(flag) = numbered {
            for other in [&attr.default, &attr.generated].into_iter().flatten() {
                let message = format!("`{flag}` and `{}` exclude each other", other.key);
                errors.at(other.key.span(), message);
            }
        }
        if let Some((key, true)) = &attr.nullable
            && let Some(flag) = &attr.identity
        {
            let message = format!("`{}` and `nullable` exclude each other", flag.0);
            errors.at(key.span(), message);
        }
    }
}

/// A generated column has no default, and is stored or not.
fn generated_columns(model: &Model<'_>, errors: &mut Errors) {
    for column in &model.columns {
        let attr = &column.attr;
        let kinds = [&attr.stored, &attr.virtual_];
        if attr.generated.is_none() {
            for flag in kinds.into_iter().flatten() {
                let message = format!("`{flag}` belongs to `generated = \"..\"`, which is missing");
                errors.at(flag.span(), message);
            }
            continue;
        }
        if let [Some(_), Some(flag)] = kinds {
            errors.at(flag.span(), "`stored` and `virtual` exclude each other");
        }
        if let Some(default) = &attr.default {
            let message = "a generated column has no default";
            errors.at(default.key.span(), message);
        }
        if let Some(flag) = &attr.primary_key {
            errors.at(flag.span(), "a generated column is no primary key");
        }
    }
}

/// What a foreign key does is said where there is one.
fn loose_options(model: &Model<'_>, errors: &mut Errors) {
    for column in &model.columns {
        let attr = &column.attr;
        if let Some(reference) = &attr.references {
            let one = reference.columns.len() == 1;
            if !one {
                let message = "a field refers to one column\n  = help: for several, write `#[table(foreign_key(columns(a, b), references = \"t(a, b)\"))]`";
                errors.at(reference.literal.span(), message);
            }
            continue;
        }
        let keys = [
            attr.on_delete.as_ref().map(|(key, _)| key),
            attr.on_update.as_ref().map(|(key, _)| key),
            attr.deferrable.as_ref().map(|(key, _)| key),
        ];
        for key in keys.into_iter().flatten() {
            let message =
                format!("`{key}` belongs to `references = \"table.column\"`, which is missing");
            errors.at(key.span(), message);
        }
    }
}

/// What a constraint is made of are fields that are columns, each once.
fn named_fields(model: &Model<'_>, errors: &mut Errors) {
    for args in &model.attr.constraints {
        let fields: Vec<&Field> = args.fields().collect();
        for (at, field) in fields.iter().enumerate() {
            known_field(model, &field.ident, errors);
            let twice = args.kind != Kind::Index
                && fields[..at].iter().any(|other| other.ident == field.ident);
            if twice {
                let message = format!("`{}` is named twice", field.ident);
                errors.at(field.ident.span(), message);
            }
        }
        for ident in &args.include {
            known_field(model, ident, errors);
        }
    }
}

fn known_field(model: &Model<'_>, ident: &Ident, errors: &mut Errors) {
    if model.column(ident).is_some() || model.columns.is_empty() {
        return;
    }
    let name = plain(ident);
    let is_skipped = (model.skipped.iter()).any(|column| plain(column.field) == name);
    let message = if is_skipped {
        format!("field `{name}` is no column: it is skipped")
    } else if let Some(column) = model.columns.iter().find(|column| column.name == name) {
        format!(
            "`{name}` is a column's name: write that of its field, `{}`",
            plain(column.field)
        )
    } else {
        let fields: Vec<String> = model.columns.iter().map(|c| plain(c.field)).collect();
        let meant = did_you_mean(&name, fields.iter().map(String::as_str));
        let hint = meant.map_or(String::new(), |meant| format!("\n  = help: {meant}"));
        format!("no field `{name}`{hint}")
    };
    errors.at(ident.span(), message);
}

/// A constraint has its parts.
fn complete_constraints(model: &Model<'_>, errors: &mut Errors) {
    let mut whole = None;
    for args in &model.attr.constraints {
        let at = args.at.span();
        let example = args.kind.example();
        if args.is_broken {
            continue;
        }
        match args.kind {
            Kind::PrimaryKey if whole.replace(at).is_some() => {
                errors.at(at, "the primary key is given twice");
            }
            Kind::Check if args.expressions().next().is_none() => {
                errors.at(at, format!("`expr` is missing: write `{example}`"));
            }
            Kind::Check if args.name.is_none() => {
                let message = format!("a check of the table needs a name: write `{example}`");
                errors.at(at, message);
            }
            Kind::Check => {}
            _ if args.keys.is_empty() => {
                errors.at(at, format!("no column is named: write `{example}`"));
            }
            Kind::Index if args.expressions().next().is_some() && args.name.is_none() => {
                let message = "an index of an expression needs a name: add `name = \"ix_..\"`";
                errors.at(at, message);
            }
            Kind::ForeignKey => complete_foreign_key(args, errors),
            _ => {}
        }
    }
}

fn complete_foreign_key(args: &Args, errors: &mut Errors) {
    let Some(reference) = &args.references else {
        let message = format!("`references` is missing: write `{}`", args.kind.example());
        errors.at(args.at.span(), message);
        return;
    };
    let (here, there) = (args.fields().count(), reference.columns.len());
    if here != there {
        let columns = if here == 1 { "column" } else { "columns" };
        let message = format!("{here} {columns} can't refer to {there}");
        errors.at(reference.literal.span(), message);
    }
}

/// No two constraints of a table have one name, and no two of its indexes, which keys have too: one of them could never be
/// dropped.
fn distinct_constraints(model: &Model<'_>, errors: &mut Errors) {
    let (mut constraints, mut indexes) = (HashSet::new(), HashSet::new());
    let mut add = |kind: Kind, name: String, at: Span, errors: &mut Errors| {
        let is_index = matches!(kind, Kind::PrimaryKey | Kind::Unique | Kind::Index);
        let known = kind != Kind::Index && !constraints.insert(name.clone());
        if is_index && !indexes.insert(name.clone()) || known {
            let message = format!(
                "there are two constraints or indexes named `{name}`\n  = help: remove one, or give it another `name = \"..\"`"
            );
            errors.at(at, message);
        }
    };
    for args in model.attr.constraints.iter().filter(|args| !args.is_broken) {
        if args.keys.iter().all(|key| match key {
            Key::Field(field) => model.column(&field.ident).is_some(),
            Key::Expression(_) => args.name.is_some(),
        }) {
            let at = args
                .name
                .as_ref()
                .map_or(args.at.span(), |name| name.span());
            add(args.kind, constraint_name(model, args), at, errors);
        }
    }
    for column in &model.columns {
        for (kind, name, key) in column.constraints(&model.table) {
            add(kind, name, key.span(), errors);
        }
    }
}
