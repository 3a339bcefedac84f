use std::collections::HashSet;

use migrate_chain::{Call, CodeFile};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use super::load::Versions;

/// Rust-coded revisions: their modules, and the table that points into them.
pub(crate) struct Modules {
    /// As items: of the block, or beside the struct.
    pub(crate) items: TokenStream,
    /// An expression of type `&'static [Code]`.
    pub(crate) table: TokenStream,
}

/// Names a module after its revision; `prefix` keeps the chains of one file apart.
pub(crate) fn modules(krate: &TokenStream, versions: &Versions, prefix: &str) -> Modules {
    let files = &versions.loaded.code;
    let mut taken = HashSet::new();
    let mut items = TokenStream::new();
    let mut rows = Vec::with_capacity(files.len());
    for file in files {
        let name = name(prefix, &file.revision, &mut taken);
        let path = versions.file(&file.path);
        // An id may have capitals; and the functions are public, fallible, async and take a mutable
        // reference because they are called here, which the lints about that can't know.
        items.extend(quote! {
            #[doc(hidden)]
            #[allow(non_snake_case, unreachable_pub)]
            #[allow(clippy::unnecessary_wraps, clippy::unused_async, clippy::needless_pass_by_ref_mut)]
            #[path = #path]
            mod #name;
        });
        let CodeFile {
            revision,
            path: _,
            upgrade,
            downgrade,
        } = file;
        let upgrade = function(krate, &name, "upgrade", *upgrade);
        let downgrade = function(krate, &name, "downgrade", *downgrade);
        rows.push(quote!(#krate::__private::Code {
            revision: #revision,
            upgrade: #upgrade,
            downgrade: #downgrade,
        }));
    }
    let table = quote!({
        const CODE: &[#krate::__private::Code] = &[#(#rows),*];
        CODE
    });
    Modules { items, table }
}

/// An id is letters, digits, `_` and `.`: two may differ only where a name can't.
fn name(prefix: &str, revision: &str, taken: &mut HashSet<String>) -> Ident {
    let base = format!("{prefix}_{}", revision.replace('.', "_"));
    let mut name = base.clone();
    let mut number = 2;
    while !taken.insert(name.clone()) {
        name = format!("{base}_{number}");
        number += 1;
    }
    Ident::new(&name, Span::call_site())
}

fn function(krate: &TokenStream, module: &Ident, name: &str, call: Option<Call>) -> TokenStream {
    let name = format_ident!("{name}");
    // A pattern means a constant of that name, if the app has one.
    let context = Ident::new("__context", Span::mixed_site());
    match call {
        None => quote!(::core::option::Option::None),
        Some(Call::Sync) => quote! {
            ::core::option::Option::Some(#krate::__private::Function::Sync(#module::#name))
        },
        Some(Call::Async) => quote! {
            ::core::option::Option::Some(#krate::__private::Function::Async(
                |#context| ::std::boxed::Box::pin(#module::#name(#context))
            ))
        },
    }
}
