//! Reads `#[table(..)]` and `#[column(..)]`.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Attribute, LitBool, LitStr};

use super::constraint::{Args, Kind, Reference};
use super::words::{Action, Deferrable, Identity, deferrable};
use crate::attribute::entry::Entry;
use crate::attribute::errors::Errors;
use crate::attribute::options::{Each, attributes, filled, krate, name, word};

/// What `#[table(..)]` says.
pub(crate) struct TableAttr {
    /// The runtime's path.
    pub(crate) krate: TokenStream,
    pub(crate) name: Option<LitStr>,
    pub(crate) schema: Option<LitStr>,
    pub(crate) sqlite_name: Option<LitStr>,
    pub(crate) renamed_from: Option<LitStr>,
    pub(crate) comment: Option<LitStr>,
    pub(crate) strict: Option<Ident>,
    pub(crate) without_rowid: Option<Ident>,
    pub(crate) constraints: Vec<Args>,
}

const TABLE: &[&str] = &[
    "name",
    "schema",
    "sqlite_name",
    "renamed_from",
    "comment",
    "strict",
    "without_rowid",
    "primary_key",
    "unique",
    "index",
    "foreign_key",
    "check",
    "crate",
];

impl TableAttr {
    pub(crate) fn parse(from: &[Attribute], errors: &mut Errors) -> TableAttr {
        let mut attr = TableAttr {
            krate: quote!(::migrate_runtime),
            name: None,
            schema: None,
            sqlite_name: None,
            renamed_from: None,
            comment: None,
            strict: None,
            without_rowid: None,
            constraints: Vec::new(),
        };
        let repeatable = &["unique", "index", "foreign_key", "check"];
        attributes(from, "table", TABLE, repeatable, errors, |entry, errors| {
            attr.take(entry, errors)
        });
        attr
    }

    fn take(&mut self, entry: Entry, errors: &mut Errors) -> syn::Result<()> {
        match entry.name().as_str() {
            "name" => self.name = Some(name(&entry, "\"users\"")?),
            "schema" => self.schema = Some(name(&entry, "\"core\"")?),
            "sqlite_name" => self.sqlite_name = Some(name(&entry, "\"core_users\"")?),
            "renamed_from" => self.renamed_from = Some(name(&entry, "\"accounts\"")?),
            "comment" => self.comment = Some(filled(entry.text("\"..\"")?)?),
            "strict" => self.strict = Some(entry.flag()?),
            "without_rowid" => self.without_rowid = Some(entry.flag()?),
            "crate" => self.krate = krate(&entry)?,
            written => {
                if let Some(kind) = Kind::named(written) {
                    self.constraints.push(Args::parse(&entry, kind, errors)?);
                }
            }
        }
        Ok(())
    }
}

/// What `#[column(..)]` says.
#[derive(Default)]
pub(crate) struct ColumnAttr {
    pub(crate) name: Option<LitStr>,
    pub(crate) renamed_from: Option<LitStr>,
    pub(crate) primary_key: Option<Ident>,
    pub(crate) auto_increment: Option<Ident>,
    pub(crate) identity: Option<(Ident, Identity)>,
    pub(crate) unique: Option<Ident>,
    pub(crate) index: Option<Ident>,
    pub(crate) references: Option<Reference>,
    pub(crate) on_delete: Option<(Ident, Action)>,
    pub(crate) on_update: Option<(Ident, Action)>,
    pub(crate) deferrable: Option<(Ident, Deferrable)>,
    pub(crate) default: Option<Each>,
    pub(crate) kind: Option<Each>,
    pub(crate) generated: Option<Each>,
    pub(crate) stored: Option<Ident>,
    pub(crate) virtual_: Option<Ident>,
    pub(crate) collate: Option<Each>,
    pub(crate) comment: Option<LitStr>,
    pub(crate) check: Option<Each>,
    pub(crate) nullable: Option<(Ident, bool)>,
    pub(crate) skip: Option<Ident>,
    /// Every option that was given.
    pub(crate) given: Vec<Ident>,
}

const COLUMN: &[&str] = &[
    "name",
    "renamed_from",
    "primary_key",
    "auto_increment",
    "identity",
    "unique",
    "index",
    "references",
    "on_delete",
    "on_update",
    "deferrable",
    "default",
    "type",
    "generated",
    "stored",
    "virtual",
    "collate",
    "comment",
    "check",
    "nullable",
    "skip",
];

impl ColumnAttr {
    pub(crate) fn parse(from: &[Attribute], errors: &mut Errors) -> ColumnAttr {
        let mut attr = ColumnAttr::default();
        attributes(from, "column", COLUMN, &[], errors, |entry, errors| {
            attr.given.push(entry.key.clone());
            attr.take(entry, errors)
        });
        attr
    }

    fn take(&mut self, entry: Entry, errors: &mut Errors) -> syn::Result<()> {
        let key = entry.key.clone();
        match entry.name().as_str() {
            "name" => self.name = Some(name(&entry, "\"email\"")?),
            "renamed_from" => self.renamed_from = Some(name(&entry, "\"mail\"")?),
            "primary_key" => self.primary_key = Some(flag_of(entry, "primary_key")?),
            "auto_increment" => self.auto_increment = Some(entry.flag()?),
            "identity" => self.identity = Some((key, identity(&entry)?)),
            "unique" => self.unique = Some(flag_of(entry, "unique")?),
            "index" => self.index = Some(flag_of(entry, "index")?),
            "references" => self.references = Some(Reference::parse(&entry)?),
            "on_delete" => self.on_delete = Some((key, Action::parse(&entry)?)),
            "on_update" => self.on_update = Some((key, Action::parse(&entry)?)),
            "deferrable" => self.deferrable = Some((key, deferrable(&entry)?)),
            "default" => self.default = Some(Each::parse_value(&entry, "\"0\"", errors)?),
            "type" => self.kind = Some(Each::parse_type(&entry, errors)?),
            "generated" => {
                self.generated = Some(Each::parse(&entry, "\"lower(email)\"", errors)?);
            }
            "stored" => self.stored = Some(entry.flag()?),
            "virtual" => self.virtual_ = Some(entry.flag()?),
            "collate" => self.collate = Some(Each::parse(&entry, "\"NOCASE\"", errors)?),
            "comment" => self.comment = Some(filled(entry.text("\"..\"")?)?),
            "check" => self.check = Some(Each::parse(&entry, "\"age >= 0\"", errors)?),
            "nullable" => self.nullable = Some((key, truth(&entry)?)),
            "skip" => self.skip = Some(entry.flag()?),
            _ => {}
        }
        Ok(())
    }
}

/// A flag that has more to say at the struct.
fn flag_of(entry: Entry, name: &str) -> syn::Result<Ident> {
    if entry.is_flag() {
        return entry.flag();
    }
    let message = format!(
        "`{name}` takes no value here\n  = help: for a name of its own or several columns, write `#[table({name}(columns(..), name = \"..\"))]`"
    );
    Err(syn::Error::new(entry.key.span(), message))
}

fn truth(entry: &Entry) -> syn::Result<bool> {
    if entry.is_flag() {
        return Ok(true);
    }
    entry
        .value("false", |input| input.parse::<LitBool>())
        .map(|value| value.value)
}

fn identity(entry: &Entry) -> syn::Result<Identity> {
    const WORDS: &[(&str, Identity)] = &[
        ("always", Identity::Always),
        ("by default", Identity::ByDefault),
    ];
    if entry.is_flag() {
        return Ok(Identity::ByDefault);
    }
    word(&entry.text("\"always\"")?, WORDS, "it is one of")
}
