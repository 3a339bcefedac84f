//! How the attributes of models are read: options one by one, every mistake collected.

use migrate_chain::{Dialect, LONGEST_NAME};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, LitStr, Meta, Path, Token};

use super::entry::{Entry, comma, hint, unknown, up_to_comma};
use super::errors::Errors;

/// Calls `take` for each option of the attributes of that name; after a mistake it goes on behind
/// the next comma.
pub(crate) fn attributes(
    attributes: &[Attribute],
    name: &str,
    known: &[&str],
    repeatable: &[&str],
    errors: &mut Errors,
    mut take: impl FnMut(Entry, &mut Errors) -> syn::Result<()>,
) {
    let mut seen = Vec::new();
    for attribute in attributes {
        if !attribute.path().is_ident(name) {
            continue;
        }
        let result = match &attribute.meta {
            Meta::List(_) => attribute.parse_args_with(|input: ParseStream<'_>| {
                while !input.is_empty() {
                    let result = Entry::parse(input, "name = \"..\"")
                        .and_then(|entry| once(entry, known, repeatable, &mut seen))
                        .and_then(|entry| take(entry, errors));
                    if let Err(error) = result {
                        errors.add(error);
                        up_to_comma(input);
                    }
                    if let Err(error) = comma(input) {
                        errors.add(error);
                    }
                }
                Ok(())
            }),
            other => {
                let message = format!("options follow in parentheses: `#[{name}(..)]`");
                Err(syn::Error::new_spanned(other, message))
            }
        };
        if let Err(error) = result {
            errors.add(error);
        }
    }
}

/// Refuses an option that is unknown, or was given before.
pub(crate) fn once(
    entry: Entry,
    known: &[&str],
    repeatable: &[&str],
    seen: &mut Vec<String>,
) -> syn::Result<Entry> {
    let name = entry.name();
    if !known.contains(&name.as_str()) {
        return Err(unknown(&entry.key, &name, known));
    }
    if !repeatable.contains(&name.as_str()) {
        if seen.contains(&name) {
            let message = format!("`{name}` is given twice");
            return Err(syn::Error::new(entry.key.span(), message));
        }
        seen.push(name);
    }
    Ok(entry)
}

/// A text for each database, or one for both.
pub(crate) struct Each {
    pub(crate) key: Ident,
    pub(crate) sqlite: Option<LitStr>,
    pub(crate) postgres: Option<LitStr>,
}

impl Each {
    /// Reads `key = ".."` or `key(sqlite = "..", postgres = "..")`.
    pub(crate) fn parse(entry: &Entry, example: &str, errors: &mut Errors) -> syn::Result<Each> {
        Each::parse_with(
            entry,
            example,
            errors,
            |input| input.parse(),
            |_, text| filled(text),
        )
    }

    /// Parses a type of columns; SQLite has columns without one.
    pub(crate) fn parse_type(entry: &Entry, errors: &mut Errors) -> syn::Result<Each> {
        let check = |of: &str, text| match of {
            "sqlite" => Ok(text),
            _ => filled(text),
        };
        Each::parse_with(entry, "\"smallint\"", errors, |input| input.parse(), check)
    }

    /// Parses the value of an option, where a number or a truth value needs no quotes.
    pub(crate) fn parse_value(
        entry: &Entry,
        example: &str,
        errors: &mut Errors,
    ) -> syn::Result<Each> {
        Each::parse_with(entry, example, errors, sql_value, |_, text| filled(text))
    }

