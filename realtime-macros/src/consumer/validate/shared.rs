//! `#[ws_handler(shared)]` and `#[event_handler(shared)]`: functions that several consumers have for a handler.

use proc_macro2::TokenStream;
use syn::{GenericParam, Ident, Path, Signature, Type, TypeReference};

use super::{
    handler::{self, Parts},
    signature,
};
use crate::{
    attribute,
    consumer::{
        model::{Shared, check_tag_key},
        parse::Method,
    },
    errors::Errors,
    marker::Marker,
};

/// What the marker says.
pub(in crate::consumer) struct Options {
    of_handler: handler::Options,
    pub(in crate::consumer) flat: bool,
    pub(in crate::consumer) runtime: Path,
}

impl Options {
    pub(in crate::consumer) fn parse(
        marker: Marker,
        arguments: TokenStream,
        errors: &mut Errors,
    ) -> Self {
        let of_handler = handler::Options::known(marker).iter().copied();
        let known: Vec<&str> = of_handler
            .filter(|name| *name != "output")
            .chain(["shared", "tag", "crate"])
            .collect();
        let mut options = Self {
            of_handler: handler::Options::default(),
            flat: false,
            runtime: attribute::runtime(None),
        };
        for argument in attribute::arguments(arguments, &known, errors) {
            match argument.name.to_string().as_str() {
                "shared" => drop(argument.flag(errors)),
                "tag" => {
                    if let Some(tag) = argument.assigned("\"action\"", errors) {
                        options.flat = check_tag_key(&tag, errors);
                    }
                }
                "crate" => options.runtime = attribute::runtime(argument.assigned("path", errors)),
                _ => options.of_handler.read(argument, errors),
            }
        }
        options
    }
}

pub(in crate::consumer) fn shared(
    function: &Method,
    marker: Marker,
    options: Options,
    errors: &mut Errors,
) -> Option<Shared> {
    let Method {
        attributes,
        visibility,
        signature,
        ..
    } = function;
    signature::check(signature, marker, true, errors);
    let consumer = consumer(signature, marker, errors)?;
    let (receiver, mut arguments) = signature::arguments(signature, errors)?;
    if let Some(receiver) = receiver {
        errors.at(
            receiver,
            "a shared handler is a function: it takes the consumer as `consumer: &mut C`",
        );
        return None;
    }
    let takes_consumer = match (arguments.first(), &consumer) {
        (Some(first), Some(consumer)) => is_consumer(first, consumer),
        _ => false,
    };
    let first = takes_consumer.then(|| arguments.remove(0));
    if let (Some(first), true) = (&first, options.of_handler.spawn) {
        errors.at(
            first,
            "a spawned handler runs beside others, so it takes no consumer: only `cx: OwnedContext<C>`",
        );
        return None;
    }
    let parts = Parts {
        attributes,
        signature,
        marker,
        consumer: first.as_ref(),
        arguments,
    };
    let handler = handler::handler(parts, takes_consumer, options.of_handler, errors)?;
    Some(Shared {
        visibility: visibility.clone(),
        handler,
        consumer,
        generics: signature.generics.clone(),
        flat: options.flat,
        runtime: options.runtime,
    })
}

/// The one generic parameter that a shared handler may have: the consumer.
fn consumer(signature: &Signature, marker: Marker, errors: &mut Errors) -> Option<Option<Ident>> {
    let parameters: Vec<_> = signature.generics.params.iter().collect();
    match parameters.as_slice() {
        [] => Some(None),
        [GenericParam::Type(parameter)] => Some(Some(parameter.ident.clone())),
        _ => {
            let name = marker.name();
            errors.at(
                &signature.generics,
                format!("a shared `#[{name}]` has one generic parameter at most, the consumer: `<C: Consumer>`"),
            );
            None
        }
    }
}

/// `&mut C`.
fn is_consumer(ty: &Type, consumer: &Ident) -> bool {
    let Type::Reference(TypeReference {
        mutability: Some(_),
        elem,
        ..
    }) = ty
    else {
        return false;
    };
    matches!(&**elem, Type::Path(path) if path.path.is_ident(consumer))
}
