//! `#[example(…)]`: values that the document shows.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{
    Attribute, Data, DeriveInput, Expr, ExprLit, Lit, LitStr, Path, Token, ext::IdentExt as _,
    punctuated::Punctuated, spanned::Spanned as _,
};

use crate::{errors::Errors, spans};

/// A value, and a sentence about it.
struct Example {
    summary: Option<LitStr>,
    value: Expr,
}

/// The examples of a message, in the order of the code.
pub(super) struct Examples(Vec<Example>);

/// Whether an attribute is read here, and means nothing to the compiler.
pub(super) fn is_example(attribute: &Attribute) -> bool {
    attribute.path().is_ident("example")
}

impl Examples {
    /// Those on the type, and on the variants of an enum.
    pub(super) fn of(input: &DeriveInput, errors: &mut Errors) -> Self {
        let mut attributes: Vec<&Attribute> = input.attrs.iter().collect();
        if let Data::Enum(data) = &input.data {
            attributes.extend(data.variants.iter().flat_map(|variant| &variant.attrs));
        }
        let examples = attributes
            .into_iter()
            .filter(|attribute| is_example(attribute));
        Self(
            examples
                .filter_map(|attribute| parse(attribute, input, errors))
                .collect(),
        )
    }

    pub(super) const fn none() -> Self {
        Self(Vec::new())
    }

    /// `Message::examples`; the default where there are none.
    pub(super) fn method(&self, runtime: &Path) -> TokenStream {
        if self.0.is_empty() {
            return TokenStream::new();
        }
        let examples = self.0.iter().map(|Example { summary, value }| {
            let summary = summary.as_ref().map(|summary| quote!(.summary(#summary)));
            // So that a value of another type is reported at the value alone.
            let at = value.span();
            let new = spans::at(at, quote!(#runtime::message::Example::<Self>::new));
            quote_spanned!(at=> #new(#value) #summary)
        });
        quote! {
            fn examples() -> ::std::vec::Vec<#runtime::message::Example<Self>> {
                ::std::vec![#(#examples),*]
            }
        }
    }

    /// A test that they read as they were written.
    pub(super) fn test(&self, input: &DeriveInput, runtime: &Path) -> TokenStream {
        if self.0.is_empty() {
            return TokenStream::new();
        }
        let ident = &input.ident;
        let name = format_ident!("examples_of_{}", ident.unraw(), span = ident.span());
        quote! {
            #[cfg(test)]
            #[test]
            #[allow(deprecated, non_snake_case, unnameable_test_items)]
            fn #name() {
                #runtime::__private::examples_hold::<#ident>();
            }
        }
    }
}

fn parse(attribute: &Attribute, input: &DeriveInput, errors: &mut Errors) -> Option<Example> {
    let ident = &input.ident;
    let advice = format!(
        "an example is a value of the message: write `#[example({ident} {{ … }})]` or \
         `#[example(\"what it shows\", {ident} {{ … }})]`"
    );
    let Ok(list) = attribute.meta.require_list() else {
        errors.at(attribute.meta.path(), advice);
        return None;
    };
    let parsed = list.parse_args_with(Punctuated::<Expr, Token![,]>::parse_terminated);
    let mut values = errors.take(parsed)?.into_iter();
    match (values.next(), values.next(), values.next()) {
        (Some(value), None, None) => Some(Example {
            summary: None,
            value,
        }),
        (
            Some(Expr::Lit(ExprLit {
                lit: Lit::Str(summary),
                ..
            })),
            Some(value),
            None,
        ) => Some(Example {
            summary: Some(summary),
            value,
        }),
        _ => {
            errors.at(list, advice);
            None
        }
    }
}
