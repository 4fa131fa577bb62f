//! Where the server is, and the sockets to it.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};

use socket2::SockRef;
use tokio::net::{TcpSocket, TcpStream, lookup_host};

use crate::job::Wire;

/// So many connections come from each address of this machine: one has no more ports than some 28,000.
const OF_ONE_ADDRESS: usize = 20_000;
/// What a slow reader's socket takes in. The kernel doubles it.
const SLOW_BUFFER: u32 = 4096;
/// A segment over Ethernet: with those of the loopback device the server's kernel would take megabytes off its hands.
const SLOW_SEGMENT: u32 = 1460;

/// How somebody connects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Manner {
    /// The how manieth connection it is.
    pub(crate) number: usize,
    /// It takes in as little as can be.
    pub(crate) is_slow: bool,
}

/// Where the server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) address: String,
    pub(crate) path: String,
}

impl Target {
    /// Of a URL such as `ws://127.0.0.1:9002/ws`.
    pub(crate) fn of(url: &str) -> Result<Self, String> {
        let rest = url.strip_prefix("ws://");
        let rest = rest.ok_or_else(|| format!("{url} does not begin with ws://"))?;
        let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
        Ok(Self {
            address: address.to_owned(),
            path: format!("/{path}"),
        })
    }

    /// How messages are written there.
    pub(crate) fn wire(&self) -> Wire {
        if self.path.contains("EIO=4") {
            Wire::SocketIo
        } else {
            Wire::Tagged
        }
    }

    /// A socket that is connected.
    pub(crate) async fn socket(&self, manner: Manner) -> io::Result<TcpStream> {
        let server = lookup_host(&self.address).await?.next();
        let server = server.ok_or(io::ErrorKind::NotFound)?;
        let socket = if server.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        socket.set_nodelay(true)?;
        if manner.is_slow {
            socket.set_recv_buffer_size(SLOW_BUFFER)?;
            SockRef::from(&socket).set_tcp_mss(SLOW_SEGMENT)?;
        }
        if let Some(source) = source(server, manner.number) {
            socket.bind(source)?;
        }
        socket.connect(server).await
    }
}

/// The address that this connection comes from, if the system does not choose it.
fn source(server: SocketAddr, number: usize) -> Option<SocketAddr> {
    let nth = u8::try_from(number / OF_ONE_ADDRESS).ok()?;
    let last = nth.checked_add(1).filter(|_| nth > 0)?;
    let is_here = server.is_ipv4() && server.ip().is_loopback();
    is_here.then(|| (Ipv4Addr::new(127, 0, 0, last), 0).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_the_server_is() {
        let target = Target::of("ws://127.0.0.1:1/ws").unwrap();
        assert_eq!((&*target.address, &*target.path), ("127.0.0.1:1", "/ws"));
        assert_eq!(Target::of("ws://h:1").unwrap().path, "/");
        assert!(Target::of("http://h:1/ws").is_err());
    }

    #[test]
    fn connections_beyond_the_ports_of_an_address_come_from_the_next() {
        let server = "127.0.0.1:80".parse().unwrap();
        let of = |number| source(server, number);
        assert_eq!(of(OF_ONE_ADDRESS - 1), None);
        assert_eq!(of(OF_ONE_ADDRESS), "127.0.0.2:0".parse().ok());
        assert_eq!(of(99_999), "127.0.0.5:0".parse().ok());
        assert_eq!(source("10.0.0.1:80".parse().unwrap(), 99_999), None);
    }
}
