//! Consumers of every shape that the macros take, and payloads of every kind.

mod access;
mod bare;
pub mod feed;
mod payloads;
mod replies;
pub mod shapes;

use realtime_runtime::{OutboxPolicy, prelude::*};

pub use payloads::Snowflake;

/// Mounts one consumer.
pub type Mount = fn(RealtimeBuilder) -> RealtimeBuilder;

/// Every consumer at every path.
pub const MOUNTS: [Mount; 13] = [
    |builder| builder.consumer::<shapes::Shapes>("/shapes"),
    |builder| builder.consumer::<replies::Replies>("/replies"),
    |builder| builder.consumer::<payloads::Archive>("/archive"),
    |builder| builder.consumer::<feed::Feed>("/feeds/{topic}"),
    |builder| builder.consumer::<feed::Feed>("/v1/feeds/{topic}"),
    |builder| builder.consumer::<feed::Feed>("/v2/teams/{topic}"),
    |builder| builder.consumer::<bare::Bare>("/bare/{anything}"),
    |builder| builder.consumer::<access::Tokens>("/tokens"),
    |builder| builder.consumer::<access::Sessions>("/sessions"),
    |builder| builder.consumer::<access::Either>("/either"),
    |builder| builder.consumer::<access::Both>("/both"),
    |builder| builder.consumer::<access::Guests>("/guests"),
    |builder| builder.consumer::<access::Proxied>("/proxied"),
];

pub fn mounted(mounts: impl IntoIterator<Item = Mount>) -> RealtimeBuilder {
    let closed = CloseCode::application(4800).unwrap();
    let builder = Realtime::builder()
        .info("Zoo", "1.2.3")
        .description("Consumers of **every** shape.")
        .document_id("https://zoo.example.com")
        .document_contact("The keepers", "https://zoo.example.com/keepers")
        .document_license("MIT", "https://zoo.example.com/license")
        .document_tag("lines", "What is drawn.")
        .close_code(closed, "closed_for_today", "The zoo closes at six.", true)
        .document_server("production", "zoo.example.com", true)
        .document_server("local", "127.0.0.1:3000", false);
    mounts
        .into_iter()
        .fold(builder, |builder, mount| mount(builder))
}

/// The documents, each with a name; together they have every consumer, and the last has them all.
pub fn all() -> [(&'static str, RealtimeBuilder); 6] {
    let part = |range: std::ops::Range<usize>| mounted(MOUNTS[range].iter().copied());
    [
        ("shapes", part(0..1)),
        ("replies", part(1..2)),
        ("payloads", part(2..3)),
        // Messages that are dropped leave gaps, and gaps are told.
        ("feeds", part(3..7).outbox_policy(OutboxPolicy::DropOldest)),
        ("access", part(7..13)),
        ("everything", mounted(MOUNTS)),
    ]
}
