//! From a struct or an enum to what is known of its messages.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Data, DataEnum, DeriveInput, Fields, Ident, LitStr, Path, ext::IdentExt, spanned::Spanned,
};

use super::{
    names::{self, Names},
    serde_attributes::{EachWay, SerdeAttributes},
};
use crate::{
    attribute::{self, Argument},
    docs::Docs,
    errors::Errors,
};

/// Tags of frames that the framework sends itself.
const RESERVED: &[&str] = &[
    "error",
    "authentication",
    "refresh",
    "complete",
    "group_complete",
    "event_complete",
    "gap",
];

/// Keys of the envelope, beside the tag.
const ENVELOPE: &[&str] = &["ref", "topic", "seq"];

/// Derives that a message may do without.
const DERIVES: &[&str] = &["Debug", "Clone", "PartialEq"];

/// The key of the tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Action,
    Type,
}

impl Key {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Type => "type",
        }
    }
}

/// What the attribute says.
pub(super) struct Header {
    pub(super) key: Option<Key>,
    /// `None` with mistakes.
    pub(super) tag: Option<LitStr>,
    /// serde's rule for the names of the fields. `None` also with mistakes.
    pub(super) rename_all: Option<LitStr>,
    pub(super) skip_derive: Vec<Ident>,
    pub(super) runtime: Path,
}

impl Header {
    pub(super) fn parse(
        arguments: Vec<Argument>,
        input: &DeriveInput,
        errors: &mut Errors,
    ) -> Self {
        let before = errors.is_empty();
        let mut header = Self::read(arguments, errors);
        if header.key.is_none() && before && errors.is_empty() {
            errors.at(&input.ident, "a message has a tag: write `#[message(action = \"…\")]` or `#[message(type = \"…\")]`");
        }
        header.tag = header.tag.filter(|tag| check_tag(tag, errors));
        let serde = SerdeAttributes::of(&input.attrs);
        if let Some(rule) = header.rename_all.take_if(|_| serde.rename_all.is_some()) {
            errors.at(
                rule,
                "`#[serde(rename_all = …)]` names the fields already; write one of them",
            );
        }
        header
    }

    pub(super) fn for_enum(arguments: Vec<Argument>, errors: &mut Errors) -> Self {
        let header = Self::read(arguments, errors);
        if let Some(tag) = &header.tag {
            errors.at(tag, "an enum's tags are those of its variants: use `#[serde(tag = …)]` and `#[serde(rename = …)]`");
        }
        header
    }

    fn read(arguments: Vec<Argument>, errors: &mut Errors) -> Self {
        let mut header = Self {
            key: None,
            tag: None,
            rename_all: None,
            skip_derive: Vec::new(),
            runtime: attribute::runtime(None),
        };
        for argument in arguments {
            let name = argument.name.clone();
            if name == "action" || name == "type" {
                let key = if name == "action" {
                    Key::Action
                } else {
                    Key::Type
                };
                if header.key.is_some() {
                    errors.at(&name, "a message has one tag: `action` or `type`");
                } else {
                    header.key = Some(key);
                    header.tag = argument.assigned("\"…\"", errors);
                }
            } else if name == "rename_all" {
                let rule: Option<LitStr> = argument.assigned("\"…\"", errors);
                header.rename_all = rule.filter(|rule| check_rule(rule, errors));
            } else if name == "skip_derive" {
                let listed: Vec<Ident> = argument.list("Debug", errors);
                for derive in listed {
                    if DERIVES.iter().any(|known| derive == known) {
                        header.skip_derive.push(derive);
                    } else {
                        errors.at(
                            derive,
                            "only `Debug`, `Clone` and `PartialEq` can be left out",
                        );
                    }
                }
            } else if name == "crate" {
                header.runtime = attribute::runtime(argument.assigned("path", errors));
            }
        }
        header
    }
}

/// A tag is short and plain, so that it can be written down in a frame as it is.
fn check_tag(tag: &LitStr, errors: &mut Errors) -> bool {
    let text = tag.value();
    let plain = |c: char| c.is_ascii_graphic() && c != '"' && c != '\\';
    if text.is_empty() || text.len() > 64 || !text.chars().all(plain) {
        errors.at(
            tag,
            "a tag has 1 to 64 printable ASCII characters, no space, quote or backslash",
        );
    } else if RESERVED.contains(&text.as_str()) {
        errors.at(
            tag,
            format!("`{text}` is the tag of a system frame; choose another"),
        );
    } else {
        return true;
    }
    false
}

fn check_rule(rule: &LitStr, errors: &mut Errors) -> bool {
    let known = names::RULES.contains(&rule.value().as_str());
    if !known {
        let rules: Vec<_> = names::RULES
            .iter()
            .map(|rule| format!("`{rule}`"))
            .collect();
        errors.at(
            rule,
            format!("unknown rule for names; there are {}", rules.join(", ")),
        );
    }
    known
}

/// Whether a field of a flat message is called like a key of the envelope, which is a mistake.
fn check_field(ident: &Ident, names: &Names, errors: &mut Errors) {
    let taken = |name: &String| name == Key::Type.name() || ENVELOPE.contains(&name.as_str());
    if let Some(name) = [&names.sent, &names.received]
        .into_iter()
        .find(|name| taken(name))
    {
        errors.at(
            ident,
            format!("in a flat message `{name}` is a key of the envelope; rename the field"),
        );
    }
}

