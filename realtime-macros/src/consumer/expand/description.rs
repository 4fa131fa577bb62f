//! What a consumer says of itself, for the document.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Type, ext::IdentExt, spanned::Spanned};

use super::{cfg, forwarded, included, outputs};
use crate::consumer::model::{Consumer, Handler};
use crate::spans;

/// The body of `Consumer::describe`.
pub(super) fn description(consumer: &Consumer) -> TokenStream {
    let (summary, text) = consumer.docs.pair();
    let message_of = quote!(__rt::MessageOf<__Tag>);
    let receives = consumer.ws.iter().map(|handler| {
        let (cfg, receive) = (cfg(handler), receive(handler)?);
        Some(quote!(#cfg #receive))
    });
    let pushes = consumer.events.iter().map(|handler| {
        let (cfg, push) = (cfg(handler), push(handler)?);
        Some(quote!(#cfg #push))
    });
    let handlers = receives.chain(pushes).flatten();
    let shared = included::of_messages(consumer).chain(included::of_events(consumer));
    let shared = shared.map(|(name, path)| {
        let describe = included::part(&name, path, "describe");
        quote!(#describe(&mut description);)
    });
    let outputs = forwarded(consumer).chain(outputs(consumer, true));
    let outputs = outputs.map(|(cfg, ty)| {
        let messages = spans::member(ty, &message_of, "describe");
        quote!(#cfg description.output(#messages());)
    });
    let schema = |name: TokenStream, ty: &Option<Type>| {
        ty.as_ref().map(|ty| {
            let schema = quote!(|generator| generator.subschema_for::<#ty>());
            quote!(description.#name = __rt::Some(#schema);)
        })
    };
    let own = consumer.events.iter();
    let own = own.map(|handler| {
        let (event, end) = (&handler.message, quote_spanned!(handler.message.span()=> >));
        let (cfg, name) = (cfg(handler), handler.ident.unraw().to_string());
        quote!(#cfg description.takes::<Self, #event #end(#name);)
    });
    let included = included::of_events(consumer);
    let included = included.map(|(name, path)| {
        let event = included::part(&name, path, "Takes");
        let last = path
            .segments
            .last()
            .map(|last| last.ident.unraw().to_string());
        let name = last.unwrap_or_default();
        quote!(description.takes::<Self, #event>(#name);)
    });
    // Nobody handles it: it has no name.
    let passed = forwarded(consumer).map(|(cfg, event)| {
        let end = quote_spanned!(event.span()=> >);
        quote!(#cfg description.takes::<Self, #event #end("");)
    });
    let events = own.chain(included).chain(passed);
    let path = schema(quote!(path), &consumer.settings.path);
    let query = schema(quote!(query), &consumer.settings.query);
    quote! {
        let mut description = __rt::Description {
            summary: #summary,
            description: #text,
            ..__rt::Default::default()
        };
        #path
        #query
        #(#handlers)*
        #(#shared)*
        #(#outputs)*
        #(#events)*
        description
    }
}

/// Adds a handler of messages to `description`, unless it is hidden.
pub(super) fn receive(handler: &Handler) -> Option<TokenStream> {
    let messages = spans::member(
        &handler.message,
        &quote!(__rt::MessageOf<__Tag>),
        "describe",
    );
    let replies = spans::member(&handler.returns.ty, &quote!(__rt::Reply<__Tag>), "describe");
    let doc = doc(handler)?;
    // What a permission refuses with is not in the handler's type.
    let judged = handler.permission.as_ref().map(|_| quote!(.judged()));
    let triggers = handler.output.iter().map(|ty| {
        let messages = spans::member(ty, &quote!(__rt::MessageOf<__Tag>), "describe");
        quote!(.triggers(&#messages()))
    });
    Some(quote!(description.receive(#doc, #messages(), #replies() #judged #(#triggers)*);))
}

/// Adds a handler of events to `description`, unless it is hidden.
pub(super) fn push(handler: &Handler) -> Option<TokenStream> {
    let messages = spans::member(&handler.returns.ty, &quote!(__rt::Reply<__Tag>), "messages");
    let doc = doc(handler)?;
    Some(quote!(description.push(#doc, #messages());))
}

fn doc(handler: &Handler) -> Option<TokenStream> {
    let doc = &handler.doc;
    if doc.hidden {
        return None;
    }
    let name = handler.ident.unraw().to_string();
    let (summary, text) = doc.docs.texts();
    let texts = quote!([#name, #summary, #text]);
    let tags = (!doc.tags.is_empty()).then(|| {
        let tags = &doc.tags;
        quote!(.tags(&[#(#tags),*]))
    });
    let deprecated = doc.deprecated.then(|| quote!(.deprecated()));
    Some(if tags.is_none() && deprecated.is_none() {
        texts
    } else {
        quote!(__rt::Doc::from(#texts) #tags #deprecated)
    })
}
