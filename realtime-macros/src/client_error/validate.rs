//! From an enum or a struct to what is known of its errors.

use proc_macro2::Span;
use syn::{Attribute, Data, DeriveInput, Field, Fields, Ident, LitStr, Path, ext::IdentExt};

use super::detail::Detail;
use crate::{
    attribute::{self, Argument},
    errors::Errors,
    message::names::variant_name,
};

const ARGUMENTS: &[&str] = &["code", "detail", "internal", "transparent", "crate"];

/// What a client is told of its frame, before a handler runs.
const OF_FRAMES: &[&str] = &[
    "malformed_json",
    "not_an_object",
    "missing_tag",
    "unknown_action",
    "invalid_payload",
    "unsupported_frame",
];

/// A variant, or the struct itself.
pub(super) struct Case<'a> {
    /// `None` for a struct.
    pub(super) variant: Option<&'a Ident>,
    pub(super) fields: &'a Fields,
    pub(super) outcome: Outcome<'a>,
}

/// What becomes of it.
pub(super) enum Outcome<'a> {
    Told {
        code: String,
        detail: Detail,
        cause: Option<Place<'a>>,
    },
    Internal {
        cause: Option<Place<'a>>,
    },
    Transparent(Place<'a>),
}

/// A field, and how many stand before it.
pub(super) struct Place<'a> {
    pub(super) index: usize,
    pub(super) field: &'a Field,
}

/// Where the runtime is, and what a client is told of each variant.
pub(super) fn cases<'a>(input: &'a DeriveInput, errors: &mut Errors) -> (Path, Vec<Case<'a>>) {
    let (mut attributes, readable) = Attributes::read(&input.attrs, errors);
    let path = attributes.take("crate");
    let runtime = attribute::runtime(path.and_then(|path| path.assigned("path", errors)));
    let mut cases = Vec::new();
    match &input.data {
        Data::Struct(data) if readable => {
            let outcome = outcome(&input.ident, &data.fields, attributes, errors);
            cases.extend(outcome.map(|outcome| Case {
                variant: None,
                fields: &data.fields,
                outcome,
            }));
        }
        Data::Struct(_) => {}
        Data::Enum(data) => {
            for argument in attributes.0 {
                errors.at(
                    argument.name,
                    "of an enum, each variant says what a client is told: write it there",
                );
            }
            for variant in &data.variants {
                let (mut attributes, readable) = Attributes::read(&variant.attrs, errors);
                if let Some(path) = attributes.take("crate") {
                    errors.at(path.name, "`crate` stands on the enum");
                }
                if !readable {
                    continue;
                }
                let outcome = outcome(&variant.ident, &variant.fields, attributes, errors);
                cases.extend(outcome.map(|outcome| Case {
                    variant: Some(&variant.ident),
                    fields: &variant.fields,
                    outcome,
                }));
            }
        }
        Data::Union(data) => errors.at(data.union_token, "an error is an enum or a struct"),
    }
    (runtime, cases)
}

/// What the `#[client_error(…)]` of a variant or a type say.
struct Attributes(Vec<Argument>);

impl Attributes {
    /// Reads them; and whether that went without mistakes.
    fn read(attributes: &[Attribute], errors: &mut Errors) -> (Self, bool) {
        let mut own = Errors::default();
        let mut found: Vec<Argument> = Vec::new();
        for attribute in attributes.iter().filter(|attribute| is_own(attribute)) {
            let Some(list) = own.take(attribute.meta.require_list()) else {
                continue;
            };
            for argument in attribute::arguments(list.tokens.clone(), ARGUMENTS, &mut own) {
                if found.iter().any(|other| other.name == argument.name) {
                    own.at(&argument.name, format!("`{}` stands twice", argument.name));
                } else {
                    found.push(argument);
                }
            }
        }
        let readable = own.is_empty();
        errors.append(own);
        (Self(found), readable)
    }

    fn take(&mut self, name: &str) -> Option<Argument> {
        let index = self.0.iter().position(|argument| argument.name == name)?;
        Some(self.0.remove(index))
    }
}

fn is_own(attribute: &Attribute) -> bool {
    attribute.path().is_ident("client_error")
}

