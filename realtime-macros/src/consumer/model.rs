//! What is known of a consumer.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Expr, Generics, Ident, LitStr, Path, Token, Type, Visibility};

use super::parse::Item;
use crate::{attribute, docs::Docs, errors::Errors, marker::Marker};

const ARGUMENTS: &[&str] = &[
    "name",
    "tag",
    "state",
    "auth",
    "permissions",
    "path",
    "query",
    "output",
    "groups",
    "forward",
    "ws_handlers",
    "event_handlers",
    "authentication",
    "completions",
    "crate",
];

/// What the attribute says.
pub(crate) struct Settings {
    pub(crate) name: Option<LitStr>,
    /// Whether the tag is `type`.
    pub(crate) flat: bool,
    pub(crate) state: Option<Type>,
    pub(crate) auth: Option<Type>,
    pub(crate) permissions: Vec<Type>,
    pub(crate) path: Option<Type>,
    pub(crate) query: Option<Type>,
    pub(crate) output: Vec<Type>,
    /// Keys of the groups that are joined on connect.
    pub(crate) groups: Vec<Expr>,
    /// Events that are passed on as they are.
    pub(crate) forward: Vec<Type>,
    /// Shared handlers: of messages, of events.
    pub(crate) shared_ws: Vec<Path>,
    pub(crate) shared_events: Vec<Path>,
    pub(crate) authentication: bool,
    pub(crate) completions: bool,
    pub(crate) runtime: Path,
}

impl Settings {
    pub(super) fn parse(arguments: TokenStream, errors: &mut Errors) -> Self {
        let mut settings = Self {
            name: None,
            flat: false,
            state: None,
            auth: None,
            permissions: Vec::new(),
            path: None,
            query: None,
            output: Vec::new(),
            groups: Vec::new(),
            forward: Vec::new(),
            shared_ws: Vec::new(),
            shared_events: Vec::new(),
            authentication: false,
            completions: false,
            runtime: attribute::runtime(None),
        };
        for argument in attribute::arguments(arguments, ARGUMENTS, errors) {
            match argument.name.to_string().as_str() {
                "name" => {
                    settings.name = argument
                        .assigned::<LitStr>("\"…\"", errors)
                        .filter(|name| check_name(name, errors));
                }
                "tag" => {
                    if let Some(tag) = argument.assigned("\"action\"", errors) {
                        settings.flat = check_tag_key(&tag, errors);
                    }
                }
                "state" => settings.state = argument.assigned("a type", errors),
                "auth" => settings.auth = argument.assigned("a type", errors),
                "permissions" => settings.permissions = argument.list("A", errors),
                "path" => settings.path = argument.assigned("a type", errors),
                "query" => settings.query = argument.assigned("a type", errors),
                "output" => settings.output = argument.list("Message", errors),
                "groups" => settings.groups = argument.list("[\"key\"]", errors),
                "forward" => {
                    settings.forward = argument.list("Event", errors);
                    refuse_doubles(&settings.forward, errors);
                }
                "ws_handlers" => {
                    settings.shared_ws = shared_handlers(argument, "ws_handler", errors);
                }
                "event_handlers" => {
                    settings.shared_events = shared_handlers(argument, "event_handler", errors);
                }
                "authentication" => settings.authentication = argument.flag(errors),
                "completions" => settings.completions = argument.flag(errors),
                _ => settings.runtime = attribute::runtime(argument.assigned("path", errors)),
            }
        }
        settings
    }
}

/// The functions that `ws_handlers(…)` or `event_handlers(…)` names.
fn shared_handlers(argument: attribute::Argument, marker: &str, errors: &mut Errors) -> Vec<Path> {
    let mut handlers: Vec<Path> = argument.list("function", errors);
    // A type that is none would be reported wherever it is used.
    handlers.retain(|path| {
        let last = path.segments.last();
        let is_function = last.is_none_or(|last| {
            last.arguments.is_none() && !last.ident.to_string().starts_with(char::is_uppercase)
        });
        if !is_function {
            errors.at(
                path,
                format!("name a function that has `#[{marker}(shared)]`, without arguments"),
            );
        }
        is_function
    });
    handlers
}

