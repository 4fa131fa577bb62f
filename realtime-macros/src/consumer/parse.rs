//! An `impl` block whose bodies stay unread: a half-typed body must not cost the rest its handlers.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Generics, ImplItem, Signature, Token, Type, Visibility, braced,
    parse::{Parse, ParseStream},
    token,
};

/// An inherent `impl` block.
pub(crate) struct Block {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) unsafety: Option<Token![unsafe]>,
    pub(crate) impl_token: Token![impl],
    pub(crate) generics: Generics,
    pub(crate) trait_for: Option<(TokenStream, Token![for])>,
    pub(crate) self_ty: Type,
    pub(crate) items: Vec<Item>,
}

/// An item of the block.
pub(crate) enum Item {
    Method(Box<Method>),
    Other(TokenStream),
}

/// A method with an unread body.
pub(crate) struct Method {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: TokenTree,
}

impl ToTokens for Method {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            attributes,
            visibility,
            signature,
            body,
        } = self;
        tokens.extend(quote!(#(#attributes)* #visibility #signature #body));
    }
}

impl Parse for Block {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let unsafety = input.parse()?;
        if !input.peek(Token![impl]) {
            return Err(input.error("`#[consumer]` stands on the `impl` block of a type"));
        }
        let impl_token = input.parse()?;
        let has_generics = input.peek(Token![<]) && !input.peek2(Token![<]);
        let mut generics: Generics = if has_generics {
            input.parse()?
        } else {
            Generics::default()
        };
        let mut self_ty: Type = input.parse()?;
        let mut trait_for = None;
        if input.peek(Token![for]) {
            trait_for = Some((self_ty.to_token_stream(), input.parse()?));
            self_ty = input.parse()?;
        }
        generics.where_clause = input.parse()?;
        let content;
        braced!(content in input);
        let mut items = Vec::new();
        while !content.is_empty() {
            items.push(content.parse()?);
        }
        Ok(Self {
            attributes,
            unsafety,
            impl_token,
            generics,
            trait_for,
            self_ty,
            items,
        })
    }
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ahead = input.fork();
        ahead.call(Attribute::parse_outer)?;
        ahead.parse::<Visibility>()?;
        if !ahead
            .call(Signature::parse)
            .is_ok_and(|_| ahead.peek(token::Brace))
        {
            return Ok(Self::Other(input.parse::<ImplItem>()?.into_token_stream()));
        }
        Ok(Self::Method(input.parse()?))
    }
}

impl Parse for Method {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            attributes: input.call(Attribute::parse_outer)?,
            visibility: input.parse()?,
            signature: input.parse()?,
            body: input.parse()?,
        })
    }
}
