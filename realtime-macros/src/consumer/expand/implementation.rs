//! The implementation of `Consumer`, and of what it handles and sends.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Expr, ExprLit, Lit, Type, spanned::Spanned};

use super::{call::Call, cfg, description, forwarded, included, outputs};
use crate::consumer::model::Consumer;
use crate::spans;

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
    let authentication = settings.authentication.then(|| {
        quote!(
            const AUTHENTICATION: bool = true;
        )
    });
    quote! {
        const NAME: &'static str = #name;
        #authentication
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
    let own = consumer.ws.iter().map(|handler| {
        let (cfg, variant) = (cfg(handler), &handler.ident);
        let dispatch = Call::of_method(handler).dispatch();
        quote!(#cfg __Incoming::#variant(__message) => { #dispatch })
    });
    let shared = included::of_messages(consumer).map(|(name, path)| {
        let dispatch = included::of_consumer(&name, path, "dispatch_shared");
        let dispatch = quote_spanned!(path.span()=> #dispatch(self, __message, __cx).await);
        quote!(__Incoming::#name(__message) => #dispatch,)
    });
    let arms = own.chain(shared);
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
                __message: __Incoming,
                __cx: &mut __rt::Context<'_, Self>,
            ) -> __rt::Result<(), __rt::Error> {
                match __message { #(#arms)* }
            }

            #event
            #disconnect

            fn describe() -> __rt::Description {
                #description
            }
        }
    }
}

fn event(consumer: &Consumer) -> Option<TokenStream> {
    let own = consumer.events.iter().filter(|handler| handler.has_self);
    let own = own.map(|handler| {
        let (cfg, event) = (cfg(handler), &handler.message);
        let handle = Call::of_method(handler).handle();
        quote! {
            #cfg
            if let __rt::Some(__event) = __event.downcast_ref::<#event>() {
                return { #handle };
            }
        }
    });
    let shared = included::of_events(consumer).map(|(name, path)| {
        let event = included::part(&name, path, "Takes");
        let handle = included::of_consumer(&name, path, "handle_shared");
        quote_spanned! {path.span()=>
            if let __rt::Some(__event) = __event.downcast_ref::<#event>() {
                return #handle(self, __event, __cx).await;
            }
        }
    });
    let handlers: Vec<_> = own.chain(shared).collect();
    (!handlers.is_empty()).then(|| {
        quote! {
            async fn event(
                &mut self,
                __event: &(dyn __rt::Any + __rt::Send + __rt::Sync),
                __cx: &mut __rt::Context<'_, Self>,
            ) -> __rt::Result<(), __rt::Error> {
                #(#handlers)*
                let _ = (__event, __cx);
                __rt::Ok(())
            }
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
    let groups = consumer.settings.groups.iter().map(join);
    quote! {
        #(#groups)*
        #(#extracted)*
        let result = #call;
        #connected(result)
    }
}

/// Joins one of the `groups(…)`.
fn join(key: &Expr) -> TokenStream {
    // What a `macro_rules!` captured is in a group that is not written.
    let mut bare = key;
    while let Expr::Group(group) = bare {
        bare = &group.expr;
    }
    let key = match bare {
        Expr::Lit(ExprLit {
            lit: Lit::Str(key), ..
        }) => quote!([#key]),
        key => key.to_token_stream(),
    };
    quote_spanned! {key.span()=>
        let group = __rt::Group::<Self>::new(#key);
        cx.join(&group).await?;
    }
}

/// `Sends` for what `output(…)` lists.
pub(super) fn sends(consumer: &Consumer) -> TokenStream {
    let self_ty = &consumer.self_ty;
    let (impl_generics, _, where_clause) = consumer.generics.split_for_impl();
    outputs(consumer, false)
        .map(|(cfg, ty)| {
            let sends = spans::applied(&quote!(__rt::Sends), ty);
            quote!(#cfg impl #impl_generics #sends for #self_ty #where_clause {})
        })
        .collect()
}

/// `HandlesEvent` for each handler of events, shared ones too, and for what is passed on.
pub(super) fn events(consumer: &Consumer) -> TokenStream {
    let own = consumer.events.iter().map(|handler| {
        let (event, body) = if handler.has_self {
            (quote!(_), quote!(__rt::Ok(__rt::FanOut::Each)))
        } else {
            (quote!(__event), Call::of_method(handler).share())
        };
        let cfg = cfg(handler);
        handles_event(consumer, &cfg, &handler.message, &event, &body)
    });
    let shared = included::of_events(consumer).map(|(name, path)| {
        let event = included::part(&name, path, "Takes");
        let fan_out = included::of_consumer(&name, path, "fan_out_shared");
        let body = quote_spanned!(path.span()=> #fan_out(__event).await);
        let event = Type::Verbatim(event);
        handles_event(
            consumer,
            &TokenStream::new(),
            &event,
            &quote!(__event),
            &body,
        )
    });
    let forwarded = forwarded(consumer).map(|(cfg, event)| {
        let same = quote!(__rt::Ok(__rt::FanOut::Same));
        handles_event(consumer, &cfg, event, &quote!(_), &same)
    });
    own.chain(shared).chain(forwarded).collect()
}

fn handles_event(
    consumer: &Consumer,
    cfg: &TokenStream,
    ty: &Type,
    event: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let self_ty = &consumer.self_ty;
    let (impl_generics, _, where_clause) = consumer.generics.split_for_impl();
    let handles = spans::applied(&quote!(__rt::HandlesEvent), ty);
    // Where an event is handled twice, this is what is shown.
    let implementation = quote_spanned!(ty.span()=> impl);
    quote! {
        #cfg
        #implementation #impl_generics #handles for #self_ty #where_clause {
            async fn fan_out(#event: &#ty) -> __rt::Result<__rt::FanOut, __rt::Error> {
                #body
            }
        }
    }
}