/// `None`: with mistakes.
fn outcome<'a>(
    ident: &Ident,
    fields: &'a Fields,
    mut attributes: Attributes,
    errors: &mut Errors,
) -> Option<Outcome<'a>> {
    for attribute in fields.iter().flat_map(|field| &field.attrs) {
        if is_own(attribute) {
            errors.at(
                attribute,
                "`#[client_error(…)]` stands on a variant or a struct, not on a field",
            );
        }
    }
    let code = attributes.take("code");
    let mut kinds = attributes.0.into_iter();
    let Some(kind) = kinds.next() else {
        match code {
            Some(code) => errors.at(
                code.name,
                "a code needs a sentence for people beside it: `detail = \"…\"`",
            ),
            None => errors.at(
                ident,
                "say what a client is told: write `#[client_error(detail = \"…\")]`, or \
                 `#[client_error(internal)]` for what only the log is told",
            ),
        }
        return None;
    };
    if let Some(other) = kinds.next() {
        errors.at(
            other.name,
            format!(
                "`{}` stands there already: one of `detail`, `internal` and `transparent`",
                kind.name
            ),
        );
        return None;
    }
    if kind.name == "detail" {
        return told(ident, fields, code, kind, errors);
    }
    if let Some(code) = code {
        let why = if kind.name == "internal" {
            "the code is `internal`"
        } else {
            "the codes are those of the field"
        };
        errors.at(code.name, format!("`code` goes with `detail`: here {why}"));
        return None;
    }
    let name = kind.name.clone();
    kind.flag(errors);
    if name == "internal" {
        let cause = logged(fields, &name, errors);
        return Some(Outcome::Internal { cause });
    }
    let mut inner = places(fields);
    match (inner.next(), inner.next()) {
        (Some(place), None) => Some(Outcome::Transparent(place)),
        _ => {
            errors.at(
                name,
                "`transparent` needs exactly one field: the error that is told",
            );
            None
        }
    }
}

fn told<'a>(
    ident: &Ident,
    fields: &'a Fields,
    code: Option<Argument>,
    detail: Argument,
    errors: &mut Errors,
) -> Option<Outcome<'a>> {
    let code = match code {
        Some(code) => code
            .assigned::<LitStr>("\"…\"", errors)
            .filter(|code| check_code(&code.value(), code.span(), "", errors))
            .map(|code| code.value()),
        None => {
            let code = variant_name(Some("snake_case"), &ident.unraw().to_string());
            let hint = "; `code = \"…\"` gives another than the name";
            check_code(&code, ident.span(), hint, errors).then_some(code)
        }
    };
    let detail: Option<LitStr> = detail.assigned("\"…\"", errors);
    let detail = detail.and_then(|detail| {
        Detail::parse(&detail, fields)
            .map_err(|mistake| errors.at(&detail, mistake))
            .ok()
    });
    let cause = cause(fields, errors);
    Some(Outcome::Told {
        code: code?,
        detail: detail?,
        cause,
    })
}

/// `hint`: what to do besides where the code is the name of a variant.
fn check_code(code: &str, span: Span, hint: &str, errors: &mut Errors) -> bool {
    let plain = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '.' | '-');
    let mistake = if code == "internal" {
        "the code `internal` is for what only the log is told: write `#[client_error(internal)]`"
            .to_owned()
    } else if OF_FRAMES.contains(&code) {
        format!("the code `{code}` is of frames that are not understood; choose another")
    } else if code.is_empty() || code.len() > 64 || !code.chars().all(plain) {
        "a code has 1 to 64 characters: `a-z`, `0-9`, `_`, `.` and `-`".to_owned()
    } else {
        return true;
    };
    errors.push(syn::Error::new(span, mistake + hint));
    false
}

/// The field that is for the log, where a client is told nothing.
fn logged<'a>(fields: &'a Fields, internal: &Ident, errors: &mut Errors) -> Option<Place<'a>> {
    let cause = cause(fields, errors);
    if cause.is_none() && fields.len() > 1 {
        errors.at(
            internal,
            "which of the fields is for the log? mark it with `#[source]`",
        );
    }
    cause.or_else(|| places(fields).next())
}

/// The field with `#[source]` or `#[from]`, else the one named `source`.
fn cause<'a>(fields: &'a Fields, errors: &mut Errors) -> Option<Place<'a>> {
    let is_mark = |a: &Attribute| a.path().is_ident("source") || a.path().is_ident("from");
    let mut marked = places(fields).filter(|place| place.field.attrs.iter().any(is_mark));
    let first = marked.next();
    if let Some(second) = marked.next() {
        errors.at(&second.field.ty, "another field is the cause already");
    }
    let is_named = |field: &Field| field.ident.as_ref().is_some_and(|ident| ident == "source");
    first.or_else(|| places(fields).find(|place| is_named(place.field)))
}

fn places(fields: &Fields) -> impl Iterator<Item = Place<'_>> {
    let fields = fields.iter().enumerate();
    fields.map(|(index, field)| Place { index, field })
}
