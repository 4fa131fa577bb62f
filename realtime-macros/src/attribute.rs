//! Arguments of attributes: `name = value`, `name(a, b)`, `name`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Ident, Path, Token, Type,
    ext::IdentExt,
    parenthesized,
    parse::{Parse, ParseStream, Parser},
    punctuated::Punctuated,
};

use crate::errors::Errors;

/// One argument: its name, and the tokens of its value.
pub(crate) struct Argument {
    pub(crate) name: Ident,
    value: Value,
}

enum Value {
    None,
    /// Behind `=`.
    Assigned(TokenStream),
    /// In parentheses.
    List(TokenStream),
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.call(Ident::parse_any)?;
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            let mut value = TokenStream::new();
            // Generic arguments may hold commas: a type or a literal is read as a whole.
            if input.peek(syn::Lit) {
                input.parse::<syn::Lit>()?.to_tokens(&mut value);
            } else {
                input.parse::<Type>()?.to_tokens(&mut value);
            }
            Value::Assigned(value)
        } else if input.peek(syn::token::Paren) {
            let content;
            parenthesized!(content in input);
            Value::List(content.parse()?)
        } else {
            Value::None
        };
        Ok(Self { name, value })
    }
}

/// Reads all arguments; unknown names and doubles are mistakes that list what may stand there.
pub(crate) fn arguments(tokens: TokenStream, known: &[&str], errors: &mut Errors) -> Vec<Argument> {
    let parsed = Punctuated::<Argument, Token![,]>::parse_terminated.parse2(tokens);
    let mut arguments: Vec<Argument> = Vec::new();
    for argument in errors.take(parsed).into_iter().flatten() {
        if !known.iter().any(|known| argument.name == known) {
            let known: Vec<_> = known.iter().map(|known| format!("`{known}`")).collect();
            errors.at(
                &argument.name,
                format!("unknown argument; there are {}", known.join(", ")),
            );
        } else if arguments.iter().any(|other| other.name == argument.name) {
            errors.at(&argument.name, format!("`{}` stands twice", argument.name));
        } else {
            arguments.push(argument);
        }
    }
    arguments
}

impl Argument {
    /// The value behind `=`.
    pub(crate) fn assigned<T: Parse>(self, what: &str, errors: &mut Errors) -> Option<T> {
        match self.value {
            Value::Assigned(tokens) => {
                let span = tokens.clone();
                syn::parse2(tokens)
                    .map_err(|_| errors.at(span, format!("expected {what}")))
                    .ok()
            }
            _ => {
                errors.at(&self.name, format!("write `{} = {what}`", self.name));
                None
            }
        }
    }

    /// The list in parentheses.
    pub(crate) fn list<T: Parse>(self, what: &str, errors: &mut Errors) -> Vec<T> {
        match self.value {
            Value::List(tokens) => {
                let parsed = Punctuated::<T, Token![,]>::parse_terminated.parse2(tokens);
                errors
                    .take(parsed)
                    .map(|list| list.into_iter().collect())
                    .unwrap_or_default()
            }
            _ => {
                errors.at(&self.name, format!("write `{}({what}, …)`", self.name));
                Vec::new()
            }
        }
    }

    /// Nothing but its name.
    pub(crate) fn flag(self, errors: &mut Errors) -> bool {
        if !matches!(self.value, Value::None) {
            errors.at(&self.name, format!("`{}` takes no value", self.name));
        }
        true
    }
}

/// Where the runtime is: `crate = path`, or its usual place.
pub(crate) fn runtime(path: Option<Path>) -> Path {
    path.unwrap_or_else(|| syn::parse_quote!(::realtime_runtime))
}
