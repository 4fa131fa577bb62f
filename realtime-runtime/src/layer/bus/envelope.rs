//! An event on the bus: who has published it, to whom, and what it is, as its tag and its fields.

use std::{
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    sync::Arc,
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::group_of;
use crate::{
    connection::ConnectionId,
    layer::{GroupCopy, To},
};

/// An event on its way from node to node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Envelope {
    /// The node that has published it.
    pub(super) from: Arc<str>,
    /// Counted by that node.
    pub(super) id: u64,
    /// Whose members it is for.
    pub(super) consumer: Arc<str>,
    /// The groups it is for.
    pub(super) groups: Vec<Arc<str>>,
    /// The connection it is for, of the node that gets it.
    pub(super) connection: Option<u64>,
    /// The event as the text of a frame.
    pub(super) event: String,
}

/// How it is written.
#[derive(Serialize, Deserialize)]
struct Written<'a> {
    #[serde(rename = "v")]
    version: u32,
    from: &'a str,
    id: u64,
    consumer: &'a str,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    to: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    connection: Option<u64>,
    #[serde(borrow)]
    event: &'a RawValue,
}

/// What a node that reads this understands. Others are skipped, and counted.
const VERSION: u32 = 1;

impl Envelope {
    /// Whom it is for here, as it has come by this topic. `None`: it does not belong there.
    pub(super) fn to(&self, topic: &str) -> Option<To> {
        if let Some(id) = self.connection {
            return Some(To::Connection(ConnectionId::known(id)));
        }
        if self.groups.len() == 1 {
            return Some(To::Groups(self.groups.clone()));
        }
        let group = group_of(topic)?;
        let place = self.groups.iter().position(|known| **known == *group)?;
        Some(To::Copy(GroupCopy {
            group: Arc::clone(&self.groups[place]),
            earlier: self.groups[..place].to_vec(),
            event: BuildHasherDefault::<DefaultHasher>::default().hash_one((&self.from, self.id)),
        }))
    }

    pub(super) fn encode(&self) -> Result<Bytes, serde_json::Error> {
        let written = Written {
            version: VERSION,
            from: &self.from,
            id: self.id,
            consumer: &self.consumer,
            to: self.groups.iter().map(ToString::to_string).collect(),
            connection: self.connection,
            event: serde_json::from_str(&self.event)?,
        };
        Ok(serde_json::to_vec(&written)?.into())
    }

    /// `None`: it is none, or of a version that is not known here.
    pub(super) fn decode(message: &[u8]) -> Option<Self> {
        let written: Written<'_> = serde_json::from_slice(message).ok()?;
        (written.version == VERSION).then(|| Self {
            from: written.from.into(),
            id: written.id,
            consumer: written.consumer.into(),
            groups: written.to.into_iter().map(Into::into).collect(),
            connection: written.connection,
            event: written.event.get().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> Envelope {
        Envelope {
            from: "00ff".into(),
            id: 7,
            consumer: "room".into(),
            groups: vec!["room/a%2Fb".into(), "room/ü".into()],
            connection: None,
            event: r#"{"action":"said","payload":{"text":"hi"}}"#.to_owned(),
        }
    }

    #[test]
    fn its_text_is_as_documented() {
        insta::assert_snapshot!(
            String::from_utf8(envelope().encode().unwrap().into()).unwrap(),
            @r#"{"v":1,"from":"00ff","id":7,"consumer":"room","to":["room/a%2Fb","room/ü"],"event":{"action":"said","payload":{"text":"hi"}}}"#
        );
    }

    #[test]
    fn what_was_written_is_read() {
        let written = envelope().encode().unwrap();
        assert_eq!(Envelope::decode(&written), Some(envelope()));
    }

    #[test]
    fn what_is_something_else_is_not() {
        for message in [
            &b""[..],
            b"{}",
            b"\xff\xfe",
            br#"{"v":2,"from":"a","id":1,"consumer":"c","event":{}}"#,
            br#"{"v":1,"from":"a","id":-1,"consumer":"c","event":{}}"#,
        ] {
            assert_eq!(Envelope::decode(message), None, "{message:?}");
        }
    }
}
