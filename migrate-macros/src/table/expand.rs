use migrate_chain::{Constraint, Dialect};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::DeriveInput;
use syn::spanned::Spanned;

use super::ast::{Column, Model};
use super::attr::ColumnAttr;
use super::constraint::{Args, Field, Key, Kind, names, plain};
use super::valid;
use crate::attribute::errors::Errors;
use crate::attribute::options::option;

/// `#[derive(Table)]`: an implementation of the trait, of a table without columns if the model is
/// wrong.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let model = Model::read(&input, &mut errors);
    valid::check(&model, &mut errors);
    let table = if errors.is_empty() {
        table(&model)
    } else {
        empty(&model)
    };
    let errors = errors.into_compile_errors();
    let krate = &model.attr.krate;
    let ident = &input.ident;
    let fields = (model.columns.iter().chain(&model.skipped)).map(|column| column.field);
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    quote! {
        #errors

        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics #krate::schema::Table for #ident #type_generics #where_clause {
            const TABLE: #krate::schema::TableDef = #table;

            fn __read(&self) {
                #(let _ = &self.#fields;)*
            }
        }
    }
}

fn empty(model: &Model<'_>) -> TokenStream {
    let krate = &model.attr.krate;
    let (table, name) = (&model.table, plain(&model.input.ident));
    quote!(#krate::schema::TableDef::new(#table, #name))
}

/// The constant.
fn table(model: &Model<'_>) -> TokenStream {
    let krate = &model.attr.krate;
    let mut lists = TokenStream::new();
    let mut calls = TokenStream::new();
    let mut list = |constant: &str, kind: &str, function: &str, all: Vec<TokenStream>| {
        if all.is_empty() {
            return;
        }
        // A name that no type of a field can mean.
        let constant = ident(&format!("__MIGRATE_{constant}"));
        let (kind, function) = (ident(kind), ident(function));
        lists.extend(quote!(const #constant: &[#krate::schema::#kind] = &[#(#all),*];));
        calls.extend(quote!(.#function(#constant)));
    };
    let columns = model.columns.iter().map(|c| column(krate, c)).collect();
    list("COLUMNS", "ColumnDef", "with_columns", columns);
    let uniques = uniques(model);
    list("UNIQUES", "UniqueDef", "with_uniques", uniques);
    let foreign_keys = foreign_keys(model);
    list(
        "FOREIGN_KEYS",
        "ForeignKeyDef",
        "with_foreign_keys",
        foreign_keys,
    );
    list("CHECKS", "CheckDef", "with_checks", checks(model));
    list("INDEXES", "IndexDef", "with_indexes", indexes(model));
    if let Some(key) = primary_key(model) {
        let key = option(Some(key));
        calls.extend(quote!(.with_primary_key(#key)));
    }
    let attr = &model.attr;
    for (function, text) in [
        ("with_schema", &attr.schema),
        ("with_sqlite_name", &attr.sqlite_name),
        ("with_renamed_from", &attr.renamed_from),
        ("with_comment", &attr.comment),
    ] {
        calls.extend(set(function, text.as_ref()));
    }
    for (function, flag) in [
        ("with_strict", &attr.strict),
        ("with_without_rowid", &attr.without_rowid),
    ] {
        calls.extend(when(function, flag.is_some()));
    }
    let table = empty(model);
    quote!({ #lists #table #calls })
}

fn ident(name: &str) -> Ident {
    Ident::new(name, proc_macro2::Span::call_site())
}

/// A call with that text, if there is one.
fn set(function: &str, value: Option<impl quote::ToTokens>) -> Option<TokenStream> {
    let function = ident(function);
    value.map(|value| {
        let value = option(Some(value));
        quote!(.#function(#value))
    })
}

/// A call with `true`, or none.
fn when(function: &str, given: bool) -> Option<TokenStream> {
    let function = ident(function);
    given.then(|| quote!(.#function(true)))
}

fn column(krate: &TokenStream, column: &Column<'_>) -> TokenStream {
    let ColumnAttr {
        name: _,
        renamed_from,
        primary_key: _,
        auto_increment,
        identity,
        unique: _,
        index: _,
        references: _,
        on_delete: _,
        on_update: _,
        deferrable: _,
        default,
        kind: _,
        generated,
        stored: _,
        virtual_,
        collate,
        comment,
        check: _,
        nullable,
        skip: _,
        given: _,
    } = &column.attr;
    let name = &column.name;
    let kind = sql_type(krate, column);
    let mut calls = TokenStream::new();
    if let Some((_, nullable)) = nullable {
        calls.extend(quote!(.with_nullable(#nullable)));
    }
    calls.extend(set("with_renamed_from", renamed_from.as_ref()));
    if let Some(default) = default {
        let default = default.tokens(krate);
        calls.extend(quote!(.with_default(#default)));
    }
    if let Some(generated) = generated {
        let expression = generated.tokens(krate);
        let is_stored = virtual_.is_none();
        let generated = option(Some(quote!(#krate::schema::GeneratedDef::new(
            #expression,
            #krate::schema::PerDialect::both(#is_stored),
        ))));
        calls.extend(quote!(.with_generated(#generated)));
    }
    calls.extend(when("with_auto_increment", auto_increment.is_some()));
    let identity = identity.as_ref().map(|(_, identity)| *identity);
    let numbered = auto_increment
        .is_some()
        .then_some(super::words::Identity::ByDefault);
    let identity = identity.or(numbered).map(|identity| identity.tokens(krate));
    calls.extend(set("with_identity", identity));
    if let Some(collate) = collate {
        let collate = collate.tokens(krate);
        calls.extend(quote!(.with_collation(#collate)));
    }
    calls.extend(set("with_comment", comment.as_ref()));
    quote!(#krate::schema::ColumnDef::new(#name, #kind) #calls)
}

/// What the type's trait says, or the attribute; where it says all, the trait isn't asked.
fn sql_type(krate: &TokenStream, column: &Column<'_>) -> TokenStream {
    let ty = column.ty;
    let known = quote_spanned!(ty.span()=> <#ty as #krate::schema::ColumnType>::TYPE);
    let Some(kind) = &column.attr.kind else {
        return known;
    };
    if let (Some(sqlite), Some(postgres)) = (&kind.sqlite, &kind.postgres) {
        let is_option = column.is_option();
        let (sqlite, postgres) = (option(Some(sqlite)), option(Some(postgres)));
        return quote!(
            #krate::schema::SqlType::new("", "")
                .named(#sqlite, #postgres)
                .nullable(#is_option)
        );
    }
    let (sqlite, postgres) = (option(kind.sqlite.as_ref()), option(kind.postgres.as_ref()));
    quote!(#known.named(#sqlite, #postgres))
}

fn primary_key(model: &Model<'_>) -> Option<TokenStream> {
    let krate = &model.attr.krate;
    let columns = model.primary_key();
    if columns.is_empty() {
        return None;
    }
    let args = (model.attr.constraints.iter()).find(|args| args.kind == Kind::PrimaryKey);
    let name = match args {
        Some(args) => constraint_name(model, args),
        None => Constraint::PrimaryKey.name(&model.table, &[]),
    };
    let columns = names(&columns);
    let conflict = args.and_then(|args| set("with_on_conflict", args.on_conflict));
    Some(quote!(#krate::schema::PrimaryKeyDef::new(#name, #columns) #conflict))
}

fn uniques(model: &Model<'_>) -> Vec<TokenStream> {
    let krate = &model.attr.krate;
    let mut all = Vec::new();
    for column in model.columns.iter().filter(|c| c.attr.unique.is_some()) {
        let name = Constraint::Unique.name(&model.table, &[&column.name]);
        let column = &column.name;
        all.push(quote!(#krate::schema::UniqueDef::new(#name, &[#column])));
    }
    for args in of(model, Kind::Unique) {
        let name = constraint_name(model, args);
        let columns = names(&model.names(args));
        let distinct = when("with_nulls_not_distinct", args.nulls_not_distinct);
        let deferrable = args.deferrable.map(|deferrable| {
            let deferrable = deferrable.tokens(krate);
            quote!(.with_deferrable(#deferrable))
        });
        let conflict = set("with_on_conflict", args.on_conflict);
        all.push(quote!(
            #krate::schema::UniqueDef::new(#name, #columns) #distinct #deferrable #conflict
        ));
    }
    all
}

fn foreign_keys(model: &Model<'_>) -> Vec<TokenStream> {
    let krate = &model.attr.krate;
    let write =
        |name: String, columns: Vec<String>, reference: Option<&super::constraint::Reference>| {
            let (columns, table) = (names(&columns), reference.map(|r| &r.table));
            let referenced = reference.map(|r| names(&r.columns));
            quote!(#krate::schema::ForeignKeyDef::new(#name, #columns, #table, #referenced))
        };
    let mut all = Vec::new();
    for column in model.columns.iter().filter(|c| c.attr.references.is_some()) {
        let attr = &column.attr;
        let name = Constraint::ForeignKey.name(&model.table, &[&column.name]);
        let key = write(name, vec![column.name.clone()], attr.references.as_ref());
        let does = does(
            krate,
            attr.on_delete.as_ref().map(|(_, action)| *action),
            attr.on_update.as_ref().map(|(_, action)| *action),
            attr.deferrable.as_ref().map(|(_, deferrable)| *deferrable),
        );
        all.push(quote!(#key #does));
    }
    for args in of(model, Kind::ForeignKey) {
        let name = constraint_name(model, args);
        let key = write(name, model.names(args), args.references.as_ref());
        let does = does(krate, args.on_delete, args.on_update, args.deferrable);
        all.push(quote!(#key #does));
    }
    all
}

fn does(
    krate: &TokenStream,
    on_delete: Option<super::words::Action>,
    on_update: Option<super::words::Action>,
    deferrable: Option<super::words::Deferrable>,
) -> TokenStream {
    let mut calls = TokenStream::new();
    if let Some(action) = on_delete {
        let action = action.tokens(krate);
        calls.extend(quote!(.with_on_delete(#action)));
    }
    if let Some(action) = on_update {
        let action = action.tokens(krate);
        calls.extend(quote!(.with_on_update(#action)));
    }
    if let Some(deferrable) = deferrable {
        let deferrable = deferrable.tokens(krate);
        calls.extend(quote!(.with_deferrable(#deferrable)));
    }
    calls
}

fn checks(model: &Model<'_>) -> Vec<TokenStream> {
    let krate = &model.attr.krate;
    let mut all = Vec::new();
    for column in &model.columns {
        if let Some(check) = &column.attr.check {
            let name = Constraint::Check.name(&model.table, &[&column.name]);
            let text = check.tokens(krate);
            all.push(quote!(#krate::schema::CheckDef::new(#name, #text)));
        }
    }
    for args in of(model, Kind::Check) {
        let name = constraint_name(model, args);
        let text = args.expressions().next().map(|each| each.tokens(krate));
        all.push(quote!(#krate::schema::CheckDef::new(#name, #text)));
    }
    all
}

fn indexes(model: &Model<'_>) -> Vec<TokenStream> {
    let krate = &model.attr.krate;
    let mut all = Vec::new();
    for column in model.columns.iter().filter(|c| c.attr.index.is_some()) {
        let name = Constraint::Index.name(&model.table, &[&column.name]);
        let column = &column.name;
        all.push(quote!(
            #krate::schema::IndexDef::new(#name, &[#krate::schema::KeyDef::column(#column)])
        ));
    }
    for args in of(model, Kind::Index) {
        let name = constraint_name(model, args);
        let keys = args.keys.iter().map(|key| match key {
            Key::Field(field) => index_column(model, field),
            Key::Expression(each) => {
                let text = each.tokens(krate);
                quote!(#krate::schema::KeyDef::expression(#text))
            }
        });
        let mut calls = TokenStream::new();
        calls.extend(when("with_unique", args.unique));
        calls.extend(set("with_method", args.method.as_ref()));
        if !args.include.is_empty() {
            let include = names(&model.columns_of(args.include.iter()));
            calls.extend(quote!(.with_include(#include)));
        }
        if let Some(predicate) = &args.predicate {
            let predicate = predicate.tokens(krate);
            calls.extend(quote!(.with_predicate(#predicate)));
        }
        calls.extend(when("with_nulls_not_distinct", args.nulls_not_distinct));
        let only = args.only.map(|only| match only {
            Dialect::Sqlite => quote!(#krate::Dialect::Sqlite),
            _ => quote!(#krate::Dialect::Postgres),
        });
        calls.extend(set("with_only", only));
        all.push(quote!(#krate::schema::IndexDef::new(#name, &[#(#keys),*]) #calls));
    }
    all
}

fn index_column(model: &Model<'_>, field: &Field) -> TokenStream {
    let krate = &model.attr.krate;
    let name = model.column(&field.ident).map(|column| &column.name);
    let mut calls = TokenStream::new();
    calls.extend(when("with_descending", field.descending));
    let nulls = field.nulls_first.map(|first| {
        if first {
            quote!(#krate::schema::Nulls::First)
        } else {
            quote!(#krate::schema::Nulls::Last)
        }
    });
    calls.extend(set("with_nulls", nulls));
    if let Some(collate) = &field.collate {
        let collate = option(Some(collate));
        calls.extend(quote!(.with_collation(#krate::schema::PerDialect::both(#collate))));
    }
    calls.extend(set("with_operator_class", field.ops.as_ref()));
    quote!(#krate::schema::KeyDef::column(#name) #calls)
}

fn of<'m>(model: &'m Model<'_>, kind: Kind) -> impl Iterator<Item = &'m Args> {
    (model.attr.constraints.iter()).filter(move |args| args.kind == kind)
}

/// The name that is given, or the one that follows from the columns.
pub(crate) fn constraint_name(model: &Model<'_>, args: &Args) -> String {
    if let Some(name) = &args.name {
        return name.value();
    }
    let columns = model.names(args);
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let kind = match args.kind {
        Kind::PrimaryKey => return Constraint::PrimaryKey.name(&model.table, &[]),
        Kind::Unique => Constraint::Unique,
        Kind::Index => Constraint::Index,
        Kind::ForeignKey => Constraint::ForeignKey,
        Kind::Check => Constraint::Check,
    };
    kind.name(&model.table, &columns)
}

impl Model<'_> {
    /// The columns of the primary key, in order.
    pub(crate) fn primary_key(&self) -> Vec<String> {
        let mut tables = of(self, Kind::PrimaryKey);
        if let Some(args) = tables.next() {
            return self.names(args);
        }
        (self.columns.iter())
            .filter(|column| column.attr.primary_key.is_some())
            .map(|column| column.name.clone())
            .collect()
    }

    /// The columns a constraint names, in order.
    fn names(&self, args: &Args) -> Vec<String> {
        self.columns_of(args.fields().map(|field| &field.ident))
    }

    fn columns_of<'i>(&self, fields: impl Iterator<Item = &'i Ident>) -> Vec<String> {
        fields
            .filter_map(|field| self.column(field))
            .map(|column| column.name.clone())
            .collect()
    }
}

impl Column<'_> {
    /// The constraints that the field's own attribute makes: kinds, names, and the options they come from.
    pub(crate) fn constraints(&self, table: &str) -> Vec<(Kind, String, &Ident)> {
        let ColumnAttr {
            unique,
            index,
            references,
            check,
            ..
        } = &self.attr;
        let name = |kind: Constraint| kind.name(table, &[&self.name]);
        let mut all = Vec::new();
        if let Some(key) = unique {
            all.push((Kind::Unique, name(Constraint::Unique), key));
        }
        if let Some(key) = index {
            all.push((Kind::Index, name(Constraint::Index), key));
        }
        if references.is_some() {
            all.push((Kind::ForeignKey, name(Constraint::ForeignKey), self.field));
        }
        if let Some(check) = check {
            all.push((Kind::Check, name(Constraint::Check), &check.key));
        }
        all
    }
}
