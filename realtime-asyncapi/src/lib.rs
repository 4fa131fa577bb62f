//! AsyncAPI 3.0 documents for WebSocket consumers.

mod error;
pub mod model;
pub mod spec;

pub use self::error::DocumentError;
pub use self::model::Document;

use self::spec::AppSpec;

/// Makes the document of an application.
///
/// # Errors
///
/// Two types of one schema name, two messages of one tag, an address whose parameters nobody declares, and whatever
/// else [`DocumentError`] names.
pub fn document(app: &AppSpec) -> Result<Document, DocumentError> {
    Ok(Document {
        asyncapi: "3.0.0".to_owned(),
        info: model::Info {
            title: app.title.clone(),
            version: app.version.clone(),
            description: app.description.clone(),
            extensions: model::Extensions::new(),
        },
        default_content_type: Some("application/json".to_owned()),
        servers: indexmap::IndexMap::new(),
        channels: indexmap::IndexMap::new(),
        operations: indexmap::IndexMap::new(),
        components: model::Components::default(),
        extensions: model::Extensions::new(),
    })
}
