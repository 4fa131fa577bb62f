//! What stands in for a consumer with mistakes, so that they are all that is reported.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{GenericParam, parse_quote};

use super::{closed, implementation};
use crate::consumer::model::Consumer;

/// A consumer that takes no message, handles every event and may send whatever it likes.
pub(in crate::consumer) fn fallback(consumer: &Consumer) -> TokenStream {
    let borrows = consumer
        .generics
        .params
        .iter()
        .any(|parameter| matches!(parameter, GenericParam::Lifetime(_)));
    if consumer.trait_for.is_some() || borrows {
        return TokenStream::new();
    }
    let (runtime, self_ty) = (&consumer.settings.runtime, &consumer.self_ty);
    let (impl_generics, _, where_clause) = consumer.generics.split_for_impl();
    let constants = implementation::constants(consumer);
    let mut of_message = consumer.generics.clone();
    of_message
        .params
        .push(parse_quote!(__Message: #runtime::Message));
    let (of_message, _, _) = of_message.split_for_impl();
    closed(&quote! {
        impl #impl_generics #runtime::Consumer for #self_ty #where_clause {
            #constants
            type Incoming = #runtime::expect::Nothing<Self::Tag>;

            async fn connect(
                _: &mut #runtime::Connect<'_, Self>,
            ) -> ::core::result::Result<Self, #runtime::Reject> {
                ::core::future::pending().await
            }

            async fn dispatch(
                &mut self,
                _: Self::Incoming,
                _: &mut #runtime::Context<'_, Self>,
            ) -> ::core::result::Result<(), #runtime::Error> {
                ::core::result::Result::Ok(())
            }

            fn describe() -> #runtime::Description {
                ::core::default::Default::default()
            }
        }

        impl #of_message #runtime::HandlesEvent<__Message> for #self_ty #where_clause {
            async fn fan_out(_: &__Message) -> ::core::result::Result<#runtime::FanOut, #runtime::Error> {
                ::core::result::Result::Ok(#runtime::FanOut::Each)
            }
        }

        impl #of_message #runtime::Sends<__Message> for #self_ty #where_clause {}
    })
}
