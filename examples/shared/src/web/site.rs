//! What differs from one example to the other, and what their endpoints work with.

use std::future::Future;

use example_contract::Session;
use realtime_runtime::{ChannelLayer, CloseCode, Target, cause};

use crate::accounts::Accounts;

/// How an application shows itself. All texts are plain; where they stand in a page, they are escaped.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// What it is called.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub motto: &'static str,
    /// Its picture: a path, such as that of one of its `files`.
    pub icon: &'static str,
    /// What whoever signs in without a password should know; stands on the page to sign in.
    pub warning: &'static str,
    /// The text of the link that leads from a refusal to `/realtime/`.
    pub back: &'static str,
    /// What its own pages load from `/assets/`, besides what all examples have: `style.css`, `client.js`, `element.js`,
    /// `pill.js`.
    pub files: &'static [File],
    /// The AsyncAPI document.
    pub asyncapi: &'static str,
    /// The OpenAPI document.
    pub openapi: fn() -> &'static str,
}

/// A file that pages load.
#[derive(Clone, Copy, Debug)]
pub struct File {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) text: &'static str,
}

impl File {
    /// A module of JavaScript.
    pub const fn script(name: &'static str, text: &'static str) -> Self {
        Self {
            name,
            kind: "text/javascript; charset=utf-8",
            text,
        }
    }

    /// A style sheet.
    pub const fn style(name: &'static str, text: &'static str) -> Self {
        Self {
            name,
            kind: "text/css; charset=utf-8",
            text,
        }
    }

    /// A picture, as SVG.
    pub const fn picture(name: &'static str, text: &'static str) -> Self {
        Self {
            name,
            kind: "image/svg+xml",
            text,
        }
    }
}

/// What the shared endpoints and extractors work with. An application's state has one, by axum's `FromRef`.
#[derive(Clone, Debug)]
pub struct Site {
    pub(super) words: &'static Words,
    pub(super) accounts: Accounts,
    layer: ChannelLayer,
}

impl Site {
    /// Joins an application's words, its users, and the way to their sockets.
    pub fn new(words: &'static Words, accounts: Accounts, layer: ChannelLayer) -> Self {
        Self {
            words,
            accounts,
            layer,
        }
    }

    /// A session ended: its sockets are closed.
    pub(super) fn signed_out(&self, session: &Session) {
        let target = Target::session(&session.id);
        let sockets = self
            .layer
            .kick(target, CloseCode::UNAUTHENTICATED, "signed out");
        tracing::debug!(user_id = session.user_id, sockets, "signed out");
    }
}

/// Runs `change` to its end even if the request that asked for it is given up half-way, so that no change is stored
/// and then not told.
///
/// # Errors
///
/// It panicked.
pub async fn to_the_end<F>(change: F) -> Result<F::Output, tokio::task::JoinError>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(cause::carry(change)).await
}
