//! Serving on a TCP listener until a signal, then draining.

use std::{future::Future, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{extract::ConnectInfo, routing::get};
use http::{Request, StatusCode};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tower_service::Service;

use super::{Engine, Realtime, drain};
use crate::error::Error;

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
                // First, so that a signal is heeded before anybody is served.
                biased;
                () = &mut stop => break,
                (stream, peer) = accept(&listener) => {
                    tokio::spawn(http(Arc::clone(&self.engine), stream, peer, app.clone()));
                }
            }
        }
        drop(listener);
        self.engine.drain_all().await;
        Ok(())
    }

    /// Resolves when SIGTERM or Ctrl-C has come and all WebSocket connections are gone, within the drain's deadline; for
    /// an application that serves itself, instead of [`Realtime::serve`].
    ///
    /// From the signal on, handshakes are answered with 503 and [`Realtime::health`] says that it is not ready, while
    /// connections end as they do there.
    ///
    /// What is lost against [`Realtime::serve`]: nobody bounds how long a client takes to send its request, how many
    /// wait for that, or how long other HTTP requests take once it has resolved; and `TCP_NODELAY` is the listener's.
    ///
    /// ```no_run
    /// # use realtime_runtime::prelude::*;
    /// # async fn f(realtime: Realtime, listener: tokio::net::TcpListener) -> Result<(), Error> {
    /// let app = axum::Router::new().merge(realtime.router());
    /// axum::serve(listener, app).with_graceful_shutdown(realtime.drained()).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Cancel safety
    /// Dropped before the signal it does nothing; after it, connections that were not yet told to go stay.
    pub fn drained(&self) -> impl Future<Output = ()> + Send + use<> {
        self.drained_after(drain::signal())
    }

    /// As [`Realtime::drained`], after `stop` resolves instead of a signal.
    ///
    /// # Cancel safety
    /// As [`Realtime::drained`].
    pub fn drained_after<F>(&self, stop: F) -> impl Future<Output = ()> + Send + use<F>
    where
        F: Future<Output = ()> + Send,
    {
        let engine = Arc::clone(&self.engine);
        async move {
            stop.await;
            engine.drain_all().await;
        }
    }

    /// Two routes for whoever runs the application: `GET /health/live` answers 200 as long as it runs,
    /// `GET /health/ready` until the drain begins, and 503 from then on; and 503 while the bus to other nodes is down. It
    /// says which of these it is. Whoever connects while the bus is down is served all the same.
    pub fn health(&self) -> axum::Router {
        let engine = Arc::clone(&self.engine);
        let ready = move || async move {
            if engine.drain.has_begun() {
                (StatusCode::SERVICE_UNAVAILABLE, "draining\n")
            } else if !engine.layer.carries() {
                let text = "the bus to other nodes is down\n";
                (StatusCode::SERVICE_UNAVAILABLE, text)
            } else {
                (StatusCode::OK, "ready\n")
            }
        };
        axum::Router::new()
            .route("/health/live", get(async || "live\n"))
            .route("/health/ready", get(ready))
    }
}

impl Engine {
    /// Closes everything, and waits until it is gone or the deadline has passed.
    async fn drain_all(&self) {
        self.drain.begin();
        let (hub, patience) = (self.layer.hub(), self.drain.patience());
        let gone = self.drain.run(hub, &self.clock);
        if self.clock.timeout(patience, gone).await.is_some() {
            return;
        }
        tracing::warn!(connections = hub.len(), "giving up handlers in hand");
        let rest = self.drain.deadline.saturating_sub(patience);
        let gone = self.drain.hurry(hub);
        if self.clock.timeout(rest, gone).await.is_none() {
            tracing::warn!(connections = hub.len(), "the drain's deadline has passed");
        }
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
        .header_read_timeout(engine.limits.request_head)
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
