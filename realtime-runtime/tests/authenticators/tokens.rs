//! Tokens, good and bad, and a consumer that says whose they are.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use realtime_runtime::{
    auth::jwt::{Jwt, JwtAuth, TokenSource, TokenSources},
    prelude::*,
};
use serde::Deserialize;
use serde_json::{Value, json};

pub const SECRET: &[u8] = b"a secret of the tests, 32 bytes and more";
// For these tests only.
pub const RSA: &[u8] = include_bytes!("keys/rsa.pem");
pub const RSA_PUBLIC: &[u8] = include_bytes!("keys/rsa.pub.pem");
pub const ED: &[u8] = include_bytes!("keys/ed.pem");
pub const ED_PUBLIC: &[u8] = include_bytes!("keys/ed.pub.pem");

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Claims {
    pub name: String,
}

/// Every source.
pub struct Everywhere;

impl TokenSources for Everywhere {
    const SOURCES: &'static [TokenSource] = &[
        TokenSource::Header,
        TokenSource::Cookie("jwt"),
        TokenSource::Subprotocol("bearer"),
        TokenSource::Query("token"),
    ];
}

#[message(action = "who")]
pub struct Who;
#[message(action = "me")]
pub struct Me {
    pub user: Option<String>,
    pub name: String,
}

pub struct Inbox;

#[consumer(name = "inbox", auth = JwtAuth<Claims, Everywhere>, state = Jwt)]
impl Inbox {
    #[on_connect]
    async fn connect(cx: &mut Connect<'_, Self>) -> Result<Self, Reject> {
        assert!(!cx.identity().claims.name.is_empty());
        Ok(Self)
    }

    #[ws_handler]
    async fn who(&mut self, _: Who, cx: &mut Context<'_, Self>) -> Me {
        let token = cx.identity();
        Me {
            user: token.subject.clone(),
            name: token.claims.name.clone(),
        }
    }
}

pub fn inbox(jwt: Jwt) -> Realtime {
    let builder = Realtime::builder().state(jwt).consumer::<Inbox>("/ws");
    builder.build().unwrap()
}

/// So many seconds from now.
pub fn in_seconds(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap() + seconds
}

/// Claims of Ann's that hold for an hour.
pub fn claims() -> Value {
    json!({"sub": "ann", "sid": "1", "name": "Ann", "exp": in_seconds(3600)})
}

/// The same with others, or without some: `null`.
pub fn claims_with(changes: Value) -> Value {
    let mut claims = claims();
    let Value::Object(changes) = changes else {
        panic!("not an object: {changes}");
    };
    for (name, value) in changes {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(&name)),
            value => claims[name] = value,
        }
    }
    claims
}

pub fn sign_with(header: &Header, key: &EncodingKey, claims: &Value) -> String {
    encode(header, claims, key).unwrap()
}

/// By HS256 with the secret.
pub fn sign(claims: &Value) -> String {
    let key = EncodingKey::from_secret(SECRET);
    sign_with(&Header::new(Algorithm::HS256), &key, claims)
}

/// Base64 for URLs, without padding.
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let mut word = [0; 4];
        word[1..=three.len()].copy_from_slice(three);
        let word = u32::from_be_bytes(word);
        for digit in 0..=three.len() {
            text.push(char::from(DIGITS[(word >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    text
}
