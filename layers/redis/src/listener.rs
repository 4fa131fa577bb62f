//! What one connection is sent unasked.

use std::sync::atomic::{AtomicBool, Ordering};

use redis::{PushInfo, PushKind, Value};
use tokio::sync::{Notify, watch};

use crate::{link::Link, shared::Shared};

/// What hears what one connection is sent.
#[derive(Default)]
pub(crate) struct Listener {
    pub(crate) lost: Notify,
    given_up: AtomicBool,
    pub(crate) echo: watch::Sender<u64>,
}

impl Listener {
    /// A message of this connection does not come after this.
    pub(crate) fn give_up(&self) {
        self.given_up.store(true, Ordering::Release);
    }

    pub(crate) fn hear(&self, push: PushInfo, link: &Link, shared: &Shared) {
        match push.kind {
            PushKind::Disconnection => self.lost.notify_one(),
            PushKind::Message | PushKind::SMessage => {
                let mut data = push.data.into_iter();
                if let (Some(Value::BulkString(channel)), Some(Value::BulkString(message))) =
                    (data.next(), data.next())
                {
                    self.receive(&channel, message, link, shared);
                }
            }
            PushKind::SUnsubscribe => {
                // Unasked, where the slot of a topic has moved to another node.
                let topic = match push.data.first() {
                    Some(Value::BulkString(channel)) => shared.topic(channel),
                    _ => None,
                };
                if topic.is_some_and(|topic| !link.topics().is_ending(topic)) {
                    self.lost.notify_one();
                }
            }
            _ => {}
        }
    }

    fn receive(&self, channel: &[u8], message: Vec<u8>, link: &Link, shared: &Shared) {
        if self.given_up.load(Ordering::Acquire) {
            return;
        }
        if let Some(topic) = shared.topic(channel) {
            shared.meters.received();
            if let Some(inbox) = shared.inbox() {
                inbox.message(topic, message.into());
            }
        } else if link
            .probe_channel()
            .is_some_and(|probe| probe.as_bytes() == channel)
            && let Ok(number) = message.try_into().map(u64::from_be_bytes)
        {
            self.echo.send_replace(number);
        }
    }
}
