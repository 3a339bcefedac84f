use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, LitStr};

use super::case::Case;
use crate::attribute::entry::{Entry, hint};
use crate::attribute::errors::Errors;
use crate::attribute::options::{attributes, filled, krate, name};

/// What `#[db_enum(..)]` says of the enum.
pub(crate) struct EnumAttr {
    /// The runtime's path.
    pub(crate) krate: TokenStream,
    pub(crate) name: Option<LitStr>,
    pub(crate) schema: Option<LitStr>,
    pub(crate) renamed_from: Option<LitStr>,
    pub(crate) rename_all: Option<Case>,
    pub(crate) comment: Option<LitStr>,
}

impl EnumAttr {
    pub(crate) fn parse(from: &[Attribute], errors: &mut Errors) -> EnumAttr {
        let mut attr = EnumAttr {
            krate: quote!(::migrate_runtime),
            name: None,
            schema: None,
            renamed_from: None,
            rename_all: None,
            comment: None,
        };
        let known = &[
            "name",
            "schema",
            "renamed_from",
            "rename_all",
            "comment",
            "crate",
        ];
        attributes(from, "db_enum", known, &[], errors, |entry, _| {
            match entry.name().as_str() {
                "name" => attr.name = Some(name(&entry, "\"mood\"")?),
                "schema" => attr.schema = Some(name(&entry, "\"core\"")?),
                "renamed_from" => attr.renamed_from = Some(name(&entry, "\"feeling\"")?),
                "rename_all" => attr.rename_all = Some(case(&entry)?),
                "comment" => attr.comment = Some(filled(entry.text("\"..\"")?)?),
                "crate" => attr.krate = krate(&entry)?,
                _ => {}
            }
            Ok(())
        });
        attr
    }
}

fn case(entry: &Entry) -> syn::Result<Case> {
    let text = entry.text("\"snake_case\"")?;
    let written = text.value();
    if let Some((_, case)) = Case::ALL.iter().find(|(name, _)| *name == written) {
        return Ok(*case);
    }
    let hint = hint(&written, &Case::ALL.map(|(name, _)| name), "it is one of");
    let message = format!("unknown value `{written}`{hint}");
    Err(syn::Error::new(text.span(), message))
}

/// What `#[db_enum(..)]` says of a variant.
#[derive(Default)]
pub(crate) struct ValueAttr {
    pub(crate) name: Option<LitStr>,
    pub(crate) renamed_from: Option<LitStr>,
}

impl ValueAttr {
    pub(crate) fn parse(from: &[Attribute], errors: &mut Errors) -> ValueAttr {
        let mut attr = ValueAttr::default();
        let known = &["name", "renamed_from"];
        attributes(from, "db_enum", known, &[], errors, |entry, _| {
            match entry.name().as_str() {
                "name" => attr.name = Some(name(&entry, "\"good\"")?),
                "renamed_from" => attr.renamed_from = Some(name(&entry, "\"fine\"")?),
                _ => {}
            }
            Ok(())
        });
        attr
    }
}
