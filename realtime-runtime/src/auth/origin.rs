//! The origin check: a page of another site may not open a socket with its visitor's cookies.

use http::{HeaderMap, Uri, header};

/// Which origins may connect.
#[derive(Clone, Debug, Default)]
pub(crate) enum OriginPolicy {
    /// The host and port of `Origin` equal those of `Host`.
    #[default]
    SameHost,
    /// One of these.
    Listed(Vec<Pattern>),
    /// Any, or none at all.
    Any,
}

/// An origin that cannot be in the allow-list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an origin: write `https://example.com`, `https://example.com:8443`, `example.com`, \
     or `.example.com` for a domain with its subdomains"
)]
pub struct OriginError(pub(crate) String);

/// An entry of the allow-list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// Scheme and port; an entry without them compares the host only, of an origin whose port is known.
    exact: Option<(String, Option<u16>)>,
    host: String,
    subdomains: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Origin {
    scheme: String,
    host: String,
    /// `None`: it has none, and its scheme no default one, as in `capacitor://localhost`.
    port: Option<u16>,
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    }
}

impl Origin {
    /// `scheme://host[:port]` and nothing behind it (RFC 6454 § 6.2).
    fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let (host, port) = host_and_port(authority)?;
        let port = port.or_else(|| default_port(&scheme));
        Some(Self { scheme, host, port })
    }
}

/// Splits `host[:port]`; the host may be a bracketed IPv6 address.
fn host_and_port(authority: &str) -> Option<(String, Option<u16>)> {
    let end = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    let (host, port) = match authority[end..].find(':') {
        Some(colon) => {
            let (host, port) = authority.split_at(end + colon);
            (host, Some(port[1..].parse().ok()?))
        }
        None => (authority, None),
    };
    let bracketed = host.starts_with('[') && host.ends_with(']');
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') || bracketed;
    if host.is_empty() || !host.chars().all(fits) {
        return None;
    }
    Some((host.to_ascii_lowercase(), port))
}

impl Pattern {
    pub(crate) fn parse(text: &str) -> Result<Self, OriginError> {
        let refuse = || OriginError(text.to_owned());
        if text.contains('*') {
            return Err(refuse());
        }
        if text.contains("://") {
            let Origin { scheme, host, port } = Origin::parse(text).ok_or_else(refuse)?;
            return Ok(Self {
                exact: Some((scheme, port)),
                host,
                subdomains: false,
            });
        }
        let (bare, subdomains) = match text.strip_prefix('.') {
            Some(domain) => (domain, true),
            None => (text, false),
        };
        match host_and_port(bare) {
            Some((host, None)) => Ok(Self {
                exact: None,
                host,
                subdomains,
            }),
            _ => Err(refuse()),
        }
    }

    fn allows(&self, origin: &Origin) -> bool {
        let fits = match &self.exact {
            Some((scheme, port)) => *scheme == origin.scheme && *port == origin.port,
            None => origin.port.is_some(),
        };
        if !fits {
            return false;
        }
        origin.host == self.host
            || self.subdomains
                && origin
                    .host
                    .strip_suffix(&self.host)
                    .is_some_and(|rest| rest.ends_with('.'))
    }
}

impl OriginPolicy {
    /// The rule that refuses the request, if one does.
    pub(crate) fn refuses(&self, uri: &Uri, headers: &HeaderMap) -> Option<&'static str> {
        if matches!(self, Self::Any) {
            return None;
        }
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let Some(origin) = origins.next() else {
            return Some("there is no Origin");
        };
        if origins.next().is_some() {
            return Some("there are several Origins");
        }
        let Some(origin) = origin.to_str().ok().and_then(Origin::parse) else {
            return Some("the Origin is not `scheme://host[:port]`");
        };
        let allowed = match self {
            Self::Any => true,
            Self::Listed(patterns) => patterns.iter().any(|pattern| pattern.allows(&origin)),
            Self::SameHost => same_host(&origin, uri, headers),
        };
        if allowed {
            None
        } else {
            Some(match self {
                Self::Listed(_) => "the Origin is not in the list",
                _ => "the Origin is not the Host",
            })
        }
    }
}

