//! Which messages of the framework's own the document has, and where.

use realtime_runtime::{OutboxPolicy, prelude::*};
use serde_json::Value;

use crate::desk::builder;

/// The names of the framework's messages at a path: what it receives and what it sends.
fn messages(builder: &RealtimeBuilder, channel: &str) -> [Vec<&'static str>; 2] {
    let document: Value = serde_json::to_value(builder.asyncapi().unwrap()).unwrap();
    let operations = document["operations"].as_object().unwrap();
    ["receive", "send"].map(|action| {
        let of_channel: Vec<_> = operations
            .values()
            .filter(|operation| operation["action"] == action)
            .filter(|operation| operation["channel"]["$ref"] == format!("#/channels/{channel}"))
            .map(|operation| operation["messages"].to_string())
            .collect();
        ["authentication", "gap", "refresh"]
            .into_iter()
            .filter(|name| {
                let quoted = format!("/{name}\"");
                of_channel.iter().any(|messages| messages.contains(&quoted))
            })
            .collect()
    })
}

#[test]
fn the_document_has_the_frameworks_messages_where_they_can_occur() {
    let none: Vec<&str> = Vec::new();
    for channel in ["session", "flat"] {
        let [received, sent] = messages(&builder(), channel);
        assert_eq!((received, sent), (vec!["refresh"], vec!["authentication"]));
    }
    assert_eq!(messages(&builder(), "plain"), [none.clone(), none.clone()]);
    for policy in [OutboxPolicy::DropOldest, OutboxPolicy::DropNewest] {
        let builder = || builder().outbox_policy(policy.clone());
        assert_eq!(messages(&builder(), "plain"), [none.clone(), vec!["gap"]]);
        let [_, sent] = messages(&builder(), "session");
        assert_eq!(sent, ["authentication", "gap"]);
    }
    let keep = builder().outbox_policy(OutboxPolicy::keep_latest(|_| None));
    assert_eq!(messages(&keep, "plain"), [none.clone(), none]);
}
