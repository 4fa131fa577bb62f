//! Serving on a TCP listener until a signal, then draining.

use std::{future::Future, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::extract::ConnectInfo;
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tower_service::Service;

use super::{Engine, Realtime, drain};
use crate::error::Error;

/// How long a client may take to send the head of a request.
const HEADER_READ: Duration = Duration::from_secs(10);

impl Realtime {
    /// Serves `app` until SIGTERM or Ctrl-C, then drains: accepts nothing more, lets the frame in hand and HTTP requests
    /// finish, closes connections with 1012 spread over the window, and returns within the deadline.
    ///
    /// `app` is an axum router that has [`Realtime::router`] merged in. `ConnectInfo<SocketAddr>` is at hand.
    ///
    /// # Errors
    /// When the listener's address cannot be read. Errors of single connections are logged.
    ///
    /// # Cancel safety
    /// Dropped, it stops accepting; connections go on until the runtime ends.
    pub async fn serve(&self, listener: TcpListener, app: axum::Router) -> Result<(), Error> {
        self.serve_until(listener, app, drain::signal()).await
    }

    /// As [`Realtime::serve`], until `stop` resolves instead of a signal.
    ///
    /// # Errors
    /// As [`Realtime::serve`].
    ///
    /// # Cancel safety
    /// As [`Realtime::serve`].
    pub async fn serve_until(
        &self,
        listener: TcpListener,
        app: axum::Router,
        stop: impl Future<Output = ()>,
    ) -> Result<(), Error> {
        let address = listener.local_addr()?;
        let mut stop = pin!(stop);
        tracing::info!(%address, "listening");
        loop {
            tokio::select! {
                () = &mut stop => break,
                (stream, peer) = accept(&listener) => {
                    tokio::spawn(http(Arc::clone(&self.engine), stream, peer, app.clone()));
                }
            }
        }
        drop(listener);
        self.engine.drain.begin();
        let clock = &self.engine.clock;
        let gone = self.engine.drain.run(self.engine.layer.hub(), clock);
        if clock
            .timeout(self.engine.drain.deadline, gone)
            .await
            .is_none()
        {
            tracing::warn!(
                connections = self.connections(),
                "the drain's deadline has passed"
            );
        }
        Ok(())
    }
}

/// The next connection. Errors are those of single connections, or pass: out of files, say.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // What one wake-up brings leaves in one write, so there is nothing to gather.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%peer, %error, "could not set TCP_NODELAY");
                }
                return (stream, peer);
            }
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Serves the requests of one TCP connection; when the drain begins, the one in hand is the last.
async fn http(engine: Arc<Engine>, stream: TcpStream, peer: SocketAddr, app: axum::Router) {
    let _counted = engine.drain.count();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().call(request.map(axum::body::Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = engine.drain.begun() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%peer, %error, "an HTTP connection failed");
    }
}
