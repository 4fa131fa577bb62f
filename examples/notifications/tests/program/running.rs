//! The program as a process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Ends with the test that started it, however that ends.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: String,
}

impl Running {
    /// On any free port.
    pub(crate) fn start(database: &Path) -> Self {
        Self::start_at("127.0.0.1:0", database)
    }

    pub(crate) fn start_at(address: &str, database: &Path) -> Self {
        let mut child = program(&["--addr", address, "--database", database.to_str().unwrap()])
            .stdout(Stdio::piped())
            // Else a long log would fill the pipe that nobody reads.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .strip_prefix("listening on http://")
            .and_then(|rest| rest.strip_suffix("/realtime/\n"));
        let address = address.unwrap_or_else(|| panic!("{line:?}")).to_owned();
        assert!(!address.ends_with(":0"), "{line:?}");
        Self { child, address }
    }

    /// Asks it to stop, as a service manager does.
    pub(crate) fn stop(mut self) {
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

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_notifications"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .env_remove("RUST_LOG");
    command
}
