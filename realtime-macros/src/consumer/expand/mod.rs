//! From a consumer to its implementation: data and a thin match; all logic is in the runtime.

mod call;
mod description;
mod fallback;
mod implementation;
mod included;
mod incoming;
mod shared;

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
        #[allow(private_interfaces, nonstandard_style, deprecated, unused_qualifications)]
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
    let mut outputs: Vec<(&Type, Vec<&Handler>)> = Vec::new();
    let on_block = consumer.settings.output.iter().map(|ty| (None, ty));
    let handlers = consumer.ws.iter().chain(&consumer.events);
    let on_handlers = handlers
        .filter(move |handler| !(shown && handler.doc.hidden))
        .flat_map(|handler| handler.output.iter().map(move |ty| (Some(handler), ty)));
    for (handler, ty) in on_block.chain(on_handlers) {
        match (
            outputs.iter_mut().find(|(known, _)| same(known, ty)),
            handler,
        ) {
            (None, handler) => outputs.push((ty, handler.into_iter().collect())),
            // Nobody: it is there whatever becomes of the handlers.
            (Some((_, by)), None) => by.clear(),
            (Some((_, by)), Some(_)) if by.is_empty() => {}
            (Some((_, by)), Some(handler)) => by.push(handler),
        }
    }
    outputs.into_iter().map(|(ty, by)| {
        let there = any_is_there(&by).map(|there| quote!(#[cfg(#there)]));
        (there.unwrap_or_default(), ty)
    })
}

/// What `forward(…)` lists, as far as no handler takes it.
fn forwarded(consumer: &Consumer) -> impl Iterator<Item = (TokenStream, &Type)> {
    consumer.settings.forward.iter().filter_map(move |ty| {
        let handlers = consumer.events.iter();
        let handlers: Vec<_> = handlers
            .filter(|handler| same(&handler.message, ty))
            .collect();
        if handlers.is_empty() {
            return Some((TokenStream::new(), ty));
        }
        // Where `#[cfg]`s take all its handlers out, the event is passed on after all.
        any_is_there(&handlers).map(|there| (quote!(#[cfg(not(#there))]), ty))
    })
}

fn same(one: &Type, other: &Type) -> bool {
    one.to_token_stream().to_string() == other.to_token_stream().to_string()
}

/// When `#[cfg]`s leave one of the handlers there. `None`: always.
fn any_is_there(handlers: &[&Handler]) -> Option<TokenStream> {
    let conditions = handlers.iter().map(|handler| {
        let lists = handler
            .cfg
            .iter()
            .filter_map(|cfg| cfg.meta.require_list().ok());
        let conditions: Vec<_> = lists.map(|list| &list.tokens).collect();
        match &*conditions {
            [] => None,
            [one] => Some(quote!(#one)),
            several => Some(quote!(all(#(#several),*))),
        }
    });
    let conditions: Vec<TokenStream> = conditions.collect::<Option<_>>()?;
    match &*conditions {
        [] => None,
        [one] => Some(one.clone()),
        several => Some(quote!(any(#(#several),*))),
    }
}
