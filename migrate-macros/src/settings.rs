use migrate_chain::{Dialect, id, nearest};
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Path, Token};

use crate::errors::Errors;

/// What the user wrote, by option; the tokens are kept, so that an error lands on them.
pub(crate) struct Settings {
    /// The runtime's path.
    pub(crate) krate: TokenStream,
    pub(crate) path: Option<LitStr>,
    pub(crate) chain: Option<LitStr>,
    pub(crate) dialects: Vec<Dialect>,
    pub(crate) head: Option<LitStr>,
    pub(crate) assets: Option<Ident>,
    pub(crate) multiple_heads: bool,
    pub(crate) multiple_bases: bool,
    seen: Vec<String>,
}

/// The options of both macros.
pub(crate) const OPTIONS: [&str; 6] = [
    "dialects",
    "chain",
    "head",
    "assets",
    "multiple_heads",
    "multiple_bases",
];

impl Settings {
    pub(crate) fn new(krate: TokenStream) -> Settings {
        Settings {
            krate,
            path: None,
            chain: None,
            dialects: Vec::new(),
            head: None,
            assets: None,
            multiple_heads: false,
            multiple_bases: false,
            seen: Vec::new(),
        }
    }

    /// Reads `key` and `key = value`, separated by commas, to the end; after a mistake it goes on
    /// behind the next comma.
    pub(crate) fn read(&mut self, input: ParseStream<'_>, known: &[&str], errors: &mut Errors) {
        while !input.is_empty() {
            match Entry::parse(input) {
                Ok(entry) => {
                    if let Err(error) = self.take(entry, known, errors) {
                        errors.add(error);
                    }
                }
                Err(error) => {
                    // A path that comes late has been reported where it was missed.
                    let late = self.path.is_none() && input.peek(LitStr);
                    if !late || known.contains(&"path") {
                        errors.add(error);
                    }
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
            _ => {}
        }
        Ok(())
    }
}

/// `key`, or `key = value`.
struct Entry {
    key: Ident,
    value: Option<TokenStream>,
}

impl Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Entry> {
        if !input.peek(syn::Ident::peek_any) {
            return Err(input.error("an option is a name, such as `dialects = [sqlite]`"));
        }
        let key = input.call(Ident::parse_any)?;
        if input.peek(Token![:]) {
            return Err(input.error(format!("an option's value follows `=`: write `{key} = ..`")));
        }
        let value = if input.parse::<Option<Token![=]>>()?.is_some() {
            Some(up_to_comma(input))
        } else {
            None
        };
        Ok(Entry { key, value })
    }

    fn value<T>(
        &self,
        example: &str,
        parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
    ) -> syn::Result<T> {
        let key = &self.key;
        let wanted = |span: Span| syn::Error::new(span, format!("write `{key} = {example}`"));
        match &self.value {
            Some(value) if !value.is_empty() => {
                let first = value.clone().into_iter().next();
                let span = first.map_or_else(|| key.span(), |token| token.span());
                let whole = |input: ParseStream<'_>| {
                    let value = parse(input).map_err(|_| wanted(span))?;
                    if !input.is_empty() {
                        return Err(input.error(COMMAS));
                    }
                    Ok(value)
                };
                whole.parse2(value.clone())
            }
            _ => Err(wanted(key.span())),
        }
    }

    fn text(&self, example: &str) -> syn::Result<LitStr> {
        self.value(example, |input| input.parse::<LitStr>())
    }

    fn flag(self) -> syn::Result<Ident> {
        match self.value {
            None => Ok(self.key),
            Some(_) => {
                let message = format!("`{0}` takes no value: write `{0}` alone", self.key);
                Err(syn::Error::new(self.key.span(), message))
            }
        }
    }
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
        let message = "no dialect is named: every revision must serve at least one";
        errors.at(group.span(), message);
    }
    Ok(dialects)
}

fn unknown(at: &Ident, key: &str, known: &[&str]) -> syn::Error {
    let hint = hint(key, known, "the options are");
    syn::Error::new(at.span(), format!("unknown option `{key}`{hint}"))
}

fn hint(written: &str, known: &[&str], are: &str) -> String {
    match nearest(written, known.iter().copied()) {
        Some(near) => format!("\n  = help: did you mean `{near}`?"),
        None => format!("\n  = help: {are} {}", known.join(", ")),
    }
}

const COMMAS: &str = "options are separated by commas: one is missing before this";

/// Takes the tokens before the next comma.
pub(crate) fn up_to_comma(input: ParseStream<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        match input.parse::<TokenTree>() {
            Ok(token) => tokens.extend([token]),
            Err(_) => break,
        }
    }
    tokens
}

/// Takes the comma after an entry.
pub(crate) fn comma(input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() || input.parse::<Option<Token![,]>>()?.is_some() {
        return Ok(());
    }
    let error = input.error(COMMAS);
    up_to_comma(input);
    let _ = input.parse::<Option<Token![,]>>();
    Err(error)
}
