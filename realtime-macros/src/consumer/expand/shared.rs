//! A shared handler: the function stays as it is; a type of the same name stands for it where consumers list it.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Ident, Path, Visibility, parse_quote};

use super::{call::Call, cfg, description, scope};
use crate::{
    consumer::{model::Shared, parse::Method},
    marker::Marker,
};

pub(in crate::consumer) fn shared(
    function: &Method,
    shared: &Shared,
    marker: Marker,
) -> TokenStream {
    let Shared {
        visibility,
        handler,
        consumer,
        generics,
        flat,
        runtime,
    } = shared;
    let (cfg, ident) = (cfg(handler), &handler.ident);
    let mut generics = generics.clone();
    let consumer: Ident = consumer.clone().unwrap_or_else(|| {
        generics.params.push(parse_quote!(__Consumer));
        parse_quote!(__Consumer)
    });
    let bound = parse_quote!(#consumer: __rt::Consumer);
    generics.make_where_clause().predicates.push(bound);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let call = Call {
        handler,
        consumer: consumer.to_token_stream(),
        function: ident.to_token_stream(),
        receiver: quote!(__consumer),
    };
    let message = &handler.message;
    let of_events = marker == Marker::EventHandler;
    let describe = if of_events {
        description::push(handler)
    } else {
        description::receive(handler)
    };
    let context = quote!(__cx: &mut __rt::Context<'_, #consumer>);
    let methods = match (of_events, handler.has_self) {
        (false, _) => {
            let dispatch = call.dispatch();
            quote! {
                async fn dispatch(
                    __consumer: &mut #consumer,
                    __message: #message,
                    #context,
                ) -> __rt::Result<(), __rt::Error> {
                    let _ = (&__consumer, &__cx);
                    #dispatch
                }
            }
        }
        (true, false) => {
            let share = call.share();
            quote! {
                async fn fan_out(__event: &#message) -> __rt::Result<__rt::FanOut, __rt::Error> {
                    #share
                }
            }
        }
        (true, true) => {
            let handle = call.handle();
            quote! {
                async fn handle(
                    __consumer: &mut #consumer,
                    __event: &#message,
                    #context,
                ) -> __rt::Result<(), __rt::Error> {
                    #handle
                }
            }
        }
    };
    let items = quote! {
        impl __rt::Shared for #ident {
            type Tag = __Tag;
            type Takes = #message;
            const OF_EVENTS: bool = #of_events;

            fn describe(description: &mut __rt::Description) {
                #describe
                let _ = description;
            }
        }

        impl #impl_generics __rt::SharedHandler<#consumer> for #ident #where_clause {
            #methods
        }
    };
    let named = named(&cfg, visibility, ident);
    let scope = scope(runtime, *flat, &items);
    quote! {
        #[allow(clippy::unused_async)]
        #function
        #named
        #cfg
        #scope
    }
}

/// The type that stands for the function.
fn named(cfg: &TokenStream, visibility: &Visibility, ident: &Ident) -> TokenStream {
    quote! {
        #cfg
        #[doc(hidden)]
        #[allow(nonstandard_style, missing_debug_implementations)]
        #[allow(clippy::all, clippy::pedantic)]
        #visibility enum #ident {}
    }
}

/// What stands in for a shared handler with mistakes, so that they are all that is reported.
pub(in crate::consumer) fn stand_in(
    function: &Method,
    flat: bool,
    runtime: &Path,
    marker: Marker,
) -> TokenStream {
    let ident = &function.signature.ident;
    let cfg = function
        .attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"));
    let cfg = quote!(#(#cfg)*);
    let of_events = marker == Marker::EventHandler;
    let items = quote! {
        impl __rt::Shared for #ident {
            type Tag = __Tag;
            type Takes = __rt::Unknown<Self, __Tag>;
            const OF_EVENTS: bool = #of_events;

            fn describe(_: &mut __rt::Description) {}
        }

        impl<__Consumer: __rt::Consumer> __rt::SharedHandler<__Consumer> for #ident {}
    };
    let named = named(&cfg, &function.visibility, ident);
    let scope = scope(runtime, flat, &items);
    quote! {
        #function
        #named
        #cfg
        #scope
    }
}
