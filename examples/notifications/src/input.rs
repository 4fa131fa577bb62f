//! What a notification may say, and where it may lead.

use example_shared::input::{Wrong, no_longer};

/// Any number of lines, of at most `longest` characters together.
pub(crate) fn lines(field: &'static str, value: &str, longest: usize) -> Result<String, Wrong> {
    // A form sends line ends as CR LF.
    let value = value.replace("\r\n", "\n");
    if value
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
    {
        return Err(Wrong::new(field, "must not have control characters"));
    }
    no_longer(field, &value, longest)
}

/// An `http` or `https` address, or a path on this server.
pub(crate) fn link(value: &str) -> Result<String, Wrong> {
    const LONGEST: usize = 2000;
    if !leads_somewhere_safe(value) {
        return Err(Wrong::new(
            "url",
            "must be an http or https address, or a path that begins with one slash",
        ));
    }
    no_longer("url", value, LONGEST)
}

/// Browsers drop control characters and white space before they read an address, and take a backslash for a slash:
/// with any of these an address may not be what it seems.
fn leads_somewhere_safe(value: &str) -> bool {
    if value
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return false;
    }
    if let Some(path) = value.strip_prefix('/') {
        // Two slashes begin the name of another host.
        return !path.starts_with('/');
    }
    ["http://", "https://"].iter().any(|scheme| {
        let Some((start, rest)) = value.split_at_checked(scheme.len()) else {
            return false;
        };
        start.eq_ignore_ascii_case(scheme)
            && !rest.starts_with(['/', '?', '#', '@', ':'])
            && !rest.is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_http_or_to_a_path() {
        for good in [
            "http://a",
            "https://example.org/x?y=%20#z",
            "HTTPS://EXAMPLE.org",
            "/",
            "/orders/7?tab=a#b",
        ] {
            assert_eq!(link(good).as_deref(), Ok(good));
        }
        for bad in [
            "",
            " ",
            "orders/7",
            "#top",
            "?q",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/a b",
            "http:evil",
            "http:/evil",
            "http://",
            "http:///evil",
            "http://@",
            "https://?",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            " javascript:alert(1)",
            "java\nscript:alert(1)",
            "\u{1}javascript:alert(1)",
            "data:text/html,x",
            "ftp://example.org",
            "file:///etc/passwd",
            "mailto:a@example.org",
            "ws://example.org",
            "http",
            "ht",
            "ü",
            "hттp://example.org",
        ] {
            assert!(link(bad).is_err(), "{bad:?} was taken");
        }
        assert!(link(&format!("/{}", "a".repeat(2000))).is_err());
    }

    #[test]
    fn lines_are_bounded_and_clean() {
        assert_eq!(lines("body", "a\r\nb\tc", 9).as_deref(), Ok("a\nb\tc"));
        assert!(lines("body", "a\u{1b}[31m", 9).is_err());
        assert!(lines("body", "abcd", 3).is_err());
    }
}
