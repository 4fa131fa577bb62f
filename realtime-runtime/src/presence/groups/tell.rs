//! What other nodes are told: what has changed of this node's connections, or all of them.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{Audience, Groups};
use crate::{
    connection::ConnectionId,
    presence::{
        message::{Message, Part, Whole},
        roster::{Member, Said},
    },
};

/// About so many bytes go into one message.
const PIECE: usize = 48 * 1024;
/// So many questions go into one message.
const QUESTIONS: usize = 256;
/// A sign of life tells of so many groups, in turn.
const DIGEST: usize = 32;

impl Groups {
    /// Whether others are to be told something.
    pub(in crate::presence) fn has_to_tell(&self) -> bool {
        !(self.untold.is_empty()
            && self.asks.is_empty()
            && self.answers.is_empty()
            && self.beats.is_empty())
    }

    /// What others are to be told now, of so many groups at most; it is told then, unless [`Self::failed`] says otherwise.
    pub(in crate::presence) fn take(
        &mut self,
        now: Duration,
        groups: usize,
    ) -> Vec<(Audience, Message)> {
        let mut out = Vec::new();
        let beats = self.beats.drain(..).map(Message::Beat);
        out.extend(beats.map(|beat| (Audience::All, beat)));
        let mut asks = std::mem::take(&mut self.asks);
        asks.sort_by(|one, other| (&one.group, one.of).cmp(&(&other.group, other.of)));
        asks.dedup_by(|one, other| one.group == other.group && one.of == other.of);
        let asks = asks
            .chunks(QUESTIONS)
            .map(|asks| Message::Ask(asks.to_vec()));
        out.extend(asks.map(|ask| (Audience::All, ask)));
        let answers = self.answers.drain(..);
        out.extend(answers.map(|(node, answer)| (Audience::Node(node), Message::Answer(answer))));
        for _ in 0..groups {
            let Some(group) = self.untold.pop_first() else {
                break;
            };
            self.tell(now, &group, &mut out);
        }
        out
    }

    fn tell(&mut self, now: Duration, group: &Arc<str>, out: &mut Vec<(Audience, Message)>) {
        let node = self.node();
        let Some(open) = self.open.get_mut(group) else {
            return;
        };
        let mut tell = |message| out.push((Audience::Group(Arc::clone(group)), message));
        let changed = std::mem::take(&mut open.changed);
        let said = |connection: ConnectionId| {
            let said = open.roster.said(Member { node, connection })?;
            Some((connection, said))
        };
        let size = |(_, said): &(ConnectionId, Said)| said.user.len() + said.meta.len() + 60;
        if std::mem::take(&mut open.whole) {
            if !changed.is_empty() {
                self.told += 1;
                open.told = self.told;
            }
            let set = open.roster.members_of(node).filter_map(said);
            let set = pieces(set, size);
            let leaving = open
                .roster
                .in_grace(now)
                .map(|(user, meta, remaining)| (Arc::clone(user), meta.clone(), remaining));
            let leaving = pieces(leaving, |(user, meta, _)| user.len() + meta.len() + 30);
            let of = (set.len() + leaving.len()).max(1);
            let sets = set.into_iter().map(|set| (set, Vec::new()));
            let all = sets.chain(leaving.into_iter().map(|leaving| (Vec::new(), leaving)));
            let nothing = (of == 1).then(Default::default);
            for (piece, (set, leaving)) in all.chain(nothing).take(of).enumerate() {
                tell(Message::Whole(Whole {
                    number: open.told,
                    piece: (piece, of),
                    set,
                    leaving,
                }));
            }
        } else if !changed.is_empty() {
            let is_here = |connection: &ConnectionId| said(*connection).is_some();
            let (here, gone): (Vec<_>, Vec<_>) = changed.into_iter().partition(is_here);
            let mut sets = pieces(here.into_iter().filter_map(said), size);
            if sets.is_empty() {
                sets.push(Vec::new());
            }
            // What is gone goes last: whoever is somebody else's second is here before.
            let last = sets.len() - 1;
            for (nth, set) in sets.into_iter().enumerate() {
                self.told += 1;
                let after = std::mem::replace(&mut open.told, self.told);
                tell(Message::Part(Part {
                    number: open.told,
                    after,
                    set,
                    gone: if nth == last {
                        gone.clone()
                    } else {
                        Vec::new()
                    },
                }));
            }
        }
        for (user, meta) in std::mem::take(&mut open.says) {
            tell(Message::Say(user, meta));
        }
    }

    /// Nodes that know of a group may not have been told: they are to be told all.
    pub(in crate::presence) fn failed(&mut self, group: &Arc<str>) {
        if let Some(open) = self.open.get_mut(group)
            && open.told > 0
        {
            open.whole = true;
            self.untold.insert(Arc::clone(group));
        }
    }

    /// The next of the groups of which this node has told something.
    pub(super) fn digest(&mut self) -> BTreeMap<String, u64> {
        let open = self.open.iter().filter(|(_, open)| open.told > 0);
        let mut told: BTreeMap<_, _> = open
            .map(|(group, open)| (group.to_string(), open.told))
            .collect();
        if told.len() > DIGEST {
            let after = std::mem::take(&mut self.digested);
            let next = told.split_off(&after).into_iter();
            let next = next.filter(|(group, _)| *group != after);
            // After the last one, from the first one on again.
            let next: Vec<_> = next.chain(told).take(DIGEST).collect();
            self.digested = next
                .last()
                .map(|(group, _)| group.clone())
                .unwrap_or_default();
            told = next.into_iter().collect();
        }
        told
    }
}

/// As many to each as have about [`PIECE`] bytes.
fn pieces<T>(all: impl Iterator<Item = T>, size: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut pieces: Vec<Vec<T>> = Vec::new();
    let mut room = 0;
    for one in all {
        let size = size(&one);
        match pieces.last_mut() {
            Some(piece) if size <= room => {
                room -= size;
                piece.push(one);
            }
            _ => {
                room = PIECE.saturating_sub(size);
                pieces.push(vec![one]);
            }
        }
    }
    pieces
}
