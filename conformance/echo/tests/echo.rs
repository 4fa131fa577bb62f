//! The program is what a protocol suite needs.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::{connect_async, tungstenite::Message};

/// The program; it ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn text_and_binary_messages_come_back_as_they_went() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_conformance-echo"));
    program.args(["--addr", "127.0.0.1:0"]);
    let mut running = Running(program.stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    let out = running.0.stdout.as_mut().unwrap();
    BufReader::new(out).read_line(&mut line).unwrap();
    let url = line.trim_end().strip_prefix("listening on ").unwrap();

    let echoes = async {
        // Without `Origin`, as programs connect.
        let (mut client, _) = connect_async(url).await.unwrap();
        for message in [
            Message::text(""),
            Message::text("κόσμε, and no JSON at all"),
            Message::text(r#"{"action":"ping"}"#),
            Message::binary(&b"\x00\xFF\xFE"[..]),
            Message::binary(vec![0xA5; 1 << 20]),
        ] {
            client.send(message.clone()).await.unwrap();
            assert_eq!(client.next().await.unwrap().unwrap(), message);
        }
        client.close(None).await.unwrap();
        assert!(client.next().await.unwrap().unwrap().is_close());
    };
    tokio::time::timeout(Duration::from_secs(10), echoes)
        .await
        .expect("an echo within ten seconds");
}
