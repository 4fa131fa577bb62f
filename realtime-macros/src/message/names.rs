//! Names on the wire, as serde makes them.

use syn::{Ident, ext::IdentExt};

use super::serde_attributes::EachWay;

/// serde's rules, as `rename_all` takes them.
pub(super) const RULES: &[&str] = &[
    "lowercase",
    "UPPERCASE",
    "PascalCase",
    "camelCase",
    "snake_case",
    "SCREAMING_SNAKE_CASE",
    "kebab-case",
    "SCREAMING-KEBAB-CASE",
];

/// What a field or a variant is called on the wire.
pub(super) struct Names {
    pub(super) sent: String,
    pub(super) received: String,
}

impl Names {
    pub(super) fn of_field(ident: &Ident, rename: &EachWay, rule: &EachWay) -> Self {
        Self::of(ident, rename, rule, field_name)
    }

    pub(super) fn of_variant(ident: &Ident, rename: &EachWay, rule: &EachWay) -> Self {
        Self::of(ident, rename, rule, variant_name)
    }

    fn of(
        ident: &Ident,
        rename: &EachWay,
        rule: &EachWay,
        apply: fn(Option<&str>, &str) -> String,
    ) -> Self {
        let plain = ident.unraw().to_string();
        let name = |rename: &Option<String>, rule: &Option<String>| {
            let ruled = || apply(rule.as_deref(), &plain);
            rename.clone().unwrap_or_else(ruled)
        };
        Self {
            sent: name(&rename.sent, &rule.sent),
            received: name(&rename.received, &rule.received),
        }
    }
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
fn field_name(rule: Option<&str>, field: &str) -> String {
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
