use quote::quote;
use syn::parse::ParseStream;
use syn::{Data, DeriveInput, Meta};

use super::settings::{OPTIONS, Settings};
use crate::attribute::errors::Errors;

/// Reads `#[migrations(path = "versions", ..)]`, which may be given in several parts.
pub(crate) fn attr(input: &DeriveInput, errors: &mut Errors) -> Settings {
    let mut settings = Settings::new(quote!(::migrate_runtime));
    let known: Vec<&str> = ["path", "crate"].into_iter().chain(OPTIONS).collect();
    let mut given = false;
    for attribute in &input.attrs {
        if !attribute.path().is_ident("migrations") {
            continue;
        }
        given = true;
        let read = |input: ParseStream<'_>| {
            settings.read(input, &known, errors);
            Ok(())
        };
        let result = match &attribute.meta {
            Meta::List(_) => attribute.parse_args_with(read),
            other => Err(syn::Error::new_spanned(other, WANTED)),
        };
        if let Err(error) = result {
            errors.add(error);
        }
    }
    if settings.path.is_none() && errors.is_empty() {
        let message = if given {
            "`path` is missing: `#[migrations(path = \"versions\")]`"
        } else {
            WANTED
        };
        errors.at(input.ident.span(), message);
    }
    shape(input, errors);
    settings
}

const WANTED: &str = "the derive needs `#[migrations(path = \"versions\")]`";

/// The type only carries the function: a struct without parameters.
fn shape(input: &DeriveInput, errors: &mut Errors) {
    if !matches!(input.data, Data::Struct(_)) {
        let message = "`Migrations` is derived for a struct, such as `pub struct Billing;`";
        errors.at(input.ident.span(), message);
    }
    if !input.generics.params.is_empty() {
        let message = "`Migrations` can't be derived for a generic struct: one type is one chain";
        errors.add(syn::Error::new_spanned(&input.generics, message));
    }
}
