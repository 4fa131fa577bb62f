//! What a consumer says of itself, for the document.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Type, ext::IdentExt};

use super::{cfg, outputs, spans};
use crate::consumer::model::Consumer;

/// The body of `Consumer::describe`.
pub(super) fn description(consumer: &Consumer) -> TokenStream {
    let message_of = quote!(__rt::MessageOf<__Tag>);
    let reply = quote!(__rt::Reply<__Tag>);
    let (summary, text) = consumer.docs.pair();
    let receives = consumer.ws.iter().map(|handler| {
        let (cfg, name) = (cfg(handler), handler.ident.unraw().to_string());
        let (summary, text) = handler.docs.texts();
        let messages = spans::member(&handler.message, &message_of, "describe");
        let replies = spans::member(&handler.returns, &reply, "describe");
        quote!(#cfg description.receive([#name, #summary, #text], #messages(), #replies());)
    });
    let pushes = consumer.events.iter().map(|handler| {
        let (cfg, name) = (cfg(handler), handler.ident.unraw().to_string());
        let (summary, text) = handler.docs.texts();
        let messages = spans::member(&handler.returns, &reply, "messages");
        quote!(#cfg description.push([#name, #summary, #text], #messages());)
    });
    let outputs = outputs(consumer).map(|(cfg, ty)| {
        let messages = spans::member(ty, &message_of, "describe");
        quote!(#cfg description.output(#messages());)
    });
    let schema = |name: TokenStream, ty: &Option<Type>| {
        ty.as_ref().map(|ty| {
            let schema = quote!(|generator| generator.subschema_for::<#ty>());
            quote!(description.#name = __rt::Some(#schema);)
        })
    };
    let path = schema(quote!(path), &consumer.settings.path);
    let query = schema(quote!(query), &consumer.settings.query);
    quote! {
        let mut description = __rt::Description {
            summary: #summary,
            description: #text,
            ..__rt::Default::default()
        };
        #path
        #query
        #(#receives)*
        #(#pushes)*
        #(#outputs)*
        description
    }
}
