//! `Jwt`: which tokens are good.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use realtime_runtime::auth::jwt::{Jwt, NoClaims};
use realtime_testing::TestApp;
use serde_json::{Value, json};

use crate::{
    closed,
    tokens::{
        Claims, ED, ED_PUBLIC, RSA, RSA_PUBLIC, SECRET, base64, claims, claims_with, in_seconds,
        inbox, sign, sign_with,
    },
};

const INVALID: &str = "close 4401 unauthenticated: the token is not valid";
const EXPIRED: &str = "close 4401 unauthenticated: the token has expired";

fn jwt() -> Jwt {
    Jwt::from_secret(SECRET)
}

fn rsa() -> Jwt {
    Jwt::new(
        Algorithm::RS256,
        DecodingKey::from_rsa_pem(RSA_PUBLIC).unwrap(),
    )
}

/// The user of a token, or why it is refused.
fn verified(jwt: &Jwt, token: &str) -> String {
    match jwt.verify::<Claims>(token) {
        Ok(token) => token.subject.unwrap_or_default(),
        Err(reject) => format!("{reject:?}"),
    }
}

#[test]
fn a_token_is_read_with_its_claims() {
    let exp = in_seconds(3600);
    let token = jwt()
        .verify::<Claims>(&sign(&claims_with(json!({"exp": exp}))))
        .unwrap();
    assert_eq!(token.claims, Claims { name: "Ann".into() });
    assert_eq!(token.subject.as_deref(), Some("ann"));
    assert_eq!(token.session.as_deref(), Some("1"));
    let expires = token.expires.duration_since(std::time::UNIX_EPOCH);
    assert_eq!(
        expires.unwrap(),
        Duration::from_secs(exp.try_into().unwrap())
    );
    let token = jwt().verify::<NoClaims>(&sign(&claims()));
    assert_eq!(token.unwrap().subject.as_deref(), Some("ann"));
}

#[test]
fn what_a_token_claims_must_hold() {
    for (changes, outcome) in [
        (json!({}), "ann"),
        (json!({"sub": null, "sid": null}), ""),
        (json!({"exp": in_seconds(60) as f64 + 0.5}), "ann"),
        (json!({"nbf": in_seconds(-60)}), "ann"),
        (json!({"exp": in_seconds(-1)}), EXPIRED),
        (json!({"exp": 0}), EXPIRED),
        (json!({"exp": null}), INVALID),
        (json!({"exp": -1}), INVALID),
        (json!({"exp": "tomorrow"}), INVALID),
        (json!({"exp": 1e300}), INVALID),
        (json!({"exp": 1e19}), INVALID),
        (json!({"nbf": in_seconds(60)}), INVALID),
        (json!({"nbf": "tomorrow"}), INVALID),
        (json!({"sub": 7}), INVALID),
        (json!({"sid": []}), INVALID),
        (json!({"name": 7}), INVALID),
        (json!({"name": null}), INVALID),
        // For somebody else.
        (json!({"aud": "files"}), INVALID),
    ] {
        let found = verified(&jwt(), &sign(&claims_with(changes.clone())));
        assert_eq!(found, outcome, "{changes}");
    }
}

#[test]
fn issuer_and_audience_are_required_where_they_are_set() {
    let strict = jwt().issuer("id").audience("chat").audience("mail");
    for (changes, outcome) in [
        (json!({"iss": "id", "aud": "chat"}), "ann"),
        (json!({"iss": "id", "aud": ["files", "mail"]}), "ann"),
        (json!({"iss": "id"}), INVALID),
        (json!({"aud": "chat"}), INVALID),
        (json!({"iss": "evil", "aud": "chat"}), INVALID),
        (json!({"iss": "id", "aud": "files"}), INVALID),
        (json!({"iss": "id", "aud": []}), INVALID),
        (json!({"iss": "id", "aud": 7}), INVALID),
        (json!({"iss": 7, "aud": "chat"}), INVALID),
    ] {
        let found = verified(&strict, &sign(&claims_with(changes.clone())));
        assert_eq!(found, outcome, "{changes}");
    }
}

#[test]
fn a_leeway_moves_both_ends() {
    let lenient = jwt().leeway(Duration::from_secs(30));
    let ended = in_seconds(-10);
    let token = sign(&claims_with(json!({"exp": ended})));
    assert_eq!(verified(&jwt(), &token), EXPIRED);
    let token = lenient.verify::<Claims>(&token).unwrap();
    let expires = token.expires.duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(expires.as_secs(), u64::try_from(ended).unwrap() + 30);
    let early = sign(&claims_with(json!({"nbf": in_seconds(10)})));
    assert_eq!(verified(&lenient, &early), "ann");
    let over = sign(&claims_with(json!({"exp": in_seconds(-40)})));
    assert_eq!(verified(&lenient, &over), EXPIRED);
    // Whatever is written, a day is the most.
    let eternal = jwt().leeway(Duration::MAX);
    assert_eq!(
        verified(&eternal, &sign(&claims_with(json!({"exp": 1})))),
        EXPIRED
    );
}

