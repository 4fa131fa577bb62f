//! How a connection ends, and what may be wrong with it.

use std::{future::Future, panic::Location};

use realtime_runtime::CloseCode;

use super::{Communicator, Peer, reader, transmit};
use crate::{
    conversation::End,
    watchdog::{UnderWay, place},
};

impl Communicator {
    /// The code with which the connection was closed, if it was.
    pub fn closed(&self) -> Option<u16> {
        match self.conversation.end()? {
            End::Closed { code, .. } => code,
            End::Lost(_) => None,
        }
    }

    /// Waits until the connection is closed, and asserts with which code. Returns the reason.
    ///
    /// # Panics
    /// When it is not closed within ten seconds, or with another code.
    #[track_caller]
    pub fn assert_closed(
        &mut self,
        code: CloseCode,
    ) -> impl Future<Output = String> + Send + use<'_> {
        let at = Location::caller();
        async move {
            let what = format!("the close {code}, waited for at {},", place(at));
            let (patience, show) = (self.app.patience, || self.conversation.show());
            let ended = self.conversation.wait_for_end();
            match patience.watch(&what, show, ended).await {
                End::Closed {
                    code: Some(found),
                    reason,
                } if found == code.as_u16() => reason,
                other => panic!(
                    "expected close {code}, but the connection was {other}, at {}{}",
                    place(at),
                    self.conversation.show()
                ),
            }
        }
    }

    /// Closes with 1000 and waits until the server is done with the connection, `#[on_disconnect]` included.
    ///
    /// # Panics
    /// When that takes longer than ten seconds, or when a handler panics.
    #[track_caller]
    pub fn disconnect(self) -> impl Future<Output = ()> + Send {
        self.close(CloseCode::NORMAL, Location::caller())
    }

    /// As [`Communicator::disconnect`], with another code.
    ///
    /// # Panics
    /// As [`Communicator::disconnect`].
    #[track_caller]
    pub fn disconnect_with(self, code: CloseCode) -> impl Future<Output = ()> + Send {
        self.close(code, Location::caller())
    }

    async fn close(mut self, code: CloseCode, at: &'static Location<'static>) {
        if self.lag.is_some() {
            self.pauses(false);
        }
        self.conversation.sent(&format!("close {code}"), at);
        self.conversation.watch().closing();
        let ending = self.ending(at);
        // An error means that the connection is closed already.
        let _ = transmit(&self.sink, reader::close(code)).await;
        let what = format!("the answer to the close at {}", place(at));
        let (patience, show) = (self.app.patience, || self.conversation.show());
        let ended = self.conversation.wait_for_end();
        patience.watch(&what, show, ended).await;
        self.reader.stop();
        self.ended("a close", ending, at).await;
    }

    /// What the end of the connection causes, from now on.
    fn ending(&self, at: &'static Location<'static>) -> Option<UnderWay> {
        let Peer::Here(probe) = &self.peer else {
            return None;
        };
        let (cause, completion) = self.app.watch.hook.begin(at);
        probe.closing(&cause);
        Some(UnderWay::new(cause, completion))
    }

    async fn ended(&self, what: &str, ending: Option<UnderWay>, at: &'static Location<'static>) {
        if let Some(ending) = ending {
            let show = || self.conversation.show();
            self.app.complete(what, at, ending, show).await;
        }
    }

    /// Cuts the connection without a close frame, as a lost network does, and waits until the server is done with it,
    /// `#[on_disconnect]` included.
    ///
    /// # Panics
    /// When that takes longer than ten seconds, or when a handler panics.
    #[track_caller]
    pub fn drop_connection(self) -> impl Future<Output = ()> + Send {
        self.cut(Location::caller())
    }

    async fn cut(mut self, at: &'static Location<'static>) {
        let ending = self.ending(at);
        self.conversation
            .ended(End::Lost("cut by the test".to_owned()));
        self.vanish();
        self.reader.stopped().await;
        *self.sink.lock().await = None;
        self.ended("the cut of a connection", ending, at).await;
    }

    /// Vanishes without a word: reads nothing, answers no ping, but keeps the connection. The server notices when time
    /// [advances](crate::TestApp::advance) beyond the heartbeat.
    pub fn half_open(&mut self) {
        self.vanish();
    }

    fn vanish(&mut self) {
        match &self.peer {
            Peer::Here(probe) => {
                probe.answers_pings(false);
                probe.read_all();
            }
            Peer::Remote(client) => client.is_deaf(true),
        }
        self.reader.stop();
    }

    /// Reads nothing from now on, not even pings, until [`Communicator::read_on`]. What the server writes fills the
    /// buffers between them (64 KiB in memory, what the system gives over TCP), then this client's outbox.
    ///
    /// Nobody waits for what this client does not read.
    pub fn slow_reader(&mut self) {
        if self.lag.is_none() {
            self.pauses(true);
        }
    }

    /// Ends [`Communicator::slow_reader`]: reads what has come and what waits in the outbox, and returns when all of it
    /// is there.
    ///
    /// # Panics
    /// When that takes longer than ten seconds, or when a handler panics.
    #[track_caller]
    pub fn read_on(&mut self) -> impl Future<Output = ()> + Send + use<'_> {
        let at = Location::caller();
        async move {
            match &self.peer {
                Peer::Here(probe) => {
                    drop(probe.reads_on());
                    probe.answers_pings(true);
                }
                Peer::Remote(client) => client.is_deaf(false),
            }
            self.reader.pause(false);
            let show = || self.conversation.show();
            match (self.lag.take(), &self.peer) {
                (Some(lag), _) => {
                    let what = "what a slow reader has not read";
                    self.app.complete(what, at, lag, show).await;
                }
                (None, Peer::Remote(client)) => {
                    let what = "the answer to a ping";
                    self.app.patience.watch(what, show, client.has_read()).await;
                }
                (None, Peer::Here(_)) => {}
            }
        }
    }

    /// Stops reading, or goes on without waiting for what has come.
    fn pauses(&mut self, pauses: bool) {
        self.reader.pause(pauses);
        match &self.peer {
            Peer::Here(probe) => {
                probe.answers_pings(!pauses);
                drop(probe.reads_on());
                self.lag = pauses.then(|| {
                    let (lag, completion) = probe.pauses();
                    UnderWay::new(lag, completion)
                });
            }
            Peer::Remote(client) => client.is_deaf(pauses),
        }
    }
}

impl Drop for Communicator {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.conversation.watch().assert_held();
        }
        self.conversation.watch().closing();
        drop(self.ending(self.at));
        // Whoever sends to it does not wait for what nobody reads.
        match &self.peer {
            Peer::Here(probe) => probe.read_all(),
            Peer::Remote(client) => client.is_deaf(true),
        }
        let sink = std::sync::Arc::clone(&self.sink);
        self.reader.leave(sink);
    }
}
