//! How a test reaches its application: in memory, or over TCP. Either way through the real handshake.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::Router;
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use realtime_runtime::hook::Probe;
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tower_service::Service;

use crate::remote::Remote;

#[derive(Debug)]
pub(crate) enum Transport {
    Memory(Router),
    Tcp(Tcp),
    Remote(Remote),
}

/// A server on a free port. It finds a connection's probe by the address of its peer.
#[derive(Debug)]
pub(crate) struct Tcp {
    router: Router,
    address: SocketAddr,
    probes: Probes,
    server: JoinHandle<()>,
}

type Probes = Arc<Mutex<HashMap<SocketAddr, Probe>>>;

impl Drop for Tcp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A byte stream to the application.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Transport {
    pub(crate) fn memory(router: Router) -> Self {
        Self::Memory(router)
    }

    /// The application, where it is in this process.
    pub(crate) fn router(&self) -> Option<&Router> {
        match self {
            Self::Memory(router) => Some(router),
            Self::Tcp(tcp) => Some(&tcp.router),
            Self::Remote(_) => None,
        }
    }

    pub(crate) fn tcp(router: Router) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener
            .set_nonblocking(true)
            .expect("a listener that does not block");
        let address = listener.local_addr().expect("the listener's address");
        let listener = TcpListener::from_std(listener).expect("a listener of tokio's");
        let probes = Probes::default();
        let server = tokio::spawn(accept(listener, router.clone(), Arc::clone(&probes)));
        Self::Tcp(Tcp {
            router,
            address,
            probes,
            server,
        })
    }

    /// `host:port` of the application.
    pub(crate) fn host(&self) -> String {
        match self {
            Self::Memory(_) => "localhost".to_owned(),
            Self::Tcp(tcp) => tcp.address.to_string(),
            Self::Remote(remote) => remote.host().to_owned(),
        }
    }

    pub(crate) async fn open(&self, probe: &Probe) -> Box<dyn Stream> {
        match self {
            Self::Memory(router) => {
                let probe = probe.clone();
                let (client, server) = tokio::io::duplex(64 * 1024);
                tokio::spawn(serve::<DuplexStream>(server, router.clone(), move || {
                    Some(probe.clone())
                }));
                Box::new(client)
            }
            Self::Tcp(tcp) => {
                let stream = TcpStream::connect(tcp.address)
                    .await
                    .expect("a connection to the application");
                stream.set_nodelay(true).expect("TCP_NODELAY");
                let own = stream.local_addr().expect("the connection's address");
                lock(&tcp.probes).insert(own, probe.clone());
                Box::new(stream)
            }
            Self::Remote(remote) => Box::new(remote.open().await),
        }
    }
}

fn lock(probes: &Probes) -> std::sync::MutexGuard<'_, HashMap<SocketAddr, Probe>> {
    probes.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, router: Router, probes: Probes) {
    while let Ok((stream, peer)) = listener.accept().await {
        if stream.set_nodelay(true).is_err() {
            continue;
        }
        let probes = Arc::clone(&probes);
        tokio::spawn(serve(stream, router.clone(), move || {
            lock(&probes).remove(&peer)
        }));
    }
}

async fn serve<S>(stream: S, router: Router, probe: impl Fn() -> Option<Probe> + Send + 'static)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |mut request: Request<Incoming>| {
        if let Some(probe) = probe() {
            request.extensions_mut().insert(probe);
        }
        router.clone().call(request.map(axum::body::Body::new))
    });
    // An error here is one of the peer, which sees it too.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
}
