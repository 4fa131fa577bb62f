use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CorrelationId, Extensions, Json, Message, RefOr, SecurityScheme, json};

/// What the other parts of a document refer to (AsyncAPI 3.0.0 § Components Object).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Components {
    /// Messages.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub messages: BTreeMap<String, RefOr<Message>>,
    /// Schemas, draft-07.
    #[serde(
        default,
        deserialize_with = "json::schemas",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub schemas: BTreeMap<String, Json>,
    /// Ways to authenticate.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub security_schemes: BTreeMap<String, RefOr<SecurityScheme>>,
    /// Where frames carry their correlation identifier.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub correlation_ids: BTreeMap<String, RefOr<CorrelationId>>,
    /// Members not named above.
    #[serde(flatten)]
    pub extensions: Extensions,
}

impl Components {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}
