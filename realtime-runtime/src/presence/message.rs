//! What nodes tell each other about who is present, as JSON.
//!
//! Of each group, a node tells which connections of its own are there, and no node tells of another's. What it tells is
//! numbered: each [`Part`] says which one it comes after, so that whoever has missed one asks for the [`Whole`].

use std::{borrow::Cow, collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::roster::Said;
use crate::{connection::ConnectionId, layer::NodeId};

/// What one node tells others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// To all: it lives.
    Beat(Beat),
    /// To all, or to one: how is it with these groups?
    Ask(Vec<Ask>),
    /// To who has asked: nothing that is new to you.
    Answer(Answer),
    /// To those in the group: what has changed of this node's.
    Part(Part),
    /// To those in the group: all of this node's.
    Whole(Whole),
    /// To those in the group: have your connections of this user say this.
    Say(Arc<str>, Bytes),
}

/// A sign of life.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Beat {
    /// Which one of this node.
    pub(super) number: u64,
    /// Others are to show that they live.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) hello: bool,
    /// Of some groups, the number of what it told last.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) told: BTreeMap<String, u64>,
}

/// A question about a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ask {
    pub(super) group: String,
    /// What was heard last of each node.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) known: BTreeMap<NodeId, u64>,
}

/// An answer that needs no [`Whole`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answer {
    /// What this node told last, of any group.
    pub(super) at: u64,
    /// What was heard last is all there is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) same: Vec<String>,
    /// This node has nothing, and has had nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) none: Vec<String>,
}

/// What has changed of a node's connections in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) number: u64,
    /// The one before it; 0: before this there was nothing.
    pub(super) after: u64,
    pub(super) set: Vec<(ConnectionId, Said)>,
    pub(super) gone: Vec<ConnectionId>,
}

/// Some of all that a node has of a group, when this number was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) number: u64,
    /// Which piece it is, of how many.
    pub(super) piece: (usize, usize),
    pub(super) set: Vec<(ConnectionId, Said)>,
    /// Who is in the grace, as this node has it, and for how long.
    pub(super) leaving: Vec<(Arc<str>, Bytes, Duration)>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_false(value: &bool) -> bool {
    !value
}

/// What a node that reads this understands; others are skipped.
const VERSION: u32 = 1;
/// No number is higher: nothing can be counted so far, and what is added to it does not overflow.
const MOST: u64 = 1 << 53;

/// How it is written: one of the kinds is there.
#[derive(Serialize, Deserialize)]
struct Written<'a> {
    #[serde(rename = "v")]
    version: u32,
    from: NodeId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    beat: Option<Beat>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ask: Option<Vec<Ask>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<Answer>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    part: Option<WrittenPart<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    whole: Option<WrittenWhole<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    say: Option<WrittenSay<'a>>,
}

#[derive(Serialize, Deserialize)]
struct WrittenPart<'a> {
    number: u64,
    after: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty", borrow)]
    set: Vec<WrittenSet<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    gone: Vec<u64>,
}

#[derive(Serialize, Deserialize)]
struct WrittenWhole<'a> {
    number: u64,
    piece: (usize, usize),
    #[serde(default, skip_serializing_if = "Vec::is_empty", borrow)]
    set: Vec<WrittenSet<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", borrow)]
    leaving: Vec<WrittenLeaving<'a>>,
}

#[derive(Serialize, Deserialize)]
struct WrittenSet<'a> {
    #[serde(rename = "c")]
    connection: u64,
    #[serde(rename = "u", borrow)]
    user: Cow<'a, str>,
    #[serde(rename = "m", borrow)]
    meta: &'a RawValue,
    #[serde(rename = "s")]
    said: u64,
}

#[derive(Serialize, Deserialize)]
struct WrittenLeaving<'a> {
    #[serde(rename = "u", borrow)]
    user: Cow<'a, str>,
    #[serde(rename = "m", borrow)]
    meta: &'a RawValue,
    ms: u64,
}

#[derive(Serialize, Deserialize)]
struct WrittenSay<'a> {
    #[serde(rename = "u", borrow)]
    user: Cow<'a, str>,
    #[serde(rename = "m", borrow)]
    meta: &'a RawValue,
}

/// What is no JSON cannot have come in.
fn raw(meta: &Bytes) -> Result<&RawValue, serde_json::Error> {
    serde_json::from_slice(meta)
}

fn bytes(meta: &RawValue) -> Bytes {
    Bytes::copy_from_slice(meta.get().as_bytes())
}

fn write(set: &[(ConnectionId, Said)]) -> Result<Vec<WrittenSet<'_>>, serde_json::Error> {
    let set = set.iter().map(|(connection, said)| {
        Ok(WrittenSet {
            connection: connection.number(),
            user: (&*said.user).into(),
            meta: raw(&said.meta)?,
            said: said.said,
        })
    });
    set.collect()
}

fn read(set: Vec<WrittenSet<'_>>) -> Vec<(ConnectionId, Said)> {
    let set = set.into_iter().map(|set| {
        let said = Said {
            user: set.user.into(),
            meta: bytes(set.meta),
            said: set.said,
        };
        (ConnectionId::known(set.connection), said)
    });
    set.collect()
}

