//! Keys and rules that tokens are verified with.

use std::{
    borrow::Cow,
    collections::HashSet,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, Header, Validation, decode, decode_header,
    errors::{Error as JwtError, ErrorKind},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{error::Category, value::RawValue};

use super::Token;
use crate::auth::Reject;

/// Verifies tokens: keys, issuer, audience, leeway. Cheap to clone.
///
/// A [`JwtAuth`](super::JwtAuth) takes it from the state of its consumer: `impl FromRef<AppState> for Jwt`.
///
/// A token needs `exp` in the future, `nbf` in the past if it has one, and a signature by one of the keys with that key's
/// own algorithm, whatever else its header asks for. A token for an audience is refused unless
/// [`audience`](Self::audience) names it.
///
/// ```
/// use realtime_runtime::auth::jwt::Jwt;
///
/// let jwt = Jwt::from_secret(b"at least 32 bytes, best by chance").issuer("https://id.example.com");
/// ```
#[derive(Clone)]
pub struct Jwt(Arc<Rules>);

#[derive(Clone)]
struct Rules {
    keys: Vec<Key>,
    issuer: Option<String>,
    audience: HashSet<String>,
    leeway: Duration,
}

#[derive(Clone)]
struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

/// The claims that decide how long a token holds and whose it is (RFC 7519 § 4.1).
#[derive(Deserialize)]
struct Registered {
    exp: f64,
    sub: Option<String>,
    sid: Option<String>,
}

impl Jwt {
    /// Verifies with one key and the algorithm that it is for.
    ///
    /// # Panics
    /// When the key is not one for the algorithm, or a secret has fewer than 32 bytes (RFC 7518 § 3.2).
    pub fn new(algorithm: Algorithm, key: DecodingKey) -> Self {
        let rules = Rules {
            keys: Vec::new(),
            issuer: None,
            audience: HashSet::new(),
            leeway: Duration::ZERO,
        };
        Self(Arc::new(rules)).key(algorithm, key)
    }

    /// Verifies with a secret of at least 32 bytes, by HS256.
    ///
    /// # Panics
    /// When the secret is shorter.
    pub fn from_secret(secret: &[u8]) -> Self {
        Self::new(Algorithm::HS256, DecodingKey::from_secret(secret))
    }

    /// One more key, or one more algorithm for the same key.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    #[must_use]
    pub fn key(self, algorithm: Algorithm, key: DecodingKey) -> Self {
        self.add(None, algorithm, key)
    }

    /// One more key, for tokens whose header names it as `kid`; also for those whose header names none.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    #[must_use]
    pub fn key_with_id(
        self,
        id: impl Into<String>,
        algorithm: Algorithm,
        key: DecodingKey,
    ) -> Self {
        self.add(Some(id.into()), algorithm, key)
    }

    fn add(mut self, id: Option<String>, algorithm: Algorithm, key: DecodingKey) -> Self {
        /// Of a secret.
        const FEWEST_BYTES: usize = 32;
        assert!(
            key.family() == algorithm.family(),
            "the key is not one for {algorithm:?}"
        );
        let long = |key: &DecodingKey| {
            key.try_get_as_bytes()
                .is_ok_and(|bytes| bytes.len() >= FEWEST_BYTES)
        };
        assert!(
            key.family() != AlgorithmFamily::Hmac || long(&key),
            "a secret has at least {FEWEST_BYTES} bytes"
        );
        self.rules().keys.push(Key { id, algorithm, key });
        self
    }

    /// Only tokens of this issuer, `iss`. Default: of any.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.rules().issuer = Some(issuer.into());
        self
    }

    /// Only tokens for this audience, `aud`; called again, also for another. Default: only tokens for no audience at all.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.rules().audience.insert(audience.into());
        self
    }

    /// How far clocks may differ: `exp` counts that much later, also for closing the socket, and `nbf` earlier, in whole
    /// seconds. Default: 0.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        /// More is no difference of clocks, and would overflow.
        const LONGEST: Duration = Duration::from_secs(24 * 3600);
        self.rules().leeway = Duration::from_secs(leeway.min(LONGEST).as_secs());
        self
    }

    fn rules(&mut self) -> &mut Rules {
        Arc::make_mut(&mut self.0)
    }

    /// Verifies a token, for example in an HTTP handler.
    ///
    /// # Errors
    /// Close 4401 for a token that is not good; 1011 where a key cannot be used.
    pub fn verify<T: DeserializeOwned>(&self, token: &str) -> Result<Token<T>, Reject> {
        self.read(token).map_err(|error| {
            let cause = cause(&error);
            match error.kind() {
                ErrorKind::InvalidKeyFormat
                | ErrorKind::InvalidEcdsaKey
                | ErrorKind::InvalidEddsaKey
                | ErrorKind::InvalidRsaKey(_)
                | ErrorKind::Provider(_) => Reject::internal(cause),
                ErrorKind::ExpiredSignature => {
                    tracing::debug!(%cause, "refused a token");
                    Reject::unauthenticated("the token has expired")
                }
                _ => {
                    tracing::debug!(%cause, "refused a token");
                    bad_token()
                }
            }
        })
    }

    fn read<T: DeserializeOwned>(&self, token: &str) -> Result<Token<T>, JwtError> {
        let header = decode_header(token)?;
        // What must be understood and is not (RFC 7515 § 4.1.11).
        if header.crit.is_some() {
            return Err(ErrorKind::InvalidToken.into());
        }
        let claims = self.claims(token, &header)?;
        let registered: Registered = serde_json::from_str(claims.get())?;
        let expires = Duration::try_from_secs_f64(registered.exp).ok();
        let expires = expires
            .and_then(|exp| SystemTime::UNIX_EPOCH.checked_add(exp))
            .and_then(|exp| exp.checked_add(self.0.leeway));
        Ok(Token {
            claims: serde_json::from_str(claims.get())?,
            subject: registered.sub,
            session: registered.sid,
            expires: expires.ok_or(ErrorKind::InvalidClaimFormat("exp".to_owned()))?,
        })
    }

    /// The claims, by the first key whose signature it is.
    fn claims(&self, token: &str, header: &Header) -> Result<Box<RawValue>, JwtError> {
        let mut refused = ErrorKind::InvalidAlgorithm.into();
        for key in self.0.keys.iter().filter(|key| key.may_have_signed(header)) {
            match decode(token, &key.key, &self.0.validation(key.algorithm)) {
                Ok(verified) => return Ok(verified.claims),
                Err(error) => {
                    refused = error;
                    if !matches!(refused.kind(), ErrorKind::InvalidSignature) {
                        break;
                    }
                }
            }
        }
        Err(refused)
    }
}

