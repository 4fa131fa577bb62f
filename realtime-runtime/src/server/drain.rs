//! The end of a server: nothing new is let in, what is there ends in order.

use std::time::Duration;

use tokio::sync::watch;

use crate::{connection::Clock, layer::Hub, wire::CloseCode};

#[derive(Debug)]
pub(crate) struct Drain {
    pub(super) deadline: Duration,
    window: Duration,
    begun: watch::Sender<bool>,
    /// How many run: HTTP connections, and WebSocket ones from their handshake to the end of `#[on_disconnect]`.
    running: watch::Sender<usize>,
}

impl Default for Drain {
    fn default() -> Self {
        Self::new(Duration::from_secs(30), Duration::from_secs(5))
    }
}

/// A connection that runs.
#[derive(Debug)]
pub(super) struct Counted(watch::Sender<usize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running -= 1);
    }
}

impl Drain {
    pub(super) fn new(deadline: Duration, window: Duration) -> Self {
        Self {
            deadline,
            window,
            begun: watch::Sender::new(false),
            running: watch::Sender::new(0),
        }
    }

    pub(super) fn count(&self) -> Counted {
        self.running.send_modify(|running| *running += 1);
        Counted(self.running.clone())
    }

    pub(super) fn has_begun(&self) -> bool {
        *self.begun.borrow()
    }

    /// Resolves when the drain begins.
    pub(super) async fn begun(&self) {
        // The sender is in `self`, so this cannot fail.
        let _ = self.begun.subscribe().wait_for(|begun| *begun).await;
    }

    pub(super) fn begin(&self) {
        self.begun.send_replace(true);
    }

    /// How long handlers in hand may go on before they are given up: what is left of the deadline is for
    /// `#[on_disconnect]`.
    pub(super) fn patience(&self) -> Duration {
        self.deadline * 2 / 3
    }

    /// Closes all connections, spread over the window, and waits until they are gone.
    pub(super) async fn run(&self, hub: &Hub, clock: &Clock) {
        let links = hub.links();
        let count = u32::try_from(links.len()).unwrap_or(u32::MAX);
        tracing::info!(connections = count, "closing all connections");
        // So that their clients do not all come back at once; a handful need not wait for it.
        let window = self.window.min(self.patience() / 2);
        let step = (window / count.max(1)).min(Duration::from_millis(5));
        let start = clock.now();
        for (index, link) in (0_u32..).zip(&links) {
            clock.sleep_until(start + step * index).await;
            link.close_gently(CloseCode::SERVICE_RESTART, "the server restarts");
        }
        // One whose handshake ended meanwhile.
        for link in hub.links() {
            link.close_gently(CloseCode::SERVICE_RESTART, "the server restarts");
        }
        self.gone().await;
    }

    /// Closes what is still there at once: a handler in hand is given up after its grace.
    pub(super) async fn hurry(&self, hub: &Hub) {
        for link in hub.links() {
            link.close(CloseCode::SERVICE_RESTART, "the server restarts");
        }
        self.gone().await;
    }

    /// Resolves when nothing runs any more.
    async fn gone(&self) {
        let mut running = self.running.subscribe();
        // The sender is in `self`, so this cannot fail.
        let _ = running.wait_for(|running| *running == 0).await;
    }
}

/// Resolves on SIGTERM or Ctrl-C.
pub(super) async fn signal() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
