//! `#[ws_handler]` and `#[event_handler]`, as methods and as functions of their own.

use proc_macro2::TokenStream;
use syn::{Attribute, LitStr, ReceiverKind, Signature, Type, TypeReference};

use super::{returns, signature};
use crate::{
    attribute,
    consumer::model::{Doc, Handler},
    docs::Docs,
    errors::Errors,
    marker::Marker,
};

const WS_USAGE: &str =
    "write `async fn name(&mut self, message: Message, cx: &mut Context<'_, Self>) -> Reply`";
const SPAWN_USAGE: &str =
    "write `async fn name(message: Message, cx: OwnedContext<Self>) -> Reply`";
const EVENT_USAGE: &str = "write `async fn name(event: &Event) -> Message`, or with `&mut self` and `cx: &mut Context<'_, Self>`";

/// What the marker says.
#[derive(Default)]
pub(super) struct Options {
    output: Vec<Type>,
    summary: Option<LitStr>,
    tags: Vec<LitStr>,
    hidden: bool,
    permission: Option<Type>,
    pub(super) spawn: bool,
}

impl Options {
    /// The names of a method's arguments.
    pub(super) const fn known(marker: Marker) -> &'static [&'static str] {
        match marker {
            Marker::WsHandler => &["output", "summary", "tags", "hidden", "permission", "spawn"],
            _ => &["output", "summary", "tags", "hidden"],
        }
    }

    /// Reads one argument.
    pub(super) fn read(&mut self, argument: attribute::Argument, errors: &mut Errors) {
        match argument.name.to_string().as_str() {
            "output" => self.output = argument.list("Message", errors),
            "summary" => self.summary = argument.assigned("\"…\"", errors),
            "tags" => self.tags = argument.list("\"…\"", errors),
            "hidden" => self.hidden = argument.flag(errors),
            "permission" => self.permission = argument.assigned("a type", errors),
            "spawn" => self.spawn = argument.flag(errors),
            _ => {}
        }
    }

    pub(super) fn of_method(marker: Marker, arguments: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for argument in attribute::arguments(arguments, Self::known(marker), errors) {
            options.read(argument, errors);
        }
        options
    }
}

/// The parts of a function that say what it handles.
pub(super) struct Parts<'a> {
    pub(super) attributes: &'a [Attribute],
    pub(super) signature: &'a Signature,
    pub(super) marker: Marker,
    /// The consumer that a function of its own takes first, `&mut C`.
    pub(super) consumer: Option<&'a Type>,
    /// The other arguments.
    pub(super) arguments: Vec<Type>,
}

/// A handler from a method.
pub(super) fn of_method(
    attributes: &[Attribute],
    signature: &Signature,
    marker: Marker,
    options: Options,
    errors: &mut Errors,
) -> Option<Handler> {
    let (receiver, arguments) = signature::arguments(signature, errors)?;
    if let Some(receiver) = receiver
        && !matches!(receiver.kind, ReceiverKind::Reference(..))
    {
        errors.at(receiver, "a handler takes `&mut self`, or no `self`");
        return None;
    }
    if let (Some(receiver), true) = (receiver, options.spawn) {
        errors.at(
            receiver,
            format!("a spawned handler runs beside others, so it has no `self`: {SPAWN_USAGE}"),
        );
        return None;
    }
    let parts = Parts {
        attributes,
        signature,
        marker,
        consumer: None,
        arguments,
    };
    handler(parts, receiver.is_some(), options, errors)
}

/// A handler from its parts.
pub(super) fn handler(
    parts: Parts<'_>,
    has_self: bool,
    options: Options,
    errors: &mut Errors,
) -> Option<Handler> {
    let Parts {
        attributes,
        signature,
        marker,
        consumer,
        arguments,
    } = parts;
    let borrows = has_self || consumer.is_some() || arguments.iter().any(is_reference);
    let returns = returns::of(signature, marker, borrows, errors)?;
    let mut arguments = arguments.into_iter();
    let message = match marker {
        Marker::WsHandler => message(signature, arguments.next(), errors)?,
        _ => event(signature, arguments.next(), errors)?,
    };
    let mut arguments = arguments.peekable();
    let granted = match &options.permission {
        Some(_) => arguments.next_if(|ty| !is_reference(ty)),
        None => None,
    };
    let has_context = if options.spawn {
        owned_context(arguments, errors)?
    } else {
        let usage = usage(marker);
        if let Some(ty) = arguments.next_if(|ty| marker == Marker::WsHandler && !is_reference(ty)) {
            errors.at(
                ty,
                format!(
                    "expected `&mut Context<'_, Self>`: {usage}; what a permission grants comes before it, with \
                     `#[ws_handler(permission = …)]`"
                ),
            );
            return None;
        }
        signature::context(arguments, usage, errors)?
    };
    if marker == Marker::EventHandler && has_context && !has_self {
        errors.at(
            &signature.ident,
            "an event handler without `self` runs once for all members, so it has no context; add `&mut self`",
        );
    }
    let deprecated = |attribute: &Attribute| attribute.path().is_ident("deprecated");
    Some(Handler {
        ident: signature.ident.clone(),
        cfg: signature::cfg(attributes),
        doc: Doc {
            docs: Docs::of(attributes).with_summary(options.summary.as_ref()),
            tags: options.tags,
            hidden: options.hidden,
            deprecated: attributes.iter().any(deprecated),
        },
        has_self,
        message,
        permission: options.permission,
        granted,
        has_context,
        spawn: options.spawn,
        returns,
        output: options.output,
    })
}

fn usage(marker: Marker) -> &'static str {
    match marker {
        Marker::WsHandler => WS_USAGE,
        _ => EVENT_USAGE,
    }
}

fn message(signature: &Signature, first: Option<Type>, errors: &mut Errors) -> Option<Type> {
    match first {
        None => {
            errors.at(
                &signature.ident,
                format!("a handler takes one message: {WS_USAGE}"),
            );
            None
        }
        Some(first) if signature::is_context(&first) => {
            errors.at(
                first,
                format!("the message comes before the context: {WS_USAGE}"),
            );
            None
        }
        Some(Type::Reference(reference)) => {
            errors.at(reference, "a handler owns its message: take it by value");
            None
        }
        message => message,
    }
}

fn event(signature: &Signature, first: Option<Type>, errors: &mut Errors) -> Option<Type> {
    match first {
        None => {
            errors.at(
                &signature.ident,
                format!("a handler takes one event: {EVENT_USAGE}"),
            );
            None
        }
        Some(Type::Reference(TypeReference {
            mutability: None,
            elem,
            ..
        })) => Some(*elem),
        Some(other) => {
            errors.at(
                other,
                "an event is shared by all members: take it by reference, `event: &Event`",
            );
            None
        }
    }
}

/// `cx: OwnedContext<Self>`, or nothing.
fn owned_context(mut rest: impl Iterator<Item = Type>, errors: &mut Errors) -> Option<bool> {
    let Some(context) = rest.next() else {
        return Some(false);
    };
    if is_reference(&context) {
        errors.at(
            context,
            format!("a spawned handler outlives its frame, so it borrows nothing: {SPAWN_USAGE}"),
        );
        return None;
    }
    signature::no_more(rest, SPAWN_USAGE, errors).then_some(true)
}

fn is_reference(ty: &Type) -> bool {
    matches!(ty, Type::Reference(_))
}
