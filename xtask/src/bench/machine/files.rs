//! How many files a process may have open: each connection is one.

use std::{
    fs,
    process::{self, Command},
};

use crate::command;

/// Files that a process has open beside its connections.
pub(super) const OTHERS: usize = 100;

/// Lets this process, and those it starts, have as many files open as so many connections need. Returns how many it may have,
/// which can be fewer: only root may go beyond the hard limit, and not everywhere.
pub(super) fn raised(connections: usize) -> usize {
    let needed = connections + OTHERS;
    let (soft, hard) = limits();
    if soft < needed && command::on_path("prlimit").is_some() {
        let is_raised = hard < needed && set(&format!("{needed}:{needed}"));
        if !is_raised {
            set(&format!("{}:", needed.min(hard)));
        }
    }
    limits().0
}

/// Sets `SOFT:HARD`, or `SOFT:` alone. `prlimit` is part of util-linux, as is `taskset`; it changes the limits of a process that
/// runs, such as this.
fn set(limits: &str) -> bool {
    let id = process::id().to_string();
    let limits = format!("--nofile={limits}");
    command::works(Command::new("prlimit").args(["--pid", &id, &limits]))
}

/// What holds, and how far it can be raised by anybody.
fn limits() -> (usize, usize) {
    read(&fs::read_to_string("/proc/self/limits").unwrap_or_default())
}

fn read(limits: &str) -> (usize, usize) {
    let files = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let mut files = files.unwrap_or_default().split_whitespace();
    // `unlimited` is no number.
    let mut next = || {
        let files = files.next();
        files.map_or(1024, |files| files.parse().unwrap_or(usize::MAX))
    };
    (next(), next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_read_where_the_system_shows_them() {
        let limits = "Max processes  5  6  processes\nMax open files    1024    20000    files\n";
        assert_eq!(read(limits), (1024, 20_000));
        let limits = "Max open files  1024  unlimited  files\n";
        assert_eq!(read(limits), (1024, usize::MAX));
        assert_eq!(read(""), (1024, 1024));
    }
}
