//! Several nodes of a program.

use std::fs::File;
use std::path::PathBuf;

use redis_testing::{Server, eventually, free_port};
use rustix::process::{Resource, getrlimit, setrlimit};
use tempfile::TempDir;

use crate::{Program, Running};

/// What the nodes of one program share: a database file, and a Redis.
#[derive(Debug)]
pub struct Nodes {
    program: Program,
    /// Theirs alone.
    pub redis: Server,
    folder: TempDir,
}

impl Nodes {
    /// With Redis up; none is started yet.
    pub async fn of(program: Program) -> Self {
        Self::on(program, Server::start().await)
    }

    /// With Redis not running yet.
    pub fn without_redis(program: Program) -> Self {
        Self::on(program, Server::stopped(free_port()))
    }

    fn on(program: Program, redis: Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            program,
            redis,
            folder,
        }
    }

    /// Starts one more.
    pub fn start(&self) -> Running {
        self.start_at("127.0.0.1:0")
    }

    /// Starts one at an address, and waits until it listens.
    pub fn start_at(&self, address: &str) -> Running {
        let database = self.folder.path().join("nodes.db");
        let database = database.to_str().unwrap();
        let mut command = self
            .program
            .command(&["--addr", address, "--database", database]);
        command.env("REDIS_URL", self.redis.url()).stderr(
            File::options()
                .append(true)
                .create(true)
                .open(self.log_file())
                .unwrap(),
        );
        Running::start(command)
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// What all of them have logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap()
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what the nodes logged:\n{}", self.log());
        }
    }
}

impl Running {
    /// Whether Redis carries what it publishes, as its metrics say.
    fn is_joined(&self) -> bool {
        let metrics = self.request("GET", "/metrics", "", "");
        metrics.lines().any(|line| line == "realtime_redis_up 1")
    }

    /// Waits until it reaches the other nodes.
    pub async fn joined(&self) {
        let joined = async || self.is_joined().then_some(());
        eventually("the node reaches the others", joined).await;
    }

    /// Waits until it knows that it does not reach the other nodes.
    pub async fn cut_off(&self) {
        let cut_off = async || (!self.is_joined()).then_some(());
        eventually("the node knows that it is cut off", cut_off).await;
    }
}

/// Sees to it that this process, and each that it starts from now on, may have so many files open.
pub fn allow_open_files(needed: u64) {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return;
    }
    limit.current = Some(needed);
    setrlimit(Resource::Nofile, limit)
        .unwrap_or_else(|error| panic!("a process may not have {needed} files open: {error}"));
}
