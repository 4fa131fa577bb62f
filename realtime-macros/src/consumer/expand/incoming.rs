//! The union of the messages that a consumer takes.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{cfg, spans};
use crate::consumer::model::Consumer;

pub(super) fn incoming(consumer: &Consumer) -> TokenStream {
    let message_of = quote!(__rt::MessageOf<__Tag>);
    // Named as their handlers, which are different from each other.
    let variants: Vec<_> = consumer.ws.iter().map(|handler| &handler.ident).collect();
    let cfgs: Vec<TokenStream> = consumer.ws.iter().map(cfg).collect();
    let messages: Vec<_> = consumer.ws.iter().map(|handler| &handler.message).collect();
    let member = |item| {
        messages
            .iter()
            .map(|message| spans::member(message, &message_of, item))
            .collect::<Vec<_>>()
    };
    let (tags, read, diagnose) = (member("TAGS"), member("read"), member("diagnose"));
    let duplicates = consumer.ws.iter().skip(1).map(|handler| {
        let (cfg, variant) = (cfg(handler), &handler.ident);
        quote_spanned! {handler.message.span()=>
            #cfg
            const _: () = __rt::assert!(
                __rt::is_first(__TAGS, __Index::#variant as usize),
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
