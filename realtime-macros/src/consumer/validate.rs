//! From an `impl` block to a consumer, with every mistake collected.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    FnArg, GenericParam, Pat, ReceiverKind, ReturnType, Safety, Signature, Type, TypeReference,
    parse_quote,
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
            "`#[consumer]` stands on an inherent `impl` block, not on one of a trait",
        );
    }
    if let Some(unsafety) = unsafety {
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
        generics,
        self_ty,
        attributes,
        items: Vec::new(),
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
    if consumer.connect.is_none() && errors.is_empty() {
        errors.push(syn::Error::new(
            impl_token.span,
            "a consumer needs `#[on_connect] async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject>`",
        ));
    }
    for (index, handler) in consumer.events.iter().enumerate() {
        let written = |handler: &Handler| {
            let cfg = handler
                .cfg
                .iter()
                .map(|cfg| cfg.to_token_stream().to_string());
            (
                handler.message.to_token_stream().to_string(),
                cfg.collect::<Vec<_>>(),
            )
        };
        if consumer.events[..index]
            .iter()
            .any(|other| written(other) == written(handler))
        {
            errors.at(
                &handler.message,
                "another handler of this consumer already takes this event",
            );
        }
    }
    consumer
}

impl Consumer {
    /// Takes a method in; returns it without its marker.
    fn method(
        &mut self,
        mut method: Method,
        default: Option<Marker>,
        errors: &mut Errors,
    ) -> Method {
        let mut marker = None;
        let mut arguments = TokenStream::new();
        let found = std::mem::take(&mut method.attributes);
        for attribute in found {
            let Some(kind) = Marker::of(&attribute) else {
                method.attributes.push(attribute);
                continue;
            };
            if marker.is_some() {
                errors.at(
                    &attribute,
                    "a method is one thing: remove one of the markers",
                );
                continue;
            }
            marker = Some(kind);
            if let syn::Meta::List(list) = &attribute.meta {
                arguments = list.tokens.clone();
            }
        }
        let marker = marker.or(default.filter(|_| method.signature.asyncness.is_some()));
        let Some(marker) = marker else { return method };
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
            Marker::OnConnect | Marker::OnDisconnect if !arguments.is_empty() => {
                errors.at(
                    arguments,
                    format!("`#[{}]` takes no arguments", marker.name()),
                );
            }
            Marker::OnConnect if self.connect.is_some() => {
                errors.at(
                    &method.signature.ident,
                    "a consumer has one `#[on_connect]`",
                );
            }
            Marker::OnConnect => self.connect = connect(&method.signature, errors),
            Marker::OnDisconnect if self.disconnect.is_some() => {
                errors.at(
                    &method.signature.ident,
                    "a consumer has one `#[on_disconnect]`",
                );
            }
            Marker::OnDisconnect => self.disconnect = disconnect(&method.signature, errors),
        }
        method
    }
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
    if let Some(variadic) = &signature.variadic {
        errors.at(variadic, format!("a `#[{name}]` is not variadic"));
    }
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
        cfg: method
            .attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("cfg"))
            .cloned()
            .collect(),
        docs: Docs::of(&method.attributes),
        has_self,
        message,
        has_context,
        returns: returned(signature),
        output,
    })
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
    })
}

fn disconnect(signature: &Signature, errors: &mut Errors) -> Option<Disconnect> {
    const USAGE: &str = "write `async fn disconnect(&mut self, cx: &mut Context<'_, Self>)`";
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
