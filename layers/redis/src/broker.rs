//! The broker that an application is given.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use realtime_runtime::broker::{Broker, BrokerError, BrokerFuture, Capabilities, Health, Inbox};
use redis::ConnectionInfo;
use tokio::{
    sync::mpsc,
    task::AbortHandle,
    time::{interval, timeout},
};

use crate::{
    Builder, ConnectError,
    address::Address,
    cluster::{self, Topology, probe_channel},
    endpoint::{Dialer, Endpoint, PATIENCE},
    link::Link,
    publisher::Job,
    router::Router,
    shared::{Settings, Shared, reason},
};

/// How long a subscription is waited for; after it, what is missed is told.
const SUBSCRIBING: Duration = Duration::from_millis(1900);

/// Carries what is published between nodes on Redis.
///
/// Dropping it ends its tasks and its connections.
pub struct Redis {
    shared: Arc<Shared>,
    /// Taken at the start.
    begin: Mutex<Option<Begin>>,
    /// The task that follows the sentinels or the cluster.
    follower: Mutex<Option<AbortHandle>>,
}

/// What is to be done at the start.
enum Begin {
    One(mpsc::Receiver<Job>),
    Cluster(Vec<ConnectionInfo>, Option<Topology>),
}

impl Redis {
    /// The bus at a URL, with the default settings; [`builder`](Self::builder) has them all.
    ///
    /// Where Redis cannot be reached that is logged, and tried again and again once the server runs.
    ///
    /// # Errors
    /// The URL cannot be read.
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        Self::builder(url).connect().await
    }

    /// Settings for the bus at a URL.
    pub fn builder(url: &str) -> Builder {
        Builder::new(url)
    }

    pub(crate) async fn with(address: Address, settings: Settings, dialer: Dialer) -> Self {
        let waiting = settings.waiting;
        let (endpoint, sharded) = match &address {
            Address::Single(info) => (Endpoint::Server(info.clone()), false),
            Address::Sentinel {
                sentinels,
                master,
                servers,
            } => {
                let endpoint = Endpoint::Master {
                    sentinels: sentinels.clone(),
                    name: master.clone(),
                    servers: servers.clone(),
                };
                (endpoint, false)
            }
            Address::Cluster(_) => (Endpoint::Nowhere, true),
        };
        let probe = (!sharded).then(|| probe_channel(&settings.prefix));
        let (link, jobs) = Link::new(endpoint, probe, waiting);
        let (router, begin, failed) = if let Address::Cluster(nodes) = address {
            link.set_down();
            let topology = cluster::look(&nodes, &dialer).await;
            let failed = topology.as_ref().err().map(reason);
            let begin = Begin::Cluster(nodes, topology.ok());
            (Router::cluster(link), begin, failed)
        } else {
            let connection = link.endpoint.connect(&dialer, |_| {}).await;
            let failed = connection.err().as_ref().map(reason);
            (Router::single(link), Begin::One(jobs), failed)
        };
        if let Some(reason) = failed {
            let reason = &*reason;
            tracing::warn!(reason, "Redis cannot be reached; trying again until it can");
        }
        Self {
            shared: Arc::new(Shared::new(settings, dialer, sharded, router)),
            begin: Mutex::new(Some(begin)),
            follower: Mutex::default(),
        }
    }
}

impl Broker for Redis {
    fn start(&self, inbox: Inbox) {
        let begin = self
            .begin
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(begin) = begin.filter(|_| self.shared.set_inbox(inbox)) else {
            tracing::error!("a broker serves one node: it has been started already");
            return;
        };
        let shared = &self.shared;
        shared.meters.describe();
        shared.health_changed();
        let follower = match begin {
            Begin::One(jobs) => {
                let router = shared.router.read().unwrap_or_else(PoisonError::into_inner);
                let link = router.links[0].clone();
                drop(router);
                link.start(shared, jobs);
                if link.server().is_some() {
                    return;
                }
                tokio::spawn(follow_sentinels(link, shared.clone()))
            }
            Begin::Cluster(seeds, topology) => {
                if let Some(topology) = topology {
                    cluster::apply(shared, &seeds[0], &topology);
                }
                tokio::spawn(cluster::follow(shared.clone(), seeds))
            }
        };
        let mut place = self.follower.lock().unwrap_or_else(PoisonError::into_inner);
        *place = Some(follower.abort_handle());
    }

    fn publish(&self, topic: &str, message: Bytes) -> BrokerFuture<'_> {
        // Enqueued here and not when it is polled: the order is that of the calls.
        let begun = self.shared.publish(topic, message);
        Box::pin(async move {
            let limit = self.shared.settings.publish_timeout;
            let outcome = match begun {
                // Its sender is dropped where it is not known what became of it.
                Ok(outcome) => match timeout(limit, outcome).await {
                    Ok(Ok(outcome)) => outcome,
                    _ => Err(BrokerError::Unavailable),
                },
                Err(error) => Err(error),
            };
            self.shared.meters.published(outcome);
            outcome
        })
    }

    fn subscribe(&self, topic: &str) -> BrokerFuture<'_> {
        let settled = self.shared.subscribe(topic);
        let topic: Arc<str> = topic.into();
        Box::pin(async move {
            if let Some(mut settled) = settled
                && timeout(SUBSCRIBING, settled.changed()).await.is_err()
            {
                tracing::warn!(%topic, "Redis takes long to confirm a subscription");
                self.shared.late(&topic);
            }
            Ok(())
        })
    }

    fn unsubscribe(&self, topic: &str) {
        self.shared.unsubscribe(topic);
    }

    fn health(&self) -> Health {
        self.shared.health()
    }

    fn capabilities(&self) -> Capabilities {
        let settings = &self.shared.settings;
        Capabilities::default()
            .max_message_bytes(settings.max_message_bytes)
            .notices_within(settings.probe + PATIENCE)
    }
}

/// A master that was replaced may go on to answer, to some at least.
async fn follow_sentinels(link: Arc<Link>, shared: Arc<Shared>) {
    let mut ticks = interval(shared.settings.probe);
    loop {
        ticks.tick().await;
        if let Ok(master) = link.endpoint.resolve(&shared.dialer).await {
            link.must_lead_to(master.addr());
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let follower = self
            .follower
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(follower) = follower.take() {
            follower.abort();
        }
        let mut router = self
            .shared
            .router
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        router.close();
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("health", &self.health())
            .field("settings", &self.shared.settings)
            .finish_non_exhaustive()
    }
}
