//! The markers inside `#[consumer]`. The outer macro consumes them; where one is expanded itself it stands in a place
//! where it means nothing, or on an `impl` block, where it is `#[consumer]`.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::quote;
use syn::Attribute;

use crate::consumer;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    WsHandler,
    EventHandler,
    OnConnect,
    OnDisconnect,
}

impl Marker {
    pub(crate) const ALL: [Self; 4] = [
        Self::WsHandler,
        Self::EventHandler,
        Self::OnConnect,
        Self::OnDisconnect,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::WsHandler => "ws_handler",
            Self::EventHandler => "event_handler",
            Self::OnConnect => "on_connect",
            Self::OnDisconnect => "on_disconnect",
        }
    }

    /// The marker that an attribute is, however it is qualified.
    pub(crate) fn of(attribute: &Attribute) -> Option<Self> {
        let last = attribute.path().segments.last()?;
        Self::ALL
            .into_iter()
            .find(|marker| last.ident == marker.name())
    }
}

pub(crate) fn attribute(marker: Marker, arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let on_impl = matches!(marker, Marker::WsHandler | Marker::EventHandler);
    if on_impl && starts_with_impl(item) {
        return consumer::attribute(arguments, item, Some(marker));
    }
    if on_impl && says_shared(&arguments) {
        return consumer::shared(marker, arguments, item);
    }
    let name = marker.name();
    let place = if on_impl {
        &format!(
            "on a method of a `#[consumer]` block, or on the block itself; a function that several consumers share is \
             `#[{name}(shared)]`"
        )
    } else {
        "on a method of a `#[consumer]` block"
    };
    let message = format!("`#[{name}]` stands {place}");
    let error = syn::Error::new(Span::call_site(), message).into_compile_error();
    quote!(#item #error)
}

fn says_shared(arguments: &TokenStream) -> bool {
    let mut tokens = arguments.clone().into_iter();
    tokens.any(|token| matches!(token, TokenTree::Ident(ident) if ident == "shared"))
}

/// Looks behind attributes only: the body need not parse.
fn starts_with_impl(item: &TokenStream) -> bool {
    let mut tokens = item.clone().into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => drop(tokens.next()),
            TokenTree::Ident(ident) => return ident == "impl",
            _ => return false,
        }
    }
    false
}
