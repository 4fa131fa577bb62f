//! Our server for long under a mix of clients: what grows, what is lost, what becomes slower.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Stdio},
};

use serde_json::{Value, json};

use super::{
    OURS,
    machine::{self, Machine},
    plan::number,
    server::{Programs, Server},
    write,
};
use crate::Outcome;

/// Steady connections unless said otherwise.
const CONNECTIONS: usize = 1000;
/// There are never so many beside the steady ones.
const OTHERS: usize = 500;
/// Seconds between two samples.
const EVERY: usize = 10;
/// Memory in the last third, against the second.
const GROWTH: f64 = 1.1;

/// How long, and with how many.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    minutes: usize,
    connections: usize,
}

/// Reads the options; `--soak` is among them.
pub(super) fn plan(options: &[&str]) -> Result<Plan, String> {
    let mut plan = Plan {
        minutes: 0,
        connections: CONNECTIONS,
    };
    for option in options.chunks(2) {
        let value = option.get(1).copied().unwrap_or_default();
        match option[0] {
            "--soak" => plan.minutes = number("--soak", value)?,
            "--connections" => plan.connections = number("--connections", value)?,
            other => return Err(format!("`bench --soak` does not know `{other}`")),
        }
    }
    Ok(plan)
}

pub(super) fn run(plan: &Plan) -> Outcome {
    let machine = Machine::now(plan.connections + OTHERS);
    eprintln!("{machine}");
    if plan.connections + OTHERS > machine.most_connections() {
        return Err(format!(
            "a process may have {} files open: that is too few for {} connections",
            machine.files, plan.connections
        ));
    }
    let programs = Programs::build(&["bench-server", "bench-load"])?;
    let server = Server::start(programs.server(OURS, &machine)?)?;
    let mut load = machine.pinned(programs.load()?, 1);
    load.args(["--url", &server.url, "--pid", &server.id().to_string()])
        .args(["--seconds", &(plan.minutes * 60).to_string()])
        .args(["--every", &EVERY.to_string()])
        .args(["soak", &plan.connections.to_string()]);
    let load = load.stdout(Stdio::piped()).spawn();
    let mut load = Load(load.map_err(|error| format!("cannot run the load generator: {error}"))?);
    let found = load.listens();
    let verdict = match &found {
        Ok(found) => found.verdict(),
        Err(reason) => Err(reason.clone()),
    };
    let found = found.unwrap_or_default();
    let summary = format!(
        "soak of {} min with {} connections: {}",
        plan.minutes,
        plan.connections,
        found.summary()
    );
    let document = json!({
        "machine": machine.document(),
        "load_average_after": machine::load_average(),
        "minutes": plan.minutes,
        "connections": plan.connections,
        "summary": summary,
        "passed": verdict.is_ok(),
        "failure": verdict.as_ref().err(),
        "totals": found.totals,
        "samples": found.samples,
    });
    write("soak.json", &document)?;
    println!("{summary}");
    eprintln!("target/bench/soak.json has every sample");
    verdict
}

/// The load generator; it ends with this value.
struct Load(Child);

impl Drop for Load {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Load {
    /// Takes what it says, and shows it.
    fn listens(&mut self) -> Result<Found, String> {
        let mut found = Found::default();
        let out = self.0.stdout.take().ok_or("it has no output")?;
        for line in BufReader::new(out).lines() {
            let line = line.map_err(|error| format!("cannot hear the load generator: {error}"))?;
            let value: Value = serde_json::from_str(&line)
                .map_err(|error| format!("what the load generator says is no JSON: {error}"))?;
            if value["rss_kib"].is_null() {
                found.totals = value;
            } else {
                eprintln!("{}", shown(&value));
                found.samples.push(value);
            }
        }
        match self.0.wait() {
            Ok(status) if status.success() => Ok(found),
            _ => Err("the load generator failed; see above".to_owned()),
        }
    }
}

fn shown(sample: &Value) -> String {
    let figure = |name: &str| sample[name].as_f64().unwrap_or_default();
    let of = |kind: &str, name: &str| sample[kind][name].as_f64().unwrap_or_default() / 1e3;
    format!(
        "{:5.0} s: {:.1} MiB, {:.0} % of a processor, {} connections, answers in {:.1} and {:.1} ms (p50, p99), deliveries in {:.1} \
         and {:.1} ms, {} lost, {} doubled",
        figure("seconds"),
        figure("rss_kib") / 1024.0,
        figure("server_utilisation") * 100.0,
        figure("connections"),
        of("answers", "p50_us"),
        of("answers", "p99_us"),
        of("deliveries", "p50_us"),
        of("deliveries", "p99_us"),
        figure("lost"),
        figure("doubled"),
    )
}

/// What was found.
#[derive(Debug, Default)]
struct Found {
    samples: Vec<Value>,
    totals: Value,
}

impl Found {
    /// Whether it went well, or what did not.
    fn verdict(&self) -> Outcome {
        for (name, wrong) in [("lost", "lost"), ("doubled", "came twice")] {
            match self.totals[name].as_u64() {
                Some(0) => {}
                Some(count) => return Err(format!("{count} messages {wrong}")),
                None => return Err("the load generator does not say what became of it".to_owned()),
            }
        }
        let (second, last) = self.memory().ok_or("there are too few samples")?;
        if last > second * GROWTH {
            return Err(format!(
                "memory grows: {:.1} MiB in the second third, {:.1} in the last",
                second / 1024.0,
                last / 1024.0
            ));
        }
        Ok(())
    }

