//! The shared handlers that a consumer lists, under names of their own.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Path};

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

/// The names: what is not found is reported here alone.
pub(super) fn names(consumer: &Consumer) -> TokenStream {
    let shared = of_messages(consumer).chain(of_events(consumer));
    shared
        .map(|(name, path)| quote!(type #name = #path;))
        .collect()
}
