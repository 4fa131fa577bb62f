//! The shared handlers that a consumer lists, under names of their own.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Ident, Path, spanned::Spanned};

use crate::consumer::model::Consumer;

/// Those of messages. Their names are those of their variants, too.
pub(super) fn of_messages(consumer: &Consumer) -> impl Iterator<Item = (Ident, &Path)> {
    named("__Shared", &consumer.settings.shared_ws)
}

/// Those of events.
pub(super) fn of_events(consumer: &Consumer) -> impl Iterator<Item = (Ident, &Path)> {
    named("__SharedEvent", &consumer.settings.shared_events)
}

fn named<'a>(prefix: &'a str, paths: &'a [Path]) -> impl Iterator<Item = (Ident, &'a Path)> {
    let named = move |(index, path)| (format_ident!("{prefix}{index}"), path);
    paths.iter().enumerate().map(named)
}

/// The names, and that what they name may stand there: what is wrong with it is reported here.
pub(super) fn names(consumer: &Consumer) -> TokenStream {
    let messages = of_messages(consumer).map(|(name, path)| {
        let is_one = quote!(!<#name as __rt::Shared>::OF_EVENTS);
        checked(
            &name,
            path,
            &is_one,
            "this shared handler is one of events: name it in `event_handlers(…)`",
        )
    });
    let events = of_events(consumer).map(|(name, path)| {
        let is_one = quote!(<#name as __rt::Shared>::OF_EVENTS);
        checked(
            &name,
            path,
            &is_one,
            "this shared handler is one of messages: name it in `ws_handlers(…)`",
        )
    });
    messages.chain(events).collect()
}

fn checked(name: &Ident, path: &Path, is_one: &TokenStream, otherwise: &str) -> TokenStream {
    quote_spanned! {path.span()=>
        type #name = #path;
        const _: () = __rt::assert!(#is_one, #otherwise);
        const _: () = __rt::assert!(
            __rt::same_tag_key::<__Tag, <#name as __rt::Shared>::Tag>(),
            "this shared handler has another tag key than the consumer: say `tag = \"…\"` at both or at none"
        );
    }
}

/// A member of the shared handler itself, shown where it is named.
pub(super) fn part(name: &Ident, path: &Path, item: &str) -> TokenStream {
    let item = Ident::new(item, path.span());
    quote_spanned!(path.span()=> <#name as __rt::Shared>::#item)
}

/// What the consumer does with the shared handler, shown where that is named. With that very span, not only at its place:
/// what the compiler says twice of one span it shows once.
pub(super) fn of_consumer(name: &Ident, path: &Path, item: &str) -> TokenStream {
    let item = Ident::new(item, path.span());
    quote_spanned!(path.span()=> <Self as __rt::HasShared<#name>>::#item)
}