fn refuse_doubles(types: &[Type], errors: &mut Errors) {
    let written: Vec<String> = types
        .iter()
        .map(|ty| ty.to_token_stream().to_string())
        .collect();
    for (index, ty) in types.iter().enumerate() {
        if written[..index].contains(&written[index]) {
            errors.at(ty, "this event stands twice");
        }
    }
}

/// Whether the tag is `type`.
pub(super) fn check_tag_key(tag: &LitStr, errors: &mut Errors) -> bool {
    let flat = tag.value() == "type";
    if !flat && tag.value() != "action" {
        errors.at(tag, "the tag is `action` or `type`");
    }
    flat
}

fn check_name(name: &LitStr, errors: &mut Errors) -> bool {
    let text = name.value();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let ok = !text.is_empty() && text.len() <= 64 && text.chars().all(fits);
    if !ok {
        errors.at(
            name,
            "a consumer's name has 1 to 64 letters, digits, `_`, `-` or `.`",
        );
    }
    ok
}

/// A consumer.
pub(crate) struct Consumer {
    pub(crate) settings: Settings,
    pub(crate) name: String,
    pub(crate) unsafety: Option<Token![unsafe]>,
    pub(crate) generics: Generics,
    /// `Trait for`, where the block is not an inherent one.
    pub(crate) trait_for: Option<(TokenStream, Token![for])>,
    pub(crate) self_ty: Type,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) docs: Docs,
    pub(crate) items: Vec<Item>,
    /// The lifecycle's markers that were found, whether or not their methods are sound.
    pub(crate) markers: Vec<Marker>,
    pub(crate) ws: Vec<Handler>,
    pub(crate) events: Vec<Handler>,
    pub(crate) connect: Option<Connect>,
    pub(crate) disconnect: Option<Disconnect>,
}

/// What handles a message or an event.
pub(crate) struct Handler {
    pub(crate) ident: Ident,
    pub(crate) cfg: Vec<Attribute>,
    pub(crate) doc: Doc,
    /// Whether it takes the consumer.
    pub(crate) has_self: bool,
    /// The message's type; for an event what is behind the `&`.
    pub(crate) message: Type,
    pub(crate) permission: Option<Type>,
    /// The type of what the permission grants, where the handler takes it.
    pub(crate) granted: Option<Type>,
    pub(crate) has_context: bool,
    /// Whether it runs as a task of its own.
    pub(crate) spawn: bool,
    pub(crate) returns: Returns,
    pub(crate) output: Vec<Type>,
}

/// What the document says of a handler.
pub(crate) struct Doc {
    pub(crate) docs: Docs,
    pub(crate) tags: Vec<LitStr>,
    pub(crate) hidden: bool,
    pub(crate) deprecated: bool,
}

/// What a handler returns.
pub(crate) struct Returns {
    /// The type, with a name in the place of each stream.
    pub(crate) ty: Type,
    pub(crate) is_stream: bool,
}

/// A function that handles messages or events for several consumers.
pub(crate) struct Shared {
    pub(crate) visibility: Visibility,
    pub(crate) handler: Handler,
    /// The consumer's type parameter; `None`: the function has none.
    pub(crate) consumer: Option<Ident>,
    pub(crate) generics: Generics,
    pub(crate) flat: bool,
    pub(crate) runtime: Path,
}

/// `#[on_connect]`.
pub(crate) struct Connect {
    pub(crate) ident: Ident,
    pub(crate) extractors: Vec<Type>,
    pub(crate) returns: Type,
}

/// `#[on_disconnect]`.
pub(crate) struct Disconnect {
    pub(crate) cfg: Vec<Attribute>,
    pub(crate) ident: Ident,
    pub(crate) has_context: bool,
}
