//! From an `impl` block to a consumer, with every mistake collected.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, FnArg, GenericParam, Meta, Pat, ReceiverKind, ReturnType, Safety, Signature, Type,
    TypeReference, parse_quote,
};

use super::{
    model::{Connect, Consumer, Disconnect, Handler, Settings},
    parse::{Block, Item, Method},
};
use crate::{attribute, docs::Docs, errors::Errors, marker::Marker};

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
        check_signature(&method.signature, marker, errors);
        match marker {
            Marker::WsHandler | Marker::EventHandler => {
                let Some(handler) = handler(&method, marker, arguments, errors) else {
                    return method;
                };
                match marker {
                    Marker::WsHandler => self.ws.push(handler),
                    _ => self.events.push(handler),
                }
            }
            Marker::OnConnect | Marker::OnDisconnect => {
                if !arguments.is_empty() {
                    let message = format!("`#[{}]` takes no arguments", marker.name());
                    errors.at(arguments, message);
                }
                if self.has(marker) {
                    let message = format!("a consumer has one `#[{}]`", marker.name());
                    errors.at(&method.signature.ident, message);
                }
                self.markers.push(marker);
                if marker == Marker::OnConnect {
                    self.connect = connect(&method.signature, errors);
                } else {
                    self.disconnect = disconnect(&method, errors);
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

fn check_signature(signature: &Signature, marker: Marker, errors: &mut Errors) {
    let name = marker.name();
    if signature.asyncness.is_none() {
        errors.at(
            signature.fn_token,
            format!("a `#[{name}]` is an `async fn`"),
        );
    }
    if !signature.generics.params.is_empty() {
        errors.at(
            &signature.generics,
            format!("a `#[{name}]` has no generic parameters of its own"),
        );
    }
    if let Safety::Unsafe(unsafety) = &signature.safety {
        errors.at(unsafety, format!("a `#[{name}]` is not unsafe"));
    }
    for ty in types_of(signature) {
        if let Some(found) = opaque(ty.to_token_stream()) {
            errors.at(
                found,
                format!("the types of a `#[{name}]` have names: its messages are read off them"),
            );
        }
    }
    if let Some(variadic) = &signature.variadic {
        errors.at(variadic, format!("a `#[{name}]` is not variadic"));
    }
}

/// The types of a signature.
fn types_of(signature: &Signature) -> impl Iterator<Item = &Type> {
    let inputs = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(&*typed.ty),
        FnArg::Receiver(_) => None,
    });
    let output = match &signature.output {
        ReturnType::Type(_, ty) => Some(&**ty),
        ReturnType::Default => None,
    };
    inputs.chain(output)
}

/// An `impl Trait` in a type.
fn opaque(tokens: TokenStream) -> Option<TokenTree> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ref ident) if ident == "impl" => Some(token),
        TokenTree::Group(group) => opaque(group.stream()),
        _ => None,
    })
}

fn handler(
    method: &Method,
    marker: Marker,
    arguments: TokenStream,
    errors: &mut Errors,
) -> Option<Handler> {
    let signature = &method.signature;
    let usage = match marker {
        Marker::WsHandler => {
            "write `async fn name(&mut self, message: Message, cx: &mut Context<'_, Self>) -> Reply`"
        }
        _ => {
            "write `async fn name(event: &Event) -> Message`, or with `&mut self` and `cx: &mut Context<'_, Self>`"
        }
    };
    let mut output = Vec::new();
    for argument in attribute::arguments(arguments, &["output"], errors) {
        output = argument.list("Message", errors);
    }
    let (has_self, typed) = arguments_of(signature, errors)?;
    let mut typed = typed.into_iter();
    let Some(first) = typed.next() else {
        let what = if marker == Marker::WsHandler {
            "message"
        } else {
            "event"
        };
        errors.at(
            &signature.ident,
            format!("a handler takes one {what}: {usage}"),
        );
        return None;
    };
    let message = match (marker, first) {
        (
            Marker::EventHandler,
            Type::Reference(TypeReference {
                mutability: None,
                elem,
                ..
            }),
        ) => *elem,
        (Marker::EventHandler, other) => {
            errors.at(
                other,
                "an event is shared by all members: take it by reference, `event: &Event`",
            );
            return None;
        }
        (_, other) if is_context(&other) => {
            errors.at(
                other,
                format!("the message comes before the context: {usage}"),
            );
            return None;
        }
        (_, Type::Reference(reference)) => {
            errors.at(reference, "a handler owns its message: take it by value");
            return None;
        }
        (_, other) => other,
    };
    let has_context = context_of(typed, usage, errors)?;
    if marker == Marker::EventHandler && has_context && !has_self {
        errors.at(
            &signature.ident,
            "an event handler without `self` runs once for all members, so it has no context; add `&mut self`",
        );
    }
    Some(Handler {
        ident: signature.ident.clone(),
        cfg: cfg(method),
        docs: Docs::of(&method.attributes),
        has_self,
        message,
        has_context,
        returns: returned(signature),
        output,
    })
}

