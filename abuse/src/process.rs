//! The server's process: its life, its memory, its time.

use std::{
    fs,
    net::SocketAddr,
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::{Child, ChildStdin, Command},
    time::{sleep, timeout},
};

use crate::{Outcome, wire::shown};

/// Files that each of the two processes may have open at once: a storm, and all others.
const FILES: u64 = 4096;

/// Sees to it that there may be as many connections as a storm has.
pub(crate) fn check_files() -> Outcome {
    let limits = fs::read_to_string("/proc/self/limits").map_err(shown)?;
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().nth(3));
    match soft.map(str::parse::<u64>) {
        Some(Ok(files)) if files < FILES => Err(format!(
            "a process may have {files} files open, and this needs {FILES}: run `ulimit -n {FILES}` first"
        )),
        _ => Ok(()),
    }
}

/// What `/stats` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stats {
    pub(crate) open: usize,
    pub(crate) connected: usize,
    pub(crate) disconnected: usize,
}

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    child: Child,
    /// As long as it is there, the server serves.
    input: Option<ChildStdin>,
    id: u32,
}

impl Server {
    pub(crate) async fn start() -> Result<Self, String> {
        let program = std::env::current_exe().map_err(shown)?;
        let mut child = Command::new(program)
            .arg("server")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(shown)?;
        let output = child.stdout.take().ok_or("the server has no output")?;
        let mut line = String::new();
        let mut output = BufReader::new(output);
        timeout(Duration::from_secs(10), output.read_line(&mut line))
            .await
            .map_err(|_| "the server does not start")?
            .map_err(shown)?;
        Ok(Self {
            address: line.trim().parse().map_err(shown)?,
            input: child.stdin.take(),
            id: child.id().ok_or("the server has ended")?,
            child,
        })
    }

    /// Resident memory in MiB.
    pub(crate) fn memory(&self) -> Result<f64, String> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id));
        let status = status.map_err(|_| "the server has ended")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        kilobytes
            .and_then(|text| text.parse::<f64>().ok())
            .map(|kilobytes| kilobytes / 1024.0)
            .ok_or_else(|| "the server has ended".to_owned())
    }

    /// Processor time so far, in seconds.
    pub(crate) fn time(&self) -> Option<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id)).ok()?;
        // After the name, which may hold anything, come state and numbers; a tick is 10 ms wherever Linux runs.
        let (_, rest) = stat.rsplit_once(')')?;
        let mut fields = rest.split_whitespace().skip(11);
        let mut ticks = || fields.next()?.parse::<f64>().ok();
        Some((ticks()? + ticks()?) / 100.0)
    }

    pub(crate) async fn stats(&self) -> Result<Stats, String> {
        let asks = async {
            let mut stream = TcpStream::connect(self.address).await?;
            let request = format!(
                "GET /stats HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
                self.address
            );
            stream.write_all(request.as_bytes()).await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            Ok::<_, std::io::Error>(answer)
        };
        let answer = timeout(Duration::from_secs(10), asks).await;
        let answer = answer
            .map_err(|_| "the server does not answer")?
            .map_err(shown)?;
        let body = answer.rsplit("\r\n").next().unwrap_or_default();
        let mut numbers = body.split(' ').map_while(|number| number.parse().ok());
        let mut number = || {
            numbers
                .next()
                .ok_or_else(|| format!("not stats: {answer:?}"))
        };
        Ok(Stats {
            open: number()?,
            connected: number()?,
            disconnected: number()?,
        })
    }

    /// Waits until nobody is connected, and everybody who was is cleaned up.
    pub(crate) async fn empties(&self, bound: Duration) -> Result<Stats, String> {
        let begun = Instant::now();
        loop {
            let stats = self.stats().await?;
            if stats.open == 0 && stats.connected == stats.disconnected {
                return Ok(stats);
            }
            if begun.elapsed() > bound {
                return Err(format!(
                    "something is left of connections that are gone: {stats:?}"
                ));
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Lets it end as it should.
    pub(crate) async fn stop(mut self) -> Outcome {
        drop(self.input.take());
        match timeout(Duration::from_secs(35), self.child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(format!("the server ended with {status}")),
            Ok(Err(error)) => Err(shown(error)),
            Err(_) => Err("the server does not end".to_owned()),
        }
    }
}
