use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Token};

use super::settings::{DEFAULT_PATH, OPTIONS, Settings};
use crate::attribute::entry::{comma, up_to_comma};
use crate::attribute::errors::Errors;

/// Reads `$crate; "versions", dialects = [sqlite], ..`.
pub(crate) fn args(input: TokenStream, errors: &mut Errors) -> Settings {
    let mut krate = TokenStream::new();
    let mut tokens = input.into_iter();
    for token in tokens.by_ref() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ';' => break,
            token => krate.extend([token]),
        }
    }
    let mut settings = Settings::new(krate);
    let read = |input: ParseStream<'_>| {
        settings.has_default_path = input.is_empty() || is_option(input);
        settings.path = if settings.has_default_path {
            Some(LitStr::new(DEFAULT_PATH, Span::call_site()))
        } else {
            path(input, errors)
        };
        settings.read(input, &OPTIONS, errors);
        Ok(())
    };
    if let Err(error) = read.parse2(tokens.collect()) {
        errors.add(error);
    }
    settings
}

fn path(input: ParseStream<'_>, errors: &mut Errors) -> Option<LitStr> {
    const WANTED: &str =
        "the versions directory comes first, as in `embed_migrations!(\"versions\")`";
    if input.peek(LitStr) {
        let path = input.parse::<LitStr>();
        if let Err(error) = comma(input) {
            errors.add(error);
        }
        return path.ok();
    }
    errors.add(input.error(WANTED));
    // What stands in the path's place is not also a wrong option.
    if !input.peek2(Token![=]) {
        up_to_comma(input);
        let _ = comma(input);
    }
    None
}

/// True where the first argument is an option: a name and `=`, or a known name alone.
fn is_option(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let Ok(name) = ahead.call(Ident::parse_any) else {
        return false;
    };
    ahead.peek(Token![=]) || OPTIONS.contains(&name.unraw().to_string().as_str())
}
