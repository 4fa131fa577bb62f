//! From what is known of a message to its implementation.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{DeriveInput, Meta, Path, Token, punctuated::Punctuated};

use super::{
    examples::Examples,
    rules::Rules,
    serde_attributes::EachWay,
    validate::{Header, Key, Model, Shape},
};

/// The last words of what a struct derives below `#[message]`.
pub(super) fn derived(input: &DeriveInput) -> Vec<String> {
    let derives = input
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("derive"));
    derives
        .filter_map(|attribute| match &attribute.meta {
            Meta::List(list) => list
                .parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated)
                .ok(),
            _ => None,
        })
        .flatten()
        .filter_map(|path| {
            path.segments
                .last()
                .map(|segment| segment.ident.to_string())
        })
        .collect()
}

/// The derives that a message needs and does not have.
pub(super) fn derives(header: &Header, input: &DeriveInput, rules: Option<Rules>) -> TokenStream {
    let present = derived(input);
    let missing = |name: &str| {
        !present.iter().any(|found| found == name)
            && !header.skip_derive.iter().any(|skipped| skipped == name)
    };
    let runtime = &header.runtime;
    let mut derives = Vec::new();
    for name in ["Debug", "Clone", "PartialEq"]
        .into_iter()
        .filter(|name| missing(name))
    {
        let ident = format_ident!("{name}");
        derives.push(match name {
            "Debug" => quote!(::core::fmt::#ident),
            "Clone" => quote!(::core::clone::#ident),
            _ => quote!(::core::cmp::#ident),
        });
    }
    let mut settings = TokenStream::new();
    let serde = ["Serialize", "Deserialize"]
        .into_iter()
        .filter(|name| missing(name));
    for (index, name) in serde.enumerate() {
        let ident = format_ident!("{name}");
        derives.push(quote!(#runtime::__private::serde::#ident));
        if index == 0 {
            let path = quote!(#runtime::__private::serde)
                .to_string()
                .replace(' ', "");
            settings.extend(quote!(#[serde(crate = #path)]));
        }
    }
    if missing("JsonSchema") {
        derives.push(quote!(#runtime::__private::schemars::JsonSchema));
        let path = quote!(#runtime::__private::schemars)
            .to_string()
            .replace(' ', "");
        settings.extend(quote!(#[schemars(crate = #path)]));
    }
    if let Some(Rules { at, .. }) = rules.filter(|rules| rules.derived) {
        derives.push(quote_spanned!(at=> ::garde::Validate));
    }
    quote!(#[derive(#(#derives),*)] #settings)
}

/// What the derives are to know beyond the user's own attributes.
pub(super) fn attributes(header: &Header, rules: Option<Rules>) -> TokenStream {
    let mut attributes = TokenStream::new();
    if let Some(rule) = &header.rename_all {
        attributes.extend(quote!(#[serde(rename_all = #rule)]));
    }
    if rules.is_some_and(|rules| !rules.lenient) {
        attributes.extend(quote!(#[garde(allow_unvalidated)]));
    }
    attributes
}

/// The implementation of `Message`.
pub(super) fn implementation(
    model: &Model,
    rules: Option<Rules>,
    examples: &Examples,
    input: &DeriveInput,
) -> TokenStream {
    let Model {
        ident,
        runtime,
        key,
        shape,
        field_by_field,
        names,
        tags,
    } = model;
    let (shown, test) = (examples.method(runtime), examples.test(input, runtime));
    let violations = rules.map(|rules| rules.expand(input, names, runtime));
    let key_type = match key {
        Key::Action => quote!(#runtime::message::Action),
        Key::Type => quote!(#runtime::message::Type),
    };
    let head = match (shape, tags.first()) {
        (Shape::Unit | Shape::Struct, Some(tag)) => {
            let payload = match (shape, key) {
                (Shape::Struct, Key::Action) => ",\"payload\":",
                _ => "",
            };
            format!("{{\"{}\":\"{}\"{payload}", key.name(), tag.tag)
        }
        _ => String::new(),
    };
    let shape = match shape {
        Shape::Unit => quote!(Unit),
        Shape::Struct => quote!(Struct),
        Shape::Enum => quote!(Enum),
    };
    let wire = tags.iter().map(|tag| &tag.tag);
    let docs = tags.iter().map(|tag| {
        let (wire, name, deprecated) = (&tag.tag, &tag.name, tag.deprecated);
        let (summary, description) = (tag.docs.summary(), tag.docs.description());
        quote! {
            #runtime::__private::MessageDoc {
                tag: #wire,
                name: #name,
                summary: #summary,
                description: #description,
                deprecated: #deprecated,
            }
        }
    });
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #runtime::Message for #ident {
            type Tag = #key_type;
            const TAGS: &'static [&'static str] = &[#(#wire),*];
            const SHAPE: #runtime::__private::Shape = #runtime::__private::Shape::#shape;
            const HEAD: &'static str = #head;
            const FIELD_BY_FIELD: bool = #field_by_field;

            fn describe() -> ::std::vec::Vec<#runtime::__private::MessageSpec> {
                #runtime::__private::describe::<Self>(&[#(#docs),*])
            }

            #shown

            #violations
        }

        #test
    }
}

/// What stands in for the implementation of a message with mistakes, so that its handlers are not reported as well.
pub(super) fn fallback(header: &Header, input: &DeriveInput) -> TokenStream {
    if !input.generics.params.is_empty() || matches!(input.data, syn::Data::Union(_)) {
        return TokenStream::new();
    }
    let nothing = Model {
        ident: input.ident.clone(),
        runtime: header.runtime.clone(),
        key: header.key.unwrap_or(Key::Action),
        shape: Shape::Struct,
        field_by_field: false,
        names: EachWay::default(),
        tags: Vec::new(),
    };
    implementation(&nothing, None, &Examples::none(), input)
}
