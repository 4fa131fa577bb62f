//! The union of the messages that a consumer takes.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Ident, Type, spanned::Spanned};

use super::{cfg, included};
use crate::consumer::model::Consumer;
use crate::spans;

/// One of the union.
struct Variant {
    cfg: TokenStream,
    /// Own handlers' are named as they are, which is different from each other.
    name: Ident,
    message: Type,
    /// The tag key that the message must have.
    tag: TokenStream,
}

fn variants(consumer: &Consumer) -> Vec<Variant> {
    let own = consumer.ws.iter().map(|handler| Variant {
        cfg: cfg(handler),
        name: handler.ident.clone(),
        message: handler.message.clone(),
        tag: quote!(__Tag),
    });
    let shared = included::of_messages(consumer).map(|(name, path)| {
        let part = |item| included::part(&name, path, item);
        Variant {
            cfg: TokenStream::new(),
            message: Type::Verbatim(part("Takes")),
            tag: part("Tag"),
            name,
        }
    });
    own.chain(shared).collect()
}

pub(super) fn incoming(consumer: &Consumer) -> TokenStream {
    let all = variants(consumer);
    let variants: Vec<_> = all.iter().map(|variant| &variant.name).collect();
    let cfgs: Vec<_> = all.iter().map(|variant| &variant.cfg).collect();
    let messages: Vec<_> = all.iter().map(|variant| &variant.message).collect();
    let member = |item| {
        all.iter()
            .map(|Variant { message, tag, .. }| {
                spans::member(message, &quote!(__rt::MessageOf<#tag>), item)
            })
            .collect::<Vec<_>>()
    };
    let (tags, read, diagnose) = (member("TAGS"), member("read"), member("diagnose"));
    let duplicates = all.iter().skip(1).map(|variant| {
        let Variant {
            cfg, name, message, ..
        } = variant;
        let span = message.to_token_stream().span();
        quote_spanned! {span=>
            #cfg
            const _: () = __rt::assert!(
                __rt::is_first(__TAGS, __Index::#name as usize),
                "another handler of this consumer already takes this tag"
            );
        }
    });
    quote! {
        pub enum __Incoming { #(#cfgs #variants(#messages),)* }

        #[derive(__rt::Clone, __rt::Copy)]
        enum __Index { #(#cfgs #variants,)* }

        const __TAGS: &[&[&str]] = &[#(#cfgs #tags,)*];

        #(#duplicates)*

        struct __At;

        impl __At {
            #(#cfgs const #variants: usize = __Index::#variants as usize;)*
        }

        impl __rt::Incoming for __Incoming {
            type Tag = __Tag;
            const TAGS: &'static [&'static [&'static str]] = __TAGS;

            fn read<'de, __A: __rt::MapAccess<'de>>(
                at: usize,
                fields: __rt::Fields<'_, 'de, __A>,
            ) -> __rt::Result<Self, __A::Error> {
                match at {
                    #(#cfgs __At::#variants => #read(fields).map(Self::#variants),)*
                    _ => __rt::Err(fields.unknown()),
                }
            }

            fn diagnose(
                at: usize,
                body: &__rt::Body<'_>,
            ) -> __rt::Vec<__rt::FieldError> {
                match at {
                    #(#cfgs __At::#variants => #diagnose(body),)*
                    _ => __rt::Vec::new(),
                }
            }
        }
    }
}
