//! Connections in one group, and events that are sent to it.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use realtime_runtime::{ChannelLayer, Group, PublishError, bench::Member};

use crate::{messages::Broadcast, ours::Room};

/// One more event than this in an outbox, and its connection would be closed.
pub const ROOM: usize = 1024;

/// A group and its members.
#[derive(Debug)]
pub struct Members {
    layer: ChannelLayer,
    group: Group<Room>,
    members: Vec<Member<Room>>,
}

impl Members {
    /// A group of so many.
    pub fn new(count: usize) -> Self {
        let layer = realtime_runtime::bench::layer();
        let group = Group::new(["room"]);
        let members: Vec<_> = (0..count).map(|_| Member::new(&layer)).collect();
        for member in &members {
            member.join(&group).expect("one group is not too many");
        }
        Self {
            layer,
            group,
            members,
        }
    }

    /// Somebody who is not in the group.
    pub fn newcomer(&self) -> Member<Room> {
        Member::new(&self.layer)
    }

    /// The group.
    pub fn group(&self) -> &Group<Room> {
        &self.group
    }

    /// Sends an event to all, as an application does.
    ///
    /// # Errors
    /// Those of sending.
    ///
    /// # Panics
    /// When sending waits.
    pub fn send(&self, event: Broadcast) -> Result<(), PublishError> {
        let sent = pin!(self.group.send(&self.layer, event));
        match sent.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(sent) => sent,
            Poll::Pending => panic!("nothing that sending could wait for"),
        }
    }

    /// Empties the outboxes: how many items there were.
    pub fn drain(&self) -> usize {
        self.members.iter().map(Member::drain).sum()
    }
}
