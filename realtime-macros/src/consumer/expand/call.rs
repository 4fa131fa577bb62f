//! The call of a handler, and what becomes of what it returns.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};

use super::spans;
use crate::consumer::model::Handler;

/// A handler, and how it is called.
pub(super) struct Call<'a> {
    pub(super) handler: &'a Handler,
    /// The type of the consumer.
    pub(super) consumer: TokenStream,
    /// The function's path.
    pub(super) function: TokenStream,
    /// The consumer itself.
    pub(super) receiver: TokenStream,
}

impl<'a> Call<'a> {
    /// A method's.
    pub(super) fn of_method(handler: &'a Handler) -> Self {
        let ident = &handler.ident;
        Self {
            handler,
            consumer: quote!(Self),
            function: quote_spanned!(ident.span()=> Self::#ident),
            receiver: quote!(self),
        }
    }

    /// Handles `message`, with `cx` at hand.
    pub(super) fn dispatch(&self) -> TokenStream {
        let Handler {
            message,
            permission,
            granted,
            spawn,
            returns,
            ..
        } = self.handler;
        let room = (returns.is_stream && !spawn).then(|| quote!(cx.make_room()?;));
        let permission = permission.as_ref().map(|permission| {
            let consumer = &self.consumer;
            let asked = quote!(__rt::HandlerPermission<#consumer, #message>);
            let check = spans::member(permission, &asked, "check");
            match granted {
                Some(ty) => quote!(let granted: #ty = #check(&message, cx).await?;),
                None => quote!(#check(&message, cx).await?;),
            }
        });
        let reply = if *spawn {
            let task = self.call(&quote!(message));
            let spawn = self.of_reply("spawn");
            let task = if returns.is_stream {
                let reply = self.reply(quote!(#task.await));
                quote!(async move { #reply })
            } else {
                task
            };
            quote!(#spawn(cx, move |cx| #task))
        } else {
            let reply = self.awaited("message");
            let take = self.of_reply("reply");
            quote! {
                let reply = #reply;
                #take(reply, cx)
            }
        };
        quote!(#room #permission #reply)
    }

    /// Handles `event` for one member, with `cx` at hand.
    pub(super) fn handle(&self) -> TokenStream {
        let (reply, take) = (self.awaited("event"), self.of_reply("reply"));
        quote! {
            let reply = #reply;
            #take(reply, cx)
        }
    }

    /// Handles `event` once for all members.
    pub(super) fn share(&self) -> TokenStream {
        let (reply, take) = (self.awaited("event"), self.of_reply("share"));
        quote! {
            let reply = #reply;
            #take(reply)
        }
    }

    /// What is done with the value that the handler returns: a member of `Reply`.
    fn of_reply(&self, item: &str) -> TokenStream {
        spans::member(&self.handler.returns.ty, &quote!(__rt::Reply<__Tag>), item)
    }

    fn awaited(&self, argument: &str) -> TokenStream {
        let call = self
            .call(&syn::Ident::new(argument, proc_macro2::Span::call_site()).into_token_stream());
        self.reply(quote_spanned!(self.handler.ident.span()=> #call.await))
    }

    /// The handler's future. `Send` is asked for here alone, at the handler's name.
    fn call(&self, argument: &TokenStream) -> TokenStream {
        let Self {
            handler,
            function,
            receiver,
            ..
        } = self;
        let span = handler.ident.span();
        let receiver = handler.has_self.then(|| quote!(#receiver,));
        let granted = handler.granted.as_ref().map(|_| quote!(, granted));
        let context = handler.has_context.then(|| quote!(, cx));
        let send = spans::at(span, quote!(__rt::handler_is_send));
        quote_spanned!(span=> #send(#function(#receiver #argument #granted #context)))
    }

    /// What the handler returned, as the reply that its type says.
    fn reply(&self, returned: TokenStream) -> TokenStream {
        let returns = &self.handler.returns;
        if !returns.is_stream {
            return returned;
        }
        let ty = &returns.ty;
        let into_reply = spans::applied(&quote!(__rt::IntoReply::), ty);
        quote!(#into_reply::into_reply(#returned))
    }
}
