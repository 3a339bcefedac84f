use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;
use syn::ext::IdentExt;

use super::ast::Enum;
use super::valid;
use crate::attribute::errors::Errors;
use crate::attribute::options::option;

/// `#[derive(DbEnum)]`: implementations of `DbEnum` and `ColumnType`, of an enum without values if
/// it is wrong.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let mut of = Enum::read(&input, &mut errors);
    valid::check(&of, &mut errors);
    let value = if errors.is_empty() {
        let arms = of.values.iter().map(|value| {
            let (variant, name) = (&value.variant.ident, &value.name);
            quote!(Self::#variant => #name)
        });
        quote!(match self { #(#arms),* })
    } else {
        of.values.clear();
        quote!("")
    };
    let errors = errors.into_compile_errors();
    let krate = &of.attr.krate;
    let (ident, name) = (&input.ident, &of.name);
    let model = ident.unraw().to_string();
    let values = of.values.iter().map(|value| {
        let name = &value.name;
        let renamed = value.attr.renamed_from.as_ref().map(|old| {
            let old = option(Some(old));
            quote!(.with_renamed_from(#old))
        });
        quote!(#krate::schema::EnumValueDef::new(#name) #renamed)
    });
    let parse = of.values.iter().map(|value| {
        let (variant, name) = (&value.variant.ident, &value.name);
        let some = option(Some(quote!(Self::#variant)));
        quote!(#name => #some,)
    });
    let (schema, renamed, comment) = (
        option(of.attr.schema.as_ref()),
        option(of.attr.renamed_from.as_ref()),
        option(of.attr.comment.as_ref()),
    );
    let none = option(None::<TokenStream>);
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    quote! {
        #errors

        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics #krate::schema::DbEnum for #ident #type_generics #where_clause {
            const ENUM: #krate::schema::EnumDef = {
                const __MIGRATE_VALUES: &[#krate::schema::EnumValueDef] = &[#(#values),*];
                #krate::schema::EnumDef::new(#name, #model, __MIGRATE_VALUES)
                    .with_schema(#schema)
                    .with_renamed_from(#renamed)
                    .with_comment(#comment)
            };

            fn value(&self) -> &'static ::core::primitive::str {
                #value
            }

            fn from_value(value: &::core::primitive::str) -> ::core::option::Option<Self> {
                match value {
                    #(#parse)*
                    _ => #none,
                }
            }
        }

        #[automatically_derived]
        impl #impl_generics #krate::schema::ColumnType for #ident #type_generics #where_clause {
            const TYPE: #krate::schema::SqlType =
                #krate::schema::SqlType::enumeration(&<Self as #krate::schema::DbEnum>::ENUM);
        }
    }
}