impl Message {
    pub(super) fn encode(&self, from: NodeId) -> Result<Bytes, serde_json::Error> {
        let mut written = Written {
            version: VERSION,
            from,
            beat: None,
            ask: None,
            answer: None,
            part: None,
            whole: None,
            say: None,
        };
        match self {
            Self::Beat(beat) => written.beat = Some(beat.clone()),
            Self::Ask(ask) => written.ask = Some(ask.clone()),
            Self::Answer(answer) => written.answer = Some(answer.clone()),
            Self::Part(part) => {
                written.part = Some(WrittenPart {
                    number: part.number,
                    after: part.after,
                    set: write(&part.set)?,
                    gone: part.gone.iter().map(|gone| gone.number()).collect(),
                });
            }
            Self::Whole(whole) => {
                let leaving = whole.leaving.iter().map(|(user, meta, remaining)| {
                    Ok(WrittenLeaving {
                        user: (&**user).into(),
                        meta: raw(meta)?,
                        ms: u64::try_from(remaining.as_millis()).unwrap_or(u64::MAX),
                    })
                });
                written.whole = Some(WrittenWhole {
                    number: whole.number,
                    piece: whole.piece,
                    set: write(&whole.set)?,
                    leaving: leaving.collect::<Result<_, serde_json::Error>>()?,
                });
            }
            Self::Say(user, meta) => {
                written.say = Some(WrittenSay {
                    user: (&**user).into(),
                    meta: raw(meta)?,
                });
            }
        }
        Ok(serde_json::to_vec(&written)?.into())
    }

    /// Who says it, and what. `None`: it is none, or of a version that is not known here.
    pub(super) fn decode(message: &[u8]) -> Option<(NodeId, Self)> {
        let written: Written<'_> = serde_json::from_slice(message).ok()?;
        let numbers = {
            let part = written.part.iter().map(|part| (part.number, &part.set));
            let whole = written.whole.iter().map(|whole| (whole.number, &whole.set));
            part.chain(whole)
        };
        let is_sane = |(number, set): (u64, &Vec<WrittenSet<'_>>)| {
            number <= MOST && set.iter().all(|set| set.said <= MOST)
        };
        if written.version != VERSION || !numbers.into_iter().all(is_sane) {
            return None;
        }
        let said = if let Some(beat) = written.beat {
            Self::Beat(beat)
        } else if let Some(ask) = written.ask {
            Self::Ask(ask)
        } else if let Some(answer) = written.answer {
            Self::Answer(answer)
        } else if let Some(part) = written.part {
            Self::Part(Part {
                number: part.number,
                after: part.after,
                set: read(part.set),
                gone: part.gone.into_iter().map(ConnectionId::known).collect(),
            })
        } else if let Some(whole) = written.whole {
            let leaving = whole.leaving.into_iter().map(|leaving| {
                let remaining = Duration::from_millis(leaving.ms);
                (leaving.user.into(), bytes(leaving.meta), remaining)
            });
            Self::Whole(Whole {
                number: whole.number,
                piece: whole.piece,
                set: read(whole.set),
                leaving: leaving.collect(),
            })
        } else {
            let say = written.say?;
            Self::Say(say.user.into(), bytes(say.meta))
        };
        Some((written.from, said))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(number: u128) -> NodeId {
        NodeId::known(number)
    }

    fn messages() -> [Message; 6] {
        let set = vec![(
            ConnectionId::known(7),
            Said {
                user: "ann".into(),
                meta: r#"{"mood":"fine"}"#.into(),
                said: 3,
            },
        )];
        [
            Message::Beat(Beat {
                number: 1,
                hello: true,
                told: BTreeMap::from([("Lobby/all".into(), 12)]),
            }),
            Message::Ask(vec![Ask {
                group: "Lobby/all".into(),
                known: BTreeMap::from([(node(2), 12)]),
            }]),
            Message::Answer(Answer {
                at: 12,
                same: vec!["Lobby/all".into()],
                none: vec!["Lobby/ü".into()],
            }),
            Message::Part(Part {
                number: 13,
                after: 12,
                set: set.clone(),
                gone: vec![ConnectionId::known(5)],
            }),
            Message::Whole(Whole {
                number: 13,
                piece: (0, 2),
                set,
                leaving: vec![("ben".into(), "null".into(), Duration::from_millis(2500))],
            }),
            Message::Say("ann".into(), "[1, 2]".into()),
        ]
    }

    #[test]
    fn its_text_is_as_documented() {
        let texts = messages().map(|message| {
            let text = message.encode(node(0xff)).unwrap();
            String::from_utf8(text.into()).unwrap()
        });
        insta::assert_snapshot!(texts.join("\n"));
    }

    #[test]
    fn what_was_written_is_read() {
        for message in messages() {
            let written = message.encode(node(1)).unwrap();
            assert_eq!(Message::decode(&written), Some((node(1), message)));
        }
    }

    #[test]
    fn what_is_something_else_is_not() {
        for message in [
            "",
            "{}",
            r#"{"v":2,"from":"1","beat":{"number":1}}"#,
            r#"{"v":1,"from":"1"}"#,
            r#"{"v":1,"from":"no","beat":{"number":1}}"#,
            r#"{"v":1,"from":"1","part":{"number":1,"after":0,"set":[{"c":-1}]}}"#,
            r#"{"v":1,"from":"1","part":{"number":18446744073709551615,"after":0}}"#,
            r#"{"v":1,"from":"1","part":{"number":1,"after":0,"set":[{"c":1,"u":"a","m":1,"s":18446744073709551615}]}}"#,
        ] {
            assert_eq!(Message::decode(message.as_bytes()), None, "{message}");
        }
    }
}
