//! What the document says beside the consumers: what the API is called, whose it is, where it runs.

use realtime_asyncapi::{
    model::{Contact, License},
    spec::{CloseCodeSpec, ServerSpec},
};

use super::RealtimeBuilder;
use crate::wire::CloseCode;

/// What the builder was told for the document.
#[derive(Debug)]
pub(super) struct About {
    pub(super) title: String,
    pub(super) version: String,
    pub(super) description: Option<String>,
    pub(super) id: Option<String>,
    pub(super) contact: Option<Contact>,
    pub(super) license: Option<License>,
    pub(super) tags: Vec<(String, String)>,
    pub(super) servers: Vec<ServerSpec>,
    /// In ascending order.
    pub(super) close_codes: Vec<CloseCodeSpec>,
}

impl Default for About {
    fn default() -> Self {
        Self {
            title: "Realtime API".to_owned(),
            version: "0.0.0".to_owned(),
            description: None,
            id: None,
            contact: None,
            license: None,
            tags: Vec::new(),
            servers: Vec::new(),
            close_codes: CloseCode::TABLE.to_vec(),
        }
    }
}

impl RealtimeBuilder {
    /// Title and version of the API in the document, for example `env!("CARGO_PKG_VERSION")`.
    pub fn info(mut self, title: impl Into<String>, version: impl Into<String>) -> Self {
        self.about.title = title.into();
        self.about.version = version.into();
        self
    }

    /// Description of the API in the document, CommonMark.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.about.description = Some(description.into());
        self
    }

    /// A close code of the application's own in the document: its `snake_case` name, one sentence about it, and whether a
    /// client should connect again.
    ///
    /// A code that the framework uses, too, keeps its row with these words in place of its own.
    pub fn close_code(
        mut self,
        code: CloseCode,
        name: &'static str,
        summary: &'static str,
        reconnect: bool,
    ) -> Self {
        let row = CloseCodeSpec {
            code: code.as_u16(),
            name,
            summary,
            reconnect,
        };
        let place = self
            .about
            .close_codes
            .binary_search_by_key(&row.code, |row| row.code);
        match place {
            Ok(index) => self.about.close_codes[index] = row,
            Err(index) => self.about.close_codes.insert(index, row),
        }
        self
    }

    /// A URI in the document that tells the application from every other one, as its home page does.
    pub fn document_id(mut self, uri: impl Into<String>) -> Self {
        self.about.id = Some(uri.into());
        self
    }

    /// Whom to ask about the API, and where: a name and a URL.
    pub fn document_contact(mut self, name: impl Into<String>, url: impl Into<String>) -> Self {
        self.about.contact = Some(Contact {
            name: Some(name.into()),
            url: Some(url.into()),
            ..Contact::default()
        });
        self
    }

    /// The license of the API in the document, for example `env!("CARGO_PKG_LICENSE")`, and the URL of its text.
    pub fn document_license(mut self, name: impl Into<String>, url: impl Into<String>) -> Self {
        self.about.license = Some(License {
            name: name.into(),
            url: Some(url.into()),
            ..License::default()
        });
        self
    }

    /// What a tag of handlers stands for, CommonMark; may be called for each tag.
    ///
    /// The handlers name their tags themselves: `#[ws_handler(tags("reading"))]`.
    pub fn document_tag(mut self, name: impl Into<String>, description: impl Into<String>) -> Self {
        self.about.tags.push((name.into(), description.into()));
        self
    }

    /// A server in the document: a name, and `host[:port]` without scheme or path. `tls`: `wss` instead of `ws`.
    pub fn document_server(mut self, name: &str, host: &str, tls: bool) -> Self {
        self.about.servers.push(ServerSpec {
            name: name.to_owned(),
            host: host.to_owned(),
            protocol: if tls { "wss" } else { "ws" },
            description: None,
        });
        self
    }
}
