//! The settings.

use std::{fmt, time::Duration};

use redis::{ClientTlsConfig, TlsCertificates};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use crate::{
    ConnectError, Redis,
    address::Address,
    endpoint::{Dialer, choose_ring},
    shared::Settings,
};

/// Settings of the bus, from [`Redis::builder`].
#[derive(Clone)]
#[must_use = "nothing is connected before `connect`"]
pub struct Builder {
    url: String,
    settings: Settings,
    root: Option<Vec<u8>>,
    client: Option<(Vec<u8>, Vec<u8>)>,
    sentinel: Option<(Option<String>, String)>,
}

impl Builder {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            settings: Settings {
                prefix: "realtime".to_owned(),
                max_message_bytes: 1 << 20,
                publish_timeout: Duration::from_secs(2),
                waiting: 1024,
                waiting_bytes: 64 << 20,
                probe: Duration::from_secs(5),
                backoff: (Duration::from_millis(50), Duration::from_secs(5)),
            },
            root: None,
            client: None,
            sentinel: None,
        }
    }

    /// What the names of all channels begin with, before a colon; default `realtime`. Applications that share a Redis and shall
    /// not hear each other have different ones.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.settings.prefix = prefix.into();
        self
    }

    /// How many bytes a message may have; default 1 MiB. A larger one is not published:
    /// [`TooLarge`](realtime_runtime::broker::BrokerError::TooLarge).
    pub fn max_message_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_message_bytes = bytes;
        self
    }

    /// How long Redis may take to confirm what is published; default 2 s. Beyond, it is
    /// [`Unavailable`](realtime_runtime::broker::BrokerError::Unavailable), and may have been published all the same.
    pub fn publish_timeout(mut self, limit: Duration) -> Self {
        self.settings.publish_timeout = limit;
        self
    }

    /// How many messages may be on their way to Redis, unconfirmed; default 1024, at least 1 and at most 1,048,576. One more is
    /// [`Full`](realtime_runtime::broker::BrokerError::Full).
    pub fn waiting(mut self, messages: usize) -> Self {
        self.settings.waiting = messages.clamp(1, 1 << 20);
        self
    }

    /// How many bytes the messages may have that are on their way to Redis; default 64 MiB, at least one message of the largest
    /// size. One more is [`Full`](realtime_runtime::broker::BrokerError::Full).
    pub fn waiting_bytes(mut self, bytes: usize) -> Self {
        self.settings.waiting_bytes = bytes;
        self
    }

    /// How often the way is tried: a message to this node itself, over Redis; default 5 s. Where it has not come within 2 s
    /// Redis counts as down, a gap is told, and the connection is made anew. The sentinels or the cluster are asked as often
    /// whether something has changed.
    pub fn probe(mut self, every: Duration) -> Self {
        self.settings.probe = every.max(Duration::from_millis(10));
        self
    }

    /// Between which times the wait before connecting anew grows; default 50 ms and 5 s. The wait is random, between nothing and
    /// a ceiling that doubles with each attempt, from the shortest to the longest; it starts anew after a connection has stood
    /// for the longest.
    pub fn backoff(mut self, shortest: Duration, longest: Duration) -> Self {
        self.settings.backoff = (shortest, longest);
        self
    }

    /// The certificates, as PEM, that those of the servers are signed with; default: those of the operating system.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root = Some(pem.into());
        self
    }

    /// The certificate and its key, as PEM, that this node shows the servers; default: none.
    pub fn client_certificate(
        mut self,
        certificate: impl Into<Vec<u8>>,
        key: impl Into<Vec<u8>>,
    ) -> Self {
        self.client = Some((certificate.into(), key.into()));
        self
    }

    /// The user and the password for the sentinels; default: none. Those in the URL are for the servers.
    pub fn sentinel_credentials(
        mut self,
        user: Option<impl Into<String>>,
        password: impl Into<String>,
    ) -> Self {
        self.sentinel = Some((user.map(Into::into), password.into()));
        self
    }

    /// Connects, or sees that this is not possible now: then it is tried again once the server runs.
    ///
    /// # Errors
    /// The URL, a certificate or a key cannot be read.
    pub async fn connect(self) -> Result<Redis, ConnectError> {
        let mut address = Address::parse(&self.url)?;
        if let (Address::Sentinel { sentinels, .. }, Some((user, password))) =
            (&mut address, &self.sentinel)
        {
            for sentinel in sentinels {
                let mut login = sentinel.redis_settings().clone().set_password(password);
                if let Some(user) = user {
                    login = login.set_username(user);
                }
                *sentinel = sentinel.clone().set_redis_settings(login);
            }
        }
        let certificates = self.certificates()?;
        if self.url.starts_with("rediss") {
            choose_ring();
        }
        Ok(Redis::with(address, self.settings, Dialer { certificates }).await)
    }

    /// Read here, so that what cannot be is an error now and not one more server that cannot be reached.
    fn certificates(&self) -> Result<Option<TlsCertificates>, ConnectError> {
        let broken =
            |error: rustls::pki_types::pem::Error| ConnectError::Certificate(error.to_string());
        let certificate = |pem: &[u8]| match CertificateDer::pem_slice_iter(pem).next() {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(broken(error)),
            None => Err(ConnectError::Certificate("there is none".to_owned())),
        };
        if let Some(root) = &self.root {
            certificate(root)?;
        }
        if let Some((chain, key)) = &self.client {
            certificate(chain)?;
            PrivateKeyDer::from_pem_slice(key).map_err(broken)?;
        }
        let client = self.client.clone();
        let has_any = self.root.is_some() || client.is_some();
        Ok(has_any.then(|| TlsCertificates {
            client_tls: client.map(|(client_cert, client_key)| ClientTlsConfig {
                client_cert,
                client_key,
            }),
            root_cert: self.root.clone(),
        }))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL may have a password.
        f.debug_struct("Builder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
