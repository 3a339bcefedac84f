use migrate_chain::{Dialect, id};
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{LitStr, Path};

use crate::attribute::entry::{Entry, comma, hint, unknown, up_to_comma};
use crate::attribute::errors::Errors;

/// What the user wrote, by option; the tokens are kept, so that an error lands on them.
pub(crate) struct Settings {
    /// The runtime's path.
    pub(crate) krate: TokenStream,
    pub(crate) path: Option<LitStr>,
    /// True where no path was written before the options.
    pub(super) has_default_path: bool,
    pub(crate) chain: Option<LitStr>,
    pub(crate) dialects: Vec<Dialect>,
    pub(crate) head: Option<LitStr>,
    pub(crate) assets: Option<Ident>,
    pub(crate) multiple_heads: bool,
    pub(crate) multiple_bases: bool,
    /// Tables of other tools that live beside.
    pub(crate) beside: Vec<LitStr>,
    /// A head without a proof in chain.lock is an error.
    pub(crate) proved: bool,
    seen: Vec<String>,
}

/// The versions directory where none is named: the one that `cargo migrate init` makes.
pub(super) const DEFAULT_PATH: &str = "versions";

/// The options of both macros.
pub(crate) const OPTIONS: [&str; 8] = [
    "dialects",
    "chain",
    "head",
    "assets",
    "multiple_heads",
    "multiple_bases",
    "beside",
    "proved",
];

impl Settings {
    pub(crate) fn new(krate: TokenStream) -> Settings {
        Settings {
            krate,
            path: None,
            has_default_path: false,
            chain: None,
            dialects: Vec::new(),
            head: None,
            assets: None,
            multiple_heads: false,
            multiple_bases: false,
            beside: Vec::new(),
            proved: false,
            seen: Vec::new(),
        }
    }

    /// Reads `key` and `key = value`, separated by commas, to the end; after a mistake it goes on
    /// behind the next comma.
    pub(crate) fn read(&mut self, input: ParseStream<'_>, known: &[&str], errors: &mut Errors) {
        while !input.is_empty() {
            match Entry::parse(input, "dialects = [sqlite]") {
                Ok(entry) => {
                    if let Err(error) = self.take(entry, known, errors) {
                        errors.add(error);
                    }
                }
                Err(error) => {
                    let late = self.has_default_path && input.peek(LitStr);
                    errors.add(if late {
                        input.error("the versions directory comes first")
                    } else {
                        error
                    });
                    up_to_comma(input);
                }
            }
            if let Err(error) = comma(input) {
                errors.add(error);
            }
        }
    }

    fn take(&mut self, entry: Entry, known: &[&str], errors: &mut Errors) -> syn::Result<()> {
        let key = entry.key.unraw().to_string();
        if !known.contains(&key.as_str()) {
            return Err(unknown(&entry.key, &key, known));
        }
        if self.seen.contains(&key) {
            let message = format!("`{key}` is given twice");
            return Err(syn::Error::new(entry.key.span(), message));
        }
        self.seen.push(key.clone());
        match key.as_str() {
            "path" => self.path = Some(entry.text("\"versions\"")?),
            "chain" => {
                let name = entry.text("\"billing\"")?;
                if name.value().trim().is_empty() {
                    errors.at(name.span(), "a chain's name can't be empty");
                }
                self.chain = Some(name);
            }
            "head" => {
                let head = entry.text("\"cb3cf47d9259\"")?;
                if let Err(why) = id::check(&head.value()) {
                    errors.at(head.span(), format!("`head` is no revision id: {why}"));
                }
                self.head = Some(head);
            }
            "dialects" => self.dialects = dialects(&entry, errors)?,
            "crate" => {
                let path = entry.value("some::path", Path::parse_mod_style)?;
                self.krate = quote!(#path);
            }
            "assets" => self.assets = Some(entry.flag()?),
            "multiple_heads" => {
                entry.flag()?;
                self.multiple_heads = true;
            }
            "multiple_bases" => {
                entry.flag()?;
                self.multiple_bases = true;
            }
            "beside" => self.beside = beside(&entry)?,
            "proved" => {
                entry.flag()?;
                self.proved = true;
            }
            _ => {}
        }
        Ok(())
    }
}

/// `["_sqlx_migrations"]`
fn beside(entry: &Entry) -> syn::Result<Vec<LitStr>> {
    entry.value("[\"_sqlx_migrations\"]", |input| {
        let content;
        syn::bracketed!(content in input);
        let names =
            content.parse_terminated(<LitStr as syn::parse::Parse>::parse, syn::Token![,])?;
        Ok(names.into_iter().collect())
    })
}

/// `[sqlite, postgres]`
fn dialects(entry: &Entry, errors: &mut Errors) -> syn::Result<Vec<Dialect>> {
    const EXAMPLE: &str = "[sqlite, postgres]";
    let group = entry.value(EXAMPLE, |input| match input.parse()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => Ok(group),
        token => Err(syn::Error::new(token.span(), "")),
    })?;
    let mut dialects = Vec::new();
    for token in group.stream() {
        let name = match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => continue,
            TokenTree::Ident(ident) => ident.to_string(),
            other => other.to_string().trim_matches('"').to_owned(),
        };
        match name.parse::<Dialect>() {
            Ok(dialect) if dialects.contains(&dialect) => {
                errors.at(token.span(), format!("`{name}` is named twice"));
            }
            Ok(dialect) => dialects.push(dialect),
            Err(_) => {
                let known = Dialect::ALL.map(Dialect::name);
                let hint = hint(&name, &known, "the dialects are");
                errors.at(token.span(), format!("unknown dialect `{name}`{hint}"));
            }
        }
    }
    if group.stream().is_empty() {
        let message = "no database is named: every revision must serve at least one";
        errors.at(group.span(), message);
    }
    Ok(dialects)
}
