//! What is asked for.

use super::{
    scenario::{SCENARIOS, Scenario},
    soak,
};

/// Ours first; the others are programs of `bench-peers`, and Chanx, which is Python.
///
/// All take part in all scenarios that are measured unless said otherwise: Chanx does each of them in its time. Beyond them, it
/// needs longer than 3 s for one message to 10,000. Who cannot do something is shown as failed.
const PEERS: [&str; 8] = [
    "realtime",
    "axum_naive",
    "axum_tuned",
    "tokio_websockets",
    "fastwebsockets",
    "socketioxide",
    "chanx",
    "floor",
];

/// Ours in two more shapes, measured where they are named: once again, which shows the noise, and without what tests see.
pub(super) const OURS_AGAIN: [&str; 2] = ["again", BARE];
pub(super) const BARE: &str = "bare";

/// What is done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Ours and its peers, one after another.
    Compare(Comparison),
    /// Ours alone, for long.
    Soak(soak::Plan),
}

/// What is measured.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Comparison {
    pub(super) scenarios: Vec<Scenario>,
    pub(super) peers: Vec<&'static str>,
    pub(super) seconds: usize,
    pub(super) rounds: usize,
    /// The page of the book is renewed.
    pub(super) write: bool,
}

/// Reads the options.
pub(crate) fn plan(options: &[&str]) -> Result<Plan, String> {
    if options.contains(&"--soak") {
        return soak::plan(options).map(Plan::Soak);
    }
    let mut plan = Comparison {
        scenarios: Vec::new(),
        peers: Vec::new(),
        seconds: 3,
        rounds: 3,
        write: false,
    };
    let mut options = options.iter();
    while let Some(option) = options.next() {
        if *option == "--write" {
            plan.write = true;
            continue;
        }
        let value = options.next().copied().unwrap_or_default();
        match *option {
            "--scenario" => {
                let scenario = Scenario::read(value);
                plan.scenarios.push(scenario.ok_or_else(|| {
                    format!("`--scenario` takes one such as {}", SCENARIOS.join(", "))
                })?);
            }
            "--peer" => {
                let peers: Vec<_> = PEERS.into_iter().chain(OURS_AGAIN).collect();
                let peer = peers.iter().find(|peer| **peer == value).copied();
                let peer =
                    peer.ok_or_else(|| format!("`--peer` takes one of {}", peers.join(", ")))?;
                plan.peers.push(peer);
            }
            "--seconds" => plan.seconds = number(option, value)?,
            "--rounds" => plan.rounds = number(option, value)?,
            "--connections" => return Err("`--connections` is of `--soak`".to_owned()),
            other => return Err(format!("`bench` does not know `{other}`")),
        }
    }
    if plan.scenarios.is_empty() {
        plan.scenarios = SCENARIOS.into_iter().filter_map(Scenario::read).collect();
    }
    if plan.peers.is_empty() {
        plan.peers = PEERS.to_vec();
    }
    Ok(Plan::Compare(plan))
}

/// The value of an option that takes a number from 1 on.
pub(super) fn number(option: &str, value: &str) -> Result<usize, String> {
    let number = value.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("`{option}` takes a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparison(options: &[&str]) -> Comparison {
        match plan(options).unwrap() {
            Plan::Compare(plan) => plan,
            Plan::Soak(_) => panic!("it is a soak"),
        }
    }

    #[test]
    fn unless_said_otherwise_everything_is_measured() {
        let plan = comparison(&[]);
        assert_eq!(plan.peers, PEERS);
        let names: Vec<_> = plan.scenarios.iter().map(Scenario::name).collect();
        assert_eq!(names, SCENARIOS);
        assert_eq!((plan.seconds, plan.rounds, plan.write), (3, 3, false));
    }

    #[test]
    fn single_scenarios_and_peers_can_be_chosen() {
        let options = [
            "--scenario",
            "echo-7x2",
            "--write",
            "--peer",
            "floor",
            "--rounds",
            "1",
        ];
        let plan = comparison(&options);
        assert_eq!(plan.peers, ["floor"]);
        assert_eq!(plan.scenarios[0].name(), "echo-7x2");
        assert_eq!((plan.scenarios.len(), plan.rounds), (1, 1));
        assert!(plan.write);
    }

    #[test]
    fn a_soak_is_something_else() {
        assert!(matches!(plan(&["--soak", "2"]), Ok(Plan::Soak(_))));
        assert!(plan(&["--soak", "2", "--peer", "floor"]).is_err());
        assert!(plan(&["--connections", "2"]).is_err());
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for options in [
            ["--peer", "django"],
            ["--scenario", "echo-7"],
            ["--seconds", "0"],
            ["--fast", "1"],
        ] {
            assert!(plan(&options).is_err(), "{options:?}");
        }
        assert!(plan(&["--rounds"]).is_err());
    }
}
