//! The page that shows the document, and talks to the server: plain files that are part of the program.

mod files;
mod policy;

use axum::{
    http::HeaderMap,
    routing::{MethodRouter, get},
};
use realtime_asyncapi::Document;

use files::File;

/// Where the documentation is served, and what it shows beside the channels.
///
/// ```
/// use realtime_runtime::{Docs, Realtime};
///
/// # fn main() -> Result<(), realtime_runtime::BuildError> {
/// let docs = Docs::at("/docs").openapi("/openapi.json");
/// let realtime = Realtime::builder().docs(docs).build()?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Docs {
    path: String,
    openapi: Option<String>,
}

impl Docs {
    /// The page at this path, with and without a slash at its end, and its files below it. It has no parameters.
    pub fn at(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            openapi: None,
        }
    }

    /// Where the application serves the OpenAPI document of its HTTP endpoints: the page lists them, too.
    ///
    /// A path on this server, behind the same prefix as the page if there is one. The page does without what it cannot
    /// fetch.
    #[must_use]
    pub fn openapi(mut self, path: impl Into<String>) -> Self {
        self.openapi = Some(path.into());
        self
    }

    /// The path without the slash at its end: nothing for the root.
    fn base(&self) -> &str {
        self.path.strip_suffix('/').unwrap_or(&self.path)
    }

    /// What it names that is no path, as `is_path` says.
    pub(crate) fn not_a_path(&self, is_path: fn(&str) -> bool) -> Option<&str> {
        let fits = |path: &str| {
            // As a browser would ask for it: nothing that it encodes, and no segment that it leaves out.
            let odd = |c: char| !c.is_ascii_graphic() || matches!(c, '{' | '\\' | '%');
            let dots = |segment| matches!(segment, "." | "..");
            let is_plain = !path.contains(odd) && !path.split('/').any(dots);
            is_path(path) && !path.starts_with("//") && is_plain
        };
        let named = [Some(&*self.path), self.openapi.as_deref()];
        named.into_iter().flatten().find(|path| !fits(path))
    }

    /// The paths of all files, each with what answers there.
    pub(crate) fn routes(&self, document: &Document) -> Vec<(String, MethodRouter)> {
        let base = self.base();
        let policy = policy::content_security_policy(document);
        let mut routes = vec![(format!("{base}/"), File::page("./", self, &policy))];
        if let Some((_, last)) = base.rsplit_once('/') {
            // Relative to the path without the slash: it works behind any prefix, and needs no redirect.
            let below = format!("./{last}/");
            routes.push((base.to_owned(), File::page(&below, self, &policy)));
        }
        let rest = files::assets().chain(files::documents(document));
        routes.extend(rest.map(|(name, file)| (format!("{base}/{name}"), file)));
        let serve =
            |file: File| get(move |headers: HeaderMap| std::future::ready(file.answer(&headers)));
        routes
            .into_iter()
            .map(|(path, file)| (path, serve(file)))
            .collect()
    }
}

/// [`Docs::at`] that path.
impl From<&str> for Docs {
    fn from(path: &str) -> Self {
        Self::at(path)
    }
}
