//! Our server and its peers at the same job: processor time for each message, and memory of each connection.

mod machine;
mod server;
mod table;

use std::{fs, process::Command};

use serde_json::{Value, json};

use crate::{Outcome, command};
use machine::Machine;
use server::{Programs, Server};
use table::Results;

/// What is measured unless said otherwise.
const SCENARIOS: [&str; 6] = [
    "echo-50x1",
    "echo-50x16",
    "echo-1000x1",
    "fanout-1000x1",
    "fanout-1000x8",
    "idle-10000",
];
/// Ours first; the others are programs of `bench-peers`.
const PEERS: [&str; 6] = [
    "realtime",
    "axum_naive",
    "axum_tuned",
    "tokio_websockets",
    "socketioxide",
    "floor",
];
/// What all are set against, where they were measured.
const REFERENCES: [&str; 3] = ["axum_naive", "axum_tuned", "floor"];
/// Time before measuring, in seconds.
const WARM_UP: usize = 1;

/// What is measured.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    scenarios: Vec<Scenario>,
    peers: Vec<&'static str>,
    seconds: usize,
    rounds: usize,
}

/// What the load generator does, `echo-50x16`: the kind, how many connections, how many at once of what has that.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Scenario {
    kind: String,
    connections: usize,
    at_once: Option<usize>,
}

impl Scenario {
    fn read(text: &str) -> Option<Self> {
        let (kind, size) = text.split_once('-')?;
        let (connections, at_once) = match size.split_once('x') {
            Some((connections, at_once)) => (connections, Some(at_once.parse().ok()?)),
            None => (size, None),
        };
        let has_at_once = match kind {
            "echo" | "fanout" => true,
            "idle" => false,
            _ => return None,
        };
        (at_once.is_some() == has_at_once).then_some(Self {
            kind: kind.to_owned(),
            connections: connections.parse().ok().filter(|count| *count > 0)?,
            at_once,
        })
    }

    fn size(&self) -> String {
        match self.at_once {
            Some(at_once) => format!("{}x{at_once}", self.connections),
            None => self.connections.to_string(),
        }
    }

    fn name(&self) -> String {
        format!("{}-{}", self.kind, self.size())
    }
}

/// Reads the options.
pub(crate) fn plan(options: &[&str]) -> Result<Plan, String> {
    let mut plan = Plan {
        scenarios: Vec::new(),
        peers: Vec::new(),
        seconds: 3,
        rounds: 3,
    };
    let mut options = options.iter();
    while let Some(option) = options.next() {
        let value = options.next().copied().unwrap_or_default();
        let number = || {
            let number = value.parse().ok().filter(|number| *number > 0);
            number.ok_or_else(|| format!("`{option}` takes a number"))
        };
        match *option {
            "--scenario" => {
                let scenario = Scenario::read(value);
                plan.scenarios.push(scenario.ok_or_else(|| {
                    format!("`--scenario` takes one such as {}", SCENARIOS.join(", "))
                })?);
            }
            "--peer" => {
                let peer = PEERS.into_iter().find(|peer| *peer == value);
                let peer =
                    peer.ok_or_else(|| format!("`--peer` takes one of {}", PEERS.join(", ")))?;
                plan.peers.push(peer);
            }
            "--seconds" => plan.seconds = number()?,
            "--rounds" => plan.rounds = number()?,
            other => return Err(format!("`bench` does not know `{other}`")),
        }
    }
    if plan.scenarios.is_empty() {
        plan.scenarios = SCENARIOS.into_iter().filter_map(Scenario::read).collect();
    }
    if plan.peers.is_empty() {
        plan.peers = PEERS.to_vec();
    }
    Ok(plan)
}

pub(crate) fn run(plan: &Plan) -> Outcome {
    // Before building, which keeps the machine busy itself.
    let machine = Machine::now();
    eprintln!("{machine}");
    let mut scenarios = plan.scenarios.clone();
    for scenario in &mut scenarios {
        let most = machine.most_connections();
        if scenario.connections > most {
            eprintln!(
                "{} is cut to {most} connections: a process may have {} files open (`ulimit -n`)",
                scenario.name(),
                machine.files
            );
            scenario.connections = most;
        }
    }
    let programs = Programs::build()?;
    let mut results = Results::new(scenarios.iter().map(Scenario::name), &plan.peers);
    let mut failures = Vec::new();
    for round in 0..plan.rounds {
        for (row, scenario) in scenarios.iter().enumerate() {
            eprintln!(
                "round {} of {}: {}",
                round + 1,
                plan.rounds,
                scenario.name()
            );
            // Whoever goes first in one round does not in the next.
            for turn in 0..plan.peers.len() {
                let column = (round + turn) % plan.peers.len();
                let peer = plan.peers[column];
                match measured(&programs, &machine, scenario, peer, plan.seconds) {
                    Ok(report) => results.add(row, column, round, report),
                    Err(reason) => {
                        eprintln!("{peer} failed: {reason}");
                        failures.push(format!("{} of {peer}: {reason}", scenario.name()));
                    }
                }
            }
        }
    }
    print!("{}", results.table());
    let document = json!({
        "machine": machine.document(),
        "load_average_after": machine::load_average(),
        "seconds": plan.seconds,
        "rounds": plan.rounds,
        "results": results.document(),
        "failures": failures,
    });
    write(&document)?;
    if failures.is_empty() {
        Ok(())
    } else {
        Err(format!("these failed:\n{}", failures.join("\n")))
    }
}

/// Starts the server afresh and puts it under load.
fn measured(
    programs: &Programs,
    machine: &Machine,
    scenario: &Scenario,
    peer: &str,
    seconds: usize,
) -> Result<Value, String> {
    let server = Server::start(machine.pinned(programs.server(peer)?, 0))?;
    let mut load: Command = machine.pinned(programs.load()?, 1);
    load.args(["--url", &server.url, "--pid", &server.id().to_string()])
        .args(["--seconds", &seconds.to_string()])
        .args(["--warm-up", &WARM_UP.to_string()])
        .args([&scenario.kind, &scenario.size()]);
    let output = load
        .output()
        .map_err(|error| format!("cannot run the load generator: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("what the load generator says is no JSON: {error}"))
}

fn write(document: &Value) -> Outcome {
    let folder = command::root().join("target/bench");
    let file = folder.join("bench.json");
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&file, format!("{document:#}\n")))
        .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    eprintln!("\ntarget/bench/bench.json has every figure of every round");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unless_said_otherwise_everything_is_measured() {
        let plan = plan(&[]).unwrap();
        assert_eq!(plan.peers, PEERS);
        let names: Vec<_> = plan.scenarios.iter().map(Scenario::name).collect();
        assert_eq!(names, SCENARIOS);
        assert_eq!((plan.seconds, plan.rounds), (3, 3));
    }

    #[test]
    fn single_scenarios_and_peers_can_be_chosen() {
        let options = ["--scenario", "echo-7x2", "--peer", "floor", "--rounds", "1"];
        let plan = plan(&options).unwrap();
        assert_eq!(plan.peers, ["floor"]);
        assert_eq!(plan.scenarios[0].name(), "echo-7x2");
        assert_eq!((plan.scenarios.len(), plan.rounds), (1, 1));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for options in [
            ["--peer", "django"],
            ["--scenario", "echo-7"],
            ["--scenario", "idle-7x1"],
            ["--scenario", "idle-0"],
            ["--seconds", "0"],
            ["--fast", "1"],
        ] {
            assert!(plan(&options).is_err(), "{options:?}");
        }
        assert!(plan(&["--rounds"]).is_err());
    }
}
