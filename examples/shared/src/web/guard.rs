//! What holds for every request and every answer.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode, Uri};

use super::error::HttpError;

/// Everything comes from here, no script or style stands in a page, and no script can make markup of a text.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
    trusted-types 'none'";

/// A page of another site may make a browser send a POST with our cookie. The browser then says where it came from.
pub(super) async fn refuse_foreign_posts(request: Request, next: Next) -> Response {
    if request.method() == Method::POST && !comes_from_here(request.headers()) {
        tracing::warn!(origin = ?request.headers().get(header::ORIGIN), path = request.uri().path(), "foreign POST refused");
        return HttpError::new(
            StatusCode::FORBIDDEN,
            "foreign_origin",
            "Another site sent this request.",
        )
        .into_response();
    }
    next.run(request).await
}

/// Whether the origin, if there is one, is the host that was asked. Programs that are no browser send none.
fn comes_from_here(headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => is_host(origin, headers.get(header::HOST)).unwrap_or(false),
        (Some(_), Some(_)) => false,
    }
}

fn is_host(origin: &HeaderValue, host: Option<&HeaderValue>) -> Option<bool> {
    let origin: Uri = origin.to_str().ok()?.parse().ok()?;
    let default_port = match origin.scheme_str()? {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let origin = origin.authority()?;
    let host: http::uri::Authority = host?.to_str().ok()?.parse().ok()?;
    let port = |authority: &http::uri::Authority| authority.port_u16().unwrap_or(default_port);
    Some(origin.host().eq_ignore_ascii_case(host.host()) && port(origin) == port(&host))
}

/// Headers of every answer.
pub(super) async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: with that a browser sends `Origin: null` with our own forms.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(origins: &[&'static str], host: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(host));
        for origin in origins {
            headers.append(header::ORIGIN, HeaderValue::from_static(origin));
        }
        comes_from_here(&headers)
    }

    #[test]
    fn only_the_host_itself_or_no_origin_passes() {
        assert!(check(&[], "here:3000"));
        assert!(check(&["http://here:3000"], "here:3000"));
        assert!(check(&["http://HERE:3000"], "here:3000"));
        assert!(
            check(&["https://here"], "here"),
            "behind a proxy that ends TLS"
        );
        assert!(check(&["http://here"], "here:80"));
        assert!(check(&["http://[::1]:3000"], "[::1]:3000"));
        for foreign in [
            "",
            "null",
            "here:3000",
            "http://",
            "http://there:3000",
            "http://here",
            "http://here:3001",
            "http://here:3000.evil.example",
            "http://evil.example/here:3000",
            "ftp://here:3000",
            "file://",
        ] {
            assert!(!check(&[foreign], "here:3000"), "{foreign:?} passed");
        }
        assert!(!check(
            &["http://here:3000", "http://evil.example"],
            "here:3000"
        ));
        assert!(!check(&["http://here:3000"], ""));
    }
}
