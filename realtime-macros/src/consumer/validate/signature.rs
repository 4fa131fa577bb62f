//! What holds for the signature of every marked function.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{Attribute, FnArg, Pat, Receiver, ReturnType, Safety, Signature, Type, TypeReference};

use crate::{errors::Errors, marker::Marker};

/// What every marked function is. `replies`: its return type is looked at elsewhere.
pub(super) fn check(signature: &Signature, marker: Marker, replies: bool, errors: &mut Errors) {
    let name = marker.name();
    if signature.asyncness.is_none() {
        errors.at(
            signature.fn_token,
            format!("a `#[{name}]` is an `async fn`"),
        );
    }
    if let Safety::Unsafe(unsafety) = &signature.safety {
        errors.at(unsafety, format!("a `#[{name}]` is not unsafe"));
    }
    if let Some(variadic) = &signature.variadic {
        errors.at(variadic, format!("a `#[{name}]` is not variadic"));
    }
    let inputs = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(&*typed.ty),
        FnArg::Receiver(_) => None,
    });
    let output = match &signature.output {
        ReturnType::Type(_, ty) if !replies => Some(&**ty),
        _ => None,
    };
    for ty in inputs.chain(output) {
        refuse_opaque(ty, name, errors);
    }
}

/// That a method has no generic parameters.
pub(super) fn refuse_generics(signature: &Signature, marker: Marker, errors: &mut Errors) {
    if !signature.generics.params.is_empty() {
        let name = marker.name();
        errors.at(
            &signature.generics,
            format!("a `#[{name}]` has no generic parameters of its own"),
        );
    }
}

pub(super) fn refuse_opaque(ty: &Type, marker: &str, errors: &mut Errors) {
    if let Some(found) = opaque(ty.to_token_stream()) {
        errors.at(
            found,
            format!(
                "the types of a `#[{marker}]` have names: its messages are read off them; only a reply may be \
                 `impl Stream<Item = Message> + use<>`"
            ),
        );
    }
}

/// An `impl Trait` in a type.
fn opaque(tokens: TokenStream) -> Option<TokenTree> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ref ident) if ident == "impl" => Some(token),
        TokenTree::Group(group) => opaque(group.stream()),
        _ => None,
    })
}

pub(super) fn returned(signature: &Signature) -> Type {
    match &signature.output {
        ReturnType::Default => Type::Verbatim(quote_spanned!(signature.ident.span()=> ())),
        ReturnType::Type(_, ty) => (**ty).clone(),
    }
}

/// The `self`, if there is one, and the types of the other arguments.
pub(super) fn arguments<'s>(
    signature: &'s Signature,
    errors: &mut Errors,
) -> Option<(Option<&'s Receiver>, Vec<Type>)> {
    let mut receiver = None;
    let mut types = Vec::new();
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(found) => receiver = Some(found),
            FnArg::Typed(typed) => {
                if let Pat::Rest(rest) = &*typed.pat {
                    errors.at(rest, "name the argument");
                    return None;
                }
                types.push((*typed.ty).clone());
            }
        }
    }
    Some((receiver, types))
}

/// `&mut Something`: among the arguments behind the message only the context is one.
pub(super) fn is_context(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Reference(TypeReference {
            mutability: Some(_),
            ..
        })
    )
}

/// `cx: &mut Context<'_, Self>`, or nothing.
pub(super) fn context(
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
    no_more(rest, usage, errors).then_some(true)
}

pub(super) fn no_more(
    mut rest: impl Iterator<Item = Type>,
    usage: &str,
    errors: &mut Errors,
) -> bool {
    match rest.next() {
        None => true,
        Some(more) => {
            errors.at(more, format!("one argument too many: {usage}"));
            false
        }
    }
}

pub(super) fn cfg(attributes: &[Attribute]) -> Vec<Attribute> {
    let is_cfg = |attribute: &&Attribute| attribute.path().is_ident("cfg");
    attributes.iter().filter(is_cfg).cloned().collect()
}
