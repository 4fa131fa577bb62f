//! The program as a process.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// An example's program.
#[derive(Clone, Copy, Debug)]
pub struct Program(&'static str);

impl Program {
    /// By its path: `env!("CARGO_BIN_EXE_…")`.
    pub const fn new(path: &'static str) -> Self {
        Self(path)
    }

    /// A command that runs it, with a log as it is by default.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.0);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .env_remove("RUST_LOG")
            .env_remove("REDIS_URL");
        command
    }

    /// Starts it on any free port.
    pub fn start(&self, database: &Path) -> Running {
        self.start_at("127.0.0.1:0", database)
    }

    /// Starts it, and waits until it listens.
    pub fn start_at(&self, address: &str, database: &Path) -> Running {
        let database = database.to_str().unwrap();
        let mut command = self.command(&["--addr", address, "--database", database]);
        // Else a long log would fill the pipe that nobody reads.
        command.stderr(Stdio::null());
        Running::start(command)
    }
}

/// A program that serves. Ends with the test that started it, however that ends.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Host and port.
    pub address: String,
}

impl Running {
    /// Runs a command of a [`Program`], and waits until it listens.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = child.stdout.take().unwrap();
        let mut running = Self {
            child,
            address: String::new(),
        };
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).unwrap();
        let address = line
            .strip_prefix("listening on http://")
            .and_then(|rest| rest.strip_suffix("/realtime/\n"));
        running.address = address.unwrap_or_else(|| panic!("{line:?}")).to_owned();
        assert!(!running.address.ends_with(":0"), "{line:?}");
        running
    }

    /// The address of a path, for a browser.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sends a request with a body of JSON, and returns the whole answer, with its head.
    pub fn request(&self, method: &str, path: &str, cookie: &str, body: &str) -> String {
        request(&self.address, method, path, cookie, body).unwrap()
    }

    /// Signs in over HTTP, and returns the session's cookie as requests have it.
    pub fn sign_in(&self, username: &str) -> String {
        let body = serde_json::json!({ "username": username }).to_string();
        let answer = self.request("POST", "/login", "", &body);
        let cookie = answer.split("set-cookie: ").nth(1);
        let cookie = cookie.and_then(|rest| rest.split(';').next());
        cookie.unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// `kill -9`.
    pub fn kill(self) {
        drop(self);
    }

    /// Asks it to stop, as a service manager does.
    pub fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        assert!(
            self.child.wait().unwrap().success(),
            "asked to stop, it ends well"
        );
    }
}

/// As [`Running::request`], to a program that may be gone.
///
/// # Errors
///
/// It cannot be reached, or ends before it has answered.
pub fn request(
    address: &str,
    method: &str,
    path: &str,
    cookie: &str,
    body: &str,
) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
