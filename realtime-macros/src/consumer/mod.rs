//! `#[consumer]`: the methods of an `impl` block become handlers.

mod expand;
mod model;
mod parse;
mod validate;

use proc_macro2::TokenStream;
use quote::quote;

use crate::{errors::Errors, marker::Marker};

/// `default`: what an unmarked `async fn` is, where a marker stands on the block itself.
pub(crate) fn attribute(
    arguments: TokenStream,
    item: &TokenStream,
    default: Option<Marker>,
) -> TokenStream {
    let block: parse::Block = match syn::parse2(item.clone()) {
        Ok(block) => block,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#item #error);
        }
    };
    let mut errors = Errors::default();
    let settings = model::Settings::parse(arguments, &mut errors);
    let model = validate::consumer(block, settings, default, &mut errors);
    let block = expand::block(&model);
    let implementation = if errors.is_empty() {
        expand::implementation(&model)
    } else {
        expand::fallback(&model)
    };
    let errors = errors.into_tokens();
    quote!(#block #implementation #errors)
}

/// `marker`, with the argument `shared`, on a function of its own.
pub(crate) fn shared(marker: Marker, arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let function: parse::Method = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(_) => {
            let message = format!("a shared `#[{}]` stands on a function", marker.name());
            let error = syn::Error::new_spanned(item, message).into_compile_error();
            return quote!(#item #error);
        }
    };
    let mut errors = Errors::default();
    let options = validate::SharedOptions::parse(marker, arguments, &mut errors);
    let (flat, runtime) = (options.flat, options.runtime.clone());
    let model = validate::shared(&function, marker, options, &mut errors);
    let expanded = match model {
        Some(model) if errors.is_empty() => expand::shared(&function, &model, marker),
        _ => expand::stand_in(&function, flat, &runtime, marker),
    };
    let errors = errors.into_tokens();
    quote!(#expanded #errors)
}
