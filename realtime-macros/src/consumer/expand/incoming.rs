//! The union of the messages that a consumer takes.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{cfg, spans, tag_of};
use crate::consumer::model::Consumer;

pub(super) fn incoming(consumer: &Consumer) -> TokenStream {
    let runtime = &consumer.settings.runtime;
    let tag = tag_of(consumer);
    let message_of = quote!(#runtime::expect::MessageOf<#tag>);
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
            const _: () = ::core::assert!(
                #runtime::__private::is_first(__TAGS, __Index::#variant as usize),
                "another handler of this consumer already takes this tag"
            );
        }
    });
    quote! {
        pub enum __Incoming { #(#cfgs #variants(#messages),)* }

        #[derive(::core::clone::Clone, ::core::marker::Copy)]
        enum __Index { #(#cfgs #variants,)* }

        const __TAGS: &[&[&str]] = &[#(#cfgs #tags,)*];

        #(#duplicates)*

        struct __At;

        impl __At {
            #(#cfgs const #variants: usize = __Index::#variants as usize;)*
        }

        impl #runtime::Incoming for __Incoming {
            type Tag = #tag;
            const TAGS: &'static [&'static [&'static str]] = __TAGS;

            fn read<'de, __A: #runtime::__private::serde::de::MapAccess<'de>>(
                handler: usize,
                fields: #runtime::__private::Fields<'_, 'de, __A>,
            ) -> ::core::result::Result<Self, __A::Error> {
                match handler {
                    #(#cfgs __At::#variants => #read(fields).map(Self::#variants),)*
                    _ => ::core::result::Result::Err(fields.unknown()),
                }
            }

            fn diagnose(
                handler: usize,
                body: &#runtime::__private::Body<'_>,
            ) -> ::std::vec::Vec<#runtime::wire::FieldError> {
                match handler {
                    #(#cfgs __At::#variants => #diagnose(body),)*
                    _ => ::std::vec::Vec::new(),
                }
            }
        }
    }
}
