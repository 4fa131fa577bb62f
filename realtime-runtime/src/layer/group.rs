//! Groups and addresses: typed names for many connections, or for one.

use std::{fmt, marker::PhantomData, sync::Arc};

use super::{
    ChannelLayer, NodeId,
    publish::{self, Publish, PublishError, Publishing, To},
};
use crate::{
    connection::ConnectionId,
    consumer::{Consumer, HandledBy},
};

/// A group of connections of the consumer `C`: its name and a structured key.
///
/// Two different keys never share a group: `["a", "b/c"]` is not `["a/b", "c"]`.
pub struct Group<C> {
    key: Arc<str>,
    consumer: PhantomData<fn() -> C>,
}

impl<C: Consumer> Group<C> {
    /// The group with this key, for example `["room", id]`. It need not exist before.
    pub fn new<I>(key: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let mut name = String::new();
        escape(C::NAME, &mut name);
        for part in key {
            name.push('/');
            escape(part.as_ref(), &mut name);
        }
        Self {
            key: name.into(),
            consumer: PhantomData,
        }
    }

    pub(crate) fn key(&self) -> &Arc<str> {
        &self.key
    }

    /// Sends an event to every member. Compiles only if `C` has a handler for it.
    ///
    /// `via` is a [`Context`](crate::Context), a [`Connect`](crate::Connect), a [`ChannelLayer`](super::ChannelLayer),
    /// or `&cx.exclude_self()`. Never waits for a member; a member that cannot keep up is closed with 1013. In a loop it
    /// lets other tasks run now and then, so that those who read well keep up.
    ///
    /// Waits for the event's handler if that is shared (has no `self`), for 10 seconds at most.
    ///
    /// # Errors
    /// When the event could not be published: with a [broker](crate::RealtimeBuilder::layer), to other nodes; members of this
    /// one have it then. A handler that fails or takes longer is logged, and is no error here: nobody of this node gets
    /// the event then.
    ///
    /// # Cancel safety
    /// Dropped before it is done, it may have reached all members or none.
    #[track_caller]
    pub fn send<E: HandledBy<C>, P: Publish>(&self, via: &P, event: E) -> Publishing {
        let to = To::Groups(vec![Arc::clone(&self.key)]);
        Publishing::new::<C, E>(via.channel_layer(), to, via.excluded(), event)
    }

    /// Sends an event to every member of several groups; who is in two of them gets it once.
    ///
    /// # Errors
    /// As [`Group::send`].
    ///
    /// # Cancel safety
    /// As [`Group::send`].
    #[track_caller]
    pub fn send_all<'g, E: HandledBy<C>, P: Publish>(
        groups: impl IntoIterator<Item = &'g Self>,
        via: &P,
        event: E,
    ) -> Publishing {
        let keys = groups
            .into_iter()
            .map(|group| Arc::clone(&group.key))
            .collect();
        Publishing::new::<C, E>(via.channel_layer(), To::Groups(keys), via.excluded(), event)
    }

    /// As [`Group::send`], from code that is not async: hands the event over and returns.
    ///
    /// Events that one thread hands over keep their order. Members of this node do not wait for the bus; what that does not
    /// take is logged.
    ///
    /// # Errors
    /// When 1024 events wait already, and with a bus before there is a runtime; this one is lost then.
    #[track_caller]
    pub fn try_publish<E: HandledBy<C>>(
        &self,
        via: &impl Publish,
        event: E,
    ) -> Result<(), PublishError> {
        let to = To::Groups(vec![Arc::clone(&self.key)]);
        publish::try_publish::<C, E>(&via.channel_layer(), to, via.excluded(), event)
    }
}

fn escape(part: &str, out: &mut String) {
    for c in part.chars() {
        match c {
            '%' => out.push_str("%25"),
            '/' => out.push_str("%2F"),
            c => out.push(c),
        }
    }
}

impl<C> Clone for Group<C> {
    fn clone(&self) -> Self {
        Self {
            key: Arc::clone(&self.key),
            consumer: PhantomData,
        }
    }
}

impl<C> PartialEq for Group<C> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<C> Eq for Group<C> {}

impl<C> fmt::Debug for Group<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Group").field(&self.key).finish()
    }
}

/// Where one connection of the consumer `C` is reached.
pub struct Address<C> {
    node: NodeId,
    id: ConnectionId,
    consumer: PhantomData<fn() -> C>,
}

impl<C: Consumer> Address<C> {
    pub(crate) fn new(layer: &ChannelLayer, id: ConnectionId) -> Self {
        Self {
            node: layer.node(),
            id,
            consumer: PhantomData,
        }
    }

    /// Sends an event to this connection alone. To one that is gone nothing happens.
    ///
    /// # Errors
    /// As [`Group::send`]; and [`PublishError::Full`](super::PublishError::Full) when too much waits for the client
    /// already, which loses this event, or is closed with 1013, as the outbox policy says.
    ///
    /// # Cancel safety
    /// As [`Group::send`].
    #[track_caller]
    pub fn send<E: HandledBy<C>, P: Publish>(&self, via: &P, event: E) -> Publishing {
        let layer = via.channel_layer();
        let to = if self.node == layer.node() {
            To::Connection(self.id)
        } else {
            To::Remote(self.node, self.id)
        };
        Publishing::new::<C, E>(layer, to, via.excluded(), event)
    }
}

impl<C> Clone for Address<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Address<C> {}

impl<C> fmt::Debug for Address<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.id).finish()
    }
}

/// A connection in too many groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a connection may be in {limit} groups at most")]
pub struct JoinError {
    pub(crate) limit: usize,
}
