//! Processes of this run, and what they spend.

use std::{env, fs, net::SocketAddr, process::Stdio, time::Duration};

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

/// What a process has spent, of all its threads.
pub(crate) fn processor_time(id: u32) -> Result<Duration, String> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))
        .map_err(|error| format!("cannot see what a process spends: {error}"))?;
    // After the name, which may hold anything. utime and stime, proc(5).
    let fields = stat.rsplit(')').next().unwrap_or_default();
    ticks(fields.split_whitespace().skip(11).take(2)).ok_or("/proc is not as expected".into())
}

/// What all processors have spent, whoever had them.
pub(crate) fn busy() -> Result<Duration, String> {
    let stat = fs::read_to_string("/proc/stat").map_err(|error| error.to_string())?;
    let fields = stat.lines().next().unwrap_or_default().split_whitespace();
    // user, nice, system, idle, iowait, irq, softirq; what else there is belongs to other machines.
    let spent = fields.skip(1).take(7).enumerate();
    let spent = spent.filter(|(place, _)| !matches!(place, 3 | 4));
    ticks(spent.map(|(_, field)| field)).ok_or("/proc is not as expected".into())
}

/// Linux counts in hundredths of a second on all usual machines.
fn ticks<'f>(fields: impl Iterator<Item = &'f str>) -> Option<Duration> {
    let mut sum = 0;
    for field in fields {
        sum += field.parse::<u64>().ok()?;
    }
    Some(Duration::from_millis(sum * 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_process_spends_is_part_of_what_all_do() {
        let id = std::process::id();
        let from = (processor_time(id).unwrap(), busy().unwrap());
        while processor_time(id).unwrap() < from.0 + Duration::from_millis(50) {}
        assert!(busy().unwrap() > from.1);
        assert!(processor_time(u32::MAX).is_err());
    }
}