fn same_host(origin: &Origin, uri: &Uri, headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = host.or_else(|| uri.authority().map(|authority| authority.as_str()));
    let Some((host, port)) = host.and_then(host_and_port) else {
        return false;
    };
    // A Host without port means the default one of the origin's own scheme: behind a proxy ours is not known.
    let port = port.or_else(|| default_port(&origin.scheme));
    origin.host == host && port.is_some() && origin.port == port
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(origin: Option<&str>, host: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    fn allows(policy: &OriginPolicy, origin: &str, host: &str) -> bool {
        policy
            .refuses(&Uri::from_static("/ws"), &headers(Some(origin), host))
            .is_none()
    }

    fn listed(patterns: &[&str]) -> OriginPolicy {
        OriginPolicy::Listed(
            patterns
                .iter()
                .map(|text| Pattern::parse(text).unwrap())
                .collect(),
        )
    }

    #[test]
    fn by_default_host_and_port_of_the_origin_equal_those_of_the_host() {
        let policy = OriginPolicy::SameHost;
        assert!(allows(&policy, "http://localhost:3000", "localhost:3000"));
        assert!(allows(&policy, "https://Example.com", "example.com"));
        assert!(allows(&policy, "https://example.com:443", "example.com"));
        assert!(allows(&policy, "http://[::1]:3000", "[::1]:3000"));
        assert!(!allows(&policy, "http://localhost:3001", "localhost:3000"));
        assert!(!allows(&policy, "http://localhost", "localhost:3000"));
        assert!(!allows(&policy, "http://localhost:3000", "localhost"));
        assert!(!allows(&policy, "http://evil.example", "example.com"));
        assert!(!allows(&policy, "http://example.com.evil", "example.com"));
    }

    #[test]
    fn a_missing_an_empty_a_null_and_a_hostless_origin_are_refused() {
        for policy in [OriginPolicy::SameHost, listed(&["localhost"])] {
            for origin in [
                "",
                "null",
                "http://",
                "file://",
                "localhost",
                "http://localhost/path",
            ] {
                assert!(!allows(&policy, origin, "localhost"), "{origin:?}");
            }
            let missing = headers(None, "localhost");
            assert!(policy.refuses(&Uri::from_static("/ws"), &missing).is_some());
        }
    }

    #[test]
    fn only_any_origin_accepts_a_missing_one() {
        let missing = headers(None, "localhost");
        assert_eq!(
            OriginPolicy::Any.refuses(&Uri::from_static("/ws"), &missing),
            None
        );
    }

    #[test]
    fn a_leading_dot_stands_for_the_domain_and_its_subdomains() {
        let policy = listed(&[".example.com"]);
        assert!(allows(&policy, "https://example.com", "x"));
        assert!(allows(&policy, "http://a.example.com:8080", "x"));
        assert!(!allows(&policy, "https://badexample.com", "x"));
    }

    #[test]
    fn an_entry_with_a_scheme_compares_scheme_and_port() {
        let policy = listed(&["https://example.com"]);
        assert!(allows(&policy, "https://example.com", "x"));
        assert!(allows(&policy, "https://example.com:443", "x"));
        assert!(!allows(&policy, "https://example.com:8443", "x"));
        assert!(!allows(&policy, "http://example.com", "x"));
    }

    #[test]
    fn an_entry_without_a_scheme_compares_the_host_only() {
        assert!(allows(
            &listed(&["example.com"]),
            "http://example.com:9999",
            "x"
        ));
    }

    #[test]
    fn an_entry_whose_scheme_has_no_default_port_compares_scheme_host_and_port() {
        for app in [
            "capacitor://localhost",
            "tauri://localhost",
            "chrome-extension://abc",
        ] {
            assert!(allows(&listed(&[app]), app, "x"), "{app}");
        }
        let policy = listed(&["capacitor://localhost"]);
        assert!(!allows(&policy, "ionic://localhost", "x"));
        assert!(!allows(&policy, "capacitor://elsewhere", "x"));
        assert!(!allows(&policy, "capacitor://localhost:80", "x"));
    }

    #[test]
    fn an_origin_without_a_known_port_is_neither_the_host_nor_an_entry_without_a_scheme() {
        for policy in [OriginPolicy::SameHost, listed(&["localhost"])] {
            assert!(!allows(&policy, "capacitor://localhost", "localhost"));
        }
    }

    #[test]
    fn a_wildcard_is_refused_at_start() {
        for text in [
            "*",
            "*.example.com",
            "https://*.example.com",
            "",
            "example.com:80",
            "a b",
        ] {
            assert_eq!(Pattern::parse(text), Err(OriginError(text.to_owned())));
        }
    }
}
