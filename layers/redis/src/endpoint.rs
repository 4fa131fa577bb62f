//! One connection to one server.

use std::{sync::Once, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, ErrorKind, PushInfo, RedisError,
    RedisResult, TlsCertificates,
    aio::{MultiplexedConnection, SendError},
    io::tcp::TcpSettings,
};
use tokio::time::timeout;

/// How long one step of making a connection may take, and how long an answer: no answer is a lost connection.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// How many requests may wait for the socket; ours are batches.
const PIPELINED: usize = 64;

/// What every connection is made with.
#[derive(Clone)]
pub(crate) struct Dialer {
    pub(crate) certificates: Option<TlsCertificates>,
}

/// The server that a connection is to be made to.
pub(crate) enum Endpoint {
    /// Nobody knows one.
    Nowhere,
    Server(ConnectionInfo),
    Master {
        sentinels: Vec<ConnectionInfo>,
        name: String,
        servers: ConnectionInfo,
    },
}

impl Dialer {
    /// Connects; what the server says unasked is given to `push`.
    pub(crate) async fn connect(
        &self,
        to: &ConnectionInfo,
        push: impl Fn(PushInfo) + Send + Sync + 'static,
    ) -> RedisResult<MultiplexedConnection> {
        let tcp = TcpSettings::default().set_nodelay(true);
        let info = to.clone().set_tcp_settings(tcp);
        let client = match (&self.certificates, info.addr()) {
            (Some(certificates), ConnectionAddr::TcpTls { .. }) => {
                Client::build_with_tls(info, certificates.clone())?
            }
            _ => Client::open(info)?,
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_pipeline_buffer_size(PIPELINED)
            .set_push_sender(move |info| {
                push(info);
                Ok::<(), SendError>(())
            });
        let connecting = client.get_multiplexed_async_connection_with_config(&config);
        // Its own limit may not hold for every step.
        within(connecting).await
    }
}

impl Endpoint {
    /// The server that it is now.
    pub(crate) async fn resolve(&self, dialer: &Dialer) -> RedisResult<ConnectionInfo> {
        let (sentinels, name, servers) = match self {
            Self::Nowhere => return Err(unexpected("no server is known")),
            Self::Server(info) => return Ok(info.clone()),
            Self::Master {
                sentinels,
                name,
                servers,
            } => (sentinels, name, servers),
        };
        let mut failed = None;
        for sentinel in sentinels {
            match within(ask(sentinel, name, dialer)).await {
                Ok((host, port)) => return Ok(at(servers, &host, port)),
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.unwrap_or_else(|| unexpected("there are no sentinels")))
    }

    /// Connects to the server that it is now.
    pub(crate) async fn connect(
        &self,
        dialer: &Dialer,
        push: impl Fn(PushInfo) + Send + Sync + 'static,
    ) -> RedisResult<(ConnectionAddr, MultiplexedConnection)> {
        let info = self.resolve(dialer).await?;
        let mut connection = dialer.connect(&info, push).await?;
        if let Self::Master { .. } = self {
            // Sentinels name the old master until a new one is chosen, and it may be a replica already.
            let role: Vec<redis::Value> = redis::cmd("ROLE").query_async(&mut connection).await?;
            if !matches!(role.first(), Some(redis::Value::BulkString(role)) if role == b"master") {
                return Err(unexpected("the server is no master"));
            }
        }
        Ok((info.addr().clone(), connection))
    }
}

async fn ask(sentinel: &ConnectionInfo, name: &str, dialer: &Dialer) -> RedisResult<(String, u16)> {
    let mut connection = dialer.connect(sentinel, |_| {}).await?;
    let mut question = redis::cmd("SENTINEL");
    question.arg("GET-MASTER-ADDR-BY-NAME").arg(name);
    let answer: Option<(String, u16)> = question.query_async(&mut connection).await?;
    answer.ok_or_else(|| unexpected("a sentinel does not know the master"))
}

/// One step, within its time.
pub(crate) async fn within<T>(step: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    let elapsed = |_| RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut));
    timeout(PATIENCE, step).await.map_err(elapsed)?
}

/// Another server with the credentials and the TLS of one.
pub(crate) fn at(like: &ConnectionInfo, host: &str, port: u16) -> ConnectionInfo {
    let host = host.to_owned();
    let addr = match like.addr().clone() {
        ConnectionAddr::TcpTls {
            insecure,
            tls_params,
            ..
        } => ConnectionAddr::TcpTls {
            host,
            port,
            insecure,
            tls_params,
        },
        _ => ConnectionAddr::Tcp(host, port),
    };
    like.clone().set_addr(addr)
}

pub(crate) fn unexpected(what: &'static str) -> RedisError {
    RedisError::from((ErrorKind::UnexpectedReturnType, what))
}

/// `redis` takes the provider of the process. With several compiled in, rustls cannot tell which that is.
pub(crate) fn choose_ring() {
    static CHOSEN: Once = Once::new();
    CHOSEN.call_once(|| {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Somebody else may have chosen in between, which is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
    });
}
