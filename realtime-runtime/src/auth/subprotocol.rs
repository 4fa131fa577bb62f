//! Subprotocols of a handshake (RFC 6455 § 1.9), which browsers also carry tokens in.

use http::{HeaderMap, HeaderValue, header, request::Parts};

/// The subprotocol that is answered.
#[derive(Clone, Debug)]
pub(crate) struct Selected(pub(crate) HeaderValue);

/// The subprotocols that a client offers, in its order (RFC 6455 § 4.1).
pub fn offered_subprotocols(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(',').map(str::trim))
        .filter(|offered| !offered.is_empty())
}

/// Answers with one of the subprotocols that the client offers, from an [`Authenticator`](super::Authenticator) that found
/// its token among them. `false`: the client does not offer it.
///
/// A browser ends a connection whose answer names none of those that it offers. `#[on_connect]` may select another.
pub fn select_subprotocol(request: &mut Parts, protocol: &str) -> bool {
    let offered = offered_subprotocols(&request.headers).any(|offered| offered == protocol);
    match HeaderValue::from_str(protocol) {
        Ok(value) if offered => {
            request.extensions.insert(Selected(value));
            true
        }
        _ => false,
    }
}
