//! Cookies of a request (RFC 6265 § 5.4).

use http::{HeaderMap, header};

/// The values of the cookies of that name, as they are written.
pub(super) fn cookies(headers: &HeaderMap, name: &str) -> Vec<String> {
    let mut values = Vec::new();
    for header in headers.get_all(header::COOKIE) {
        // What is not text is kept, though garbled: it is a bad cookie, not a missing one.
        let header = String::from_utf8_lossy(header.as_bytes());
        let pairs = header.split(';').filter_map(|pair| pair.split_once('='));
        let named = pairs.filter(|(found, _)| found.trim() == name);
        values.extend(named.map(|(_, value)| value.trim().to_owned()));
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cookie_of_the_name_is_found_and_no_other() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=1; token=x; b=token=2".parse().unwrap());
        headers.append(header::COOKIE, "tokens=3;token=y=; token".parse().unwrap());
        let garbled = http::HeaderValue::from_bytes(b"token=\xFF").unwrap();
        headers.append(header::COOKIE, garbled);
        assert_eq!(cookies(&headers, "token"), ["x", "y=", "\u{FFFD}"]);
        assert!(cookies(&headers, "Token").is_empty());
    }
}
