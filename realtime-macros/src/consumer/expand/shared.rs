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
    let bound = parse_quote!(#consumer: __rt::Consumer<Tag = __Tag>);
    generics.make_where_clause().predicates.push(bound);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let call = Call {
        handler,
        consumer: consumer.to_token_stream(),
        function: ident.to_token_stream(),
        receiver: quote!(consumer),
    };
    let message = &handler.message;
    let items = match marker {
        Marker::WsHandler => {
            let dispatch = call.dispatch();
            let receive = description::receive(handler);
            quote! {
                impl __rt::SharedMessage for #ident {
                    type Message = #message;

                    fn describe(description: &mut __rt::Description) {
                        #receive
                        let _ = description;
                    }
                }

                impl #impl_generics __rt::SharedHandler<#consumer, __Tag> for #ident #where_clause {
                    async fn dispatch(
                        consumer: &mut #consumer,
                        message: #message,
                        cx: &mut __rt::Context<'_, #consumer>,
                    ) -> __rt::Result<(), __rt::Error> {
                        let _ = (&consumer, &cx);
                        #dispatch
                    }
                }
            }
        }
        _ => {
            let (fan_out, handle) = if handler.has_self {
                (
                    quote!(let _ = event; __rt::Ok(__rt::FanOut::Each)),
                    call.handle(),
                )
            } else {
                (
                    call.share(),
                    quote!(let _ = (consumer, event, cx); __rt::Ok(())),
                )
            };
            let push = description::push(handler);
            quote! {
                impl __rt::SharedEvent for #ident {
                    type Event = #message;

                    fn describe(description: &mut __rt::Description) {
                        #push
                        let _ = description;
                    }
                }

                impl #impl_generics __rt::SharedEventHandler<#consumer, __Tag> for #ident #where_clause {
                    async fn fan_out(
                        event: &#message,
                    ) -> __rt::Result<__rt::FanOut, __rt::Error> {
                        #fan_out
                    }

                    async fn handle(
                        consumer: &mut #consumer,
                        event: &#message,
                        cx: &mut __rt::Context<'_, #consumer>,
                    ) -> __rt::Result<(), __rt::Error> {
                        #handle
                    }
                }
            }
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
    let items = match marker {
        Marker::WsHandler => quote! {
            impl __rt::SharedMessage for #ident {
                type Message = __rt::Unknown<Self, __Tag>;

                fn describe(_: &mut __rt::Description) {}
            }

            impl<__Consumer: __rt::Consumer, __Key> __rt::SharedHandler<__Consumer, __Key> for #ident {
                async fn dispatch(
                    _: &mut __Consumer,
                    _: __rt::Unknown<Self, __Tag>,
                    _: &mut __rt::Context<'_, __Consumer>,
                ) -> __rt::Result<(), __rt::Error> {
                    __rt::Ok(())
                }
            }
        },
        _ => quote! {
            impl __rt::SharedEvent for #ident {
                type Event = __rt::Unknown<Self, __Tag>;

                fn describe(_: &mut __rt::Description) {}
            }

            impl<__Consumer: __rt::Consumer, __Key> __rt::SharedEventHandler<__Consumer, __Key> for #ident {
                async fn fan_out(
                    _: &__rt::Unknown<Self, __Tag>,
                ) -> __rt::Result<__rt::FanOut, __rt::Error> {
                    __rt::Ok(__rt::FanOut::Each)
                }

                async fn handle(
                    _: &mut __Consumer,
                    _: &__rt::Unknown<Self, __Tag>,
                    _: &mut __rt::Context<'_, __Consumer>,
                ) -> __rt::Result<(), __rt::Error> {
                    __rt::Ok(())
                }
            }
        },
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
