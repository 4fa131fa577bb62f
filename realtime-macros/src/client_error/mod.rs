//! `#[derive(ClientError)]`.

mod detail;
mod expand;
mod validate;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::errors::Errors;

/// `#[derive(ClientError)]` on an enum or a struct.
pub(crate) fn derive(item: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let (runtime, cases) = validate::cases(&input, &mut errors);
    let implementation = if errors.is_empty() {
        expand::implementation(&input, &runtime, &cases)
    } else {
        expand::fallback(&input, &runtime)
    };
    let errors = errors.into_tokens();
    quote!(#implementation #errors)
}
