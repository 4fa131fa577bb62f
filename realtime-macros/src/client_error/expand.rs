//! From what is known of errors to the implementation.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{DeriveInput, Ident, LitStr, Path, spanned::Spanned};

use super::validate::{Case, Outcome, Place};

/// The implementation of `ClientError`.
pub(super) fn implementation(
    input: &DeriveInput,
    runtime: &Path,
    cases: &[Case<'_>],
) -> TokenStream {
    let others = cases.iter().filter_map(|case| match &case.outcome {
        Outcome::Transparent(place) => Some(associated(runtime, place, "OTHER_CODES")),
        _ => None,
    });
    let others: Vec<_> = others.collect();
    let others = (!others.is_empty()).then(|| quote!(const OTHER_CODES: bool = #(#others)||*;));
    let codes = codes(runtime, cases);
    let arms = cases.iter().map(|case| arm(input, runtime, case));
    block(
        input,
        runtime,
        &quote! {
            #others

            fn codes() -> ::std::vec::Vec<&'static str> {
                #codes
            }

            fn into_error(self) -> #runtime::Error {
                match self {
                    #(#arms)*
                }
            }
        },
    )
}

/// What stands in for the implementation of an error with mistakes, so that its handlers are not reported as well.
pub(super) fn fallback(input: &DeriveInput, runtime: &Path) -> TokenStream {
    block(
        input,
        runtime,
        &quote! {
            fn codes() -> ::std::vec::Vec<&'static str> {
                ::std::vec::Vec::new()
            }

            fn into_error(self) -> #runtime::Error {
                #runtime::Error::internal("")
            }
        },
    )
}

fn block(input: &DeriveInput, runtime: &Path, items: &TokenStream) -> TokenStream {
    let ident = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #generics #runtime::ClientError for #ident #arguments #bounds {
            #items
        }
    }
}

/// The codes of all variants, in their order.
fn codes(runtime: &Path, cases: &[Case<'_>]) -> TokenStream {
    let mut parts = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    for case in cases {
        match &case.outcome {
            Outcome::Told { code, .. } => run.push(code),
            Outcome::Internal { .. } => {}
            Outcome::Transparent(place) => {
                if !run.is_empty() {
                    parts.push(quote!(::std::vec![#(#run),*]));
                    run.clear();
                }
                let inner = associated(runtime, place, "codes");
                parts.push(quote!(#inner()));
            }
        }
    }
    if !run.is_empty() {
        parts.push(quote!(::std::vec![#(#run),*]));
    }
    match parts.as_slice() {
        [] => quote!(::std::vec::Vec::new()),
        [one] => quote!(#one),
        all => quote!([#(#all),*].concat()),
    }
}

/// Something of the `ClientError` that a field is, to be reported at its type.
fn associated(runtime: &Path, place: &Place<'_>, name: &str) -> TokenStream {
    let ty = &place.field.ty;
    let name = Ident::new(name, Span::call_site());
    quote_spanned!(reported_at(ty.span())=> <#ty as #runtime::ClientError>::#name)
}

fn arm(input: &DeriveInput, runtime: &Path, case: &Case<'_>) -> TokenStream {
    let mut bound: Vec<usize> = Vec::new();
    let error = match &case.outcome {
        Outcome::Told {
            code,
            detail,
            cause,
        } => {
            bound.extend(&detail.shown);
            bound.extend(cause.iter().map(|place| place.index));
            let text = &detail.text;
            let span = reported_at(detail.span);
            let detail = if detail.shown.is_empty() {
                quote!(#text)
            } else {
                let names = detail.shown.iter().map(|index| binding(*index, span));
                let names = names.map(|name| quote_spanned!(span=> #name = #name));
                let text = LitStr::new(text, detail.span);
                quote_spanned!(span=> ::std::format!(#text, #(#names),*))
            };
            let cause = cause.as_ref().map(|place| {
                let cause = boxed(runtime, place);
                quote!(.with_cause(#cause))
            });
            quote!(#runtime::Error::client(#code, #detail)#cause)
        }
        Outcome::Internal { cause: Some(place) } => {
            bound.push(place.index);
            let cause = boxed(runtime, place);
            quote!(#runtime::Error::internal(#cause))
        }
        Outcome::Internal { cause: None } => {
            let mut name = input.ident.to_string();
            if let Some(variant) = case.variant {
                name = format!("{name}::{variant}");
            }
            quote!(#runtime::Error::internal(#name))
        }
        Outcome::Transparent(place) => {
            bound.push(place.index);
            let into_error = associated(runtime, place, "into_error");
            let inner = binding(place.index, Span::call_site());
            quote!(#into_error(#inner))
        }
    };
    bound.sort_unstable();
    bound.dedup();
    let pattern = pattern(case, &bound);
    quote!(#pattern => #error,)
}

/// `Self::Full { max: __0, .. }`
fn pattern(case: &Case<'_>, bound: &[usize]) -> TokenStream {
    let variant = case.variant.map(|variant| quote!(::#variant));
    let members = case.fields.members().enumerate();
    let members = members.filter(|(index, _)| bound.contains(index));
    let bindings = members.map(|(index, member)| {
        let binding = binding(index, Span::call_site());
        quote!(#member: #binding,)
    });
    quote!(Self #variant { #(#bindings)* .. })
}

/// A field as a cause. Converted here, where what is no error is reported at its type.
fn boxed(runtime: &Path, place: &Place<'_>) -> TokenStream {
    let ty = &place.field.ty;
    let cause = binding(place.index, Span::call_site());
    let span = reported_at(ty.span());
    quote_spanned! {span=>
        <#ty as ::core::convert::Into<#runtime::__private::BoxError>>::into(#cause)
    }
}

fn binding(index: usize, span: Span) -> Ident {
    format_ident!("__{index}", span = span)
}

/// Names as everywhere in the expansion, errors at the user's own words.
fn reported_at(span: Span) -> Span {
    Span::call_site().located_at(span)
}