#[test]
fn what_is_no_token_is_refused() {
    let good = sign(&claims());
    let parts: Vec<&str> = good.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        panic!("{good}");
    };
    let other = sign(&claims_with(json!({"sub": "bob"})));
    let others = other.split('.').nth(1).unwrap();
    for bad in [
        "".to_owned(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        "bad".to_owned(),
        "\u{FFFD}.\u{FFFD}.\u{FFFD}".to_owned(),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!("{header}.{payload}.{signature}."),
        format!("{header}.{payload}.{signature}A"),
        format!("{header}.{payload}.{signature}="),
        format!(" {good}"),
        format!("{header}.{others}.{signature}"),
        format!("{}.{payload}.{signature}", base64(b"{}")),
        format!("{}.{payload}.{signature}", base64(b"[")),
    ] {
        assert_eq!(verified(&jwt(), &bad), INVALID, "{bad}");
    }
}

#[test]
fn a_claim_twice_is_refused() {
    let payload = format!(
        r#"{{"name":"Ann","sub":"ann","exp":{0},"exp":1}}"#,
        in_seconds(60)
    );
    let header = base64(br#"{"alg":"HS256"}"#);
    let message = format!("{header}.{}", base64(payload.as_bytes()));
    let key = EncodingKey::from_secret(SECRET);
    let sign = |algorithm| jsonwebtoken::crypto::sign(message.as_bytes(), &key, algorithm);
    let token = format!("{message}.{}", sign(Algorithm::HS256).unwrap());
    assert_eq!(verified(&jwt(), &token), INVALID);
}

#[test]
fn a_token_without_a_signature_is_refused_however_it_says_so() {
    let payload = base64(claims().to_string().as_bytes());
    for algorithm in ["none", "None", "NONE", "nOnE", ""] {
        let header = json!({"alg": algorithm, "typ": "JWT"}).to_string();
        let header = base64(header.as_bytes());
        for token in [
            format!("{header}.{payload}."),
            format!("{header}.{payload}.AAAA"),
        ] {
            assert_eq!(verified(&jwt(), &token), INVALID, "{algorithm}");
            assert_eq!(verified(&rsa(), &token), INVALID, "{algorithm}");
        }
    }
}

#[test]
fn a_public_key_is_never_taken_for_a_secret() {
    let signed_with = |secret: &[u8], algorithm| {
        let key = EncodingKey::from_secret(secret);
        sign_with(&Header::new(algorithm), &key, &claims())
    };
    let rsa = rsa().key(
        Algorithm::EdDSA,
        DecodingKey::from_ed_pem(ED_PUBLIC).unwrap(),
    );
    // The key as everybody may read it, as a file or as its bytes.
    let der = DecodingKey::from_rsa_pem(RSA_PUBLIC).unwrap();
    let der = der.try_get_as_bytes().unwrap();
    let trimmed = RSA_PUBLIC.trim_ascii_end();
    for secret in [RSA_PUBLIC, trimmed, der, ED_PUBLIC] {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            assert_eq!(verified(&rsa, &signed_with(secret, algorithm)), INVALID);
        }
    }
    // Even beside a real secret.
    let mixed = rsa.key(Algorithm::HS256, DecodingKey::from_secret(SECRET));
    assert_eq!(
        verified(&mixed, &signed_with(SECRET, Algorithm::HS256)),
        "ann"
    );
    assert_eq!(
        verified(&mixed, &signed_with(SECRET, Algorithm::HS512)),
        INVALID
    );
    assert_eq!(
        verified(&mixed, &signed_with(RSA_PUBLIC, Algorithm::HS256)),
        INVALID
    );
}

