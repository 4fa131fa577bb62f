//! From a consumer to its implementation: data and a thin match; all logic is in the runtime.

mod call;
mod description;
mod fallback;
mod implementation;
mod included;
mod incoming;
mod shared;
mod spans;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Path, Type};

use super::{
    model::{Consumer, Handler},
    parse::Item,
};
pub(super) use fallback::fallback;
pub(super) use shared::{shared, stand_in};

/// The user's block, without the markers.
pub(super) fn block(consumer: &Consumer) -> TokenStream {
    let Consumer {
        attributes,
        unsafety,
        generics,
        trait_for,
        self_ty,
        items,
        ..
    } = consumer;
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let trait_for = trait_for.as_ref().map(|(name, token)| quote!(#name #token));
    let items = items.iter().map(|item| match item {
        Item::Method(method) => method.to_token_stream(),
        Item::Other(tokens) => tokens.clone(),
    });
    // A handler is `async` because it is a handler, whether it waits for something or not.
    quote! {
        #(#attributes)*
        #[allow(clippy::unused_async)]
        #unsafety impl #impl_generics #trait_for #self_ty #where_clause { #(#items)* }
    }
}

/// The implementation of `Consumer`, and what belongs to it.
pub(super) fn implementation(consumer: &Consumer) -> TokenStream {
    let incoming = incoming::incoming(consumer);
    let implementation = implementation::consumer(consumer);
    let events = implementation::events(consumer);
    let sends = implementation::sends(consumer);
    let names = included::names(consumer);
    closed(
        consumer,
        &quote!(#names #incoming #implementation #events #sends),
    )
}

fn closed(consumer: &Consumer, items: &TokenStream) -> TokenStream {
    scope(&consumer.settings.runtime, consumer.settings.flat, items)
}

/// A scope of its own. Its items still shadow the user's, so their names begin with underscores.
fn scope(runtime: &Path, flat: bool, items: &TokenStream) -> TokenStream {
    let tag = if flat { quote!(Type) } else { quote!(Action) };
    quote! {
        #[allow(private_interfaces, nonstandard_style, deprecated)]
        #[allow(clippy::all, clippy::pedantic)]
        const _: () = {
            use #runtime::expect as __rt;
            type __Tag = __rt::#tag;
            #items
        };
    }
}

fn cfg(handler: &Handler) -> TokenStream {
    let cfg = &handler.cfg;
    quote!(#(#cfg)*)
}

/// What `output(…)` lists, on the block and on its handlers, each type once. `shown`: in the document, too.
fn outputs(consumer: &Consumer, shown: bool) -> impl Iterator<Item = (TokenStream, &Type)> {
    let on_block = consumer
        .settings
        .output
        .iter()
        .map(|ty| (TokenStream::new(), ty));
    let handlers = consumer.ws.iter().chain(&consumer.events);
    let on_handlers = handlers
        .filter(move |handler| !(shown && handler.doc.hidden))
        .flat_map(|handler| handler.output.iter().map(|ty| (cfg(handler), ty)));
    let mut seen = Vec::new();
    on_block.chain(on_handlers).filter(move |(_, ty)| {
        let tokens = ty.to_token_stream().to_string();
        let new = !seen.contains(&tokens);
        seen.push(tokens);
        new
    })
}

/// What `forward(…)` lists, as far as no handler takes it.
fn forwarded(consumer: &Consumer) -> impl Iterator<Item = (TokenStream, &Type)> {
    let same = |one: &Type, other: &Type| {
        one.to_token_stream().to_string() == other.to_token_stream().to_string()
    };
    consumer.settings.forward.iter().filter_map(move |ty| {
        let mut handlers = consumer.events.iter();
        let Some(handler) = handlers.find(|handler| same(&handler.message, ty)) else {
            return Some((TokenStream::new(), ty));
        };
        // Where a `#[cfg]` takes the handler out, the event is passed on after all.
        let conditions: Vec<_> = handler
            .cfg
            .iter()
            .filter_map(|cfg| cfg.meta.require_list().ok())
            .map(|list| &list.tokens)
            .collect();
        (!conditions.is_empty()).then(|| (quote!(#[cfg(not(all(#(#conditions),*)))]), ty))
    })
}
