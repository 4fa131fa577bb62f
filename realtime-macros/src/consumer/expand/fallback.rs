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
    let self_ty = &consumer.self_ty;
    let (impl_generics, _, where_clause) = consumer.generics.split_for_impl();
    let constants = implementation::constants(consumer);
    let mut of_message = consumer.generics.clone();
    of_message
        .params
        .push(parse_quote!(__Message: __rt::Message));
    let (of_message, _, _) = of_message.split_for_impl();
    let items = quote! {
        impl #impl_generics __rt::Consumer for #self_ty #where_clause {
            #constants
            type Incoming = __rt::Nothing<Self::Tag>;

            async fn connect(
                _: &mut __rt::Connect<'_, Self>,
            ) -> __rt::Result<Self, __rt::Reject> {
                __rt::future::pending().await
            }

            async fn dispatch(
                &mut self,
                _: Self::Incoming,
                _: &mut __rt::Context<'_, Self>,
            ) -> __rt::Result<(), __rt::Error> {
                __rt::Ok(())
            }

            fn describe() -> __rt::Description {
                __rt::Default::default()
            }
        }

        impl #of_message __rt::HandlesEvent<__Message> for #self_ty #where_clause {
            async fn fan_out(_: &__Message) -> __rt::Result<__rt::FanOut, __rt::Error> {
                __rt::Ok(__rt::FanOut::Each)
            }
        }

        impl #of_message __rt::Sends<__Message> for #self_ty #where_clause {}
    };
    closed(consumer, &items)
}
