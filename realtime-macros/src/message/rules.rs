//! `#[garde(…)]`: rules on what a message may hold.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::{Attribute, Data, DeriveInput, Fields, Ident, Meta, Path, spanned::Spanned};

use super::{
    names::Names,
    serde_attributes::{EachWay, SerdeAttributes},
};
use crate::errors::Errors;

/// That a message has rules.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    /// Where it says so.
    pub(super) at: Span,
    /// The struct says `allow_unvalidated` itself.
    pub(super) lenient: bool,
    /// `#[message]` derives `garde::Validate`.
    pub(super) derived: bool,
    /// The paths of what breaks a rule do not begin with a field of the message.
    transparent: bool,
}

impl Rules {
    /// Those of `input`, if it has some. Without the feature `garde` that is a mistake.
    pub(super) fn of(input: &DeriveInput, garde: bool, errors: &mut Errors) -> Option<Self> {
        let first = attributes(input).find(|attribute| is_rule(attribute))?;
        if !garde {
            errors.at(
                first.path(),
                "to have rules checked, enable the feature `garde` of `realtime-runtime`",
            );
            return None;
        }
        let says = |word| {
            let mut own = input.attrs.iter().filter(|attribute| is_rule(attribute));
            own.find(|attribute| mentions(attribute, word))
        };
        let at = says("context").unwrap_or(first);
        Some(Self {
            at: at.path().span(),
            lenient: says("allow_unvalidated").is_some(),
            derived: false,
            transparent: says("transparent").is_some(),
        })
    }

    /// The same, derived by `#[message]` unless `Validate` is among what the user derives.
    pub(super) fn derived_unless(self, derives: &[String]) -> Self {
        Self {
            derived: !derives.iter().any(|name| name == "Validate"),
            ..self
        }
    }

    /// `Message::violations`.
    pub(super) fn expand(
        self,
        input: &DeriveInput,
        names: &EachWay,
        runtime: &Path,
    ) -> TokenStream {
        let keys = self.keys(input, names);
        // Imported, as a path from elsewhere would draw mistakes away from where the rules are.
        let judged = if self.derived {
            quote_spanned!(self.at=> Ruled(message).judge(keys))
        } else {
            quote_spanned!(self.at=> <Self as Rules>::ruled(message).judge(keys))
        };
        quote! {
            fn violations(message: &Self) -> ::std::vec::Vec<#runtime::message::Violation> {
                #[allow(unused_imports)]
                use #runtime::message::{Keys, Ruled, Rules, Unruled as _};
                let keys = #keys;
                #judged
            }
        }
    }

    /// What the first step of a path is on the wire. `names` is the rule of the whole message for them.
    fn keys(self, input: &DeriveInput, names: &EachWay) -> TokenStream {
        let container = SerdeAttributes::of(&input.attrs);
        if self.transparent || container.from_another {
            return quote!(Keys::Unknown);
        }
        let known = match &input.data {
            Data::Struct(data) => steps(&data.fields, names, container.dissolved),
            Data::Enum(data) => {
                let fields = &container.rename_all_fields;
                let variants = data.variants.iter().map(|variant| {
                    let own = SerdeAttributes::of(&variant.attrs).rename_all;
                    (
                        &variant.ident,
                        steps(&variant.fields, &own.or(fields), false),
                    )
                });
                let variants: Vec<(&Ident, Vec<Step>)> = variants.collect();
                if variants.iter().any(|(_, steps)| !steps.is_empty()) {
                    let arms = variants.iter().map(|(ident, steps)| {
                        let steps = table(steps);
                        quote!(Self::#ident { .. } => #steps)
                    });
                    return quote!(Keys::Known(match message { #(#arms,)* }));
                }
                Vec::new()
            }
            Data::Union(_) => Vec::new(),
        };
        let known = table(&known);
        quote!(Keys::Known(#known))
    }
}

/// A field whose name in Rust is not its key on the wire, and that key, if it has one.
type Step = (String, Option<String>);

fn steps(fields: &Fields, rule: &EachWay, dissolved: bool) -> Vec<Step> {
    let step = |(index, field): (usize, &syn::Field)| {
        let Some(ident) = &field.ident else {
            return Some((index.to_string(), None));
        };
        // As garde spells it.
        let plain = ident.to_string();
        let attributes = SerdeAttributes::of(&field.attrs);
        if dissolved || attributes.dissolved {
            return Some((plain, None));
        }
        let names = Names::of_field(ident, &attributes.rename, rule);
        (names.received != plain).then_some((plain, Some(names.received)))
    };
    fields.iter().enumerate().filter_map(step).collect()
}

fn table(steps: &[Step]) -> TokenStream {
    let steps = steps.iter().map(|(field, key)| match key {
        Some(key) => quote!((#field, ::core::option::Option::Some(#key))),
        None => quote!((#field, ::core::option::Option::None)),
    });
    quote!(&[#(#steps),*])
}

/// All attributes of a struct or an enum, in their order.
fn attributes(input: &DeriveInput) -> impl Iterator<Item = &Attribute> {
    let mut found: Vec<&Attribute> = input.attrs.iter().collect();
    match &input.data {
        Data::Struct(data) => found.extend(data.fields.iter().flat_map(|field| &field.attrs)),
        Data::Enum(data) => {
            for variant in &data.variants {
                found.extend(&variant.attrs);
                found.extend(variant.fields.iter().flat_map(|field| &field.attrs));
            }
        }
        Data::Union(_) => {}
    }
    found.into_iter()
}

/// `#[garde(…)]`, or `#[cfg_attr(…, garde(…))]`: whether it holds is not known yet.
fn is_rule(attribute: &Attribute) -> bool {
    let path = attribute.path();
    path.is_ident("garde") || (path.is_ident("cfg_attr") && mentions(attribute, "garde"))
}

fn mentions(attribute: &Attribute, word: &str) -> bool {
    let Meta::List(list) = &attribute.meta else {
        return false;
    };
    let mut tokens = list.tokens.clone().into_iter();
    tokens.any(|token| matches!(token, TokenTree::Ident(ident) if ident == word))
}