    fn parse_with(
        entry: &Entry,
        example: &str,
        errors: &mut Errors,
        parse: fn(ParseStream<'_>) -> syn::Result<LitStr>,
        check: fn(&str, LitStr) -> syn::Result<LitStr>,
    ) -> syn::Result<Each> {
        let mut each = Each {
            key: entry.key.clone(),
            sqlite: None,
            postgres: None,
        };
        let Some(tokens) = entry.several() else {
            let text = check("", entry.value(example, parse)?)?;
            each.sqlite = Some(LitStr::new(&text.value(), text.span()));
            each.postgres = Some(text);
            return Ok(each);
        };
        let known = Dialect::ALL.map(Dialect::name);
        let mut seen = Vec::new();
        let read = |input: ParseStream<'_>| {
            while !input.is_empty() {
                let result = Entry::parse(input, "sqlite = \"..\"")
                    .and_then(|entry| once(entry, &known, &[], &mut seen))
                    .and_then(|entry| {
                        let text = check(&entry.name(), entry.value(example, parse)?)?;
                        if entry.name() == "sqlite" {
                            each.sqlite = Some(text);
                        } else {
                            each.postgres = Some(text);
                        }
                        Ok(())
                    });
                if let Err(error) = result {
                    errors.add(error);
                    up_to_comma(input);
                }
                comma(input)?;
            }
            Ok(())
        };
        read.parse2(tokens.clone())?;
        if seen.is_empty() && errors.is_empty() {
            let key = &entry.key;
            let message =
                format!("write `{key} = {example}`, or `{key}(sqlite = .., postgres = ..)`");
            return Err(syn::Error::new(key.span(), message));
        }
        Ok(each)
    }

    /// A `SqlText`.
    pub(crate) fn tokens(&self, krate: &TokenStream) -> TokenStream {
        let (sqlite, postgres) = (option(self.sqlite.as_ref()), option(self.postgres.as_ref()));
        quote!(#krate::schema::PerDialect { sqlite: #sqlite, postgres: #postgres })
    }
}

/// A text of SQL, or a plain number or truth value.
fn sql_value(input: ParseStream<'_>) -> syn::Result<LitStr> {
    if input.peek(LitStr) {
        return input.parse();
    }
    let minus = if input.parse::<Option<Token![-]>>()?.is_some() {
        "-"
    } else {
        ""
    };
    match input.parse()? {
        syn::Lit::Int(int) => Ok(sql(minus, int.base10_digits(), int.span())),
        syn::Lit::Float(float) => Ok(sql(minus, float.base10_digits(), float.span())),
        syn::Lit::Bool(bool) if minus.is_empty() => Ok(sql(
            "",
            if bool.value { "true" } else { "false" },
            bool.span,
        )),
        other => Err(syn::Error::new(other.span(), "")),
    }
}

fn sql(minus: &str, text: &str, span: Span) -> LitStr {
    LitStr::new(&format!("{minus}{text}"), span)
}

/// Refuses a blank text.
pub(crate) fn filled(text: LitStr) -> syn::Result<LitStr> {
    if text.value().trim().is_empty() {
        return Err(syn::Error::new(text.span(), "this can't be empty"));
    }
    Ok(text)
}

/// Reads the name of something in the database.
pub(crate) fn name(entry: &Entry, example: &str) -> syn::Result<LitStr> {
    let name = entry.text(example)?;
    if let Err(why) = check_name(&name.value()) {
        return Err(syn::Error::new(name.span(), why));
    }
    Ok(name)
}

/// Why that is no name for something in the database.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        Err("a name can't be empty".to_owned())
    } else if name.len() > LONGEST_NAME {
        Err(format!(
            "`{name}` has {} bytes: PostgreSQL cuts a name after {LONGEST_NAME}",
            name.len()
        ))
    } else if name.contains('\0') || name.trim() != name {
        Err(format!("`{name}` is no name for something in a database"))
    } else {
        Ok(())
    }
}

/// Reads one word of several, written with spaces or underscores.
pub(crate) fn word<T: Copy>(text: &LitStr, words: &[(&str, T)], are: &str) -> syn::Result<T> {
    let written = text.value().to_lowercase().replace('_', " ");
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == written) {
        return Ok(*value);
    }
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let hint = hint(&written, &known, are);
    let message = format!("unknown value `{}`{hint}", text.value());
    Err(syn::Error::new(text.span(), message))
}

/// Reads `crate = some::path`.
pub(crate) fn krate(entry: &Entry) -> syn::Result<TokenStream> {
    let path = entry.value("some::path", Path::parse_mod_style)?;
    Ok(quote!(#path))
}

/// `Some(..)` or `None`, whatever these names mean where it is written.
pub(crate) fn option(value: Option<impl quote::ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}
