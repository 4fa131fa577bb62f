//! One connection to a node.

use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, Message, Payload, WebSocketStream};

use crate::server::PATH;

/// What every event's frame begins with, up to the digits of its publisher.
const SAID: &[u8] = br#"{"action":"said","payload":{"publisher":"#;
/// What follows, up to the digits of its number.
const NUMBER: &[u8] = br#","number":"#;
/// The first number of a publisher: all have as many digits.
pub(crate) const FIRST: u64 = 1_000_000_000;
const DIGITS: usize = 10;
/// How many publishers there may be, and what is added to their places, so that these have two digits.
pub(crate) const PUBLISHERS: usize = 90;
const FIRST_PUBLISHER: usize = 10;

/// A connection that stands.
pub(crate) struct Client(WebSocketStream<TcpStream>);

impl Client {
    pub(crate) async fn connect(to: SocketAddr) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("cannot connect: {error}");
        let stream = TcpStream::connect(to)
            .await
            .map_err(|error| failed(&error))?;
        stream.set_nodelay(true).map_err(|error| failed(&error))?;
        let url = format!("ws://{to}{PATH}");
        let builder = ClientBuilder::new().uri(&url);
        let builder = builder.map_err(|error| failed(&error))?;
        let connected = builder.connect_on(stream).await;
        let (socket, _) = connected.map_err(|error| failed(&error))?;
        Ok(Self(socket))
    }

    /// Connects, and is in a group.
    pub(crate) async fn member(to: SocketAddr, group: &str) -> Result<Self, String> {
        let mut client = Self::connect(to).await?;
        client.enter(group).await?;
        Ok(client)
    }

    pub(crate) async fn enter(&mut self, group: &str) -> Result<(), String> {
        self.ask(&json!({ "action": "enter", "payload": { "group": group } }))
            .await
    }

    /// Is present in a group.
    pub(crate) async fn track(&mut self, group: &str, user: &str) -> Result<(), String> {
        let payload = json!({ "group": group, "user": user });
        self.ask(&json!({ "action": "track", "payload": payload }))
            .await
    }

    async fn ask(&mut self, message: &Value) -> Result<(), String> {
        self.send(message).await?;
        loop {
            let answer = self.next().await?;
            match &*answer {
                br#"{"action":"entered"}"# => return Ok(()),
                // What others cause.
                other if other.starts_with(br#"{"action":"present""#) => {}
                other => return Err(unexpected(other)),
            }
        }
    }

    /// Has the node publish to a group.
    pub(crate) async fn publish(
        &mut self,
        group: &str,
        publisher: usize,
        from: u64,
        count: u64,
    ) -> Result<(), String> {
        let publisher = FIRST_PUBLISHER + publisher;
        let payload =
            json!({ "group": group, "publisher": publisher, "from": from, "count": count });
        self.send(&json!({ "action": "publish", "payload": payload }))
            .await
    }

    async fn send(&mut self, message: &Value) -> Result<(), String> {
        let sent = self.0.send(Message::text(message.to_string())).await;
        sent.map_err(|error| format!("cannot send: {error}"))
    }

    /// The publisher and the number of the next event. Anything else that comes is an error.
    ///
    /// Cancel safe.
    pub(crate) async fn said(&mut self) -> Result<(usize, u64), String> {
        let frame = self.next().await?;
        said(&frame).ok_or_else(|| unexpected(&frame))
    }

    async fn next(&mut self) -> Result<Payload, String> {
        loop {
            match self.0.next().await {
                Some(Ok(message)) if message.is_text() => return Ok(message.into_payload()),
                Some(Ok(message)) => {
                    if let Some((code, reason)) = message.as_close() {
                        let code = u16::from(code);
                        return Err(format!("a node closed a connection: {code} {reason}"));
                    }
                }
                Some(Err(error)) => return Err(format!("a connection failed: {error}")),
                None => return Err("a connection ended".to_owned()),
            }
        }
    }

    pub(crate) async fn close(mut self) -> Result<(), String> {
        let closed = self.0.close().await;
        closed.map_err(|error| format!("cannot close: {error}"))?;
        // Until the node has closed, too.
        while let Some(Ok(_)) = self.0.next().await {}
        Ok(())
    }
}

fn unexpected(frame: &[u8]) -> String {
    format!("there came {}", String::from_utf8_lossy(frame))
}

/// Read by its places: parsing JSON would cost more than all else that a member does.
fn said(frame: &[u8]) -> Option<(usize, u64)> {
    let (publisher, rest) = frame.strip_prefix(SAID)?.split_at_checked(2)?;
    let number = rest.strip_prefix(NUMBER)?.get(..DIGITS)?;
    let digits = |digits| std::str::from_utf8(digits).ok();
    let publisher = digits(publisher)?.parse::<usize>().ok()?;
    let publisher = publisher.checked_sub(FIRST_PUBLISHER)?;
    Some((publisher, digits(number)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_told_by_its_publisher_and_its_number() {
        let frame =
            br#"{"action":"said","payload":{"publisher":17,"number":1000000042,"text":"..."}}"#;
        assert_eq!(said(frame), Some((7, FIRST + 42)));
        for other in [
            &br#"{"action":"gap","payload":{}}"#[..],
            br#"{"action":"said","payload":{"publisher":17,"number":10}}"#,
            br#"{"action":"said","payload":{"publisher":-1,"number":1000000042}}"#,
        ] {
            assert_eq!(said(other), None);
        }
    }
}
