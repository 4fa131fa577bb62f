//! From a consumer to its implementation: data and a thin match; all logic is in the runtime.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Ident, Type, spanned::Spanned};

use super::{
    model::{Consumer, Handler},
    parse::Item,
};

/// The user's block, without the markers.
pub(super) fn block(consumer: &Consumer) -> TokenStream {
    let Consumer {
        attributes,
        generics,
        self_ty,
        items,
        ..
    } = consumer;
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let items = items.iter().map(|item| match item {
        Item::Method(method) => method.to_token_stream(),
        Item::Other(tokens) => tokens.clone(),
    });
    quote!(#(#attributes)* impl #impl_generics #self_ty #where_clause { #(#items)* })
}

/// Nothing: with mistakes in the block, an implementation would only repeat them.
pub(super) fn fallback(_: &Consumer) -> TokenStream {
    TokenStream::new()
}

fn variant(handler: &Handler) -> Ident {
    let name = handler.ident.to_string();
    let mut pascal = String::new();
    for word in name.trim_start_matches("r#").split('_') {
        let mut chars = word.chars();
        pascal.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        pascal.push_str(chars.as_str());
    }
    if pascal.is_empty() || pascal == "Self" {
        pascal.push('_');
    }
    Ident::new(&pascal, handler.ident.span())
}

/// The implementation of `Consumer`, and what belongs to it.
pub(super) fn implementation(consumer: &Consumer) -> TokenStream {
    let incoming = incoming(consumer);
    let consumer_impl = consumer_impl(consumer);
    let events = consumer
        .events
        .iter()
        .map(|handler| handles_event(consumer, handler));
    let sends = sends(consumer);
    quote! {
        #[allow(
            private_interfaces, private_bounds, unused_qualifications, non_snake_case, clippy::all, clippy::pedantic,
            deprecated
        )]
        const _: () = {
            #incoming
            #consumer_impl
            #(#events)*
            #sends
        };
    }
}

