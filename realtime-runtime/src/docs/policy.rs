//! What the page may load, and where it may connect to.

use realtime_asyncapi::Document;

/// The page is made by scripts from text that others wrote: no inline script or style, and no text that becomes markup.
const FIXED: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; connect-src 'self'";

/// The policy of the page: its console reaches this server, and those of the document.
pub(super) fn content_security_policy(document: &Document) -> String {
    let mut sources: Vec<String> = Vec::new();
    let servers = document.servers.values();
    for server in servers.filter_map(|server| server.item()) {
        let is_socket = matches!(&*server.protocol, "ws" | "wss");
        // Anything else would end the directive, or is no source of this grammar (CSP3 § 2.3.1).
        let is_source = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
        if is_socket && !server.host.is_empty() && server.host.chars().all(is_source) {
            let source = format!(" {}://{}", server.protocol, server.host);
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
    }
    FIXED.to_owned() + &sources.concat()
}
