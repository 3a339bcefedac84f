use migrate_chain::did_you_mean;
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Token};

/// `key`, `key = value` or `key(values)`.
pub(crate) struct Entry {
    pub(crate) key: Ident,
    value: Value,
}

enum Value {
    Nothing,
    /// Behind `=`, up to the comma.
    One(TokenStream),
    /// In parentheses.
    Several(TokenStream),
}

impl Entry {
    /// Reads one; the example is for an error.
    pub(crate) fn parse(input: ParseStream<'_>, example: &str) -> syn::Result<Entry> {
        if !input.peek(syn::Ident::peek_any) {
            return Err(input.error(format!("an option is a name, such as `{example}`")));
        }
        let key = input.call(Ident::parse_any)?;
        if input.peek(Token![:]) {
            return Err(input.error(format!("an option's value follows `=`: write `{key} = ..`")));
        }
        let value = if input.parse::<Option<Token![=]>>()?.is_some() {
            Value::One(up_to_comma(input))
        } else if input.peek(syn::token::Paren) {
            match input.parse()? {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
                    Value::Several(group.stream())
                }
                token => Value::One(token.into()),
            }
        } else {
            Value::Nothing
        };
        Ok(Entry { key, value })
    }

    /// The key's text.
    pub(crate) fn name(&self) -> String {
        self.key.unraw().to_string()
    }

    pub(crate) fn value<T>(
        &self,
        example: &str,
        parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
    ) -> syn::Result<T> {
        let key = &self.key;
        let wanted = |span: Span| syn::Error::new(span, format!("write `{key} = {example}`"));
        match &self.value {
            Value::One(value) if !value.is_empty() => {
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

    pub(crate) fn text(&self, example: &str) -> syn::Result<LitStr> {
        self.value(example, |input| input.parse::<LitStr>())
    }

    pub(crate) fn flag(self) -> syn::Result<Ident> {
        match self.value {
            Value::Nothing => Ok(self.key),
            _ => {
                let message = format!("`{0}` takes no value: write `{0}` alone", self.key);
                Err(syn::Error::new(self.key.span(), message))
            }
        }
    }

    pub(crate) fn is_flag(&self) -> bool {
        matches!(self.value, Value::Nothing)
    }

    /// What the parentheses hold.
    pub(crate) fn several(&self) -> Option<&TokenStream> {
        match &self.value {
            Value::Several(tokens) => Some(tokens),
            _ => None,
        }
    }
}

pub(crate) fn unknown(at: &Ident, key: &str, known: &[&str]) -> syn::Error {
    let hint = hint(key, known, "the options are");
    syn::Error::new(at.span(), format!("unknown option `{key}`{hint}"))
}

/// A line that says what was meant, or else what there is.
pub(crate) fn hint(written: &str, known: &[&str], are: &str) -> String {
    let meant = did_you_mean(written, known.iter().copied());
    let help = meant.unwrap_or_else(|| format!("{are} {}", known.join(", ")));
    format!("\n  = help: {help}")
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