impl Key {
    /// The algorithm is the key's: what the token says of it can only exclude the key (RFC 8725 § 3.1).
    fn may_have_signed(&self, header: &Header) -> bool {
        let named = match (&self.id, &header.kid) {
            (Some(id), Some(named)) => id == named,
            _ => true,
        };
        named && self.algorithm == header.alg
    }
}

impl Rules {
    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.leeway = self.leeway.as_secs();
        validation.validate_nbf = true;
        // It compares issuer and audience only where a token has them, unless they are required.
        if let Some(issuer) = &self.issuer {
            validation.set_issuer(&[issuer]);
            validation.required_spec_claims.insert("iss".to_owned());
        }
        if !self.audience.is_empty() {
            validation.aud = Some(self.audience.clone());
            validation.required_spec_claims.insert("aud".to_owned());
        }
        validation
    }
}

/// Whatever is wrong with a token: a client is not told what.
pub(super) fn bad_token() -> Reject {
    Reject::unauthenticated("the token is not valid")
}

/// What the log says of it, which is nothing that stands in the token.
fn cause(error: &JwtError) -> Cow<'static, str> {
    match error.kind() {
        ErrorKind::Json(error) => Cow::Borrowed(match error.classify() {
            Category::Data => {
                "a header with an algorithm that is not known, or claims of another type"
            }
            Category::Io | Category::Syntax | Category::Eof => "it is not JSON",
        }),
        ErrorKind::Base64(_) => Cow::Borrowed("it is not base64"),
        ErrorKind::Utf8(_) => Cow::Borrowed("it is not text"),
        _ => Cow::Owned(error.to_string()),
    }
}

impl fmt::Debug for Jwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.0.keys.iter().map(|key| (key.algorithm, &key.id));
        f.debug_struct("Jwt")
            .field("keys", &keys.collect::<Vec<_>>())
            .field("issuer", &self.0.issuer)
            .field("audience", &self.0.audience)
            .field("leeway", &self.0.leeway)
            .finish()
    }
}
