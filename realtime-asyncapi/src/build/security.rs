//! Security schemes, and where they are required.

use std::collections::BTreeMap;

use crate::model::{RefOr, Reference, SecurityScheme};
use crate::names::{self, Keys};
use crate::spec::{AppSpec, SecuritySpec};

/// The schemes of an application under their keys.
#[derive(Debug)]
pub(crate) struct Security<'a> {
    schemes: Vec<(String, &'a SecuritySpec)>,
    /// Whether the servers require it, for all channels alike; a channel has no `security` of its own.
    on_servers: bool,
}

impl<'a> Security<'a> {
    pub(crate) fn new(app: &'a AppSpec) -> Self {
        let mut keys = Keys::default();
        let mut schemes: Vec<(String, &SecuritySpec)> = Vec::new();
        for spec in app.channels.iter().flat_map(|channel| &channel.security) {
            if !schemes.iter().any(|(_, known)| *known == spec) {
                schemes.push((keys.take(&key(spec)), spec));
            }
        }
        let same = app
            .channels
            .windows(2)
            .all(|pair| pair[0].security == pair[1].security);
        Self {
            schemes,
            on_servers: same && !app.servers.is_empty(),
        }
    }

    /// What a server requires, given the alternatives of any channel.
    pub(crate) fn of_servers(&self, app: &AppSpec) -> Vec<RefOr<SecurityScheme>> {
        let first = app.channels.first().filter(|_| self.on_servers);
        first
            .map(|channel| self.references(&channel.security))
            .unwrap_or_default()
    }

    /// What the operations of a channel require beside what the servers do.
    pub(crate) fn of_operations(
        &self,
        alternatives: &[SecuritySpec],
    ) -> Vec<RefOr<SecurityScheme>> {
        if self.on_servers {
            Vec::new()
        } else {
            self.references(alternatives)
        }
    }

    fn references(&self, alternatives: &[SecuritySpec]) -> Vec<RefOr<SecurityScheme>> {
        let key_of = |spec| self.schemes.iter().find(|(_, known)| *known == spec);
        let keys = alternatives.iter().filter_map(key_of);
        keys.map(|(key, _)| RefOr::Ref(Reference::to(["components", "securitySchemes", key])))
            .collect()
    }

    pub(crate) fn components(&self) -> BTreeMap<String, RefOr<SecurityScheme>> {
        self.schemes
            .iter()
            .map(|(key, spec)| (key.clone(), RefOr::Item(scheme(spec))))
            .collect()
    }
}

fn key(spec: &SecuritySpec) -> String {
    match spec {
        SecuritySpec::Cookie { name, .. } => names::lower_camel(name) + "Cookie",
        SecuritySpec::Query { name, .. } => names::lower_camel(name) + "Query",
        SecuritySpec::Header { name, .. } => names::lower_camel(name) + "Header",
        SecuritySpec::Bearer { .. } => "bearer".to_owned(),
    }
}

fn scheme(spec: &SecuritySpec) -> SecurityScheme {
    let api_key = |location: &str, name: &String, description: &Option<String>| SecurityScheme {
        kind: "httpApiKey".to_owned(),
        description: description.clone(),
        name: Some(name.clone()),
        location: Some(location.to_owned()),
        ..SecurityScheme::default()
    };
    match spec {
        SecuritySpec::Cookie { name, description } => api_key("cookie", name, description),
        SecuritySpec::Query { name, description } => api_key("query", name, description),
        SecuritySpec::Header { name, description } => api_key("header", name, description),
        SecuritySpec::Bearer {
            format,
            description,
        } => SecurityScheme {
            kind: "http".to_owned(),
            description: description.clone(),
            scheme: Some("bearer".to_owned()),
            bearer_format: format.clone(),
            ..SecurityScheme::default()
        },
    }
}
