//! Our server and its peers at the same job: processor time for each message, how long answers take, and memory of each
//! connection.

mod chanx;
mod machine;
mod page;
mod plan;
mod scenario;
mod server;
mod soak;
mod table;

use std::{fs, path::PathBuf, process::Command};

use serde_json::{Value, json};

use crate::{Outcome, command};
use machine::Machine;
pub(crate) use plan::{Plan, plan};
use scenario::Scenario;
use server::{Programs, Server};
use table::Results;

/// Ours, which must not fail.
const OURS: &str = "realtime";
/// What all are set against, where they were measured.
const REFERENCES: [&str; 4] = ["floor", "axum_tuned", "axum_naive", plan::BARE];
/// Time before measuring, in seconds.
const WARM_UP: usize = 1;

pub(crate) fn run(plan: &Plan) -> Outcome {
    match plan {
        Plan::Compare(plan) => compare(plan),
        Plan::Soak(plan) => soak::run(plan),
    }
}

/// Where results and what is needed for them are.
fn folder() -> Result<PathBuf, String> {
    let folder = command::root().join("target/bench");
    fs::create_dir_all(&folder)
        .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    Ok(folder)
}

fn compare(plan: &plan::Comparison) -> Outcome {
    let most = plan.scenarios.iter().map(Scenario::open).max();
    // Before building, which keeps the machine busy itself.
    let machine = Machine::now(most.unwrap_or(0));
    eprintln!("{machine}");
    let scenarios = possible(&plan.scenarios, &machine);
    let (programs, peers) = programs(&plan.peers)?;
    let mut results = Results::new(scenarios.clone(), &peers);
    for round in 0..plan.rounds {
        for (row, scenario) in scenarios.iter().enumerate() {
            let name = scenario.name();
            eprintln!("round {} of {}: {name}", round + 1, plan.rounds);
            // Whoever goes first in one round does not in the next.
            for turn in 0..peers.len() {
                let column = (round + turn) % peers.len();
                let peer = peers[column];
                match measured(&programs, &machine, scenario, peer, plan.seconds) {
                    Ok(report) => results.add(row, column, round, report),
                    Err(reason) => {
                        eprintln!("{peer} failed: {reason}");
                        results.fail(row, column, reason);
                    }
                }
            }
        }
    }
    let tables = results.tables();
    print!("{tables}");
    let document = json!({
        "machine": machine.document(),
        "load_average_after": machine::load_average(),
        "seconds": plan.seconds,
        "rounds": plan.rounds,
        "results": results.document(),
    });
    write("bench.json", &document)?;
    eprintln!("\ntarget/bench/bench.json has every figure of every round");
    if plan.write {
        let others = results.others() * 100.0;
        let method = format!(
            "{}. {} s of each server in each of {} rounds. Other work took {others:.0} % of a processor (median).",
            machine.line(),
            plan.seconds,
            plan.rounds,
        );
        page::renew(&method, &tables)?;
    }
    // That a peer cannot do it is a result.
    let failures = results.failures(OURS);
    if failures.is_empty() {
        Ok(())
    } else {
        Err(format!("these failed:\n{}", failures.join("\n")))
    }
}

/// The scenarios, with no more connections than there can be.
fn possible(scenarios: &[Scenario], machine: &Machine) -> Vec<Scenario> {
    let mut scenarios = scenarios.to_vec();
    let most = machine.most_connections();
    for scenario in &mut scenarios {
        if scenario.open() > most {
            eprintln!(
                "{} is cut to {most} connections: a process may have {} files open, and more is not permitted here (`ulimit -Hn`)",
                scenario.name(),
                machine.files
            );
            scenario.connections = most;
        }
    }
    scenarios
}

/// The programs, and those of the peers that can be started.
fn programs(peers: &[&'static str]) -> Result<(Programs, Vec<&'static str>), String> {
    let mut peers = peers.to_vec();
    let mut programs = Programs::build(&["bench-server", "bench-load", "bench-peers"])?;
    if peers.contains(&plan::BARE) {
        programs.bare(&folder()?)?;
    }
    if peers.contains(&"chanx")
        && let Err(reason) = programs.chanx(&folder()?)
    {
        eprintln!("chanx is left out: {reason}");
        peers.retain(|peer| *peer != "chanx");
    }
    if peers.is_empty() {
        return Err("there is nothing to measure".to_owned());
    }
    Ok((programs, peers))
}

/// Starts the server afresh and puts it under load.
fn measured(
    programs: &Programs,
    machine: &Machine,
    scenario: &Scenario,
    peer: &str,
    seconds: usize,
) -> Result<Value, String> {
    let server = Server::start(programs.server(peer, machine)?)?;
    let mut load: Command = machine.pinned(programs.load()?, 1);
    load.args(["--url", &server.url, "--pid", &server.id().to_string()])
        .args(["--seconds", &seconds.to_string()])
        .args(["--warm-up", &WARM_UP.to_string()])
        .args([scenario.kind, &scenario.size()]);
    let output = load
        .output()
        .map_err(|error| format!("cannot run the load generator: {error}"))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        let reason = reason.trim();
        return Err(reason.strip_prefix("error: ").unwrap_or(reason).to_owned());
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("what the load generator says is no JSON: {error}"))
}

fn write(name: &str, document: &Value) -> Outcome {
    let file = folder()?.join(name);
    fs::write(&file, format!("{document:#}\n"))
        .map_err(|error| format!("cannot write {}: {error}", file.display()))
}
