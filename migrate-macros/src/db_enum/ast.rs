use heck::ToSnakeCase;
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Variant};

use super::attr::{EnumAttr, ValueAttr};
use crate::attribute::errors::Errors;

/// An enum, with what its attributes say.
pub(crate) struct Enum<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) attr: EnumAttr,
    pub(crate) name: String,
    pub(crate) values: Vec<Value<'a>>,
}

/// A variant, with what its attribute says.
pub(crate) struct Value<'a> {
    pub(crate) variant: &'a Variant,
    pub(crate) attr: ValueAttr,
    /// As the database writes it.
    pub(crate) name: String,
}

impl<'a> Enum<'a> {
    pub(crate) fn read(input: &'a DeriveInput, errors: &mut Errors) -> Enum<'a> {
        let attr = EnumAttr::parse(&input.attrs, errors);
        let name = match &attr.name {
            Some(name) => name.value(),
            None => input.ident.unraw().to_string().to_snake_case(),
        };
        let mut values = Vec::new();
        if let Data::Enum(data) = &input.data {
            for variant in &data.variants {
                let value = ValueAttr::parse(&variant.attrs, errors);
                let written = variant.ident.unraw().to_string();
                let name = match (&value.name, attr.rename_all) {
                    (Some(name), _) => name.value(),
                    (None, Some(case)) => case.apply(&written),
                    (None, None) => written,
                };
                values.push(Value {
                    variant,
                    attr: value,
                    name,
                });
            }
        }
        Enum {
            input,
            attr,
            name,
            values,
        }
    }
}

impl Value<'_> {
    /// Where an error on its name goes.
    pub(crate) fn name_span(&self) -> Span {
        match &self.attr.name {
            Some(name) => name.span(),
            None => self.variant.ident.span(),
        }
    }
}
