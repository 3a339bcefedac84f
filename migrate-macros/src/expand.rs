use migrate_chain::CHAIN_LOCK;
use migrate_chain::packed::{Encoded, Piece};
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::DeriveInput;
use syn::ext::IdentExt;

use crate::args::args;
use crate::assets;
use crate::attr::{attr, snake_case};
use crate::errors::Errors;
use crate::load::{Versions, load};
use crate::modules::{Modules, modules};
use crate::settings::Settings;

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
            let prefix = snake_case(&input.ident.unraw().to_string());
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
    let Versions {
        loaded,
        assets,
        has_lock,
        root,
        directory,
    } = versions;
    let source = Source { root };
    let Encoded { pieces, table } = &loaded.encoded;
    let text = text(&source, pieces);
    let table = Literal::byte_string(table);
    let Modules { items, table: code } = modules(krate, directory, prefix, &loaded.code);
    let assets = match (assets, &settings.assets) {
        (Some(assets), Some(asked)) => assets::tree(krate, &source, asked, assets),
        _ => quote!(::core::option::Option::None),
    };
    let outside = match loaded.runs_outside {
        true => quote!(::core::option::Option::Some(&#krate::__private::OUTSIDE)),
        false => quote!(::core::option::Option::None),
    };
    let tracked = has_lock.then(|| {
        let path = source.path(CHAIN_LOCK);
        // A constant that nothing uses is not linked, but cargo rebuilds when the file changes.
        quote!(
            const _: &[u8] = ::core::include_bytes!(#path);
        )
    });
    Constant {
        items: quote!(#tracked #items),
        value: quote! {
            #krate::__private::embedded(#krate::__private::Embedded {
                text: #text,
                table: #table,
                code: #code,
                assets: #assets,
                app_version: ::core::env!("CARGO_PKG_VERSION"),
                outside: #outside,
            })
        },
    }
}

/// One text: what is given here, and the files, which the compiler reads and cargo tracks.
fn text(source: &Source<'_>, pieces: &[Piece]) -> TokenStream {
    let pieces = pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => quote!(#text),
        Piece::File(path) => {
            let path = source.path(path);
            quote!(::core::include_str!(#path))
        }
    });
    quote!(::core::concat!(#(#pieces),*))
}

/// Where the files are, as the compiler is told.
pub(crate) struct Source<'a> {
    root: &'a str,
}

impl Source<'_> {
    /// The path of a file of the versions directory, without a machine's own folders in it.
    pub(crate) fn path(&self, path: &str) -> TokenStream {
        let path = format!("/{}/{path}", self.root);
        quote!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #path))
    }
}
