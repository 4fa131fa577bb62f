//! What the operating system knows of a process.

use std::{fs, time::Duration};

/// Processor time of all its threads so far.
pub(crate) fn time(id: u32) -> Result<Duration, String> {
    let time = of_scheduler(id).or_else(|| of_ticks(id));
    time.ok_or_else(|| gone(id))
}

/// From the scheduler, to the nanosecond, where the kernel tells it.
fn of_scheduler(id: u32) -> Option<Duration> {
    let mut sum = Duration::ZERO;
    for thread in fs::read_dir(format!("/proc/{id}/task")).ok()? {
        let stat = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        let on_processor = stat.split_whitespace().next()?.parse().ok()?;
        sum += Duration::from_nanos(on_processor);
    }
    Some(sum)
}

/// A tick is 10 ms wherever Linux runs.
fn of_ticks(id: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // After the name, which may hold anything, come state and numbers.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis((ticks()? + ticks()?) * 10))
}

/// Time that all processors together have been busy, whoever had them. Nothing where there is no `/proc/stat`.
pub(crate) fn busy() -> Duration {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields = stat.lines().next().unwrap_or_default().split_whitespace();
    // user, nice, system, idle, iowait, irq, softirq, steal; what guests had is counted among them.
    let ticks = fields.skip(1).take(8).enumerate();
    let busy = ticks.filter(|(place, _)| !matches!(place, 3 | 4));
    let sum: u64 = busy
        .filter_map(|(_, ticks)| ticks.parse::<u64>().ok())
        .sum();
    Duration::from_millis(sum * 10)
}

/// Resident memory in KiB.
pub(crate) fn memory(id: u32) -> Result<u64, String> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).map_err(|_| gone(id))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    kilobytes
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| gone(id))
}

fn gone(id: u32) -> String {
    format!("there is no process {id}, or no /proc")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_memory_of_this_process() {
        let id = std::process::id();
        while time(id).unwrap() < Duration::from_millis(20) {}
        let (exact, ticks) = (time(id).unwrap(), of_ticks(id).unwrap());
        assert!(
            exact.abs_diff(ticks) < Duration::from_millis(500),
            "{exact:?} {ticks:?}"
        );
        assert!(memory(id).unwrap() > 100);
        assert!(memory(u32::MAX).is_err());
        assert!(busy() > Duration::ZERO);
    }
}
