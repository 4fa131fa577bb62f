//! What could be better in a document that breaks no rule.

use serde_json::{Map, Value};

use crate::check::Finding;
use crate::model::{Document, RefOr, escaped};
use crate::schemas::walk;

/// What JavaScript holds exactly.
const MOST: f64 = 9_007_199_254_740_992.0;

/// Hints for a document that breaks no rule; empty where there are none.
///
/// Looks for what readers miss (servers, summaries, descriptions of parameters), for integers that programs in JavaScript
/// cannot hold, and for alternatives that no constant tells apart.
pub fn lint(document: &Document) -> Vec<Finding> {
    let mut hints = Hints::default();
    hints.root(document);
    hints.channels(document);
    hints.operations(document);
    hints.messages(document);
    for (key, schema) in &document.components.schemas {
        hints.schema(
            document,
            &format!("/components/schemas/{}", escaped(key)),
            &schema.0,
        );
    }
    hints.0
}

#[derive(Default)]
struct Hints(Vec<Finding>);

impl Hints {
    fn hint(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.0.push(Finding {
            pointer: pointer.into(),
            message: message.into(),
        });
    }

    fn root(&mut self, document: &Document) {
        if document.info.description.is_none() {
            self.hint(
                "/info",
                "a description would say what the application is for",
            );
        }
        if document.servers.is_empty() {
            self.hint("/servers", "no server says where the application runs");
        }
    }

    fn channels(&mut self, document: &Document) {
        let resolver = document.resolver();
        for (key, item) in &document.channels {
            let Ok(channel) = resolver.resolve(item) else {
                continue;
            };
            let pointer = format!("/channels/{}", escaped(key));
            if channel.summary.is_none() && channel.description.is_none() {
                self.hint(&pointer, "has neither summary nor description");
            }
            for (name, parameter) in &channel.parameters {
                let parameter = resolver.resolve(parameter);
                if parameter.is_ok_and(|parameter| parameter.description.is_none()) {
                    let pointer = format!("{pointer}/parameters/{}", escaped(name));
                    self.hint(pointer, "has no description");
                }
            }
        }
    }

    fn operations(&mut self, document: &Document) {
        for (key, item) in &document.operations {
            let RefOr::Item(operation) = item else {
                continue;
            };
            if operation.summary.is_none() && operation.description.is_none() {
                let pointer = format!("/operations/{}", escaped(key));
                self.hint(pointer, "has neither summary nor description");
            }
        }
    }

    fn messages(&mut self, document: &Document) {
        let in_channels = document.channels.iter().filter_map(|(key, channel)| {
            let pointer = format!("/channels/{}/messages", escaped(key));
            Some((pointer, channel.item()?.messages.iter().collect::<Vec<_>>()))
        });
        let components = document.components.messages.iter().collect::<Vec<_>>();
        let components = ("/components/messages".to_owned(), components);
        for (pointer, messages) in in_channels.chain([components]) {
            for (key, item) in messages {
                let RefOr::Item(message) = item else { continue };
                let pointer = format!("{pointer}/{}", escaped(key));
                if message.summary.is_none() && message.description.is_none() {
                    self.hint(&pointer, "has neither summary nor description");
                }
                match &message.payload {
                    None => self.hint(&pointer, "has no payload, so any frame is one"),
                    Some(payload) => {
                        self.schema(document, &format!("{pointer}/payload"), &payload.0);
                    }
                }
            }
        }
    }

    fn schema(&mut self, document: &Document, pointer: &str, schema: &Value) {
        let mut hints = std::collections::BTreeSet::new();
        walk::visit(schema, &mut |object| {
            if is_wide_integer(object) {
                hints.insert(
                    "integers beyond 2^53 lose digits in JavaScript; a `maximum`, or a string, keeps them",
                );
            }
            if has_lookalikes(document, object) {
                hints.insert("no property with a constant tells the alternatives apart");
            }
        });
        for hint in hints {
            self.hint(pointer, hint);
        }
    }
}

fn is_wide_integer(schema: &Map<String, Value>) -> bool {
    let format = schema.get("format").and_then(Value::as_str);
    let is_wide = matches!(format, Some("int64" | "uint64" | "int128" | "uint128"));
    let maximum = ["maximum", "exclusiveMaximum"]
        .iter()
        .find_map(|keyword| schema.get(*keyword)?.as_f64());
    is_wide && maximum.is_none_or(|maximum| maximum > MOST)
}

/// Whether two branches are objects without a constant.
fn has_lookalikes(document: &Document, schema: &Map<String, Value>) -> bool {
    let branches = ["anyOf", "oneOf"]
        .iter()
        .find_map(|keyword| schema.get(*keyword)?.as_array());
    let bare = |branch: &&Value| {
        let branch = match branch.as_object().and_then(walk::target) {
            Some(name) => document
                .components
                .schemas
                .get(name)
                .map(|schema| &schema.0),
            None => Some(*branch),
        };
        let properties = branch.and_then(|branch| branch.get("properties")?.as_object());
        properties.is_some_and(|properties| {
            !properties
                .values()
                .any(|property| property.get("const").is_some())
        })
    };
    branches.is_some_and(|branches| branches.iter().filter(bare).count() > 1)
}
