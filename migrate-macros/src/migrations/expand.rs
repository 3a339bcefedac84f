use heck::ToSnakeCase;
use migrate_chain::CHAIN_LOCK;
use migrate_chain::packed::Piece;
use proc_macro2::{Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::DeriveInput;
use syn::ext::IdentExt;

use super::args::args;
use super::assets;
use super::attr::attr;
use super::load::{Versions, load};
use super::modules::{Modules, modules};
use super::settings::Settings;
use crate::attribute::errors::Errors;

/// `embed_migrations!`: one constant expression.
pub(crate) fn expression(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let settings = args(input, &mut errors);
    let Some(versions) = load(&settings, &mut errors) else {
        let krate = &settings.krate;
        let errors = errors.into_compile_errors();
        return quote!({ #errors #krate::__private::invalid() });
    };
    let Constant { items, value } = constant(&settings, &versions, "revision");
    quote!({ #items #value })
}

/// `#[derive(Migrations)]`: the same behind a function.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let settings = attr(&input, &mut errors);
    let Constant { items, value } = match load(&settings, &mut errors) {
        Some(versions) => {
            let prefix = input.ident.unraw().to_string().to_snake_case();
            constant(&settings, &versions, &prefix)
        }
        None => {
            let krate = &settings.krate;
            Constant {
                items: errors.into_compile_errors(),
                value: quote!(#krate::__private::invalid()),
            }
        }
    };
    let krate = &settings.krate;
    let (visibility, name) = (&input.vis, &input.ident);
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let path = settings.path.map_or_else(String::new, |path| path.value());
    let doc = format!("The revisions of `{path}`, checked and compiled in.");
    quote! {
        #items

        impl #impl_generics #name #type_generics #where_clause {
            #[doc = #doc]
            #visibility fn migrations() -> &'static #krate::Migrations {
                static MIGRATIONS: #krate::Migrations = #value;
                &MIGRATIONS
            }
        }
    }
}

/// A chain as tokens.
struct Constant {
    /// What the value refers to, and what is only tracked.
    items: TokenStream,
    value: TokenStream,
}

fn constant(settings: &Settings, versions: &Versions, prefix: &str) -> Constant {
    let krate = &settings.krate;
    let loaded = &versions.loaded;
    let text = text(versions);
    let table = Literal::byte_string(&loaded.encoded.table);
    let adoption = Literal::byte_string(&loaded.encoded.adoption);
    let Modules { items, table: code } = modules(krate, versions, prefix);
    let assets = match (&versions.assets, &settings.assets) {
        (Some(assets), Some(option)) => assets::tree(krate, versions, option, assets),
        _ => quote!(::core::option::Option::None),
    };
    let outside = if loaded.runs_outside {
        quote!(::core::option::Option::Some(&#krate::__private::OUTSIDE))
    } else {
        quote!(::core::option::Option::None)
    };
    let adopt = if loaded.encoded.adoption.is_empty() {
        quote!(::core::option::Option::None)
    } else {
        quote!(::core::option::Option::Some(&#krate::__private::ADOPT))
    };
    let beside = &settings.beside;
    let tracked = versions.has_lock.then(|| {
        let path = versions.file(CHAIN_LOCK);
        // A constant that nothing uses is not linked, but cargo rebuilds when the file changes.
        quote!(
            const _: &[u8] = ::core::include_bytes!(#path);
        )
    });
    let unwritten = versions.loaded.blank.iter().map(|path| {
        let message = format!(
            "{path} is still to be written\n  = help: a debug build takes a blank head, a release build doesn't: write its script, or `cargo migrate revision --autogenerate` does\n  = help: a section that does nothing on purpose is `-- upgrade: nothing`"
        );
        let span = settings.path.as_ref().map_or_else(Span::call_site, syn::LitStr::span);
        quote_spanned!(span=>
            #[cfg(not(debug_assertions))]
            ::core::compile_error!(#message);
        )
    });
    Constant {
        items: quote!(#(#unwritten)* #tracked #items),
        value: quote! {
            #krate::__private::embedded(#krate::__private::Embedded {
                text: #text,
                table: #table,
                adoption: #adoption,
                code: #code,
                assets: #assets,
                app_version: ::core::env!("CARGO_PKG_VERSION"),
                outside: #outside,
                adopt: #adopt,
                beside: &[#(#beside),*],
            })
        },
    }
}

/// One text: what is given here, and the files, which the compiler reads and cargo tracks.
///
/// It is written as source for the compiler's own lexer, which is optimised: this macro is not in a
/// debug build, and `proc_macro2`, which would first read the source itself, is not either.
fn text(versions: &Versions) -> TokenStream {
    let mut text = String::from("::core::concat!(");
    for piece in &versions.loaded.encoded.pieces {
        match piece {
            Piece::Literal(literal) => text.push_str(&format!("{literal:?},")),
            Piece::File(path) => {
                let path = versions.file(path);
                text.push_str(&format!("::core::include_str!({path:?}),"));
            }
        }
    }
    text.push(')');
    match text.parse::<proc_macro::TokenStream>() {
        Ok(tokens) => tokens.into(),
        Err(error) => syn::Error::new(Span::call_site(), error).into_compile_error(),
    }
}
