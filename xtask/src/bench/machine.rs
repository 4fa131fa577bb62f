//! What the machine has, and how busy it is.

mod files;

use std::{fmt, fs, path::Path, process::Command};

use serde_json::{Value, json};

use crate::command;

/// The machine at the beginning.
#[derive(Debug)]
pub(crate) struct Machine {
    /// Processors that may be used, by their numbers.
    processors: Vec<usize>,
    has_taskset: bool,
    load_average: String,
    model: String,
    kernel: String,
    rustc: String,
    /// Files that a process may have open.
    pub(crate) files: usize,
}

/// As the system shows it: over 1, 5 and 15 minutes, then tasks that run of all.
pub(crate) fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let shown: Vec<_> = text.split_whitespace().take(4).collect();
    shown.join(" ")
}

impl Machine {
    /// Lets this process, and those it starts, have as many files open as so many connections need, where that is allowed.
    pub(crate) fn now(connections: usize) -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let allowed = status
            .lines()
            .find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpus
            .lines()
            .find_map(|line| line.strip_prefix("model name"));
        let model = model.and_then(|line| line.split_once(':'));
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let rustc = Command::new("rustc").arg("--version").output();
        let rustc = rustc.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        Self {
            processors: allowed.map(processors).unwrap_or_default(),
            has_taskset: command::on_path("taskset").is_some(),
            load_average: load_average(),
            model: model
                .map_or("an unknown processor", |(_, name)| name.trim())
                .to_owned(),
            kernel: kernel.trim().to_owned(),
            rustc: rustc.unwrap_or_default(),
            files: files::raised(connections),
        }
    }

    pub(crate) fn most_connections(&self) -> usize {
        self.files.saturating_sub(files::OTHERS).max(1)
    }

    /// What figures depend on, in a line.
    pub(crate) fn line(&self) -> String {
        let Self {
            processors,
            model,
            kernel,
            rustc,
            ..
        } = self;
        format!(
            "{model}, {} processors, Linux {kernel}, {rustc}",
            processors.len()
        )
    }

    fn pins(&self) -> bool {
        self.has_taskset && self.processors.len() > 1
    }

    /// The program on a processor of its own, where that can be.
    pub(crate) fn pinned(&self, program: &Path, place: usize) -> Command {
        if !self.pins() {
            return Command::new(program);
        }
        let mut pinned = Command::new("taskset");
        pinned.args(["-c", &self.processors[place].to_string()]);
        pinned.arg(program);
        pinned
    }

    pub(crate) fn document(&self) -> Value {
        json!({
            "processors": self.processors.len(),
            "model": self.model,
            "kernel": self.kernel,
            "rustc": self.rustc,
            "pinned": self.pins(),
            "load_average_before": self.load_average,
            "files": self.files,
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let processors = self.processors.len();
        let load = &self.load_average;
        writeln!(
            f,
            "{processors} processors; load average at the start: {load}"
        )?;
        if self.pins() {
            let [server, load] = [self.processors[0], self.processors[1]];
            write!(
                f,
                "the server runs on processor {server}, the load generator on {load}"
            )
        } else if self.has_taskset {
            write!(
                f,
                "there is one processor for server and load generator: throughput says little"
            )
        } else {
            write!(
                f,
                "there is no `taskset`: server and load generator run wherever they are put"
            )
        }
    }
}

/// Of a list such as `0-2,5`.
fn processors(list: &str) -> Vec<usize> {
    let mut all = Vec::new();
    for part in list.trim().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(first), Ok(last)) = (first.parse(), last.parse()) {
            all.extend::<std::ops::RangeInclusive<usize>>(first..=last);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_are_listed_as_ranges() {
        assert_eq!(processors("\t0-2,5\n"), [0, 1, 2, 5]);
        assert_eq!(processors("7"), [7]);
    }
}
