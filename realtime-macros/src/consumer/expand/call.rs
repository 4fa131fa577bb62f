//! The call of a handler, and what becomes of what it returns.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Ident, spanned::Spanned};

use crate::consumer::model::Handler;
use crate::spans;

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

    /// Handles `__message`, with `__cx` at hand. A shared handler may have any other name.
    pub(super) fn dispatch(&self) -> TokenStream {
        let Handler {
            message,
            permission,
            granted,
            spawn,
            returns,
            ..
        } = self.handler;
        let room = (returns.is_stream && !spawn).then(|| quote!(__cx.make_room()?;));
        let permission = permission.as_ref().map(|permission| {
            let consumer = &self.consumer;
            let asked = quote!(__rt::HandlerPermission<#consumer, #message>);
            let check = spans::member(permission, &asked, "check");
            // All of it is shown where the permission is named, so that what is wrong with it is reported once.
            let check = quote_spanned!(permission.span()=> #check(&__message, __cx).await?);
            match granted {
                Some(ty) => {
                    let granted = quote_spanned!(ty.span()=> let __granted: #ty = __granted;);
                    quote!(let __granted = #check; #granted)
                }
                None => quote!(#check;),
            }
        });
        let reply = if *spawn {
            let span = self.handler.ident.span();
            let task = self.future(&quote!(__message));
            let spawner = self.of_reply("spawner");
            let task = if returns.is_stream {
                let reply = self.reply(quote!(#task.await));
                quote!(async move { #reply })
            } else {
                task
            };
            let cx = if self.handler.has_context {
                quote_spanned!(span=> __cx)
            } else {
                quote!(_)
            };
            let task = quote_spanned!(span=> move |#cx| #task);
            let run = quote_spanned!(span=> .run(#task));
            quote!(#spawner(__cx) #run)
        } else {
            let reply = self.awaited("__message");
            let take = self.of_reply("reply");
            quote! {
                let reply = #reply;
                #take(reply, __cx)
            }
        };
        quote!(#room #permission #reply)
    }

    /// Handles `__event` for one member, with `__cx` at hand.
    pub(super) fn handle(&self) -> TokenStream {
        let (reply, take) = (self.awaited("__event"), self.of_reply("reply"));
        quote! {
            let reply = #reply;
            #take(reply, __cx)
        }
    }

    /// Handles `__event` once for all members.
    pub(super) fn share(&self) -> TokenStream {
        let (reply, take) = (self.awaited("__event"), self.of_reply("share"));
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
        let span = self.handler.ident.span();
        let argument = Ident::new(argument, Span::call_site());
        let future = self.future(&quote!(#argument));
        let send = spans::at(span, quote!(__rt::handler_is_send));
        self.reply(quote_spanned!(span=> #send(#future).await))
    }

    /// The handler's future, of which it is asked elsewhere that it is `Send`.
    fn future(&self, argument: &TokenStream) -> TokenStream {
        let Self {
            handler,
            function,
            receiver,
            ..
        } = self;
        let span = handler.ident.span();
        let receiver = handler.has_self.then(|| quote!(#receiver,));
        let granted = handler.granted.as_ref().map(|_| quote!(, __granted));
        let context = handler.has_context.then(|| quote_spanned!(span=> , __cx));
        quote_spanned!(span=> #function(#receiver #argument #granted #context))
    }

    /// What the handler returned, as the reply that its type says.
    fn reply(&self, returned: TokenStream) -> TokenStream {
        let returns = &self.handler.returns;
        if !returns.is_stream {
            return returned;
        }
        let ty = &returns.ty;
        let into_reply = spans::applied(&quote!(__rt::IntoReply::), ty);
        quote_spanned!(self.handler.ident.span()=> #into_reply::into_reply(#returned))
    }
}