#[test]
fn each_key_has_its_own_algorithm() {
    let rsa_key = EncodingKey::from_rsa_pem(RSA).unwrap();
    let ed_key = EncodingKey::from_ed_pem(ED).unwrap();
    let by = |algorithm, key: &EncodingKey| sign_with(&Header::new(algorithm), key, &claims());
    assert_eq!(verified(&rsa(), &by(Algorithm::RS256, &rsa_key)), "ann");
    // The same key by another algorithm, and another key.
    for algorithm in [Algorithm::RS384, Algorithm::PS256] {
        assert_eq!(verified(&rsa(), &by(algorithm, &rsa_key)), INVALID);
    }
    assert_eq!(verified(&rsa(), &by(Algorithm::EdDSA, &ed_key)), INVALID);
    assert_eq!(verified(&rsa(), &sign(&claims())), INVALID);
    let key = || DecodingKey::from_rsa_pem(RSA_PUBLIC).unwrap();
    let both = rsa().key(Algorithm::PS256, key()).key(
        Algorithm::EdDSA,
        DecodingKey::from_ed_pem(ED_PUBLIC).unwrap(),
    );
    assert_eq!(verified(&both, &by(Algorithm::RS256, &rsa_key)), "ann");
    assert_eq!(verified(&both, &by(Algorithm::PS256, &rsa_key)), "ann");
    assert_eq!(verified(&both, &by(Algorithm::EdDSA, &ed_key)), "ann");
}

#[test]
fn keys_are_rotated_with_and_without_ids() {
    let secrets = [b'1', b'2', b'3'].map(|byte| [byte; 32]);
    let decoding = |index: usize| DecodingKey::from_secret(&secrets[index]);
    let jwt = Jwt::new(Algorithm::HS256, decoding(0))
        .key_with_id("two", Algorithm::HS256, decoding(1))
        .key_with_id("three", Algorithm::HS256, decoding(2));
    for (secret, id, outcome) in [
        (0, None, "ann"),
        (1, None, "ann"),
        (2, None, "ann"),
        (0, Some("one"), "ann"),
        (1, Some("two"), "ann"),
        (2, Some("two"), INVALID),
        (1, Some("one"), INVALID),
    ] {
        let header = Header {
            kid: id.map(str::to_owned),
            ..Header::new(Algorithm::HS256)
        };
        let key = EncodingKey::from_secret(&secrets[secret]);
        let token = sign_with(&header, &key, &claims());
        assert_eq!(verified(&jwt, &token), outcome, "{secret} as {id:?}");
    }
}

#[test]
fn what_a_header_says_must_be_understood_is_refused() {
    let header = Header {
        crit: Some(vec!["b64".to_owned()]),
        ..Header::new(Algorithm::HS256)
    };
    let token = sign_with(&header, &EncodingKey::from_secret(SECRET), &claims());
    assert_eq!(verified(&jwt(), &token), INVALID);
}

#[test]
fn a_key_that_cannot_be_used_refuses_as_an_error_of_the_server() {
    let broken = Jwt::new(Algorithm::ES256, DecodingKey::from_ec_der(b"not a key"));
    let header = base64(br#"{"alg":"ES256"}"#);
    let token = format!("{header}.{}.AAAA", base64(claims().to_string().as_bytes()));
    let found = verified(&broken, &token);
    assert!(found.starts_with("internal: "), "{found}");
}

#[test]
#[should_panic(expected = "the key is not one for RS256")]
fn a_secret_for_an_algorithm_with_public_keys_is_a_mistake() {
    let _ = Jwt::new(Algorithm::RS256, DecodingKey::from_secret(SECRET));
}

#[test]
#[should_panic(expected = "a secret has at least 32 bytes")]
fn a_short_secret_is_a_mistake() {
    let _ = Jwt::from_secret(b"secret");
}

#[test]
fn neither_keys_nor_claims_are_shown() {
    let shown = format!("{:?}", jwt().issuer("id"));
    let secret = String::from_utf8_lossy(SECRET);
    assert!(
        !shown.contains(&*secret) && !shown.contains("97, 32"),
        "{shown}"
    );
    assert!(
        shown.contains("HS256") && shown.contains("\"id\""),
        "{shown}"
    );
}

#[tokio::test]
async fn a_bad_token_closes_with_4401_and_a_reason_that_tells_nothing() {
    let apps = || {
        [
            TestApp::new(inbox(jwt())),
            TestApp::new(inbox(jwt())).over_tcp(),
        ]
    };
    let bearer = |claims: Value| format!("Bearer {}", sign(&claims));
    for app in apps() {
        for (token, reason) in [
            (
                bearer(claims_with(json!({"exp": 1}))),
                "the token has expired",
            ),
            (
                bearer(claims_with(json!({"name": 7}))),
                "the token is not valid",
            ),
            ("Bearer a.b.c".to_owned(), "the token is not valid"),
        ] {
            let connecting = app.connect("/ws").header("authorization", &token);
            assert_eq!(connecting.await.unwrap_err(), closed(4401, reason));
        }
    }
}
