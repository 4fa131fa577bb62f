//! Carries what is published between the nodes of a `realtime-runtime` application on Redis.
//!
//! ```no_run
//! use realtime_redis::Redis;
//!
//! # async fn example(builder: realtime_runtime::RealtimeBuilder) -> Result<(), realtime_redis::ConnectError> {
//! let redis = Redis::connect("redis://localhost").await?;
//! let builder = builder.layer(redis);
//!
//! let other = Redis::builder("rediss://user:password@redis.example.org")
//!     .prefix("shop")
//!     .connect()
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Where Redis is
//! | URL | what |
//! |---|---|
//! | `redis://[user:password@]host[:port]` | one server; `rediss` is with TLS |
//! | `redis+sentinel://[user:password@]host[:port],…/master` | the master that sentinels name; user and password are for the servers, [`Builder::sentinel_credentials`] for the sentinels |
//! | `redis+cluster://[user:password@]host[:port],…` | a cluster, by some of its nodes; needs Redis 7 for sharded channels |
//!
//! With TLS the schemes begin with `rediss`, and a process that has not chosen a cryptography provider for rustls gets ring.
//! Redis 6 is the oldest that works: its protocol is RESP3.
//!
//! # What it promises
//! - What one node publishes to a topic arrives in its order, at most once. In a cluster that is unchanged, also while slots move:
//!   what reaches the wrong node is an error, and is not sent again.
//! - One command per message and one per subscription. Two connections, in a cluster two for each master; beside them a probe
//!   every 5 s, see [`Builder::probe`], and as often a look at which master there is, or which has what.
//! - What may have been missed is told as a [gap](realtime_runtime::broker::Gap): when the connection is lost, when a probe
//!   does not come, when a topic moves in a cluster, when a subscription takes longer than 2 s; and again when it is over, after
//!   all that is wanted is subscribed to. In a cluster it names the topics. Behind sentinels a new master is a gap until 2 s after
//!   the next probe is due: until then other nodes may publish at the old one.
//! - While Redis is known to be down, publishing fails at once, and nothing waits for it.
//!
//! Redis keeps what a node is slow to read in a buffer and closes the connection beyond `client-output-buffer-limit pubsub`,
//! which is a gap then.
//!
//! # What it uses
//! Channels `<prefix>:<topic>` and `<prefix>~probe:<random>`, no keys. A user needs `PUBLISH`, `SUBSCRIBE`, `UNSUBSCRIBE`, in a
//! cluster `SPUBLISH`, `SSUBSCRIBE`, `SUNSUBSCRIBE` and `CLUSTER SLOTS`, behind sentinels `ROLE`, and the channels `<prefix>*`.
#![cfg_attr(
    feature = "metrics",
    doc = "
# What it counts
| metric | |
|---|---|
| `realtime_redis_published_total` | messages that Redis has taken |
| `realtime_redis_received_total` | messages that came, those of this node too |
| `realtime_redis_publish_errors_total{reason}` | `unavailable`, `full`, `too_large` |
| `realtime_redis_reconnects_total` | subscribing connections that stood again |
| `realtime_redis_gaps_total` | gaps that began |
| `realtime_redis_up` | 1 while Redis carries, else 0 |"
)]

mod address;
mod backoff;
mod broker;
mod builder;
mod cluster;
mod endpoint;
mod link;
mod listener;
mod meters;
mod publisher;
mod router;
mod shared;
mod topics;

pub use address::ConnectError;
pub use broker::Redis;
pub use builder::Builder;