fn cfg(method: &Method) -> Vec<Attribute> {
    let is_cfg = |attribute: &&Attribute| attribute.path().is_ident("cfg");
    method.attributes.iter().filter(is_cfg).cloned().collect()
}

fn returned(signature: &Signature) -> Type {
    match &signature.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => (**ty).clone(),
    }
}

/// Whether there is a `self`, and the types of the other arguments.
fn arguments_of(signature: &Signature, errors: &mut Errors) -> Option<(bool, Vec<Type>)> {
    let mut has_self = false;
    let mut types = Vec::new();
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) => {
                has_self = true;
                if !matches!(receiver.kind, ReceiverKind::Reference(..)) {
                    errors.at(receiver, "a handler takes `&mut self`, or no `self`");
                    return None;
                }
            }
            FnArg::Typed(typed) => {
                if let Pat::Rest(rest) = &*typed.pat {
                    errors.at(rest, "name the argument");
                    return None;
                }
                types.push((*typed.ty).clone());
            }
        }
    }
    Some((has_self, types))
}

/// `&mut Something`: the only argument that is a mutable reference is the context.
fn is_context(ty: &Type) -> bool {
    matches!(ty, Type::Reference(reference) if reference.mutability.is_some())
}

fn context_of(
    mut rest: impl Iterator<Item = Type>,
    usage: &str,
    errors: &mut Errors,
) -> Option<bool> {
    let Some(context) = rest.next() else {
        return Some(false);
    };
    if !is_context(&context) {
        errors.at(
            context,
            format!("expected `&mut Context<'_, Self>`: {usage}"),
        );
        return None;
    }
    if let Some(more) = rest.next() {
        errors.at(more, format!("one argument too many: {usage}"));
        return None;
    }
    Some(true)
}

fn connect(signature: &Signature, errors: &mut Errors) -> Option<Connect> {
    const USAGE: &str =
        "write `async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject>`";
    if let Some(FnArg::Receiver(receiver)) = signature.inputs.first() {
        errors.at(
            receiver,
            format!(
                "the consumer is what `#[on_connect]` returns, so there is no `self` yet: {USAGE}"
            ),
        );
        return None;
    }
    let (_, mut types) = arguments_of(signature, errors)?;
    if !types.first().is_some_and(is_context) {
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
        returns: returned(signature),
    })
}

fn disconnect(method: &Method, errors: &mut Errors) -> Option<Disconnect> {
    const USAGE: &str = "write `async fn disconnect(&mut self, cx: &mut Context<'_, Self>)`";
    let signature = &method.signature;
    let (has_self, types) = arguments_of(signature, errors)?;
    if !has_self {
        errors.at(&signature.ident, USAGE);
        return None;
    }
    let has_context = context_of(types.into_iter(), USAGE, errors)?;
    if let ReturnType::Type(_, ty) = &signature.output {
        errors.at(
            ty,
            "nobody is there to be told: `#[on_disconnect]` returns nothing",
        );
    }
    Some(Disconnect {
        cfg: cfg(method),
        ident: signature.ident.clone(),
        has_context,
    })
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
