//! Figures of all rounds: medians, ranges, and how they compare.

mod summary;

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{REFERENCES, Scenario};
use summary::Summary;

/// What was found, by scenario and peer.
#[derive(Debug)]
pub(crate) struct Results {
    scenarios: Vec<Scenario>,
    peers: Vec<&'static str>,
    cells: Vec<Vec<Cell>>,
}

/// What a peer did in a scenario.
#[derive(Clone, Debug, Default)]
struct Cell {
    /// The rounds that did not fail.
    rounds: Vec<(usize, Value)>,
    /// Why others did.
    failures: Vec<String>,
}

impl Cell {
    fn cost(&self) -> Option<Summary> {
        Summary::of(self.rounds.iter().map(|(_, report)| cost(report)))
    }

    fn median(&self, field: &str) -> Option<f64> {
        let figures = self.rounds.iter().map(|(_, report)| report[field].as_f64());
        Summary::of(figures).map(|summary| summary.median)
    }
}

/// A column beside the costs.
struct Column {
    title: &'static str,
    field: &'static str,
    shown: fn(f64) -> String,
}

/// Of all but idle connections.
const COLUMNS: [Column; 5] = [
    Column {
        title: "p50",
        field: "p50_us",
        shown: time,
    },
    Column {
        title: "p99",
        field: "p99_us",
        shown: time,
    },
    Column {
        title: "per second",
        field: "per_second",
        shown: |count| format!("{count:.0}"),
    },
    Column {
        title: "server",
        field: "server_utilisation",
        shown: share,
    },
    Column {
        title: "load",
        field: "load_utilisation",
        shown: share,
    },
];
/// Of slow readers.
const CLOSED: Column = Column {
    title: "slow closed",
    field: "slow_closed",
    shown: |count| format!("{count:.0}"),
};

fn share(of_a_processor: f64) -> String {
    format!("{:.0} %", of_a_processor * 100.0)
}

fn time(micros: f64) -> String {
    if micros < 1000.0 {
        format!("{micros:.0} µs")
    } else {
        format!("{:.1} ms", micros / 1000.0)
    }
}

impl Results {
    pub(crate) fn new(scenarios: Vec<Scenario>, peers: &[&'static str]) -> Self {
        Self {
            cells: vec![vec![Cell::default(); peers.len()]; scenarios.len()],
            scenarios,
            peers: peers.to_vec(),
        }
    }

    /// What a peer did in a round.
    pub(crate) fn add(&mut self, scenario: usize, peer: usize, round: usize, report: Value) {
        self.cells[scenario][peer].rounds.push((round, report));
    }

    /// A peer could not do it.
    pub(crate) fn fail(&mut self, scenario: usize, peer: usize, reason: String) {
        self.cells[scenario][peer].failures.push(reason);
    }

    /// What this peer could not do.
    pub(crate) fn failures(&self, peer: &str) -> Vec<String> {
        let mut failures = Vec::new();
        for (scenario, cells) in self.scenarios.iter().zip(&self.cells) {
            let of_peer = self
                .peers
                .iter()
                .zip(cells)
                .filter(|(name, _)| **name == peer);
            for reason in of_peer.flat_map(|(_, cell)| &cell.failures) {
                failures.push(format!("{} of {peer}: {reason}", scenario.name()));
            }
        }
        failures
    }

    /// What else kept processors busy, in the median of all that was measured.
    pub(crate) fn others(&self) -> f64 {
        let rounds = self.cells.iter().flatten().flat_map(|cell| &cell.rounds);
        let others = rounds.map(|(_, report)| report["others_utilisation"].as_f64());
        Summary::of(others).map_or(0.0, |summary| summary.median)
    }

    /// What all are set against. Ours without what tests see is one only where it was asked for.
    fn references(&self) -> impl Iterator<Item = &'static str> {
        let is_usual = |reference: &str| reference != super::plan::BARE;
        let asked_for = |reference: &str| self.peers.contains(&reference);
        let references = REFERENCES.into_iter();
        references.filter(move |reference| is_usual(reference) || asked_for(reference))
    }

