//! Close codes: one table that server, document and clients share.

use http::StatusCode;
use realtime_asyncapi::spec::CloseCodeSpec;

/// A WebSocket close code (RFC 6455 § 7.4).
///
/// RFC codes are used where they fit; otherwise 4000 + the HTTP status that says the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CloseCode(u16);

macro_rules! close_codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $wire:literal, reconnect: $reconnect:literal;)+) => {
        impl CloseCode {
            $($(#[doc = $doc])+ pub const $name: Self = Self($code);)+

            /// Every code that the framework itself sends or answers, in ascending order.
            pub const TABLE: &'static [CloseCodeSpec] = &[
                $(CloseCodeSpec {
                    code: $code,
                    name: $wire,
                    summary: concat!($($doc),+).trim_ascii(),
                    reconnect: $reconnect,
                },)+
            ];
        }
    };
}

close_codes! {
    /// The conversation is over as intended.
    NORMAL = 1000, "normal", reconnect: false;
    /// The peer is leaving, for example a closed tab.
    GOING_AWAY = 1001, "going_away", reconnect: true;
    /// The peer broke the WebSocket protocol.
    PROTOCOL_ERROR = 1002, "protocol_error", reconnect: false;
    /// A text message was not UTF-8.
    INVALID_UTF8 = 1007, "invalid_utf8", reconnect: false;
    /// A message was larger than the limit.
    TOO_BIG = 1009, "too_big", reconnect: false;
    /// The server failed to set the connection up, or to go on with it.
    INTERNAL = 1011, "internal", reconnect: true;
    /// The server restarts; connect again.
    SERVICE_RESTART = 1012, "service_restart", reconnect: true;
    /// The client read too slowly; connect again.
    SLOW_CONSUMER = 1013, "slow_consumer", reconnect: true;
    /// The request to connect was malformed, for example its query.
    BAD_REQUEST = 4400, "bad_request", reconnect: false;
    /// Not signed in, or signed out since.
    UNAUTHENTICATED = 4401, "unauthenticated", reconnect: false;
    /// Signed in, but not allowed.
    FORBIDDEN = 4403, "forbidden", reconnect: false;
    /// What the path names does not exist.
    NOT_FOUND = 4404, "not_found", reconnect: false;
    /// No pong came in time.
    NO_PONG = 4408, "no_pong", reconnect: true;
    /// Too many connections; try again later.
    TOO_MANY = 4429, "too_many", reconnect: true;
}

impl CloseCode {
    /// A code of the application's own, 3000 to 4999 (RFC 6455 § 7.4.2); `None` outside.
    pub const fn application(code: u16) -> Option<Self> {
        if code >= 3000 && code <= 4999 {
            Some(Self(code))
        } else {
            None
        }
    }

    /// 4000 + the HTTP status.
    pub fn from_status(status: StatusCode) -> Self {
        Self(4000 + status.as_u16())
    }

    /// A code that another node has named.
    pub(crate) const fn known(code: u16) -> Self {
        Self(code)
    }

    /// The number on the wire.
    pub const fn as_u16(self) -> u16 {
        self.0
    }

    /// Its name in the table, if it is there.
    pub fn name(self) -> Option<&'static str> {
        Self::TABLE
            .iter()
            .find(|row| row.code == self.0)
            .map(|row| row.name)
    }

    /// Reads a code that a peer sent; `None` for one that may not appear on the wire.
    pub(crate) const fn from_wire(code: u16) -> Option<Self> {
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(code)),
            _ => None,
        }
    }
}

impl std::fmt::Debug for CloseCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::fmt::Display for CloseCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} {name}", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

impl PartialEq<u16> for CloseCode {
    fn eq(&self, other: &u16) -> bool {
        self.0 == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_ascending_order_and_names_are_unique() {
        for pair in CloseCode::TABLE.windows(2) {
            assert!(pair[0].code < pair[1].code);
            assert_ne!(pair[0].name, pair[1].name);
        }
    }

    #[test]
    fn codes_that_may_not_be_on_the_wire_are_refused() {
        for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, u16::MAX] {
            assert_eq!(CloseCode::from_wire(code), None, "{code}");
        }
    }
}
