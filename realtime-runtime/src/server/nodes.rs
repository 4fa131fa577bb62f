//! The settings of an application that is more than one process.

use super::RealtimeBuilder;
use crate::layer::{Gap, broker::Broker};

impl RealtimeBuilder {
    /// Carries events to the other nodes of the application: processes that are built alike, on one bus. Default: there are
    /// none, and events stay in this process.
    ///
    /// Members of this node are served without it, once, whether the bus is up or down.
    pub fn layer(mut self, broker: impl Broker) -> Self {
        self.broker = Some(Box::new(broker));
        self
    }

    /// Has `told` called when what other nodes have published may not have come: when that begins, and when it is over. A
    /// second call replaces the first.
    ///
    /// Connections get a `gap` frame after it returns, so what it throws away is not what they read anew. It is called on
    /// the bus's own path and must not block; a panic in it is logged.
    ///
    /// ```
    /// # use realtime_runtime::Realtime;
    /// let builder = Realtime::builder().on_gap(|gap| println!("missing since {:?}", gap.since));
    /// ```
    pub fn on_gap(mut self, told: impl Fn(&Gap) + Send + Sync + 'static) -> Self {
        self.listeners.tell(told);
        self
    }
}
