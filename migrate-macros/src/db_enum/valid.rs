use std::collections::HashMap;

use syn::{Data, Fields};

use super::ast::Enum;
use crate::attribute::errors::Errors;
use crate::attribute::options::check_name;

/// All rules that an enum alone can break.
pub(crate) fn check(of: &Enum<'_>, errors: &mut Errors) {
    shape(of, errors);
    names(of, errors);
    hints(of, errors);
}

/// An enum's variants are values, so they hold nothing.
fn shape(of: &Enum<'_>, errors: &mut Errors) {
    let input = of.input;
    if !matches!(input.data, Data::Enum(_)) {
        errors.at(input.ident.span(), "`DbEnum` is derived for an enum");
    } else if of.values.is_empty() {
        errors.at(input.ident.span(), "an enum has at least one value");
    }
    for value in &of.values {
        if !matches!(value.variant.fields, Fields::Unit) {
            let message = "a value of a database's enum holds nothing";
            errors.add(syn::Error::new_spanned(&value.variant.fields, message));
        }
    }
    if !input.generics.params.is_empty() {
        let message = "`DbEnum` can't be derived for a generic enum: one type is one enum";
        errors.add(syn::Error::new_spanned(&input.generics, message));
    }
}

/// Names fit both databases, and each value has its own.
fn names(of: &Enum<'_>, errors: &mut Errors) {
    if let Err(why) = check_name(&of.name) {
        let span = of
            .attr
            .name
            .as_ref()
            .map_or(of.input.ident.span(), |name| name.span());
        errors.at(span, why);
    }
    let mut names = HashMap::new();
    for value in &of.values {
        if let Err(why) = check_name(&value.name) {
            errors.at(value.name_span(), why);
        }
        if let Some(other) = names.insert(&value.name, &value.variant.ident) {
            let message = format!("`{}` is the value of `{other}` too", value.name);
            errors.at(value.name_span(), message);
        }
    }
}

/// A hint is no name that is still in use.
fn hints(of: &Enum<'_>, errors: &mut Errors) {
    if let Some(old) = &of.attr.renamed_from
        && old.value() == of.name
    {
        errors.at(old.span(), "that is the enum's name now");
    }
    let mut hints = HashMap::new();
    for value in &of.values {
        let Some(old) = &value.attr.renamed_from else {
            continue;
        };
        let text = old.value();
        if text == value.name {
            errors.at(old.span(), "that is the value's name now");
        } else if let Some(other) = of.values.iter().find(|other| other.name == text) {
            let message = format!("`{text}` is still a value, of `{}`", other.variant.ident);
            errors.at(old.span(), message);
        } else if let Some(other) = hints.insert(text.clone(), &value.name) {
            errors.at(old.span(), format!("`{text}` became `{other}` already"));
        }
    }
}
