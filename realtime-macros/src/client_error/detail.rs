//! The sentence that a client is told, with fields in braces.

use proc_macro2::Span;
use syn::{Fields, LitStr, Member, ext::IdentExt};

/// What a sentence shows.
pub(super) struct Detail {
    /// The sentence; for `format!` where it shows fields, with `{__1}` for the second.
    pub(super) text: String,
    /// The places of the fields that it shows, each once.
    pub(super) shown: Vec<usize>,
    pub(super) span: Span,
}

impl Detail {
    /// Reads it; an error says what is wrong with it.
    pub(super) fn parse(literal: &LitStr, fields: &Fields) -> Result<Self, String> {
        let names: Vec<String> = fields.members().map(|member| name(&member)).collect();
        let sentence = literal.value();
        let (mut plain, mut format) = (String::new(), String::new());
        let mut shown = Vec::new();
        let mut rest = sentence.as_str();
        while let Some(brace) = rest.find(['{', '}']) {
            let (before, behind) = rest.split_at(brace);
            plain.push_str(before);
            format.push_str(before);
            if behind.starts_with("{{") || behind.starts_with("}}") {
                plain.push_str(&behind[..1]);
                format.push_str(&behind[..2]);
                rest = &behind[2..];
                continue;
            }
            let Some((placeholder, behind)) =
                behind.strip_prefix('{').and_then(|b| b.split_once('}'))
            else {
                return Err(
                    "a brace without its other half; a brace that is shown is written `{{` or `}}`"
                        .to_owned(),
                );
            };
            let (field, spec) = match placeholder.split_once(':') {
                Some((field, spec)) => (field.trim(), Some(spec.trim_end())),
                None => (placeholder.trim(), None),
            };
            let Some(index) = names.iter().position(|name| name == field) else {
                return Err(unknown(field, &names));
            };
            let spec = match spec {
                Some(spec) if is_format(spec) => format!(":{spec}"),
                Some(spec) => {
                    return Err(format!(
                        "`:{spec}` is no format; a width or a precision is a number here"
                    ));
                }
                None => String::new(),
            };
            format.push_str(&format!("{{__{index}{spec}}}"));
            if !shown.contains(&index) {
                shown.push(index);
            }
            rest = behind;
        }
        let mut text = if shown.is_empty() { plain } else { format };
        text.push_str(rest);
        Ok(Self {
            text,
            shown,
            span: literal.span(),
        })
    }
}

/// `[[fill]align][sign]['#']['0'][width]['.' precision]type`, as of `format!`. Checked here, as the compiler would point
/// at a place in a text that the user did not write.
fn is_format(spec: &str) -> bool {
    const ALIGN: [char; 3] = ['<', '^', '>'];
    const TYPES: [&str; 11] = ["", "?", "x?", "X?", "o", "x", "X", "p", "b", "e", "E"];
    let mut behind_fill = spec.chars();
    behind_fill.next();
    let rest = behind_fill.as_str().strip_prefix(ALIGN);
    let rest = rest.or(spec.strip_prefix(ALIGN)).unwrap_or(spec);
    let rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    let rest = rest.strip_prefix('#').unwrap_or(rest);
    let digits = |c: char| c.is_ascii_digit();
    let rest = rest.trim_start_matches(digits);
    let rest = match rest.strip_prefix('.') {
        Some(precision) if precision.starts_with(digits) => precision.trim_start_matches(digits),
        Some(_) => return false,
        None => rest,
    };
    TYPES.contains(&rest)
}

fn name(member: &Member) -> String {
    match member {
        Member::Named(ident) => ident.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

fn unknown(field: &str, names: &[String]) -> String {
    let known = match names {
        [] => "it has no fields".to_owned(),
        [one] => format!("its field is `{one}`"),
        all => format!("its fields are `{}`", all.join("`, `")),
    };
    if field.is_empty() {
        format!("`{{}}` names no field; {known}")
    } else {
        format!("there is no field `{field}`; {known}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::{DataStruct, DeriveInput, parse_quote};

    fn parse(sentence: &str, input: &DeriveInput) -> Result<(String, Vec<usize>), String> {
        let syn::Data::Struct(DataStruct { fields, .. }) = &input.data else {
            panic!("a struct");
        };
        let literal = LitStr::new(sentence, Span::call_site());
        Detail::parse(&literal, fields).map(|detail| (detail.text, detail.shown))
    }

    fn named() -> DeriveInput {
        parse_quote!(
            struct Full {
                max: usize,
                r#type: String,
            }
        )
    }

    #[test]
    fn fields_are_shown_by_their_place() {
        let two: DeriveInput = parse_quote!(
            struct Two(u8, u8);
        );
        let cases = [
            ("{max} at most", "{__0} at most", vec![0]),
            ("{type:?}, {type}", "{__1:?}, {__1}", vec![1]),
            ("{ max :>3 } of {type}", "{__0:>3} of {__1}", vec![0, 1]),
            ("{{{max}}}", "{{{__0}}}", vec![0]),
            ("{max:é^9}é", "{__0:é^9}é", vec![0]),
            (
                "{max:}{max:>+#012.3e}{max:x?}",
                "{__0:}{__0:>+#012.3e}{__0:x?}",
                vec![0],
            ),
        ];
        for (sentence, text, shown) in cases {
            assert_eq!(parse(sentence, &named()), Ok((text.to_owned(), shown)));
        }
        assert_eq!(parse("{1:02}", &two), Ok(("{__1:02}".to_owned(), vec![1])));
    }

    #[test]
    fn a_sentence_without_fields_is_as_it_reads() {
        let text = "Write {x} or }{.";
        let written = "Write {{x}} or }}{{.";
        assert_eq!(parse(written, &named()), Ok((text.to_owned(), Vec::new())));
    }

    #[test]
    fn mistakes_are_named() {
        let unit: DeriveInput = parse_quote!(
            struct Unit;
        );
        let cases = [
            ("{mix}", "no field `mix`; its fields are `max`, `type`"),
            ("{}", "`{}` names no field; its fields are `max`, `type`"),
            ("{:?}", "`{}` names no field"),
            ("{max:w$}", "`:w$` is no format; a width"),
            ("{max:.*}", "`:.*` is no format; a width"),
            ("{max:q}", "`:q` is no format"),
            ("{max", "a brace without its other half"),
            ("max}", "a brace without its other half"),
        ];
        for (sentence, part) in cases {
            let mistake = parse(sentence, &named()).unwrap_err();
            assert!(mistake.contains(part), "{sentence}: {mistake}");
        }
        assert_eq!(
            parse("{0}", &unit),
            Err("there is no field `0`; it has no fields".to_owned())
        );
    }
}
