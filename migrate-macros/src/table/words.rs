//! What some options can say.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::attribute::entry::Entry;
use crate::attribute::options::word;

#[derive(Clone, Copy)]
pub(crate) enum Identity {
    Always,
    ByDefault,
}

impl Identity {
    pub(crate) fn tokens(self, krate: &TokenStream) -> TokenStream {
        match self {
            Identity::Always => quote!(#krate::schema::Identity::Always),
            Identity::ByDefault => quote!(#krate::schema::Identity::ByDefault),
        }
    }
}

/// What a foreign key does: the variant's name.
#[derive(Clone, Copy)]
pub(crate) struct Action(&'static str);

impl Action {
    pub(crate) fn parse(entry: &Entry) -> syn::Result<Action> {
        const WORDS: &[(&str, Action)] = &[
            ("cascade", Action("Cascade")),
            ("restrict", Action("Restrict")),
            ("set null", Action("SetNull")),
            ("set default", Action("SetDefault")),
            ("no action", Action("NoAction")),
        ];
        word(&entry.text("\"cascade\"")?, WORDS, "it is one of")
    }

    pub(crate) fn tokens(self, krate: &TokenStream) -> TokenStream {
        let variant = Ident::new(self.0, Span::call_site());
        quote!(#krate::schema::Action::#variant)
    }
}

/// When a constraint is checked.
#[derive(Clone, Copy)]
pub(crate) enum Deferrable {
    InitiallyImmediate,
    InitiallyDeferred,
}

impl Deferrable {
    pub(crate) fn tokens(self, krate: &TokenStream) -> TokenStream {
        match self {
            Deferrable::InitiallyImmediate => {
                quote!(#krate::schema::Deferrable::InitiallyImmediate)
            }
            Deferrable::InitiallyDeferred => quote!(#krate::schema::Deferrable::InitiallyDeferred),
        }
    }
}

/// Reads `deferrable` or `deferrable = "initially deferred"`.
pub(crate) fn deferrable(entry: &Entry) -> syn::Result<Deferrable> {
    const WORDS: &[(&str, Deferrable)] = &[
        ("initially deferred", Deferrable::InitiallyDeferred),
        ("initially immediate", Deferrable::InitiallyImmediate),
    ];
    if entry.is_flag() {
        return Ok(Deferrable::InitiallyImmediate);
    }
    word(
        &entry.text("\"initially deferred\"")?,
        WORDS,
        "it is one of",
    )
}

/// Reads SQLite's conflict clause.
pub(crate) fn on_conflict(entry: &Entry) -> syn::Result<&'static str> {
    const WORDS: &[(&str, &str)] = &[
        ("rollback", "ROLLBACK"),
        ("abort", "ABORT"),
        ("fail", "FAIL"),
        ("ignore", "IGNORE"),
        ("replace", "REPLACE"),
    ];
    word(&entry.text("\"replace\"")?, WORDS, "it is one of")
}
