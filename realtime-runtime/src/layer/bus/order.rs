//! What is asked of every node: that a user or a session be closed, or asked again.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{
    auth::{Registry, Target},
    wire::CloseCode,
};

/// An order on its way to all nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order {
    #[serde(rename = "v")]
    version: u32,
    pub(super) from: String,
    #[serde(flatten)]
    target: Whose,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kick: Option<Kick>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Whose {
    User(String),
    Session(String),
}

/// How they are closed; without it they are asked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kick {
    code: u16,
    reason: String,
}

const VERSION: u32 = 1;

impl Order {
    pub(super) fn kick(from: &str, target: &Target, code: CloseCode, reason: &str) -> Self {
        let kick = Kick {
            code: code.as_u16(),
            reason: reason.to_owned(),
        };
        Self {
            kick: Some(kick),
            ..Self::recheck(from, target)
        }
    }

    pub(super) fn recheck(from: &str, target: &Target) -> Self {
        let whose = match target.of_user() {
            Ok(user) => Whose::User(user.to_owned()),
            Err(session) => Whose::Session(session.to_owned()),
        };
        Self {
            version: VERSION,
            from: from.to_owned(),
            target: whose,
            kick: None,
        }
    }

    pub(super) fn encode(&self) -> Bytes {
        // It is made of strings and numbers.
        serde_json::to_vec(self).unwrap_or_default().into()
    }

    /// `None`: it is none, or of a version that is not known here.
    pub(super) fn decode(message: &[u8]) -> Option<Self> {
        let order: Self = serde_json::from_slice(message).ok()?;
        (order.version == VERSION).then_some(order)
    }

    /// Does it to the connections of this node.
    pub(super) fn carry_out(self, registry: &Registry) {
        let target = match self.target {
            Whose::User(user) => Target::user(user),
            Whose::Session(session) => Target::session(session),
        };
        match self.kick {
            Some(Kick { code, reason }) => {
                registry.kick(target, CloseCode::known(code), &reason);
            }
            None => {
                registry.recheck(target);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_text_is_as_documented() {
        let target = Target::session("s1");
        let order = Order::kick("00ff", &target, CloseCode::UNAUTHENTICATED, "signed out");
        insta::assert_snapshot!(
            String::from_utf8(order.encode().into()).unwrap(),
            @r#"{"v":1,"from":"00ff","session":"s1","kick":{"code":4401,"reason":"signed out"}}"#
        );
        assert_eq!(Order::decode(&order.encode()), Some(order));
        let again = Order::recheck("00ff", &Target::user("7"));
        insta::assert_snapshot!(
            String::from_utf8(again.encode().into()).unwrap(),
            @r#"{"v":1,"from":"00ff","user":"7"}"#
        );
        assert_eq!(Order::decode(&again.encode()), Some(again));
    }
}
