//! What `#[serde(…)]` says of names on the wire.

use syn::{Attribute, LitStr, Token, meta::ParseNestedMeta};

/// The attributes of a container, a variant or a field that matter here.
#[derive(Default)]
pub(super) struct SerdeAttributes {
    pub(super) rename: EachWay,
    pub(super) rename_all: EachWay,
    /// On an enum: for the fields of its variants.
    pub(super) rename_all_fields: EachWay,
    pub(super) tag: Option<LitStr>,
    pub(super) content: Option<LitStr>,
    /// Something by which a field cannot be judged alone.
    pub(super) entangled: bool,
    /// It is not there on the wire: what is in it stands in its place.
    pub(super) dissolved: bool,
    /// Another type is what is read.
    pub(super) from_another: bool,
    pub(super) skipped: bool,
    pub(super) untagged: bool,
}

/// A name, or a rule for names, in each direction.
#[derive(Clone, Default)]
pub(super) struct EachWay {
    pub(super) sent: Option<String>,
    pub(super) received: Option<String>,
}

impl EachWay {
    pub(super) fn both(name: String) -> Self {
        Self {
            sent: Some(name.clone()),
            received: Some(name),
        }
    }

    pub(super) fn is_some(&self) -> bool {
        self.sent.is_some() || self.received.is_some()
    }

    /// Itself, and what it leaves open as the other has it.
    pub(super) fn or(&self, other: &Self) -> Self {
        Self {
            sent: self.sent.clone().or_else(|| other.sent.clone()),
            received: self.received.clone().or_else(|| other.received.clone()),
        }
    }
}

impl SerdeAttributes {
    /// Reads them; mistakes in them are serde's to report.
    pub(super) fn of(attributes: &[Attribute]) -> Self {
        let mut found = Self::default();
        for attribute in attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("serde"))
        {
            let _ = attribute.parse_nested_meta(|meta| found.read(&meta));
        }
        found
    }

    fn read(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let name = meta
            .path
            .get_ident()
            .map(ToString::to_string)
            .unwrap_or_default();
        match name.as_str() {
            "rename" => self.rename = renamed(meta)?,
            "rename_all" => self.rename_all = renamed(meta)?,
            "rename_all_fields" => self.rename_all_fields = renamed(meta)?,
            "tag" => self.tag = Some(meta.value()?.parse()?),
            "content" => self.content = Some(meta.value()?.parse()?),
            "flatten" | "transparent" => {
                self.entangled = true;
                self.dissolved = true;
            }
            "from" | "try_from" | "remote" => {
                self.entangled = true;
                self.from_another = true;
                skip_value(meta)?;
            }
            "alias" => {
                self.entangled = true;
                skip_value(meta)?;
            }
            "skip" => self.skipped = true,
            "untagged" => self.untagged = true,
            _ => skip_value(meta)?,
        }
        Ok(())
    }
}

/// `rename = "…"`, or `rename(serialize = "…", deserialize = "…")`.
fn renamed(meta: &ParseNestedMeta<'_>) -> syn::Result<EachWay> {
    if meta.input.peek(Token![=]) {
        let name = meta.value()?.parse::<LitStr>()?;
        return Ok(EachWay::both(name.value()));
    }
    let mut names = EachWay::default();
    meta.parse_nested_meta(|inner| {
        let name = Some(inner.value()?.parse::<LitStr>()?.value());
        if inner.path.is_ident("serialize") {
            names.sent = name;
        } else {
            names.received = name;
        }
        Ok(())
    })?;
    Ok(names)
}

fn skip_value(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<syn::Expr>()?;
    } else if meta.input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in meta.input);
        content.parse::<proc_macro2::TokenStream>()?;
    }
    Ok(())
}
