//! `#[on_connect]` and `#[on_disconnect]`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{ReceiverKind, ReturnType, Signature};

use super::signature;
use crate::{
    consumer::{
        model::{Connect, Disconnect},
        parse::Method,
    },
    errors::Errors,
    marker::Marker,
};

pub(super) fn no_arguments(marker: Marker, arguments: TokenStream, errors: &mut Errors) {
    if !arguments.is_empty() {
        let message = format!("`#[{}]` takes no arguments", marker.name());
        errors.at(arguments, message);
    }
}

pub(super) fn connect(signature: &Signature, errors: &mut Errors) -> Option<Connect> {
    const USAGE: &str =
        "write `async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject>`";
    let (receiver, mut types) = signature::arguments(signature, errors)?;
    if let Some(receiver) = receiver {
        errors.at(
            receiver,
            format!(
                "the consumer is what `#[on_connect]` returns, so there is no `self` yet: {USAGE}"
            ),
        );
        return None;
    }
    if !types.first().is_some_and(signature::is_context) {
        let at = types.first().map_or_else(
            || signature.ident.to_token_stream(),
            ToTokens::to_token_stream,
        );
        errors.at(at, USAGE);
        return None;
    }
    types.remove(0);
    if let ReturnType::Default = signature.output {
        errors.at(&signature.ident, USAGE);
        return None;
    }
    Some(Connect {
        ident: signature.ident.clone(),
        extractors: types,
        returns: signature::returned(signature),
    })
}

pub(super) fn disconnect(method: &Method, errors: &mut Errors) -> Option<Disconnect> {
    const USAGE: &str = "write `async fn disconnect(&mut self, cx: &mut Context<'_, Self>)`";
    let signature = &method.signature;
    let (receiver, types) = signature::arguments(signature, errors)?;
    match receiver {
        Some(receiver) if matches!(receiver.kind, ReceiverKind::Reference(..)) => {}
        Some(receiver) => {
            errors.at(receiver, "a handler takes `&mut self`, or no `self`");
            return None;
        }
        None => {
            errors.at(&signature.ident, USAGE);
            return None;
        }
    }
    let has_context = signature::context(types.into_iter(), USAGE, errors)?;
    if let ReturnType::Type(_, ty) = &signature.output {
        errors.at(
            ty,
            "nobody is there to be told: `#[on_disconnect]` returns nothing",
        );
    }
    Some(Disconnect {
        cfg: signature::cfg(&method.attributes),
        ident: signature.ident.clone(),
        has_context,
    })
}
