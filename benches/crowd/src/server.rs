//! The server: the consumer of the presence example, and anybody may be anybody.

use std::{
    convert::Infallible,
    env, fs,
    io::{self, Write as _},
    process::Stdio,
    time::Duration,
};

use example_contract::{Session, Sessions};
use http::HeaderMap;
use realtime_runtime::Realtime;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    net::TcpListener,
    process::{Child, Command},
};

/// Whoever connects says in this header who it is.
pub(crate) const WHO: &str = "x-user";

#[derive(Clone)]
struct Anybody;

impl Sessions for Anybody {
    type Error = Infallible;

    async fn session(&self, headers: &HeaderMap) -> Result<Option<Session>, Infallible> {
        let name = headers.get(WHO).and_then(|name| name.to_str().ok());
        Ok(name.map(|name| Session {
            id: name.to_owned(),
            user_id: 0,
            username: name.to_owned(),
        }))
    }
}

pub(crate) async fn serve() -> Result<(), String> {
    let builder = Realtime::builder().state(Anybody).any_origin();
    let realtime = presence_contract::mount::<Anybody>(builder).build();
    let realtime = realtime.map_err(|error| error.to_string())?;
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.map_err(|error| format!("cannot listen: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let mut out = io::stdout();
    let _ = writeln!(out, "{address}").and_then(|()| out.flush());
    let router = realtime.router();
    let served = realtime.serve(listener, router).await;
    served.map_err(|error| error.to_string())
}

/// The server as a process of its own; ends with this value.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) async fn start() -> Result<Self, String> {
        let program = env::current_exe().map_err(|error| error.to_string())?;
        let mut child = Command::new(program)
            .arg("serve")
            .env("TOKIO_WORKER_THREADS", "1")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("cannot start the server: {error}"))?;
        let out = child.stdout.take().ok_or("the server has no output")?;
        let line = BufReader::new(out).lines().next_line().await;
        let address = line.ok().flatten().ok_or("the server did not start")?;
        let url = format!("ws://{address}{}", presence_contract::PATH);
        Ok(Self { child, url })
    }

    /// What the process has spent, of all its threads.
    pub(crate) fn processor_time(&self) -> Result<Duration, String> {
        /// Of a second: what Linux counts in, on all usual machines.
        const TICKS: u64 = 100;

        let id = self.child.id().ok_or("the server has ended")?;
        let stat = fs::read_to_string(format!("/proc/{id}/stat"))
            .map_err(|error| format!("cannot see what the server spends: {error}"))?;
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
        // utime and stime, proc(5).
        let spent = ticks(11).zip(ticks(12)).ok_or("/proc is not as expected")?;
        Ok(Duration::from_millis((spent.0 + spent.1) * 1000 / TICKS))
    }
}