fn tag_of(consumer: &Consumer) -> TokenStream {
    let runtime = &consumer.settings.runtime;
    if consumer.settings.flat {
        quote!(#runtime::message::Type)
    } else {
        quote!(#runtime::message::Action)
    }
}

/// The union of the messages that it takes.
fn incoming(consumer: &Consumer) -> TokenStream {
    let runtime = &consumer.settings.runtime;
    let private = quote!(#runtime::__private);
    let tag = tag_of(consumer);
    let variants: Vec<_> = consumer.ws.iter().map(variant).collect();
    let cfgs: Vec<TokenStream> = consumer.ws.iter().map(cfg).collect();
    let messages: Vec<_> = consumer.ws.iter().map(|handler| &handler.message).collect();
    let tags = consumer.ws.iter().map(|handler| {
        let message = &handler.message;
        quote_spanned!(message.span()=> #private::tags_of::<#message, #tag>())
    });
    let duplicates = consumer.ws.iter().enumerate().skip(1).map(|(_, handler)| {
        let (cfg, variant) = (cfg(handler), variant(handler));
        quote_spanned! {handler.message.span()=>
            #cfg
            const _: () = ::core::assert!(
                #private::is_first(TAGS, Index::#variant as usize),
                "another handler of this consumer already takes this tag"
            );
        }
    });
    quote! {
        pub enum Incoming { #(#cfgs #variants(#messages),)* }

        #[derive(Clone, Copy)]
        enum Index { #(#cfgs #variants,)* }

        const TAGS: &[&[&str]] = &[#(#cfgs #tags,)*];

        #(#duplicates)*

        struct At;

        #[allow(non_upper_case_globals)]
        impl At {
            #(#cfgs const #variants: usize = Index::#variants as usize;)*
        }

        impl #runtime::Incoming for Incoming {
            type Tag = #tag;
            const TAGS: &'static [&'static [&'static str]] = TAGS;

            fn read<'de, A: #private::serde::de::MapAccess<'de>>(
                handler: usize,
                fields: #private::Fields<'_, 'de, A>,
            ) -> ::core::result::Result<Self, A::Error> {
                match handler {
                    #(#cfgs At::#variants => fields.read().map(Self::#variants),)*
                    _ => ::core::result::Result::Err(fields.unknown()),
                }
            }

            fn diagnose(
                handler: usize,
                body: &#private::Body<'_>,
            ) -> ::std::vec::Vec<#runtime::wire::FieldError> {
                match handler {
                    #(#cfgs At::#variants => #private::fields::<#messages>(body),)*
                    _ => ::std::vec::Vec::new(),
                }
            }
        }
    }
}

fn cfg(handler: &Handler) -> TokenStream {
    let cfg = &handler.cfg;
    quote!(#(#cfg)*)
}

/// The call of a handler. `Send` is asked for here alone, at the handler's name.
fn call(
    consumer: &Consumer,
    handler: &Handler,
    receiver: &TokenStream,
    argument: &TokenStream,
) -> TokenStream {
    let runtime = &consumer.settings.runtime;
    let ident = &handler.ident;
    let receiver = if handler.has_self {
        quote!(#receiver,)
    } else {
        TokenStream::new()
    };
    let context = if handler.has_context {
        quote!(, cx)
    } else {
        TokenStream::new()
    };
    quote_spanned!(ident.span()=> #runtime::__private::send(Self::#ident(#receiver #argument #context)).await)
}

fn reply(handler: &Handler, call: &TokenStream) -> TokenStream {
    let ty = &handler.returns;
    let take = quote_spanned!(ty.span()=> cx.reply(reply));
    quote!({ let reply = #call; #take })
}

fn consumer_impl(consumer: &Consumer) -> TokenStream {
    let Consumer {
        settings,
        generics,
        self_ty,
        name,
        ..
    } = consumer;
    let runtime = &settings.runtime;
    let private = quote!(#runtime::__private);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let or = |ty: &Option<Type>, default: TokenStream| {
        ty.as_ref().map_or(default, ToTokens::to_token_stream)
    };
    let state = or(&settings.state, quote!(()));
    let auth = or(&settings.auth, quote!(#runtime::auth::Anyone));
    let path = or(&settings.path, quote!(#runtime::Unused));
    let query = or(&settings.query, quote!(#runtime::Unused));
    let permissions = &settings.permissions;
    let permissions = if permissions.is_empty() {
        quote!(())
    } else {
        quote!((#(#permissions,)*))
    };
    let completions = settings.completions;
    let tag = tag_of(consumer);
    let arms = consumer.ws.iter().map(|handler| {
        let (cfg, variant) = (cfg(handler), variant(handler));
        let body = reply(
            handler,
            &call(consumer, handler, &quote!(self), &quote!(message)),
        );
        quote!(#cfg Incoming::#variant(message) => #body)
    });
    let events = consumer
        .events
        .iter()
        .filter(|handler| handler.has_self)
        .map(|handler| {
            let (cfg, message) = (cfg(handler), &handler.message);
            let body = reply(
                handler,
                &call(consumer, handler, &quote!(self), &quote!(event)),
            );
            quote! {
                #cfg
                if let ::core::option::Option::Some(event) = event.downcast_ref::<#message>() {
                    return #body;
                }
            }
        });
    let connect = connect(consumer);
    let disconnect = consumer.disconnect.as_ref().map(|disconnect| {
        let ident = &disconnect.ident;
        let context = if disconnect.has_context {
            quote!(, cx)
        } else {
            TokenStream::new()
        };
        quote_spanned!(ident.span()=> #private::send(Self::#ident(self #context)).await;)
    });
    let description = description(consumer);
    quote! {
        impl #impl_generics #runtime::Consumer for #self_ty #where_clause {
            const NAME: &'static str = #name;
            const COMPLETIONS: bool = #completions;
            type Tag = #tag;
            type State = #state;
            type Auth = #auth;
            type Permissions = #permissions;
            type Path = #path;
            type Query = #query;
            type Incoming = Incoming;

            async fn connect(
                cx: &mut #runtime::Connect<'_, Self>,
            ) -> ::core::result::Result<Self, #runtime::Reject> {
                #connect
            }

            async fn dispatch(
                &mut self,
                message: Incoming,
                cx: &mut #runtime::Context<'_, Self>,
            ) -> ::core::result::Result<(), #runtime::Error> {
                match message { #(#arms)* }
            }

            async fn event(
                &mut self,
                event: &(dyn ::core::any::Any + ::core::marker::Send + ::core::marker::Sync),
                cx: &mut #runtime::Context<'_, Self>,
            ) -> ::core::result::Result<(), #runtime::Error> {
                #(#events)*
                let _ = (event, cx);
                ::core::result::Result::Ok(())
            }

            async fn disconnect(&mut self, cx: &mut #runtime::Context<'_, Self>) {
                let _ = &cx;
                #disconnect
            }

            fn describe() -> #runtime::Description {
                #description
            }
        }
    }
}

fn connect(consumer: &Consumer) -> TokenStream {
    let Some(connect) = &consumer.connect else {
        return TokenStream::new();
    };
    let runtime = &consumer.settings.runtime;
    let ident = &connect.ident;
    let names: Vec<_> = (0..connect.extractors.len())
        .map(|index| format_ident!("extracted{index}"))
        .collect();
    let extracted = connect
        .extractors
        .iter()
        .zip(&names)
        .map(|(ty, name)| quote_spanned!(ty.span()=> let #name = cx.extract::<#ty>().await?;));
    let call = quote_spanned! {ident.span()=>
        #runtime::__private::send(Self::#ident(cx, #(#names),*)).await
    };
    quote! {
        #(#extracted)*
        ::core::result::Result::Ok(#call?)
    }
}

/// What it says of itself, for the document.
fn description(consumer: &Consumer) -> TokenStream {
    let runtime = &consumer.settings.runtime;
    let private = quote!(#runtime::__private);
    let tag = tag_of(consumer);
    let (summary, text) = (consumer.docs.summary(), consumer.docs.description());
    let receives = consumer.ws.iter().map(|handler| {
        let (cfg, message, returns) = (cfg(handler), &handler.message, &handler.returns);
        let name = handler.ident.to_string();
        let (summary, text) = (handler.docs.summary(), handler.docs.description());
        quote!(#cfg description.receives.push(#private::receive::<#message, #returns, #tag>(#name, #summary, #text));)
    });
    let pushes = consumer.events.iter().map(|handler| {
        let (cfg, returns) = (cfg(handler), &handler.returns);
        let name = handler.ident.to_string();
        let (summary, text) = (handler.docs.summary(), handler.docs.description());
        quote!(#cfg description.push::<#returns, #tag>(#name, #summary, #text);)
    });
    let outputs = outputs(consumer).map(|(cfg, ty)| quote!(#cfg description.output::<#ty>();));
    let schema = |ty: &Option<Type>| match ty {
        Some(ty) => {
            quote!(::core::option::Option::Some(|generator| generator.subschema_for::<#ty>()))
        }
        None => quote!(::core::option::Option::None),
    };
    let (path, query) = (
        schema(&consumer.settings.path),
        schema(&consumer.settings.query),
    );
    let has_events = !consumer.events.is_empty();
    quote! {
        let mut description = #runtime::Description {
            summary: #summary,
            description: #text,
            path: #path,
            query: #query,
            has_events: #has_events,
            ..::core::default::Default::default()
        };
        #(#receives)*
        #(#pushes)*
        #(#outputs)*
        description
    }
}

/// What `output(…)` lists, on the block and on its handlers, each type once.
fn outputs(consumer: &Consumer) -> impl Iterator<Item = (TokenStream, &Type)> {
    let on_block = consumer
        .settings
        .output
        .iter()
        .map(|ty| (TokenStream::new(), ty));
    let handlers = consumer.ws.iter().chain(&consumer.events);
    let on_handlers =
        handlers.flat_map(|handler| handler.output.iter().map(|ty| (cfg(handler), ty)));
    let mut seen = Vec::new();
    on_block.chain(on_handlers).filter(move |(_, ty)| {
        let tokens = ty.to_token_stream().to_string();
        let new = !seen.contains(&tokens);
        seen.push(tokens);
        new
    })
}

fn sends(consumer: &Consumer) -> TokenStream {
    let (runtime, self_ty) = (&consumer.settings.runtime, &consumer.self_ty);
    let (impl_generics, _, where_clause) = consumer.generics.split_for_impl();
    outputs(consumer)
        .map(|(cfg, ty)| {
            quote_spanned!(ty.span()=> #cfg impl #impl_generics #runtime::Sends<#ty> for #self_ty #where_clause {})
        })
        .collect()
}

fn handles_event(consumer: &Consumer, handler: &Handler) -> TokenStream {
    let (runtime, self_ty, message) = (
        &consumer.settings.runtime,
        &consumer.self_ty,
        &handler.message,
    );
    let (impl_generics, _, where_clause) = consumer.generics.split_for_impl();
    let (cfg, tag) = (cfg(handler), tag_of(consumer));
    let body = if handler.has_self {
        quote!(let _ = event; ::core::result::Result::Ok(#runtime::FanOut::Each))
    } else {
        let call = call(consumer, handler, &TokenStream::new(), &quote!(event));
        let returns = &handler.returns;
        let encode = quote_spanned!(returns.span()=> #runtime::FanOut::shared::<#tag, _>(reply));
        quote!(let reply = #call; #encode)
    };
    quote! {
        #cfg
        impl #impl_generics #runtime::HandlesEvent<#message> for #self_ty #where_clause {
            async fn fan_out(event: &#message) -> ::core::result::Result<#runtime::FanOut, #runtime::Error> {
                #body
            }
        }
    }
}
