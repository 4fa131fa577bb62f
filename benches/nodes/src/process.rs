//! Processes of this run, and what they spend.

use std::{env, fs, net::SocketAddr, ops::Sub, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// A node as a process of its own; ends with this value.
#[derive(Debug)]
pub(crate) struct Node {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Node {
    /// With the in-memory layer, or with what the arguments say.
    pub(crate) async fn start(arguments: &[&str]) -> Result<Self, String> {
        let program = env::current_exe().map_err(|error| error.to_string())?;
        let mut child = Command::new(program)
            .arg("serve")
            .args(arguments)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("cannot start a node: {error}"))?;
        let out = child.stdout.take().ok_or("a node has no output")?;
        let line = BufReader::new(out).lines().next_line().await;
        let line = line.ok().flatten().ok_or("a node did not start")?;
        let address = line
            .parse()
            .map_err(|_| format!("a node listens on {line}"))?;
        Ok(Self { child, address })
    }

    pub(crate) fn id(&self) -> Result<u32, String> {
        self.child.id().ok_or_else(|| "a node has ended".to_owned())
    }
}

/// Processor time of a process, of all its threads.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    user: Duration,
    pub(crate) kernel: Duration,
}

impl Spent {
    /// So far.
    pub(crate) fn by(id: u32) -> Result<Self, String> {
        let stat = fs::read_to_string(format!("/proc/{id}/stat"))
            .map_err(|error| format!("cannot see what a process spends: {error}"))?;
        // After the name, which may hold anything. utime and stime, proc(5).
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let mut fields = fields.split_whitespace().skip(11);
        let mut next = || ticks(fields.next()?);
        let spent = next().zip(next()).ok_or("/proc is not as expected")?;
        Ok(Self {
            user: spent.0,
            kernel: spent.1,
        })
    }

    pub(crate) fn all(self) -> Duration {
        self.user + self.kernel
    }
}

impl Sub for Spent {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            user: self.user - before.user,
            kernel: self.kernel - before.kernel,
        }
    }
}

/// What all processors have spent, whoever had them.
pub(crate) fn busy() -> Result<Duration, String> {
    let stat = fs::read_to_string("/proc/stat").map_err(|error| error.to_string())?;
    let fields = stat.lines().next().unwrap_or_default().split_whitespace();
    // user, nice, system, idle, iowait, irq, softirq; what else there is belongs to other machines.
    let spent = fields.skip(1).take(7).enumerate();
    let spent = spent.filter(|(place, _)| !matches!(place, 3 | 4));
    let spent: Option<Duration> = spent.map(|(_, field)| ticks(field)).sum();
    spent.ok_or_else(|| "/proc is not as expected".to_owned())
}

/// Linux counts in hundredths of a second on all usual machines.
fn ticks(field: &str) -> Option<Duration> {
    Some(Duration::from_millis(field.parse::<u64>().ok()? * 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_process_spends_is_part_of_what_all_do() {
        let id = std::process::id();
        let from = (Spent::by(id).unwrap(), busy().unwrap());
        while (Spent::by(id).unwrap() - from.0).all() < Duration::from_millis(50) {}
        assert!(busy().unwrap() > from.1);
        assert!(Spent::by(u32::MAX).is_err());
    }
}
