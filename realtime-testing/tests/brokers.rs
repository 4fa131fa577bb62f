//! The conformance suite on the bus within a process; and that the macro has all of it.

use std::collections::BTreeSet;

use realtime_runtime::{MemoryBus, MemoryNode};
use realtime_testing::broker::{Bus, Fault};

struct Memory(MemoryBus);

impl Bus for Memory {
    type Broker = MemoryNode;

    async fn node(&self) -> MemoryNode {
        self.0.connect()
    }

    async fn stranger(&self) -> MemoryNode {
        MemoryBus::new().connect()
    }

    async fn topics(&self) -> Option<usize> {
        Some(self.0.topics())
    }

    async fn fail(&mut self, fault: Fault) {
        self.0.fail();
        if fault == Fault::Disconnected {
            self.0.heal();
        }
    }

    async fn heal(&mut self, _: Fault) {
        self.0.heal();
    }
}

mod memory {
    use super::*;

    realtime_testing::broker_conformance!(async { Memory(MemoryBus::new()) }, Killed, Disconnected);
}

/// The functions that a file offers.
fn scenarios(source: &str) -> impl Iterator<Item = &str> {
    let offered = source.split("\npub async fn ").skip(1);
    offered.filter_map(|function| Some(function.split_once('(')?.0))
}

#[test]
fn the_macro_has_every_scenario() {
    let files = [
        include_str!("../src/broker/application.rs"),
        include_str!("../src/broker/delivery.rs"),
        include_str!("../src/broker/faults.rs"),
        include_str!("../src/broker/outage.rs"),
        include_str!("../src/broker/races.rs"),
    ];
    let offered: BTreeSet<_> = files.into_iter().flat_map(scenarios).collect();
    let suite = include_str!("../src/broker/mod.rs");
    let (_, written) = suite.split_once("macro_rules!").unwrap();
    let words: BTreeSet<_> = written
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .collect();
    let missing: Vec<_> = offered.difference(&words).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
