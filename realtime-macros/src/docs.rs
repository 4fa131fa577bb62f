//! Documentation comments, as the document shows them.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// First line, and the rest.
#[derive(Debug, Default)]
pub(crate) struct Docs {
    summary: Option<String>,
    description: Option<String>,
}

impl Docs {
    pub(crate) fn of(attributes: &[Attribute]) -> Self {
        let lines: Vec<String> = attributes.iter().filter_map(line).collect();
        let lines = lines
            .iter()
            .flat_map(|text| text.split('\n'))
            .map(|line| line.strip_prefix(' ').unwrap_or(line));
        let lines: Vec<&str> = lines.map(str::trim_end).collect();
        let end = lines
            .iter()
            .position(|line| line.is_empty())
            .unwrap_or(lines.len());
        let summary = lines[..end].join(" ").trim().to_owned();
        let description = lines[end..].join("\n").trim().to_owned();
        let filled = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            summary: filled(summary),
            description: filled(description),
        }
    }

    /// With another first line, where there is one.
    pub(crate) fn with_summary(mut self, summary: Option<&syn::LitStr>) -> Self {
        if let Some(summary) = summary {
            self.summary = Some(summary.value());
        }
        self
    }

    /// Both, empty where there is nothing.
    pub(crate) fn texts(&self) -> (&str, &str) {
        (
            self.summary.as_deref().unwrap_or_default(),
            self.description.as_deref().unwrap_or_default(),
        )
    }

    /// Where `__rt` names the runtime's own names: `Some("…")` or `None`.
    pub(crate) fn pair(&self) -> (TokenStream, TokenStream) {
        let option = |text: &Option<String>| match text {
            Some(text) => quote!(__rt::Some(#text)),
            None => quote!(__rt::None),
        };
        (option(&self.summary), option(&self.description))
    }

    pub(crate) fn summary(&self) -> TokenStream {
        option(self.summary.as_deref())
    }

    pub(crate) fn description(&self) -> TokenStream {
        option(self.description.as_deref())
    }
}

fn line(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

fn option(text: Option<&str>) -> TokenStream {
    match text {
        Some(text) => quote!(::core::option::Option::Some(#text)),
        None => quote!(::core::option::Option::None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn the_first_paragraph_is_the_summary_and_the_rest_the_description() {
        let item: syn::ItemStruct = parse_quote! {
            /// What it is,
            /// in one sentence.
            ///
            /// More.
            ///
            /// Even more.
            struct S;
        };
        let docs = Docs::of(&item.attrs);
        assert_eq!(
            docs.summary.as_deref(),
            Some("What it is, in one sentence.")
        );
        assert_eq!(docs.description.as_deref(), Some("More.\n\nEven more."));
    }

    #[test]
    fn nothing_is_said_of_what_has_no_documentation() {
        let docs = Docs::of(&[]);
        assert!(docs.summary.is_none() && docs.description.is_none());
    }
}
