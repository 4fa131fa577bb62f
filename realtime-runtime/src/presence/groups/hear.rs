//! What other nodes tell: it becomes part of the rosters, or shows that something is missing, which is asked for.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use super::Groups;
use crate::{
    connection::ConnectionId,
    layer::NodeId,
    presence::{
        message::{Answer, Ask, Beat, Message, Part, Whole},
        roster::{Member, Said},
    },
};

impl Groups {
    /// Another node tells something, or this one hears itself.
    pub(in crate::presence) fn hear(
        &mut self,
        now: Duration,
        group: Option<&Arc<str>>,
        from: NodeId,
        message: Message,
    ) {
        if Some(from) == self.me {
            if let Message::Beat(Beat { number, .. }) = message {
                for gone in self.peers.came_back(now, number) {
                    self.lose(now, gone);
                }
            }
            return;
        }
        let is_new = self.peers.heard(from);
        match (message, group) {
            (Message::Beat(beat), _) => self.hear_beat(from, beat),
            (Message::Ask(asks), _) => self.answer(from, asks),
            (Message::Answer(answer), _) => self.hear_answer(now, from, answer),
            (Message::Part(part), Some(group)) => self.hear_part(now, group, from, part),
            (Message::Whole(whole), Some(group)) => self.hear_whole(now, group, from, whole),
            (Message::Say(user, meta), Some(group)) => {
                self.say(now, group, &user, &meta);
            }
            (Message::Part(_) | Message::Whole(_) | Message::Say(..), None) => {}
        }
        if is_new {
            let groups: Vec<_> = self.open.keys().cloned().collect();
            for group in groups {
                self.ask(&group, from);
            }
        }
    }

    /// Asks a node about a group, again and again until it answers.
    fn ask(&mut self, group: &Arc<str>, of: NodeId) {
        if let Some(open) = self.open.get_mut(group) {
            open.parts.entry(of).or_default().asked = true;
            self.asks.insert((Some(of), Arc::clone(group)));
        }
    }

    fn hear_beat(&mut self, from: NodeId, beat: Beat) {
        self.shows |= beat.hello;
        for (group, told) in beat.told {
            if let Some(open) = self.open.get(&*group)
                && open
                    .parts
                    .get(&from)
                    .is_none_or(|heard| heard.number < told)
            {
                self.ask(&group.into(), from);
            }
        }
    }

    fn answer(&mut self, from: NodeId, asks: Vec<Ask>) {
        let me = self.node();
        let mut answer = Answer {
            at: self.told,
            ..Answer::default()
        };
        for ask in asks {
            match self.open.get_mut(&*ask.group) {
                Some(open) if open.told > 0 || !open.changed.is_empty() => {
                    // What is not told yet follows it.
                    if ask.known.get(&me) == Some(&open.told) {
                        answer.same.push(ask.group);
                    } else {
                        open.whole = true;
                        self.untold.insert(ask.group.into());
                    }
                }
                _ => answer.none.push(ask.group),
            }
        }
        if !answer.same.is_empty() || !answer.none.is_empty() {
            self.answers.push((from, answer));
        }
    }

    fn hear_answer(&mut self, now: Duration, from: NodeId, answer: Answer) {
        for group in answer.same {
            if let Some(open) = self.open.get_mut(&*group) {
                open.answered(from);
            }
        }
        for group in answer.none {
            let Some(open) = self.open.get_mut(&*group) else {
                continue;
            };
            open.answered(from);
            if open
                .parts
                .get(&from)
                .is_none_or(|heard| heard.number <= answer.at)
            {
                self.lose_of(now, &group.into(), from);
            }
        }
    }

    fn hear_part(&mut self, now: Duration, group: &Arc<str>, from: NodeId, part: Part) {
        let Some(open) = self.open.get_mut(group) else {
            return;
        };
        let heard = open.parts.entry(from).or_default();
        if part.number <= heard.number {
            return;
        }
        if part.after != 0 && part.after != heard.number {
            if !heard.asked {
                self.ask(group, from);
            }
            return;
        }
        heard.number = part.number;
        let mut gone: BTreeSet<_> = part.gone.into_iter().collect();
        if part.after == 0 {
            gone.extend(open.roster.members_of(from));
        }
        for (connection, _) in &part.set {
            gone.remove(connection);
        }
        self.replace(now, group, from, part.set, gone);
    }

    fn hear_whole(&mut self, now: Duration, group: &Arc<str>, from: NodeId, whole: Whole) {
        let Some(open) = self.open.get_mut(group) else {
            return;
        };
        let heard = open.parts.entry(from).or_default();
        // Whoever is in here has its own graces; in another's they may be over a little later, and nobody leaves twice.
        let is_new = open.entrance.known.get().is_none();
        if whole.number < heard.number || whole.number == heard.number && !is_new {
            // It is known already: another node has asked.
            open.answered(from);
            return;
        }
        let (piece, of) = whole.piece;
        if piece == 0 {
            heard.coming = whole.number;
            heard.next = 0;
            heard.missing = open.roster.members_of(from).collect();
        }
        if heard.coming != whole.number || heard.next != piece {
            if !heard.asked {
                self.ask(group, from);
            }
            return;
        }
        heard.next += 1;
        for (connection, _) in &whole.set {
            heard.missing.remove(connection);
        }
        let mut gone = BTreeSet::new();
        if heard.next >= of {
            heard.number = whole.number;
            gone = std::mem::take(&mut heard.missing);
            open.answered(from);
        }
        self.replace(now, group, from, whole.set, gone);
        if !is_new {
            return;
        }
        let grace = self.limits.grace;
        self.with(group, |roster| {
            let leaving = whole.leaving.into_iter();
            let changes = leaving.filter_map(|(user, meta, remaining)| {
                roster.leaving(now, &user, meta, remaining.min(grace))
            });
            let changes = changes.collect();
            ((), changes)
        });
    }

    /// Of a node's connections these are there and say this, and those are gone.
    fn replace(
        &mut self,
        now: Duration,
        group: &Arc<str>,
        node: NodeId,
        set: Vec<(ConnectionId, Said)>,
        gone: BTreeSet<ConnectionId>,
    ) {
        let limits = self.limits;
        self.with(group, |roster| {
            let mut changes = Vec::new();
            // First who is here, then who is gone: who has another connection now is never without one.
            for (connection, said) in set {
                let member = Member { node, connection };
                if roster.said(member).as_ref() != Some(&said) {
                    changes.extend(roster.put(now, limits, member, said));
                }
            }
            for connection in gone {
                changes.extend(roster.exit(now, limits, Member { node, connection }));
            }
            ((), changes)
        });
    }

    /// A node is gone, with all its connections.
    fn lose(&mut self, now: Duration, node: NodeId) {
        tracing::info!(%node, "a node is gone, with those who were present there");
        let groups: Vec<_> = self.open.keys().cloned().collect();
        for group in groups {
            self.lose_of(now, &group, node);
        }
    }

    fn lose_of(&mut self, now: Duration, group: &Arc<str>, node: NodeId) {
        let Some(open) = self.open.get_mut(group) else {
            return;
        };
        open.answered(node);
        open.parts.remove(&node);
        let gone = open.roster.members_of(node).collect();
        self.replace(now, group, node, Vec::new(), gone);
    }
}
