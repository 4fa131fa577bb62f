//! The components that both directions need, in one map.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Schemas, walk};
use crate::model::Json;
use crate::{DocumentError, names};

/// Components of a document, and how references of inbound schemas must be written to reach them.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    pub(crate) components: BTreeMap<String, Json>,
    inbound_names: BTreeMap<String, String>,
}

impl Merged {
    /// A type whose schemas of the two directions agree has one entry; otherwise `Chat` is what is sent and `ChatInput`
    /// what is received.
    pub(crate) fn new(inbound: &Needed<'_>, outbound: &Needed<'_>) -> Result<Self, DocumentError> {
        if let Some(name) = inbound.bad_key().or_else(|| outbound.bad_key()) {
            return Err(DocumentError::SchemaKey { name });
        }
        let inbound_names: BTreeMap<_, _> = differing(inbound, outbound)
            .into_iter()
            .map(|name| (name.clone(), format!("{name}Input")))
            .collect();
        let is_taken = |input| inbound.names.contains(input) || outbound.names.contains(input);
        if let Some((name, input)) = inbound_names.iter().find(|(_, input)| is_taken(*input)) {
            return Err(DocumentError::InputName {
                name: name.clone(),
                input: input.clone(),
            });
        }
        let mut components = BTreeMap::new();
        for (name, definition) in outbound.definitions() {
            components.insert(name.clone(), Json(definition.clone()));
        }
        for (name, definition) in inbound.definitions() {
            let mut definition = definition.clone();
            walk::rename(&mut definition, &inbound_names);
            let key = inbound_names.get(name).unwrap_or(name);
            components.insert(key.clone(), Json(definition));
        }
        Ok(Self {
            components,
            inbound_names,
        })
    }

    /// Makes the references of an inbound schema point to the merged components.
    pub(crate) fn point_inbound(&self, schema: &mut Value) {
        walk::rename(schema, &self.inbound_names);
    }
}

/// The components that one direction needs.
#[derive(Debug)]
pub(crate) struct Needed<'a> {
    pub(crate) names: BTreeSet<String>,
    schemas: &'a Schemas,
}

impl<'a> Needed<'a> {
    /// What can be reached from `roots`.
    pub(crate) fn new<'r>(
        schemas: &'a Schemas,
        roots: impl IntoIterator<Item = &'r Value>,
    ) -> Self {
        Self {
            names: walk::reachable(roots, schemas.definitions()),
            schemas,
        }
    }

    fn bad_key(&self) -> Option<String> {
        let escaped = self
            .names
            .iter()
            .find(|name| !names::is_component_key(name))?;
        // References escape what a key may not have; the author knows the name as it was written.
        let mut written = self
            .schemas
            .definitions()
            .keys()
            .filter(|name| !names::is_component_key(name));
        Some(written.next().unwrap_or(escaped).clone())
    }

    fn definitions(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.schemas
            .definitions()
            .iter()
            .filter(|(name, _)| self.names.contains(*name))
    }
}

/// Names needed by both directions whose schemas differ, or refer to something that differs.
fn differing(inbound: &Needed<'_>, outbound: &Needed<'_>) -> BTreeSet<String> {
    let shared: Vec<_> = inbound
        .definitions()
        .filter(|(name, _)| outbound.names.contains(*name))
        .filter_map(|(name, definition)| {
            Some((name, definition, outbound.schemas.definitions().get(name)?))
        })
        .collect();
    let mut differing: BTreeSet<String> = shared
        .iter()
        .filter(|(_, read, written)| read != written)
        .map(|(name, ..)| (*name).clone())
        .collect();
    loop {
        let more: Vec<String> = shared
            .iter()
            .filter(|(name, read, _)| {
                !differing.contains(*name) && !walk::targets(read).is_disjoint(&differing)
            })
            .map(|(name, ..)| (*name).clone())
            .collect();
        if more.is_empty() {
            return differing;
        }
        differing.extend(more);
    }
}
