//! `#[message]` and `#[derive(Message)]`.

mod examples;
mod expand;
pub(crate) mod names;
mod rules;
mod serde_attributes;
mod validate;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Attribute, Data, DeriveInput, Token, Visibility,
    parse::{ParseStream, Parser},
};

use crate::{attribute, errors::Errors};
use examples::{Examples, is_example};
use rules::Rules;
use validate::Header;

const ARGUMENTS: &[&str] = &["action", "type", "rename_all", "skip_derive", "crate"];

/// `#[message(…)]` on a struct. `garde`: whether the feature of this name is on.
pub(crate) fn attribute(arguments: TokenStream, item: &TokenStream, garde: bool) -> TokenStream {
    let mut errors = Errors::default();
    let (input, rest) = match Parser::parse2(structure, item.clone()) {
        Ok(parsed) => parsed,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#item #error);
        }
    };
    let header = Header::parse(
        attribute::arguments(arguments, ARGUMENTS, &mut errors),
        &input,
        &mut errors,
    );
    let rules = Rules::of(&input, garde, &mut errors);
    let rules = rules.map(|rules| rules.derived_unless(&expand::derived(&input)));
    let examples = Examples::of(&input, &mut errors);
    let derives = expand::derives(&header, &input, rules);
    // Below the user's own, whose derives may be the ones to read them.
    let attributes = input.attrs.iter().filter(|found| !is_example(found));
    let more = expand::attributes(&header, rules);
    let implementation = match validate::structure(&input, &header, &mut errors) {
        Some(model) if errors.is_empty() => {
            expand::implementation(&model, rules, &examples, &input)
        }
        _ => expand::fallback(&header, &input),
    };
    let errors = errors.into_tokens();
    quote!(#derives #(#attributes)* #more #rest #implementation #errors)
}

/// A struct, and what of it is behind its attributes; anything else is a mistake at its keyword or its name.
fn structure(input: ParseStream<'_>) -> syn::Result<(DeriveInput, TokenStream)> {
    let ahead = input.fork();
    ahead.call(Attribute::parse_outer)?;
    let rest = ahead.fork().parse()?;
    ahead.parse::<Visibility>()?;
    if ahead.peek(Token![enum]) {
        ahead.parse::<Token![enum]>()?;
        return Err(ahead.error(
            "an enum is several messages: use `#[derive(Message)]` and `#[serde(tag = \"action\", content = \"payload\")]`",
        ));
    }
    if !ahead.peek(Token![struct]) {
        return Err(ahead.error("`#[message]` stands on a struct"));
    }
    Ok((input.parse()?, rest))
}

/// `#[derive(Message)]` on a struct or a serde-tagged enum. `garde`: whether the feature of this name is on.
pub(crate) fn derive(item: TokenStream, garde: bool) -> TokenStream {
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let mut arguments = Vec::new();
    for found in input
        .attrs
        .iter()
        .filter(|found| found.path().is_ident("message"))
    {
        if let Some(list) = errors.take(found.meta.require_list()) {
            arguments.extend(attribute::arguments(
                list.tokens.clone(),
                ARGUMENTS,
                &mut errors,
            ));
        }
    }
    let (model, header) = match &input.data {
        Data::Enum(data) => {
            let header = Header::for_enum(arguments, &mut errors);
            (
                validate::enumeration(&input, data, &header, &mut errors),
                header,
            )
        }
        _ => {
            let header = Header::parse(arguments, &input, &mut errors);
            (validate::structure(&input, &header, &mut errors), header)
        }
    };
    if let Some(rule) = &header.rename_all {
        errors.at(
            rule,
            "`#[derive(Message)]` renames nothing: write `#[serde(rename_all = \"…\")]`",
        );
    }
    let rules = Rules::of(&input, garde, &mut errors);
    let examples = Examples::of(&input, &mut errors);
    let implementation = match model {
        Some(model) if errors.is_empty() => {
            expand::implementation(&model, rules, &examples, &input)
        }
        _ => expand::fallback(&header, &input),
    };
    let errors = errors.into_tokens();
    quote!(#implementation #errors)
}
