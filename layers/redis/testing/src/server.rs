//! A private `redis-server`.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use redis::{FromRedisValue, aio::MultiplexedConnection};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::eventually;

/// One process; killed when it is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it listens, on the loopback.
    pub port: u16,
    folder: TempDir,
    /// What an administrator connects with.
    admin: String,
    options: Vec<String>,
}

impl Server {
    /// With no options of its own.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With further options, each name followed by its value.
    pub async fn with(options: &[&str]) -> Self {
        Self::set_up(options, "", |_| {}).await
    }

    /// `login` is what an administrator has before the host, `prepare` puts files in its folder.
    pub async fn set_up(options: &[&str], login: &str, prepare: impl Fn(&Path)) -> Self {
        let mut cause = String::new();
        // Somebody else may be faster to take a port that was free.
        for _ in 0..20 {
            let port = free_port();
            let folder = tempfile::tempdir().unwrap();
            prepare(folder.path());
            let options: Vec<_> = options.iter().map(ToString::to_string).collect();
            let mut server = Self {
                child: spawn(port, folder.path(), &options),
                port,
                folder,
                admin: format!("redis://{login}127.0.0.1:{port}"),
                options,
            };
            if server.is_ready().await {
                return server;
            }
            cause = server.log();
        }
        panic!("no redis-server starts; the last one said:\n{cause}");
    }

    /// Whether it came to listen.
    async fn is_ready(&mut self) -> bool {
        eventually("a server listens", async || {
            if self.child.try_wait().unwrap().is_some() {
                return Some(false);
            }
            let info: String = self.try_command(&["INFO", "server"]).await?;
            Some(info.contains(&format!("process_id:{}\r", self.child.id())))
        })
        .await
    }

    /// What it has said since it was started.
    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// A server on a port that is known, not running yet.
    pub fn stopped(port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Something that can be waited for.
        let child = Command::new("true").spawn().unwrap();
        Self {
            child,
            port,
            folder,
            admin: format!("redis://127.0.0.1:{port}"),
            options: Vec::new(),
        }
    }

    /// A cluster of one node, on a port that is known.
    pub async fn cluster_of_one(port: u16) -> Self {
        let mut server = Self::stopped(port);
        server.options = ["--cluster-enabled", "yes"].map(ToOwned::to_owned).into();
        server.restart().await;
        let () = server
            .command(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"])
            .await;
        server
    }

    /// What a node connects with.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// On the same port, in the same folder.
    pub async fn restart(&mut self) {
        self.child = spawn(self.port, self.folder.path(), &self.options);
        let is_ready = self.is_ready().await;
        assert!(is_ready, "it does not start on its port:\n{}", self.log());
    }

    /// It is frozen, its connections stay.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// It is frozen no longer.
    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    /// It is frozen from now on, until so much later; then what is returned is over.
    pub fn pause_for(&self, time: Duration) -> impl Future<Output = ()> {
        self.pause();
        let over = sleep(time);
        async {
            over.await;
            self.go_on();
        }
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(status.success());
    }

    async fn admin(&self) -> Option<MultiplexedConnection> {
        let client = redis::Client::open(&*self.admin).unwrap();
        let connecting = client.get_multiplexed_async_connection();
        timeout(Duration::from_secs(2), connecting).await.ok()?.ok()
    }

    /// `None` where that is an error.
    pub async fn try_command<T: FromRedisValue>(&self, command: &[&str]) -> Option<T> {
        let mut admin = self.admin().await?;
        let mut asked = redis::cmd(command[0]);
        asked.arg(&command[1..]);
        asked.query_async(&mut admin).await.ok()
    }

    /// What an administrator is answered.
    pub async fn command<T: FromRedisValue>(&self, command: &[&str]) -> T {
        let answer = self.try_command(command).await;
        answer.unwrap_or_else(|| panic!("{command:?} fails"))
    }

    /// How often it was given a command.
    pub async fn calls(&self, command: &str) -> usize {
        let stats: String = self.command(&["INFO", "commandstats"]).await;
        let line = format!("cmdstat_{command}:calls=");
        let calls = stats.lines().find_map(|stat| stat.strip_prefix(&line));
        calls.map_or(0, |rest| rest.split(',').next().unwrap().parse().unwrap())
    }

    /// How many connections it has, that of who asks not counted.
    pub async fn connections(&self) -> usize {
        let list: String = self.command(&["CLIENT", "LIST"]).await;
        list.lines().count() - 1
    }

    /// The channels that anybody listens to, but those of probes and of sentinels.
    pub async fn channels(&self) -> Vec<String> {
        let mut channels: Vec<String> = self.command(&["PUBSUB", "CHANNELS"]).await;
        channels.retain(|channel| !channel.contains('~') && !channel.starts_with('_'));
        channels.sort();
        channels
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what redis-server said:\n{}", self.log());
        }
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(port: u16, folder: &Path, options: &[String]) -> Child {
    let mut server = Command::new("redis-server");
    let sentinel = options.first().is_some_and(|first| first == "--sentinel");
    let options = if sentinel {
        server.arg(folder.join("sentinel.conf"));
        options
    } else {
        server.args(["--save", "", "--appendonly", "no"]);
        options
    };
    server
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--dir"])
        .arg(folder)
        .args(options)
        .stdout(fs::File::create(folder.join("log")).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .expect("the tests need `redis-server`: `apt-get install redis-server`")
}

/// A port below those that the system gives to outgoing connections: one is free again for a server that restarts.
pub fn free_port() -> u16 {
    loop {
        let port = fastrand::u16(15000..22000);
        let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if is_free(port) && is_free(port + 10000) {
            return port;
        }
    }
}
