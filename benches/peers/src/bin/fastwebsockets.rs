//! fastwebsockets on hyper, as its example with two halves shows it: one reads, the other writes each frame where it is.

use std::{error::Error, future::ready, sync::Arc};

use bench_peers::{Options, Reply, announce, answer};
use clap::Parser as _;
use fastwebsockets::{
    FragmentCollectorRead, Frame, OpCode, Payload, WebSocketError, WebSocketRead, WebSocketWrite,
    upgrade::{self, UpgradeFut},
};
use http_body_util::Empty;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
    upgrade::Upgraded,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{ReadHalf, WriteHalf},
    net::TcpListener,
    sync::{broadcast, mpsc},
};

type Room = broadcast::Sender<Arc<str>>;
type Stream = TokioIo<Upgraded>;

/// Answers that wait to be written.
const WAITING: usize = 64;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let room = Room::new(1024);
    let listener = TcpListener::bind(Options::parse().addr).await?;
    announce(listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let _ = stream.set_nodelay(true);
        let room = room.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| ready(accept(request, room.clone())));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            let _ = connection.with_upgrades().await;
        });
    }
}

fn accept(
    mut request: Request<Incoming>,
    room: Room,
) -> Result<Response<Empty<Bytes>>, WebSocketError> {
    let (response, socket) = upgrade::upgrade(&mut request)?;
    tokio::spawn(talk(socket, room));
    Ok(response)
}

async fn talk(socket: UpgradeFut, room: Room) {
    let Ok(socket) = socket.await else {
        return;
    };
    let (reader, writer) = socket.split(tokio::io::split);
    let (answers, waiting) = mpsc::channel(WAITING);
    let said = room.subscribe();
    // The reader ends the writer, as it has the only sender; a writer that fails ends both.
    let reading = async {
        let _ = read(reader, answers, &room).await;
        Ok(())
    };
    let _ = tokio::try_join!(reading, write(writer, waiting, said));
}

async fn read(
    reader: WebSocketRead<ReadHalf<Stream>>,
    answers: mpsc::Sender<Frame<'static>>,
    room: &Room,
) -> Result<(), WebSocketError> {
    let mut reader = FragmentCollectorRead::new(reader);
    loop {
        // Pongs, and the answer to a close.
        let mut send = |frame| answers.send(frame);
        let frame = reader.read_frame(&mut send).await?;
        match frame.opcode {
            OpCode::Text => {}
            OpCode::Close => return Ok(()),
            _ => continue,
        }
        let Ok(reply) = answer(&frame.payload) else {
            return Ok(());
        };
        match reply {
            Reply::Sender(text) => {
                let frame = Frame::text(Payload::Owned(text.into_bytes()));
                if answers.send(frame).await.is_err() {
                    return Ok(());
                }
            }
            Reply::Everyone(text) => drop(room.send(text.into())),
        }
    }
}

async fn write(
    mut writer: WebSocketWrite<WriteHalf<Stream>>,
    mut answers: mpsc::Receiver<Frame<'static>>,
    mut said: broadcast::Receiver<Arc<str>>,
) -> Result<(), WebSocketError> {
    loop {
        tokio::select! {
            frame = answers.recv() => match frame {
                Some(frame) => writer.write_frame(frame).await?,
                None => return Ok(()),
            },
            text = said.recv() => match text {
                Ok(text) => writer.write_frame(Frame::text(Payload::Borrowed(text.as_bytes()))).await?,
                // Too slow.
                Err(_) => return Err(WebSocketError::ConnectionClosed),
            },
        }
    }
}
