//! From an `impl` block to a consumer, with every mistake collected.

mod handler;
mod lifecycle;
mod returns;
mod shared;
mod signature;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{GenericParam, Meta, Type};

use super::{
    model::{Consumer, Handler, Settings},
    parse::{Block, Item, Method},
};
use crate::{docs::Docs, errors::Errors, marker::Marker};
use handler::Options;
pub(super) use shared::{Options as SharedOptions, shared};

pub(super) fn consumer(
    block: Block,
    settings: Settings,
    default: Option<Marker>,
    errors: &mut Errors,
) -> Consumer {
    let Block {
        attributes,
        unsafety,
        impl_token,
        generics,
        trait_for,
        self_ty,
        items,
    } = block;
    if let Some((name, _)) = &trait_for {
        errors.at(
            name,
            "`#[consumer]` stands on the `impl` block of a type, not on one of a trait",
        );
    }
    if let Some(unsafety) = &unsafety {
        errors.at(unsafety, "a consumer's `impl` block is not unsafe");
    }
    if generics.type_params().next().is_some() && settings.name.is_none() {
        errors.at(
            &generics,
            "a generic consumer needs a name: `#[consumer(name = \"…\")]`",
        );
    }
    for parameter in &generics.params {
        if let GenericParam::Lifetime(lifetime) = parameter {
            errors.at(
                lifetime,
                "a consumer outlives every request: it borrows nothing",
            );
        }
    }
    let mut consumer = Consumer {
        name: settings
            .name
            .as_ref()
            .map_or_else(|| derived_name(&self_ty), syn::LitStr::value),
        docs: Docs::of(&attributes),
        settings,
        unsafety,
        generics,
        trait_for,
        self_ty,
        attributes,
        items: Vec::new(),
        markers: Vec::new(),
        ws: Vec::new(),
        events: Vec::new(),
        connect: None,
        disconnect: None,
    };
    for item in items {
        let item = match item {
            Item::Method(method) => {
                Item::Method(Box::new(consumer.method(*method, default, errors)))
            }
            other => other,
        };
        consumer.items.push(item);
    }
    if !consumer.has(Marker::OnConnect) && consumer.trait_for.is_none() {
        errors.push(syn::Error::new(
            impl_token.span,
            "a consumer needs `#[on_connect] async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject>`",
        ));
    }
    check_events(&consumer.events, errors);
    consumer
}

/// That each event has one handler; those of messages are compared by their tags, which only the compiler knows.
fn check_events(events: &[Handler], errors: &mut Errors) {
    let written = |handler: &Handler| {
        let cfg = handler.cfg.iter().map(|cfg| quote!(#cfg).to_string());
        let message = handler.message.to_token_stream().to_string();
        (message, cfg.collect::<Vec<_>>())
    };
    for (index, handler) in events.iter().enumerate() {
        if events[..index]
            .iter()
            .any(|other| written(other) == written(handler))
        {
            errors.at(
                &handler.message,
                "another handler of this consumer already takes this event",
            );
        }
    }
}

impl Consumer {
    fn has(&self, marker: Marker) -> bool {
        self.markers.contains(&marker)
    }

    /// Takes a method in; returns it without its marker.
    fn method(
        &mut self,
        mut method: Method,
        default: Option<Marker>,
        errors: &mut Errors,
    ) -> Method {
        let Some((marker, arguments)) = marker_of(&mut method, default, errors) else {
            return method;
        };
        let signature = &method.signature;
        signature::refuse_generics(signature, marker, errors);
        match marker {
            Marker::WsHandler | Marker::EventHandler => {
                signature::check(signature, marker, true, errors);
                let options = Options::of_method(marker, arguments, errors);
                let attributes = &method.attributes;
                let Some(handler) =
                    handler::of_method(attributes, signature, marker, options, errors)
                else {
                    return method;
                };
                match marker {
                    Marker::WsHandler => self.ws.push(handler),
                    _ => self.events.push(handler),
                }
            }
            Marker::OnConnect | Marker::OnDisconnect => {
                signature::check(signature, marker, false, errors);
                lifecycle::no_arguments(marker, arguments, errors);
                if self.has(marker) {
                    let message = format!("a consumer has one `#[{}]`", marker.name());
                    errors.at(&method.signature.ident, message);
                }
                self.markers.push(marker);
                if marker == Marker::OnConnect {
                    self.connect = lifecycle::connect(&method.signature, errors);
                } else {
                    self.disconnect = lifecycle::disconnect(&method, errors);
                }
            }
        }
        method
    }
}

/// What a method is marked as, and the marker's arguments; takes the marker away.
fn marker_of(
    method: &mut Method,
    default: Option<Marker>,
    errors: &mut Errors,
) -> Option<(Marker, TokenStream)> {
    let mut found = None;
    for attribute in std::mem::take(&mut method.attributes) {
        let Some(marker) = Marker::of(&attribute) else {
            method.attributes.push(attribute);
            continue;
        };
        if found.is_some() {
            errors.at(
                &attribute,
                "a method is one thing: remove one of the markers",
            );
            continue;
        }
        let arguments = match &attribute.meta {
            Meta::Path(_) => TokenStream::new(),
            Meta::List(list) => list.tokens.clone(),
            Meta::NameValue(_) => {
                let name = marker.name();
                errors.at(&attribute.meta, format!("write `#[{name}]`"));
                TokenStream::new()
            }
        };
        found = Some((marker, arguments));
    }
    let default = default.filter(|_| method.signature.asyncness.is_some());
    found.or_else(|| default.map(|marker| (marker, TokenStream::new())))
}

/// `RoomConsumer` → `room`.
fn derived_name(ty: &Type) -> String {
    let ident = match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|segment| segment.ident.to_string()),
        _ => None,
    };
    let ident = ident.unwrap_or_default();
    let short = ident
        .strip_suffix("Consumer")
        .filter(|short| !short.is_empty())
        .unwrap_or(&ident);
    let mut name = String::new();
    for (index, c) in short.char_indices() {
        if index > 0 && c.is_uppercase() {
            name.push('_');
        }
        name.extend(c.to_lowercase());
    }
    name
}