/// Everything an implementation of `Message` needs.
pub(super) struct Model {
    pub(super) ident: Ident,
    pub(super) runtime: Path,
    pub(super) key: Key,
    pub(super) shape: Shape,
    pub(super) field_by_field: bool,
    /// The rule for the names of the fields of a struct.
    pub(super) names: EachWay,
    pub(super) tags: Vec<Tag>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Unit,
    Struct,
    Enum,
}

pub(super) struct Tag {
    pub(super) tag: String,
    pub(super) name: String,
    pub(super) docs: Docs,
    pub(super) deprecated: bool,
}

fn is_deprecated(attributes: &[syn::Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("deprecated"))
}

fn refuse_generics(input: &DeriveInput, errors: &mut Errors) {
    if !input.generics.params.is_empty() {
        errors.at(
            &input.generics,
            "a message has no generic parameters: its schema has one name",
        );
    }
}

pub(super) fn structure(
    input: &DeriveInput,
    header: &Header,
    errors: &mut Errors,
) -> Option<Model> {
    refuse_generics(input, errors);
    let key = header.key.as_ref()?;
    let container = SerdeAttributes::of(&input.attrs);
    let names = match &header.rename_all {
        Some(rule) => EachWay::both(rule.value()),
        None => container.rename_all.clone(),
    };
    let mut field_by_field = !container.entangled;
    let Data::Struct(data) = &input.data else {
        errors.at(&input.ident, "a message is a struct or an enum");
        return None;
    };
    let shape = match &data.fields {
        Fields::Unit => Shape::Unit,
        Fields::Named(fields) => {
            for field in &fields.named {
                let attributes = SerdeAttributes::of(&field.attrs);
                field_by_field &= !attributes.entangled;
                let Some(ident) = &field.ident else { continue };
                if *key == Key::Type && !attributes.skipped {
                    let names = Names::of_field(ident, &attributes.rename, &names);
                    check_field(ident, &names, errors);
                }
            }
            Shape::Struct
        }
        Fields::Unnamed(fields) if *key == Key::Action && fields.unnamed.len() == 1 => {
            field_by_field = false;
            Shape::Struct
        }
        Fields::Unnamed(fields) => {
            errors.at(fields, "the fields of a message have names");
            return None;
        }
    };
    let tag = header.tag.as_ref()?;
    Some(Model {
        ident: input.ident.clone(),
        runtime: header.runtime.clone(),
        key: *key,
        shape,
        field_by_field,
        names,
        tags: vec![Tag {
            tag: tag.value(),
            name: input.ident.unraw().to_string(),
            docs: Docs::of(&input.attrs),
            deprecated: is_deprecated(&input.attrs),
        }],
    })
}

pub(super) fn enumeration(
    input: &DeriveInput,
    data: &DataEnum,
    header: &Header,
    errors: &mut Errors,
) -> Option<Model> {
    refuse_generics(input, errors);
    let container = SerdeAttributes::of(&input.attrs);
    let key = match (&container.tag, &container.content) {
        (Some(tag), Some(content)) if tag.value() == "action" && content.value() == "payload" => {
            Key::Action
        }
        (Some(tag), None) if tag.value() == "type" => Key::Type,
        (tag, content) => {
            let at: TokenStream = match (tag, content) {
                (_, Some(content)) => quote!(#content),
                (Some(tag), None) => quote!(#tag),
                (None, None) => {
                    let ident = &input.ident;
                    quote!(#ident)
                }
            };
            errors.at(
                at,
                "an enum of messages is tagged as its frames are: `#[serde(tag = \"action\", content = \"payload\")]` or `#[serde(tag = \"type\")]`",
            );
            return None;
        }
    };
    if data.variants.is_empty() {
        errors.at(&input.ident, "an enum of messages has at least one variant");
    }
    let mut tags = Vec::new();
    for variant in &data.variants {
        let attributes = SerdeAttributes::of(&variant.attrs);
        if attributes.skipped || attributes.untagged {
            errors.at(
                &variant.ident,
                "every variant of an enum of messages has a tag",
            );
            continue;
        }
        let name = variant.ident.unraw().to_string();
        let names = Names::of_variant(&variant.ident, &attributes.rename, &container.rename_all);
        if names.sent != names.received {
            errors.at(
                &variant.ident,
                format!(
                    "a tag is the same in both directions, not `{}` and `{}`",
                    names.sent, names.received
                ),
            );
            continue;
        }
        let tag = names.received;
        if !check_tag(&LitStr::new(&tag, variant.ident.span()), errors) {
            continue;
        }
        if tags.iter().any(|other: &Tag| other.tag == tag) {
            errors.at(
                &variant.ident,
                format!("another variant already has the tag `{tag}`"),
            );
        }
        if key == Key::Type
            && let Fields::Named(fields) = &variant.fields
        {
            let rule = attributes.rename_all.or(&container.rename_all_fields);
            for field in &fields.named {
                let attributes = SerdeAttributes::of(&field.attrs);
                let Some(ident) = field.ident.as_ref().filter(|_| !attributes.skipped) else {
                    continue;
                };
                let names = Names::of_field(ident, &attributes.rename, &rule);
                check_field(ident, &names, errors);
            }
        }
        if matches!(&variant.fields, Fields::Unnamed(fields) if fields.unnamed.len() != 1) {
            errors.push(syn::Error::new(
                variant.fields.span(),
                "a variant has one field, or fields with names",
            ));
        }
        tags.push(Tag {
            tag,
            name,
            docs: Docs::of(&variant.attrs),
            deprecated: is_deprecated(&variant.attrs),
        });
    }
    Some(Model {
        ident: input.ident.clone(),
        runtime: header.runtime.clone(),
        key,
        shape: Shape::Enum,
        field_by_field: false,
        names: EachWay::default(),
        tags,
    })
}
