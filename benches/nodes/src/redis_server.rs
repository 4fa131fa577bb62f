//! A private `redis-server`, and what it says of the commands that it has had.

use std::{collections::BTreeMap, net::TcpListener, process::Stdio, time::Duration};

use redis::aio::MultiplexedConnection;
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

/// How long it may take to start.
const START: Duration = Duration::from_secs(10);

/// One process that keeps nothing; ends with this value.
pub(crate) struct RedisServer {
    child: Child,
    pub(crate) url: String,
    admin: MultiplexedConnection,
    _folder: TempDir,
}

/// How often each command was called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Calls(BTreeMap<String, u64>);

impl RedisServer {
    pub(crate) async fn start() -> Result<Self, String> {
        let port = free_port().map_err(|error| format!("there is no free port: {error}"))?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .arg("--dir")
            .arg(folder.path())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("cannot start redis-server: {error}"))?;
        let url = format!("redis://127.0.0.1:{port}");
        let client = redis::Client::open(&*url).map_err(|error| error.to_string())?;
        let connected = timeout(START, async {
            loop {
                if let Ok(admin) = client.get_multiplexed_async_connection().await {
                    return admin;
                }
                sleep(Duration::from_millis(10)).await;
            }
        });
        let mut server = Self {
            child,
            url,
            admin: connected.await.map_err(|_| "redis-server does not start")?,
            _folder: folder,
        };
        // Somebody else may have taken the port before it.
        let info = server.info("server").await?;
        if !info.contains(&format!("process_id:{}\r", server.id()?)) {
            return Err(format!("another Redis has port {port}"));
        }
        Ok(server)
    }

    pub(crate) fn id(&self) -> Result<u32, String> {
        let id = self.child.id();
        id.ok_or_else(|| "redis-server has ended".to_owned())
    }

    async fn info(&mut self, section: &str) -> Result<String, String> {
        let mut info = redis::cmd("INFO");
        let answer = info.arg(section).query_async(&mut self.admin).await;
        answer.map_err(|error| format!("Redis does not answer: {error}"))
    }

    /// What it has had so far, but for what this asks.
    pub(crate) async fn calls(&mut self) -> Result<Calls, String> {
        Ok(Calls::parse(&self.info("commandstats").await?))
    }
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

impl Calls {
    fn parse(info: &str) -> Self {
        let lines = info.lines().filter_map(|line| {
            let (name, stats) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
            let calls = stats.split(',').next()?.parse().ok()?;
            (name != "info").then(|| (name.to_owned(), calls))
        });
        Self(lines.collect())
    }

    /// What came since then.
    pub(crate) fn since(mut self, before: &Self) -> Self {
        for (name, calls) in &before.0 {
            if let Some(now) = self.0.get_mut(name) {
                *now -= calls;
            }
        }
        self.0.retain(|_, calls| *calls > 0);
        self
    }

    pub(crate) fn of(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    pub(crate) fn all(&self) -> u64 {
        self.0.values().sum()
    }

    /// All but those, with how often each came.
    pub(crate) fn others(&self, but: &[&str]) -> String {
        let others = self.0.iter().filter(|(name, _)| !but.contains(&&***name));
        let others: Vec<_> = others
            .map(|(name, calls)| format!("{calls} {name}"))
            .collect();
        if others.is_empty() {
            "0".to_owned()
        } else {
            others.join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFO: &str = "# Commandstats\r\n\
        cmdstat_publish:calls=12,usec=40,usec_per_call=3.33,rejected_calls=0,failed_calls=0\r\n\
        cmdstat_client|setinfo:calls=4,usec=4,usec_per_call=1.00,rejected_calls=0,failed_calls=0\r\n\
        cmdstat_info:calls=9,usec=90,usec_per_call=10.00,rejected_calls=0,failed_calls=0\r\n";

    #[test]
    fn what_is_asked_for_the_count_is_not_counted() {
        let calls = Calls::parse(INFO);
        assert_eq!((calls.of("publish"), calls.all()), (12, 16));
        assert_eq!(calls.others(&["publish"]), "4 client|setinfo");
    }

    #[test]
    fn what_came_since_is_the_difference() {
        let before = Calls::parse(INFO);
        let now = Calls::parse(&INFO.replace("=12", "=15"));
        let since = now.since(&before);
        assert_eq!((since.of("publish"), since.all()), (3, 3));
        assert_eq!(since.others(&["publish"]), "0");
    }
}
