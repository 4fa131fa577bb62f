//! What a handler returns: a type with a name, in which streams of replies may stand.

use proc_macro2::Span;
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    CapturedParam, GenericArgument, PathArguments, Signature, Type, TypeImplTrait, TypeParamBound,
};

use super::signature;
use crate::{consumer::model::Returns, errors::Errors, marker::Marker};

/// `borrows`: the function takes references, which an `impl Trait` captures unless told otherwise.
pub(super) fn of(
    signature: &Signature,
    marker: Marker,
    borrows: bool,
    errors: &mut Errors,
) -> Option<Returns> {
    let mut ty = signature::returned(signature);
    let mut streams = Streams {
        borrows,
        found: false,
        sound: true,
    };
    if marker == Marker::WsHandler {
        streams.replace(&mut ty, errors);
    }
    if streams.sound {
        signature::refuse_opaque(&ty, marker.name(), errors);
    }
    streams.sound.then_some(Returns {
        ty,
        is_stream: streams.found,
    })
}

struct Streams {
    borrows: bool,
    found: bool,
    sound: bool,
}

impl Streams {
    /// Puts a type with a name in the place of each `impl Stream<Item = R>`.
    fn replace(&mut self, ty: &mut Type, errors: &mut Errors) {
        match ty {
            Type::ImplTrait(opaque) => {
                if let Some(item) = item(opaque) {
                    self.found = true;
                    self.check(opaque, errors);
                    *ty = named(opaque, &item);
                }
            }
            Type::Paren(paren) => self.replace(&mut paren.elem, errors),
            Type::Group(group) => self.replace(&mut group.elem, errors),
            Type::Path(path) => {
                let arguments = path
                    .path
                    .segments
                    .last_mut()
                    .map(|last| &mut last.arguments);
                if let Some(PathArguments::AngleBracketed(arguments)) = arguments {
                    for argument in &mut arguments.args {
                        if let GenericArgument::Type(ty) = argument {
                            self.replace(ty, errors);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// That it borrows nothing.
    fn check(&mut self, opaque: &TypeImplTrait, errors: &mut Errors) {
        let captured = opaque.bounds.iter().find_map(|bound| match bound {
            TypeParamBound::PreciseCapture(captured) => Some(captured),
            _ => None,
        });
        let lifetime = captured.and_then(|captured| {
            let mut params = captured.params.iter();
            params.find(|param| matches!(param, CapturedParam::Lifetime(_)))
        });
        if let Some(lifetime) = lifetime {
            errors.at(
                lifetime,
                "a stream of replies outlives its handler, so it borrows nothing: remove the lifetime",
            );
            self.sound = false;
        } else if captured.is_none() && self.borrows {
            errors.at(
                opaque,
                "a stream of replies outlives its handler, so it borrows nothing: add `+ use<>`",
            );
            self.sound = false;
        }
    }
}

/// `R` in `impl Something<Item = R>`.
fn item(opaque: &TypeImplTrait) -> Option<Type> {
    opaque.bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else {
            return None;
        };
        let PathArguments::AngleBracketed(arguments) = &bound.path.segments.last()?.arguments
        else {
            return None;
        };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(binding) if binding.ident == "Item" => {
                Some(binding.ty.clone())
            }
            _ => None,
        })
    })
}

/// The type that stands for the stream, shown where the stream stands.
fn named(opaque: &TypeImplTrait, item: &Type) -> Type {
    let first = opaque.impl_token.span;
    let last = opaque.to_token_stream().into_iter().last();
    let last = last.map_or_else(Span::call_site, |token| token.span());
    let start = quote_spanned!(first=> __rt::StreamOf<);
    let end = quote_spanned!(last=> >);
    Type::Verbatim(quote!(#start #item #end))
}
