//! The task that reads for a client.

use futures_util::{StreamExt as _, stream::SplitStream};
use realtime_runtime::CloseCode;
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
};
use tokio_tungstenite::tungstenite::{
    Error, Message,
    protocol::{CloseFrame, frame::coding::CloseCode as WireCode},
};

use super::{Peer, Sink, Socket, transmit};
use crate::{
    conversation::{Conversation, End},
    remote,
};

pub(super) struct Reader {
    task: JoinHandle<()>,
    /// Closes the connection and lets the task go on by itself.
    leave: Option<oneshot::Sender<Sink>>,
    paused: watch::Sender<bool>,
}

impl Reader {
    pub(super) fn start(
        stream: SplitStream<Socket>,
        peer: Peer,
        conversation: Conversation,
    ) -> Self {
        let (leave, left) = oneshot::channel();
        let paused = watch::Sender::new(false);
        let task = tokio::spawn(read(stream, left, paused.subscribe(), peer, conversation));
        Self {
            task,
            leave: Some(leave),
            paused,
        }
    }

    pub(super) fn pause(&self, pauses: bool) {
        self.paused.send_replace(pauses);
    }

    /// Closes with 1000 as soon as the task has its turn; it reads on until the connection is over.
    pub(super) fn leave(&mut self, sink: Sink) {
        if let Some(leave) = self.leave.take() {
            // An error says that the task has ended.
            let _ = leave.send(sink);
        }
    }

    /// Reads nothing more, for good.
    pub(super) fn stop(&mut self) {
        self.leave = None;
        self.task.abort();
    }

    /// Resolves when the task has let go of the socket.
    pub(super) async fn stopped(&mut self) {
        // An error says that it was aborted.
        let _ = (&mut self.task).await;
    }
}

/// A close frame.
pub(super) fn close(code: CloseCode) -> Message {
    Message::Close(Some(CloseFrame {
        code: WireCode::from(code.as_u16()),
        reason: "".into(),
    }))
}

async fn read(
    mut stream: SplitStream<Socket>,
    mut left: oneshot::Receiver<Sink>,
    mut paused: watch::Receiver<bool>,
    peer: Peer,
    conversation: Conversation,
) {
    let mut leaving = false;
    loop {
        let is_paused = !leaving && *paused.borrow_and_update();
        tokio::select! {
            biased;
            sink = &mut left, if !leaving => {
                // Dropped unused: the client does not leave, it vanishes.
                let Ok(sink) = sink else { return };
                leaving = true;
                // An error means that the connection is over, which is read next.
                let _ = transmit(&sink, close(CloseCode::NORMAL)).await;
            }
            // An error says that the client is being dropped, which the next round sees.
            _ = paused.changed(), if !leaving => {}
            message = stream.next(), if !is_paused => {
                let Some(message) = message else { break };
                if !take(message, &peer, &conversation) {
                    break;
                }
            }
        }
    }
    conversation.ended(End::Lost("the stream ended".to_owned()));
    match peer {
        Peer::Here(probe) => probe.read_all(),
        Peer::Remote(client) => client.is_over(),
    }
}

/// Keeps what came. `false`: nothing more will come.
fn take(message: Result<Message, Error>, peer: &Peer, conversation: &Conversation) -> bool {
    match (message, peer) {
        (Ok(Message::Text(text)), Peer::Here(probe)) => {
            conversation.received(text.as_str().to_owned(), probe.next_cause());
            probe.read();
        }
        (Ok(Message::Text(text)), Peer::Remote(client)) => {
            let text = text.as_str().to_owned();
            match remote::completion(&text) {
                Some(completion) => {
                    conversation.signalled(text);
                    client.hears(completion);
                }
                None => conversation.received(text, None),
            }
        }
        (Ok(Message::Close(frame)), peer) => {
            conversation.ended(End::of(frame));
            match peer {
                Peer::Here(probe) => probe.read(),
                Peer::Remote(client) => client.is_over(),
            }
        }
        (Ok(Message::Pong(payload)), Peer::Remote(client)) => client.hears_pong(&payload),
        (Ok(_), _) => {}
        (Err(error), _) => {
            conversation.ended(End::Lost(error.to_string()));
            return false;
        }
    }
    true
}
