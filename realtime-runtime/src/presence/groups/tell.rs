//! What other nodes are told: what has changed of this node's connections, or all of them.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{Audience, Groups};
use crate::{
    connection::ConnectionId,
    layer::NodeId,
    presence::{
        message::{Ask, Beat, Message, Part, Whole},
        roster::{Member, Said},
    },
};

/// A sign of life tells of so many groups, in turn.
const DIGEST: usize = 32;

impl Groups {
    /// Whether others are to be told something.
    pub(in crate::presence) fn has_to_tell(&self) -> bool {
        !(self.untold.is_empty() && self.asks.is_empty() && self.answers.is_empty())
            || self.beats
            || self.shows
            || self.greets
    }

    /// What others are to be told now: about so many messages, or somewhat more. It is told then, unless [`Self::failed`]
    /// says otherwise.
    pub(in crate::presence) fn take(
        &mut self,
        now: Duration,
        messages: usize,
    ) -> Vec<(Audience, Message)> {
        let mut out = Vec::new();
        if let Some(beat) = self.take_beat(now) {
            out.push((Audience::All, Message::Beat(beat)));
        }
        let mut asks: BTreeMap<Option<NodeId>, Vec<Ask>> = BTreeMap::new();
        for (of, group) in std::mem::take(&mut self.asks) {
            if let Some(open) = self.open.get(&group) {
                asks.entry(of).or_default().push(open.ask(&group, of));
            }
        }
        for (of, asks) in asks {
            let audience = of.map_or(Audience::All, Audience::Node);
            let size = |ask: &Ask| ask.group.len() + ask.known.len() * 60 + 40;
            let asks = pieces(asks.into_iter(), self.piece, size).into_iter();
            out.extend(asks.map(|asks| (audience.clone(), Message::Ask(asks))));
        }
        let answers = self.answers.drain(..);
        out.extend(answers.map(|(node, answer)| (Audience::Node(node), Message::Answer(answer))));
        while out.len() < messages
            && let Some(group) = self.untold.pop_first()
        {
            self.tell(now, &group, &mut out);
        }
        out
    }

    /// A sign of life, if one is due. One that is no period's has no number.
    fn take_beat(&mut self, now: Duration) -> Option<Beat> {
        let hello = std::mem::take(&mut self.greets);
        let shows = std::mem::take(&mut self.shows);
        if std::mem::take(&mut self.beats) {
            return Some(Beat {
                number: self.peers.beat(now),
                hello,
                told: self.digest(),
            });
        }
        (hello || shows).then(|| Beat {
            hello,
            ..Beat::default()
        })
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
            let set = pieces(set, self.piece, size);
            let leaving = open
                .roster
                .in_grace(now)
                .map(|(user, meta, remaining)| (Arc::clone(user), meta.clone(), remaining));
            let leaving = pieces(leaving, self.piece, |(user, meta, _)| {
                user.len() + meta.len() + 30
            });
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
            let sets = pieces(here.into_iter().filter_map(said), self.piece, size);
            let mut parts: Vec<_> = sets.into_iter().map(|set| (set, Vec::new())).collect();
            // What is gone goes last: who has another connection now is never without one.
            for gone in pieces(gone.into_iter(), self.piece, |_| 20) {
                match parts.last_mut() {
                    Some((_, last)) if last.is_empty() => *last = gone,
                    _ => parts.push((Vec::new(), gone)),
                }
            }
            for (set, gone) in parts {
                self.told += 1;
                let after = std::mem::replace(&mut open.told, self.told);
                tell(Message::Part(Part {
                    number: open.told,
                    after,
                    set,
                    gone,
                }));
            }
        }
        for (user, meta) in std::mem::take(&mut open.says) {
            tell(Message::Say(user, meta));
        }
    }

    /// Nodes that know of a group may not have been told: they are to be told all, see [`Self::retry`].
    pub(in crate::presence) fn failed(&mut self, group: &Arc<str>) {
        // What was told last of one that is forgotten, too: it has had a number, and nobody here any more.
        let told = self.told;
        let open = self.open(group);
        if open.told == 0 {
            open.told = told;
        }
        open.whole = true;
        self.failed.insert(Arc::clone(group));
    }

    /// Tells again what has failed.
    pub(in crate::presence) fn retry(&mut self) {
        self.untold.append(&mut self.failed);
    }

    /// Whether there is something to tell again.
    pub(in crate::presence) fn has_failed(&self) -> bool {
        !self.failed.is_empty()
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

/// As many to each as have about so many bytes.
fn pieces<T>(
    all: impl Iterator<Item = T>,
    bytes: usize,
    size: impl Fn(&T) -> usize,
) -> Vec<Vec<T>> {
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
                room = bytes.saturating_sub(size);
                pieces.push(vec![one]);
            }
        }
    }
    pieces
}
