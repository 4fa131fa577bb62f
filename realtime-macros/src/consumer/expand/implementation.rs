//! The implementation of `Consumer`, and of what it handles and sends.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Type, spanned::Spanned};

use super::{cfg, description, outputs, spans};
use crate::consumer::model::{Consumer, Handler};

/// The parts of `Consumer` that its attribute says.
pub(super) fn constants(consumer: &Consumer) -> TokenStream {
    let settings = &consumer.settings;
    let name = &consumer.name;
    // With the type's span: what is wrong with the item is wrong with the type.
    let set = |name: &str, ty: &Option<Type>, default: TokenStream| {
        let name = format_ident!("{name}");
        match ty {
            Some(ty) => quote_spanned!(ty.span()=> type #name = #ty;),
            None => quote!(type #name = #default;),
        }
    };
    let state = set("State", &settings.state, quote!(()));
    let auth = set("Auth", &settings.auth, quote!(__rt::Anyone));
    let path = set("Path", &settings.path, quote!(__rt::Unused));
    let query = set("Query", &settings.query, quote!(__rt::Unused));
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
    quote! {
        const NAME: &'static str = #name;
        #completions
        type Tag = __Tag;
        type Permissions = #permissions;
        #state
        #auth
        #path
        #query
    }
}

pub(super) fn consumer(consumer: &Consumer) -> TokenStream {
    let self_ty = &consumer.self_ty;
    let (impl_generics, _, where_clause) = consumer.generics.split_for_impl();
    let constants = constants(consumer);
    let connect = connect(consumer);
    let arms = consumer.ws.iter().map(|handler| {
        let (cfg, variant) = (cfg(handler), &handler.ident);
        let call = call(handler, &quote!(self), &quote!(message));
        let reply = reply(handler, &call, "reply", &quote!(, cx));
        quote!(#cfg __Incoming::#variant(message) => { #reply })
    });
    let event = event(consumer);
    let disconnect = disconnect(consumer);
    let description = description::description(consumer);
    quote! {
        impl #impl_generics __rt::Consumer for #self_ty #where_clause {
            #constants
            type Incoming = __Incoming;

            async fn connect(
                cx: &mut __rt::Connect<'_, Self>,
            ) -> __rt::Result<Self, __rt::Reject> {
                #connect
            }

            async fn dispatch(
                &mut self,
                message: __Incoming,
                cx: &mut __rt::Context<'_, Self>,
            ) -> __rt::Result<(), __rt::Error> {
                match message { #(#arms)* }
            }

            #event
            #disconnect

            fn describe() -> __rt::Description {
                #description
            }
        }
    }
}

/// The call of a handler. `Send` is asked for here alone, at the handler's name.
fn call(handler: &Handler, receiver: &TokenStream, argument: &TokenStream) -> TokenStream {
    let ident = &handler.ident;
    let receiver = handler.has_self.then(|| quote!(#receiver,));
    let context = handler.has_context.then(|| quote!(, cx));
    let send = spans::at(ident.span(), quote!(__rt::handler_is_send));
    quote_spanned!(ident.span()=> #send(Self::#ident(#receiver #argument #context)).await)
}

/// The call, and what takes the value that it returns: `item` of `Reply`.
fn reply(handler: &Handler, call: &TokenStream, item: &str, context: &TokenStream) -> TokenStream {
    let reply = spans::member(&handler.returns, &quote!(__rt::Reply<__Tag>), item);
    quote! {
        let reply = #call;
        #reply(reply #context)
    }
}

fn event(consumer: &Consumer) -> Option<TokenStream> {
    let mut handlers = consumer
        .events
        .iter()
        .filter(|handler| handler.has_self)
        .peekable();
    handlers.peek()?;
    let handlers = handlers.map(|handler| {
        let (cfg, message) = (cfg(handler), &handler.message);
        let call = call(handler, &quote!(self), &quote!(event));
        let reply = reply(handler, &call, "reply", &quote!(, cx));
        quote! {
            #cfg
            if let __rt::Some(event) = event.downcast_ref::<#message>() {
                return { #reply };
            }
        }
    });
    Some(quote! {
        async fn event(
            &mut self,
            event: &(dyn __rt::Any + __rt::Send + __rt::Sync),
            cx: &mut __rt::Context<'_, Self>,
        ) -> __rt::Result<(), __rt::Error> {
            #(#handlers)*
            let _ = (event, cx);
            __rt::Ok(())
        }
    })
}

fn disconnect(consumer: &Consumer) -> Option<TokenStream> {
    let disconnect = consumer.disconnect.as_ref()?;
    let (cfg, ident) = (&disconnect.cfg, &disconnect.ident);
    let context = disconnect.has_context.then(|| quote!(, cx));
    let cx = if disconnect.has_context {
        quote!(cx)
    } else {
        quote!(_)
    };
    let send = spans::at(ident.span(), quote!(__rt::handler_is_send));
    let call = quote_spanned!(ident.span()=> #send(Self::#ident(self #context)).await);
    Some(quote! {
        #(#cfg)*
        async fn disconnect(&mut self, #cx: &mut __rt::Context<'_, Self>) {
            #call
        }
    })
}

fn connect(consumer: &Consumer) -> TokenStream {
    let Some(connect) = &consumer.connect else {
        return TokenStream::new();
    };
    let ident = &connect.ident;
    let names: Vec<_> = (0..connect.extractors.len())
        .map(|index| format_ident!("extracted{index}"))
        .collect();
    let extracted = connect
        .extractors
        .iter()
        .zip(&names)
        .map(|(ty, name)| quote_spanned!(ty.span()=> let #name = cx.extract::<#ty>().await?;));
    let send = spans::at(ident.span(), quote!(__rt::handler_is_send));
    let call = quote_spanned!(ident.span()=> #send(Self::#ident(cx, #(#names),*)).await);
    let connected = spans::member(
        &connect.returns,
        &quote!(__rt::Connected<Self>),
        "into_result",
    );
    quote! {
        #(#extracted)*
        let result = #call;
        #connected(result)
    }
}

/// `Sends` for what `output(…)` lists.
pub(super) fn sends(consumer: &Consumer) -> TokenStream {
    let self_ty = &consumer.self_ty;
    let (impl_generics, _, where_clause) = consumer.generics.split_for_impl();
    outputs(consumer)
        .map(|(cfg, ty)| {
            let sends = spans::applied(&quote!(__rt::Sends), ty);
            quote!(#cfg impl #impl_generics #sends for #self_ty #where_clause {})
        })
        .collect()
}

/// `HandlesEvent` for each handler of events.
pub(super) fn events(consumer: &Consumer) -> TokenStream {
    let self_ty = &consumer.self_ty;
    let (impl_generics, _, where_clause) = consumer.generics.split_for_impl();
    let handlers = consumer.events.iter().map(|handler| {
        let (cfg, message) = (cfg(handler), &handler.message);
        let handles = spans::applied(&quote!(__rt::HandlesEvent), message);
        let (event, body) = if handler.has_self {
            let each = quote!(__rt::Ok(__rt::FanOut::Each));
            (quote!(_), each)
        } else {
            let call = call(handler, &TokenStream::new(), &quote!(event));
            let share = reply(handler, &call, "share", &TokenStream::new());
            (quote!(event), share)
        };
        quote! {
            #cfg
            impl #impl_generics #handles for #self_ty #where_clause {
                async fn fan_out(
                    #event: &#message,
                ) -> __rt::Result<__rt::FanOut, __rt::Error> {
                    #body
                }
            }
        }
    });
    handlers.collect()
}