    /// Resident memory in the second third and in the last, in KiB.
    fn memory(&self) -> Option<(f64, f64)> {
        let count = self.samples.len();
        let mean = |samples: &[Value]| {
            let sum: f64 = samples
                .iter()
                .filter_map(|one| one["rss_kib"].as_f64())
                .sum();
            sum / samples.len() as f64
        };
        let last = count * 2 / 3;
        (count >= 3).then(|| {
            (
                mean(&self.samples[count / 3..last]),
                mean(&self.samples[last..]),
            )
        })
    }

    fn summary(&self) -> String {
        let middle = |kind: &str, name: &str| {
            let figures = self
                .samples
                .iter()
                .filter_map(|one| one[kind][name].as_f64());
            let mut figures: Vec<_> = figures.collect();
            figures.sort_by(f64::total_cmp);
            figures.get(figures.len() / 2).copied().unwrap_or_default() / 1e3
        };
        let (second, last) = self.memory().unwrap_or_default();
        let total = |name: &str| self.totals[name].as_u64().unwrap_or_default();
        format!(
            "{} messages, {} lost, {} doubled; {} connections came and went, {} of them without a close; memory {:.1} MiB in the \
             second third and {:.1} in the last; answers in {:.1} and {:.1} ms (medians of p50 and p99), deliveries in {:.1} and {:.1}",
            total("messages"),
            total("lost"),
            total("doubled"),
            total("came"),
            total("dropped"),
            second / 1024.0,
            last / 1024.0,
            middle("answers", "p50_us"),
            middle("answers", "p99_us"),
            middle("deliveries", "p50_us"),
            middle("deliveries", "p99_us"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_and_connections_can_be_chosen() {
        let plan_of = |minutes, connections| {
            Ok(Plan {
                minutes,
                connections,
            })
        };
        assert_eq!(plan(&["--soak", "2"]), plan_of(2, 1000));
        assert_eq!(
            plan(&["--connections", "5", "--soak", "30"]),
            plan_of(30, 5)
        );
        for options in [
            &["--soak"][..],
            &["--soak", "0"],
            &["--soak", "1", "--seconds", "9"],
        ] {
            assert!(plan(options).is_err(), "{options:?}");
        }
    }

    fn found(memory: &[u64], lost: u64, doubled: u64) -> Found {
        let sample = |rss: &u64| json!({ "rss_kib": rss, "answers": { "p50_us": 1500.0 } });
        Found {
            samples: memory.iter().map(sample).collect(),
            totals: json!({ "lost": lost, "doubled": doubled }),
        }
    }

    #[test]
    fn it_passes_where_nothing_is_lost_and_memory_stays() {
        // The first third is when the server warms up.
        assert_eq!(found(&[10, 50, 100, 100, 108, 109], 0, 0).verdict(), Ok(()));
        for bad in [
            found(&[100, 100, 100, 100, 112, 112], 0, 0),
            found(&[100, 100, 100], 1, 0),
            found(&[100, 100, 100], 0, 1),
            found(&[100, 100], 0, 0),
            Found::default(),
        ] {
            assert!(bad.verdict().is_err(), "{bad:?}");
        }
        assert!(found(&[1024; 3], 0, 0).summary().contains("1.0 MiB"));
    }
}