    /// A table for each scenario, with a row for each peer.
    pub(crate) fn tables(&self) -> String {
        let mut tables = String::new();
        for (scenario, cells) in self.scenarios.iter().zip(&self.cells) {
            let _ = write!(
                tables,
                "### {}\n\n{}\n\n",
                scenario.name(),
                scenario.story()
            );
            let mut columns: Vec<&Column> = Vec::new();
            if scenario.kind != "idle" {
                columns.extend(&COLUMNS);
            }
            if scenario.kind == "slow" {
                columns.push(&CLOSED);
            }
            let _ = write!(tables, "| server | {}, median (range) |", scenario.unit());
            for reference in self.references() {
                let _ = write!(tables, " ÷ {reference} |");
            }
            for column in &columns {
                let _ = write!(tables, " {} |", column.title);
            }
            tables.push_str("\n|---|");
            tables.push_str(&"---:|".repeat(1 + self.references().count() + columns.len()));
            tables.push('\n');
            for (peer, cell) in self.peers.iter().zip(cells) {
                self.row(&mut tables, cells, peer, cell, &columns);
            }
            if let Some(cheaper) = self.cheaper(cells) {
                let _ = write!(tables, "\nCheaper than ours: {cheaper}.\n");
            }
            tables.push('\n');
        }
        tables
    }

    fn row(
        &self,
        table: &mut String,
        cells: &[Cell],
        peer: &str,
        cell: &Cell,
        columns: &[&Column],
    ) {
        let _ = write!(
            table,
            "| {} |",
            if peer == super::OURS {
                "**realtime**"
            } else {
                peer
            }
        );
        match (cell.cost(), cell.failures.first()) {
            (Some(cost), None) => {
                let _ = write!(table, " {cost} |");
            }
            (Some(cost), Some(reason)) => {
                let failed = cell.failures.len();
                let all = failed + cell.rounds.len();
                let _ = write!(
                    table,
                    " {cost}; {failed} of {all} failed: {} |",
                    of_cell(reason)
                );
            }
            (None, reason) => {
                let reason = reason.map_or("nothing was measured", String::as_str);
                let _ = write!(table, " failed: {} |", of_cell(reason));
            }
        }
        for reference in self.references() {
            match self.ratio(cells, cell, reference) {
                Some(ratio) => {
                    let _ = write!(table, " {ratio:.2} |");
                }
                None => table.push_str(" |"),
            }
        }
        for column in columns {
            match cell.median(column.field) {
                Some(figure) => {
                    let _ = write!(table, " {} |", (column.shown)(figure));
                }
                None => table.push_str(" |"),
            }
        }
        table.push('\n');
    }

    /// Who is ahead of ours, and by how much.
    fn cheaper(&self, cells: &[Cell]) -> Option<String> {
        let ratios = self.peers.iter().zip(cells).filter_map(|(peer, cell)| {
            let ratio = self.ratio(cells, cell, super::OURS)?;
            (*peer != super::OURS && ratio < 1.0).then(|| format!("{peer} ({ratio:.2} of it)"))
        });
        let ratios: Vec<_> = ratios.collect();
        (!ratios.is_empty()).then(|| ratios.join(", "))
    }

    /// Everything, the rounds among it.
    pub(crate) fn document(&self) -> Value {
        let mut results = Vec::new();
        for (scenario, cells) in self.scenarios.iter().zip(&self.cells) {
            for (peer, cell) in self.peers.iter().zip(cells) {
                let summary = cell.cost();
                let ratios = REFERENCES.into_iter().filter_map(|reference| {
                    let ratio = self.ratio(cells, cell, reference)?;
                    Some((reference.to_owned(), json!(ratio)))
                });
                let reports: Vec<_> = cell.rounds.iter().map(|(_, report)| report).collect();
                results.push(json!({
                    "scenario": scenario.name(),
                    "peer": peer,
                    "unit": scenario.unit(),
                    "median": summary.as_ref().map(|summary| summary.median),
                    "least": summary.as_ref().map(|summary| summary.least),
                    "most": summary.as_ref().map(|summary| summary.most),
                    "p50_us": cell.median("p50_us"),
                    "p99_us": cell.median("p99_us"),
                    "ratios": ratios.collect::<Map<_, _>>(),
                    "rounds": reports,
                    "failures": cell.failures,
                }));
            }
        }
        results.into()
    }

