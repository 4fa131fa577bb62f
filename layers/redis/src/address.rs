//! Where Redis is: what a URL says.

use redis::{ConnectionInfo, IntoConnectionInfo};

/// Where Redis is, with credentials.
#[derive(Clone)]
pub(crate) enum Address {
    /// One server.
    Single(ConnectionInfo),
    /// The sentinels that know the master, without credentials, and what the master is connected to with.
    Sentinel {
        sentinels: Vec<ConnectionInfo>,
        master: String,
        servers: ConnectionInfo,
    },
    /// Some nodes of a cluster, which know the others.
    Cluster(Vec<ConnectionInfo>),
}

/// The URL of a Redis server, or a setting of TLS, is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL cannot be read. What it says is left out, as it may have a password.
    #[error("this is no URL of Redis: {0}")]
    Url(&'static str),
    /// A certificate or key cannot be read.
    #[error("a certificate or key cannot be read: {0}")]
    Certificate(String),
}

impl Address {
    pub(crate) fn parse(url: &str) -> Result<Self, ConnectError> {
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err(ConnectError::Url("it has no scheme"));
        };
        let (server, kind) = match scheme.split_once('+') {
            Some((server @ ("redis" | "rediss"), kind @ ("sentinel" | "cluster"))) => {
                (server, kind)
            }
            _ => return Ok(Self::Single(server_at(url)?)),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (format!("{user}@"), hosts),
            None => (String::new(), authority),
        };
        let hosts = || hosts.split(',').map(str::trim);
        if kind == "cluster" {
            if !path.is_empty() {
                return Err(ConnectError::Url("a cluster has no databases"));
            }
            let nodes = hosts().map(|host| server_at(&format!("{server}://{user}{host}")));
            return Ok(Self::Cluster(nodes.collect::<Result<_, _>>()?));
        }
        let (master, database) = path.split_once('/').unwrap_or((path, "0"));
        if master.is_empty() {
            let what = "the name of the master follows the sentinels: `/name`";
            return Err(ConnectError::Url(what));
        }
        let with_port = |host: &str| {
            let has_port = host.rsplit_once(':').is_some_and(|(_, port)| {
                !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
            });
            let port = if has_port { "" } else { ":26379" };
            server_at(&format!("{server}://{host}{port}"))
        };
        Ok(Self::Sentinel {
            sentinels: hosts().map(with_port).collect::<Result<_, _>>()?,
            master: master.to_owned(),
            // The host is that of whichever is the master.
            servers: server_at(&format!("{server}://{user}master/{database}"))?,
        })
    }
}

fn server_at(url: &str) -> Result<ConnectionInfo, ConnectError> {
    // Its errors may quote what they do not understand.
    let info = url.into_connection_info().map_err(|_| {
        ConnectError::Url("`redis://[user:password@]host[:port][/database]` is what it looks like")
    })?;
    let settings = info.redis_settings().clone();
    Ok(info.set_redis_settings(settings.set_protocol(redis::ProtocolVersion::RESP3)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(infos: &[ConnectionInfo]) -> Vec<String> {
        infos.iter().map(|info| info.addr().to_string()).collect()
    }

    #[test]
    fn a_url_says_where_and_what_kind() {
        let Ok(Address::Single(info)) = Address::parse("rediss://ann:s%40d@[::1]:1/3") else {
            panic!()
        };
        assert_eq!(info.redis_settings().password(), Some("s@d"));
        assert_eq!(info.redis_settings().db(), 3);

        let url = "redis+sentinel://:word@a:1,b/mine/2";
        let Ok(Address::Sentinel {
            sentinels,
            master,
            servers,
        }) = Address::parse(url)
        else {
            panic!()
        };
        assert_eq!(seen(&sentinels), ["a:1", "b:26379"]);
        assert_eq!(sentinels[0].redis_settings().password(), None);
        assert_eq!(master, "mine");
        assert_eq!(servers.redis_settings().password(), Some("word"));
        assert_eq!(servers.redis_settings().db(), 2);

        let Ok(Address::Cluster(nodes)) = Address::parse("redis+cluster://a:1, b:2") else {
            panic!()
        };
        assert_eq!(seen(&nodes), ["a:1", "b:2"]);
    }

    #[test]
    fn what_is_no_url_is_refused_without_its_password() {
        for url in [
            "localhost:6379",
            "http://:secret@host",
            "redis://:secret@host:port",
            "redis+cluster://:secret@a/1",
            "redis+sentinel://:secret@a",
            "redis+sentinel://:secret@a/m/secret",
            "redis+other://:secret@a",
        ] {
            let Err(error) = Address::parse(url) else {
                panic!("{url}")
            };
            assert!(!format!("{error} {error:?}").contains("secret"), "{url}");
        }
    }
}
