//! Where the compiler points when a type of the user's does not fit.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;

/// `<ty as of>::item`, which the compiler shows as the type alone.
///
/// A bound that is always asked for like this is reported once, however often it is.
pub(crate) fn member(ty: &Type, of: &TokenStream, item: &str) -> TokenStream {
    let (first, last) = ends(ty);
    let of = at(first, of.clone());
    let item = syn::Ident::new(item, last);
    let open = quote_spanned!(first=> <);
    let close = quote_spanned!(last=> >::#item);
    quote!(#open #ty as #of #close)
}

/// The path of a trait in the head of an implementation, `of<ty>`: shown as the type alone.
pub(crate) fn applied(of: &TokenStream, ty: &Type) -> TokenStream {
    let (first, last) = ends(ty);
    let of = at(first, of.clone());
    let open = quote_spanned!(first=> <);
    let close = quote_spanned!(last=> >);
    quote!(#of #open #ty #close)
}

/// Where a type begins and where it ends; joining the two is not stable.
fn ends(ty: &Type) -> (Span, Span) {
    let mut spans = ty.to_token_stream().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

/// The same tokens, shown at `span`.
pub(crate) fn at(span: Span, tokens: TokenStream) -> TokenStream {
    let tokens = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) => {
            let mut group = Group::new(group.delimiter(), at(span, group.stream()));
            group.set_span(span);
            TokenTree::Group(group)
        }
        mut token => {
            token.set_span(token.span().located_at(span));
            token
        }
    });
    tokens.collect()
}
