//! The program answers as load generators expect of every server that is compared.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

/// The program; it ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn asks(client: &mut Client, text: &str) {
    client.send(Message::text(text)).await.unwrap();
}

async fn hears(client: &mut Client, text: &str) {
    let message = client.next().await.unwrap().unwrap();
    assert_eq!(message.into_text().unwrap(), text);
}

#[tokio::test]
async fn chat_comes_back_and_a_broadcast_reaches_everyone() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_bench-server"));
    program.args(["--addr", "127.0.0.1:0"]);
    let mut running = Running(program.stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    let out = running.0.stdout.as_mut().unwrap();
    BufReader::new(out).read_line(&mut line).unwrap();
    let url = line.trim_end().strip_prefix("listening on ").unwrap();
    assert!(url.ends_with("/ws"), "{url}");

    let talk = async {
        let (mut alice, _) = connect_async(url).await.unwrap();
        let (mut bob, _) = connect_async(url).await.unwrap();
        for number in 0..1000 {
            let payload = format!(r#""payload":{{"message":"hi","seq":{number}}}"#);
            asks(&mut alice, &format!(r#"{{"action":"chat",{payload}}}"#)).await;
            hears(
                &mut alice,
                &format!(r#"{{"action":"chat_echo",{payload}}}"#),
            )
            .await;
        }
        let payload = r#""payload":{"message":"to all","seq":1}"#;
        asks(&mut bob, &format!(r#"{{"action":"broadcast",{payload}}}"#)).await;
        let said = format!(r#"{{"action":"room_message",{payload}}}"#);
        hears(&mut alice, &said).await;
        hears(&mut bob, &said).await;
        let payload = r#""payload":{"latitude":54.3,"longitude":10.1}"#;
        asks(&mut bob, &format!(r#"{{"action":"locate",{payload}}}"#)).await;
        hears(&mut bob, &format!(r#"{{"action":"located",{payload}}}"#)).await;
    };
    tokio::time::timeout(Duration::from_secs(10), talk)
        .await
        .expect("answers within ten seconds");
}