    /// The median of how it compares in each round.
    fn ratio(&self, cells: &[Cell], cell: &Cell, reference: &str) -> Option<f64> {
        let column = self.peers.iter().position(|peer| *peer == reference)?;
        let ratios = cell.rounds.iter().filter_map(|(round, report)| {
            let mut rounds = cells[column].rounds.iter();
            let (_, of_reference) = rounds.find(|(other, _)| other == round)?;
            Some(Some(cost(report)? / cost(of_reference)?))
        });
        Summary::of(ratios).map(|summary| summary.median)
    }
}

/// What a connection or a message costs the server.
fn cost(report: &Value) -> Option<f64> {
    let of_connection = report["kib_per_connection"].as_f64();
    of_connection.or_else(|| report["server_us_per_message"].as_f64())
}

/// As much of a reason as fits a cell.
fn of_cell(reason: &str) -> String {
    let line = reason.lines().next().unwrap_or_default().replace('|', "/");
    let mut short: String = line.chars().take(80).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results() -> Results {
        let scenarios =
            ["echo-1x1", "idle-5", "slow-5x1"].map(|name| Scenario::read(name).unwrap());
        let mut results = Results::new(scenarios.to_vec(), &["realtime", "floor"]);
        for (round, [ours, floor]) in [[3.0, 1.0], [8.0, 4.0], [3.0, 2.0]].into_iter().enumerate() {
            let report = json!({
                "server_us_per_message": ours, "per_second": 9.0, "p50_us": 250.0, "p99_us": 2500.0,
            });
            results.add(0, 0, round, report);
            results.add(0, 1, round, json!({ "server_us_per_message": floor }));
        }
        let report = json!({ "server_us_per_message": null, "kib_per_connection": 2.5 });
        results.add(1, 0, 1, report);
        results.fail(1, 0, "too | late\nby far".to_owned());
        results.fail(1, 1, "no".repeat(80));
        results.add(
            2,
            0,
            0,
            json!({ "server_us_per_message": 1.0, "slow_closed": 1 }),
        );
        results
    }

    #[track_caller]
    fn has_row(row: &str) {
        let tables = results().tables();
        assert!(tables.lines().any(|line| line.starts_with(row)), "{tables}");
    }

    #[test]
    fn the_tables_have_medians_ranges_and_ratios_of_the_same_round() {
        has_row("### echo-1x1");
        has_row("| **realtime** | 3.00 (3.00–8.00) | 2.00 | | | 250 µs | 2.5 ms | 9 |");
        has_row("| floor | 2.00 (1.00–4.00) | 1.00 | | | | |");
    }

    #[test]
    fn who_is_ahead_of_ours_is_named() {
        has_row("Cheaper than ours: floor (0.50 of it).");
    }

    #[test]
    fn what_failed_is_told_with_its_reason() {
        has_row("| **realtime** | 2.50 (2.50–2.50); 1 of 2 failed: too / late |");
        has_row(&format!("| floor | failed: {}… |", "no".repeat(40)));
        has_row("| floor | failed: nothing was measured |");
        assert_eq!(
            results().failures("realtime"),
            ["idle-5 of realtime: too | late\nby far"]
        );
    }

    #[test]
    fn slow_readers_that_were_closed_are_counted() {
        let tables = results().tables();
        assert_eq!(tables.matches(" slow closed |").count(), 1, "{tables}");
        assert!(tables.contains(" | 1 |\n"), "{tables}");
    }

    #[test]
    fn the_document_has_every_round() {
        let document = results().document();
        assert_eq!(document[0]["rounds"].as_array().map(Vec::len), Some(3));
        assert_eq!(document[0]["ratios"]["floor"], 2.0);
        assert_eq!(document[0]["p99_us"], 2500.0);
        assert_eq!(document[3]["median"], Value::Null);
        assert_eq!(document[3]["failures"].as_array().map(Vec::len), Some(1));
    }
}
