//! The implementation of `Consumer`, and of what it handles and sends.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Type, spanned::Spanned};

use super::{cfg, description, outputs, spans, tag_of};
use crate::consumer::model::{Consumer, Handler};

/// The parts of `Consumer` that its attribute says.
pub(super) fn constants(consumer: &Consumer) -> TokenStream {
    let settings = &consumer.settings;
    let (runtime, name) = (&settings.runtime, &consumer.name);
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
    let completions = settings.completions.then(|| {
        quote!(
            const COMPLETIONS: bool = true;
        )
    });
    let tag = tag_of(consumer);
    quote! {
        const NAME: &'static str = #name;
        #completions
        type Tag = #tag;
        type State = #state;
        type Auth = #auth;
        type Permissions = #permissions;
        type Path = #path;
        type Query = #query;
    }
}

pub(super) fn consumer(consumer: &Consumer) -> TokenStream {
    let (runtime, self_ty) = (&consumer.settings.runtime, &consumer.self_ty);
    let (impl_generics, _, where_clause) = consumer.generics.split_for_impl();
    let constants = constants(consumer);
    let connect = connect(consumer);
    let arms = consumer.ws.iter().map(|handler| {
        let (cfg, variant) = (cfg(handler), &handler.ident);
        let call = call(consumer, handler, &quote!(self), &quote!(message));
        let reply = reply(consumer, handler);
        quote!(#cfg __Incoming::#variant(message) => #reply(#call, cx),)
    });
    let event = event(consumer);
    let disconnect = disconnect(consumer);
    let description = description::description(consumer);
    quote! {
        impl #impl_generics #runtime::Consumer for #self_ty #where_clause {
            #constants
            type Incoming = __Incoming;

            async fn connect(
                cx: &mut #runtime::Connect<'_, Self>,
            ) -> ::core::result::Result<Self, #runtime::Reject> {
                #connect
            }

            async fn dispatch(
                &mut self,
                message: __Incoming,
                cx: &mut #runtime::Context<'_, Self>,
            ) -> ::core::result::Result<(), #runtime::Error> {
                match message { #(#arms)* }
            }

            #event
            #disconnect

            fn describe() -> #runtime::Description {
                #description
            }
        }
    }
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
    let receiver = handler.has_self.then(|| quote!(#receiver,));
    let context = handler.has_context.then(|| quote!(, cx));
    let send = spans::at(ident.span(), quote!(#runtime::expect::handler_is_send));
    quote_spanned!(ident.span()=> #send(Self::#ident(#receiver #argument #context)).await)
}

/// What takes the value that a handler returns.
fn reply(consumer: &Consumer, handler: &Handler) -> TokenStream {
    let (runtime, tag) = (&consumer.settings.runtime, tag_of(consumer));
    spans::member(&handler.returns, &quote!(#runtime::Reply<#tag>), "reply")
}

fn event(consumer: &Consumer) -> Option<TokenStream> {
    let runtime = &consumer.settings.runtime;
    let mut handlers = consumer
        .events
        .iter()
        .filter(|handler| handler.has_self)
        .peekable();
    handlers.peek()?;
    let handlers = handlers.map(|handler| {
        let (cfg, message) = (cfg(handler), &handler.message);
        let call = call(consumer, handler, &quote!(self), &quote!(event));
        let reply = reply(consumer, handler);
        quote! {
            #cfg
            if let ::core::option::Option::Some(event) = event.downcast_ref::<#message>() {
                return #reply(#call, cx);
            }
        }
    });
    Some(quote! {
        async fn event(
            &mut self,
            event: &(dyn ::core::any::Any + ::core::marker::Send + ::core::marker::Sync),
            cx: &mut #runtime::Context<'_, Self>,
        ) -> ::core::result::Result<(), #runtime::Error> {
            #(#handlers)*
            let _ = (event, cx);
            ::core::result::Result::Ok(())
        }
    })
}

fn disconnect(consumer: &Consumer) -> Option<TokenStream> {
    let runtime = &consumer.settings.runtime;
    let disconnect = consumer.disconnect.as_ref()?;
    let (cfg, ident) = (&disconnect.cfg, &disconnect.ident);
    let context = disconnect.has_context.then(|| quote!(, cx));
    let cx = if disconnect.has_context {
        quote!(cx)
    } else {
        quote!(_)
    };
    let send = spans::at(ident.span(), quote!(#runtime::expect::handler_is_send));
    let call = quote_spanned!(ident.span()=> #send(Self::#ident(self #context)).await);
    Some(quote! {
        #(#cfg)*
        async fn disconnect(&mut self, #cx: &mut #runtime::Context<'_, Self>) {
            #call
        }
    })
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
    let send = spans::at(ident.span(), quote!(#runtime::expect::handler_is_send));
    let call = quote_spanned!(ident.span()=> #send(Self::#ident(cx, #(#names),*)).await);
    let connected = spans::member(
        &connect.returns,
        &quote!(#runtime::expect::Connected<Self>),
        "into_result",
    );
    quote!(#(#extracted)* #connected(#call))
}

/// `Sends` for what `output(…)` lists.
pub(super) fn sends(consumer: &Consumer) -> TokenStream {
    let (runtime, self_ty) = (&consumer.settings.runtime, &consumer.self_ty);
    let (impl_generics, _, where_clause) = consumer.generics.split_for_impl();
    outputs(consumer)
        .map(|(cfg, ty)| {
            let sends = spans::applied(&quote!(#runtime::Sends), ty);
            quote!(#cfg impl #impl_generics #sends for #self_ty #where_clause {})
        })
        .collect()
}

/// `HandlesEvent` for each handler of events.
pub(super) fn events(consumer: &Consumer) -> TokenStream {
    let (runtime, self_ty) = (&consumer.settings.runtime, &consumer.self_ty);
    let (impl_generics, _, where_clause) = consumer.generics.split_for_impl();
    let tag = tag_of(consumer);
    let handlers = consumer.events.iter().map(|handler| {
        let (cfg, message) = (cfg(handler), &handler.message);
        let handles = spans::applied(&quote!(#runtime::HandlesEvent), message);
        let (event, body) = if handler.has_self {
            let each = quote!(::core::result::Result::Ok(#runtime::FanOut::Each));
            (quote!(_), each)
        } else {
            let call = call(consumer, handler, &TokenStream::new(), &quote!(event));
            let reply = quote!(#runtime::Reply<#tag>);
            let share = spans::member(&handler.returns, &reply, "share");
            (quote!(event), quote!(#share(#call)))
        };
        quote! {
            #cfg
            impl #impl_generics #handles for #self_ty #where_clause {
                async fn fan_out(
                    #event: &#message,
                ) -> ::core::result::Result<#runtime::FanOut, #runtime::Error> {
                    #body
                }
            }
        }
    });
    handlers.collect()
}
