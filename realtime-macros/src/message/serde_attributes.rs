//! What `#[serde(…)]` says of names on the wire.

use syn::{Attribute, LitStr, Token, meta::ParseNestedMeta};

/// The attributes of a container, a variant or a field that matter here.
#[derive(Default)]
pub(super) struct SerdeAttributes {
    pub(super) rename: Option<String>,
    pub(super) rename_all: Option<String>,
    pub(super) tag: Option<LitStr>,
    pub(super) content: Option<LitStr>,
    /// Something by which a field cannot be judged alone.
    pub(super) entangled: bool,
    pub(super) skipped: bool,
    pub(super) untagged: bool,
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
            "rename" => self.rename = renamed(meta, "serialize")?,
            "rename_all" => self.rename_all = renamed(meta, "serialize")?,
            "tag" => self.tag = Some(meta.value()?.parse()?),
            "content" => self.content = Some(meta.value()?.parse()?),
            "flatten" | "alias" | "transparent" | "from" | "try_from" | "remote" => {
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

/// `rename = "…"`, or the name in one direction of `rename(serialize = "…", deserialize = "…")`.
fn renamed(meta: &ParseNestedMeta<'_>, direction: &str) -> syn::Result<Option<String>> {
    if meta.input.peek(Token![=]) {
        return Ok(Some(meta.value()?.parse::<LitStr>()?.value()));
    }
    let mut name = None;
    meta.parse_nested_meta(|inner| {
        let value = inner.value()?.parse::<LitStr>()?.value();
        if inner.path.is_ident(direction) {
            name = Some(value);
        }
        Ok(())
    })?;
    Ok(name)
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

/// serde's rules for the names of variants, which are written in Pascal case.
pub(crate) fn variant_name(rule: Option<&str>, variant: &str) -> String {
    let snake = |separator: char| {
        let mut name = String::new();
        for (index, c) in variant.char_indices() {
            if index > 0 && c.is_uppercase() {
                name.push(separator);
            }
            name.extend(c.to_lowercase());
        }
        name
    };
    match rule {
        Some("lowercase") => variant.to_ascii_lowercase(),
        Some("UPPERCASE") => variant.to_ascii_uppercase(),
        Some("camelCase") => first(variant, char::to_ascii_lowercase),
        Some("snake_case") => snake('_'),
        Some("SCREAMING_SNAKE_CASE") => snake('_').to_ascii_uppercase(),
        Some("kebab-case") => snake('-'),
        Some("SCREAMING-KEBAB-CASE") => snake('-').to_ascii_uppercase(),
        _ => variant.to_owned(),
    }
}

/// serde's rules for the names of fields, which are written in snake case.
pub(super) fn field_name(rule: Option<&str>, field: &str) -> String {
    let pascal = || -> String {
        field
            .split('_')
            .map(|word| first(word, char::to_ascii_uppercase))
            .collect()
    };
    match rule {
        Some("UPPERCASE" | "SCREAMING_SNAKE_CASE") => field.to_ascii_uppercase(),
        Some("PascalCase") => pascal(),
        Some("camelCase") => first(&pascal(), char::to_ascii_lowercase),
        Some("kebab-case") => field.replace('_', "-"),
        Some("SCREAMING-KEBAB-CASE") => field.to_ascii_uppercase().replace('_', "-"),
        _ => field.to_owned(),
    }
}

fn first(word: &str, change: fn(&char) -> char) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|c| change(&c));
    first.into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_named_as_serde_names_them() {
        let names = [
            ("lowercase", "chatsent"),
            ("UPPERCASE", "CHATSENT"),
            ("PascalCase", "ChatSent"),
            ("camelCase", "chatSent"),
            ("snake_case", "chat_sent"),
            ("SCREAMING_SNAKE_CASE", "CHAT_SENT"),
            ("kebab-case", "chat-sent"),
            ("SCREAMING-KEBAB-CASE", "CHAT-SENT"),
        ];
        for (rule, name) in names {
            assert_eq!(variant_name(Some(rule), "ChatSent"), name, "{rule}");
        }
    }

    #[test]
    fn fields_are_named_as_serde_names_them() {
        let names = [
            ("lowercase", "line_1"),
            ("UPPERCASE", "LINE_1"),
            ("PascalCase", "Line1"),
            ("camelCase", "line1"),
            ("kebab-case", "line-1"),
            ("SCREAMING-KEBAB-CASE", "LINE-1"),
        ];
        for (rule, name) in names {
            assert_eq!(field_name(Some(rule), "line_1"), name, "{rule}");
        }
    }
}
