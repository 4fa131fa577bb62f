//! Every peer does the whole job, as the load generator sees it.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use bench_load::{Plan, Soak, Totals, measure, soak};

/// The program; it ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts it. Returns where it listens, too.
fn start(program: &str) -> (Running, String) {
    let mut program = Command::new(program);
    program.args(["--addr", "127.0.0.1:0"]);
    let mut running = Running(program.stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    let out = running.0.stdout.as_mut().unwrap();
    BufReader::new(out).read_line(&mut line).unwrap();
    let url = line.trim_end().strip_prefix("listening on ").unwrap();
    (running, url.to_owned())
}

fn does_the_job(program: &str) {
    let (running, url) = start(program);
    for scenario in [
        "echo 3x1",
        "echo 2x16",
        "fanout 5x1",
        "fanout 5x8",
        "slow 6x2",
        "idle 20",
        "connect 30",
    ] {
        let report = measure(&Plan {
            url: url.clone(),
            server: running.0.id(),
            scenario: scenario.parse().unwrap(),
            warm_up: Duration::ZERO,
            time: Duration::from_millis(50),
        });
        report.unwrap_or_else(|error| panic!("{scenario}: {error}"));
    }
}

#[test]
fn axum_naive() {
    does_the_job(env!("CARGO_BIN_EXE_axum_naive"));
}

#[test]
fn axum_tuned() {
    does_the_job(env!("CARGO_BIN_EXE_axum_tuned"));
}

#[test]
fn floor() {
    does_the_job(env!("CARGO_BIN_EXE_floor"));
}

#[test]
fn tokio_websockets() {
    does_the_job(env!("CARGO_BIN_EXE_tokio_websockets"));
}

#[test]
fn fastwebsockets() {
    does_the_job(env!("CARGO_BIN_EXE_fastwebsockets"));
}

#[test]
fn socketioxide() {
    does_the_job(env!("CARGO_BIN_EXE_socketioxide"));
}

#[test]
fn nothing_is_lost_in_a_soak() {
    let (running, url) = start(env!("CARGO_BIN_EXE_floor"));
    let plan = Soak {
        url,
        server: running.0.id(),
        connections: 5,
        time: Duration::from_millis(400),
        every: Duration::from_millis(100),
    };
    let mut samples = 0;
    let Totals {
        messages,
        came,
        closed,
        dropped,
        lost,
        doubled,
    } = soak(&plan, |_| samples += 1).unwrap();
    assert_eq!((lost, doubled), (0, 0));
    assert!(messages > 0 && samples > 0);
    assert_eq!(closed + dropped, came);
}
