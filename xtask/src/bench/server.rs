//! The programs, and a server that runs.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;

use super::{
    chanx,
    machine::Machine,
    plan::{BARE, OURS_AGAIN},
};
use crate::{Outcome, command::cargo};

/// Our server.
const OURS: &str = "bench-server";

/// Where each program is, by its name.
#[derive(Debug)]
pub(crate) struct Programs {
    built: BTreeMap<String, PathBuf>,
    /// Python, and what it runs.
    chanx: Option<(PathBuf, PathBuf)>,
}

impl Programs {
    pub(crate) fn build(packages: &[&str]) -> Result<Self, String> {
        let mut built_programs = BTreeMap::new();
        // One after another: together they would be built with each other's features.
        for package in packages {
            built_programs.extend(build(package, cargo(["build", "--release"]))?);
        }
        Ok(Self {
            built: built_programs,
            chanx: None,
        })
    }

    /// Builds ours without what tests see, beside the others.
    pub(crate) fn bare(&mut self, folder: &Path) -> Outcome {
        let mut command = cargo(["build", "--release", "--target-dir"]);
        command.arg(folder.join(BARE));
        command.env("RUSTFLAGS", "--cfg realtime_bare");
        let built = build(OURS, command)?.remove(OURS);
        let built = built.ok_or_else(|| unknown(OURS))?;
        self.built.insert(BARE.to_owned(), built);
        Ok(())
    }

    /// Sees to it that Chanx can be started, or says why it cannot.
    pub(crate) fn chanx(&mut self, folder: &Path) -> Outcome {
        self.chanx = Some(chanx::server(folder)?);
        Ok(())
    }

    /// The server of a peer, on a processor of its own where that can be.
    pub(crate) fn server(&self, peer: &str, machine: &Machine) -> Result<Command, String> {
        let program = match peer {
            "realtime" => self.find(OURS)?,
            BARE => self.find(BARE)?,
            other if OURS_AGAIN.contains(&other) => self.find(OURS)?,
            "chanx" => {
                let (python, file) = self.chanx.as_ref().ok_or("it is not there")?;
                let mut server = machine.pinned(python, 0);
                server.arg(file);
                return Ok(server);
            }
            other => self.find(other)?,
        };
        Ok(machine.pinned(program, 0))
    }

    pub(crate) fn load(&self) -> Result<&Path, String> {
        self.find("bench-load")
    }

    fn find(&self, name: &str) -> Result<&Path, String> {
        let program = self.built.get(name).map(PathBuf::as_path);
        program.ok_or_else(|| unknown(name))
    }
}

/// Builds a package: where its programs are.
fn build(package: &str, mut command: Command) -> Result<BTreeMap<String, PathBuf>, String> {
    eprintln!("building {package}");
    let built = command
        .args(["-p", package])
        .args(["--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if !built.status.success() {
        return Err(format!("{package} could not be built; see above"));
    }
    let mut programs = BTreeMap::new();
    for line in String::from_utf8_lossy(&built.stdout).lines() {
        let message: Value = serde_json::from_str(line).unwrap_or_default();
        let name = message["target"]["name"].as_str();
        if let (Some(name), Some(program)) = (name, message["executable"].as_str()) {
            programs.insert(name.to_owned(), program.into());
        }
    }
    Ok(programs)
}

fn unknown(program: &str) -> String {
    format!("cargo does not say where it has built {program}")
}

/// A server; it ends with this value.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    /// Open as long as the server: it may write.
    _out: Option<BufReader<ChildStdout>>,
}

impl Server {
    pub(crate) fn start(mut program: Command) -> Result<Self, String> {
        let child = program
            .args(["--addr", "127.0.0.1:0"])
            // It has one processor.
            .env("TOKIO_WORKER_THREADS", "1")
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start it: {error}"))?;
        let mut server = Self {
            child,
            url: String::new(),
            _out: None,
        };
        let out = server.child.stdout.take();
        let mut out = BufReader::new(out.ok_or("it has no output")?);
        let mut line = String::new();
        let read = out.read_line(&mut line);
        match line.trim_end().strip_prefix("listening on ") {
            Some(url) if read.is_ok() => url.clone_into(&mut server.url),
            _ => return Err("it did not start; see above".to_owned()),
        }
        server._out = Some(out);
        Ok(server)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
